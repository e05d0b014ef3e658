//! The commands of a user, and the notices that the client shows.

use crate::protocol::{
    Audience, Bound, ClientName, GroupName, KeptText, Receipt, Row, Text, Timestamp,
};
use crate::records::{Found, Query, State};

/// The number of a command of a client: the first is 1.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct CommandNumber(pub u64);

/// A command of the user.
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
        /// Must be the client's own name; `None` is a text that is not a valid name.
        name: Option<ClientName>,
    },
    /// Create a group.
    CreateGroup(GroupName),
    /// Ask for all groups.
    ListGroups,
    /// Join a group.
    JoinGroup(GroupName),
    /// Write to the group.
    SendAll(String),
    /// Ask for the group's members.
    ListMembers,
    /// Leave the group.
    LeaveGroup,
    /// List all registered users.
    ListUsers,
    /// Show what is known about a user.
    Whois(ClientName),
    /// Search the history.
    Recall(Query),
    /// List the messages that are not delivered yet.
    Pending,
    /// Take back one of those, by its place in the list, counted from 1.
    Cancel(usize),
    /// Hide a user's messages.
    Mute(ClientName),
    /// Show a user's messages again.
    Unmute(ClientName),
    /// Deregister and end the program.
    Exit,
}

/// A registered user.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct User {
    /// Their name, address and presence.
    pub row: Row,
    /// Since when they are online or offline: the time when this client learned of it.
    pub since: Timestamp,
    /// Whether their messages are hidden.
    pub is_muted: bool,
}

/// A message that is not delivered yet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pending {
    /// For whom.
    pub to: Audience,
    /// The message.
    pub text: Text,
    /// [`State::Waiting`] if it waits here, [`State::Saved`] if the server keeps it.
    pub state: State,
}

/// How a client ends: `Ok` if it was asked to leave.
pub type Ending = Result<(), Failure>;

/// Why a client has failed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Failure {
    /// Another client that is online has its name.
    NameInUse,
    /// The server has no room for it.
    ServerFull,
    /// The server does not answer.
    ServerSilent,
    /// The server speaks this other version of the wire format.
    OtherVersion(u8),
}

/// A notice that the user is shown.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Notice {
    /// The first registration was accepted.
    Welcome,
    /// A registration was accepted under a name that the server knew.
    WelcomeBack,
    /// Another client that is online has this client's name.
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
    /// A peer that seemed to be offline is online after all, and has the message.
    Exists(ClientName),
    /// No client has that name.
    NoSuchUser,
    /// Nothing is known here about a name that may be registered: the table is too large to be
    /// broadcast.
    NotKnownHere(ClientName),
    /// The server has kicked the client.
    Kicked,
    /// The client is offline now, as asked.
    Deregistered,
    /// The name to deregister is not the client's own.
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
    /// The client is in the group.
    GroupEntered(GroupName),
    /// There is no such group.
    NoSuchGroup(GroupName),
    /// The client is in a group, and cannot join another.
    AlreadyInGroup,
    /// The client is in a group, and cannot create another.
    AlreadyInGroupRoom,
    /// The server has the group message, and delivers it.
    GroupMessageTaken,
    /// A group message.
    Group {
        /// Its author.
        from: ClientName,
        /// Its text.
        body: String,
    },
    /// All registered users, as far as this client knows, in the order of their names.
    Users {
        /// Who.
        users: Vec<User>,
        /// Whether there may be more: the table is too large to be broadcast.
        is_excerpt: bool,
    },
    /// The user that was asked for.
    User(Box<User>),
    /// That needs a group.
    NotInGroup,
    /// There is no group to leave.
    NoGroupToLeave,
    /// All members of the group.
    Members {
        /// Which group.
        group: GroupName,
        /// Its members in the order in which they joined.
        members: Vec<ClientName>,
    },
    /// The client has left the group, as asked.
    GroupLeft(GroupName),
    /// The client is no longer in the group, because it was offline for too long.
    GroupLost(GroupName),
    /// The request is sent again for the n-th time.
    Retrying(u32),
    /// What follows arrived in the last session, which ended before it was marked as shown.
    Recalling,
    /// This number of messages of the last session are delivered now.
    Resuming(usize),
    /// A message to a group was not delivered: the client is not a member of it any more.
    Undelivered(GroupName),
    /// The server does not answer.
    ServerSilent,
    /// The server speaks another version of the wire format: nothing can be asked of it. Comes once
    /// in a session.
    OtherVersion {
        /// The server's version.
        server: u8,
    },
    /// The program ends.
    Exiting,
    /// The command is not possible in the current mode.
    InvalidCommand,
    /// A bound of the server was reached: nothing was done. A message waits here until there is
    /// room.
    Full(Bound),
    /// Too many messages to this person or group wait here; this one was not accepted.
    OutboxFull(Audience),
    /// What was found in the history.
    History {
        /// What was asked.
        query: Box<Query>,
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
    /// A message is being sent, and it is not known whether a receiver has it: its place in the
    /// list.
    UnderWay(usize),
    /// A message is with its receiver already: its place in the list.
    TooLate(usize),
    /// No message was listed at this place.
    NothingToCancel(usize),
    /// A user's messages are hidden from now on.
    Muted(ClientName),
    /// A user's messages are shown again.
    Unmuted {
        /// Who.
        name: ClientName,
        /// How many messages were hidden in this session.
        hidden: u64,
    },
    /// A user's messages were not hidden.
    NotMuted(ClientName),
    /// Too many commands wait for an answer; this one was not accepted.
    TooManyCommands,
}

