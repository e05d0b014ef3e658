//! Runs scenarios on a stage, checks what the screens showed, and reports what happens as events.
//!
//! The only user of insta. Presentation is left to the reports.

mod case;
mod demands;
mod determinism;
mod ending;
mod event;
mod expect;
mod faults;
mod file;
mod fitness;
mod orphans;
mod pending;
mod recording;
mod redaction;
mod run;
#[cfg(test)]
pub(crate) mod scripted;
mod session;
mod snapshot;
mod steps;
mod transcript;
mod verdict;
mod workers;

pub use case::{Case, Location};
pub use event::{Event, ScenarioRun, Summary};
pub use file::replace_file;
pub use orphans::orphans;
pub use pending::Pending;
pub use recording::{FaultRecord, Reached, Recording, Sometimes, StepRecord, Wanted};
pub use redaction::Redaction;
pub use run::{RunOptions, Seeds, StageBuilder, TraceDepth, run};
pub use session::{
    Completion, Proof, Refusal, Reply, RequestSpec, Saved, Seen, Session, Sight, Stages, requests,
};
pub use snapshot::{SnapshotError, Update, UpdateError};
pub use steps::{Outcome, Patience, run_scenario};
pub use transcript::{actors, sections, transcript};
pub use verdict::{Failure, Trouble, Verdict, What};
pub(crate) use workers::in_order;

#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_of_language;
