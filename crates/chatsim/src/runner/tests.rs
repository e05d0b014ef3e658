//! The rules of the runner, tested on a scripted stage.

use std::fs;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::scripted::{ScriptedStage, client, lines, scenario, server, types};
use super::*;
use crate::scenario::{Action, Scenario, StageName};
use crate::stage::{Stage, StageError};
use machine::Timestamp;

const SECOND: Duration = Duration::from_secs(1);

fn verdict_of(scenario: &Scenario, stage: &mut ScriptedStage) -> Verdict {
    run_scenario(scenario, stage, Patience::SIMULATED, &mut |_| ()).verdict
}

fn failure(verdict: Verdict) -> Failure {
    let Verdict::Failed(failure) = verdict else {
        panic!("{verdict:?}");
    };
    *failure
}

#[test]
fn steps_are_done_in_order_and_settle_after_each() {
    let (c1, c2) = (client("c1"), client("c2"));
    let scenario = scenario(vec![
        Action::Start(vec![server(), c1, c2]),
        Action::Type { actor: c1, lines: vec!["one".into(), "two".into()] },
        Action::Kill(vec![c1, c2]),
        Action::Restart { actors: vec![server()], after: SECOND },
        Action::Pause(vec![c2]),
        Action::Resume(vec![c2]),
        Action::Advance(SECOND),
        Action::Note("nothing settles for a note".into()),
        Action::Settle,
        Action::Stop(vec![c1, c2]),
    ]);
    let mut stage = ScriptedStage::default();
    assert!(matches!(verdict_of(&scenario, &mut stage), Verdict::Passed));
    let expected = "start server, settle, start c1, settle, start c2, settle, c1: one, settle, \
                    c1: two, settle, kill c1, kill c2, settle, kill server, advance 1s, start \
                    server, settle, pause c2, settle, resume c2, settle, advance 1s, settle, \
                    settle, stop c1, settle, stop c2, settle";
    assert_eq!(stage.calls.join(", "), expected);
}

#[test]
fn step_that_writes_a_race_does_not_settle() {
    let mut scenario =
        scenario(vec![Action::Start(vec![client("c1"), client("c2")]), types("c1", "one")]);
    for step in &mut scenario.steps {
        step.settles = false;
    }
    let mut stage = ScriptedStage::default();
    assert!(matches!(verdict_of(&scenario, &mut stage), Verdict::Passed));
    assert_eq!(stage.calls, ["start c1", "start c2", "c1: one"]);
}

#[test]
fn expected_lines_are_found_in_order_and_each_once() {
    let c1 = client("c1");
    let mut stage = ScriptedStage::default()
        .answer("go", (Duration::ZERO, c1, "a"))
        .answer("go", (Duration::ZERO, c1, "skipped"))
        .answer("go", (Duration::ZERO, c1, "b"))
        .answer("go", (Duration::ZERO, c1, "a"));
    let steps = vec![
        types("c1", "go"),
        Action::Expect(vec![lines("c1", 2, &["a", "b"])]),
        Action::Expect(vec![lines("c1", 3, &["a"])]),
        Action::Expect(vec![lines("c1", 4, &["a"])]),
    ];
    let failure = failure(verdict_of(&scenario(steps), &mut stage));
    assert_eq!(failure.place.map(|place| place.line), Some(4));
    let What::ExpectationUnmet { actor, unmatched, .. } = failure.what else {
        panic!("{failure:?}");
    };
    assert_eq!((actor, unmatched), (c1, vec![]));
}

#[test]
fn typed_line_is_no_line_that_the_program_showed() {
    let mut stage = ScriptedStage::default();
    let steps = vec![types("c1", "hello"), Action::Expect(vec![lines("c1", 2, &["hello"])])];
    let failure = failure(verdict_of(&scenario(steps), &mut stage));
    let What::ExpectationUnmet { unmatched, waited, .. } = failure.what else {
        panic!("{failure:?}");
    };
    assert_eq!(transcript(&unmatched), ">>> hello\n");
    assert_eq!(waited, Duration::ZERO);
}

