//! The client's state machine: commands and datagrams go in, notices and datagrams come out.
//!
//! Pure: no clock, no socket, no wording.
//!
//! [`Client`] owns components, hands inputs to them and turns what they return into effects. The
//! fields of a component are private, and no component knows the client or another component,
//! with one exception: what has to survive the program is recorded through [`effects`] by the
//! component that holds it, so that memory and storage cannot differ. `Client` itself is in
//! [`machine`], whose files share its fields and nothing else.

#![warn(clippy::wildcard_enum_match_arm)]

mod commands;
mod effects;
mod history;
mod inbox;
mod machine;
mod membership;
mod numbers;
mod outbox;
mod output;
mod requests;
mod server_link;
mod slots;
mod table;
#[cfg(test)]
mod tests;
mod words;

pub use machine::Client;
pub use output::Output;
pub use words::{Bearing, Command, CommandNumber, Ending, Failure, Notice, Pending, User};
