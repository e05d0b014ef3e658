//! The model of a scenario: every name bound, every duration a [`Duration`].

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use jiff::SignedDuration;
use regex::Regex;

use crate::network::{Aim, Fault};
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
        // No guest has that many roles.
        Self { role: u8::try_from(role).unwrap_or(u8::MAX), name }
    }

    /// Returns the index of its role.
    #[inline]
    pub fn role(self) -> usize {
        self.role.into()
    }

    /// Returns the name without the role.
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

/// The values of one combination: one for each name of the `matrix`.
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

    /// Returns the suffix of the scenario's name: `[name=v1,other=x]`; empty without a `matrix`.
    /// All characters but ASCII letters, digits, `-`, `_` and `.` are percent-encoded, so that the
    /// name can be a file name.
    pub fn name_suffix(&self) -> String {
        let pairs: Vec<_> =
            self.0.iter().map(|(name, value)| format!("{name}={}", escaped(value))).collect();
        if pairs.is_empty() { String::new() } else { format!("[{}]", pairs.join(",")) }
    }

    /// Returns the suffix of the name of its snapshot's file: `@v1,x`, encoded in the same way.
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
    /// The files that it includes, once for each time they are included.
    pub included: Vec<Source>,
    /// The values of its combination.
    pub combination: Combination,
    /// What it shows, in a sentence.
    pub title: Option<String>,
    /// The initial virtual time.
    pub clock: Timestamp,
    /// The programs to run.
    pub guest: &'static dyn Guest,
    /// The actors: role by role, in the order of their declaration.
    pub actors: Vec<Declaration>,
    /// The permanent conditions of the links.
    pub network: Vec<NetworkFault>,
    /// The seed that the file fixes.
    pub seed: Option<u64>,
    /// Its terms: tags, stages, timeout and so on.
    pub terms: Terms,
    /// Its steps.
    pub steps: Vec<Step>,
}

impl Scenario {
    /// Returns the file that a place is in.
    pub fn source_of(&self, place: Place) -> &Source {
        let included = place.file.checked_sub(1).and_then(|index| self.included.get(index));
        included.unwrap_or(&self.source)
    }

    /// Returns the include chain of a place: `included from PATH:LINE:COLUMN`, the nearest first.
    /// It is empty for places in the scenario's own file.
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

    /// Returns the declaration of an actor.
    pub fn declaration(&self, actor: ActorName) -> Option<&Declaration> {
        self.actors.iter().find(|declared| declared.name == actor)
    }

    /// Returns the name that an actor's program uses: its own, unless an option replaces it.
    pub fn own_name<'a>(&'a self, actor: &'a ActorName) -> &'a str {
        let declared = self.declaration(*actor);
        declared.map_or(actor.as_str(), |declared| declared.own_name(self.guest))
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

/// The terms of a scenario.
#[derive(Clone, Default, Debug)]
pub struct Terms {
    /// Tags that select scenarios, sorted.
    pub tags: Vec<String>,
    /// The stages on which it is run; empty for all.
    pub only: Vec<StageName>,
    /// The reason, if it is known to fail.
    pub xfail: Option<ExpectedFailure>,
    /// What is replaced in each line of its snapshot, one rule after the other.
    pub redact: Vec<Redact>,
    /// The maximum of the stage's time.
    pub timeout: Option<Duration>,
    /// Whether steps that cannot be done where they are are skipped, and faults need not hit
    /// anything; for generated scenarios.
    pub is_lenient: bool,
}

impl Terms {
    /// Returns whether the scenario is run on a stage.
    pub fn allow(&self, stage: StageName) -> bool {
        self.only.is_empty() || self.only.contains(&stage)
    }
}

/// The kinds of stages.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StageName {
    /// A simulated network in virtual time.
    Simulated,
    /// Real UDP sockets.
    Udp,
    /// The real programs, each at a terminal of its own.
    Pty,
}

impl StageName {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::Simulated, Self::Udp, Self::Pty];

    /// Returns the name in scenarios.
    #[inline]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Simulated => "simulated",
            Self::Udp => "udp",
            Self::Pty => "pty",
        }
    }
}

/// A known failure.
#[derive(Clone, Debug)]
pub struct ExpectedFailure {
    /// The place of `xfail`.
    pub place: Place,
    /// Why it fails.
    pub reason: String,
    /// The line that the failure is about; `None` for a failure of any kind.
    pub line: Option<LinePattern>,
}