#[test]
fn expected_line_may_come_within_its_time() {
    let late = |seconds| {
        let answer = (Duration::from_secs(seconds), client("c1"), "late");
        ScriptedStage::default().answer("go", answer)
    };
    let mut expectation = lines("c1", 2, &["late"]);
    expectation.within = Some(3 * SECOND);
    let scenario = scenario(vec![types("c1", "go"), Action::Expect(vec![expectation])]);

    let mut stage = late(3);
    assert!(matches!(verdict_of(&scenario, &mut stage), Verdict::Passed));
    assert_eq!(stage.now(), Timestamp::from_micros(3_000_000));

    let mut stage = late(4);
    let failure = failure(verdict_of(&scenario, &mut stage));
    assert!(matches!(failure.what, What::ExpectationUnmet { waited, .. } if waited == 3 * SECOND));

    let patience = Patience { usual: Duration::ZERO, factor: 2.0 };
    let verdict = run_scenario(&scenario, &mut late(4), patience, &mut |_| ()).verdict;
    assert!(matches!(verdict, Verdict::Passed));
}

#[test]
fn real_stage_has_five_seconds_for_each_line() {
    let answer = (5 * SECOND, client("c1"), "late");
    let steps = vec![types("c1", "go"), Action::Expect(vec![lines("c1", 2, &["late"])])];
    let scenario = scenario(steps);
    let mut stage = ScriptedStage::default().answer("go", answer);
    let verdict = run_scenario(&scenario, &mut stage, Patience::real(1.0), &mut |_| ()).verdict;
    assert!(matches!(verdict, Verdict::Passed));
    let mut stage = ScriptedStage::default().answer("go", answer);
    let verdict = run_scenario(&scenario, &mut stage, Patience::real(0.9), &mut |_| ()).verdict;
    assert!(matches!(verdict, Verdict::Failed(_)));
}

#[test]
fn forbidden_line_fails_even_if_it_was_matched_before() {
    let c1 = client("c1");
    let mut stage = ScriptedStage::default()
        .answer("go", (Duration::ZERO, c1, "bad"))
        .answer("go", (Duration::ZERO, c1, "after"));
    let steps = vec![
        types("c1", "go"),
        Action::Expect(vec![lines("c1", 2, &["bad", "after"])]),
        Action::Never { forbidden: vec![lines("c1", 3, &["bad"])], watch: Duration::ZERO },
    ];
    let failure = failure(verdict_of(&scenario(steps), &mut stage));
    assert_eq!(failure.place.map(|place| place.line), Some(3));
    let What::Forbidden { shown, .. } = failure.what else {
        panic!("{failure:?}");
    };
    assert_eq!(transcript(&shown), ">>> go\n>>> bad\n");
}

#[test]
fn forbidden_line_is_watched_for() {
    let watching = |watch| {
        let answer = (2 * SECOND, client("c1"), "bad");
        let mut stage = ScriptedStage::default().answer("go", answer);
        let forbidden = vec![lines("c1", 2, &["bad"])];
        let steps = vec![types("c1", "go"), Action::Never { forbidden, watch }];
        verdict_of(&scenario(steps), &mut stage)
    };
    assert!(matches!(watching(SECOND), Verdict::Passed));
    assert!(matches!(watching(2 * SECOND), Verdict::Failed(_)));
}

#[test]
fn stage_that_cannot_go_on_decides_the_verdict() {
    let verdict = |error: StageError| {
        let mut stage = ScriptedStage::default().refuse("start c1", error);
        verdict_of(&scenario(vec![Action::Start(vec![client("c1")])]), &mut stage)
    };
    let Verdict::Environment(trouble) = verdict(StageError::Environment("taken".into())) else {
        panic!("the environment refused");
    };
    assert_eq!(trouble.reason, "taken");
    assert_eq!(trouble.place.map(|place| place.line), Some(1));
    assert!(matches!(
        verdict(StageError::Unsettled("c1 retries".into())),
        Verdict::Unknown(trouble) if trouble.reason == "the run did not settle: c1 retries"
    ));
    let failure = failure(verdict(StageError::AlreadyRunning(client("c1"))));
    assert!(
        matches!(failure.what, What::StepRefused { reason } if reason == "`c1` is running already")
    );
}

