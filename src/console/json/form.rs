//! The JSON objects that a client writes. The schema is generated from these types and their docs.

use schemars::JsonSchema;
use serde::Serialize;

use super::command::Id;
use super::messages::{Entry, PendingMessage};
use super::values::{At, Audience, Bound, Command, Fate, Name, Reason, names};
use crate::client::{Notice, User as KnownUser};
use crate::protocol::codec::WIRE_VERSION;
use crate::protocol::{self, Receipt, Row};
use crate::records::Found;

/// The version of the form of notices. It is increased when a kind or a key is removed or changes
/// its meaning.
pub const NOTICES_VERSION: u32 = 1;

/// What `chatapp client --json` writes: one such object per line.
///
/// Kinds and keys may be added without a new version: ignore what you do not know.
#[derive(Serialize, JsonSchema, Debug)]
#[schemars(rename = "Notice")]
pub(super) struct Object {
    /// The version of this form.
    #[schemars(extend("const" = NOTICES_VERSION))]
    pub(super) v: u32,
    /// When it happened, by the clock of this program.
    pub(super) at: At,
    /// The group that the client is in, if any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) in_group: Option<Name>,
    /// The `id` of the command that this answers, if it had one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<Id>,
    #[serde(flatten)]
    pub(super) content: Content,
}

/// The content of an object.
#[derive(Serialize, JsonSchema, Debug)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum Content {
    /// The client is registered, under a new name.
    Welcome,
    /// The client is registered, under a name that the server knows.
    WelcomeBack,
    /// Another client that is online has the name.
    AlreadyLoggedIn,
    /// The table of registered clients has changed.
    TableUpdated,
    /// A message to this client.
    Direct { from: Name, text: String },
    /// The receiver of a message has it.
    Received { by: Name },
    /// The receiver did not answer: the message goes to the server.
    NoAcknowledgement { by: Name },
    /// The server keeps the message that was sent at this time.
    Saved { sent_at: At },
    /// A client that seemed to be offline is online, and has the message.
    Exists { name: Name },
    /// No client has this name.
    NoSuchUser,
    /// Nothing is known here about this name, which may be registered.
    NotKnownHere { name: Name },
    /// The client is offline, as requested.
    Deregistered,
    /// The client was kicked by the server's operator, and is offline.
    Kicked,
    /// The name to deregister is not this client's.
    IncorrectName,
    /// That needs a registration first.
    Offline,
    /// Messages that were kept while the client was offline follow.
    KeptMessages,
    /// A message that was kept: one to a group, if it names one.
    Kept {
        from: Name,
        #[serde(skip_serializing_if = "Option::is_none")]
        group: Option<Name>,
        sent_at: At,
        text: String,
    },
    /// What became of the message that was sent at this time and kept by the server.
    Receipt { sent_at: At, by: Name, fate: Fate },
    /// The group exists now.
    GroupCreated { group: Name },
    /// The group existed before.
    GroupExists { group: Name },
    /// All groups.
    Groups { groups: Vec<Name> },
    /// Groups cannot be listed from inside one.
    NoListInGroup,
    /// The client is in the group.
    GroupEntered { group: Name },
    /// There is no such group.
    NoSuchGroup { group: Name },
    /// The client is in a group, and cannot join another.
    AlreadyInGroup,
    /// The client is in a group, and cannot create another.
    AlreadyInGroupRoom,
    /// The server has the message to the group.
    GroupMessageTaken,
    /// A message to the group that the client is in.
    Group { from: Name, text: String },
    /// The registered clients; if this is an excerpt, there may be more.
    Users { users: Vec<User>, is_excerpt: bool },
    /// The client that was asked for.
    User { user: User },
    /// That needs a group.
    NotInGroup,
    /// There is no group to leave.
    NoGroupToLeave,
    /// The members of the group.
    Members { group: Name, members: Vec<Name> },
    /// The client has left the group.
    GroupLeft { group: Name },
    /// The client is no longer a member of the group, because it was offline for too long.
    GroupLost { group: Name },
    /// The server has not answered this number of tries.
    Retrying { tries: u32 },
    /// What follows arrived in the last session, and may not have been reported.
    Recalling,
    /// This number of messages left over from the last session is being sent.
    Resuming { count: usize },
    /// A message to the group was not sent: the client is no longer a member.
    Undelivered { group: Name },
    /// The server does not answer.
    ServerSilent,
    /// The server speaks another version of the protocol than this program: the one with the lower
    /// number has to be updated.
    OtherVersion { server: u8, own: u8 },
    /// The client leaves.
    Exiting,
    /// The command cannot be used in the current mode.
    InvalidCommand,
    /// The server has no room; a message waits here until it has.
    Full { bound: Bound },
    /// Too many messages wait here for the same receiver: this one was not accepted.
    OutboxFull { to: Audience },
    /// What was found in the history, the latest message last.
    History {
        messages: Vec<Entry>,
        /// Whether there are older ones.
        is_more: bool,
        /// Whether some could not be read.
        is_damaged: bool,
    },
    /// This client keeps no history.
    NoHistory,
    /// The messages that are not delivered yet, numbered from 1.
    Pending { messages: Vec<PendingMessage> },
    /// The message was taken back.
    Cancelled { number: usize, to: Audience },
    /// The message is being sent, and cannot be taken back.
    UnderWay { number: usize },
    /// The receiver has the message already.
    TooLate { number: usize },
    /// No message has this number.
    NothingToCancel { number: usize },
    /// The messages of this client are hidden from now on.
    Muted { name: Name },
    /// The messages of this client are shown again; `hidden` messages were hidden in this session.
    Unmuted { name: Name, hidden: u64 },
    /// The messages of this client were not hidden.
    NotMuted { name: Name },
    /// Too many commands wait for their answers: this one was not accepted.
    TooManyCommands,
    /// The input line is not a command.
    InvalidLine {
        /// What is wrong with it.
        problem: String,
        /// The remedy.
        cure: String,
    },
    /// All commands of the current mode, or the one that was asked for.
    Help { commands: Vec<Command> },
    /// Whether timestamps are on in text output; objects always have theirs.
    Times { are_shown: bool },
    /// An input line is finished. Comes once for each, after everything that answers it.
    Done {
        /// Whether the command succeeded.
        success: bool,
        /// Why not, in text for people.
        #[serde(skip_serializing_if = "Option::is_none")]
        problem: Option<String>,
    },
    /// The text of `echo` in a script.
    Echo { text: String },
    /// This number of lines was dropped, because they were not read fast enough.
    LinesDropped { count: usize },
    /// The chat has ended; nothing follows.
    Ended {
        /// Whether the client has left as requested.
        success: bool,
        /// Why not.
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<Reason>,
    },
}

