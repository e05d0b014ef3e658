//! What programs say of their messages to whoever checks them: facts as they come about, and what
//! a program holds at the moment. Nothing in the chat depends on either.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::codec;
use super::limits::NAME_LEN_MAX;
use super::{ClientName, GroupName, MessageId, Receipt, Row};

/// Whom a message is for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum Audience {
    /// One person.
    Person(ClientName),
    /// All members of a group but its author.
    Group(GroupName),
}

/// Something that has come about in a program.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum Fact {
    /// A client is registered.
    Online,
    /// A client is offline by its person's choice, or that of the server's.
    Offline,
    /// The author's program has taken a message from its person.
    Written {
        /// Which message.
        id: MessageId,
        /// For whom.
        to: Audience,
    },
    /// The receiver's program has a message, and shows it later.
    Taken(MessageId),
    /// A screen shows a message.
    Shown(MessageId),
    /// The author was told that the receiver has a message.
    Confirmed {
        /// Which message.
        id: MessageId,
        /// Who has it.
        by: ClientName,
    },
    /// The author was told that the receiver does not answer; the message goes to the server.
    FellBack {
        /// Which message.
        id: MessageId,
        /// Who does not answer.
        to: ClientName,
    },
    /// The author was told that the server keeps a message.
    Saved {
        /// Which message.
        id: MessageId,
        /// For whom.
        to: ClientName,
    },
    /// The author was told that the server has a message to a group.
    Accepted(MessageId),
    /// The author was told that a message will not be delivered, or has taken it back.
    Refused(MessageId),
    /// The author was told that a message which the server had kept was delivered.
    Receipted {
        /// Which message.
        id: MessageId,
        /// Who has received it.
        by: ClientName,
    },
    /// The server has to deliver a message to this member of its group.
    Addressed {
        /// Which message.
        id: MessageId,
        /// To whom.
        to: ClientName,
    },
    /// The server keeps a message.
    Kept {
        /// Which message.
        id: MessageId,
        /// For whom.
        to: ClientName,
    },
    /// A person was told that there is a group.
    GroupTold(GroupName),
    /// A person was told that it is a member of a group.
    Member(GroupName),
    /// A client asks to leave its group.
    Leaves,
    /// The server is about to take somebody out of its group.
    Expelled(ClientName),
}

impl Fact {
    /// Returns whether an author has learnt that somebody else has the message.
    pub const fn acknowledges(self) -> bool {
        matches!(self, Self::Accepted(_) | Self::Confirmed { .. } | Self::Saved { .. })
    }

    /// Returns whether an author has learnt what became of a message.
    pub const fn settles(self) -> bool {
        self.acknowledges() || matches!(self, Self::Refused(_))
    }

    /// Returns which message it is about.
    pub const fn message(&self) -> Option<MessageId> {
        match *self {
            Self::Online
            | Self::Offline
            | Self::GroupTold(_)
            | Self::Member(_)
            | Self::Leaves
            | Self::Expelled(_) => None,
            Self::Taken(id)
            | Self::Shown(id)
            | Self::Accepted(id)
            | Self::Refused(id)
            | Self::Written { id, .. }
            | Self::Confirmed { id, .. }
            | Self::FellBack { id, .. }
            | Self::Saved { id, .. }
            | Self::Receipted { id, .. }
            | Self::Addressed { id, .. }
            | Self::Kept { id, .. } => Some(id),
        }
    }
}

impl fmt::Display for Audience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Person(name) => name.fmt(f),
            Self::Group(name) => write!(f, "group {name}"),
        }
    }
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Online => f.write_str("is online"),
            Self::Offline => f.write_str("is offline"),
            Self::Written { id, to } => write!(f, "has message {id} for {to}"),
            Self::Taken(id) => write!(f, "takes message {id}"),
            Self::Shown(id) => write!(f, "shows message {id}"),
            Self::Confirmed { id, by } => write!(f, "is told that {by} has message {id}"),
            Self::FellBack { id, to } => write!(f, "gives message {id} for {to} to the server"),
            Self::Saved { id, to } => {
                write!(f, "is told that the server keeps message {id} for {to}")
            }
            Self::Accepted(id) => write!(f, "is told that the server has message {id}"),
            Self::Refused(id) => write!(f, "is told that message {id} is not delivered"),
            Self::Receipted { id, by } => write!(f, "is told that {by} received message {id}"),
            Self::Addressed { id, to } => write!(f, "has to deliver message {id} to {to}"),
            Self::Kept { id, to } => write!(f, "keeps message {id} for {to}"),
            Self::GroupTold(group) => write!(f, "is told that there is group {group}"),
            Self::Member(group) => write!(f, "is told that it is in group {group}"),
            Self::Leaves => f.write_str("leaves its group"),
            Self::Expelled(client) => write!(f, "takes {client} out of its group"),
        }
    }
}