/// What a notice means to the command that is being answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Bearing {
    /// It is an answer, or shows the progress of one.
    Answer,
    /// It explains why the command was not done.
    Refusal,
    /// It is about something else.
    News,
}

impl Notice {
    /// Returns what the notice means to the command that is being answered.
    pub const fn bearing(&self) -> Bearing {
        match self {
            Self::Welcome
            | Self::WelcomeBack
            | Self::Received { .. }
            | Self::NoAcknowledgement { .. }
            | Self::Saved { .. }
            | Self::Exists(_)
            | Self::Deregistered
            | Self::GroupCreated(_)
            | Self::Groups(_)
            | Self::GroupEntered(_)
            | Self::GroupMessageTaken
            | Self::Users { .. }
            | Self::User(_)
            | Self::Members { .. }
            | Self::GroupLeft(_)
            | Self::History { .. }
            | Self::Pending(_)
            | Self::Cancelled { .. }
            | Self::Muted(_)
            | Self::Unmuted { .. }
            | Self::Retrying(_)
            | Self::Exiting => Bearing::Answer,
            Self::AlreadyLoggedIn
            | Self::NoSuchUser
            | Self::NotKnownHere(_)
            | Self::IncorrectName
            | Self::Offline
            | Self::GroupExists(_)
            | Self::NoListInGroup
            | Self::NoSuchGroup(_)
            | Self::AlreadyInGroup
            | Self::AlreadyInGroupRoom
            | Self::NotInGroup
            | Self::NoGroupToLeave
            | Self::Undelivered(_)
            | Self::ServerSilent
            | Self::OtherVersion { .. }
            | Self::InvalidCommand
            // The message is not lost, but it did not get anywhere either.
            | Self::Full(_)
            | Self::OutboxFull(_)
            | Self::NoHistory
            | Self::UnderWay(_)
            | Self::TooLate(_)
            | Self::NothingToCancel(_)
            | Self::NotMuted(_)
            | Self::TooManyCommands => Bearing::Refusal,
            Self::TableUpdated
            | Self::Direct { .. }
            | Self::Group { .. }
            | Self::KeptMessages
            | Self::Kept(_)
            | Self::Receipt(_)
            | Self::GroupLost(_)
            | Self::Kicked
            | Self::Recalling
            | Self::Resuming(_) => Bearing::News,
        }
    }
}

