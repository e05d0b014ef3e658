//! What the steps of the language mean, played on a scripted stage.

use std::time::Duration;

use super::scripted::{ScriptedStage, client, lines, scenario, types};
use super::*;
use crate::scenario::{Action, Expectation, Form, LinePattern, Matcher};

fn played(actions: Vec<Action>, stage: &mut ScriptedStage) -> Verdict {
    play(&scenario(actions), stage, Patience::SIMULATED, &mut |_| ())
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
        played(vec![types("c1", "go"), action, after], &mut stage)
    };
    assert!(matches!(go(expect(Form::AnyOrder, &["a", "b"])), Verdict::Passed));
    let missing = failure(go(expect(Form::AnyOrder, &["b", "a", "a"])));
    assert!(matches!(
        missing.what,
        What::ExpectationUnmet { pattern: LinePattern { matcher: Matcher::Exact(text), .. }, .. }
            if text == "a"
    ));
    // The match ended with `c`, so nothing is left to be found.
    let last = failure(go(expect(Form::AnyOrder, &["c", "b"])));
    assert!(matches!(last.what, What::ExpectationUnmet { unmatched, .. } if unmatched.is_empty()));
}

#[test]
fn line_that_matches_twice_goes_where_it_is_needed() {
    let mut expectation = lines("c1", 2, &["any", "a1"]);
    expectation.form = Form::AnyOrder;
    expectation.lines[0].matcher = Matcher::Regex(regex::Regex::new("^a").unwrap());
    let steps = vec![types("c1", "go"), Action::Expect(vec![expectation])];
    let verdict = played(steps, &mut showing(&["a1", "a2"]));
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
        played(steps, &mut showing(&["a", "a", "x", "a", "b"]))
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
        played(vec![types("c1", "go"), Action::Expect(vec![expectation])], &mut stage)
    };
    assert!(matches!(counted(&[second, 2 * second]), Verdict::Passed));
    assert!(matches!(counted(&[second, 2 * second, 4 * second]), Verdict::Passed));
    for times in [&[second][..], &[second, 2 * second, 2 * second]] {
        assert!(matches!(failure(counted(times)).what, What::CountDiffers { .. }));
    }
}