/// The first byte of an encoded fact.
mod code {
    pub(super) const ONLINE: u8 = 0;
    pub(super) const OFFLINE: u8 = 1;
    pub(super) const WRITTEN_TO_PERSON: u8 = 2;
    pub(super) const WRITTEN_TO_GROUP: u8 = 3;
    pub(super) const TAKEN: u8 = 4;
    pub(super) const SHOWN: u8 = 5;
    pub(super) const CONFIRMED: u8 = 6;
    pub(super) const FELL_BACK: u8 = 7;
    pub(super) const SAVED: u8 = 8;
    pub(super) const ACCEPTED: u8 = 9;
    pub(super) const REFUSED: u8 = 10;
    pub(super) const RECEIPTED: u8 = 11;
    pub(super) const ADDRESSED: u8 = 12;
    pub(super) const KEPT: u8 = 13;
    pub(super) const GROUP_TOLD: u8 = 14;
    pub(super) const MEMBER: u8 = 15;
    pub(super) const LEAVES: u8 = 16;
    pub(super) const EXPELLED: u8 = 17;
}

/// Bytes of an encoded fact, at most: its code, a message and a name.
const ENCODED_LEN_MAX: usize = 1 + (1 + NAME_LEN_MAX + 8) + (1 + NAME_LEN_MAX);

/// An encoded fact that is being put together.
struct Encoder {
    bytes: [u8; ENCODED_LEN_MAX],
    len: usize,
}

impl Encoder {
    fn put(&mut self, bytes: &[u8]) {
        if let Some(room) = self.bytes.get_mut(self.len..self.len + bytes.len()) {
            room.copy_from_slice(bytes);
            self.len += bytes.len();
        }
    }

    fn put_name(&mut self, name: &[u8]) {
        // At most NAME_LEN_MAX.
        self.put(&[u8::try_from(name.len()).unwrap_or(u8::MAX)]);
        self.put(name);
    }
}

impl Fact {
    /// Encodes the fact: its code, the message that it is about (author and number), and the other
    /// name in it.
    pub fn encode(&self) -> machine::Fact {
        let (code, other) = self.code_and_name();
        let mut encoder = Encoder { bytes: [0; ENCODED_LEN_MAX], len: 0 };
        encoder.put(&[code]);
        if let Some(id) = self.message() {
            encoder.put_name(id.from.as_bytes());
            encoder.put(&id.number.to_le_bytes());
        }
        if let Some(name) = other {
            encoder.put_name(name);
        }
        machine::Fact::new(encoder.bytes.get(..encoder.len).unwrap_or_default())
    }

    fn code_and_name(&self) -> (u8, Option<&[u8]>) {
        match self {
            Self::Online => (code::ONLINE, None),
            Self::Offline => (code::OFFLINE, None),
            Self::Written { to: Audience::Person(name), .. } => {
                (code::WRITTEN_TO_PERSON, Some(name.as_bytes()))
            }
            Self::Written { to: Audience::Group(group), .. } => {
                (code::WRITTEN_TO_GROUP, Some(group.as_bytes()))
            }
            Self::Taken(_) => (code::TAKEN, None),
            Self::Shown(_) => (code::SHOWN, None),
            Self::Confirmed { by, .. } => (code::CONFIRMED, Some(by.as_bytes())),
            Self::FellBack { to, .. } => (code::FELL_BACK, Some(to.as_bytes())),
            Self::Saved { to, .. } => (code::SAVED, Some(to.as_bytes())),
            Self::Accepted(_) => (code::ACCEPTED, None),
            Self::Refused(_) => (code::REFUSED, None),
            Self::Receipted { by, .. } => (code::RECEIPTED, Some(by.as_bytes())),
            Self::Addressed { to, .. } => (code::ADDRESSED, Some(to.as_bytes())),
            Self::Kept { to, .. } => (code::KEPT, Some(to.as_bytes())),
            Self::GroupTold(group) => (code::GROUP_TOLD, Some(group.as_bytes())),
            Self::Member(group) => (code::MEMBER, Some(group.as_bytes())),
            Self::Leaves => (code::LEAVES, None),
            Self::Expelled(name) => (code::EXPELLED, Some(name.as_bytes())),
        }
    }

    /// Decodes a fact; `None` if the bytes are not one.
    pub fn decode(fact: &machine::Fact) -> Option<Self> {
        let (&code, mut rest) = fact.bytes().split_first()?;
        let fact = match code {
            code::ONLINE => Self::Online,
            code::OFFLINE => Self::Offline,
            code::GROUP_TOLD => Self::GroupTold(read_group(&mut rest)?),
            code::MEMBER => Self::Member(read_group(&mut rest)?),
            code::LEAVES => Self::Leaves,
            code::EXPELLED => Self::Expelled(read_client(&mut rest)?),
            code => Self::decode_of_message(code, read_message(&mut rest)?, &mut rest)?,
        };
        rest.is_empty().then_some(fact)
    }

