//! Lines of a screen.

use std::fmt;
use std::sync::Arc;

use crate::CleanText;

/// One line of a screen: the prompt in front of it, and its text.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Line {
    /// The prompt, or nothing.
    pub prompt: Arc<str>,
    /// The text.
    pub text: CleanText<'static>,
    /// What a front end may highlight in it.
    pub marks: Marks,
}

/// What a front end may highlight in a line. Marks are not part of the text.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Marks {
    name_at: u16,
    /// 0 without a name.
    name_len: u8,
    /// Whether the line calls for its reader's attention, e.g. a message to them alone.
    pub is_call: bool,
}

impl Marks {
    /// Marks the name of a participant at this byte of the text.
    pub fn name(at: usize, name: &str) -> Self {
        // Names are short and near the beginning; any other is not marked.
        let place = (u16::try_from(at), u8::try_from(name.len()));
        let (Ok(name_at), Ok(name_len)) = place else { return Self::default() };
        Self { name_at, name_len, is_call: false }
    }
}

impl Line {
    /// Makes a line without marks.
    pub fn new(prompt: Arc<str>, text: impl Into<CleanText<'static>>) -> Self {
        Self { prompt, text: text.into(), marks: Marks::default() }
    }

    /// Puts a text in front of the line's own.
    pub fn begin_with(&mut self, text: &CleanText<'_>) {
        if self.marks.name_len > 0 {
            let at = usize::from(self.marks.name_at) + text.as_str().len();
            self.marks.name_at = u16::try_from(at).unwrap_or(u16::MAX);
        }
        self.text = [text.borrowed(), self.text.borrowed()].into_iter().collect();
    }

    /// Splits the text into the part in front of the marked name, the name, and the rest.
    pub fn around_name(&self) -> Option<(&str, &str, &str)> {
        let (at, len) = (usize::from(self.marks.name_at), usize::from(self.marks.name_len));
        let (before, rest) = self.text.as_str().split_at_checked(at).filter(|_| len > 0)?;
        let (name, after) = rest.split_at_checked(len)?;
        Some((before, name, after))
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.prompt, self.text)
    }
}