/// A replacement in the lines of a snapshot.
#[derive(Clone, Debug)]
pub struct Redact {
    /// The pattern to replace, wherever it matches.
    pub pattern: Regex,
    /// The replacement; `$1` is the first group of the pattern.
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
    /// Its options, which its role defines.
    pub options: BTreeMap<String, String>,
}

impl Declaration {
    /// Returns the name that the program uses: its own, unless an option replaces it.
    pub fn own_name(&self, guest: &dyn Guest) -> &str {
        let options = guest.roles().get(self.name.role()).map_or(&[][..], |role| role.options);
        let option = options.iter().find(|option| option.is_name);
        let other = option.and_then(|option| self.options.get(option.key));
        other.map_or(self.name.as_str(), String::as_str)
    }

    /// Returns its options with their values, except for the one that replaces its name.
    pub fn options_beside_name(
        &self,
        guest: &dyn Guest,
    ) -> impl Iterator<Item = (&'static str, &str)> {
        let options = guest.roles().get(self.name.role()).map_or(&[][..], |role| role.options);
        let options = options.iter().filter(|option| !option.is_name);
        options.filter_map(|it| Some((it.key, self.options.get(it.key)?.as_str())))
    }
}

/// A permanent fault of the network; it need not hit anything.
#[derive(Clone, Debug)]
pub struct NetworkFault {
    /// Its place in the file.
    pub place: Place,
    /// The fault.
    pub fault: Fault<ActorName>,
}

/// One step and its place in the file.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its place.
    pub place: Place,
    /// The action.
    pub action: Action,
    /// Whether the run settles after it, and after its nested steps; `settle: none` writes a race
    /// on purpose.
    pub settles: bool,
}

impl Step {
    /// Iterates over steps and all nested steps in the order of the file: a step comes before those
    /// that it holds, and repeated steps come once.
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

/// The action of a step.
#[derive(Clone, Debug)]
pub enum Action {
    /// Starts programs one after the other, settling after each.
    Start(Vec<ActorName>),
    /// Interrupts programs, as Ctrl-C does.
    Stop(Vec<ActorName>),
    /// Kills programs without warning.
    Kill(Vec<ActorName>),
    /// Kills programs and starts them again after a delay.
    Restart {
        /// The programs.
        actors: Vec<ActorName>,
        /// The delay.
        after: Duration,
    },
    /// Pauses programs.
    Pause(Vec<ActorName>),
    /// Resumes paused programs.
    Resume(Vec<ActorName>),
    /// Types lines at a client's prompt, one after the other, settling after each.
    Type {
        /// The actor.
        actor: ActorName,
        /// The lines as written.
        lines: Vec<String>,
    },
    /// Moves running actors to other ports: given ones, or any.
    Move(Vec<(ActorName, Option<u16>)>),
    /// Sets the clocks of actors forward or back.
    Clock(Vec<(ActorName, SignedDuration)>),
    /// Sets the state of disks from now on.
    Disk(Vec<(ActorName, Disk)>),
    /// Sets the crash points of actors.
    Crash(Vec<(ActorName, CrashPoint)>),
    /// Requires lines, after those already matched.
    Expect(Vec<Expectation>),
    /// Forbids lines.
    Never {
        /// The actors and their forbidden lines.
        forbidden: Vec<Expectation>,
        /// How long to keep watching.
        watch: Duration,
    },
    /// Notes what has happened: each has to happen in at least one of many runs.
    Sometimes(Vec<Occurrence>),
    /// Begins a fault.
    Fault {
        /// Its name for `heal`.
        name: Option<String>,
        /// The fault.
        fault: Fault<ActorName>,
    },
    /// Ends the faults of these names, or all faults.
    Heal(Vec<String>),
    /// Lets the stage's time pass.
    Advance(Duration),
    /// Settles, after a step that did not.
    Settle,
    /// Checks whether promises were kept so far, in this order.
    Check(Vec<Promise>),
    /// Adds a sentence to the report.
    Note(String),
    /// Keeps the current screens under a name in the snapshot.
    Snapshot(String),
    /// Repeats steps.
    Repeat {
        /// How often; at least once.
        times: u32,
        /// The steps to repeat.
        steps: Vec<Step>,
    },
    /// Interleaves lists of steps: the first step of each, the second of each, and so on, without
    /// settling in between.
    Parallel(Vec<Vec<Step>>),
    /// Runs the steps of another file.
    Include(Vec<Step>),
}

impl Action {
    /// Returns whether it needs everything that happened, and not only the screens.
    pub(crate) fn needs_trace(&self) -> bool {
        let is_sent = |it: &Occurrence| matches!(it, Occurrence::Sent { .. });
        match self {
            Self::Check(_) => true,
            Self::Sometimes(wanted) => wanted.iter().any(is_sent),
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
            | Self::Note(_)
            | Self::Snapshot(_)
            | Self::Repeat { .. }
            | Self::Parallel(_)
            | Self::Include(_) => false,
        }
    }

