//! The scenario language: YAML as written, resolved into a [`Scenario`].
//!
//! A file is converted twice: from text to a tree of [`placed_yaml`] nodes that know their places,
//! and from there to the [`model`], in which every name is bound. All errors of a file are
//! collected.

mod blocks;
mod cast;
#[cfg(test)]
mod coverage;
mod disk;
mod faults;
mod format;
mod include;
mod interpolate;
mod layout;
mod load;
mod matrix;
mod model;
mod network;
mod number;
mod occurrences;
mod patterns;
mod resolve;
mod schema;
mod script;
mod shifts;
mod shorthand;
mod source;
mod step_count;
mod steps;
mod stepwise;
mod terms;
mod verb;
mod write;

pub(crate) use cast::keys_of_many;
pub use faults::{FAULT_SETTINGS, faults};
pub(crate) use format::formatted;
pub use format::{FormatError, format};
pub use load::{LoadError, load, parse};
pub use model::{
    Action, ActorName, Combination, CrashPoint, Declaration, Disk, Expectation, ExpectedFailure,
    Form, LinePattern, Matcher, Moment, Nested, NetworkFault, Occurrence, Redact, Scenario,
    StageName, Step, Terms,
};
pub use network::settings as network_settings;
pub use placed_yaml::{Mistake, Mistakes, Place, ReadError, Source};
pub use schema::schema;
pub use script::{Item, Script, written_duration};
pub use source::{Includes, SCENARIO_BYTES_MAX, read, read_file};
pub(crate) use source::{SCENARIOS, is_standard_input};
pub use verb::verbs;
pub(crate) use verb::{Nesting, Verb};
pub use write::{written, written_line, written_pattern};
