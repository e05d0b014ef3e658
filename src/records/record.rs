//! The records of both programs. A record has a key; a later record of the same key replaces it.

use machine::Change;
use serde::{Deserialize, Serialize};

use super::history::Entry;
use super::key::Key;
use crate::protocol::codec::{self, DecodeError};
use crate::protocol::limits::SEEN_PER_AUTHOR_MAX;
use crate::protocol::{
    Address, Audience, ClientName, GroupName, KeptText, MessageId, Receipt, Text, Timestamp,
};

/// One thing that a program keeps.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Record {
    /// The server: a name is registered.
    Client {
        /// Who.
        name: ClientName,
        /// Where, when last seen.
        address: Address,
    },
    /// The server: there is a group.
    Group {
        /// Rises with each group.
        number: u64,
        /// Its name.
        group: GroupName,
    },
    /// The server: a client is a member of a group, and of no other.
    Member {
        /// Who.
        client: ClientName,
        /// Of which group.
        group: GroupName,
        /// Rises with each coming of anybody to any group.
        number: u64,
    },
    /// The server: a message is kept for somebody.
    Mail {
        /// For whom.
        to: ClientName,
        /// Rises with each message that is kept for this receiver.
        number: u64,
        /// Since when, by the server's clock.
        kept_at: Timestamp,
        /// The message.
        text: KeptText,
    },
    /// The server: a receipt waits for the author of a message.
    Receipt {
        /// For whom.
        to: ClientName,
        /// Rises with each receipt for this author.
        number: u64,
        /// The receipt.
        receipt: Receipt,
    },
    /// The server: messages of an author that were kept and are delivered. They are not kept
    /// again when their author asks once more.
    Handled {
        /// Who wrote them.
        from: ClientName,
        /// The numbers of the last ones, in the order of their coming.
        numbers: Vec<u64>,
    },
    /// A client: a message that is not delivered yet.
    Outgoing {
        /// For whom.
        to: Audience,
        /// The message.
        text: Text,
    },
    /// A client: no message of it had a higher number.
    Numbered(u64),
    /// A client: something that has arrived and is to be shown.
    Incoming {
        /// What has been shown leaves its slot to another arrival.
        slot: u32,
        /// Rises with each arrival.
        number: u64,
        /// What it is.
        arrival: Arrival,
    },
    /// A client: a direct message that waits for the end of a group visit.
    Held {
        /// Rises with each arrival.
        number: u64,
        /// The message.
        message: KeptText,
    },
    /// A client: arrivals up to this number have been shown.
    Shown(u64),
    /// A client: a message that has arrived.
    Seen {
        /// Its place among those of its author. It takes the slot of the one that came
        /// [`SEEN_PER_AUTHOR_MAX`] places before.
        place: u64,
        /// Which message.
        id: MessageId,
    },
    /// A client: a receipt that has arrived.
    Receipted {
        /// Its place among those of its receiver, in the same way.
        place: u64,
        /// Who has received a message, and the number of that message.
        id: MessageId,
    },
    /// A client: a message of its own that the server keeps for somebody who is away; a receipt
    /// is to come.
    Awaited {
        /// For whom.
        to: ClientName,
        /// The message.
        text: Text,
    },
    /// A client: somebody whose messages are not shown.
    Muted(ClientName),
    /// A client: a message of its history.
    Said(Entry),
    /// The server: a client was put out of the chat, and returns only when its person wants to.
    Kicked(ClientName),
}

/// Something that a client shows when it arrives.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Arrival {
    /// A message.
    Message {
        /// On which way it came.
        way: Way,
        /// The message.
        message: KeptText,
    },
    /// A receipt for a message of the client's own.
    Receipt(Receipt),
}

/// How a message came to its receiver.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Way {
    /// At once.
    Live,
    /// The server had kept it.
    Kept,
    /// The server had kept it, and it is the first of those that came back with it.
    FirstKept,
}

impl Record {
    /// Makes the change that stores this record, in place of what has the same key.
    pub fn put(&self) -> Change {
        Change::put(self.key().encode(), self.encode())
    }

    /// Encodes the record; its key is encoded apart.
    pub fn encode(&self) -> Vec<u8> {
        codec::encode_kept(self)
    }

    /// Decodes a record.
    ///
    /// # Errors
    ///
    /// The bytes are not a record of this version.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        codec::decode_kept(bytes)
    }

    /// Returns the record's key.
    pub const fn key(&self) -> Key {
        match *self {
            Self::Client { name, .. } => Key::Client(name),
            Self::Group { number, .. } => Key::Group(number),
            Self::Member { client, .. } => Key::Member(client),
            Self::Mail { to, number, .. } => Key::Mail(to, number),
            Self::Receipt { to, number, .. } => Key::Receipt(to, number),
            Self::Handled { from, .. } => Key::Handled(from),
            Self::Outgoing { ref text, .. } => Key::Outgoing(text.number),
            Self::Numbered(_) => Key::Numbered,
            Self::Incoming { slot, .. } => Key::Incoming(slot),
            Self::Held { number, .. } => Key::Held(number),
            Self::Shown(_) => Key::Shown,
            Self::Seen { place, id } => Key::Seen(id.from, slot_of(place)),
            Self::Receipted { place, id } => Key::Receipted(id.from, slot_of(place)),
            Self::Awaited { ref text, .. } => Key::Awaited(text.number),
            Self::Muted(name) => Key::Muted(name),
            Self::Said(ref entry) => Key::Said(entry.number),
            Self::Kicked(name) => Key::Kicked(name),
        }
    }
}

const fn slot_of(place: u64) -> u64 {
    place % SEEN_PER_AUTHOR_MAX as u64
}
