//! The prompt: a line editor at a terminal, plain lines in a pipe. Each has threads of its own, so
//! that neither a user nor a slow reader ever delays the chat.

// A result that is not used would be lost silently.

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
pub use editor::{Editor, Keys, PromptOptions};
#[cfg(feature = "sim")]
pub(crate) use history::HISTORY_LINES_MAX;
pub use history::History;
#[cfg(feature = "sim")]
pub(crate) use input::{Piped, next_line};
pub use look::Look;
pub use plain::{Plain, PlainError};
pub use screen::{Screen, Standing};
pub use script::{Script, ScriptError, ScriptPart, Statement, read_script};

/// Receives the lines that are typed at a prompt. Called from the prompt's own threads; may block.
pub trait Inlet: Send + Sync + 'static {
    /// Submits a line, and returns when the program has handled it: by then [`Screen::refresh`] has
    /// reported whether it is still being answered. Returns whether the program is still running.
    fn line(&self, line: String) -> bool;

    /// Asks the program to leave.
    fn interrupt(&self);

    /// Reports that no more lines come.
    fn end(&self);

    /// Returns the time, which limits how long a prompt waits.
    fn now(&self) -> Timestamp;

    /// Returns the possible completions; none once the program has ended.
    fn vocabulary(&self) -> Vocabulary;
}

/// The name of the client, or of the server.
const PROGRAM: &str = "chatapp";

/// Reports a problem with the prompt itself, on standard error. The text may quote typed lines.
fn complain(program: &str, trouble: &str) {
    // If standard error is gone, there is nowhere to report this.
    writeln!(io::stderr(), "{}", clean_lines(&format!("{program}: {trouble}"))).ok();
}
