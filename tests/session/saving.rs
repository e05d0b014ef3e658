//! A session is saved as a scenario that does the same.

use std::fs;
use std::time::Duration;

use chatapp::sim::parse;
use chatsim::runner::{
    Patience, Proof, Redaction, Refusal, Reply, Saved, Session, Verdict, What, run_scenario,
};
use chatsim::scenario::{Source, format};
use proptest::prelude::*;
use tempfile::TempDir;

use super::{RUNNING, SIMULATED, UDP, after, stages};

/// Saves a session and runs the file on both stages.
fn saved(session: &Session<'_>) -> String {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("a.yaml");
    let saved = session.save(&path, false).unwrap_or_else(|refusal| panic!("{refusal:?}"));
    let text = fs::read_to_string(&path).unwrap();
    let Proof::Passed { snapshot } = saved.proof else { panic!("{text}") };
    let snapshot = fs::read_to_string(snapshot).unwrap();
    let source = Source::new(path, text.as_str().into());
    assert_eq!(format(&source).unwrap(), text, "a saved scenario is formatted");
    let scenario = parse(&source).unwrap().remove(0);
    for build in [SIMULATED, UDP] {
        let mut stage = build(&scenario, scenario.seed.unwrap_or_default()).unwrap();
        let outcome = run_scenario(&scenario, stage.as_mut(), Patience::SIMULATED, &mut |_| ());
        assert!(matches!(outcome.verdict, Verdict::Passed), "{text}\n{:#?}", outcome.verdict);
        let redaction = Redaction::of(&scenario, stage.as_ref(), scenario.clock);
        let screens = redaction.as_expected(&snapshot, &outcome.screens);
        assert!(snapshot.trim_end().ends_with(screens.trim_end()), "{snapshot}\n{screens}");
    }
    text
}

const CRASH: [&str; 8] = [
    RUNNING,
    "c1: send c2 before",
    "kill server",
    "c1: send c2 meanwhile",
    "c2: list_groups",
    "start server",
    "restart c2 after=2s",
    "c1: send c2 after",
];

const GROUPS: [&str; 11] = [
    "start server c1 c2 c3",
    "c1: create_group g",
    "- c1: [join_group g, list_members]",
    "c2: join_group g",
    "c1: send_all  a: b #c 'd' \"e\" ${f} \\ /g/ ",
    "c3: send c1 not now",
    "c2: leave_group",
    "c1: send_all /only me/",
    "c1: leave_group",
    "stop c3",
    "check nothing_lost shown_once",
];

const FAULTS: [&str; 10] = [
    RUNNING,
    "fault drop c1 -> c2 packet=send nth=1 as=gap",
    "c1: send c2 lost once",
    "heal gap",
    "fault partition [[c1], [c2]]",
    "c1: send c2 round about",
    "heal",
    "pause c2",
    "c1: send c2 wait",
    "resume c2",
];

const EXPECTING: [&str; 9] = [
    RUNNING,
    "expect c1: [Client table updated.]",
    "c2: dereg c2",
    "c1: send c2 one",
    "c1: send c2 two",
    "expect { c1: [/saved/], server: { lines: ['[ACK sent.]', '[Start listening...]'], any_order: true } }",
    "c2: reg",
    "expect { c2: { line: '/c1: .* two/', count: 1 } }",
    "never c1: /three/",
];

const MOVED: [&str; 5] =
    [RUNNING, "move c2", "clock c1: -3h", "c2: dereg c2", "c1: send c2 from elsewhere"];

const RACE: [&str; 4] =
    [RUNNING, "{ c1: [send c2 lost, foo], settle: none }", "note so far", "kill c2"];

#[test]
fn what_was_played_is_saved_and_passes() {
    for lines in [&CRASH[..], &GROUPS, &FAULTS, &EXPECTING, &RACE, &MOVED] {
        saved(&after(SIMULATED, lines));
    }
}

#[test]
fn what_was_recorded_is_saved_and_passes() {
    for lines in [&CRASH[..], &GROUPS, &FAULTS, &EXPECTING, &RACE, &MOVED] {
        saved(&after(UDP, lines));
    }
}

