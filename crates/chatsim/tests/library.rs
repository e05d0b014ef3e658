//! The runner as a library, for machines of another project.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::VecDeque;
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use chatsim::suite::Suite;
use chatsim::{Guest, Part, Role};
use machine::{Actor, Address, CleanText, Effect, Line, Machine, Outcome, Timestamp};

/// Shows each typed line, with its number among all lines that were ever typed.
struct Counter {
    /// Whether it answers by a datagram, or on its screen.
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
            Effect::Show(Line::new(self.prompt(), CleanText::one_line(text)))
        });
    }

    fn handle_interrupt(&mut self, _now: Timestamp) {
        self.effects.push_back(Effect::Exit(Outcome::Left));
    }
}

/// A server and clients that count typed lines.
#[derive(Debug)]
struct Counters {
    are_silent: bool,
}

static LOUD: Counters = Counters { are_silent: false };
static SILENT: Counters = Counters { are_silent: true };

static ROLES: [Role; 2] =
    [Role::single("server", "server", 2475), Role::many("clients", "client", 2927)];

impl Guest for Counters {
    fn roles(&self) -> &'static [Role] {
        &ROLES
    }

    fn build(&self, part: &Part<'_>) -> Box<dyn Actor> {
        assert!(["server", "c1"].contains(&part.own_name));
        let server = part.address_of("server").unwrap();
        let effects = VecDeque::new();
        Box::new(Counter { is_silent: self.are_silent, server, effects })
    }
}

const COUNTED: &str = "\
chatsim: 1
clients: [c1]
steps:
  - start: [server, c1]
  - c1: number
";

/// Runs a scenario in a folder of its own, and checks for these parts of the report.
fn refused(scenario: &str, guest: &'static Counters, parts: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scenarios/counted.yaml");
    fs::create_dir(path.parent().unwrap()).unwrap();
    fs::write(&path, scenario).unwrap();
    let report = Suite::new(guest, path).run().unwrap_err();
    for part in parts {
        assert!(report.contains(part), "no `{part}` in:\n{report}");
    }
}

#[test]
fn machines_that_play_otherwise_each_time_are_caught_on_their_screens() {
    let parts = ["two runs with the same seed differ", "first ", "second", "c1: number ", "FAIL"];
    refused(COUNTED, &LOUD, &parts);
}

#[test]
fn machines_that_play_otherwise_each_time_are_caught_below_their_screens() {
    refused(COUNTED, &SILENT, &["two runs with the same seed differ", "c1 -> server: "]);
}

#[test]
fn what_fails_is_told_with_its_place() {
    let wrong = COUNTED.replace("  - c1: number\n", "  - expect: { c1: nothing }\n");
    refused(&wrong, &SILENT, &["`c1` did not show a line", "counted.yaml:5:19"]);
}

#[test]
fn what_cannot_be_played_is_told() {
    refused("chatsim: 2\n", &LOUD, &["unknown version `2`", "counted.yaml:1:10"]);
    let folder = tempfile::tempdir().unwrap();
    let suite = |path: PathBuf| Suite::new(&LOUD, path).run().unwrap_err();
    assert!(suite(folder.path().into()).ends_with("has no scenario: put a `.yaml` file there"));
    assert!(suite(folder.path().join("nowhere")).ends_with("nowhere` cannot be read"));
}

#[test]
#[should_panic(expected = "nowhere` cannot be read")]
fn assert_panics_with_the_report() {
    Suite::new(&LOUD, "nowhere").assert();
}

#[test]
fn a_scenario_without_a_snapshot_is_told_with_the_cure() {
    let silent = COUNTED.replace("  - c1: number\n", "  - stop: c1\n");
    let parts = ["the scenario has no snapshot yet", "cargo test  # takes", "1 failed"];
    refused(&silent, &LOUD, &parts);
}
