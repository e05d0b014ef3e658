//! The interface between the engine and the programs that it runs.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use machine::{Actor, Address, Fact, Records, Timestamp};

use crate::fuzz::Workload;
use crate::promise::{Broken, Checker, Promise};
use crate::scenario::{ActorName, Scenario};
use crate::stage::pty::Programs;
use crate::stage::{Line, Stage};

/// A kind of programs that the engine runs: what they are called, how they are built, and how to
/// decode what they send, state and promise.
///
/// Only [`roles`](Self::roles) and [`build`](Self::build) are needed to run scenarios on the
/// simulated stage and on UDP, with every fault of networks, disks, clocks and programs. Everything
/// else makes more possible: faults that aim at a kind of packet, diagrams with labels, promises,
/// generated scenarios.
///
/// # Example
///
/// A server that adds up what its clients send, and stores the sum before it answers.
///
/// ```
/// use std::collections::VecDeque;
///
/// use chatsim::machine::{
///     Actor, Address, Change, CleanText, Effect, Line, Machine, Outcome, RestoreError, Ticket, Timestamp,
/// };
/// use chatsim::runner::{Patience, Verdict, run_scenario};
/// use chatsim::scenario::{Source, parse};
/// use chatsim::stage::simulated::Simulated;
/// use chatsim::{Guest, PacketKind, Part, Role};
///
/// #[derive(Debug)]
/// struct Adding;
///
/// static ROLES: [Role; 2] = [Role::single("server", "server", 4000), Role::many("clients", "client", 5000)];
/// const ADD: PacketKind = PacketKind::new("add");
/// const SUM: PacketKind = PacketKind::new("sum");
///
/// impl Guest for Adding {
///     fn roles(&self) -> &'static [Role] {
///         &ROLES
///     }
///
///     fn build(&self, part: &Part<'_>) -> Box<dyn Actor> {
///         // A client learns where the server is; a server needs nobody.
///         let server = part.address_of("server").filter(|_| part.role.key == "clients");
///         Box::new(Program { server, sum: 0, waiting: Vec::new(), effects: VecDeque::new(), stored: 0 })
///     }
///
///     fn packet_kinds(&self) -> &[PacketKind] {
///         &[ADD, SUM]
///     }
///
///     fn packets(&self, datagram: &[u8]) -> Vec<PacketKind> {
///         vec![if datagram.first() == Some(&b'+') { ADD } else { SUM }]
///     }
/// }
///
/// struct Program {
///     server: Option<Address>,
///     sum: u64,
///     /// Who is answered once this batch is stored.
///     waiting: Vec<(Ticket, Address, u64)>,
///     effects: VecDeque<Effect>,
///     stored: u64,
/// }
///
/// impl Machine for Program {
///     type Output = Effect;
///
///     fn handle_datagram(&mut self, from: Address, bytes: &[u8], _now: Timestamp) {
///         let text = String::from_utf8_lossy(bytes).into_owned();
///         match text.strip_prefix('+').map(str::parse::<u64>) {
///             Some(Ok(number)) if self.server.is_none() => {
///                 self.sum += number;
///                 self.stored += 1;
///                 let ticket = Ticket(self.stored);
///                 let changes = vec![Change::put(*b"sum", self.sum.to_le_bytes())];
///                 self.waiting.push((ticket, from, self.sum));
///                 self.effects.push_back(Effect::Store { ticket, changes });
///             }
///             _ => {
///                 let text = CleanText::one_line(text);
///                 self.effects.push_back(Effect::Show(Line::new("> ".into(), text)));
///             }
///         }
///     }
///
///     fn poll_output(&mut self) -> Option<Effect> {
///         self.effects.pop_front()
///     }
/// }
///
/// impl Actor for Program {
///     fn restore(&mut self, _key: &[u8], value: &[u8]) -> Result<(), RestoreError> {
///         let value = value.try_into().map_err(|_| RestoreError("not a sum".to_owned()))?;
///         self.sum = u64::from_le_bytes(value);
///         Ok(())
///     }
///
///     fn handle_line(&mut self, line: &str, _now: Timestamp) {
///         if let Some(to) = self.server {
///             self.effects.push_back(Effect::Transmit { to, bytes: line.as_bytes().to_vec() });
///         }
///     }
///
///     fn handle_stored(&mut self, stored: Ticket, _now: Timestamp) {
///         for (_, to, sum) in self.waiting.extract_if(.., |(ticket, ..)| *ticket <= stored) {
///             self.effects.push_back(Effect::Transmit { to, bytes: sum.to_string().into_bytes() });
///         }
///     }
///
///     fn handle_interrupt(&mut self, _now: Timestamp) {
///         self.effects.push_back(Effect::Exit(Outcome::Left));
///     }
/// }
///
/// let text = "
/// chatsim: 1
/// clients: [c1]
/// steps:
///   - start: [server, c1]
///   - c1: '+3'
///   - restart: server             # what it has acknowledged is stored
///   - fault: { drop: server -> c1, packet: sum, nth: 1 }
///   - c1: ['+4', '+5']            # the answer to the first one is lost
///   - expect: { c1: ['3', '12'] }
/// ";
/// let scenario = parse(&Source::new("sums.yaml".into(), text.into()), &Adding)?.remove(0);
/// let mut stage = Simulated::new(&scenario, 0);
/// let outcome = run_scenario(&scenario, &mut stage, Patience::SIMULATED, &mut |_| ());
/// assert!(matches!(outcome.verdict, Verdict::Passed), "{:?}", outcome.verdict);
/// # Ok::<(), chatsim::scenario::Mistakes>(())
/// ```
pub trait Guest: fmt::Debug + Sync {
    /// Returns the roles of actors, in the order in which actors are listed. There is at least one,
    /// and none has the name of a key of scenarios.
    fn roles(&self) -> &'static [Role];

