//! The prompt: a line editor at a terminal, plain lines in a pipe. Each has threads of its own, so
//! that neither a user nor a slow reader ever delays the chat.

// A result that is not used would be lost silently.

mod assistant;
mod calls;
mod editor;
mod history;
mod inlet;
mod input;
mod look;
mod overflow;
mod plain;
mod problem;
mod queue;
mod screen;
mod script;
mod several;
mod terminal;
mod watch;

pub use calls::{Calls, DesktopNotice};
pub use editor::{Editor, Keys, PromptOptions};
#[cfg(feature = "sim")]
pub(crate) use history::HISTORY_LINES_MAX;
pub use history::History;
pub use inlet::Inlet;
#[cfg(feature = "sim")]
pub(crate) use input::{Piped, next_line};
pub use look::Look;
pub use plain::{Plain, PlainError};
pub use screen::{Screen, Standing};
pub use script::{Script, ScriptError, ScriptPart, Statement, read_script};
