//! The runner within tests of others, for machines of their own.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::VecDeque;
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use chatapp::console::{Actor, Effect, Line};
use chatapp::protocol::{Address, Machine, Timestamp};
use chatapp::scenario::ActorName;
use chatapp::stage::actors::Factory;
use chatapp::suite::Suite;

/// Shows each line that is typed and, of all that were ever typed, which one it is.
struct Counter {
    /// Whether it tells by a datagram, or by its screen.
    is_silent: bool,
    server: Address,
    effects: VecDeque<Effect>,
}

static COUNT: AtomicU64 = AtomicU64::new(0);

impl Machine for Counter {
    type Output = Effect;

    fn handle_datagram(&mut self, _from: Address, _bytes: &[u8], _now: Timestamp) {}

    fn poll_output(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }
}

impl Actor for Counter {
    fn handle_line(&mut self, line: &str, _now: Timestamp) {
        let text = format!("{line} {}", COUNT.fetch_add(1, Ordering::Relaxed));
        self.effects.push_back(if self.is_silent {
            Effect::Transmit { to: self.server, bytes: text.into_bytes() }
        } else {
            Effect::Show(Line::new(self.prompt(), text))
        });
    }

    fn handle_interrupt(&mut self, _now: Timestamp) {
        self.effects.push_back(Effect::Exit(Ok(())));
    }
}

fn counter(is_silent: bool, server: Address) -> Box<dyn Actor> {
    Box::new(Counter { is_silent, server, effects: VecDeque::new() })
}

const COUNTED: &str = "\
chatsim: 1
clients: [c1]
steps:
  - start: [server, c1]
  - c1: number
";

/// Plays a scenario in a folder of its own, and looks for these parts of the report.
fn refused(scenario: &str, machines: Option<Factory>, parts: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scenarios/counted.yaml");
    fs::create_dir(path.parent().unwrap()).unwrap();
    fs::write(&path, scenario).unwrap();
    let suite = match machines {
        Some(machines) => Suite::new(path).machines(machines),
        None => Suite::new(path),
    };
    let report = suite.play().unwrap_err();
    for part in parts {
        assert!(report.contains(part), "no `{part}` in:\n{report}");
    }
}

#[test]
fn machines_that_play_otherwise_each_time_are_caught_on_their_screens() {
    let machines: Factory = |_, _, server, _, _| counter(false, server);
    let parts = ["two plays with the same seed differ", "first ", "second", "c1: number ", "FAIL"];
    refused(COUNTED, Some(machines), &parts);
}

#[test]
fn machines_that_play_otherwise_each_time_are_caught_below_their_screens() {
    let machines: Factory = |_, _, server, _, _| counter(true, server);
    refused(COUNTED, Some(machines), &["two plays with the same seed differ", "c1 -> server: "]);
}

#[test]
fn scenarios_of_the_chat_need_no_machines() {
    let parts = ["the scenario has no snapshot yet", "chatsim run --accept", "1 failed"];
    refused(&COUNTED.replace("number", "list_groups"), None, &parts);
    let wrong = COUNTED.replace("number", "list_groups\n  - expect: { c1: nothing }");
    refused(&wrong, None, &["`c1` did not show a line", "counted.yaml:6:19"]);
}

#[test]
fn what_cannot_be_played_is_told() {
    refused("chatsim: 2\n", None, &["unknown version `2`", "counted.yaml:1:10"]);
    let folder = tempfile::tempdir().unwrap();
    let suite = |path: PathBuf| Suite::new(path).play().unwrap_err();
    assert!(suite(folder.path().into()).ends_with("has no scenario: put a `.yaml` file there"));
    assert!(suite(folder.path().join("nowhere")).ends_with("nowhere` cannot be read"));
}

#[test]
#[should_panic(expected = "nowhere` cannot be read")]
fn assert_panics_with_the_report() {
    Suite::new("nowhere").assert();
}

#[test]
fn an_actor_is_told_by_its_name() {
    let machines: Factory = |name, _, server, _, _| {
        assert!([ActorName::Server.to_string(), "c1".to_owned()].contains(&name.to_string()));
        counter(false, server)
    };
    let silent = COUNTED.replace("  - c1: number\n", "  - stop: c1\n");
    refused(&silent, Some(machines), &["the scenario has no snapshot yet", "cargo test  # takes"]);
}
