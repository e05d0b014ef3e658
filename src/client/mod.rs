//! The client's state machine: what a person asks, what other machines say, what follows.
//!
//! Pure: no clock, no socket, no wording. [`Command`]s and datagrams go in, [`Notice`]s and
//! datagrams come out.

mod answers;
mod arrivals;
mod commands;
mod history;
mod keeping;
mod machine;
mod outbox;
mod output;
mod pending;
mod presence;
mod requests;
mod table;
mod words;

pub use answers::Bearing;
pub use machine::Client;
pub use output::Output;
pub use words::{Command, CommandNumber, Ending, Failure, Notice, Pending, User};
