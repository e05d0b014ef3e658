//! The verdict on a scenario.

use std::path::PathBuf;
use std::time::Duration;

use crate::Broken;
use crate::scenario::{ActorName, LinePattern, Place};
use crate::stage::{ScreenEntry, Shown};
use machine::Timestamp;

/// How a scenario ended.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// Everything was as the scenario and its snapshot say.
    Passed,
    /// It failed.
    Failed(Box<Failure>),
    /// It failed, and it is declared as a known failure.
    FailedAsExpected {
        /// The declared reason.
        reason: String,
        /// What went wrong.
        failure: Box<Failure>,
    },
    /// The scenario cannot run on this stage, so it was not run.
    Skipped {
        /// Why.
        reason: String,
    },
    /// The operating system refused, so that nothing is known.
    Environment(Trouble),
    /// The run reached its bounds before it settled, so that nothing is known.
    Unknown(Trouble),
}

impl Verdict {
    /// Returns whether there is nothing wrong; the scenario may have been skipped.
    pub const fn is_good(&self) -> bool {
        matches!(self, Self::Passed | Self::FailedAsExpected { .. } | Self::Skipped { .. })
    }

    /// Returns why a good verdict is not simply `Passed`.
    pub fn excuse(&self) -> Option<&str> {
        match self {
            Self::FailedAsExpected { reason, .. } | Self::Skipped { reason } => Some(reason),
            Self::Passed | Self::Failed(_) | Self::Environment(_) | Self::Unknown(_) => None,
        }
    }
}

/// What went wrong, and where in the scenario.
#[derive(Clone, Debug)]
pub struct Failure {
    /// The place in the scenario; `None` for the snapshot, which concerns the whole scenario.
    pub place: Option<Place>,
    /// What went wrong.
    pub what: What,
}

/// What can go wrong.
#[derive(Clone, Debug)]
pub enum What {
    /// A screen did not show an expected line.
    ExpectationUnmet {
        /// Whose screen.
        actor: ActorName,
        /// The line that was looked for.
        pattern: LinePattern,
        /// When the line was last shown before the last line already matched, if it was.
        earlier: Option<Timestamp>,
        /// What the screen showed after the lines already matched.
        unmatched: Vec<ScreenEntry>,
        /// How long the run waited for it, in the stage's time.
        waited: Duration,
    },
    /// A screen did not show a line as often as expected.
    CountDiffers {
        /// Whose screen.
        actor: ActorName,
        /// The line that was counted.
        pattern: LinePattern,
        /// The expected number.
        expected: usize,
        /// The actual number.
        found: usize,
        /// What the screen showed after the lines already matched.
        unmatched: Vec<ScreenEntry>,
    },
    /// A screen showed a forbidden line.
    Forbidden {
        /// Whose screen.
        actor: ActorName,
        /// What is forbidden.
        pattern: LinePattern,
        /// The screen up to the forbidden line, which is the last entry.
        shown: Vec<ScreenEntry>,
    },
    /// The step cannot be done: e.g. the actor is not running.
    StepRefused {
        /// Why.
        reason: String,
    },
    /// Every step passed, though the scenario is declared as a known failure.
    PassedUnexpectedly {
        /// The declared reason.
        reason: String,
    },
    /// A fault ended without having hit a single datagram: the scenario does not test what it
    /// claims to.
    FaultNeverFired,
    /// A second run with the same seed differed.
    NotDeterministic {
        /// The fingerprints of the two runs.
        hashes: [u64; 2],
        /// The first difference in each run; `None` if nothing more happened there.
        differences: [Option<String>; 2],
    },
    /// A promise was not kept.
    PromiseBroken(Box<Broken>),
    /// The screens differ from the snapshot, or there is none yet.
    SnapshotDiffers {
        /// The snapshot file.
        path: PathBuf,
        /// What it holds; `None` when it does not exist.
        expected: Option<String>,
        /// What the screens showed.
        shown: String,
        /// The path of the pending snapshot.
        pending: Option<PathBuf>,
    },
}

impl What {
    /// Returns whether it is a failure that a known one may be, and is about this line, if any: the
    /// line that is missing, counted or forbidden, or the reason why a promise is broken. A step
    /// that cannot be done is a mistake in the scenario, and never expected.
    pub(super) fn is_expected(&self, line: Option<&LinePattern>) -> bool {
        let is_line = |text: &str| line.is_none_or(|line| line.matcher.matches(text));
        match self {
            Self::ExpectationUnmet { pattern, .. } | Self::CountDiffers { pattern, .. } => {
                is_line(pattern.matcher.as_str())
            }
            Self::Forbidden { shown, .. } => {
                matches!(shown.last(), Some(ScreenEntry { shown: Shown::Line(line), .. })
                    if is_line(&line.text))
            }
            Self::PromiseBroken(broken) => is_line(&broken.reason),
            Self::FaultNeverFired => line.is_none(),
            Self::StepRefused { .. }
            | Self::PassedUnexpectedly { .. }
            | Self::NotDeterministic { .. }
            | Self::SnapshotDiffers { .. } => false,
        }
    }

    /// Returns the actor whose screen it is about, if any.
    pub const fn actor(&self) -> Option<ActorName> {
        match self {
            Self::ExpectationUnmet { actor, .. }
            | Self::CountDiffers { actor, .. }
            | Self::Forbidden { actor, .. } => Some(*actor),
            Self::StepRefused { .. }
            | Self::PassedUnexpectedly { .. }
            | Self::FaultNeverFired
            | Self::PromiseBroken(_)
            | Self::NotDeterministic { .. }
            | Self::SnapshotDiffers { .. } => None,
        }
    }
}

/// Why the result of a scenario is unknown.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Trouble {
    /// The step during which it happened; `None` before the first and after the last.
    pub place: Option<Place>,
    /// The cause.
    pub reason: String,
}
