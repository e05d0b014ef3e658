//! The typed messages between machines.
//!
//! Nothing here proves who sent a packet: a sender's address can be forged. Identity is meant to be
//! a layer of its own between `delivery` and the network, together with encryption. Until then, use
//! the chat only on a network that you trust.
//!
//! # The headers of the original chat
//!
//! | the original's header | here |
//! |---|---|
//! | `connect` | `Request::Connect` |
//! | `dereg` | `Request::Dereg` |
//! | `create_group`, `list_groups`, `join_group`, `list_members`, `leave_group` | `Request::CreateGroup` and so on |
//! | `send_all` | `Request::SendAll` |
//! | `leave` | `Request::Leave` |
//! | `offline` (to the server) | `Request::Save` |
//! | `notify` | none: the server checks the receiver itself when it is asked to store a message |
//! | `ack-offlineMsg` | `Packet::Recovered` |
//! | `update` | `Packet::Update`, with changed rows only |
//! | `register` | `Answer::Registered`, `Answer::NameInUse` |
//! | `ack-dereg` | `Answer::Deregistered` |
//! | `ack-create-group` | `Answer::GroupCreated`, `Answer::GroupExists` |
//! | `ack-groups-result` | `Answer::Groups` |
//! | `ack-join-group` | `Answer::GroupJoined`, `Answer::NoSuchGroup`, `Answer::AlreadyMember` |
//! | `ack-group` (to the sender; to the members) | `Answer::GroupMessageTaken`; `Packet::Group` |
//! | `member-result` | `Answer::Members` |
//! | `ack-leave-group` | `Answer::GroupLeft`, `Answer::NotMember` |
//! | `offline` (to the client) | `Answer::Saved`, `Answer::Exists` |
//! | `recover-msg` | `Packet::Recover`, in pages |
//! | `ack-recovered` | `Packet::Receipt` |
//! | `send`, `ack` (between peers) | `Packet::Direct`, the link's acknowledgement |
//!
//! The original has no counterpart for these:
//!
//! - `Request::Withdraw`: an author takes a stored message back; the author gets a receipt that
//!   says so;
//! - `Packet::Kicked`, `Answer::Kicked`: the operator has kicked the client;
//! - `Packet::Closing`: the server ends;
//! - `Packet::Probe`: whether the other end is still there, and still knows this one;
//! - `Packet::TableTooLarge`: the register table is too long to be broadcast.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::tag::tagged;
use super::{Address, ClientName, GroupName, Timestamp, codec};

/// Names a request of one client's program; its answer carries the same id. Ids rise.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct RequestId(pub u64);

/// Names a chat message. It keeps this id on every way: direct, relayed, stored, resent.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct MessageId {
    /// Who wrote it.
    pub from: ClientName,
    /// Rises with each message of its author, over restarts too.
    pub number: u64,
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.from, self.number)
    }
}

/// What a person wrote, and when.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Text {
    /// The number of its [`MessageId`].
    pub number: u64,
    /// When the author sent it, by the author's clock.
    pub at: Timestamp,
    /// The text, exactly as typed: at most [`TEXT_LEN_MAX`](super::limits::TEXT_LEN_MAX) bytes.
    #[serde(deserialize_with = "codec::text")]
    pub body: String,
}

impl Text {
    /// Returns the message's id.
    pub const fn id(&self, from: ClientName) -> MessageId {
        MessageId { from, number: self.number }
    }
}

/// A message of one person to another.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct DirectText {
    /// Who wrote it.
    pub from: ClientName,
    /// What was written.
    pub text: Text,
}

/// A message to all members of a group.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct GroupText {
    /// Who wrote it.
    pub from: ClientName,
    /// To which group.
    pub group: GroupName,
    /// What was written.
    pub text: Text,
}

/// A message that the server kept for somebody who was away.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct KeptText {
    /// Who wrote it.
    pub from: ClientName,
    /// The group that it was sent to; `None` for a message to one person.
    pub group: Option<GroupName>,
    /// What was written.
    pub text: Text,
}

impl KeptText {
    /// Returns the message's id.
    pub fn id(&self) -> MessageId {
        self.text.id(self.from)
    }
}

