//! The texts of screen lines.
//!
//! A line is put together by `line!` from pieces: literals, names, numbers, addresses and
//! [`CleanText`]. No piece is made from another string, so a text from elsewhere does not compile
//! into a line before it is cleaned.

use std::net::IpAddr;
use std::sync::Arc;

use machine::{CleanText, Line, Marks, Name};

use crate::protocol::{Address, Audience, ClientName, GroupName};

/// The text of a line, and its marks.
#[derive(PartialEq, Eq, Debug)]
pub(super) struct LineText {
    pub(super) text: CleanText<'static>,
    pub(super) marks: Marks,
}

/// A part of a line.
#[derive(Clone, Debug)]
pub(super) enum Piece<'a> {
    Text(CleanText<'a>),
    /// The name of a client; the first one in a line is marked.
    Client(Name),
    Group(Name),
}

/// Puts a line together from its pieces.
macro_rules! line {
    ($($piece:expr),+ $(,)?) => {
        $crate::console::line_text::LineText::of(&[$($crate::console::line_text::Piece::from($piece)),+])
    };
}

pub(super) use line;

impl LineText {
    /// Joins pieces, and marks the first name of a client.
    pub(super) fn of(pieces: &[Piece<'_>]) -> Self {
        let bytes = pieces.iter().map(|piece| piece.text().as_str().len()).sum();
        let mut text = CleanText::with_capacity(bytes);
        let mut marks = None;
        for piece in pieces {
            if let Piece::Client(name) = piece
                && marks.is_none()
            {
                marks = Some(Marks::name(text.as_str().len(), name.as_str()));
            }
            text.push(&piece.text());
        }
        Self { text, marks: marks.unwrap_or_default() }
    }

    /// Returns it as a line at a prompt.
    pub(super) fn at(self, prompt: &Arc<str>) -> Line {
        let Self { text, marks } = self;
        Line { prompt: Arc::clone(prompt), text, marks }
    }

    /// Returns it as a line at a prompt, without marks.
    pub(super) fn unmarked(self, prompt: &Arc<str>) -> Line {
        Line::new(Arc::clone(prompt), self.text)
    }
}

impl From<&'static str> for LineText {
    fn from(text: &'static str) -> Self {
        Self { text: text.into(), marks: Marks::default() }
    }
}

impl Piece<'_> {
    fn text(&self) -> CleanText<'_> {
        match self {
            Self::Text(text) => text.borrowed(),
            Self::Client(name) | Self::Group(name) => name.into(),
        }
    }
}

impl From<ClientName> for Piece<'_> {
    fn from(name: ClientName) -> Self {
        Self::Client(name.name())
    }
}

impl From<GroupName> for Piece<'_> {
    fn from(name: GroupName) -> Self {
        Self::Group(name.name())
    }
}

impl From<Audience> for Piece<'_> {
    fn from(audience: Audience) -> Self {
        match audience {
            Audience::Person(name) => name.into(),
            Audience::Group(name) => name.into(),
        }
    }
}

impl<'a> From<CleanText<'a>> for Piece<'a> {
    fn from(text: CleanText<'a>) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a CleanText<'_>> for Piece<'a> {
    fn from(text: &'a CleanText<'_>) -> Self {
        Self::Text(text.borrowed())
    }
}

/// For types that are always clean.
macro_rules! from_clean {
    ($($type:ty),+) => {
        $(
            impl From<$type> for Piece<'_> {
                fn from(value: $type) -> Self {
                    Self::Text(value.into())
                }
            }
        )+
    };
}

from_clean!(&'static str, u8, u16, u32, u64, usize, IpAddr, Address);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_name_of_a_client_is_marked() {
        let [c1, c2] = ["c1", "c2"].map(|name| ClientName::new(name).unwrap());
        let group = GroupName::new("den").unwrap();
        let text = line!["[", group, ": ", c1, ", ", c2, " and ", 3_u64, "]"];
        let line = text.at(&">>> ".into());
        assert_eq!(line.to_string(), ">>> [den: c1, c2 and 3]");
        assert_eq!(line.around_name(), Some(("[den: ", "c1", ", c2 and 3]")));
        assert_eq!(line!["[", group, "]"].marks, Marks::default());
    }
}
