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

use std::fmt::{self, Write as _};

use serde::{Deserialize, Serialize};

use super::tag::tagged;
use super::{Address, ClientName, GroupName, Timestamp, field};

/// The id of a request of one client; its answer carries the same id. Ids increase.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct RequestId(pub u64);

/// The id of a chat message, which stays the same whether the message is sent directly, relayed,
/// stored or resent.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct MessageId {
    /// Who wrote it.
    pub from: ClientName,
    /// Increases with each message of its author, over restarts too.
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
    #[serde(deserialize_with = "field::text")]
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

/// A message that the server kept for a client that was offline.
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

/// Reports to an author what became of a kept message.
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
    /// Its receiver did not return in time; it is no longer kept.
    Expired,
    /// Its author took it back.
    Withdrawn,
}

/// One line of the register table.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Row {
    /// The client.
    pub name: ClientName,
    /// Its last known address.
    pub address: Address,
    /// Whether it is online.
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
    /// It is offline; the server keeps its messages.
    Offline,
}

/// Identifies a state of the register table.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TableVersion {
    /// Identifies the server's run; versions of two runs cannot be compared.
    pub epoch: u64,
    /// Increases by one with each changed row; 0 is the empty table.
    pub version: u64,
}

/// The version of the wire format, the first byte of each datagram. It is never 0, which begins a
/// [`VersionNotice`](super::VersionNotice).
///
/// Increase it with each change of the bytes, including a new variant, which older programs do not
/// know. A test compares the bytes of this version with examples.
pub const WIRE_VERSION: u8 = 1;

tagged! {
    /// A typed message between machines.
    #[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
    pub enum Packet: PacketTag {
        /// A request of a client. Each has a kind of its own.
        Request(RequestId, Request) = "request",
        /// The server's answer to a request.
        Answer(RequestId, Answer) = "answer",
        /// The server broadcasts changed rows of the register table.
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
        /// The server reports what became of a kept message.
        Receipt(Receipt) = "receipt",
        /// A client writes to another client; the acknowledgement confirms it.
        Direct {
            /// The receiver: another client may have the address now.
            to: ClientName,
            /// The message.
            message: DirectText,
        } = "send",
        /// The register table has too many rows to be broadcast, at this version: a client that
        /// writes to an unknown name asks the server.
        TableTooLarge(TableVersion) = "update",
        /// The operator has kicked the client.
        Kicked = "kick",
        /// The server ends.
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
            /// Whether the user or the program asks for it.
            initiative: Initiative,
        } = "connect",
        /// Goes offline; the program stays.
        Dereg = "dereg",
        /// Goes offline; the program ends.
        Leave = "leave",
        /// Creates a group.
        CreateGroup(GroupName) = "create_group",
        /// Asks for all groups.
        ListGroups = "list_groups",
        /// Joins a group.
        JoinGroup(GroupName) = "join_group",
        /// Asks for the members of the client's group.
        ListMembers = "list_members",
        /// Leaves the client's group.
        LeaveGroup = "leave_group",
        /// Sends a message to the client's group.
        SendAll {
            /// The group that the client believes to be in.
            group: GroupName,
            /// What was written.
            text: Text,
        } = "send_all",
        /// Asks to keep a message for a client that is, or seems to be, offline.
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
        /// Takes back a message that the server keeps for a client.
        Withdraw {
            /// For whom it is kept.
            to: ClientName,
            /// The message's number.
            number: u64,
        } = "withdraw",
    }
}

impl Request {
    /// Returns the message that it passes to the server, if it does.
    pub const fn text(&self) -> Option<&Text> {
        match self {
            Self::Save { text, .. } | Self::SendAll { text, .. } => Some(text),
            Self::Connect { .. }
            | Self::Dereg
            | Self::Leave
            | Self::CreateGroup(_)
            | Self::ListGroups
            | Self::JoinGroup(_)
            | Self::ListMembers
            | Self::LeaveGroup
            | Self::Refresh { .. }
            | Self::Withdraw { .. } => None,
        }
    }

    /// Returns whether this is a registration that a user asked for.
    pub const fn is_return(&self) -> bool {
        matches!(self, Self::Connect { initiative: Initiative::Person, .. })
    }
}