    /// Builds a program that has not been started.
    fn build(&self, part: &Part<'_>) -> Box<dyn Actor>;

    /// Answers a question ([`Effect::Ask`](machine::Effect::Ask)) about stored data. The default
    /// answers with nothing.
    fn answer(&self, _question: &[u8], _records: &Records) -> Vec<u8> {
        Vec::new()
    }

    /// Returns all kinds of packets, in the order in which they are listed. The default has none.
    fn packet_kinds(&self) -> &[PacketKind] {
        &[]
    }

    /// Returns the kinds of the packets in a datagram, in order: faults aim at them, diagrams show
    /// them. It must not panic, whatever the bytes are. The default returns none.
    fn packets(&self, _datagram: &[u8]) -> Vec<PacketKind> {
        Vec::new()
    }

    /// Describes the contents of a datagram, a line for each part, for pages about a run. The
    /// default shows its bytes.
    fn contents(&self, datagram: &[u8]) -> Vec<String> {
        vec![datagram.escape_ascii().to_string()]
    }

    /// Returns numbers that identify the parts of a datagram, so that a datagram that carries a part
    /// again is shown as resent. The default is none.
    fn parts(&self, _datagram: &[u8]) -> Vec<u64> {
        Vec::new()
    }

    /// Describes a fact of a program, after its name: `takes message 7`. The default shows its bytes.
    fn describe_fact(&self, fact: &Fact) -> String {
        format!("states \"{}\"", fact.bytes().escape_ascii())
    }

    /// Returns the state into which a fact puts a program, e.g. `online`, if it does: coverage
    /// counts the states of programs whose packets were hit by faults. The default is none.
    fn state_after(&self, _fact: &Fact) -> Option<&'static str> {
        None
    }

    /// Returns the promises that scenarios can check. The default is none.
    fn promises(&self) -> &[Promise] {
        &[]
    }

    /// Returns a checker for one run. Called only if there are promises.
    fn checker(&self) -> Box<dyn Checker> {
        Box::new(NoPromises)
    }

    /// Returns the generator of scenarios for `fuzz`. The default has none.
    fn workload(&self) -> Option<&dyn Workload> {
        None
    }

    /// Returns the programs that run at terminals unless the command line names others. `program`
    /// is a path that the command line names in place of the default one. The default has none.
    ///
    /// # Errors
    ///
    /// There is no such program; the error says what to do about it.
    fn programs(&self, _program: Option<&Path>) -> Result<Programs, String> {
        Ok(Programs::default())
    }

    /// Splits a row of a terminal into the prompt and the text. The default finds no prompt.
    fn line_of_row(&self, row: &str) -> Line {
        Line::new("".into(), row.to_owned())
    }

    /// Returns the texts that help people with scenarios of this guest.
    fn hints(&self) -> Hints {
        Hints::default()
    }
}

/// Texts that help people with scenarios of one guest.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Hints {
    /// The scenario that `new` writes.
    pub template: Option<&'static str>,
    /// Why the actors of a role cannot move, and what to do instead.
    pub unmovable: Option<&'static str>,
    /// The command line of this guest, in front of its verbs. The default is `chatsim`.
    pub command: Option<&'static str>,
}

impl Hints {
    /// Returns the command line, for messages.
    pub(crate) fn command(&self) -> &'static str {
        self.command.unwrap_or("chatsim")
    }
}

/// Has no promises, so that there is nothing to check.
struct NoPromises;

