//! Text that is safe to show on a terminal.

use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;

use crate::{Address, Name};

/// One line of text that holds nothing a terminal would act on: no control character, no
/// bidirectional override and no line break.
///
/// It is made from string literals, names, numbers and addresses, and from any other text by
/// [`clean`] or [`CleanText::one_line`]. No other string converts to it:
///
/// ```compile_fail
/// let body = String::from("\u{1b}[2J");
/// machine::Line::new("".into(), body);
/// ```
///
/// ```
/// # use machine::{CleanText, Line};
/// let body = String::from("\u{1b}[2J");
/// let line = Line::new("".into(), CleanText::one_line(body));
/// assert_eq!(line.text, "\u{fffd}[2J");
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct CleanText<'a>(Cow<'a, str>);

/// Splits a text from elsewhere into clean lines.
///
/// Control characters (C0, C1, DEL, and with them escape sequences) and bidirectional overrides
/// become `U+FFFD`, a tab becomes a blank. A text without characters is one empty line. Plain ASCII
/// is not copied.
pub fn clean(text: &str) -> impl Iterator<Item = CleanText<'_>> {
    let (whole, lines) = if is_plain(text) {
        (Some(CleanText(Cow::Borrowed(text))), None)
    } else {
        (None, Some(text.split(['\n', '\u{2028}', '\u{2029}']).map(clean_line)))
    };
    whole.into_iter().chain(lines.into_iter().flatten())
}

/// Cleans a text as [`clean`] does and keeps its line breaks, each as `\n`.
pub fn clean_lines(text: &str) -> String {
    let lines: Vec<_> = clean(text).map(|line| line.0).collect();
    lines.join("\n")
}

fn clean_line(line: &str) -> CleanText<'_> {
    let line = line.strip_suffix('\r').unwrap_or(line);
    CleanText(if is_plain(line) {
        Cow::Borrowed(line)
    } else {
        Cow::Owned(line.chars().map(clean_char).collect())
    })
}

impl<'a> CleanText<'a> {
    /// Cleans a text as [`clean`] does and joins its lines with blanks. Plain ASCII is not copied.
    pub fn one_line(text: impl Into<Cow<'a, str>>) -> Self {
        let text = text.into();
        if is_plain(&text) {
            return Self(text);
        }
        let mut line = CleanText::default();
        for (n, part) in clean(&text).enumerate() {
            if n > 0 {
                line.push(&" ".into());
            }
            line.push(&part);
        }
        line
    }

    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the text as a string, without a copy if it is owned.
    pub fn into_string(self) -> String {
        self.0.into_owned()
    }

    /// Borrows the text.
    pub fn borrowed(&self) -> CleanText<'_> {
        CleanText(Cow::Borrowed(&self.0))
    }
}

impl CleanText<'static> {
    /// Returns an empty text with room for `bytes` bytes.
    pub fn with_capacity(bytes: usize) -> Self {
        Self(Cow::Owned(String::with_capacity(bytes)))
    }

    /// Appends a text.
    pub fn push(&mut self, text: &CleanText<'_>) {
        self.0.to_mut().push_str(&text.0);
    }
}

impl<'a> FromIterator<CleanText<'a>> for CleanText<'static> {
    fn from_iter<I: IntoIterator<Item = CleanText<'a>>>(texts: I) -> Self {
        let mut whole = Self::default();
        texts.into_iter().for_each(|text| whole.push(&text));
        whole
    }
}

/// For literals: a `'static` string is a part of the program.
impl From<&'static str> for CleanText<'static> {
    fn from(literal: &'static str) -> Self {
        debug_assert!(!literal.contains(is_control), "a literal is clean: {literal:?}");
        Self(Cow::Borrowed(literal))
    }
}

/// Names hold no character that would have to be replaced.
impl<'a> From<&'a Name> for CleanText<'a> {
    fn from(name: &'a Name) -> Self {
        Self(Cow::Borrowed(name.as_str()))
    }
}

/// For types whose `Display` writes digits, letters and punctuation only.
macro_rules! from_displayed {
    ($($type:ty),+) => {
        $(
            impl From<$type> for CleanText<'static> {
                fn from(value: $type) -> Self {
                    Self(Cow::Owned(value.to_string()))
                }
            }
        )+
    };
}

from_displayed!(u8, u16, u32, u64, usize, IpAddr, Address);

impl AsRef<str> for CleanText<'_> {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CleanText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for CleanText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl PartialEq<str> for CleanText<'_> {
    fn eq(&self, other: &str) -> bool {
        self.0 == *other
    }
}

impl PartialEq<&str> for CleanText<'_> {
    fn eq(&self, other: &&str) -> bool {
        self.0 == **other
    }
}

/// Returns whether a text is printable ASCII. It looks at every byte, which the compiler vectorizes.
fn is_plain(text: &str) -> bool {
    text.bytes().fold(true, |is_plain, byte| is_plain & matches!(byte, b' '..=b'~'))
}

fn clean_char(c: char) -> char {
    match c {
        '\t' => ' ',
        c if is_control(c) => char::REPLACEMENT_CHARACTER,
        c => c,
    }
}

/// Returns whether a terminal may act on a character, or take it for the end of a line.
pub fn is_control(c: char) -> bool {
    c.is_control() || is_bidirectional_override(c) || matches!(c, '\u{2028}' | '\u{2029}')
}

/// Returns whether a character could change the order in which a text is displayed (Unicode TR 9,
/// and CVE-2021-42574).
fn is_bidirectional_override(c: char) -> bool {
    matches!(c, '\u{061c}' | '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn escape_sequences_lose_their_power() {
        let lines: Vec<_> = clean("a\x1b[2Jb\u{9b}1m\tc\x7f\u{202e}d").collect();
        assert_eq!(lines, ["a\u{fffd}[2Jb\u{fffd}1m c\u{fffd}\u{fffd}d"]);
    }

    #[test]
    fn every_line_break_makes_a_line() {
        assert_eq!(clean("a\r\nb\u{2028}c").collect::<Vec<_>>(), ["a", "b", "c"]);
        assert_eq!(clean("").collect::<Vec<_>>(), [""]);
        assert_eq!(CleanText::one_line("a\r\nb\u{2028}\tc"), "a b  c");
        assert_eq!(clean_lines("a\r\n  \x07b\n"), "a\n  \u{fffd}b\n");
    }

    proptest! {
        #[test]
        fn nothing_that_a_terminal_acts_on_is_left(text in any::<String>()) {
            for line in clean(&text).chain([CleanText::one_line(&text)]) {
                prop_assert!(!line.as_str().chars().any(|c| c.is_control() || is_bidirectional_override(c)));
            }
        }

        #[test]
        fn plain_text_stays_as_it_is(text in "[ -~äöü漢字🙂]*") {
            prop_assert_eq!(clean(&text).collect::<Vec<_>>(), [text.as_str()]);
            prop_assert_eq!(CleanText::one_line(&text), text.as_str());
        }
    }
}
