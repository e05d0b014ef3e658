//! The meaning of the steps of the language, tested on a scripted stage.

use std::time::Duration;

use super::scripted::{ScriptedStage, client, lines, scenario, types};
use super::*;
use crate::network::{Aim, Effect, Fault};
use crate::scenario::{
    Action, Expectation, ExpectedFailure, Form, LinePattern, Matcher, NetworkFault, Redact, Step,
};
use crate::stage::StageError;

fn verdict_of(actions: Vec<Action>, stage: &mut ScriptedStage) -> Verdict {
    run_scenario(&scenario(actions), stage, Patience::SIMULATED, &mut |_| ()).verdict
}

fn failure(verdict: Verdict) -> Failure {
    let Verdict::Failed(failure) = verdict else {
        panic!("{verdict:?}");
    };
    *failure
}

/// A stage where `go` makes c1 show lines at once.
fn showing(texts: &[&'static str]) -> ScriptedStage {
    let c1 = client("c1");
    let stage = ScriptedStage::default();
    texts.iter().fold(stage, |stage, text| stage.answer("go", (Duration::ZERO, c1, *text)))
}

fn expect(form: Form, texts: &[&str]) -> Action {
    Action::Expect(vec![Expectation { form, ..lines("c1", 2, texts) }])
}

#[test]
fn lines_in_any_order_are_found_each_once() {
    let go = |action| {
        let after = expect(Form::InOrder, &["c"]);
        let mut stage = showing(&["b", "x", "a", "c"]);
        verdict_of(vec![types("c1", "go"), action, after], &mut stage)
    };
    assert!(matches!(go(expect(Form::AnyOrder, &["a", "b"])), Verdict::Passed));
    let missing = failure(go(expect(Form::AnyOrder, &["b", "a", "a"])));
    assert!(matches!(
        missing.what,
        What::ExpectationUnmet { pattern: LinePattern { matcher: Matcher::Exact(text), .. }, .. }
            if text == "a"
    ));
    // The match ended with `c`, so there is nothing left to find.
    let last = failure(go(expect(Form::AnyOrder, &["c", "b"])));
    assert!(matches!(last.what, What::ExpectationUnmet { unmatched, .. } if unmatched.is_empty()));
}

#[test]
fn line_before_the_last_match_is_remembered() {
    let unmet = |texts: &[&'static str], wanted| {
        let steps = vec![
            types("c1", "go"),
            expect(Form::InOrder, &["two"]),
            expect(Form::InOrder, &[wanted]),
        ];
        let What::ExpectationUnmet { earlier, .. } =
            failure(verdict_of(steps, &mut showing(texts))).what
        else {
            panic!("`{wanted}` is not shown after `two`");
        };
        earlier.is_some()
    };
    assert!(unmet(&["one", "two"], "one"));
    assert!(!unmet(&["one", "two"], "three"));
    assert!(unmet(&["one", "two", "x"], "two"));
}

#[test]
fn line_that_matches_twice_goes_where_it_is_needed() {
    let mut expectation = lines("c1", 2, &["any", "a1"]);
    expectation.form = Form::AnyOrder;
    expectation.lines[0].matcher = Matcher::Regex(regex::Regex::new("^a").unwrap());
    let steps = vec![types("c1", "go"), Action::Expect(vec![expectation])];
    let verdict = verdict_of(steps, &mut showing(&["a1", "a2"]));
    assert!(matches!(verdict, Verdict::Passed), "{verdict:?}");
}

#[test]
fn lines_are_counted_after_those_already_matched() {
    let counted = |count| {
        let steps = vec![
            types("c1", "go"),
            expect(Form::InOrder, &["a"]),
            expect(Form::Exactly(count), &["a"]),
            expect(Form::InOrder, &["b"]),
        ];
        verdict_of(steps, &mut showing(&["a", "a", "x", "a", "b"]))
    };
    assert!(matches!(counted(2), Verdict::Passed));
    for (count, expected) in [(1, 1), (3, 3), (0, 0)] {
        let what = failure(counted(count)).what;
        let What::CountDiffers { expected: wanted, found, unmatched, .. } = what else {
            panic!("{what:?}");
        };
        assert_eq!((wanted, found, unmatched.len()), (expected, 2, 4));
    }
}

#[test]
fn counted_lines_may_come_within_their_time_and_no_more_may_follow_before_settling() {
    let second = Duration::from_secs(1);
    let c1 = client("c1");
    let counted = |times: &[Duration]| {
        let stage = ScriptedStage::default();
        let mut stage =
            times.iter().fold(stage, |stage, time| stage.answer("go", (*time, c1, "a")));
        let mut expectation = lines("c1", 2, &["a"]);
        expectation.form = Form::Exactly(2);
        expectation.within = Some(3 * second);
        verdict_of(vec![types("c1", "go"), Action::Expect(vec![expectation])], &mut stage)
    };
    assert!(matches!(counted(&[second, 2 * second]), Verdict::Passed));
    assert!(matches!(counted(&[second, 2 * second, 4 * second]), Verdict::Passed));
    for times in [&[second][..], &[second, 2 * second, 2 * second]] {
        assert!(matches!(failure(counted(times)).what, What::CountDiffers { .. }));
    }
}

fn step(action: Action) -> Step {
    scenario(vec![action]).steps.remove(0)
}

fn calls(actions: Vec<Action>) -> String {
    let mut stage = ScriptedStage::default();
    let verdict = verdict_of(actions, &mut stage);
    assert!(matches!(verdict, Verdict::Passed), "{verdict:?}");
    stage.calls.join(", ")
}

#[test]
fn steps_are_repeated_and_settle_each_time() {
    let steps = vec![step(types("c1", "a")), step(types("c1", "b"))];
    let repeat = Action::Repeat { times: 2, steps };
    assert_eq!(
        calls(vec![repeat.clone()]),
        "c1: a, settle, c1: b, settle, c1: a, settle, c1: b, settle"
    );
    let race = Step { settles: false, ..step(repeat) };
    assert_eq!(
        calls(vec![Action::Repeat { times: 1, steps: vec![race] }]),
        "c1: a, c1: b, c1: a, c1: b"
    );
}

#[test]
fn branches_take_turns_and_settle_once() {
    let twice = Action::Repeat { times: 2, steps: vec![step(types("c1", "b"))] };
    let inner = vec![vec![step(types("c1", "d"))], vec![step(types("c1", "e"))]];
    let branches = vec![
        vec![step(types("c1", "a")), step(twice)],
        vec![step(Action::Parallel(inner)), step(Action::Settle), step(types("c1", "f"))],
        vec![step(types("c1", "c"))],
    ];
    assert_eq!(
        calls(vec![Action::Parallel(branches)]),
        "c1: a, c1: d, c1: c, c1: b, c1: e, c1: b, settle, c1: f, settle"
    );
}

#[test]
fn step_in_a_step_fails_at_its_own_place() {
    let mut inner = step(Action::Stop(vec![client("c1")]));
    inner.place.line = 5;
    let mut stage =
        ScriptedStage::default().refuse("stop c1", StageError::NotRunning(client("c1")));
    let repeat = Action::Repeat { times: 2, steps: vec![inner] };
    let failure = failure(verdict_of(vec![repeat], &mut stage));
    assert_eq!(failure.place.map(|place| place.line), Some(5));
}

#[test]
fn screens_are_kept_as_they_were() {
    let keep = step(Action::Snapshot("half".into()));
    let scenario = scenario(vec![
        Action::Repeat { times: 2, steps: vec![step(types("c1", "go")), keep] },
        types("c1", "end"),
    ]);
    let mut stage = ScriptedStage::default();
    let outcome = run_scenario(&scenario, &mut stage, Patience::SIMULATED, &mut |_| ());
    assert_eq!(
        outcome.screens,
        "== server ==\n\n== c1 ==\n>>> go\n>>> go\n>>> end\n\n== c2 ==\n\n\
         == half: server ==\n\n== half: c1 ==\n>>> go\n\n== half: c2 ==\n\n\
         == half (2): server ==\n\n== half (2): c1 ==\n>>> go\n>>> go\n\n== half (2): c2 ==\n"
    );
}

#[test]
fn known_failure_is_expected_and_success_is_not() {
    let verdict_of = |actual: &'static str, line: Option<&str>| {
        let mut scenario =
            scenario(vec![types("c1", "go"), Action::Expect(vec![lines("c1", 2, &["good"])])]);
        let place = scenario.steps[0].place;
        let matcher = |line: &str| Matcher::Regex(regex::Regex::new(line).unwrap());
        let line = line.map(|line| LinePattern { place, matcher: matcher(line) });
        scenario.terms.xfail = Some(ExpectedFailure { place, reason: "later".into(), line });
        run_scenario(&scenario, &mut showing(&[actual]), Patience::SIMULATED, &mut |_| ()).verdict
    };
    for line in [None, Some("^good$")] {
        assert!(matches!(
            verdict_of("bad", line),
            Verdict::FailedAsExpected { reason, failure }
                if reason == "later" && matches!(failure.what, What::ExpectationUnmet { .. })
        ));
    }
    let failure_of = |actual, line| failure(verdict_of(actual, line));
    assert!(matches!(failure_of("bad", Some("bad")).what, What::ExpectationUnmet { .. }));
    let failure = failure_of("good", None);
    assert_eq!(failure.place.map(|place| place.line), Some(1));
    assert!(matches!(failure.what, What::PassedUnexpectedly { reason } if reason == "later"));
}

