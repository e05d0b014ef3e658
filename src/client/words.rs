//! What a person asks of the client, and what the client tells.

use crate::protocol::{
    Audience, Bound, ClientName, GroupName, KeptText, Outcome, Receipt, Row, Text, Timestamp,
};
use crate::records::{Found, Query, State};

/// Names a command of a client: the first is 1.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct CommandNumber(pub u64);

/// What a person asks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Command {
    /// Register, or return.
    Register,
    /// Write to a person.
    Send {
        /// To whom.
        to: ClientName,
        /// The text as typed.
        body: String,
    },
    /// Go offline.
    Dereg {
        /// Must be one's own name; `None` is a text that is no name at all.
        name: Option<ClientName>,
    },
    /// Make a group.
    CreateGroup(GroupName),
    /// Ask for all groups.
    ListGroups,
    /// Enter a group.
    JoinGroup(GroupName),
    /// Write to the group.
    SendAll(String),
    /// Ask for the group's members.
    ListMembers,
    /// Leave the group.
    LeaveGroup,
    /// Show everybody who is registered.
    ListUsers,
    /// Show somebody.
    Whois(ClientName),
    /// Look up what was said.
    Recall(Query),
    /// List the messages that are not delivered yet.
    Pending,
    /// Take back one of those, by its place in the list, counted from 1.
    Cancel(usize),
    /// Hide what somebody writes.
    Mute(ClientName),
    /// Show again what somebody writes.
    Unmute(ClientName),
    /// Leave politely and end the program.
    Exit,
}

/// Somebody who is registered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct User {
    /// Who, where, and whether they are there.
    pub row: Row,
    /// Since when they are online or away: when this client learned of it.
    pub since: Timestamp,
    /// Whether what they write is hidden.
    pub is_muted: bool,
}

/// A message that is not delivered yet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pending {
    /// For whom.
    pub to: Audience,
    /// The message.
    pub text: Text,
    /// Whether it waits here, or the server keeps it.
    pub state: State,
}

/// How a client ends: it was asked to leave, or could not go on.
pub type Ending = Result<(), Failure>;

/// Why a client cannot go on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Failure {
    /// Somebody alive has its name.
    NameInUse,
    /// The server has no room for it.
    ServerFull,
    /// The server does not answer.
    ServerSilent,
}

impl From<Ending> for Outcome {
    fn from(ending: Ending) -> Self {
        if ending.is_ok() { Self::Left } else { Self::Failed }
    }
}

/// What a person is told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Notice {
    /// The first registration was accepted.
    Welcome,
    /// The server knew us: we are back.
    WelcomeBack,
    /// Somebody alive has our name.
    AlreadyLoggedIn,
    /// The register table changed.
    TableUpdated,
    /// A direct message.
    Direct {
        /// Its author.
        from: ClientName,
        /// Its text.
        body: String,
    },
    /// A direct message was acknowledged.
    Received {
        /// Who has it.
        by: ClientName,
    },
    /// An online peer did not acknowledge; the message goes to the server.
    NoAcknowledgement {
        /// Who did not.
        by: ClientName,
    },
    /// The server keeps a message.
    Saved {
        /// When it was sent.
        at: Timestamp,
    },
    /// A peer that seemed to be away is there after all.
    Exists(ClientName),
    /// Nobody has that name.
    NoSuchUser,
    /// Nothing is known here of somebody who may be registered: the table is too large to be told.
    NotKnownHere(ClientName),
    /// The server has put us out of the chat.
    Kicked,
    /// We are offline now, as asked.
    Deregistered,
    /// The name to deregister is not ours.
    IncorrectName,
    /// That needs a registration first.
    Offline,
    /// Kept messages follow.
    KeptMessages,
    /// A kept message.
    Kept(Box<KeptText>),
    /// What became of a message that the server kept.
    Receipt(Receipt),
    /// The group exists now.
    GroupCreated(GroupName),
    /// The group existed before.
    GroupExists(GroupName),
    /// All groups.
    Groups(Vec<GroupName>),
    /// Groups cannot be listed from inside one.
    NoListInGroup,
    /// We are in.
    GroupEntered(GroupName),
    /// There is no such group.
    NoSuchGroup(GroupName),
    /// We are in a group, and cannot enter another.
    AlreadyInGroup,
    /// We are in a group, and cannot make another.
    AlreadyInGroupRoom,
    /// The server has our group message.
    GroupMessageTaken,
    /// A group message.
    Group {
        /// Its author.
        from: ClientName,
        /// Its text.
        body: String,
    },
    /// Everybody who is registered, as far as this client knows, in the order of their names.
    Users {
        /// Who.
        users: Vec<User>,
        /// Whether there may be more: the table is too large to be told.
        is_excerpt: bool,
    },
    /// Somebody who was asked for.
    User(User),
    /// That needs a group.
    NotInGroup,
    /// There is no group to leave.
    NoGroupToLeave,
    /// All members of the group.
    Members {
        /// Which group.
        group: GroupName,
        /// Its members in the order of their coming.
        members: Vec<ClientName>,
    },
    /// We are out of the group.
    GroupLeft(GroupName),
    /// We are out of the group, since we were away.
    GroupLost(GroupName),
    /// The n-th visible try.
    Retrying(u32),
    /// What follows arrived in the last run, which ended before it was known that it was told.
    Recalling,
    /// So many messages of the last run are delivered now.
    Resuming(usize),
    /// A message of ours to a group was not delivered: we are no member of it any more.
    Undelivered(GroupName),
    /// All tries are spent.
    ServerSilent,
    /// The program ends.
    Exiting,
    /// That is no command in the present mode.
    InvalidCommand,
    /// A bound of the server was reached; nothing was done, and a message waits here.
    Full(Bound),
    /// Too many messages to this person or group wait here; this one was not taken.
    OutboxFull(Audience),
    /// What was found in the history.
    History {
        /// What was asked.
        query: Query,
        /// The answer.
        found: Found,
    },
    /// This client keeps no history.
    NoHistory,
    /// All messages that are not delivered yet.
    Pending(Vec<Pending>),
    /// A message was taken back.
    Cancelled {
        /// Its place in the list.
        n: usize,
        /// For whom it was.
        to: Audience,
    },
    /// A message is on its way, and it is not known whether somebody has it: its place in the list.
    UnderWay(usize),
    /// A message is with its receiver already: its place in the list.
    TooLate(usize),
    /// No message was listed at this place.
    NothingToCancel(usize),
    /// What somebody writes is hidden from now on.
    Muted(ClientName),
    /// What somebody writes is shown again.
    Unmuted {
        /// Who.
        name: ClientName,
        /// How many messages were hidden in this run.
        hidden: u64,
    },
    /// What somebody writes was not hidden.
    NotMuted(ClientName),
    /// Too many commands wait for an answer; this one was not taken.
    TooManyCommands,
}