/// Tells an author what became of a kept message.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct Receipt {
    /// The number of the message.
    pub number: u64,
    /// When the message was sent, by its author's clock.
    pub at: Timestamp,
    /// Who received it, or did not.
    pub by: ClientName,
    /// What became of it.
    pub fate: Fate,
}

/// What became of a message that was kept.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum Fate {
    /// Its receiver has it.
    Delivered,
    /// Its receiver has not returned for so long that it is kept no longer.
    Expired,
    /// Its author took it back.
    Withdrawn,
}

/// One line of the register table.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Row {
    /// Who.
    pub name: ClientName,
    /// Where, when last seen.
    pub address: Address,
    /// Whether there is somebody.
    pub presence: Presence,
}

impl Row {
    /// Makes the row of a client about which nothing else is known.
    pub const fn new(name: ClientName, address: Address, presence: Presence) -> Self {
        Self { name, address, presence }
    }
}

/// Whether a registered client can be reached.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Presence {
    /// It can be reached directly.
    Online,
    /// It is away; the server keeps its messages.
    Offline,
}

/// Names a state of the register table.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TableVersion {
    /// Names the server's run; versions of two runs cannot be compared.
    pub epoch: u64,
    /// Rises by one with each changed row; 0 is the empty table.
    pub version: u64,
}

/// The version of the wire format, the first byte of each datagram. 0 is never one: it begins a
/// [`VersionNotice`](super::VersionNotice).
///
/// Raise it with each change of bytes, which a new variant is too: older programs do not know it. A
/// test knows the bytes of this version.
pub const WIRE_VERSION: u8 = 1;

tagged! {
    /// A typed message between machines.
    #[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
    pub enum Packet: PacketTag {
        /// A client asks the server. Each request has a kind of its own.
        Request(RequestId, Request) = "request",
        /// The server answers.
        Answer(RequestId, Answer) = "answer",
        /// The server tells changed rows of the register table.
        Update(Update) = "update",
        /// The server delivers a group's message.
        Group(GroupText) = "group",
        /// The server delivers a message whose author could not reach the receiver directly.
        Relay(DirectText) = "relay",
        /// The server asks whether a client is there, or a client whether the server still knows it;
        /// the acknowledgement is the answer.
        Probe = "probe",
        /// The server delivers what it kept.
        Recover(Recovery) = "recover",
        /// A client has taken the page of that number.
        Recovered(u64) = "recovered",
        /// The server tells what became of a kept message.
        Receipt(Receipt) = "receipt",
        /// A client writes to another client; the acknowledgement confirms it.
        Direct {
            /// Who is to receive it: somebody else may have the address by now.
            to: ClientName,
            /// The message.
            message: DirectText,
        } = "send",
        /// The server tells that the register table, as it is now, has too many rows to be told:
        /// whoever writes to somebody unknown asks the server.
        TableTooLarge(TableVersion) = "update",
        /// The server tells a client that it was put out of the chat.
        Kicked = "kick",
        /// The server tells that it ends.
        Closing = "close",
    }
}

tagged! {
    /// What a client asks of the server.
    #[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
    pub enum Request: RequestTag {
        /// Registers under a name, or returns.
        Connect {
            /// Under which name.
            name: ClientName,
            /// The table that the client holds already.
            known: Option<TableVersion>,
            /// Who wants it.
            initiative: Initiative,
        } = "connect",
        /// Goes offline; the program stays.
        Dereg = "dereg",
        /// Goes offline; the program ends.
        Leave = "leave",
        /// Makes a group.
        CreateGroup(GroupName) = "create_group",
        /// Asks for all groups.
        ListGroups = "list_groups",
        /// Enters a group.
        JoinGroup(GroupName) = "join_group",
        /// Asks for the members of the client's group.
        ListMembers = "list_members",
        /// Leaves the client's group.
        LeaveGroup = "leave_group",
        /// Sends a message to the client's group.
        SendAll {
            /// Where the client believes to be.
            group: GroupName,
            /// What was written.
            text: Text,
        } = "send_all",
        /// Asks to keep a message for somebody who is, or seems to be, away.
        Save {
            /// For whom.
            to: ClientName,
            /// What was written.
            text: Text,
        } = "save",
        /// Asks for the table, after a gap was seen.
        Refresh {
            /// The table that the client holds.
            known: Option<TableVersion>,
        } = "refresh",
        /// Takes back a message that the server keeps for somebody.
        Withdraw {
            /// For whom it is kept.
            to: ClientName,
            /// The message's number.
            number: u64,
        } = "withdraw",
    }
}

