//! Files of YAML that people write: read into [`node`]s that know their places, with all
//! mistakes gathered, each with its place and its cure.

pub(crate) mod duration;
mod file;
mod findings;
mod mistakes;
mod node;
mod place;
mod syntax;

pub use file::{ReadError, read_file, read_from};
pub(crate) use findings::{Entry, Findings, expected};
pub use mistakes::{Mistake, Mistakes};
pub(crate) use mistakes::{offer, quoted};
pub(crate) use node::{Node, Value, read};
pub(crate) use place::way;
pub use place::{Place, Source};