#[cfg(test)]
impl Notice {
    /// Returns at least one of each notice.
    #[expect(clippy::too_many_lines, reason = "it is a list")]
    pub(crate) fn examples() -> Vec<Self> {
        use crate::protocol::{Address, Fate, Presence};
        use crate::records::Entry;

        let text = || Text { number: 1, at: Timestamp::from_micros(0), body: "hi".to_owned() };
        let (name, group) = ("c2".parse().unwrap(), "g".parse().unwrap());
        let (at, body) = (Timestamp::from_micros(0), "hi".to_owned());
        let address = Address::new("127.0.0.1:1".parse().unwrap());
        let user = |presence, is_muted| User {
            row: Row::new(name, address, presence),
            since: at,
            is_muted,
        };
        let receipt = |fate| Self::Receipt(Receipt { number: 1, at, by: name, fate });
        let kept = |group| Self::Kept(Box::new(KeptText { from: name, group, text: text() }));
        let states = [
            State::Arrived,
            State::Waiting,
            State::Saved,
            State::Taken,
            State::Delivered,
            State::Expired,
            State::Refused,
            State::Cancelled,
        ];
        let with = Audience::Group(group);
        let entry = |state| Entry { number: 1, with, from: name, text: text(), state };
        let entries: Vec<_> = states.into_iter().map(entry).collect();
        let bounds = [
            Bound::Clients,
            Bound::Groups,
            Bound::Members,
            Bound::Mailbox,
            Bound::Sender,
            Bound::Store,
        ];
        let mut notices = vec![
            Self::Welcome,
            Self::WelcomeBack,
            Self::AlreadyLoggedIn,
            Self::TableUpdated,
            Self::Direct { from: name, body: body.clone() },
            Self::Received { by: name },
            Self::NoAcknowledgement { by: name },
            Self::Saved { at },
            Self::Exists(name),
            Self::NoSuchUser,
            Self::NotKnownHere(name),
            Self::Deregistered,
            Self::Kicked,
            Self::IncorrectName,
            Self::Offline,
            Self::KeptMessages,
            kept(None),
            kept(Some(group)),
            receipt(Fate::Delivered),
            receipt(Fate::Expired),
            receipt(Fate::Withdrawn),
            Self::GroupCreated(group),
            Self::GroupExists(group),
            Self::Groups(vec![group]),
            Self::NoListInGroup,
            Self::GroupEntered(group),
            Self::NoSuchGroup(group),
            Self::AlreadyInGroup,
            Self::AlreadyInGroupRoom,
            Self::GroupMessageTaken,
            Self::Group { from: name, body },
            Self::Users { users: vec![user(Presence::Offline, true)], is_excerpt: true },
            Self::User(Box::new(user(Presence::Online, false))),
            Self::NotInGroup,
            Self::NoGroupToLeave,
            Self::Members { group, members: vec![name] },
            Self::GroupLeft(group),
            Self::GroupLost(group),
            Self::Retrying(1),
            Self::Recalling,
            Self::Resuming(2),
            Self::Undelivered(group),
            Self::ServerSilent,
            Self::OtherVersion { server: 2 },
            Self::Exiting,
            Self::InvalidCommand,
            Self::OutboxFull(Audience::Person(name)),
            Self::History {
                query: Box::new(Query { with: None, words: None, count: 20 }),
                found: Found { entries, is_more: true, is_damaged: false },
            },
            Self::NoHistory,
            Self::Pending(vec![Pending { to: with, text: text(), state: State::Saved }]),
            Self::Cancelled { n: 1, to: with },
            Self::UnderWay(1),
            Self::TooLate(1),
            Self::NothingToCancel(1),
            Self::Muted(name),
            Self::Unmuted { name, hidden: 3 },
            Self::NotMuted(name),
            Self::TooManyCommands,
        ];
        notices.extend(bounds.map(Self::Full));
        notices
    }
}
