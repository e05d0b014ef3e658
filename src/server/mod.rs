//! The server's state machine: the register table, groups, stored messages and receipts.
//!
//! Pure: no clock, no socket, no database, no wording. It emits [`Output::Store`] and is notified
//! by [`Server::handle_stored`]; whatever depends on a change leaves the server only after that.
//!
//! [`Server`] only routes. Each component has private fields and its own invariants: `registry`
//! (names, addresses and sessions, and who is online), `groups`, `mail` (what is stored for
//! clients, and what is being delivered of it), `links` (what is awaited of clients) and `outputs`
//! (what waits for storage). They take inputs and return values; none of them knows the server.
//!
//! Everything that the server stores belongs to a name or to a group, so that it could be split
//! among several servers.

mod groups;
mod links;
mod machine;
mod mail;
mod outputs;
mod registry;
mod report;
mod request;
mod settings;
mod stats;
mod words;

pub use machine::Server;
pub use outputs::Output;
pub use report::{Departure, Report};
pub use settings::Settings;
pub use stats::{Messages, Stats};
pub use words::{Command, GroupInfo, Notice, UserInfo};
