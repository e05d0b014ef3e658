//! The client's state machine: commands and datagrams go in, notices and datagrams come out.
//!
//! Pure: no clock, no socket, no texts for users.
//!
//! [`Client`] owns components with private fields, hands inputs to them, and turns what they return
//! into effects:
//!
//! - `server_link` is the session with the server, with its `requests`, keepalive and reconnecting;
//! - `table` is the register table, `membership` the group that the client is in;
//! - `commands` are the typed commands that are not finished, and how each of them ends;
//! - `inbox` is what has arrived, with its `slots` of storage until it was shown;
//! - `outbox` is what was written and whose fate is not known;
//! - `history` makes entries of both, with `numbers` that are never given twice;
//! - `effects` are what the client asks its driver to do, after what they depend on is stored.
//!
//! No component knows the client, and they use one another in one direction only. A component
//! records through `effects` whatever has to survive the program, so that memory and storage cannot
//! differ; it shows nothing to the user.

mod bounds;
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

pub use bounds::Bounds;
pub use history::HISTORY_IN_MEMORY_MAX;
pub use machine::Client;
pub use output::Output;
pub use words::{Bearing, Command, CommandNumber, Ending, Failure, Notice, Pending, User};
