//! The server's state machine: the register table, groups, kept messages and receipts.
//!
//! Pure: no clock, no socket, no database, no wording. It says [`Output::Store`] and learns
//! [`Server::handle_stored`]; whatever depends on a record leaves the server only after that.

mod gate;
mod groups;
mod machine;
mod mail;
mod record;
mod register;
mod table;
mod words;

pub use gate::Ticket;
pub use machine::{Output, Server};
pub use record::Record;
pub use words::{GroupInfo, Notice};
