//! Scripts: commands of the chat, one per line, and statements between them that wait, pause and
//! print. They are played by a thread of their own, each line after the one before has finished.
//!
//! `wait`, `sleep` and `echo` belong to this front end: the client never sees them. The player sees
//! lines and ends of commands through a `Watch`, which the loop fills and never waits for.

mod language;
mod player;
mod read;
mod watch;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use regex::Regex;

pub use read::{ScriptError, ScriptPart, read_script};

pub(super) use player::{Player, read_input};
pub(super) use watch::Watch;

/// What a client is to do without anybody typing it.
#[derive(Clone, Debug, Default)]
pub struct Script {
    /// What to do first; `None` leaves that to standard input.
    pub statements: Option<Vec<Statement>>,
    /// Whether the first statement that fails is the last.
    pub stops_on_error: bool,
    /// Whether the screen shows objects of JSON.
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

/// Where a statement stands, for messages: `FILE:LINE`.
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

/// What a statement does.
#[derive(Clone, Debug)]
enum Deed {
    /// Hands the line to the client.
    Command {
        /// Whether it asks to leave, after which nothing comes.
        leaves: bool,
    },
    /// Waits until the screen has shown such a line.
    Wait {
        pattern: Regex,
        /// How long.
        patience: Duration,
    },
    /// Does nothing for so long.
    Sleep(Duration),
    /// Shows a text on the screen.
    Echo(String),
}
