//! The scenario language: YAML as written, resolved into a [`Scenario`].
//!
//! A file goes through three shapes: text, a tree of [`yaml`] nodes that know their places, and
//! the [`model`] in which every name is bound. All mistakes of a file are gathered on the way.

mod blocks;
mod cast;
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
mod number;
mod patterns;
mod place;
mod resolve;
mod schema;
mod steps;
mod syntax;
mod terms;
mod yaml;

pub use format::{FormatError, format};
pub use load::{LoadError, SCENARIO_BYTES_MAX, load, parse, read, read_file};
pub use mistakes::{Mistake, Mistakes};
pub use model::{
    Action, ActorName, ClientDeclaration, Combination, Expectation, ExpectedFailure, Form,
    LinePattern, Matcher, Redact, Scenario, StageName, Step, Terms,
};
pub use place::{Place, Source};
pub use schema::schema;
