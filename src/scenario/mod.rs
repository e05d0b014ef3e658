//! The scenario language: YAML as written, resolved into a [`Scenario`].
//!
//! A file goes through three shapes: text, a tree of [`yaml`] nodes that know their places, and
//! the [`model`] in which every name is bound. All mistakes of a file are gathered on the way.

mod cast;
mod duration;
mod faults;
mod findings;
mod load;
mod mistakes;
mod model;
mod patterns;
mod place;
mod resolve;
mod steps;
mod syntax;
mod yaml;

pub use load::{LoadError, SCENARIO_BYTES_MAX, load, parse};
pub use mistakes::{Mistake, Mistakes};
pub use model::{
    Action, ActorName, ClientDeclaration, Expectation, LinePattern, Matcher, Scenario, Step,
};
pub use place::{Place, Source};
