//! What programs state about their messages for checkers: facts as they occur, and what a program
//! holds at the moment. Nothing in the chat depends on either.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::codec;
use super::limits::NAME_LEN_MAX;
use super::{ClientName, GroupName, MessageId, Receipt, Row, Timestamp};

/// The receivers of a message.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum Audience {
    /// One person.
    Person(ClientName),
    /// All members of a group but its author.
    Group(GroupName),
}

/// Something that happened in a program.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum Fact {
    /// A client is registered.
    Online,
    /// A client is offline by choice of its user or of the server's operator.
    Offline,
    /// The author's program has accepted a typed message.
    Written {
        /// Which message.
        id: MessageId,
        /// For whom.
        to: Audience,
        /// When it was written, by the author's clock.
        at: Timestamp,
    },
    /// The receiver's program has a message, and shows it later.
    Taken(MessageId),
    /// A screen shows a message.
    Shown(MessageId),
    /// The author was shown that the receiver has a message.
    Confirmed {
        /// Which message.
        id: MessageId,
        /// Who has it.
        by: ClientName,
    },
    /// The author was shown that the receiver does not answer; the message goes to the server.
    FellBack {
        /// Which message.
        id: MessageId,
        /// Who does not answer.
        to: ClientName,
    },
    /// The author was shown that the server keeps a message.
    Saved {
        /// Which message.
        id: MessageId,
        /// For whom.
        to: ClientName,
    },
    /// The author was shown that the server has a message to a group.
    Accepted(MessageId),
    /// The author was shown that a message will not be delivered, or has taken it back.
    Refused(MessageId),
    /// The author was shown that a message which the server had kept was delivered.
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
    /// A user was shown that a group exists.
    GroupTold(GroupName),
    /// A user was shown that they are a member of a group.
    Member(GroupName),
    /// A client asks to become a member of a group.
    Joins(GroupName),
    /// A client asks to leave its group.
    Leaves,
    /// A user was shown that they have left their group, as they asked.
    Left,
    /// The server is about to remove a client from its group.
    Expelled(ClientName),
    /// A client's user wants to be registered: they have started the program, or asked for it.
    Returns,
    /// The server's operator has kicked a client.
    Kicked(ClientName),
    /// The author was shown that the server has kept a message for too long.
    Expired {
        /// Which message.
        id: MessageId,
        /// For whom it was kept.
        by: ClientName,
    },
}

impl Fact {
    /// Returns whether an author has learned that the receiver or the server has the message.
    pub const fn acknowledges(self) -> bool {
        matches!(self, Self::Accepted(_) | Self::Confirmed { .. } | Self::Saved { .. })
    }

    /// Returns whether an author has learned what became of a message.
    pub const fn settles(self) -> bool {
        self.acknowledges() || matches!(self, Self::Refused(_))
    }

    /// Returns the message that its program now has, if it states that one has arrived.
    pub const fn arrived(&self) -> Option<MessageId> {
        match *self {
            Self::Taken(id) | Self::Shown(id) => Some(id),
            Self::Expired { .. }
            | Self::Online
            | Self::Offline
            | Self::Written { .. }
            | Self::Confirmed { .. }
            | Self::FellBack { .. }
            | Self::Saved { .. }
            | Self::Accepted(_)
            | Self::Refused(_)
            | Self::Receipted { .. }
            | Self::Addressed { .. }
            | Self::Kept { .. }
            | Self::GroupTold(_)
            | Self::Member(_)
            | Self::Joins(_)
            | Self::Leaves
            | Self::Left
            | Self::Returns
            | Self::Kicked(_)
            | Self::Expelled(_) => None,
        }
    }