    fn decode_of_message(code: u8, id: MessageId, rest: &mut &[u8]) -> Option<Self> {
        Some(match code {
            code::WRITTEN_TO_PERSON => {
                Self::Written { id, to: Audience::Person(read_client(rest)?) }
            }
            code::WRITTEN_TO_GROUP => Self::Written { id, to: Audience::Group(read_group(rest)?) },
            code::TAKEN => Self::Taken(id),
            code::SHOWN => Self::Shown(id),
            code::CONFIRMED => Self::Confirmed { id, by: read_client(rest)? },
            code::FELL_BACK => Self::FellBack { id, to: read_client(rest)? },
            code::SAVED => Self::Saved { id, to: read_client(rest)? },
            code::ACCEPTED => Self::Accepted(id),
            code::REFUSED => Self::Refused(id),
            code::RECEIPTED => Self::Receipted { id, by: read_client(rest)? },
            code::ADDRESSED => Self::Addressed { id, to: read_client(rest)? },
            code::KEPT => Self::Kept { id, to: read_client(rest)? },
            _ => return None,
        })
    }
}

fn read_message(bytes: &mut &[u8]) -> Option<MessageId> {
    let from = read_client(bytes)?;
    let (number, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(MessageId { from, number: u64::from_le_bytes(*number) })
}

fn read_client(bytes: &mut &[u8]) -> Option<ClientName> {
    ClientName::new(read_name(bytes)?).ok()
}

fn read_group(bytes: &mut &[u8]) -> Option<GroupName> {
    GroupName::new(read_name(bytes)?).ok()
}

fn read_name<'a>(bytes: &mut &'a [u8]) -> Option<&'a str> {
    let (&len, rest) = bytes.split_first()?;
    let (name, rest) = rest.split_at_checked(len.into())?;
    *bytes = rest;
    std::str::from_utf8(name).ok()
}

/// What a program holds at the moment. A client has no mailboxes, a server has no person.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Holdings {
    /// The register table as far as it is known.
    pub table: Vec<Row>,
    /// Whether a client is registered.
    pub is_online: bool,
    /// A client's own messages that are not delivered yet, each with its audience.
    pub outbox: Vec<(MessageId, Audience)>,
    /// A client's own messages of which it is known what became, and told as soon as that is
    /// stored.
    pub untold: Vec<MessageId>,
    /// Messages that wait to be shown.
    pub unshown: Vec<MessageId>,
    /// What the server keeps, and for whom.
    pub mailboxes: Vec<(ClientName, MessageId)>,
    /// Receipts that the server keeps, and for which author.
    pub receipts: Vec<(ClientName, Receipt)>,
    /// The groups that the server knows.
    pub groups: Vec<GroupName>,
    /// Who is in which group: all members at the server, at most one name at a client.
    pub members: Vec<(ClientName, GroupName)>,
}

impl Holdings {
    /// Encodes what is held.
    pub fn encode(&self) -> Vec<u8> {
        codec::encode_large(self)
    }

    /// Decodes what a program holds; `None` if the bytes are nothing of the kind.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        codec::decode_large(bytes).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fact_comes_back() {
        let client = |name| ClientName::new(name).unwrap();
        let id = |number| MessageId { from: client("c1"), number };
        let name = client("abcdefghijklmnopqrstuvwxyz-12345");
        let facts = [
            Fact::Online,
            Fact::Written { id: id(7), to: Audience::Person(name) },
            Fact::Written { id: id(3), to: Audience::Group(GroupName::new("sea").unwrap()) },
            Fact::Taken(id(u64::MAX)),
            Fact::Shown(id(0)),
            Fact::Confirmed { id: id(1), by: name },
            Fact::FellBack { id: id(1), to: name },
            Fact::Saved { id: id(1_698_244_807_999_999), to: name },
            Fact::Accepted(id(1_698_244_808_000_000)),
            Fact::Refused(id(2)),
            Fact::Receipted { id: id(2), by: name },
            Fact::Addressed { id: id(2), to: name },
            Fact::Kept { id: id(2), to: name },
            Fact::GroupTold(GroupName::new("sea").unwrap()),
            Fact::Member(GroupName::new("land").unwrap()),
            Fact::Leaves,
            Fact::Expelled(name),
            Fact::Offline,
        ];
        for fact in facts {
            let encoded = fact.encode();
            assert_eq!(Fact::decode(&encoded), Some(fact));
            let cut = encoded.bytes().split_last().unwrap().1;
            assert_eq!(Fact::decode(&machine::Fact::new(cut)), None);
            let longer = [encoded.bytes(), &[0]].concat();
            assert_eq!(Fact::decode(&machine::Fact::new(&longer)), None);
        }
    }
}
