//! What a scenario says, resolved: every name bound, every duration a [`Duration`].

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use jiff::SignedDuration;
use regex::Regex;

use crate::network::Fault;
use crate::{Guest, Promise, Role};
use machine::{Name, Timestamp};
use placed_yaml::{Place, Source, way};

/// The name of an actor, with its role. Names sort by role first, in the order of
/// [`Guest::roles`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ActorName {
    role: u8,
    name: Name,
}

impl ActorName {
    /// Makes the name of an actor whose role has this index among [`Guest::roles`].
    #[inline]
    pub fn new(role: usize, name: Name) -> Self {
        // Nobody writes a guest with so many roles.
        Self { role: u8::try_from(role).unwrap_or(u8::MAX), name }
    }

    /// Returns the index of its role.
    #[inline]
    pub fn role(self) -> usize {
        self.role.into()
    }

    /// Returns the name alone.
    #[inline]
    pub const fn name(self) -> Name {
        self.name
    }

    /// Returns the name as text.
    #[inline]
    pub fn as_str(&self) -> &str {
        self.name.as_str()
    }
}

impl fmt::Display for ActorName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.name.fmt(f)
    }
}

impl fmt::Debug for ActorName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.name.fmt(f)
    }
}

/// The values with which a scenario is played, one of each name of its `matrix`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Default, Debug)]
pub struct Combination(Vec<(String, String)>);

impl Combination {
    /// Adds a name with its value.
    pub(super) fn with(&self, name: &str, value: &str) -> Self {
        let mut pairs = self.0.clone();
        pairs.push((name.to_owned(), value.to_owned()));
        Self(pairs)
    }

    /// Returns the names and their values as they are listed; none without a `matrix`.
    pub fn pairs(&self) -> &[(String, String)] {
        &self.0
    }

    /// Returns what a scenario's name ends with: `[name=v1,other=x]`; nothing without a `matrix`.
    /// All but letters, digits, `-`, `_` and `.` of ASCII are escaped as in the address of a web
    /// page, so that the name can be that of a file.
    pub fn name_suffix(&self) -> String {
        let pairs: Vec<_> =
            self.0.iter().map(|(name, value)| format!("{name}={}", escaped(value))).collect();
        if pairs.is_empty() { String::new() } else { format!("[{}]", pairs.join(",")) }
    }

    /// Returns what the name of its snapshot's file ends with: `@v1,x`, escaped in the same way.
    pub fn file_suffix(&self) -> String {
        let values: Vec<_> = self.0.iter().map(|(_, value)| escaped(value)).collect();
        if values.is_empty() { String::new() } else { format!("@{}", values.join(",")) }
    }
}

fn escaped(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len());
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            escaped.extend(["%".to_owned(), format!("{byte:02x}")]);
        }
    }
    escaped
}

/// A scenario with every name bound and every duration a [`Duration`].
#[derive(Clone, Debug)]
pub struct Scenario {
    /// The file that it came from.
    pub source: Source,
    /// The files that it includes, each as often as it is included.
    pub included: Vec<Source>,
    /// With which values it is played.
    pub combination: Combination,
    /// What it shows, in a sentence.
    pub title: Option<String>,
    /// The virtual time at the start.
    pub clock: Timestamp,
    /// The programs that are played.
    pub guest: &'static dyn Guest,
    /// The actors: role by role, and in the order of their declaration.
    pub actors: Vec<Declaration>,
    /// What goes wrong on the links from the beginning to the end.
    pub network: Vec<NetworkFault>,
    /// The seed that the file fixes.
    pub seed: Option<u64>,
    /// On which terms it is played.
    pub terms: Terms,
    /// What happens.
    pub steps: Vec<Step>,
}

impl Scenario {
    /// Returns the file of a place.
    pub fn source_of(&self, place: Place) -> &Source {
        let included = place.file.checked_sub(1).and_then(|index| self.included.get(index));
        included.unwrap_or(&self.source)
    }

    /// Returns the way to a place in an included file: `included from PATH:LINE:COLUMN`, the
    /// nearest first. Places in the scenario's own file need none.
    pub fn way_to(&self, place: Place) -> Vec<String> {
        let sources = std::iter::once(&self.source).chain(&self.included);
        way(&sources.cloned().collect::<Vec<_>>(), place.file)
    }

    /// Returns all ports that it names.
    pub fn ports(&self) -> BTreeSet<u16> {
        let declared = self.actors.iter().filter_map(|actor| actor.port);
        let moves = Step::all_in(&self.steps).filter_map(|step| {
            let Action::Move(moves) = &step.action else { return None };
            Some(moves)
        });
        let moved_to = moves.flatten().filter_map(|(_, port)| *port);
        declared.chain(moved_to).collect()
    }