#[test]
fn forbidden_line_is_an_expected_failure_and_a_step_that_cannot_be_done_is_none() {
    let verdict_of = |action: Action, stage: ScriptedStage, line: &str| {
        let mut scenario = scenario(vec![types("c1", "go"), action]);
        let place = scenario.steps[0].place;
        let line = Some(LinePattern { place, matcher: Matcher::Exact(line.into()) });
        scenario.terms.xfail = Some(ExpectedFailure { place, reason: "later".into(), line });
        let mut stage = stage;
        run_scenario(&scenario, &mut stage, Patience::SIMULATED, &mut |_| ()).verdict
    };
    let shown = || showing(&["a", "b", "c"]);
    let never = || {
        let forbidden = vec![lines("c1", 2, &["b"])];
        Action::Never { forbidden, watch: Duration::ZERO }
    };
    assert!(matches!(verdict_of(never(), shown(), "b"), Verdict::FailedAsExpected { .. }));
    assert!(matches!(verdict_of(never(), shown(), "a"), Verdict::Failed(_)));
    let refused = shown().refuse("kill c1", StageError::NotRunning(client("c1")));
    let failure = failure(verdict_of(Action::Kill(vec![client("c1")]), refused, "b"));
    assert!(matches!(failure.what, What::StepRefused { .. }));
}