impl Checker for NoPromises {
    fn check(&mut self, _: &[Promise], _: &Scenario, _: &dyn Stage) -> Result<(), Broken> {
        Ok(())
    }
}

/// A role that actors have.
#[derive(Debug)]
pub struct Role {
    /// The key under which scenarios declare its actors. The only actor of a role for one has this
    /// name, and takes part in every scenario.
    pub key: &'static str,
    /// What messages call one of its actors, e.g. `client`.
    pub title: &'static str,
    /// The description of the key that editors show.
    pub about: &'static str,
    /// Whether there is one actor of this role, or as many as a scenario declares.
    pub is_single: bool,
    /// The first port that the stages try if a scenario names none.
    pub first_port: u16,
    /// Whether its actors may move to another port.
    pub can_move: bool,
    /// Options that a scenario may set for its actors, besides their ports.
    pub options: &'static [GuestOption],
}

/// An option that a scenario may set for an actor.
#[derive(Clone, Copy, Debug)]
pub struct GuestOption {
    /// The key.
    pub key: &'static str,
    /// What it is, in messages: `the name under which the client registers`.
    pub what: &'static str,
    /// Validates a value.
    pub check: fn(&str) -> Result<(), BadValue>,
    /// Whether the program is given this value as its name instead of the actor's. A program at a
    /// terminal gets any other option by a flag
    /// ([`Program::with_flag`](crate::stage::pty::Program::with_flag)).
    pub is_name: bool,
}

/// Why a value of an option is refused.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BadValue {
    /// What is wrong with it.
    pub problem: String,
    /// What to write instead, if the problem does not say so.
    pub help: Option<String>,
}

impl Role {
    /// Makes the role of one actor, which others know by its address: it cannot move.
    pub const fn single(key: &'static str, title: &'static str, port: u16) -> Self {
        Self { is_single: true, can_move: false, ..Self::many(key, title, port) }
    }

    /// Makes the role of as many actors as a scenario declares.
    pub const fn many(key: &'static str, title: &'static str, first_port: u16) -> Self {
        Self { key, title, about: "", is_single: false, first_port, can_move: true, options: &[] }
    }

    /// Sets the description of the key that editors show.
    #[must_use]
    pub const fn about(self, about: &'static str) -> Self {
        Self { about, ..self }
    }

    /// Sets the options that a scenario may set for its actors.
    #[must_use]
    pub const fn with_options(self, options: &'static [GuestOption]) -> Self {
        Self { options, ..self }
    }
}

/// What a program is built from.
#[derive(Clone, Copy, Debug)]
pub struct Part<'a> {
    /// Its name in the scenario.
    pub name: ActorName,
    /// The name that the program uses: that of the scenario, unless an option replaces it.
    pub own_name: &'a str,
    /// Its role.
    pub role: &'static Role,
    /// Its options in the scenario.
    pub options: &'a BTreeMap<String, String>,
    /// A seed that no other program of the run has.
    pub seed: u64,
    /// The time by its own clock.
    pub now: Timestamp,
    /// The addresses of all actors at this moment, its own included.
    pub addresses: &'a BTreeMap<ActorName, Address>,
}

impl Part<'_> {
    /// Returns the program's own address.
    pub fn address(&self) -> Option<Address> {
        self.addresses.get(&self.name).copied()
    }

    /// Returns the address of the actor of this name.
    pub fn address_of(&self, name: &str) -> Option<Address> {
        let mut all = self.addresses.iter();
        all.find(|(actor, _)| actor.as_str() == name).map(|(_, address)| *address)
    }

    /// Returns the value of an option.
    pub fn option(&self, key: &str) -> Option<&str> {
        self.options.get(key).map(String::as_str)
    }
}

/// A kind of packet, by its name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct PacketKind {
    /// The name.
    pub name: &'static str,
    /// How diagrams treat it.
    pub class: PacketClass,
}

/// How diagrams treat a packet.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum PacketClass {
    /// Shown.
    Content,
    /// Only asks whether the receiver is still there: omitted if it is answered at once.
    Probe,
    /// Only acknowledges received data: drawn as an answer.
    Acknowledgement,
}

impl PacketKind {
    /// Makes a kind that diagrams show.
    pub const fn new(name: &'static str) -> Self {
        Self { name, class: PacketClass::Content }
    }

    /// Makes a kind that only asks whether the receiver is still there.
    pub const fn probe(name: &'static str) -> Self {
        Self { name, class: PacketClass::Probe }
    }

    /// Makes a kind that only acknowledges.
    pub const fn acknowledgement(name: &'static str) -> Self {
        Self { name, class: PacketClass::Acknowledgement }
    }
}

impl fmt::Display for PacketKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name)
    }
}
