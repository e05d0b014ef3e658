//! The facts that programs state for the checker of promises.

use std::fmt;

use chatsim::machine::{self, Name};

use crate::packet::{RequestId, Versioned, read};

/// A fact of a program.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Fact {
    /// The server has stored a value.
    Stores { key: Name, value: Versioned },
    /// A user has asked a client for a value.
    Asks { id: RequestId, key: Name },
    /// A client has learned that a value that it sent is stored.
    Acknowledged { key: Name, value: Versioned },
    /// A client has learned a value that it asked for.
    Reads { id: RequestId, key: Name, value: Option<Versioned> },
}

impl Fact {
    pub(crate) fn encode(&self) -> machine::Fact {
        machine::Fact::new(self.to_string().as_bytes())
    }

    /// Decodes a fact; `None` if it is not one of this protocol.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let words: Vec<_> = str::from_utf8(bytes).ok()?.split(' ').collect();
        let versioned =
            |version, value| Some(Versioned { version: read(version)?, value: read(value)? });
        Some(match *words.as_slice() {
            ["stores", key, version, value] => {
                Self::Stores { key: read(key)?, value: versioned(version, value)? }
            }
            ["asks", id, key] => Self::Asks { id: read(id)?, key: read(key)? },
            ["acknowledged", key, version, value] => {
                Self::Acknowledged { key: read(key)?, value: versioned(version, value)? }
            }
            ["reads", id, key] => Self::Reads { id: read(id)?, key: read(key)?, value: None },
            ["reads", id, key, version, value] => {
                let value = Some(versioned(version, value)?);
                Self::Reads { id: read(id)?, key: read(key)?, value }
            }
            _ => return None,
        })
    }

    /// Returns the key that it is about.
    pub(crate) const fn key(&self) -> Name {
        match self {
            Self::Stores { key, .. }
            | Self::Asks { key, .. }
            | Self::Acknowledged { key, .. }
            | Self::Reads { key, .. } => *key,
        }
    }
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stores { key, value } => write!(f, "stores {key} {value}"),
            Self::Asks { id, key } => write!(f, "asks {id} {key}"),
            Self::Acknowledged { key, value } => write!(f, "acknowledged {key} {value}"),
            Self::Reads { id, key, value: None } => write!(f, "reads {id} {key}"),
            Self::Reads { id, key, value: Some(value) } => write!(f, "reads {id} {key} {value}"),
        }
    }
}
