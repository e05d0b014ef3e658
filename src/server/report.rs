//! Events for the operator's log: names, addresses and ids, but no texts of messages.
//!
//! The server logs nothing itself. It emits reports, if they are turned on, and returns its
//! counters on demand (`stats.rs`). The programs turn these into log lines (`cli/chatapp/log.rs`)
//! and a page for Prometheus (`cli/chatapp/metrics/`). The time that storage takes is measured
//! around the store, outside of the server.

use crate::protocol::{Address, Bound, ClientName, Fate, GroupName, MessageId};

/// Something that has happened in a server.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Report {
    /// A client is registered, or has returned.
    Registered {
        /// Who.
        client: ClientName,
        /// Where.
        address: Address,
        /// Whether the name is new.
        is_new: bool,
    },
    /// A client was refused, since another client that is online has the name.
    NameInUse {
        /// Which name.
        client: ClientName,
        /// Where the client that was refused is.
        address: Address,
    },
    /// The program of a client that was kicked wanted to return, and was refused.
    StillKicked {
        /// Who.
        client: ClientName,
        /// Where it is.
        address: Address,
    },
    /// A client speaks another version of the wire format, and was sent a version notice. Comes
    /// once for each address, unless very many others came in between.
    OtherVersion {
        /// Where it is, if its address is not forged.
        address: Address,
        /// Which version.
        version: u8,
    },
    /// A client has gone.
    Gone {
        /// Who.
        client: ClientName,
        /// How.
        how: Departure,
    },
    /// There is a new group.
    GroupCreated {
        /// Its creator.
        client: ClientName,
        /// Which one.
        group: GroupName,
    },
    /// A client has joined a group.
    Joined {
        /// Who.
        client: ClientName,
        /// Which one.
        group: GroupName,
    },
    /// A client has left a group, or was removed from it.
    Left {
        /// Who.
        client: ClientName,
        /// Which one.
        group: GroupName,
    },
    /// A message to a group was taken.
    GroupMessage {
        /// Which message.
        id: MessageId,
        /// For which group.
        group: GroupName,
    },
    /// A message was delivered to a receiver that is online.
    Direct {
        /// Which message.
        id: MessageId,
        /// To whom.
        to: ClientName,
    },
    /// A message is kept for a receiver that is offline.
    Stored {
        /// Which message.
        id: MessageId,
        /// For whom.
        to: ClientName,
    },
    /// A message is no longer kept.
    Settled {
        /// Which message.
        id: MessageId,
        /// For whom it was.
        to: ClientName,
        /// What has become of it.
        fate: Fate,
    },
    /// A message was not accepted, for lack of room.
    NoRoom {
        /// Which message.
        id: MessageId,
        /// Which bound was reached.
        bound: Bound,
    },
    /// The server ends.
    Closing,
}

/// How a client has gone.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Departure {
    /// By a command; the program continues.
    Deregistered,
    /// The program has ended.
    Left,
    /// Without notice.
    Vanished,
    /// Kicked by the operator.
    Kicked,
}
