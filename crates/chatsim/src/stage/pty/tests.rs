//! Foreign programs at their terminals.
#![cfg(unix)]

use super::*;
use crate::network::Effect;
use crate::scenario::Source;
use crate::stage::ScreenEntry;
use crate::testing::{Fakes, client, parse, server};

/// A program that asks for lines and repeats each.
const PARROT: &str = r#"while printf "me> "; read -r line; do echo "said $line"; done"#;

fn c1() -> ActorName {
    client("c1")
}

fn scenario() -> Scenario {
    let text = "chatsim: 1\nclock: 1970-01-01T00:00:00\nclients: { c1: { port: 2927 } }\n\
                steps: [settle]\n";
    parse(&Source::new("x.yaml".into(), text.into())).unwrap().remove(0)
}

/// A stage where c1 runs a script, with waits multiplied by `factor`; started, not settled.
fn started(script: &str, factor: f64) -> Pty {
    let client = Program::parse(&format!("sh -c '{script}'"), &Fakes).unwrap();
    let programs = Programs::default().with("clients", client).with_prompt("me> ").unwrap();
    let mut stage = Pty::new(&scenario(), programs, factor).unwrap();
    stage.start(c1()).unwrap();
    stage
}

fn settled(script: &str) -> Pty {
    let mut stage = started(script, 1.0);
    stage.settle().unwrap();
    stage
}

fn shown(stage: &Pty) -> Vec<String> {
    let text = |entry: ScreenEntry| match &entry.shown {
        Shown::Typed(line) => format!("{}|{:?} typed", line.prompt, line.text),
        Shown::Line(line) => format!("{}|{:?}", line.prompt, line.text),
        other @ (Shown::Started | Shown::Interrupted | Shown::Exited(_) | Shown::Killed) => {
            format!("{other:?}")
        }
    };
    stage.screen(c1()).iter().map(text).collect()
}

#[test]
fn lines_are_typed_and_answered() {
    let mut stage = settled(PARROT);
    for line in ["  two  blanks ", "", "tab\tand \x1b[31mred"] {
        stage.type_line(c1(), line).unwrap();
        stage.settle().unwrap();
    }
    assert_eq!(
        shown(&stage),
        [
            "Started",
            "me> |\"  two  blanks \" typed",
            "|\"said two  blanks\"",
            "me> |\"\" typed",
            "|\"said \"",
            "me> |\"tab\\tand \\u{1b}[31mred\" typed",
            "|\"said tab        and red\"",
        ]
    );
}

#[test]
fn a_program_that_is_asked_to_leave_leaves() {
    let mut stage = settled(PARROT);
    stage.stop(c1()).unwrap();
    stage.settle().unwrap();
    assert_eq!(shown(&stage), ["Started", "Interrupted", "Exited(Failed)"]);
    assert!(!stage.is_running(c1()));
    assert_eq!(stage.type_line(c1(), "x"), Err(StageError::NotRunning(c1())));
}