#[test]
fn a_saved_scenario_reads_as_if_a_person_had_written_it() {
    let lines = [
        "start server c1",
        "c1: create_group g",
        "{ c1: join_group g, settle: none }",
        "note in",
        "settle",
    ];
    assert_eq!(
        saved(&after(SIMULATED, &lines)),
        "chatsim: 1
title: a
clock: 2023-10-25T14:40:00
clients: [c1]
steps:
  - start: [server, c1]
  - expect:
      server:
        - '/^\\[Server started at 127\\.0\\.0\\.1 on port \\d+\\]$/'
        - \"[Start listening...]\"
        - \"[Client table updated.]\"
        - \"[Start listening...]\"
      c1: [\"[Welcome, You are registered.]\", \"[Client table updated.]\"]
  - c1: create_group g
  - expect:
      server: [\"[ACK Sent.]\", \"[Start listening...]\"]
      c1: \"[Group g created by Server.]\"
  - { c1: join_group g, settle: none }
  - note: in
  - settle
  - expect:
      server:
        - \"[ACK Sent.]\"
        - \"[Client c1 Joined Group g.]\"
        - \"[The current group chats info are: {'g': ['c1']}]\"
        - \"[Start listening...]\"
      c1: \"[Entered group g successfully.]\"
"
    );
}

#[test]
fn what_the_user_expects_is_left_to_the_user() {
    let text = saved(&after(
        SIMULATED,
        &[RUNNING, "c1: send c2 one", "c1: send c2 two", "expect c2: /one/", "c1: send c2 three"],
    ));
    let before = "\n      c2: [\"[Welcome, You are registered.]\", \"[Client table updated.]\"]\n";
    assert!(text.contains(before), "{text}");
    let steps = text.split_once("  - c1: send c2 one\n").unwrap().1;
    assert_eq!(
        steps,
        "  - expect: { c1: \"[Message received by c2.]\" }
  - c1: send c2 two
  - expect: { c1: \"[Message received by c2.]\" }
  - expect: { c2: /one/ }
  - expect: { c2: \"c1: two\" }
  - c1: send c2 three
  - expect:
      c1: \"[Message received by c2.]\"
      c2: \"c1: three\"
"
    );
}

#[test]
fn a_scenario_that_does_not_pass_is_saved_only_by_force() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("a.yaml");
    let session = after(SIMULATED, &[RUNNING, "fault drop c1 -> c2"]);
    let refused = session.save(&path, false).unwrap_err();
    assert!(matches!(refused, Refusal::Step { verdict: Verdict::Failed(_), .. }), "{refused:?}");
    assert!(!path.exists());
    let saved = session.save(&path, true).unwrap();
    assert!(matches!(saved.proof, Proof::Failed { .. }));
    assert!(path.exists() && !folder.path().join("snapshots").exists());
}

#[test]
fn a_file_or_a_snapshot_is_replaced_only_by_force() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("a.yaml");
    let session = after(SIMULATED, &[RUNNING]);
    session.save(&path, false).unwrap();
    let refused = |session: &Session<'_>| session.save(&path, false).unwrap_err().to_string();
    let expected =
        format!("`{}` or its snapshot exists already; `save! FILE` overwrites it", path.display());
    assert_eq!(refused(&session), expected);
    fs::remove_file(&path).unwrap();
    assert_eq!(refused(&session), expected);
    assert!(!path.exists());
    session.save(&path, true).unwrap();
    fs::write(&path, "old").unwrap();
    session.save(&path, true).unwrap();
    assert!(fs::read_to_string(&path).unwrap().starts_with("chatsim: 1"));
}

#[test]
fn a_session_goes_on_from_a_file() {
    let folder = TempDir::new().unwrap();
    let text = "# Mine.\nchatsim: 1\nclients: { c1: , c2: { login: c1 } }\nsteps:\n- start: [server, c1]\n\
                - expect: { c1: /Welcome/ } # so\n\n";
    let path = folder.path().join("b.yaml");
    let source = Source::new(path.clone(), text.into());
    let scenario = parse(&source).unwrap().remove(0);
    let (mut session, before) = Session::open(scenario, stages(SIMULATED)).unwrap();
    assert_eq!(before.len(), 8, "{before:?}");
    session.line("c1: list_groups").unwrap();
    session.line("undo").unwrap();
    session.line("undo").unwrap_err();
    session.line("client c3").unwrap_err();
    session.line("stop c1").unwrap();
    let Ok(Reply::Steps(steps)) = session.line("steps") else { panic!() };
    assert_eq!(steps, ["start: [server, c1]", "expect: { c1: /Welcome/ } # so", "stop: c1"]);
    let text = format(&source).unwrap();
    let saved = saved(&session);
    let added = saved.strip_prefix(&text).unwrap_or_else(|| panic!("{saved}"));
    assert!(added.starts_with("  - stop: c1\n  - expect:\n      server: "), "{saved}");

    let slow =
        "chatsim: 1\nnetwork: { latency: 100ms }\nclients: [c1]\nsteps:\n  - start: [server, c1]\n";
    let scenario = parse(&Source::new(path.clone(), slow.into())).unwrap().remove(0);
    let (session, before) = Session::open(scenario, stages(SIMULATED)).unwrap();
    assert!(before.last().unwrap().after > Duration::from_millis(200), "{before:?}");
    assert!(!session.has_steps());

    let flow = "chatsim: 1\nsteps: [start: server]\n";
    let scenario = parse(&Source::new(path.clone(), flow.into())).unwrap().remove(0);
    let (mut session, _) = Session::open(scenario, stages(SIMULATED)).unwrap();
    session.line("kill server").unwrap();
    let refused = session.save(&path, false).unwrap_err().to_string();
    assert!(
        refused.ends_with("are not a list with `- `, so none can be added after them"),
        "{refused}"
    );
}

/// Lines in any order; those that make no sense then are refused.
const ANY: [&str; 26] = [
    "start server",
    "start c1",
    "start c2 c3",
    "kill server",
    "kill c2",
    "stop c3",
    "restart c1 after=1s",
    "pause c2",
    "resume c2",
    "c1: send c2 hi",
    "c2: send c1 /hi/",
    "c3: create_group g",
    "- c1: [join_group g, send_all x]",
    "c2: join_group g",
    "c2: dereg c2",
    "c2: reg",
    "advance 700ms",
    "fault loss 30% as=l",
    "fault latency 40ms",
    "heal",
    "{ c1: [send c2 race, foo], settle: none }",
    "move c1",
    "clock c2: +1m",
    "note so far",
    "expect c1: [Client table updated.]",
    "undo",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn whatever_was_played_passes_when_it_is_saved(
        picks in prop::collection::vec(prop::sample::select(&ANY[..]), 1..25)
    ) {
        let mut session = after(SIMULATED, &[RUNNING]);
        for line in picks {
            session.line(line).ok();
        }
        let folder = TempDir::new().unwrap();
        match session.save(&folder.path().join("a.yaml"), false) {
            Ok(Saved { proof: Proof::Passed { .. }, .. }) => {}
            Err(Refusal::Step { verdict: Verdict::Failed(failure), .. })
                if matches!(failure.what, What::FaultNeverFired) => {}
            Err(Refusal::Request(_)) => prop_assert!(!session.has_steps()),
            other => panic!("{:?}\n{other:?}", session.line("steps")),
        }
    }
}
