//! The pretty report.

use std::time::Duration;

use anstream::StripStream;

use super::{Pretty, Reporter as _, Setting};
use crate::Broken;
use crate::network::{Aim, Effect, Fault, FaultId};
use crate::runner::scripted::{client, lines, scenario, server, types};
use crate::runner::{
    Case, Event, Failure, FaultRecord, Location, Recording, ScenarioRun, Summary, Trouble, Verdict,
    What,
};
use crate::scenario::{Action, Expectation, LinePattern};
use crate::stage::{ScreenEntry, TraceEntry, TraceEvent};
use crate::testing::ANSWERED;
use machine::Timestamp;

fn case() -> Case {
    let actions = vec![Action::Note("a sentence".into()), types("c1", "go"), Action::Settle];
    let mut scenario = scenario(actions);
    scenario.seed = Some(7);
    Case {
        scenario,
        location: Location { name: "short".into(), snapshot: "/home/snapshots/short.snap".into() },
    }
}

/// Writes the end of a scenario as the report does.
fn report(verdict: &Verdict) -> String {
    report_on(verdict, Recording::default())
}

fn report_on(verdict: &Verdict, recording: Recording) -> String {
    let setting = Setting {
        stage: "simulated".into(),
        command: "chatsim run".into(),
        accept: Some("chatsim run --accept".into()),
        started_at: Timestamp::default(),
        folder: "/home".into(),
    };
    let mut pretty = Pretty::new(StripStream::new(Vec::new()), setting);
    let case = case();
    let run = ScenarioRun { case: &case, seed: 7 };
    let ended = Timestamp::from_micros(1_500_000);
    let recording = Recording { ended, ..recording };
    let events = [
        Event::RunStarted { runs: &[run] },
        Event::ScenarioStarted { run },
        Event::Noted { text: "a sentence" },
        Event::ScenarioFinished {
            run,
            verdict,
            recording: &recording,
            took: Duration::from_micros(900),
        },
    ];
    for event in events {
        pretty.handle(event).unwrap();
    }
    String::from_utf8(pretty.into_inner().into_inner()).unwrap()
}

fn failed(what: What, place: bool) -> Verdict {
    let place = place.then(|| pattern().place);
    Verdict::Failed(Box::new(Failure { place, what }))
}

fn pattern() -> LinePattern {
    let Expectation { lines, .. } = lines("c1", 2, &["c2: hello"]);
    lines.into_iter().next().unwrap()
}

fn shown(texts: &[&str]) -> Vec<ScreenEntry> {
    use crate::stage::{Line, Shown};
    let entry = |text: &&str| ScreenEntry {
        at: Timestamp::default(),
        shown: Shown::Line(Line::new(">>> ".into(), (*text).to_owned()).into()),
    };
    texts.iter().map(entry).collect()
}

const AGAIN: &str = "  simulated stage, seed 7, 1.500 s after the start
  run it:           chatsim run scenarios/short.yaml
";

#[test]
fn scenario_that_passed_has_one_line() {
    assert_eq!(report(&Verdict::Passed), "   PASS short    0.9 ms\n");
}

#[test]
fn unmet_expectation_is_told_in_one_place() {
    let what = What::ExpectationUnmet {
        actor: client("c1"),
        pattern: pattern(),
        earlier: None,
        unmatched: shown(&["c2: hallo", "[Client table updated.]"]),
        waited: Duration::from_secs(3),
    };
    let expected = "   FAIL short    0.9 ms

error: `c1` did not show a line within 3.00 s
 --> scenarios/short.yaml:2:3
  |
2 | - a step
  |   ^^^^^^ not among the lines shown after those already matched
  |
  = note: a sentence

  - >>> c2: hello
  + >>> c2: hallo
    >>> [Client table updated.]

";
    assert_eq!(report(&failed(what, true)), format!("{expected}{AGAIN}\n"));
}

#[test]
fn line_that_was_shown_too_early_is_told_with_its_time() {
    let what = What::ExpectationUnmet {
        actor: client("c1"),
        pattern: pattern(),
        earlier: Some(recording().began + Duration::from_millis(1250)),
        unmatched: shown(&[]),
        waited: Duration::ZERO,
    };
    let text = report(&failed(what, true));
    let note =
        "= note: the line was shown before the lines already matched, 1.250 s after the start: ";
    assert!(text.contains(note), "{text}");
}

