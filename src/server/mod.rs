//! The server's state machine: the register table, groups, kept messages and receipts.
//!
//! Pure: no clock, no socket, no database, no wording. It says [`Output::Store`] and learns
//! [`Server::handle_stored`]; whatever depends on a change leaves the server only after that.

mod groups;
mod handled;
mod keeping;
mod machine;
mod mail;
mod mailboxes;
mod postings;
mod presence;
mod register;
mod settings;
mod table;
mod words;

pub use machine::{Output, Server};
pub use settings::Settings;
pub use words::{GroupInfo, Notice};
