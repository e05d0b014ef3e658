//! The console: the command table, parsing, and every word that a screen shows.
//!
//! A [`ClientConsole`] is parser, client and renderer in one machine, a [`ServerConsole`] is the
//! server with its screen. Neither adds state of the chat.

// A variant that is not handled would be ignored silently.

mod actor;
mod answers;
mod argument;
mod client;
mod client_lines;
mod commands;
mod completion;
mod constructor;
mod grammar;
mod history_lines;
pub mod json;
mod judge;
mod line_text;
mod parse;
mod parse_error;
mod part;
mod renderer;
mod server;
mod server_lines;
mod spec;
mod vocabulary;

pub use crate::client::{Ending, Failure};
pub use actor::{Console, badged, split_row};
pub use answers::local;
pub use argument::Argument;
pub use client::ClientConsole;
pub use client_lines::other_version;
pub use commands::{ADMIN_COMMANDS, COMMANDS};
pub use completion::complete;
pub use constructor::Asked;
pub use history_lines::entry_lines;
pub use judge::Judgement;
pub use machine::{Actor, CleanText, Effect, Line, Marks, Outcome};
pub use parse::{parse, parse_admin};
pub use parse_error::ParseError;
pub use part::Part;
pub use server::ServerConsole;
pub use spec::{CommandSpec, Mode};
pub use vocabulary::{Commands, Person, Vocabulary};
