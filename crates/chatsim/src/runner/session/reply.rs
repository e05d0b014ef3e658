//! Replies to a line.

use std::path::PathBuf;
use std::time::Duration;

use crate::runner::Verdict;
use crate::scenario::{ActorName, Mistakes, Scenario};
use crate::stage::{Shown, StageError};
use machine::Timestamp;

/// The reply to a line.
#[derive(Clone, Debug)]
pub enum Reply {
    /// Nothing: it was blank, or a comment.
    Nothing,
    /// A step was run.
    Ran(Vec<Seen>),
    /// The last step was taken back.
    Undone {
        /// The step as a file contains it.
        step: String,
        /// The current time since the start.
        after: Duration,
    },
    /// An undone step was run again.
    Redone {
        /// The step as a file contains it.
        step: String,
        /// What happened.
        seen: Vec<Seen>,
    },
    /// A client was declared; it is not running yet.
    Declared(ActorName),
    /// The steps so far, as a file contains them.
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
    /// Whether datagrams and timers are shown from now on.
    Tracing(bool),
    /// A scenario was written.
    Saved(Saved),
    /// The user asks for help.
    Help,
    /// The user wants to leave.
    Quit,
}

/// A scenario that was written.
#[derive(Clone, Debug)]
pub struct Saved {
    /// The file.
    pub path: PathBuf,
    /// The number of its steps, without those that only expect observed output.
    pub steps: usize,
    /// The number of lines that it expects in addition.
    pub lines: usize,
    /// Whether it passes.
    pub proof: Proof,
}

/// The result of running a saved scenario on the simulated stage.
#[derive(Clone, Debug)]
pub enum Proof {
    /// It passed, and what its screens showed is its snapshot.
    Passed {
        /// The snapshot's file.
        snapshot: PathBuf,
    },
    /// It failed.
    Failed {
        /// The saved scenario.
        scenario: Box<Scenario>,
        /// How it failed.
        verdict: Verdict,
    },
}

/// Something that happened on the stage.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Seen {
    /// How long after the start.
    pub after: Duration,
    /// What.
    pub what: Sight,
}

/// What can happen on a stage, as a user sees it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Sight {
    /// An actor's screen showed something.
    Shown(ActorName, Shown),
    /// Something happened below the screens.
    Traced(String),
}

/// Why a line was refused. Nothing has changed.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// It is not a valid step.
    #[error("{mistakes}")]
    Mistakes {
        /// What is wrong with it.
        mistakes: Mistakes,
        /// Whether it may have been meant as a command of the prompt.
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
    /// The command cannot be executed.
    #[error("{0}")]
    Request(String),
    /// The operating system refused.
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
