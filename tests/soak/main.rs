//! The promises outside of any simulation: real programs, real disks, real sockets through a relay
//! that loses, repeats and reorders datagrams; servers and clients are killed at random moments.
//!
//! `CHATAPP_SOAK_ROUNDS` sets the number of kills, `CHATAPP_SOAK_SEED` the random choices.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::disallowed_types, reason = "the relay between the programs has real sockets")]

mod evidence;
mod program;
mod relay;

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use chatapp::protocol::{Audience, ClientName, Fact, MessageId};
use chatapp::sim::{self, parse, server};
use chatsim::runner::{Patience, Verdict, run_scenario};
use chatsim::scenario::{ActorName, Source};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

use evidence::{Evidence, facts};
use program::{Program, Shown};
use relay::Relay;

/// The default number of kills.
const ROUNDS: u32 = 50;

/// Clients; the first two are members of a group and talk there.
const CLIENTS: usize = 5;
const MEMBERS: usize = 2;

/// The maximum number of lines that are shown between typing and a kill.
const LINES_MAX: usize = 40;

/// The silence after which no more lines are expected.
const SILENCE: Duration = Duration::from_millis(500);

/// How long delivering everything may take once the network is good and all programs run: several
/// times the longest wait of any program.
const HEALING_MAX: Duration = Duration::from_mins(5);

/// How often to check whether everything is delivered.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// The promises that are checked by the facts of the programs.
const CHECK: &str = "
chatsim: 1
clients: [c1, c2, c3, c4, c5]
steps:
  - check: [nothing_lost, shown_once, in_order, same_order, confirmed, receipts]
";

/// A server, its clients and the network between them.
struct Cast {
    programs: Vec<Program>,
    relay: Relay,
    shown: Receiver<Shown>,
    /// The lines that every client has shown.
    screens: BTreeMap<ActorName, Vec<String>>,
    chance: ChaCha8Rng,
    typed: u32,
}

fn number(variable: &str, default: u32) -> u32 {
    env::var(variable).map_or(default, |text| text.parse().unwrap())
}

fn client(index: usize) -> ActorName {
    sim::client(ClientName::new(&format!("c{}", index + 1)).unwrap())
}

impl Cast {
    fn start(folder: &std::path::Path, seed: u64) -> Self {
        let (lines, shown) = mpsc::channel();
        let relay = Relay::start(CLIENTS, seed);
        let arguments = ["server", "--port", "0"];
        let mut programs = vec![Program::new(server(), &arguments, folder, lines.clone())];
        for index in 0..CLIENTS {
            let (name, door) = (client(index), relay.door(index).to_string());
            let arguments = ["client", &name.to_string(), &door];
            programs.push(Program::new(name, &arguments, folder, lines.clone()));
        }
        let chance = ChaCha8Rng::seed_from_u64(seed);
        let screens = BTreeMap::new();
        let mut cast = Self { programs, relay, shown, screens, chance, typed: 0 };
        for index in 0..=CLIENTS {
            cast.start_program(index);
        }
        for index in 0..CLIENTS {
            cast.wait_for_line(client(index), "[Welcome, You are registered.]");
        }
        cast.programs[1].type_line("create_group g");
        cast.wait_for_line(client(0), "[Group g created by Server.]");
        cast
    }

    fn wait_for_line(&mut self, by: ActorName, line: &str) {
        let is_shown = |lines: &Vec<String>| lines.iter().any(|it| it.contains(line));
        while !self.screens.get(&by).is_some_and(is_shown) {
            let shown = self.shown.recv_timeout(HEALING_MAX).unwrap();
            self.take(shown);
        }
    }

    fn below(&mut self, bound: usize) -> usize {
        self.chance.next_u32() as usize % bound
    }

    /// Starts a program; a server gets a new port.
    fn start_program(&mut self, index: usize) {
        self.programs[index].start();
        if index == 0 {
            let started = ">>> [Server started at 127.0.0.1 on port ";
            let port = loop {
                let shown = self.shown.recv_timeout(HEALING_MAX).unwrap();
                if let Some(rest) = shown.line.strip_prefix(started) {
                    break rest.trim_end_matches(']').parse().unwrap();
                }
                self.take(shown);
            };
            self.relay.serve(port);
        }
    }

    fn take(&mut self, Shown { by, line }: Shown) {
        self.screens.entry(by).or_default().push(line);
    }

    /// Lets the programs run to a random moment: until this many more lines were shown, or no more
    /// arrive.
    fn go_on(&mut self, lines_max: usize) {
        for _ in 0..self.below(lines_max) {
            match self.shown.recv_timeout(SILENCE) {
                Ok(shown) => self.take(shown),
                Err(_) => return,
            }
        }
    }

    /// Makes each client send a message to another one.
    fn talk(&mut self) {
        self.bring_back();
        for index in 0..CLIENTS {
            self.typed += 1;
            let text = format!("text {}", self.typed);
            let program = index + 1;
            if index < MEMBERS {
                // A client that did not answer was removed in the meantime.
                self.programs[program].type_line("join_group g");
                self.programs[program].type_line(&format!("send_all {text}."));
            } else {
                let to = client((index + 1 + self.below(CLIENTS - 1)) % CLIENTS);
                self.programs[program].type_line(&format!("send {to} {text}."));
            }
        }
    }