/// A registered client.
#[derive(Serialize, JsonSchema, Debug)]
pub(super) struct User {
    name: Name,
    /// IP address and port.
    address: String,
    presence: Presence,
    /// Since when it is online or offline: the time when this client learned of it.
    since: At,
    /// Whether its messages are hidden.
    is_muted: bool,
}

impl From<KnownUser> for User {
    fn from(KnownUser { row, since, is_muted }: KnownUser) -> Self {
        let Row { name, address, presence } = row;
        let presence = match presence {
            protocol::Presence::Online => Presence::Online,
            protocol::Presence::Offline => Presence::Offline,
        };
        let (name, address, since) = (name.into(), address.to_string(), since.into());
        Self { name, address, presence, since, is_muted }
    }
}

/// Whether a client is online.
#[derive(Serialize, JsonSchema, Debug)]
#[serde(rename_all = "snake_case")]
enum Presence {
    Online,
    Offline,
}

impl From<Notice> for Content {
    #[expect(clippy::too_many_lines, reason = "one match for all, so that none can be forgotten")]
    fn from(notice: Notice) -> Self {
        match notice {
            Notice::Welcome => Self::Welcome,
            Notice::WelcomeBack => Self::WelcomeBack,
            Notice::AlreadyLoggedIn => Self::AlreadyLoggedIn,
            Notice::TableUpdated => Self::TableUpdated,
            Notice::Direct { from, body } => Self::Direct { from: from.into(), text: body },
            Notice::Received { by } => Self::Received { by: by.into() },
            Notice::NoAcknowledgement { by } => Self::NoAcknowledgement { by: by.into() },
            Notice::Saved { at } => Self::Saved { sent_at: at.into() },
            Notice::Exists(name) => Self::Exists { name: name.into() },
            Notice::NoSuchUser => Self::NoSuchUser,
            Notice::NotKnownHere(name) => Self::NotKnownHere { name: name.into() },
            Notice::Deregistered => Self::Deregistered,
            Notice::Kicked => Self::Kicked,
            Notice::IncorrectName => Self::IncorrectName,
            Notice::Offline => Self::Offline,
            Notice::KeptMessages => Self::KeptMessages,
            Notice::Kept(kept) => Self::Kept {
                from: kept.from.into(),
                group: kept.group.map(Name::from),
                sent_at: kept.text.at.into(),
                text: kept.text.body,
            },
            Notice::Receipt(Receipt { at, by, fate, .. }) => {
                Self::Receipt { sent_at: at.into(), by: by.into(), fate: fate.into() }
            }
            Notice::GroupCreated(group) => Self::GroupCreated { group: group.into() },
            Notice::GroupExists(group) => Self::GroupExists { group: group.into() },
            Notice::Groups(groups) => Self::Groups { groups: names(groups) },
            Notice::NoListInGroup => Self::NoListInGroup,
            Notice::GroupEntered(group) => Self::GroupEntered { group: group.into() },
            Notice::NoSuchGroup(group) => Self::NoSuchGroup { group: group.into() },
            Notice::AlreadyInGroup => Self::AlreadyInGroup,
            Notice::AlreadyInGroupRoom => Self::AlreadyInGroupRoom,
            Notice::GroupMessageTaken => Self::GroupMessageTaken,
            Notice::Group { from, body } => Self::Group { from: from.into(), text: body },
            Notice::Users { users, is_excerpt } => {
                Self::Users { users: users.into_iter().map(User::from).collect(), is_excerpt }
            }
            Notice::User(user) => Self::User { user: (*user).into() },
            Notice::NotInGroup => Self::NotInGroup,
            Notice::NoGroupToLeave => Self::NoGroupToLeave,
            Notice::Members { group, members } => {
                Self::Members { group: group.into(), members: names(members) }
            }
            Notice::GroupLeft(group) => Self::GroupLeft { group: group.into() },
            Notice::GroupLost(group) => Self::GroupLost { group: group.into() },
            Notice::Retrying(tries) => Self::Retrying { tries },
            Notice::Recalling => Self::Recalling,
            Notice::Resuming(count) => Self::Resuming { count },
            Notice::Undelivered(group) => Self::Undelivered { group: group.into() },
            Notice::ServerSilent => Self::ServerSilent,
            Notice::OtherVersion { server } => Self::OtherVersion { server, own: WIRE_VERSION },
            Notice::Exiting => Self::Exiting,
            Notice::InvalidCommand => Self::InvalidCommand,
            Notice::Full(bound) => Self::Full { bound: bound.into() },
            Notice::OutboxFull(to) => Self::OutboxFull { to: to.into() },
            Notice::History { found: Found { entries, is_more, is_damaged }, .. } => {
                let messages = entries.into_iter().map(Entry::from).collect();
                Self::History { messages, is_more, is_damaged }
            }
            Notice::NoHistory => Self::NoHistory,
            Notice::Pending(pending) => Self::Pending { messages: PendingMessage::list(pending) },
            Notice::Cancelled { n, to } => Self::Cancelled { number: n, to: to.into() },
            Notice::UnderWay(number) => Self::UnderWay { number },
            Notice::TooLate(number) => Self::TooLate { number },
            Notice::NothingToCancel(number) => Self::NothingToCancel { number },
            Notice::Muted(name) => Self::Muted { name: name.into() },
            Notice::Unmuted { name, hidden } => Self::Unmuted { name: name.into(), hidden },
            Notice::NotMuted(name) => Self::NotMuted { name: name.into() },
            Notice::TooManyCommands => Self::TooManyCommands,
        }
    }
}