    /// Returns which message it is about.
    pub const fn message(&self) -> Option<MessageId> {
        match *self {
            Self::Online
            | Self::Offline
            | Self::GroupTold(_)
            | Self::Member(_)
            | Self::Joins(_)
            | Self::Leaves
            | Self::Left
            | Self::Returns
            | Self::Kicked(_)
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
            | Self::Expired { id, .. }
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
            Self::Written { id, to, at: _ } => write!(f, "has message {id} for {to}"),
            Self::Taken(id) => write!(f, "takes message {id}"),
            Self::Shown(id) => write!(f, "shows message {id}"),
            Self::Confirmed { id, by } => write!(f, "learns that {by} has message {id}"),
            Self::FellBack { id, to } => write!(f, "gives message {id} for {to} to the server"),
            Self::Saved { id, to } => {
                write!(f, "learns that the server keeps message {id} for {to}")
            }
            Self::Accepted(id) => write!(f, "learns that the server has message {id}"),
            Self::Refused(id) => write!(f, "learns that message {id} is not delivered"),
            Self::Receipted { id, by } => write!(f, "learns that {by} received message {id}"),
            Self::Addressed { id, to } => write!(f, "has to deliver message {id} to {to}"),
            Self::Kept { id, to } => write!(f, "keeps message {id} for {to}"),
            Self::GroupTold(group) => write!(f, "learns that group {group} exists"),
            Self::Member(group) => write!(f, "learns that it is in group {group}"),
            Self::Joins(group) => write!(f, "asks to join group {group}"),
            Self::Leaves => f.write_str("leaves its group"),
            Self::Left => f.write_str("learns that it has left its group"),
            Self::Expelled(client) => write!(f, "takes {client} out of its group"),
            Self::Returns => f.write_str("asks to be registered for its user"),
            Self::Expired { id, by } => {
                write!(f, "learns that message {id} waited too long for {by}")
            }
            Self::Kicked(client) => write!(f, "has kicked {client}"),
        }
    }
}

/// Maximum length of an encoded fact: its number, a message, up to two more names, and a time.
const ENCODED_LEN_MAX: usize = 1 + (1 + NAME_LEN_MAX + 9) + 2 * (1 + NAME_LEN_MAX) + 10;

impl Fact {
    /// Encodes the fact.
    pub fn encode(&self) -> machine::Fact {
        machine::Fact::new(codec::encode_into(self, &mut [0; ENCODED_LEN_MAX]))
    }

    /// Decodes a fact; `None` if the bytes are not one.
    pub fn decode(fact: &machine::Fact) -> Option<Self> {
        codec::decode_kept(fact.bytes()).ok()
    }
}

/// What a program holds at the moment. A client has no mailboxes, a server has no user.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Holdings {
    /// The register table as far as it is known.
    pub table: Vec<Row>,
    /// Whether a client is registered.
    pub is_online: bool,
    /// A client's own messages that are not delivered yet, each with its audience.
    pub outbox: Vec<(MessageId, Audience)>,
    /// A client's own messages whose fate is known and will be shown as soon as it is stored.
    pub unreported: Vec<MessageId>,
    /// Messages that wait to be shown.
    pub unshown: Vec<MessageId>,
    /// What the server keeps, and for whom.
    pub mailboxes: Vec<(ClientName, MessageId)>,
    /// Receipts that the server keeps, and for which author.
    pub receipts: Vec<(ClientName, Receipt)>,
    /// The groups that the server knows.
    pub groups: Vec<GroupName>,
    /// The members of groups: all of them at the server, at most one at a client.
    pub members: Vec<(ClientName, GroupName)>,
    /// Those of `unshown` that wait for the end of a group visit.
    pub held: Vec<MessageId>,
    /// The bytes of a client's next message to each audience.
    pub next_bytes: Vec<(Audience, u64)>,
    /// Whether a client knows that its register table need not contain everybody.
    pub is_excerpt: bool,
    /// The bytes of all texts that the server keeps for each receiver.
    pub mail_bytes: Vec<(ClientName, u64)>,
    /// The most bytes that wait on one link of the server.
    pub link_bytes: u64,
}

impl Holdings {
    /// Encodes what is held.
    pub fn encode(&self) -> Vec<u8> {
        codec::encode_large(self)
    }

    /// Decodes what a program holds; `None` if the bytes do not encode that.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        codec::decode_large(bytes).ok()
    }
}