    /// Returns what is declared about an actor.
    pub fn declaration(&self, actor: ActorName) -> Option<&Declaration> {
        self.actors.iter().find(|declared| declared.name == actor)
    }

    /// Returns the name of an actor for its program: its own, unless an option takes its place.
    pub fn own_name<'a>(&'a self, actor: &'a ActorName) -> &'a str {
        let option = self.role_of(*actor).options.iter().find(|option| option.is_name);
        let declared = self.declaration(*actor);
        let other = option.and_then(|option| declared?.options.get(option.key));
        other.map_or(actor.as_str(), String::as_str)
    }

    /// Returns the role of an actor.
    ///
    /// # Panics
    ///
    /// The actor is not from a scenario of this guest.
    pub fn role_of(&self, actor: ActorName) -> &'static Role {
        &self.guest.roles()[actor.role()]
    }
}

/// On which terms a scenario is played.
#[derive(Clone, Default, Debug)]
pub struct Terms {
    /// Words to choose scenarios by, sorted.
    pub tags: Vec<String>,
    /// The stages on which it is played; empty for all.
    pub only: Vec<StageName>,
    /// That it is known to fail.
    pub xfail: Option<ExpectedFailure>,
    /// What is replaced in each line of its snapshot, one rule after the other.
    pub redact: Vec<Redact>,
    /// How much of the stage's time it may take.
    pub timeout: Option<Duration>,
    /// Whether steps that cannot be done where they stand are passed over, and faults need not hit
    /// anything: of generated scenarios.
    pub is_lenient: bool,
}

impl Terms {
    /// Returns whether the scenario is played on a stage.
    pub fn allow(&self, stage: StageName) -> bool {
        self.only.is_empty() || self.only.contains(&stage)
    }
}

/// Names a kind of stage.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StageName {
    /// A simulated network in virtual time.
    Simulated,
    /// Real UDP sockets.
    Udp,
    /// The real programs on terminals of their own.
    Pty,
}

impl StageName {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Simulated, Self::Udp, Self::Pty];

    /// Returns how scenarios write it.
    #[inline]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Simulated => "simulated",
            Self::Udp => "udp",
            Self::Pty => "pty",
        }
    }
}

/// A failure that is known.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ExpectedFailure {
    /// Where the file says so.
    pub place: Place,
    /// Why it fails.
    pub reason: String,
}

/// Something that is replaced in the lines of a snapshot.
#[derive(Clone, Debug)]
pub struct Redact {
    /// What is replaced, wherever it matches.
    pub pattern: Regex,
    /// What stands there instead; `$1` is the first group of the pattern.
    pub with: String,
}

impl Redact {
    /// Redacts a line.
    pub fn apply(&self, line: &str) -> String {
        self.pattern.replace_all(line, self.with.as_str()).into_owned()
    }
}

/// A declared actor.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Declaration {
    /// Its name, with its role.
    pub name: ActorName,
    /// Its port; `None` leaves the choice to the stage.
    pub port: Option<u16>,
    /// What else the scenario says about it: options of its role.
    pub options: BTreeMap<String, String>,
}

/// Something that goes wrong all the time; it need not hit anything.
#[derive(Clone, Debug)]
pub struct NetworkFault {
    /// Where the file says so.
    pub place: Place,
    /// What goes wrong.
    pub fault: Fault<ActorName>,
}

/// One step and its place in the file.
#[derive(Clone, Debug)]
pub struct Step {
    /// Where the step stands.
    pub place: Place,
    /// What it does.
    pub action: Action,
    /// Whether the run settles after it, and after the steps in it; `settle: none` writes a race
    /// on purpose.
    pub settles: bool,
}

impl Step {
    /// Goes through steps and all that stand in them, as they are written: before the steps in
    /// it comes the one that holds them, and what is repeated comes once.
    pub fn all_in(steps: &[Self]) -> impl Iterator<Item = &Self> {
        let mut lists = vec![steps.iter()];
        std::iter::from_fn(move || {
            while let Some(list) = lists.last_mut() {
                let Some(step) = list.next() else {
                    lists.pop();
                    continue;
                };
                let nested = step.action.nested().into_iter().flat_map(Nested::lists);
                lists.extend(nested.rev().map(<[Self]>::iter));
                return Some(step);
            }
            None
        })
    }
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
    /// Lets running clients go on from other ports: those named, or any.
    Move(Vec<(ActorName, Option<u16>)>),
    /// Sets the clocks of actors forward or back.
    Clock(Vec<(ActorName, SignedDuration)>),
    /// Says how the disks of actors are from now on.
    Disk(Vec<(ActorName, Disk)>),
    /// Kills actors at a write of theirs.
    Crash(Vec<(ActorName, CrashPoint)>),
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
    /// Looks whether promises were kept so far, in this order.
    Check(Vec<Promise>),
    /// Says a sentence in the report.
    Note(String),
    /// Keeps the screens as they are, under a name in the snapshot.
    Snapshot(String),
    /// Plays steps again and again.
    Repeat {
        /// How often, at least once.
        times: u32,
        /// What is repeated.
        steps: Vec<Step>,
    },
    /// Plays lists of steps side by side: the first of each, the second of each, and so on,
    /// without settling in between.
    Parallel(Vec<Vec<Step>>),
    /// Plays the steps of another file.
    Include(Vec<Step>),
}

