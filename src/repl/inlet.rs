//! Where typed lines go.

use crate::console::Vocabulary;
use crate::protocol::Timestamp;

/// Receives the lines that are typed at a prompt. Called from the prompt's own threads; may block.
pub trait Inlet: Send + Sync + 'static {
    /// Submits a line, and returns when the program has handled it: by then [`Screen::refresh`](super::Screen::refresh) has
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