#[test]
fn forbidden_line_is_told_with_the_screen_before_it() {
    let what = What::Forbidden {
        actor: client("c1"),
        pattern: pattern(),
        shown: shown(&["before", "c2: hello"]),
    };
    let text = report(&failed(what, true));
    assert!(text.contains("error: `c1` showed a forbidden line\n"), "{text}");
    assert!(text.contains("\n    >>> before\n  + >>> c2: hello\n"), "{text}");
}

#[test]
fn broken_promise_is_told_with_the_messages_way() {
    let way = vec!["    0.001000 s  c1 has message c1/1 for c2".to_owned()];
    let (promise, reason) = (ANSWERED, "`c2` has not shown `hi` of c1".to_owned());
    let what = What::PromiseBroken(Box::new(Broken { promise, reason, way }));
    let text = report(&failed(what, true));
    let title = "error: the promise `answered` is broken: `c2` has not shown `hi` of c1\n";
    assert!(text.contains(title), "{text}");
    assert!(text.contains("every question is answered\n"), "{text}");
    assert!(text.contains("\n    0.001000 s  c1 has message c1/1 for c2\n"), "{text}");
}

#[test]
fn difference_from_the_snapshot_tells_how_to_accept_it() {
    let what = What::SnapshotDiffers {
        path: "/home/snapshots/short.snap".into(),
        expected: Some("== server ==\nsame\n\n== c1 ==\nold".into()),
        shown: "== server ==\nsame\n\n== c1 ==\nnew".into(),
        pending: Some("/home/snapshots/short.snap.new".into()),
    };
    let expected = "   FAIL short    0.9 ms

error: the screens differ from the snapshot
--> snapshots/short.snap

    == c1 ==
  - old
  + new

";
    let accept = "  accept what is +: chatsim run --accept scenarios/short.yaml
  waits for `cargo insta review`: snapshots/short.snap.new
";
    assert_eq!(report(&failed(what, false)), format!("{expected}{AGAIN}{accept}\n"));
}

#[test]
fn step_that_cannot_be_done_says_why() {
    let what = What::StepRefused { reason: "`c1` is not running".into() };
    let text = report(&failed(what, true));
    assert!(text.contains("error: `c1` is not running\n"), "{text}");
    assert!(text.contains("^^^^^^ so this step cannot be done\n"), "{text}");
}

#[test]
fn trouble_is_no_failure_and_says_what_it_is() {
    let trouble = Trouble { place: None, reason: "port 80 is taken".into() };
    let text = report(&Verdict::Environment(trouble));
    assert!(text.starts_with("  ERROR short    0.9 ms\n"), "{text}");
    let title = "error: the environment refused: port 80 is taken\n";
    assert!(text.contains(title), "{text}");
    let reason = "the run did not settle: c1 retries".into();
    let text = report(&Verdict::Unknown(Trouble { place: None, reason }));
    assert!(text.starts_with("UNKNOWN short    0.9 ms\n"), "{text}");
    assert!(text.contains("error: the run did not settle: c1 retries\n"), "{text}");
}

#[test]
fn summary_counts_what_there_is() {
    let setting = Setting {
        stage: "udp".into(),
        command: String::new(),
        accept: None,
        started_at: Timestamp::default(),
        folder: "/".into(),
    };
    let mut pretty = Pretty::new(StripStream::new(Vec::new()), setting);
    let summary = Summary {
        passed: 2,
        failed: 1,
        unknown: 1,
        skipped: 3,
        failed_as_expected: 1,
        left_out: 3,
        took: Duration::from_millis(12),
        ..Summary::default()
    };
    pretty.handle(Event::RunFinished { summary: &summary }).unwrap();
    let text = String::from_utf8(pretty.into_inner().into_inner()).unwrap();
    assert_eq!(
        text,
        "11 scenarios on the udp stage: 2 passed, 1 failed, 1 failed as expected, 3 skipped, \
         1 unknown, 3 left out (12.0 ms)\n"
    );
}

