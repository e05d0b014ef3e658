//! How a scenario can end.

use std::path::PathBuf;
use std::time::Duration;

use crate::Broken;
use crate::scenario::{ActorName, LinePattern, Place};
use crate::stage::ScreenEntry;

/// How a scenario ended.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// Everything was as the scenario and its snapshot say.
    Passed,
    /// Something was not.
    Failed(Box<Failure>),
    /// It failed, and the scenario says that it would.
    FailedAsExpected {
        /// Why, as the scenario says.
        reason: String,
        /// What went wrong.
        failure: Box<Failure>,
    },
    /// The scenario is not for this stage, so it was not played.
    Skipped {
        /// Why.
        reason: String,
    },
    /// The machine or its operating system refused, so that nothing is known.
    Environment(Trouble),
    /// The run reached its bounds before it settled, so that nothing is known.
    Unknown(Trouble),
}

impl Verdict {
    /// Returns whether the scenario is as it should be, though it may not have been played.
    pub const fn is_good(&self) -> bool {
        matches!(self, Self::Passed | Self::FailedAsExpected { .. } | Self::Skipped { .. })
    }

    /// Tells why a scenario that is as it should be did not simply pass.
    pub fn excuse(&self) -> Option<&str> {
        match self {
            Self::FailedAsExpected { reason, .. } | Self::Skipped { reason } => Some(reason),
            Self::Passed | Self::Failed(_) | Self::Environment(_) | Self::Unknown(_) => None,
        }
    }
}

/// What went wrong, and where the scenario says otherwise.
#[derive(Clone, Debug)]
pub struct Failure {
    /// The place in the scenario; `None` for the snapshot, which speaks of the whole.
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
        /// How often it was to be shown.
        expected: usize,
        /// How often it was shown.
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
    /// The step cannot be done: the actor is not running, say.
    StepRefused {
        /// Why.
        reason: String,
    },
    /// Every step went well, though the scenario says that it fails.
    PassedUnexpectedly {
        /// Why it was to fail.
        reason: String,
    },
    /// A fault ended without having hit a single datagram: the scenario does not test what it
    /// says.
    FaultNeverFired,
    /// A second play with the same seed was another.
    NotDeterministic {
        /// What tells the plays apart.
        hashes: [u64; 2],
        /// What happened in each where they part; `None` if nothing more did.
        plays: [Option<String>; 2],
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
        /// Where what was shown now waits for a review.
        pending: Option<PathBuf>,
    },
}

impl What {
    /// Tells whose screen it is about, if it is one.
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

/// Why nothing can be said about a scenario.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Trouble {
    /// The step that was being played; `None` before the first and after the last.
    pub place: Option<Place>,
    /// What stood in the way.
    pub reason: String,
}
