//! The prompt at a real pseudo-terminal, as a user sees it.
#![expect(clippy::unwrap_used, reason = "a failed step fails the test")]

mod arriving;
mod chatsim;
mod completing;
mod entering;
mod flood;
mod hinting;
mod history;
mod layout;
mod leaving;
mod looks;
#[path = "../support/program.rs"]
mod program;
mod reading;
mod scripted;
mod seeing;
#[path = "../support/server.rs"]
mod server;
mod settings;
#[path = "../support/terminal.rs"]
mod terminal;

use server::Server;
use tempfile::TempDir;
use terminal::{Setting, Terminal};

/// The bytes of keys.
const TAB: &str = "\t";
const ENTER: &str = "\r";
const UP: &str = "\x1b[A";
const RIGHT: &str = "\x1b[C";
const ESCAPE: &str = "\x1b";
const ALT_ENTER: &str = "\x1b\r";
const CTRL_C: &str = "\x03";
const CTRL_D: &str = "\x04";
const CTRL_R: &str = "\x12";
const BACKSPACE: &str = "\x7f";

/// A client at a terminal that has been welcomed, with a history file in `folder`.
fn welcomed(server: &Server, name: &str, folder: &TempDir) -> Terminal {
    let mut terminal = client(server.port(), name, folder);
    terminal.wait_for_row(">>> [Welcome, You are registered.]");
    terminal.wait_for_row(">>> [Client table updated.]");
    terminal.wait_for_last_row(">>>");
    terminal
}

fn client(port: u16, name: &str, folder: &TempDir) -> Terminal {
    client_in(&Setting::default(), port, name, folder, &[])
}

/// A client with this terminal and environment, and with more arguments.
fn client_in(
    setting: &Setting<'_>,
    port: u16,
    name: &str,
    folder: &TempDir,
    more: &[&str],
) -> Terminal {
    let history = folder.path().join("history");
    let server = format!("127.0.0.1:{port}");
    let args = ["client", name, &server, "--history", history.to_str().unwrap()];
    Terminal::start_in(setting, &[&args, more].concat())
}

/// Pastes a text as terminals with bracketed paste do.
fn paste(terminal: &mut Terminal, text: &str) {
    terminal.type_keys(&format!("\x1b[200~{text}\x1b[201~"));
}
