//! The events of a run.

use std::fmt;
use std::time::Duration;

use super::{Case, Recording, Verdict};

/// One run of a scenario. It is displayed as the scenario's name, followed by the seed if that is
/// not the scenario's own: `groups/order (seed 7)`.
#[derive(Clone, Copy, Debug)]
pub struct ScenarioRun<'a> {
    /// The scenario.
    pub case: &'a Case,
    /// Its seed in this run.
    pub seed: u64,
}

impl ScenarioRun<'_> {
    /// Returns whether the seed is the scenario's own.
    pub fn has_own_seed(&self) -> bool {
        self.seed == self.case.scenario.seed.unwrap_or_default()
    }
}

impl fmt::Display for ScenarioRun<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.case.location.name;
        if self.has_own_seed() {
            f.pad(name)
        } else {
            f.pad(&format!("{name} (seed {})", self.seed))
        }
    }
}

/// Something that happened in a run. The events of one scenario come together, and scenarios come
/// in their order, however many run at the same time.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// The run begins.
    RunStarted {
        /// What will be run, in this order.
        runs: &'a [ScenarioRun<'a>],
    },
    /// A scenario began.
    ScenarioStarted {
        /// Which one.
        run: ScenarioRun<'a>,
    },
    /// A `note` step was reached.
    Noted {
        /// The sentence.
        text: &'a str,
    },
    /// Something happened below the screens; emitted only if the trace was asked for, before the
    /// scenario's end.
    Traced {
        /// How long after the scenario's start, on the stage's clock.
        after: Duration,
        /// Its description.
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
        run: ScenarioRun<'a>,
        /// How it ended.
        verdict: &'a Verdict,
        /// Its record.
        recording: &'a Recording,
        /// How long it took.
        took: Duration,
    },
    /// The run ended.
    RunFinished {
        /// The results.
        summary: &'a Summary,
    },
}

/// The results of a run.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Summary {
    /// Scenarios that passed.
    pub passed: usize,
    /// Scenarios that failed.
    pub failed: usize,
    /// Scenarios that failed as declared.
    pub failed_as_expected: usize,
    /// Scenarios that are not for this stage.
    pub skipped: usize,
    /// Scenarios that the environment did not let run.
    pub environment: usize,
    /// Scenarios that did not settle.
    pub unknown: usize,
    /// Scenarios that were not run, because the run was stopped before.
    pub left_out: usize,
    /// Whether it was stopped by the user.
    pub is_interrupted: bool,
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

    /// Returns the number of scenarios.
    pub const fn total(&self) -> usize {
        let good = self.passed + self.failed_as_expected + self.skipped;
        good + self.failed + self.environment + self.unknown
    }
}