#[test]
fn time_of_the_whole_is_bounded() {
    let verdict_of = |seconds| {
        let advance = |seconds| Action::Advance(Duration::from_secs(seconds));
        let mut scenario = scenario(vec![advance(2), advance(seconds), types("c1", "go")]);
        scenario.terms.timeout = Some(Duration::from_secs(5));
        let mut stage = ScriptedStage::default();
        run_scenario(&scenario, &mut stage, Patience::SIMULATED, &mut |_| ()).verdict
    };
    assert!(matches!(verdict_of(3), Verdict::Passed));
    for seconds in [4, 4_000_000] {
        let Verdict::Unknown(trouble) = verdict_of(seconds) else {
            panic!("it took too long");
        };
        assert_eq!(trouble.reason, "the scenario exceeded its `timeout` of 5s");
        assert_eq!(trouble.place.map(|place| place.line), Some(2));
    }
}

#[test]
fn lines_are_redacted_one_rule_after_the_other() {
    let mut scenario = scenario(vec![types("c1", "port 12")]);
    scenario.terms.redact = [(r"\d+$", "<n>"), ("^(>+) port", "$1 a")]
        .map(|(pattern, with)| Redact {
            pattern: regex::Regex::new(pattern).unwrap(),
            with: with.to_owned(),
        })
        .into();
    let mut stage = ScriptedStage::default();
    let outcome = run_scenario(&scenario, &mut stage, Patience::SIMULATED, &mut |_| ());
    assert_eq!(outcome.screens, "== server ==\n\n== c1 ==\n>>> a <n>\n\n== c2 ==\n");
}

#[test]
fn counting_settles_even_where_the_step_does_not() {
    let mut scenario = scenario(vec![expect(Form::Exactly(0), &["a"])]);
    scenario.steps[0].settles = false;
    let mut stage = ScriptedStage::default();
    run_scenario(&scenario, &mut stage, Patience::SIMULATED, &mut |_| ());
    assert_eq!(stage.calls, ["settle"]);
}

#[test]
fn what_goes_wrong_on_the_network_is_never_healed_and_need_not_hit() {
    let everywhere = Aim { from: None, to: None, packet: None };
    let loss = Fault { aims: vec![everywhere], nth: None, chance: None, effect: Effect::Drop };
    let step = Action::Fault { name: None, fault: loss.clone() };
    let heal = || Action::Heal(Vec::new());
    let idle = failure(verdict_of(vec![step, heal()], &mut ScriptedStage::default()));
    assert!(matches!(idle.what, What::FaultNeverFired));
    let mut scenario = scenario(vec![heal()]);
    scenario.network = vec![NetworkFault { place: scenario.steps[0].place, fault: loss }];
    let outcome =
        run_scenario(&scenario, &mut ScriptedStage::default(), Patience::SIMULATED, &mut |_| ());
    assert!(matches!(outcome.verdict, Verdict::Passed), "{:?}", outcome.verdict);
    let [fault] = &outcome.recording.faults[..] else { panic!("{:?}", outcome.recording) };
    assert_eq!(fault.ended, None);
}
