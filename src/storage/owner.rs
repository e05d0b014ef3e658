//! The owner of a folder.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::protocol::ClientName;

/// The program whose records are stored: two never share a folder.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Owner {
    /// The server.
    Server,
    /// The client of that name.
    Client(ClientName),
}

/// A text is not an owner.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("`{0}` is not an owner: write `server` or `client NAME`")]
pub struct UnknownOwner(String);

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Server => f.write_str("server"),
            Self::Client(name) => write!(f, "client {name}"),
        }
    }
}

impl FromStr for Owner {
    type Err = UnknownOwner;

    fn from_str(text: &str) -> Result<Self, UnknownOwner> {
        let client = |name: &str| ClientName::new(name).map(Self::Client).ok();
        match text.split_once(' ') {
            None if text == "server" => Some(Self::Server),
            Some(("client", name)) => client(name),
            _ => None,
        }
        .ok_or_else(|| UnknownOwner(text.to_owned()))
    }
}

impl TryFrom<String> for Owner {
    type Error = UnknownOwner;

    fn try_from(text: String) -> Result<Self, UnknownOwner> {
        text.parse()
    }
}

impl From<Owner> for String {
    fn from(owner: Owner) -> Self {
        owner.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_owner_is_a_text_and_back() {
        for text in ["server", "client alice"] {
            assert_eq!(text.parse::<Owner>().unwrap().to_string(), text);
        }
        for text in ["", "client", "client ", "client a b", "Server", "server x"] {
            let error = text.parse::<Owner>().unwrap_err().to_string();
            assert_eq!(error, format!("`{text}` is not an owner: write `server` or `client NAME`"));
        }
    }
}
