//! The console: the command table, parsing, and every word that a screen shows.

mod actor;

pub use crate::protocol::Outcome;
pub use actor::{Actor, Effect, Line, Vocabulary};