#[test]
fn scenario_that_was_not_to_pass_has_one_line_with_the_reason() {
    let skipped = Verdict::Skipped { reason: "only on udp".into() };
    assert_eq!(report(&skipped), "   SKIP short    0.9 ms  only on udp\n");
    let what = What::StepRefused { reason: "`c1` is not running".into() };
    let Verdict::Failed(failure) = failed(what, true) else {
        panic!("it failed");
    };
    let verdict = Verdict::FailedAsExpected { reason: "no undo yet".into(), failure };
    assert_eq!(report(&verdict), "  XFAIL short    0.9 ms  no undo yet\n");
}

#[test]
fn unexpected_pass_is_a_failure() {
    let what = What::PassedUnexpectedly { reason: "no undo yet".into() };
    let text = report(&failed(what, true));
    assert!(text.starts_with("   FAIL short    0.9 ms\n"), "{text}");
    assert!(
        text.contains("error: the scenario passed, but it was expected to fail: no undo yet\n")
    );
    assert!(text.contains("^^^^^^ remove this if it is fixed\n"), "{text}");
}

fn datagram(number: u64, from: &str, to: &str, hit_by: Vec<FaultId>) -> TraceEntry {
    let (from, to, bytes) = (client(from), Some(client(to)), Vec::new());
    let event = TraceEvent::Sent { number, from, to, bytes, hit_by };
    TraceEntry { at: Timestamp::from_micros(number * 1000), event }
}

/// Twelve datagrams from c1 to c2 and one back; a fault hits the last one. All arrive but two.
fn recording() -> Recording {
    let mut trace = Vec::new();
    for number in 1..=12 {
        let hit_by = if number == 12 { vec![FaultId(0)] } else { Vec::new() };
        trace.push(datagram(number, "c1", "c2", hit_by));
        let at = Timestamp::from_micros(number * 1000 + 500);
        let by = client("c2");
        let event = match number {
            11 => TraceEvent::Missed { number },
            number => TraceEvent::Arrived { number, by },
        };
        trace.extend((number < 12).then_some(TraceEntry { at, event }));
    }
    trace.push(datagram(13, "c2", "c1", Vec::new()));
    let (id, place) = (FaultId(0), pattern().place);
    let aim = Aim { from: None, to: None, packet: None };
    let fault = Fault { aims: vec![aim], nth: None, chance: None, effect: Effect::Drop };
    let (began, ended, name) = (Timestamp::default(), None, None);
    let faults = vec![FaultRecord { id, name, place, fault, began, ended }];
    Recording { faults, trace: trace.into_iter().collect(), ..Recording::default() }
}

#[test]
fn last_datagrams_of_the_actor_are_told_with_what_became_of_them() {
    let what = What::ExpectationUnmet {
        actor: client("c1"),
        pattern: pattern(),
        earlier: None,
        unmatched: Vec::new(),
        waited: Duration::ZERO,
    };
    let text = report_on(&failed(what, true), recording());
    let expected = "
  the last datagrams of `c1`:
       0.006 s  c1 -> c2  text #6
       0.007 s  c1 -> c2  text #7
       0.008 s  c1 -> c2  text #8
       0.009 s  c1 -> c2  text #9
       0.010 s  c1 -> c2  text #10
       0.011 s  c1 -> c2  text #11 (found no program)
       0.012 s  c1 -> c2  text #12 (lost: fault at line 2)
       0.013 s  c2 -> c1  text #13 (not arrived)

";
    assert!(text.contains(expected), "{text}");
}

#[test]
fn last_datagrams_are_those_of_all_where_nobody_is_named() {
    let trouble = Trouble { place: None, reason: "too much".into() };
    let text = report_on(&Verdict::Unknown(trouble.clone()), recording());
    assert!(text.contains("\n  the last datagrams:\n       0.006 s"), "{text}");
    let text = report_on(&Verdict::Environment(trouble), recording());
    assert!(!text.contains("datagrams"), "{text}");
    let what = What::ExpectationUnmet {
        actor: server(),
        pattern: pattern(),
        earlier: None,
        unmatched: Vec::new(),
        waited: Duration::ZERO,
    };
    let text = report_on(&failed(what, true), recording());
    assert!(!text.contains("datagrams"), "the server has no part in them: {text}");
}
