//! Sessions at the prompt of chatsim: steps are run one by one, undone, completed and saved.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod saving;

use chatapp::sim::Chat;
use chatsim::runner::{
    Completion, Patience, Refusal, Reply, Seen, Session, Sight, StageBuilder, Stages,
};
use chatsim::stage::Shown;
use chatsim::stage::simulated::Simulated;
use chatsim::stage::udp::Udp;
use proptest::prelude::*;

pub(crate) const SIMULATED: &StageBuilder<'static> =
    &|scenario, seed| Ok(Box::new(Simulated::new(scenario, seed)));

pub(crate) const UDP: &StageBuilder<'static> =
    &|scenario, seed| Ok(Box::new(Udp::new(scenario, seed)?));

pub(crate) fn stages(stage: &'static StageBuilder<'static>) -> Stages<'static> {
    Stages { stage, patience: Patience::SIMULATED, proof: SIMULATED }
}

fn session(stage: &'static StageBuilder<'static>) -> Session<'static> {
    let clients = ["c1", "c2", "c3"].map(str::to_owned);
    Session::blank(&Chat, &clients, None, stages(stage)).unwrap()
}

/// A session with these typed lines.
pub(crate) fn after(stage: &'static StageBuilder<'static>, lines: &[&str]) -> Session<'static> {
    let mut session = session(stage);
    for line in lines {
        session.line(line).unwrap_or_else(|refusal| panic!("{line}: {refusal}"));
    }
    session
}

/// Returns the output as `name: what`.
fn seen(reply: Reply) -> Vec<String> {
    let (Reply::Ran(seen) | Reply::Redone { seen, .. }) = reply else {
        panic!("{reply:?}");
    };
    let text = |seen: Seen| match seen.what {
        Sight::Shown(actor, Shown::Line(line)) => format!("{actor}: {}", line.text),
        Sight::Shown(actor, Shown::Typed(line)) => format!("{actor}> {}", line.text),
        Sight::Shown(actor, shown) => format!("{actor}: {shown:?}"),
        Sight::Traced(event) => event,
    };
    seen.into_iter().map(text).collect()
}

pub(crate) const RUNNING: &str = "start server c1 c2";

#[test]
fn a_step_tells_what_the_screens_showed() {
    let mut session = after(SIMULATED, &[RUNNING]);
    let reply = session.line("c1: send c2 hi").unwrap();
    assert_eq!(seen(reply), ["c2: c1: hi", "c1: [Message received by c2.]"]);
    assert_eq!(seen(session.line("kill server").unwrap()), ["server: Killed"]);
    assert!(seen(session.line("note nothing").unwrap()).is_empty());
    let reply = session.line("repeat { times: 1, steps: [c1: send c2 x] }").unwrap();
    assert_eq!(seen(reply), ["c1> send c2 x", "c2: c1: x", "c1: [Message received by c2.]"]);
}

#[test]
fn a_line_that_fails_changes_nothing() {
    let mut session = after(SIMULATED, &[RUNNING, "c1: send c2 hi"]);
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
    let mut session = after(SIMULATED, &[RUNNING, "c1: send c2 one", "advance 3s"]);
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
    let mut straight = after(SIMULATED, &steps);
    let mut bent = session(SIMULATED);
    for step in steps {
        bent.line(step).unwrap();
        bent.line("c1: send c2 other").unwrap();
        bent.line("undo").unwrap();
    }
    let screens = |session: &mut Session<'_>| {
        let actors: Vec<_> = session.actors().map(|actor| actor.to_string()).collect();
        let screen = |name| format!("{:?}", session.line(&format!("screen {name}")).unwrap());
        actors.into_iter().map(screen).collect::<Vec<_>>()
    };
    assert_eq!(screens(&mut bent), screens(&mut straight));
}

#[test]
fn a_client_can_be_declared_later() {
    let mut session = after(SIMULATED, &[RUNNING]);
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
    let mut session = after(SIMULATED, &[RUNNING, "trace on"]);
    let told = seen(session.line("c1: send c2 hi").unwrap());
    assert!(told.iter().any(|told| told.contains(" c1 -> c2: send (")), "{told:?}");
    session.line("trace off").unwrap();
    assert_eq!(seen(session.line("c1: send c2 hi").unwrap()).len(), 2);
}

#[test]
fn requests_that_cannot_be_met_are_refused() {
    let mut session = session(SIMULATED);
    let mut refused = |line| session.line(line).unwrap_err().to_string();
    assert_eq!(refused("screen c7"), "there is no actor `c7`: write `server`, `c1`, `c2`, `c3`");
    assert_eq!(refused("save x.yaml"), "there is no step to save");
    let Refusal::Mistakes { is_unknown: true, .. } = session.line("unod").unwrap_err() else {
        panic!();
    };
    let Refusal::Mistakes { is_unknown: false, .. } = session.line("kill c8").unwrap_err() else {
        panic!();
    };
}

