//! Records of either program, for code that reads a folder without being its owner.

use std::fmt;

use super::Owner;
use crate::records::{Change, ClientKey, ClientRecord, Kind, RecordError, ServerKey, ServerRecord};

/// A record of the server or of a client.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Record {
    /// Of the server.
    Server(ServerRecord),
    /// Of a client.
    Client(ClientRecord),
}

impl Record {
    /// Decodes a record of `owner`, or one of either program if the owner is unknown.
    ///
    /// # Errors
    ///
    /// The bytes are not such a record.
    pub fn decode(bytes: &[u8], owner: Option<Owner>) -> Result<Self, RecordError> {
        let of_server = || ServerRecord::decode(bytes).map(Self::Server);
        let of_client = || ClientRecord::decode(bytes).map(Self::Client);
        match owner {
            Some(Owner::Server) => of_server(),
            Some(Owner::Client(_)) => of_client(),
            None => of_server().or_else(|_| of_client()),
        }
    }

    /// Encodes the record; its key is encoded separately.
    pub fn encode(&self) -> Box<[u8]> {
        match self {
            Self::Server(record) => record.encode(),
            Self::Client(record) => record.encode(),
        }
    }

    /// Returns the record's key.
    pub fn key(&self) -> Key {
        match self {
            Self::Server(record) => Key::Server(record.key()),
            Self::Client(record) => Key::Client(record.key()),
        }
    }

    /// Returns the kind of the record.
    pub fn kind(&self) -> &'static Kind {
        match self {
            Self::Server(record) => record.kind(),
            Self::Client(record) => record.kind(),
        }
    }

    /// Returns the change that stores this record, in place of one with the same key.
    pub fn put(&self) -> Change {
        match self {
            Self::Server(record) => record.put(),
            Self::Client(record) => record.put(),
        }
    }
}

impl From<ServerRecord> for Record {
    fn from(record: ServerRecord) -> Self {
        Self::Server(record)
    }
}

impl From<ClientRecord> for Record {
    fn from(record: ClientRecord) -> Self {
        Self::Client(record)
    }
}

/// The key of a [`Record`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Key {
    /// Of the server.
    Server(ServerKey),
    /// Of a client.
    Client(ClientKey),
}

impl Key {
    /// Decodes a key of either program; `None` if the bytes are not one.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let of_client = || ClientKey::decode(bytes).map(Self::Client);
        ServerKey::decode(bytes).map(Self::Server).or_else(of_client)
    }

    /// Encodes the key. The bytes have the order of the keys of one program.
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Self::Server(key) => key.encode(),
            Self::Client(key) => key.encode(),
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Server(key) => write!(f, "{key:?}"),
            Self::Client(key) => write!(f, "{key:?}"),
        }
    }
}
