//! The verbs of steps.

/// The actions of steps, besides typing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    Start,
    Stop,
    Kill,
    Restart,
    Pause,
    Resume,
    Move,
    Clock,
    Disk,
    Crash,
    Expect,
    Never,
    Sometimes,
    Advance,
    Settle,
    Check,
    Fault,
    Heal,
    Note,
    Snapshot,
    Repeat,
    Parallel,
    Include,
}

/// Where the value of a step contains the nested steps.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Nesting {
    /// A list under the key `steps`.
    Repeat,
    /// A list of lists.
    Parallel,
    /// In another file.
    Include,
}

pub(super) const VERBS: [(&str, Verb); 23] = [
    ("start", Verb::Start),
    ("stop", Verb::Stop),
    ("kill", Verb::Kill),
    ("restart", Verb::Restart),
    ("pause", Verb::Pause),
    ("resume", Verb::Resume),
    ("move", Verb::Move),
    ("clock", Verb::Clock),
    ("disk", Verb::Disk),
    ("crash", Verb::Crash),
    ("expect", Verb::Expect),
    ("never", Verb::Never),
    ("sometimes", Verb::Sometimes),
    ("advance", Verb::Advance),
    ("settle", Verb::Settle),
    ("check", Verb::Check),
    ("fault", Verb::Fault),
    ("heal", Verb::Heal),
    ("note", Verb::Note),
    ("snapshot", Verb::Snapshot),
    ("repeat", Verb::Repeat),
    ("parallel", Verb::Parallel),
    ("include", Verb::Include),
];

impl Verb {
    /// Returns the verb of a name.
    pub(crate) fn named(text: &str) -> Option<Self> {
        let found = VERBS.into_iter().find(|&(name, _)| name == text);
        found.map(|(_, verb)| verb)
    }

    /// Returns where its value contains nested steps; `None` if it has none.
    pub(crate) const fn nesting(self) -> Option<Nesting> {
        match self {
            Self::Repeat => Some(Nesting::Repeat),
            Self::Parallel => Some(Nesting::Parallel),
            Self::Include => Some(Nesting::Include),
            Self::Start
            | Self::Stop
            | Self::Kill
            | Self::Restart
            | Self::Pause
            | Self::Resume
            | Self::Move
            | Self::Clock
            | Self::Disk
            | Self::Crash
            | Self::Expect
            | Self::Never
            | Self::Sometimes
            | Self::Advance
            | Self::Settle
            | Self::Check
            | Self::Fault
            | Self::Heal
            | Self::Note
            | Self::Snapshot => None,
        }
    }

    /// Returns whether its name alone is a step.
    pub(super) const fn needs_no_value(self) -> bool {
        matches!(self, Self::Heal | Self::Settle)
    }
}

/// Returns all verbs.
pub fn verbs() -> impl Iterator<Item = &'static str> {
    VERBS.into_iter().map(|(verb, _)| verb)
}