impl Request {
    /// Returns whether a person wants to be registered.
    pub const fn is_return(&self) -> bool {
        matches!(self, Self::Connect { initiative: Initiative::Person, .. })
    }
}

/// What the server answers.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Answer {
    /// To `Connect`: the client is in.
    Registered {
        /// Names the server's run.
        epoch: u64,
        /// Whether the server knew the name already.
        status: NameStatus,
        /// The group that the client is a member of.
        group: Option<GroupName>,
    },
    /// To `Connect`: somebody else has that name and is alive.
    NameInUse,
    /// To `Dereg` and `Leave`: the client is out.
    Deregistered,
    /// To `CreateGroup`: it exists now.
    GroupCreated,
    /// To `CreateGroup`: it existed before.
    GroupExists,
    /// To `ListGroups`: all of them, in the order of their making.
    #[serde(deserialize_with = "codec::list")]
    Groups(Vec<GroupName>),
    /// To `JoinGroup`: the client is in.
    GroupJoined,
    /// To `JoinGroup`: there is no such group.
    NoSuchGroup,
    /// To `JoinGroup`: the client is a member of this group already.
    AlreadyMember(GroupName),
    /// To `ListMembers`: all of them, in the order of their coming.
    #[serde(deserialize_with = "codec::list")]
    Members(Vec<ClientName>),
    /// To `LeaveGroup`: the client is out.
    GroupLeft,
    /// To `SendAll`: the server has it and delivers it.
    GroupMessageTaken,
    /// To a request within a group: the client is no member (any more).
    NotMember,
    /// To `Save`: the receiver was away, the message is kept.
    Saved,
    /// To `Save`: the receiver was there, and has the message now.
    Exists(Row),
    /// To `Save`: nobody has that name.
    NoSuchUser,
    /// To `Refresh`: the rows follow.
    Refreshed,
    /// A bound was reached, nothing was done.
    Full(Bound),
    /// To `Withdraw`: the message is kept no longer, and nobody will have it.
    Withdrawn,
    /// To `Withdraw`: no such message is kept, or it is on its way to its receiver.
    NotKept,
    /// To `Connect`: the client was put out of the chat, and its program cannot return of its own
    /// accord.
    Kicked,
}

/// Who wants a client to be registered.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Initiative {
    /// A person: the program was started, or told to return.
    Person,
    /// The program, of its own accord: the server was silent, or did not know it any more.
    Program,
}

/// Whether a registering name was known before.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum NameStatus {
    /// The name is new.
    New,
    /// The name was registered before.
    Known,
}

/// Which bound was reached.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Bound {
    /// No more clients.
    Clients,
    /// No more groups.
    Groups,
    /// No more members in this group.
    Members,
    /// No more messages kept for this receiver.
    Mailbox,
    /// No more messages kept for this receiver from this sender.
    Sender,
    /// No more messages kept at all.
    Store,
}

/// Changed rows of the register table: those after `base`, up to `version`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Update {
    /// Names the server's run.
    pub epoch: u64,
    /// The version that the receiver must hold; 0 starts from nothing.
    pub base: u64,
    /// The version that the receiver holds afterwards.
    pub version: u64,
    /// The rows as they are now.
    #[serde(deserialize_with = "codec::list")]
    pub rows: Vec<Row>,
    /// Whether this is the last page for now.
    pub last: bool,
}

/// A page of what the server kept for a client.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Recovery {
    /// Names this page, for [`Packet::Recovered`].
    pub page: u64,
    /// Whether it is the first page of this return.
    pub first: bool,
    /// Messages, oldest first.
    #[serde(deserialize_with = "codec::list")]
    pub texts: Vec<KeptText>,
    /// Receipts for messages that the client sent.
    #[serde(deserialize_with = "codec::list")]
    pub receipts: Vec<Receipt>,
}
