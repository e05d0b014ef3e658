//! Scripts: commands of the chat, one per line, and statements between them that wait, pause and
//! print. They run on a thread of their own, each line after the one before has finished.
//!
//! `wait`, `sleep` and `echo` belong to this front end: the client never sees them. The player sees
//! lines and the ends of commands through a `Watch`, which the loop fills and never waits for.

mod language;
mod player;
mod read;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use regex::Regex;

pub use read::{ScriptError, ScriptPart, read_script};

pub(super) use player::{Player, read_input};

/// The script of a client, and its options.
#[derive(Clone, Debug, Default)]
pub struct Script {
    /// The script; `None` for standard input only.
    pub statements: Option<Vec<Statement>>,
    /// Whether to stop after the first statement that fails.
    pub stops_on_error: bool,
    /// Whether the screen shows JSON objects.
    pub is_json: bool,
    /// Whether the client stays when everything is done, until it is asked to leave.
    pub stays: bool,
}

/// One line of a script.
#[derive(Clone, Debug)]
pub struct Statement {
    spot: Spot,
    text: String,
    deed: Deed,
}

/// The place of a statement, for messages: `FILE:LINE`.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Spot {
    path: Arc<PathBuf>,
    line: usize,
}

impl fmt::Display for Spot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.path.display(), self.line)
    }
}

/// The action of a statement.
#[derive(Clone, Debug)]
enum Deed {
    /// Submits the line to the client.
    Command {
        /// Whether it asks to leave, after which nothing is run.
        leaves: bool,
    },
    /// Waits until the screen has shown a matching line.
    Wait {
        pattern: Regex,
        /// The timeout.
        patience: Duration,
    },
    /// Pauses for this long.
    Sleep(Duration),
    /// Prints a text to the screen.
    Echo(String),
}