/// What the server answers.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Answer {
    /// To `Connect`: the client is in.
    Registered {
        /// Identifies the server's run.
        epoch: u64,
        /// Whether the server knew the name already.
        status: NameStatus,
        /// The group that the client is a member of.
        group: Option<GroupName>,
    },
    /// To `Connect`: another client has that name and answers.
    NameInUse,
    /// To `Dereg` and `Leave`: the client is out.
    Deregistered,
    /// To `CreateGroup`: it exists now.
    GroupCreated,
    /// To `CreateGroup`: it existed before.
    GroupExists,
    /// To `ListGroups`: all of them, in the order of their creation.
    #[serde(deserialize_with = "field::list")]
    Groups(Vec<GroupName>),
    /// To `JoinGroup`: the client is in.
    GroupJoined,
    /// To `JoinGroup`: there is no such group.
    NoSuchGroup,
    /// To `JoinGroup`: the client is a member of this group already.
    AlreadyMember(GroupName),
    /// To `ListMembers`: all of them, in the order in which they joined.
    #[serde(deserialize_with = "field::list")]
    Members(Vec<ClientName>),
    /// To `LeaveGroup`: the client is out.
    GroupLeft,
    /// To `SendAll`: the server has it and delivers it.
    GroupMessageTaken,
    /// To a request within a group: the client is not a member (any more).
    NotMember,
    /// To `Save`: the receiver was offline, the message is kept.
    Saved,
    /// To `Save`: the receiver was online, and has the message now.
    Exists(Row),
    /// To `Save`: no client has that name.
    NoSuchUser,
    /// To `Refresh`: the rows follow.
    Refreshed,
    /// A bound was reached; nothing was done.
    Full(Bound),
    /// To `Withdraw`: the message is no longer kept and will not be delivered.
    Withdrawn,
    /// To `Withdraw`: no such message is kept, or it is on its way to its receiver.
    NotKept,
    /// To `Connect`: the client was kicked, and only its user can make it return.
    Kicked,
}

/// Whether a registration was asked for by a user or by the program itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Initiative {
    /// The user: the program was started, or `reg` was typed.
    Person,
    /// The program itself: the server was silent, or did not know it any more.
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
    /// No more messages kept.
    Store,
}

/// Rows of the register table that changed after `base`, up to `version`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Update {
    /// Identifies the server's run.
    pub epoch: u64,
    /// The version that the receiver must hold; 0 starts from nothing.
    pub base: u64,
    /// The version that the receiver holds afterwards.
    pub version: u64,
    /// The rows as they are now.
    #[serde(deserialize_with = "field::list")]
    pub rows: Vec<Row>,
    /// Whether this is the last page for now.
    pub last: bool,
}

/// A page of what the server kept for a client.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Recovery {
    /// The number of this page, for [`Packet::Recovered`].
    pub page: u64,
    /// Whether it is the first page of this return.
    pub first: bool,
    /// Messages, oldest first.
    #[serde(deserialize_with = "field::list")]
    pub texts: Vec<KeptText>,
    /// Receipts for messages that the client sent.
    #[serde(deserialize_with = "field::list")]
    pub receipts: Vec<Receipt>,
}

/// Describes a packet on one line, for traces and diagrams.
impl fmt::Display for Packet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Request(id, request) => write!(f, "request {}: {request}", id.0),
            Self::Answer(id, answer) => write!(f, "answer to {}: {answer}", id.0),
            Self::Update(update) => update.fmt(f),
            Self::Group(GroupText { from, group, text }) => {
                write!(f, "{text} in group {group} from {from}")
            }
            Self::Relay(message) => write!(f, "{message}, by way of the server"),
            Self::Probe => f.write_str("are you there?"),
            Self::Recover(recovery) => recovery.fmt(f),
            Self::Recovered(page) => write!(f, "page {page} of the stored messages was received"),
            Self::Receipt(receipt) => receipt.fmt(f),
            Self::Direct { to, message } => write!(f, "{message} to {to}"),
            Self::TableTooLarge(table) => {
                write!(f, "table {} has too many rows to be sent", table.version)
            }
            Self::Closing => f.write_str("the server is closing"),
            Self::Kicked => f.write_str("you were kicked"),
        }
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connect { name, known, initiative } => {
                let again = match initiative {
                    Initiative::Person => "",
                    Initiative::Program => " again",
                };
                write!(f, "connect{again} as {name}{}", Holding(*known))
            }
            Self::Dereg => f.write_str("go offline"),
            Self::Leave => f.write_str("leave"),
            Self::CreateGroup(group) => write!(f, "create group {group}"),
            Self::ListGroups => f.write_str("list the groups"),
            Self::JoinGroup(group) => write!(f, "join group {group}"),
            Self::ListMembers => f.write_str("list the members"),
            Self::LeaveGroup => f.write_str("leave the group"),
            Self::SendAll { group, text } => write!(f, "{text} to group {group}"),
            Self::Save { to, text } => write!(f, "store {text} for {to}"),
            Self::Refresh { known } => write!(f, "send the table{}", Holding(*known)),
            Self::Withdraw { to, number } => write!(f, "withdraw message {number} for {to}"),
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Registered { status, group, .. } => {
                f.write_str(match status {
                    NameStatus::New => "registered as a new name",
                    NameStatus::Known => "registered as a known name",
                })?;
                group.map_or(Ok(()), |group| write!(f, ", in group {group}"))
            }
            Self::Kicked => f.write_str("was kicked"),
            Self::NameInUse => f.write_str("the name is in use"),
            Self::Deregistered => f.write_str("offline"),
            Self::GroupCreated => f.write_str("the group is created"),
            Self::GroupExists => f.write_str("the group exists already"),
            Self::Groups(groups) => write!(f, "groups: {}", Listed(groups)),
            Self::GroupJoined => f.write_str("joined the group"),
            Self::NoSuchGroup => f.write_str("there is no such group"),
            Self::AlreadyMember(group) => write!(f, "already a member of {group}"),
            Self::Members(members) => write!(f, "members: {}", Listed(members)),
            Self::GroupLeft => f.write_str("left the group"),
            Self::GroupMessageTaken => f.write_str("the group message was accepted"),
            Self::NotMember => f.write_str("not a member"),
            Self::Saved => f.write_str("stored"),
            Self::Exists(row) => write!(f, "the receiver is there: {row}"),
            Self::NoSuchUser => f.write_str("no client has that name"),
            Self::Refreshed => f.write_str("the table follows"),
            Self::Withdrawn => f.write_str("withdrawn"),
            Self::NotKept => f.write_str("no such message is stored"),
            Self::Full(bound) => write!(f, "a limit is reached: {bound:?}"),
        }
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, address, presence } = self;
        match presence {
            Presence::Online => write!(f, "{name} online at {address}"),
            Presence::Offline => write!(f, "{name} offline, last at {address}"),
        }
    }
}

