//! Names of clients and groups, checked once where they enter.

use std::fmt;
use std::str::FromStr;

use machine::Name;
pub use machine::NameError;
use serde::{Deserialize, Serialize};

macro_rules! name_type {
    ($(#[$doc:meta])* $type:ident) => {
        $(#[$doc])*
        ///
        /// 1 to 32 characters: ASCII letters, digits, `.`, `_` and `-`. Every value is valid.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $type(Name);

        impl $type {
            /// Checks a text and makes it a name.
            ///
            /// # Errors
            ///
            /// The text breaks a rule for names.
            pub fn new(text: &str) -> Result<Self, NameError> {
                Name::new(text).map(Self)
            }

            /// Returns the name without its kind.
            pub const fn name(self) -> Name {
                self.0
            }

            /// Returns the name as text.
            pub fn as_str(&self) -> &str {
                self.0.as_str()
            }

            /// Returns the characters, which are all ASCII.
            pub fn as_bytes(&self) -> &[u8] {
                self.0.as_bytes()
            }
        }

        impl From<Name> for $type {
            fn from(name: Name) -> Self {
                Self(name)
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
    };
}

name_type! {
    /// The name of a client, unique in the whole chat.
    ClientName
}
name_type! {
    /// The name of a group.
    GroupName
}
