//! The packets between clients and the server: a line of text in each datagram.

use std::fmt;
use std::str::FromStr;

use chatsim::PacketKind;
use chatsim::machine::Name;

/// A value of a key, with its version.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Versioned {
    /// The version of the key, counted from 1.
    pub(crate) version: u64,
    pub(crate) value: Name,
}

/// Identifies a request.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct RequestId {
    /// The name of the client.
    pub(crate) client: Name,
    /// Higher than those of all earlier requests of the client, over all its starts.
    pub(crate) number: u64,
}

/// The contents of a datagram.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Packet {
    /// A client sets the value of a key.
    Put { id: RequestId, key: Name, value: Name },
    /// A client asks for the value of a key.
    Get { id: RequestId, key: Name },
    /// The server has stored the value of a `Put`, as this version of the key.
    Stored { id: RequestId, version: u64 },
    /// The value that a `Get` asked for, if the key has one.
    Value { id: RequestId, value: Option<Versioned> },
}

const PUT: PacketKind = PacketKind::new("put");
const GET: PacketKind = PacketKind::new("get");
const STORED: PacketKind = PacketKind::new("stored");
const VALUE: PacketKind = PacketKind::new("value");

/// All kinds of packets.
pub(crate) const KINDS: [PacketKind; 4] = [PUT, GET, STORED, VALUE];

impl Packet {
    /// Decodes a datagram; `None` if it is not one of this protocol.
    pub(crate) fn decode(datagram: &[u8]) -> Option<Self> {
        let words: Vec<_> = str::from_utf8(datagram).ok()?.split(' ').collect();
        Some(match *words.as_slice() {
            ["put", id, key, value] => {
                Self::Put { id: read(id)?, key: read(key)?, value: read(value)? }
            }
            ["get", id, key] => Self::Get { id: read(id)?, key: read(key)? },
            ["stored", id, version] => Self::Stored { id: read(id)?, version: read(version)? },
            ["value", id] => Self::Value { id: read(id)?, value: None },
            ["value", id, version, value] => {
                let value = Versioned { version: read(version)?, value: read(value)? };
                Self::Value { id: read(id)?, value: Some(value) }
            }
            _ => return None,
        })
    }

    /// Encodes it.
    pub(crate) fn encode(&self) -> Vec<u8> {
        self.to_string().into_bytes()
    }

    pub(crate) const fn kind(&self) -> PacketKind {
        match self {
            Self::Put { .. } => PUT,
            Self::Get { .. } => GET,
            Self::Stored { .. } => STORED,
            Self::Value { .. } => VALUE,
        }
    }
}

/// Reads one word.
pub(crate) fn read<T: FromStr>(word: &str) -> Option<T> {
    word.parse().ok()
}

impl fmt::Display for Packet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Put { id, key, value } => write!(f, "put {id} {key} {value}"),
            Self::Get { id, key } => write!(f, "get {id} {key}"),
            Self::Stored { id, version } => write!(f, "stored {id} {version}"),
            Self::Value { id, value: None } => write!(f, "value {id}"),
            Self::Value { id, value: Some(value) } => write!(f, "value {id} {value}"),
        }
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.client, self.number)
    }
}

impl FromStr for RequestId {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (client, number) = text.split_once('/').ok_or(())?;
        let client = read(client).ok_or(())?;
        Ok(Self { client, number: read(number).ok_or(())? })
    }
}

impl fmt::Display for Versioned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.version, self.value)
    }
}