    /// Returns its nested steps; `None` if it acts itself.
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
            | Self::Sometimes(_)
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

/// Something that has to happen in at least one of many runs.
#[derive(Clone, Debug)]
pub enum Occurrence {
    /// A screen shows a line.
    Shown {
        /// Whose screen.
        actor: ActorName,
        /// The line.
        line: LinePattern,
    },
    /// A packet is sent.
    Sent {
        /// The link as written.
        link: String,
        /// What is counted: a datagram that matches one of these.
        aims: Vec<Aim<ActorName>>,
    },
}

/// Nested steps.
#[derive(Clone, Copy, Debug)]
pub enum Nested<'a> {
    /// Steps that are run one after the other.
    Sequence {
        /// How often the list is run; at least once.
        times: u32,
        /// The steps.
        steps: &'a [Step],
    },
    /// Branches that are interleaved, once.
    Parallel(&'a [Vec<Step>]),
}

impl<'a> Nested<'a> {
    /// Returns how often its steps are run.
    pub const fn times(self) -> u32 {
        match self {
            Self::Sequence { times, .. } => times,
            Self::Parallel(_) => 1,
        }
    }

    /// Returns its lists of steps in the order of the file.
    pub fn lists(self) -> impl DoubleEndedIterator<Item = &'a [Step]> {
        let (sequence, branches) = match self {
            Self::Sequence { steps, .. } => (Some(steps), [].as_slice()),
            Self::Parallel(branches) => (None, branches),
        };
        sequence.into_iter().chain(branches.iter().map(Vec::as_slice))
    }
}

/// The state of the disk of a program.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Disk {
    /// Writes are stored at once.
    #[default]
    Healthy,
    /// A write takes this long; writes in the meantime are stored together.
    Slow(Duration),
    /// Nothing more can be stored.
    Full,
    /// The next write fails, and only that one.
    Fails,
}

/// A write at which a program is killed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct CrashPoint {
    /// The side of the write.
    pub moment: Moment,
    /// The number of the write, counted from 1 from now on.
    pub write: u64,
}

/// A side of a write.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Moment {
    /// The write is lost; the writes before it are stored.
    Before,
    /// The write is stored, but the program does not learn that.
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

/// The expected or forbidden lines of one actor's screen.
#[derive(Clone, Debug)]
pub struct Expectation {
    /// Whose screen.
    pub actor: ActorName,
    /// The lines.
    pub lines: Vec<LinePattern>,
    /// The form of the expectation.
    pub form: Form,
    /// How long they may take after settling.
    pub within: Option<Duration>,
}

/// The form of an expectation, always about the lines after those already matched.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// In this order; other lines may come in between.
    InOrder,
    /// Each once, in any order; other lines may come in between.
    AnyOrder,
    /// The only line, exactly this many times, counted after settling.
    Exactly(u32),
}

/// An expected or forbidden line, and its place in the file.
#[derive(Clone, Debug)]
pub struct LinePattern {
    /// Its place.
    pub place: Place,
    /// The matcher.
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
    /// Returns the line, or the regular expression.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Exact(text) => text,
            Self::Regex(regex) => regex.as_str(),
        }
    }

    /// Returns the matcher as scenarios write it: a line as it is, a regular expression between
    /// slashes.
    pub fn as_written(&self) -> Cow<'_, str> {
        match self {
            Self::Exact(text) => Cow::Borrowed(text),
            Self::Regex(regex) => Cow::Owned(format!("/{regex}/")),
        }
    }

    /// Returns whether a line (without its prompt) matches.
    pub fn matches(&self, line: &str) -> bool {
        match self {
            Self::Exact(text) => text == line,
            Self::Regex(regex) => regex.is_match(line),
        }
    }
}
