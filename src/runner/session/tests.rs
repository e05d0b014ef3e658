use std::fs;

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::console::Vocabulary;
use crate::runner::{Redaction, play};
use crate::stage::StageError;
use crate::stage::simulated::Simulated;
use crate::stage::udp::Udp;

fn simulated(scenario: &Scenario, seed: u64) -> Result<Box<dyn Stage>, StageError> {
    Ok(Box::new(Simulated::new(scenario, seed)))
}

fn udp(scenario: &Scenario, seed: u64) -> Result<Box<dyn Stage>, StageError> {
    Ok(Box::new(Udp::new(scenario, seed)?))
}

fn houses<'a>(stage: &'a StageBuilder<'static>) -> Houses<'a> {
    Houses { stage, patience: Patience::SIMULATED, proof: &simulated }
}

fn session<'a>(stage: &'a StageBuilder<'static>) -> Session<'a> {
    let clients = ["c1", "c2", "c3"].map(str::to_owned);
    Session::blank(&clients, None, houses(stage)).unwrap()
}

/// A session in which lines were typed.
fn after<'a>(stage: &'a StageBuilder<'static>, lines: &[&str]) -> Session<'a> {
    let mut session = session(stage);
    for line in lines {
        session.line(line).unwrap_or_else(|refusal| panic!("{line}: {refusal}"));
    }
    session
}

/// What was to be seen, as `name: what`.
fn seen(reply: Reply) -> Vec<String> {
    let (Reply::Played(seen) | Reply::Redone { seen, .. }) = reply else {
        panic!("{reply:?}");
    };
    let text = |seen: Seen| match seen.what {
        Sight::Shown(actor, Shown::Line(line)) => format!("{actor}: {}", line.text),
        Sight::Shown(actor, Shown::Typed(line)) => format!("{actor}> {}", line.text),
        Sight::Shown(actor, shown) => format!("{actor}: {shown:?}"),
        Sight::Traced(event) => event.to_string(),
    };
    seen.into_iter().map(text).collect()
}

const RUNNING: &str = "start server c1 c2";

#[test]
fn a_step_tells_what_the_screens_showed() {
    let mut session = after(&simulated, &[RUNNING]);
    let reply = session.line("c1: send c2 hi").unwrap();
    assert_eq!(seen(reply), ["c2: c1: hi", "c1: [Message received by c2.]"]);
    assert_eq!(seen(session.line("kill server").unwrap()), ["server: Killed"]);
    assert!(seen(session.line("note nothing").unwrap()).is_empty());
    let reply = session.line("repeat { times: 1, steps: [c1: send c2 x] }").unwrap();
    assert_eq!(seen(reply), ["c1> send c2 x", "c2: c1: x", "c1: [Message received by c2.]"]);
}

#[test]
fn a_line_that_fails_changes_nothing() {
    let mut session = after(&simulated, &[RUNNING, "c1: send c2 hi"]);
    let screens = |session: &mut Session<'_>| {
        let screen = |name: &str| format!("{:?}", session.line(&format!("screen {name}")));
        ["server", "c1", "c2"].map(screen)
    };
    let before = screens(&mut session);
    for line in
        ["kil server", "expect c2: no such line", "never c2: /hi/", "resume c3", "start c3 c1"]
    {
        session.line(line).unwrap_err();
        assert_eq!(screens(&mut session), before, "{line}");
    }
    let Ok(Reply::Steps(steps)) = session.line("steps") else { panic!() };
    assert_eq!(steps, ["start: [server, c1, c2]", "c1: send c2 hi"]);
}