fn offered(session: &mut Session<'_>, typed: &str) -> (usize, Vec<String>) {
    match session.complete(typed) {
        Completion::Words(at, words) => (at, words),
        Completion::File(at) => (at, vec!["FILE".to_owned()]),
    }
}

fn words(at: usize, words: &[&str]) -> (usize, Vec<String>) {
    (at, words.iter().map(|&word| word.to_owned()).collect())
}

#[test]
fn the_prompt_of_a_running_program_is_completed_on_both_stages() {
    for stage in [SIMULATED, UDP] {
        let mut session = after(stage, &[RUNNING, "c1: create_group den", "c1: list_groups"]);
        assert_eq!(offered(&mut session, "c1: sen"), words(4, &["send "]));
        assert_eq!(offered(&mut session, " c1: send "), words(10, &["c1 ", "c2 "]));
        assert_eq!(offered(&mut session, "c1: join_group d"), words(15, &["den"]));
        assert_eq!(offered(&mut session, "c3: se"), words(4, &[]));
        session.line("{ c1: send c2 race, settle: none }").unwrap();
        assert_eq!(offered(&mut session, "c1: se"), words(4, &[]));
        session.line("kill c2").unwrap();
        session.line("start c2").unwrap();
        session.line("pause c1").unwrap();
        offered(&mut session, "c1: se");
        session.line("resume c1").unwrap();
        assert_eq!(seen(session.line("c1: send c2 hi").unwrap()).len(), 2);
    }
}

#[test]
fn steps_and_requests_are_completed() {
    let mut session = after(SIMULATED, &[RUNNING, "fault drop c1 as=gap"]);
    let mut offered = |typed| offered(&mut session, typed);
    assert_eq!(
        offered("s"),
        words(
            0,
            &[
                "server: ",
                "start ",
                "stop ",
                "sometimes ",
                "settle",
                "snapshot ",
                "steps",
                "screen ",
                "save ",
                "save! "
            ]
        )
    );
    assert_eq!(
        offered("c"),
        words(0, &["c1: ", "c2: ", "c3: ", "clock ", "crash ", "check ", "client "])
    );
    assert_eq!(offered("start "), words(6, &["c3"]));
    assert_eq!(offered("kill c1, "), words(9, &["server", "c2"]));
    assert_eq!(offered("move "), words(5, &["c1", "c2"]));
    assert_eq!(offered("expect c"), words(7, &["c1: ", "c2: ", "c3: "]));
    assert_eq!(offered("expect c1: c"), words(11, &[]));
    assert_eq!(offered("heal "), words(5, &["gap"]));
    assert_eq!(offered("check in"), words(6, &["in_order"]));
    assert_eq!(offered("screen s"), words(7, &["server"]));
    assert_eq!(offered("trace o"), words(6, &["on", "off"]));
    assert_eq!(offered("save! a/b"), words(6, &["FILE"]));
    assert_eq!(offered("nothing such"), words(8, &[]));
}

#[test]
fn faults_are_completed_word_by_word() {
    let mut session = after(SIMULATED, &[RUNNING]);
    let mut offered = |typed| offered(&mut session, typed);
    let ends = ["server ", "c1 ", "c2 ", "c3 ", "all "];
    assert_eq!(offered("fault d"), words(6, &["drop ", "duplicate ", "delay "]));
    assert_eq!(offered("fault drop "), words(11, &ends));
    assert_eq!(
        offered("fault drop c1 "),
        words(14, &["-> ", "<-> ", "packet=", "nth=", "chance=", "as="])
    );
    assert_eq!(offered("fault drop c1 -> "), words(17, &ends));
    assert_eq!(offered("fault drop c1 -> c2 nth=1 "), words(26, &["packet=", "chance=", "as="]));
    assert_eq!(
        offered("fault drop c1 packet=sen"),
        words(14, &["packet=send_all ", "packet=send "])
    );
    assert_eq!(offered("fault loss "), words(11, &[]));
    assert_eq!(offered("fault loss 5% l"), words(14, &["link="]));
    assert_eq!(offered("fault loss 5% link=s"), words(14, &["link=server "]));
    assert_eq!(offered("fault loss 5% link=c1 <"), words(22, &["<-> "]));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_line_breaks_a_session(lines in prop::collection::vec("(start|kill|c1:|fault|expect|undo|redo|[a-z:{}\\[\\] ]{0,4}) ?[ -~é]{0,12}", 1..8)) {
        let mut session = after(SIMULATED, &[RUNNING]);
        for line in &lines {
            if !line.trim_start().starts_with("save") {
                session.line(line).ok();
            }
            session.complete(line);
        }
    }
}
