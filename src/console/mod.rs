//! The console: the command table, parsing, and every word that a screen shows.
//!
//! A [`ClientConsole`] is parser, client and renderer in one machine, a [`ServerConsole`] is the
//! server with its screen. Neither has state of its own beyond what it drives.

mod actor;
mod answers;
mod clean;
mod client;
mod client_lines;
mod commands;
mod history_lines;
pub mod json;
mod judge;
mod parse;
mod server;
mod server_lines;
mod vocabulary;
mod voice;

pub use crate::client::{Ending, Failure};
pub use crate::protocol::Outcome;
pub use actor::{Actor, Effect, Line, Marks, badged};
pub use clean::clean;
pub use client::ClientConsole;
pub use commands::{ADMIN_COMMANDS, Argument, COMMANDS, CommandSpec, Mode};
pub use history_lines::entry_lines;
pub use judge::{Judgement, Part};
pub use parse::{Asked, ParseError, parse, parse_admin};
pub use server::ServerConsole;
pub use vocabulary::{Commands, Person, Vocabulary};
