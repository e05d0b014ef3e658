//! The form of what is told to programs. The types are the schema; their docs stand in it.

use schemars::JsonSchema;
use serde::Serialize;

use super::command::Id;
use super::messages::{Entry, PendingMessage};
use super::values::{At, Audience, Bound, Command, Fate, Name, Reason, User, names};
use crate::client::Notice;
use crate::protocol::Receipt;
use crate::protocol::codec::WIRE_VERSION;
use crate::records::Found;

/// What `chatapp client --json` writes: one such object a line.
///
/// Kinds and keys may be added without a new version: leave alone what you do not know.
#[derive(Serialize, JsonSchema, Debug)]
#[schemars(rename = "Notice")]
pub(super) struct Object {
    /// The version of this form.
    #[schemars(extend("const" = super::NOTICES_VERSION))]
    pub(super) v: u32,
    /// When the program came to know it.
    pub(super) at: At,
    /// The group that the client is in, if it is in one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) in_group: Option<Name>,
    /// The `id` of the command that this answers, if it had one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<Id>,
    #[serde(flatten)]
    pub(super) content: Content,
}

/// What is told.
#[derive(Serialize, JsonSchema, Debug)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum Content {
    /// The client is registered, under a new name.
    Welcome,
    /// The client is registered, under a name that the server knows.
    WelcomeBack,
    /// Somebody alive has the name.
    AlreadyLoggedIn,
    /// Who is registered, or where, has changed.
    TableUpdated,
    /// Somebody has sent a message to this client.
    Direct { from: Name, text: String },
    /// The receiver of a message has it.
    Received { by: Name },
    /// The receiver did not answer: the message goes to the server.
    NoAcknowledgement { by: Name },
    /// The server keeps the message that was sent at this time.
    Saved { sent_at: At },
    /// Somebody who seemed to be away is there.
    Exists { name: Name },
    /// Nobody has this name.
    NoSuchUser,
    /// Nothing is known here of somebody who may be registered.
    NotKnownHere { name: Name },
    /// The client is offline, as it was asked to be.
    Deregistered,
    /// The client is offline, since whoever runs the server has put it out.
    Kicked,
    /// The name to deregister is not this client's.
    IncorrectName,
    /// That needs a registration first.
    Offline,
    /// Messages follow that were kept while the client was away.
    KeptMessages,
    /// A message that was kept: one to a group, if it names one.
    Kept {
        from: Name,
        #[serde(skip_serializing_if = "Option::is_none")]
        group: Option<Name>,
        sent_at: At,
        text: String,
    },
    /// What became of the message that was sent at this time, and that the server has kept.
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
    /// The client is in a group, and cannot enter another.
    AlreadyInGroup,
    /// The client is in a group, and cannot make another.
    AlreadyInGroupRoom,
    /// The server has the message to the group.
    GroupMessageTaken,
    /// Somebody has sent a message to the group that the client is in.
    Group { from: Name, text: String },
    /// Everybody who is registered; others may be, if this is an excerpt.
    Users { users: Vec<User>, is_excerpt: bool },
    /// Somebody who was asked for.
    User { user: User },
    /// That needs a group.
    NotInGroup,
    /// There is no group to leave.
    NoGroupToLeave,
    /// The members of the group.
    Members { group: Name, members: Vec<Name> },
    /// The client has left the group.
    GroupLeft { group: Name },
    /// The client is no member of the group any more, since it was away.
    GroupLost { group: Name },
    /// The server has not answered so many tries.
    Retrying { tries: u32 },
    /// What follows has arrived in the last run, which may not have told it.
    Recalling,
    /// So many messages of the last run are sent now.
    Resuming { count: usize },
    /// A message to the group was not sent: the client is no member any more.
    Undelivered { group: Name },
    /// The server does not answer.
    ServerSilent,
    /// The server speaks this version of the protocol, and this program another: the one with the
    /// lower number has to be updated.
    OtherVersion { server: u8, own: u8 },
    /// The client leaves.
    Exiting,
    /// That is no command where the client is.
    InvalidCommand,
    /// The server has no room; a message waits here until it has.
    Full { bound: Bound },
    /// Too many messages wait here for the same receiver: this one was not taken.
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
    /// The messages that are not delivered yet; each has the number of its place, from 1.
    Pending { messages: Vec<PendingMessage> },
    /// The message was taken back.
    Cancelled { number: usize, to: Audience },
    /// The message is on its way, and cannot be taken back now.
    UnderWay { number: usize },
    /// The message is with its receiver already.
    TooLate { number: usize },
    /// No message has this number.
    NothingToCancel { number: usize },
    /// What somebody writes is hidden from now on.
    Muted { name: Name },
    /// What somebody writes is shown again; so many messages were hidden in this run.
    Unmuted { name: Name, hidden: u64 },
    /// What somebody writes was not hidden.
    NotMuted { name: Name },
    /// Too many commands wait for their answers: this one was not taken.
    TooManyCommands,
    /// The line that was handed in is no command.
    InvalidLine {
        /// What is wrong with it.
        problem: String,
        /// What would be right.
        cure: String,
    },
    /// The commands that there are, or the one that was asked for.
    Help { commands: Vec<Command> },
    /// Whether times are shown to people; every object has its own.
    Times { are_shown: bool },
    /// A line that was handed in is done with: said once of each, behind all that answers it.
    Done {
        /// Whether it did what it is for.
        success: bool,
        /// Why not, in words for people.
        #[serde(skip_serializing_if = "Option::is_none")]
        problem: Option<String>,
    },
    /// What a script has said with `echo`.
    Echo { text: String },
    /// So many lines were not written, since they were not read fast enough.
    LinesDropped { count: usize },
    /// The chat has ended; nothing follows.
    Ended {
        /// Whether the client has left as it was asked to.
        success: bool,
        /// Why not.
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<Reason>,
    },
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
            Notice::User(user) => Self::User { user: user.into() },
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