/// Runs one scenario, whose own seed is 7, in a folder of its own; returns the summary and the
/// displayed names of its runs.
fn run_in(folder: &std::path::Path, update: Update, seeds: Seeds) -> (Summary, Vec<String>) {
    let mut scenario = scenario(vec![types("c1", "go"), Action::Note("a sentence".into())]);
    scenario.seed = Some(7);
    let location = Location {
        name: "groups/short".into(),
        snapshot: folder.join("snapshots/groups/short.snap"),
    };
    let seconds = AtomicU64::new(0);
    let options = RunOptions {
        stage: StageName::Simulated,
        patience: Patience::SIMULATED,
        seeds,
        update: Some(update),
        trace: TraceDepth::Latest,
        transcripts: Some(folder.join("out")),
        jobs: NonZeroUsize::MIN,
        is_real: false,
        verifies_determinism: false,
        fails_fast: false,
        clock: &|| Duration::from_secs(seconds.fetch_add(1, Ordering::Relaxed)),
        is_interrupted: &|| false,
    };
    let build = |_: &Scenario, _| {
        let stage = ScriptedStage::default().answer("go", (Duration::ZERO, client("c2"), "hi"));
        Ok(Box::new(stage) as Box<dyn Stage>)
    };
    let cases = [Case { scenario, location }];
    let mut runs = Vec::new();
    let summary = run(&cases, &options, &build, &mut |event| {
        if let Event::ScenarioFinished { run, .. } = event {
            runs.push(run.to_string());
        }
    });
    (summary, runs)
}

#[test]
fn run_compares_with_the_snapshot_and_writes_transcripts() {
    let folder = tempfile::tempdir().unwrap();
    let run = |update| run_in(folder.path(), update, Seeds::Own).0;
    let passed = Summary { passed: 1, took: 3 * SECOND, ..Summary::default() };
    let failed = Summary { passed: 0, failed: 1, ..passed };
    assert_eq!(run(Update::Pending), failed);
    assert_eq!(run(Update::Accept), passed);
    assert_eq!(run(Update::Never), passed);

    let read = |path: &str| fs::read_to_string(folder.path().join(path)).unwrap();
    assert_eq!(
        read("snapshots/groups/short.snap"),
        "---\nsource: tests/scenarios.rs\n---\n== server ==\n\n== c1 ==\n>>> go\n\n== c2 ==\n>>> \
         hi\n"
    );
    assert_eq!(read("out/groups/short/server.txt"), "");
    assert_eq!(read("out/groups/short/c1.txt"), ">>> go\n");
    assert_eq!(read("out/groups/short/c2.txt"), ">>> hi\n");
}

#[test]
fn seeds_of_the_run_go_before_that_of_the_scenario() {
    let folder = tempfile::tempdir().unwrap();
    let run = |seeds| run_in(folder.path(), Update::Never, seeds).1;
    assert_eq!(run(Seeds::Own), ["groups/short"]);
    assert_eq!(run(Seeds::Same(3)), ["groups/short (seed 3)"]);
    let count = NonZeroUsize::new(2).unwrap();
    let own_first = ["groups/short", "groups/short (seed 8)"];
    assert_eq!(run(Seeds::Many { from: None, count }), own_first);
    let last_first = ["groups/short (seed 18446744073709551615)", "groups/short (seed 0)"];
    assert_eq!(run(Seeds::Many { from: Some(u64::MAX), count }), last_first);
}

#[test]
fn snapshot_is_that_of_the_scenarios_own_seed() {
    let folder = tempfile::tempdir().unwrap();
    let count = NonZeroUsize::new(3).unwrap();
    let seeds = Seeds::Many { from: Some(6), count };
    let (summary, _) = run_in(folder.path(), Update::Never, seeds);
    assert_eq!((summary.passed, summary.failed), (2, 1));
    assert_eq!(run_in(folder.path(), Update::Never, Seeds::Same(6)).0.failed, 1);
}
