//! What comes of a line.

use std::path::PathBuf;
use std::time::Duration;

use crate::runner::Verdict;
use crate::scenario::{ActorName, Mistakes, Scenario};
use crate::stage::{Shown, StageError};
use machine::Timestamp;

/// What a line brought about.
#[derive(Clone, Debug)]
pub enum Reply {
    /// Nothing: it was blank, or a comment.
    Nothing,
    /// A step was played.
    Played(Vec<Seen>),
    /// The last step was taken back.
    Undone {
        /// The step as a file has it.
        step: String,
        /// How long after the start it is now.
        after: Duration,
    },
    /// A step that was taken back was played again.
    Redone {
        /// The step as a file has it.
        step: String,
        /// What was to be seen.
        seen: Vec<Seen>,
    },
    /// A client was declared; it is not running yet.
    Declared(ActorName),
    /// The steps so far, as a file has them.
    Steps(Vec<String>),
    /// A screen as its actor sees it.
    Screen(String),
    /// The stage's time.
    Time {
        /// On the stage's clock.
        now: Timestamp,
        /// How long after the start.
        after: Duration,
    },
    /// Whether datagrams and timers are told of from now on.
    Tracing(bool),
    /// A scenario was written.
    Saved(Saved),
    /// The user wants to know what can be said.
    Help,
    /// The user wants to leave.
    Quit,
}

/// A scenario that was written.
#[derive(Clone, Debug)]
pub struct Saved {
    /// The file.
    pub path: PathBuf,
    /// How many steps it has, without those that only expect what was seen.
    pub steps: usize,
    /// How many lines it expects besides.
    pub lines: usize,
    /// Whether it passes.
    pub proof: Proof,
}

/// What came of playing a written scenario on the simulated stage.
#[derive(Clone, Debug)]
pub enum Proof {
    /// It passed, and what its screens showed is its snapshot.
    Passed {
        /// The snapshot's file.
        snapshot: PathBuf,
    },
    /// It did not.
    Failed {
        /// The scenario as it was written.
        scenario: Box<Scenario>,
        /// How it failed.
        verdict: Verdict,
    },
}

/// Something to be seen on the stage.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Seen {
    /// How long after the start.
    pub after: Duration,
    /// What.
    pub what: Sight,
}

/// What there is to see.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Sight {
    /// An actor's screen showed something.
    Shown(ActorName, Shown),
    /// Something happened below the screens.
    Traced(String),
}

/// Why a line was not taken. Everything is as it was before.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// It is no step.
    #[error("{mistakes}")]
    Mistakes {
        /// What is wrong with it.
        mistakes: Mistakes,
        /// Whether it may have been meant as a request to the prompt.
        is_unknown: bool,
    },
    /// The step failed.
    #[error("the step failed")]
    Step {
        /// The scenario up to this step.
        scenario: Box<Scenario>,
        /// How it failed.
        verdict: Verdict,
    },
    /// The request cannot be met.
    #[error("{0}")]
    Request(String),
    /// The machine or its operating system refused.
    #[error("{0}")]
    Environment(String),
}

impl From<StageError> for Refusal {
    fn from(error: StageError) -> Self {
        Self::Environment(error.to_string())
    }
}

impl Refusal {
    pub(super) fn mistakes(mistakes: Mistakes) -> Self {
        Self::Mistakes { mistakes, is_unknown: false }
    }
}