impl fmt::Display for Update {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { base, version, rows, last, .. } = self;
        let more = if *last { "" } else { ", more follows" };
        write!(f, "table {version} after {base}: {}{more}", Listed(rows))
    }
}

impl fmt::Display for Recovery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let texts = self.texts.iter().map(ToString::to_string);
        let kept: Vec<_> = texts.chain(self.receipts.iter().map(ToString::to_string)).collect();
        write!(f, "page {} of the stored messages: {}", self.page, Listed(&kept))
    }
}

impl fmt::Display for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { number, by, fate, .. } = self;
        match fate {
            Fate::Delivered => write!(f, "message {number} was delivered to {by}"),
            Fate::Expired => write!(f, "message {number} for {by} has expired"),
            Fate::Withdrawn => write!(f, "message {number} for {by} was taken back"),
        }
    }
}

impl fmt::Display for KeptText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} from {}", self.text, self.from)
    }
}

impl fmt::Display for DirectText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} from {}", self.text, self.from)
    }
}

/// The text is escaped and shortened.
impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN_CHARS_MAX: usize = 60;
        write!(f, "message {} \"", self.number)?;
        let mut chars = self.body.chars().flat_map(|c| {
            let (escaped, plain) =
                if c.is_control() { (Some(c.escape_default()), None) } else { (None, Some(c)) };
            escaped.into_iter().flatten().chain(plain)
        });
        chars.by_ref().take(SHOWN_CHARS_MAX).try_for_each(|c| f.write_char(c))?;
        f.write_str(if chars.next().is_some() { "…\"" } else { "\"" })
    }
}

/// Describes which table a client holds already.
struct Holding(Option<TableVersion>);

impl fmt::Display for Holding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |known| write!(f, ", holding table {}", known.version))
    }
}

/// Formats a list with commas, but not too many items.
struct Listed<'a, T>(&'a [T]);

impl<T: fmt::Display> fmt::Display for Listed<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN_ITEMS_MAX: usize = 8;
        let Self(items) = self;
        if items.is_empty() {
            return f.write_str("none");
        }
        for (n, item) in (0..SHOWN_ITEMS_MAX).zip(*items) {
            write!(f, "{}{item}", if n == 0 { "" } else { ", " })?;
        }
        match items.len().saturating_sub(SHOWN_ITEMS_MAX) {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lists_are_cut() {
        let numbers: Vec<u32> = (1..=10).collect();
        assert_eq!(Listed(&numbers).to_string(), "1, 2, 3, 4, 5, 6, 7, 8 and 2 more");
        assert_eq!(Listed(&numbers[..8]).to_string(), "1, 2, 3, 4, 5, 6, 7, 8");
        assert_eq!(Listed::<u32>(&[]).to_string(), "none");
    }
}
