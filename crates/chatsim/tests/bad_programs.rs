//! Programs that take the whole process with them: a campaign names the seed all the same.
//!
//! This test program is also the command line of such a guest: the test starts it again.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::VecDeque;
use std::io::Write as _;
use std::process::{Command, ExitCode, Output};
use std::time::Duration;

use chatsim::cli::{Cli, main as command_line};
use chatsim::fuzz::{Healing, Workload, generated, heal_all};
use chatsim::machine::{Actor, Address, Effect, Machine, Outcome, Timestamp};
use chatsim::scenario::{Item, Script};
use chatsim::{Guest, Part, Role};

/// The variable that says what the programs do wrong when they are told to.
const FAULT: &str = "BAD_PROGRAMS";

/// The seed whose scenario tells them to.
const BAD_SEED: u64 = 7;

/// Programs that do wrong when the line `bad` is typed.
#[derive(Debug)]
struct Bad;

static ROLES: [Role; 1] = [Role::many("nodes", "node", 4000)];

impl Guest for Bad {
    fn roles(&self) -> &'static [Role] {
        &ROLES
    }

    fn build(&self, part: &Part<'_>) -> Box<dyn Actor> {
        let others = part.addresses.values().copied();
        let other = others.into_iter().find(|address| Some(*address) != part.address());
        Box::new(Program { other, due: None, effects: VecDeque::new() })
    }

    fn workload(&self) -> Option<&dyn Workload> {
        Some(self)
    }
}

impl Workload for Bad {
    fn scenario(&self, seed: u64) -> Script {
        let mut script = generated(seed);
        script.set("nodes", Item::texts(["a", "b"]));
        let line = if seed == BAD_SEED { "bad" } else { "good" };
        script.steps =
            vec![Item::step("start", Item::texts(["a", "b"])), Item::step("a", Item::text(line))];
        script.steps.extend(self.healing(&["a".to_owned(), "b".to_owned()]));
        script
    }

    fn healing(&self, actors: &[String]) -> Vec<Item> {
        heal_all(actors)
    }

    fn may_omit(&self, healing: &Healing<'_>, _line: &str) -> bool {
        healing.comes_again()
    }
}

struct Program {
    other: Option<Address>,
    /// When it writes again, for ever.
    due: Option<Timestamp>,
    effects: VecDeque<Effect>,
}

impl Machine for Program {
    type Output = Effect;

    fn handle_datagram(&mut self, _from: Address, _bytes: &[u8], _now: Timestamp) {}

    fn handle_timeout(&mut self, now: Timestamp) {
        let bytes = b"again".to_vec();
        self.effects.extend(self.other.map(|to| Effect::Transmit { to, bytes }));
        self.due = Some(now + Duration::from_secs(10));
    }

    fn poll_timeout(&self) -> Option<Timestamp> {
        self.due
    }

    fn is_busy(&self) -> bool {
        self.due.is_some()
    }

    fn poll_output(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }
}

/// Takes more and more of the stack.
#[expect(unconditional_recursion, reason = "this is what is tested")]
fn recurse(depth: u64) -> u64 {
    std::hint::black_box(recurse(std::hint::black_box(depth) + 1)) + 1
}

impl Actor for Program {
    fn handle_line(&mut self, line: &str, now: Timestamp) {
        if line != "bad" {
            return;
        }
        match std::env::var(FAULT).unwrap_or_default().as_str() {
            "overflow" => drop(recurse(0).to_string()),
            "abort" => std::process::abort(),
            "hang" => loop {
                std::hint::spin_loop();
            },
            "restless" => self.due = Some(now),
            fault => panic!("unknown fault `{fault}`"),
        }
    }

    fn handle_interrupt(&mut self, _now: Timestamp) {
        self.effects.push_back(Effect::Exit(Outcome::Left));
    }
}

/// Runs a campaign of programs with a fault.
fn campaign(fault: &str) -> Output {
    let folder = tempfile::tempdir().unwrap();
    Command::new(std::env::current_exe().unwrap())
        .args(["fuzz", "--runs", "30"])
        .current_dir(folder.path())
        .env(FAULT, fault)
        .env("CHATSIM_FUZZ_RUN_SECONDS", "1")
        .output()
        .unwrap()
}

fn assert_blamed(fault: &str, what: &str) {
    let output = campaign(fault);
    let shown = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{fault}: {shown}");
    let expected = format!("FAIL 1 scenario: {what}\n  run it: chatsim fuzz --replay 7\n");
    assert_eq!(shown, expected, "{fault}");
}

fn test() {
    assert_blamed("overflow", "a run ended the process with SIGABRT");
    assert_blamed("abort", "a run ended the process with SIGABRT");
    assert_blamed("hang", "a run took longer than 1s");
    let output = campaign("restless");
    let shown = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{shown}");
    assert!(
        shown.starts_with("FAIL 1 scenario, the first with seed 7: comes_to_rest: "),
        "{shown}"
    );
    let busy = "the promise `comes_to_rest` is broken: the run did not settle: ";
    assert!(shown.contains(busy), "{shown}");
    assert!(shown.contains("lately most of all `a -> b` and `timer of a`"), "{shown}");
}

fn main() -> ExitCode {
    if std::env::var_os(FAULT).is_some() {
        return command_line(Cli::new(&Bad));
    }
    test();
    let summary = "test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out\n";
    let written = std::io::stdout().write_all(summary.as_bytes());
    if written.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
