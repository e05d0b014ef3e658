//! The prompt: a line editor at a terminal, plain lines in a pipe. Each works on threads of its
//! own, so that neither a person nor a slow reader ever holds up the chat.

// What is not dealt with would be forgotten in silence.
#![warn(clippy::wildcard_enum_match_arm)]

mod assistant;
mod calls;
mod editor;
mod history;
mod input;
mod look;
mod overflow;
mod plain;
mod queue;
mod screen;
mod script;
mod several;
mod terminal;

use std::io::{self, Write as _};

use machine::clean_lines;

use crate::console::Vocabulary;
use crate::protocol::Timestamp;

pub use calls::{Calls, DesktopNotice};
pub use editor::{Editor, Keys, Manner};
#[cfg(feature = "sim")]
pub(crate) use history::HISTORY_LINES_MAX;
pub use history::History;
#[cfg(feature = "sim")]
pub(crate) use input::{Piped, next_line};
pub use look::Look;
pub use plain::{Plain, PlainError};
pub use screen::{Screen, Standing};
pub use script::{Script, ScriptError, ScriptPart, Statement, read_script};

/// Where a prompt hands in what was typed. Called from the prompt's own threads; may wait.
pub trait Inlet: Send + Sync + 'static {
    /// Hands in a line, and returns when the program has dealt with it: from then on
    /// [`Screen::refresh`] has told whether it is still being answered. Tells whether the program
    /// is still running.
    fn line(&self, line: String) -> bool;

    /// Asks the program to leave.
    fn interrupt(&self);

    /// Says that no more lines come.
    fn end(&self);

    /// Returns the time, which bounds how long a prompt waits.
    fn now(&self) -> Timestamp;

    /// Asks what can be completed; nothing once the program has ended.
    fn vocabulary(&self) -> Vocabulary;
}

/// Who chats.
const PROGRAM: &str = "chatapp";

/// Tells of trouble with the prompt itself, on standard error. The text may quote what was typed.
fn complain(program: &str, trouble: &str) {
    // Without a standard error there is nobody to tell.
    writeln!(io::stderr(), "{}", clean_lines(&format!("{program}: {trouble}"))).ok();
}
