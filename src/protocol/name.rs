//! Names of clients and groups, checked once where they enter.

use std::fmt;
use std::str::FromStr;

use serde::de::{Error as _, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::limits::NAME_LEN_MAX;

/// Says why a text is no name.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NameError {
    /// The text is empty.
    #[error("a name needs at least one character")]
    Empty,
    /// The text is longer than [`NAME_LEN_MAX`] characters.
    #[error("a name has at most {NAME_LEN_MAX} characters, not {0}")]
    TooLong(usize),
    /// The text holds a character that names do not have.
    #[error("a name has letters (a-z, A-Z), digits, `.`, `_` and `-`, not `{}`", .0.escape_default())]
    Character(char),
}

/// The checked characters, inline: names are copied, compared and sent all the time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Name {
    /// Filled up with zeros, which no name holds, so that names sort as their texts do.
    bytes: [u8; NAME_LEN_MAX],
    len: u8,
}

impl Name {
    fn parse(text: &str) -> Result<Self, NameError> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        if let Some(c) = text.chars().find(|&c| !allowed(c)) {
            return Err(NameError::Character(c));
        }
        let mut bytes = [0; NAME_LEN_MAX];
        let room = bytes.get_mut(..text.len()).ok_or(NameError::TooLong(text.len()))?;
        room.copy_from_slice(text.as_bytes());
        match u8::try_from(text.len()) {
            Ok(0) => Err(NameError::Empty),
            Ok(len) => Ok(Self { bytes, len }),
            Err(_) => Err(NameError::TooLong(text.len())),
        }
    }

    fn as_str(&self) -> &str {
        self.bytes
            .get(..usize::from(self.len))
            .and_then(|bytes| std::str::from_utf8(bytes).ok())
            .unwrap_or_default()
    }
}

/// Reads a name from any format, checking it as it comes in.
struct NameVisitor;

impl Visitor<'_> for NameVisitor {
    type Value = Name;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a name of 1 to {NAME_LEN_MAX} letters, digits, `.`, `_` or `-`")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Name, E> {
        Name::parse(text).map_err(E::custom)
    }
}

macro_rules! name_type {
    ($(#[$doc:meta])* $type:ident) => {
        $(#[$doc])*
        ///
        /// 1 to 32 characters: ASCII letters, digits, `.`, `_` and `-`. A value that exists is
        /// valid.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $type(Name);

        impl $type {
            /// Checks a text and makes it a name.
            ///
            /// # Errors
            ///
            /// Says what is wrong with a text that breaks the rules for names.
            pub fn new(text: &str) -> Result<Self, NameError> {
                Name::parse(text).map(Self)
            }

            /// Tells the name as text.
            pub fn as_str(&self) -> &str {
                self.0.as_str()
            }
        }

        impl FromStr for $type {
            type Err = NameError;

            fn from_str(text: &str) -> Result<Self, NameError> {
                Self::new(text)
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", self.as_str())
            }
        }

        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_str(NameVisitor).map(Self).map_err(D::Error::custom)
            }
        }
    };
}

name_type! {
    /// Names a client (a person's program) across the whole chat.
    ClientName
}
name_type! {
    /// Names a group.
    GroupName
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_digits_dots_underscores_and_dashes_make_a_name() {
        assert_eq!(ClientName::new("A.b_c-9").unwrap().as_str(), "A.b_c-9");
        assert_eq!(GroupName::new(&"x".repeat(32)).unwrap().as_str().len(), 32);
    }

    #[test]
    fn everything_else_is_refused_with_its_reason() {
        assert_eq!(ClientName::new(""), Err(NameError::Empty));
        assert_eq!(ClientName::new(&"x".repeat(33)), Err(NameError::TooLong(33)));
        assert_eq!(ClientName::new(&"x".repeat(300)), Err(NameError::TooLong(300)));
        assert_eq!(ClientName::new("a b"), Err(NameError::Character(' ')));
        assert_eq!(ClientName::new("naïve"), Err(NameError::Character('ï')));
    }

    #[test]
    fn names_sort_as_their_texts_do() {
        let mut names = ["c10", "c2", "c1"].map(|text| ClientName::new(text).unwrap());
        names.sort();
        assert_eq!(names.map(|name| name.to_string()), ["c1", "c10", "c2"]);
    }
}