impl Action {
    /// Returns the steps that it contains; `None` if it does something itself.
    pub fn nested(&self) -> Option<Nested<'_>> {
        match self {
            Self::Repeat { times, steps } => Some(Nested::Sequence { times: *times, steps }),
            Self::Include(steps) => Some(Nested::Sequence { times: 1, steps }),
            Self::Parallel(branches) => Some(Nested::Parallel(branches)),
            Self::Start(_)
            | Self::Stop(_)
            | Self::Kill(_)
            | Self::Restart { .. }
            | Self::Pause(_)
            | Self::Resume(_)
            | Self::Type { .. }
            | Self::Move(_)
            | Self::Clock(_)
            | Self::Disk(_)
            | Self::Crash(_)
            | Self::Expect(_)
            | Self::Never { .. }
            | Self::Fault { .. }
            | Self::Heal(_)
            | Self::Advance(_)
            | Self::Settle
            | Self::Check(_)
            | Self::Note(_)
            | Self::Snapshot(_) => None,
        }
    }
}

/// The steps in a step.
#[derive(Clone, Copy, Debug)]
pub enum Nested<'a> {
    /// Steps that are played one after the other.
    Sequence {
        /// How often all of them are played, at least once.
        times: u32,
        /// The steps.
        steps: &'a [Step],
    },
    /// Branches that are played side by side, once.
    Parallel(&'a [Vec<Step>]),
}

impl<'a> Nested<'a> {
    /// Returns how often its steps are played.
    pub const fn times(self) -> u32 {
        match self {
            Self::Sequence { times, .. } => times,
            Self::Parallel(_) => 1,
        }
    }

    /// Returns its lists of steps as they are written.
    pub fn lists(self) -> impl DoubleEndedIterator<Item = &'a [Step]> {
        let (sequence, branches) = match self {
            Self::Sequence { steps, .. } => (Some(steps), [].as_slice()),
            Self::Parallel(branches) => (None, branches),
        };
        sequence.into_iter().chain(branches.iter().map(Vec::as_slice))
    }
}

/// How the disk is on which a program keeps its records.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Disk {
    /// What is written is kept at once.
    #[default]
    Healthy,
    /// It takes so long to keep what is written; what is written meanwhile is kept together.
    Slow(Duration),
    /// Nothing more can be kept.
    Full,
    /// The next write fails, and none after it.
    Fails,
}

/// A write of a program at which it is killed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct CrashPoint {
    /// On which side of the write.
    pub moment: Moment,
    /// Which one, counted from 1 from now on.
    pub write: u64,
}

/// A side of a write.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Moment {
    /// It is lost, and what was written before it is kept.
    Before,
    /// It is kept, but the program does not learn that.
    After,
}

impl fmt::Display for Disk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Healthy => f.write_str("healthy"),
            Self::Slow(by) => write!(f, "slow {}us", by.as_micros()),
            Self::Full => f.write_str("full"),
            Self::Fails => f.write_str("fails"),
        }
    }
}

impl fmt::Display for CrashPoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let moment = match self.moment {
            Moment::Before => "before",
            Moment::After => "after",
        };
        write!(f, "{moment} {}", self.write)
    }
}

/// What one actor's screen has to show (or not).
#[derive(Clone, Debug)]
pub struct Expectation {
    /// Whose screen.
    pub actor: ActorName,
    /// The lines.
    pub lines: Vec<LinePattern>,
    /// How they have to be shown.
    pub form: Form,
    /// How long after settling they may still take.
    pub within: Option<Duration>,
}

/// How expected lines have to be shown, always after those already matched.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// One after the other, as they are listed; others may stand between.
    InOrder,
    /// Each once, in whatever order; others may stand between.
    AnyOrder,
    /// The one line exactly so many times, counted once settled.
    Exactly(u32),
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
    Regex(Regex),
}

impl Matcher {
    /// Returns whether a line (without its prompt) matches.
    pub fn matches(&self, line: &str) -> bool {
        match self {
            Self::Exact(text) => text == line,
            Self::Regex(regex) => regex.is_match(line),
        }
    }
}
