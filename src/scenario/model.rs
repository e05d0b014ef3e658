//! What a scenario says, resolved: every name bound, every duration a [`Duration`].

use std::time::Duration;

use super::place::{Place, Source};
use crate::network::Fault;
use crate::protocol::{ClientName, Timestamp};

/// Names an actor of a scenario.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum ActorName {
    /// The one server.
    Server,
    /// A client by its name.
    Client(ClientName),
}

impl std::fmt::Display for ActorName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Server => f.pad("server"),
            Self::Client(name) => name.fmt(f),
        }
    }
}

/// A scenario with every name bound and every duration a [`Duration`].
#[derive(Clone, Debug)]
pub struct Scenario {
    /// The file that it came from.
    pub source: Source,
    /// What it shows, in a sentence.
    pub title: Option<String>,
    /// The virtual time at the start.
    pub clock: Timestamp,
    /// The server's port; `None` leaves the choice to the stage.
    pub server_port: Option<u16>,
    /// The clients in the order of their declaration.
    pub clients: Vec<ClientDeclaration>,
    /// The seed that the file fixes.
    pub seed: Option<u64>,
    /// What happens.
    pub steps: Vec<Step>,
}

impl Scenario {
    /// Tells the name under which an actor registers.
    pub fn login_of(&self, actor: ActorName) -> ActorName {
        let declared = self.clients.iter().find(|client| ActorName::Client(client.name) == actor);
        declared.map_or(actor, |client| ActorName::Client(client.login))
    }
}

/// A declared client.
#[derive(Clone, Debug)]
pub struct ClientDeclaration {
    /// Its name in the scenario.
    pub name: ClientName,
    /// The name under which it registers: its own, unless two programs are to share one.
    pub login: ClientName,
    /// Its port; `None` leaves the choice to the stage.
    pub port: Option<u16>,
}

/// One step and its place in the file.
#[derive(Clone, Debug)]
pub struct Step {
    /// Where the step stands.
    pub place: Place,
    /// What it does.
    pub action: Action,
    /// Whether the run settles after it; `settle: none` writes a race on purpose.
    pub settles: bool,
}

/// What a step does.
#[derive(Clone, Debug)]
pub enum Action {
    /// Starts programs, one after the other, settling after each.
    Start(Vec<ActorName>),
    /// Lets programs leave politely.
    Stop(Vec<ActorName>),
    /// Lets programs vanish without a word.
    Kill(Vec<ActorName>),
    /// Kills programs and starts them again after a while.
    Restart {
        /// Which programs.
        actors: Vec<ActorName>,
        /// How long they are away.
        after: Duration,
    },
    /// Holds programs.
    Pause(Vec<ActorName>),
    /// Lets held programs go on.
    Resume(Vec<ActorName>),
    /// Types lines at a client's prompt, one after the other, settling after each.
    Type {
        /// Whose prompt.
        actor: ActorName,
        /// The lines as written.
        lines: Vec<String>,
    },
    /// Requires lines, after those already matched.
    Expect(Vec<Expectation>),
    /// Forbids lines.
    Never {
        /// Whose screen must not have shown what.
        forbidden: Vec<Expectation>,
        /// How long to go on watching.
        watch: Duration,
    },
    /// Begins a fault.
    Fault {
        /// What `heal` calls it.
        name: Option<String>,
        /// What goes wrong.
        fault: Fault<ActorName>,
    },
    /// Ends the faults of these names, or all of them.
    Heal(Vec<String>),
    /// Lets time pass.
    Advance(Duration),
    /// Settles, though the step before did not.
    Settle,
    /// Says a sentence in the report.
    Note(String),
}

/// What one actor's screen has to show (or not).
#[derive(Clone, Debug)]
pub struct Expectation {
    /// Whose screen.
    pub actor: ActorName,
    /// The lines, in order.
    pub lines: Vec<LinePattern>,
    /// How long after settling they may still take.
    pub within: Option<Duration>,
}

/// A line that is looked for, and where the file says so.
#[derive(Clone, Debug)]
pub struct LinePattern {
    /// Where it stands.
    pub place: Place,
    /// How it matches.
    pub matcher: Matcher,
}

/// How a shown line is matched.
#[derive(Clone, Debug)]
pub enum Matcher {
    /// The whole line, without its prompt.
    Exact(String),
    /// A regular expression that matches somewhere in the line, without its prompt.
    Regex(regex::Regex),
}

impl Matcher {
    /// Tells whether a line (without its prompt) matches.
    pub fn matches(&self, line: &str) -> bool {
        match self {
            Self::Exact(text) => text == line,
            Self::Regex(regex) => regex.is_match(line),
        }
    }
}