#[test]
fn a_step_is_undone_and_done_again() {
    let mut session = after(&simulated, &[RUNNING, "c1: send c2 one", "advance 3s"]);
    let reply = session.line("undo").unwrap();
    assert!(matches!(reply, Reply::Undone { step, .. } if step == "advance: 3s"));
    session.line("undo").unwrap();
    let reply = session.line("redo").unwrap();
    assert_eq!(seen(reply), ["c2: c1: one", "c1: [Message received by c2.]"]);
    session.line("c1: send c2 two").unwrap();
    assert_eq!(session.line("redo").unwrap_err().to_string(), "there is no step to redo");
    for _ in 0..3 {
        session.line("undo").unwrap();
    }
    assert_eq!(session.line("undo").unwrap_err().to_string(), "there is no step to undo");
}

#[test]
fn undo_is_as_if_the_step_had_never_been() {
    let steps =
        [RUNNING, "fault loss 30%", "c1: send c2 a", "kill c2", "c1: send c2 b", "start c2"];
    let straight = after(&simulated, &steps);
    let mut bent = session(&simulated);
    for step in steps {
        bent.line(step).unwrap();
        bent.line("c1: send c2 other").unwrap();
        bent.line("undo").unwrap();
    }
    let screens = |session: &Session<'_>| {
        let stage = session.stage.as_deref().unwrap();
        session.actors().map(|actor| stage.screen(actor).to_vec()).collect::<Vec<_>>()
    };
    assert_eq!(screens(&bent), screens(&straight));
}

#[test]
fn a_client_can_be_declared_later() {
    let mut session = after(&simulated, &[RUNNING]);
    session.line("start c9").unwrap_err();
    session.line("client c9").unwrap();
    assert!(
        seen(session.line("start c9").unwrap())
            .contains(&"c9: [Welcome, You are registered.]".to_owned())
    );
    let refused = |session: &mut Session<'_>, line| session.line(line).unwrap_err().to_string();
    assert!(refused(&mut session, "client c9").contains("the client `c9` is declared twice"));
    assert!(refused(&mut session, "client kill").contains("that is a verb"));
}

#[test]
fn a_trace_is_told_on_demand() {
    let mut session = after(&simulated, &[RUNNING, "trace on"]);
    let told = seen(session.line("c1: send c2 hi").unwrap());
    assert!(told[0].ends_with("c1 -> c2: send (325 bytes)"), "{told:?}");
    session.line("trace off").unwrap();
    assert_eq!(seen(session.line("c1: send c2 hi").unwrap()).len(), 2);
}

#[test]
fn requests_that_cannot_be_met_are_refused() {
    let mut session = session(&simulated);
    let mut refused = |line| session.line(line).unwrap_err().to_string();
    assert_eq!(refused("screen c7"), "nobody is called `c7`: say `server`, `c1`, `c2`, `c3`");
    assert_eq!(refused("save x.yaml"), "there is no step to save");
    let Refusal::Mistakes { is_unknown: true, .. } = session.line("unod").unwrap_err() else {
        panic!();
    };
    let Refusal::Mistakes { is_unknown: false, .. } = session.line("kill c8").unwrap_err() else {
        panic!();
    };
}

