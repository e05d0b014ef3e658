//! Lines of screens, as screens keep them.

use std::fmt;
use std::sync::Arc;

/// One line of a screen: the prompt in front of it, and its text.
///
/// The text is kept as it was typed or shown, so a report has to escape it.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Line {
    /// The prompt, or an empty text.
    pub prompt: Arc<str>,
    /// The text.
    pub text: String,
}

impl Line {
    /// Makes a line.
    pub const fn new(prompt: Arc<str>, text: String) -> Self {
        Self { prompt, text }
    }
}

impl From<machine::Line> for Line {
    fn from(machine::Line { prompt, text, marks: _ }: machine::Line) -> Self {
        Self { prompt, text: text.into_string() }
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.prompt, self.text)
    }
}
