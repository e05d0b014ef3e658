//! Generates scenarios from seeds, runs them, and shrinks those that fail.
//!
//! A generated scenario is what its YAML says, nothing else: it is written first and then parsed
//! like any file. So `--replay`, `shrink` and a regression test under `scenarios/` run the same
//! thing. The same seed makes the same scenario, and the same scenario fails in the same way.

mod campaign;
mod coverage;
mod crash_points;
mod dice;
mod disturbances;
mod failure;
mod shrink;
mod simulation;
mod workload;

pub use campaign::{Campaign, Found, Tally, run};
pub use coverage::{Cell, Coverage, State};
pub use dice::Dice;
pub use disturbances::{Disturbance, Disturbances, race};
pub use failure::{COMES_TO_REST, Finding, Way};
pub use shrink::{Shrunk, shrink};
pub use simulation::Outcome;
pub use workload::{Healing, Workload, generated, heal_all, healing_begins};
