//! What a run tells while it happens.

use std::time::Duration;

use super::{Case, Verdict};

/// Something that happened in a run.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// The run begins.
    RunStarted {
        /// What will be played, in this order.
        cases: &'a [Case],
    },
    /// A scenario begins.
    ScenarioStarted {
        /// Which one.
        case: &'a Case,
    },
    /// A `note` step was reached.
    Noted {
        /// The sentence.
        text: &'a str,
    },
    /// The screens were written to the snapshot.
    SnapshotAccepted {
        /// Whose snapshot.
        case: &'a Case,
    },
    /// A scenario ended.
    ScenarioFinished {
        /// Which one.
        case: &'a Case,
        /// The seed it was played with.
        seed: u64,
        /// How it ended.
        verdict: &'a Verdict,
        /// How much of the stage's time it played.
        played: Duration,
        /// How long it took.
        took: Duration,
    },
    /// The run ended.
    RunFinished {
        /// What came of it.
        summary: &'a Summary,
    },
}

/// What came of a run.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Summary {
    /// Scenarios that passed.
    pub passed: usize,
    /// Scenarios that failed.
    pub failed: usize,
    /// Scenarios that failed as they say.
    pub failed_as_expected: usize,
    /// Scenarios that are not for this stage.
    pub skipped: usize,
    /// Scenarios that the environment did not let play.
    pub environment: usize,
    /// Scenarios that did not settle.
    pub unknown: usize,
    /// How long the run took.
    pub took: Duration,
}

impl Summary {
    /// Counts one more verdict.
    pub const fn count(&mut self, verdict: &Verdict) {
        match verdict {
            Verdict::Passed => self.passed += 1,
            Verdict::Failed(_) => self.failed += 1,
            Verdict::FailedAsExpected { .. } => self.failed_as_expected += 1,
            Verdict::Skipped { .. } => self.skipped += 1,
            Verdict::Environment(_) => self.environment += 1,
            Verdict::Unknown(_) => self.unknown += 1,
        }
    }

    /// Tells how many scenarios there were.
    pub const fn total(&self) -> usize {
        let good = self.passed + self.failed_as_expected + self.skipped;
        good + self.failed + self.environment + self.unknown
    }
}