#[test]
fn words_behind_ctrl_c_are_shown_without_it() {
    let mut stage = settled(r#"trap "echo bye; exit 0" INT; while :; do read -r line; done"#);
    stage.stop(c1()).unwrap();
    stage.settle().unwrap();
    assert_eq!(shown(&stage), ["Started", "Interrupted", "|\"bye\"", "Exited(Left)"]);
}

#[test]
fn what_is_written_last_is_shown_though_the_line_is_not_finished() {
    let stage = settled("printf \"one\\ntwo\"");
    assert_eq!(shown(&stage), ["Started", "|\"one\"", "|\"two\"", "Exited(Left)"]);
}

#[test]
fn a_line_that_no_terminal_shows_is_on_no_screen() {
    let mut stage = started("stty -echo; echo secret?; read -r line; echo thanks; cat", 0.1);
    stage.settle().unwrap();
    stage.type_line(c1(), "1234").unwrap();
    stage.settle().unwrap();
    assert_eq!(shown(&stage), ["Started", "|\"secret?\"", "|\"thanks\""]);
}

#[test]
fn a_program_that_is_held_does_nothing_until_it_goes_on() {
    let mut stage = settled(&format!("stty -echo; {PARROT}"));
    assert_eq!(stage.resume(c1()), Err(StageError::NotPaused(c1())));
    stage.pause(c1()).unwrap();
    assert_eq!(stage.pause(c1()), Err(StageError::AlreadyPaused(c1())));
    stage.type_line(c1(), "later").unwrap();
    stage.settle().unwrap();
    assert_eq!(shown(&stage), ["Started"]);
    stage.resume(c1()).unwrap();
    let deadline = stage.now() + PATIENCE;
    assert_eq!(stage.await_output(deadline), Ok(true));
    assert_eq!(shown(&stage)[1..], ["me> |\"said later\""]);
}

#[test]
fn a_program_that_is_killed_says_no_more_and_starts_anew() {
    let mut stage = settled("echo hello; trap \"echo bye\" EXIT HUP TERM INT; read -r line");
    stage.kill(c1()).unwrap();
    stage.start(c1()).unwrap();
    stage.settle().unwrap();
    let life = ["Started", "|\"hello\""];
    assert_eq!(shown(&stage), [life.as_slice(), &["Killed"], &life].concat());
    assert_eq!(stage.start(c1()), Err(StageError::AlreadyRunning(c1())));
}

/// Returns whether a process exists and is not a zombie.
#[cfg(target_os = "linux")]
fn is_alive(process: &str) -> bool {
    let told = std::fs::read_to_string(format!("/proc/{process}/stat"));
    told.is_ok_and(|told| !told.contains(") Z "))
}

/// Waits for the end of a process that was sent a signal.
#[cfg(target_os = "linux")]
fn assert_ends(process: &str) {
    let clock = RealClock::start();
    let deadline = clock.now() + PATIENCE;
    while is_alive(process) {
        assert!(clock.now() < deadline, "{process} is still alive");
        std::thread::yield_now();
    }
}

/// Returns the number that the program wrote first.
#[cfg(target_os = "linux")]
fn process(stage: &Pty) -> String {
    shown(stage)[1].trim_matches(['|', '"']).to_owned()
}

#[cfg(target_os = "linux")]
#[test]
fn whatever_a_program_has_started_goes_with_it() {
    let mut stage = settled("trap \"\" HUP INT TERM; sleep 1000 & echo $!; wait");
    assert!(is_alive(&process(&stage)));
    stage.kill(c1()).unwrap();
    assert_ends(&process(&stage));

    let stage = settled("trap \"\" HUP; sleep 1000 & echo $!");
    assert_eq!(shown(&stage).last().unwrap(), "Exited(Left)");
    assert_ends(&process(&stage));
}

#[cfg(target_os = "linux")]
#[test]
fn nothing_outlives_the_stage() {
    let stage = settled("trap \"\" HUP INT TERM; echo $$; read -r line");
    let process = process(&stage);
    assert!(is_alive(&process));
    drop(stage);
    assert!(!is_alive(&process));
}

#[test]
fn a_program_that_never_falls_silent_leaves_the_result_unknown() {
    let mut stage = started("while :; do echo again; done", 1.0);
    stage.settling_max = Duration::from_millis(600);
    let expected = StageError::Unsettled("`c1` still writes after 600ms".to_owned());
    assert_eq!(stage.settle(), Err(expected));
}

#[test]
fn a_program_that_is_missing_is_named() {
    let program = Program::parse("/nowhere/program", &Fakes).unwrap();
    let programs = Programs::default().with("server", program);
    let mut stage = Pty::new(&scenario(), programs, 1.0).unwrap();
    let StageError::Environment(problem) = stage.start(server()).unwrap_err() else {
        panic!("it is missing");
    };
    assert!(
        problem.starts_with("`/nowhere/program` cannot be started for `server`: "),
        "{problem}"
    );
    assert!(!stage.is_running(server()));
}

#[test]
fn no_fault_is_taken() {
    let mut stage = started("read -r line", 1.0);
    let fault = Fault { aims: Vec::new(), nth: None, chance: None, effect: Effect::Drop };
    let problem = "the programs talk to each other directly: faults cannot be injected between \
                   them";
    assert_eq!(stage.arm(&fault), Err(StageError::Environment(problem.to_owned())));
}

#[test]
fn an_interrupted_run_waits_for_nothing() {
    let flag = Arc::new(AtomicBool::new(false));
    let mut stage = started("read -r line", 1.0).interrupted_by(Arc::clone(&flag));
    flag.store(true, Ordering::Relaxed);
    let interrupted = Err(StageError::Environment("the run was interrupted".to_owned()));
    assert_eq!(stage.advance(Duration::from_hours(1)), interrupted);
}

#[test]
fn the_trace_tells_of_the_programs() {
    let mut stage = Pty::new(&scenario(), started("", 1.0).programs, 1.0).unwrap();
    stage.keep_trace(TraceKeeping::Everything);
    stage.start(c1()).unwrap();
    stage.settle().unwrap();
    let StageRecord { screens, trace } = stage.take_record();
    let told: Vec<_> = trace.iter().map(|entry| entry.event.describe(&Fakes)).collect();
    assert_eq!(told, ["c1: started", "c1: ended"]);
    assert_eq!(screens[&c1()].len(), 2);
    assert!(stage.screen(c1()).is_empty());
}
