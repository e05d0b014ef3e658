//! Names, checked once where they enter.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

#[cfg(feature = "serde")]
use serde::de::{Error as _, Visitor};
#[cfg(feature = "serde")]
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Characters of a name, at most.
pub const NAME_LEN_MAX: usize = 32;

/// Why a text is not a name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NameError {
    /// The text is empty.
    Empty,
    /// The text is longer than [`NAME_LEN_MAX`] characters.
    TooLong(usize),
    /// The text contains a character that names must not have.
    Character(char),
}

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("a name needs at least one character"),
            Self::TooLong(len) => {
                write!(f, "a name has at most {NAME_LEN_MAX} characters, not {len}")
            }
            Self::Character(c) => {
                let c = c.escape_default();
                write!(f, "a name has letters (a-z, A-Z), digits, `.`, `_` and `-`, not `{c}`")
            }
        }
    }
}

impl std::error::Error for NameError {}

/// A name: 1 to 32 ASCII letters, digits, `.`, `_` and `-`. Every value is valid.
///
/// The characters are stored inline, padded with zeros: names are copied, compared and sent all the
/// time. Names sort as their texts do.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[repr(align(8))]
pub struct Name([u8; NAME_LEN_MAX]);

impl Name {
    /// Checks a text and makes it a name.
    ///
    /// # Errors
    ///
    /// The text breaks a rule for names.
    #[inline]
    pub fn new(text: &str) -> Result<Self, NameError> {
        Self::of(text.as_bytes()).ok_or_else(|| problem(text))
    }

    /// Makes a name from its characters, if they are allowed.
    #[inline]
    fn of(text: &[u8]) -> Option<Self> {
        let mut bytes = [0; NAME_LEN_MAX];
        bytes.get_mut(..text.len())?.copy_from_slice(text);
        let is_name = !text.is_empty() && text.iter().all(|byte| is_allowed(char::from(*byte)));
        is_name.then_some(Self(bytes))
    }

    /// Returns the characters, which are all ASCII.
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        let len = self.0.iter().position(|byte| *byte == 0).unwrap_or(NAME_LEN_MAX);
        self.0.get(..len).unwrap_or_default()
    }

    /// Returns the name as text.
    #[inline]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(self.as_bytes()).unwrap_or_default()
    }

    /// Returns numbers that sort as the text does.
    #[inline]
    fn words(&self) -> impl Iterator<Item = u64> {
        let (words, _) = self.0.as_chunks();
        words.iter().map(|word| u64::from_be_bytes(*word))
    }
}

const fn is_allowed(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-')
}

/// Returns why a text is not a name.
#[cold]
fn problem(text: &str) -> NameError {
    match text.chars().find(|c| !is_allowed(*c)) {
        Some(c) => NameError::Character(c),
        None if text.is_empty() => NameError::Empty,
        None => NameError::TooLong(text.len()),
    }
}

impl Ord for Name {
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        // Fast path: names that are looked up are mostly equal.
        if self == other { Ordering::Equal } else { self.words().cmp(other.words()) }
    }
}

impl PartialOrd for Name {
    #[inline]
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl FromStr for Name {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        Self::new(text)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.as_str())
    }
}

/// Reads a name from any format, and checks it.
#[cfg(feature = "serde")]
struct NameVisitor;

#[cfg(feature = "serde")]
impl Visitor<'_> for NameVisitor {
    type Value = Name;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a name of 1 to {NAME_LEN_MAX} letters, digits, `.`, `_` or `-`")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Name, E> {
        Name::new(text).map_err(E::custom)
    }

    fn visit_bytes<E: serde::de::Error>(self, text: &[u8]) -> Result<Name, E> {
        match Name::of(text) {
            Some(name) => Ok(name),
            None => std::str::from_utf8(text).map_err(E::custom).and_then(|it| self.visit_str(it)),
        }
    }
}

#[cfg(feature = "serde")]
impl Serialize for Name {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // In a binary format the text is its bytes.
        if serializer.is_human_readable() {
            serializer.serialize_str(self.as_str())
        } else {
            serializer.serialize_bytes(self.as_bytes())
        }
    }
}

#[cfg(feature = "serde")]
impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = if deserializer.is_human_readable() {
            deserializer.deserialize_str(NameVisitor)
        } else {
            deserializer.deserialize_bytes(NameVisitor)
        };
        name.map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_digits_dots_underscores_and_dashes_make_a_name() {
        assert_eq!(Name::new("A.b_c-9").unwrap().as_str(), "A.b_c-9");
        assert_eq!(Name::new(&"x".repeat(32)).unwrap().as_str().len(), 32);
    }

    #[test]
    fn everything_else_is_refused_with_its_reason() {
        assert_eq!(Name::new(""), Err(NameError::Empty));
        assert_eq!(Name::new(&"x".repeat(33)), Err(NameError::TooLong(33)));
        assert_eq!(Name::new(&"x".repeat(300)), Err(NameError::TooLong(300)));
        assert_eq!(Name::new("a b"), Err(NameError::Character(' ')));
        assert_eq!(Name::new("naïve"), Err(NameError::Character('ï')));
    }

    #[test]
    fn names_sort_as_their_texts_do() {
        let long = "x".repeat(NAME_LEN_MAX);
        let longer_by_one = |text: &str| format!("{text}-");
        let mut texts = vec!["c10", "c2", "c1", "C", "aaaaaaaa", "aaaaaaab", "aaaaaaaa.", &long];
        let more = texts[..6].iter().map(|text| longer_by_one(text)).collect::<Vec<_>>();
        texts.extend(more.iter().map(String::as_str));
        let mut names: Vec<_> = texts.iter().map(|text| Name::new(text).unwrap()).collect();
        names.sort();
        texts.sort_unstable();
        assert_eq!(names.iter().map(Name::as_str).collect::<Vec<_>>(), texts);
    }
}
