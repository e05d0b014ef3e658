//! The server's state machine: the register table, groups, kept messages and receipts.
//!
//! Pure: no clock, no socket, no database, no wording. It says [`Output::Store`] and learns
//! [`Server::handle_stored`]; whatever depends on a change leaves the server only after that.

mod admin;
mod closing;
mod groups;
mod handled;
mod keeping;
mod machine;
mod mail;
mod mailboxes;
mod postings;
mod presence;
mod register;
mod report;
mod settings;
mod stats;
mod table;
mod words;

pub use machine::{Output, Server};
pub use report::{Departure, Report};
pub use settings::Settings;
pub use stats::{Messages, Stats};
pub use words::{Command, GroupInfo, Notice, UserInfo};