    /// Starts clients again that have given up because there was no server.
    fn bring_back(&mut self) {
        for index in 1..=CLIENTS {
            if self.programs[index].has_ended() {
                self.start_program(index);
            }
        }
    }

    /// Kills a program, the server more often than each client, and starts it again.
    fn kill_somebody(&mut self) {
        let victim = self.below(CLIENTS + 4).saturating_sub(3);
        self.programs[victim].kill();
        self.go_on(LINES_MAX / 4);
        self.start_program(victim);
    }

    /// Waits until every accepted message is delivered; returns those that are late.
    fn heal(&mut self) -> BTreeSet<(MessageId, ClientName)> {
        self.relay.heal();
        for index in 0..CLIENTS {
            // A client that counts as offline without knowing it learns it now.
            self.programs[index + 1].type_line("list_members");
            self.programs[index + 1].type_line("list_groups");
        }
        let open = self.wait_for(|fact| fact.arrived().is_some());
        // Messages that arrived during a group visit are shown after it.
        for member in 1..=MEMBERS {
            self.programs[member].type_line("leave_group");
        }
        if open.is_empty() { self.wait_for(|fact| matches!(fact, Fact::Shown(_))) } else { open }
    }

    /// Waits until every receiver has stated this kind of fact about each of its messages, and
    /// every sender has its receipts. While lines are shown, a program may still accept a message
    /// that was typed before, so only a look after silence counts.
    fn wait_for(&mut self, is_arrival: fn(Fact) -> bool) -> BTreeSet<(MessageId, ClientName)> {
        let (mut left, mut is_silent) = (HEALING_MAX, false);
        loop {
            self.bring_back();
            let open = self.undelivered(is_arrival);
            if (open.is_empty() && is_silent) || left.is_zero() {
                return open;
            }
            let shown = self.shown.recv_timeout(LOOK_EVERY);
            is_silent = shown.is_err();
            match shown {
                Ok(shown) => self.take(shown),
                Err(_) => left = left.saturating_sub(LOOK_EVERY),
            }
        }
    }

    fn undelivered(&self, is_arrival: fn(Fact) -> bool) -> BTreeSet<(MessageId, ClientName)> {
        let mut open = BTreeSet::new();
        let mut owed = BTreeSet::new();
        let (mut arrived, mut receipted) = (BTreeSet::new(), BTreeSet::new());
        let mut refused = BTreeSet::new();
        for program in &self.programs {
            for (_, fact) in facts(&program.facts()) {
                match (fact, program.name) {
                    (
                        Fact::Written { id, to: Audience::Person(to), .. }
                        | Fact::Addressed { id, to },
                        _,
                    ) => drop(open.insert((id, to))),
                    (Fact::Kept { id, to }, _) => drop(owed.insert((id, to))),
                    (Fact::Receipted { id, by }, _) => drop(receipted.insert((id, by))),
                    (Fact::Refused(id), _) => drop(refused.insert(id)),
                    (fact, actor) if is_arrival(fact) && actor != server() => {
                        let by = ClientName::from(actor.name());
                        arrived.extend(fact.message().map(|id| (id, by)));
                    }
                    _ => {}
                }
            }
        }
        open.retain(|(id, to)| !arrived.contains(&(*id, *to)) && !refused.contains(id));
        owed.retain(|it| !receipted.contains(it));
        open.into_iter().chain(owed).collect()
    }
}

/// Returns the number of the text in a line that shows a message.
fn text_in(line: &str) -> Option<&str> {
    let (_, text) = line.split_once("text ")?;
    text.split_once('.').map(|(number, _)| number)
}

#[test]
fn everything_survives_kills_on_a_bad_network() {
    let seed = number("CHATAPP_SOAK_SEED", 1);
    let folder = tempfile::tempdir().unwrap();
    let mut cast = Cast::start(folder.path(), seed.into());
    let rounds = number("CHATAPP_SOAK_ROUNDS", ROUNDS);
    for _ in 0..rounds {
        cast.talk();
        cast.go_on(LINES_MAX);
        cast.kill_somebody();
    }
    let open = cast.heal();
    let scenario = parse(&Source::new("check.yaml".into(), CHECK.into())).unwrap().remove(0);
    let mut evidence = Evidence::of(&cast.programs);
    let verdict =
        run_scenario(&scenario, &mut evidence.stage, Patience::SIMULATED, &mut |_| ()).verdict;
    assert!(matches!(verdict, Verdict::Passed), "{verdict:#?}");
    assert!(open.is_empty(), "not delivered in time, or without a receipt: {open:?}");
    let mut messages = 0;
    for (actor, lines) in cast.screens.iter().filter(|(actor, _)| **actor != server()) {
        let mut texts = BTreeSet::new();
        let mut is_recalling = false;
        for line in lines {
            is_recalling |= line.contains("possibly not shown yet:]");
            is_recalling &= !line.contains("[Welcome back!]");
            let is_new = text_in(line).is_none_or(|text| texts.insert(text));
            assert!(is_new || is_recalling, "`{actor}` has shown twice: {line}");
        }
        messages += texts.len();
    }
    let (typed, recalled) = (cast.typed, evidence.recalled);
    println!("{rounds} kills, {typed} messages typed, {messages} shown, {recalled} of them again");
    assert!(messages > rounds as usize, "they have hardly talked");
}
