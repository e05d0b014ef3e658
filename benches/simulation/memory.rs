//! The memory of runs of a million datagrams, each in a process of its own.

use std::collections::BTreeMap;
use std::process::Command;
use std::{env, fs};

use chatapp::protocol::{Holdings, Presence};
use chatapp::sim::server;
use chatsim::scenario::Declaration;
use chatsim::stage::simulated::Simulated;
use chatsim::stage::{Stage, TraceKeeping};

use crate::chat::{direct_line, type_everywhere};
use crate::comparison::{noted, timed};
use crate::echo::{MILLION, played};
use crate::opening::{client, opened, scenario};

const DATAGRAMS: u64 = 1_000_000;

/// The environment variable that selects what to run.
const PLAY: &str = "SIMULATION_PLAY";

/// The runs, and the names of their measurements.
pub(crate) const PLAYS: [(&str, fn()); 5] = [
    ("memory::echo_traced", || echo(TraceKeeping::Everything)),
    ("memory::echo", || echo(TraceKeeping::Nothing)),
    ("memory::chat_traced", || chat(TraceKeeping::Everything)),
    ("memory::chat", || chat(TraceKeeping::Nothing)),
    (REGISTRATION, register),
];

/// The registration of a hundred thousand clients in one simulation.
pub(crate) const REGISTRATION: &str = "memory::register_100k";

const CLIENTS: usize = 100_000;

/// Runs what the environment asks for, if anything, and prints the peak memory of the process.
#[expect(clippy::print_stdout, reason = "that is how the process answers")]
pub(crate) fn play_if_asked() -> bool {
    let Ok(asked) = env::var(PLAY) else { return false };
    let (_, play) = PLAYS.iter().find(|(name, _)| *name == asked).unwrap();
    play();
    println!("{}", peak_kibibytes());
    true
}

#[divan::bench(sample_count = 1, sample_size = 1, args = PLAYS.map(|(name, _)| name))]
fn large_runs(name: &'static str) {
    let mut command = Command::new(env::current_exe().unwrap());
    let output = timed(name, 1, || command.env(PLAY, name).output().unwrap());
    assert!(output.status.success(), "{output:?}");
    noted(name, String::from_utf8(output.stdout).unwrap().trim().parse().unwrap());
}

fn echo(keeping: TraceKeeping) {
    let stage = played(3, &MILLION, keeping);
    assert!(stage.datagrams() >= DATAGRAMS);
}

fn chat(keeping: TraceKeeping) {
    let mut stage = opened(3);
    stage.keep_trace(keeping);
    let lines: Vec<_> = (0..3).map(|it| (client(it), direct_line(client((it + 1) % 3)))).collect();
    while stage.datagrams() < DATAGRAMS {
        type_everywhere(&mut stage, &lines);
    }
}

/// All clients start at once.
fn register() {
    let mut scenario = scenario(0);
    let declaration =
        |index| Declaration { name: client(index), port: None, options: BTreeMap::new() };
    scenario.actors.extend((0..CLIENTS).map(declaration));
    let mut stage = Simulated::new(&scenario, 1);
    stage.start(server()).unwrap();
    for index in 0..CLIENTS {
        stage.start(client(index)).unwrap();
    }
    stage.settle().unwrap();
    let table = Holdings::decode(&stage.holdings(server()).unwrap()).unwrap().table;
    let online = table.iter().filter(|row| row.presence == Presence::Online);
    assert_eq!(online.count(), CLIENTS);
}

fn peak_kibibytes() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}
