//! The administration of a server: its settings file, log, metrics and prompt.
#![expect(clippy::unwrap_used, reason = "a failed step fails the test")]
#![expect(clippy::disallowed_types, reason = "what is no server has a real socket, too")]

#[path = "../support/foreign.rs"]
mod foreign;
#[path = "../support/program.rs"]
mod program;
#[path = "../support/terminal.rs"]
mod terminal;

mod console;
mod doctor;
mod logs;
mod metrics;
mod settings;
mod shutdown;
mod versions;