/// Saves a session and plays the file on both stages.
fn saved(session: &Session<'_>) -> String {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("a.yaml");
    let saved = session.save(&path, false).unwrap_or_else(|refusal| panic!("{refusal:?}"));
    let text = fs::read_to_string(&path).unwrap();
    let Proof::Passed { snapshot } = saved.proof else { panic!("{text}") };
    let snapshot = fs::read_to_string(snapshot).unwrap();
    let scenario = parse(&Source::new(path, text.as_str().into())).unwrap().remove(0);
    for build in [simulated, udp] {
        let mut stage = build(&scenario, scenario.seed.unwrap_or_default()).unwrap();
        let played = play(&scenario, stage.as_mut(), Patience::SIMULATED, &mut |_| ());
        assert!(matches!(played.verdict, Verdict::Passed), "{text}\n{:#?}", played.verdict);
        let comparable = |text: &str| Redaction::real().apply(text);
        assert!(comparable(&snapshot).ends_with(&comparable(&played.screens)), "{snapshot}");
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

const GROUPS: [&str; 10] = [
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

#[test]
fn what_was_played_is_saved_and_passes() {
    for lines in [&CRASH[..], &GROUPS, &FAULTS, &EXPECTING] {
        saved(&after(&simulated, lines));
    }
}

#[test]
fn what_was_recorded_is_saved_and_passes() {
    for lines in [&CRASH[..], &GROUPS, &FAULTS, &EXPECTING] {
        saved(&after(&udp, lines));
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
        saved(&after(&simulated, &lines)),
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
  - settle:
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
        &simulated,
        &[RUNNING, "c1: send c2 one", "c1: send c2 two", "expect c2: /one/", "c1: send c2 three"],
    ));
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
    let session = after(&simulated, &[RUNNING, "fault drop c1 -> c2"]);
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
    let session = after(&simulated, &[RUNNING]);
    session.save(&path, false).unwrap();
    let refused = |session: &Session<'_>| session.save(&path, false).unwrap_err().to_string();
    let expected = format!(
        "`{}` or its snapshot is there already; `save! FILE` takes its place",
        path.display()
    );
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
    let (mut session, before) = Session::open(scenario, houses(&simulated)).unwrap();
    assert_eq!(before.len(), 8, "{before:?}");
    session.line("c1: list_groups").unwrap();
    session.line("undo").unwrap();
    session.line("undo").unwrap_err();
    session.line("client c3").unwrap_err();
    session.line("stop c1").unwrap();
    let text = text.trim_end();
    let saved = saved(&session);
    let added = saved.strip_prefix(text).unwrap_or_else(|| panic!("{saved}"));
    assert!(added.starts_with("\n- stop: c1\n- expect:\n    server: "), "{saved}");

    let flow = "chatsim: 1\nsteps: [start: server]\n";
    let scenario = parse(&Source::new(path.clone(), flow.into())).unwrap().remove(0);
    let (mut session, _) = Session::open(scenario, houses(&simulated)).unwrap();
    session.line("kill server").unwrap();
    let refused = session.save(&path, false).unwrap_err().to_string();
    assert!(
        refused.ends_with("are no list with `- `, so none can be added behind them"),
        "{refused}"
    );
}

#[test]
fn a_prompt_of_a_running_program_is_completed_on_both_stages() {
    for build in [&simulated as &StageBuilder<'static>, &udp] {
        let mut session =
            after(build, &["start server c1 c2", "c1: create_group den", "c1: list_groups"]);
        let words = |session: &mut Session<'_>, typed: &str| match session.complete(typed) {
            Completion::Words(at, words) => (at, words),
            Completion::File(at) => (at, vec!["FILE".to_owned()]),
        };
        let offered =
            |at: usize, words: &[&str]| (at, words.iter().map(|&w| w.to_owned()).collect());
        assert_eq!(words(&mut session, "c1: se"), offered(4, &["send "]));
        assert_eq!(words(&mut session, "c1: send "), offered(9, &["c1 ", "c2 "]));
        assert_eq!(words(&mut session, "c1: join_group d"), offered(15, &["den"]));
        assert_eq!(words(&mut session, "c3: se"), offered(4, &[]));
        session.line("pause c1").unwrap();
        words(&mut session, "c1: se");
        session.line("resume c1").unwrap();
        assert_eq!(seen(session.line("c1: send c2 hi").unwrap()).len(), 2);
        assert_eq!(
            session.stage.as_mut().unwrap().vocabulary(ActorName::Server),
            Vocabulary::default()
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_line_breaks_a_session(lines in prop::collection::vec("(start|kill|c1:|fault|expect|undo|redo|[a-z:{}\\[\\] ]{0,4}) ?[ -~é]{0,12}", 1..8)) {
        let mut session = after(&simulated, &[RUNNING]);
        for line in &lines {
            if !line.trim_start().starts_with("save") {
                session.line(line).ok();
            }
            session.complete(line);
        }
    }
}
