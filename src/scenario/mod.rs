//! The scenario language: YAML as written, resolved into a [`Scenario`].
//!
//! A file goes through three shapes: text, a tree of [`yaml`] nodes that know their places, and
//! the [`model`] in which every name is bound. All mistakes of a file are gathered on the way.

mod blocks;
mod cast;
#[cfg(test)]
mod coverage;
mod disk;
mod duration;
mod faults;
mod findings;
mod format;
mod include;
mod interpolate;
mod load;
mod matrix;
mod mistakes;
mod model;
mod network;
mod number;
mod patterns;
mod place;
mod promise;
mod resolve;
mod schema;
mod script;
mod shifts;
mod shorthand;
mod steps;
mod stepwise;
mod syntax;
mod terms;
mod write;
mod yaml;

pub use disk::{CrashPoint, Disk, Moment};
pub use faults::{FAULT_SETTINGS, faults};
pub use format::{FormatError, format};
pub use load::{LoadError, SCENARIO_BYTES_MAX, load, parse, read, read_file};
pub use mistakes::{Mistake, Mistakes};
pub use model::{
    Action, ActorName, ClientDeclaration, Combination, Expectation, ExpectedFailure, Form,
    LinePattern, Matcher, NetworkFault, Redact, Scenario, StageName, Step, Terms,
};
pub use place::{Place, Source};
pub use promise::Promise;
pub use schema::schema;
pub use script::{Item, Script, written_duration};
pub use steps::verbs;
pub use write::{written, written_line, written_pattern};
