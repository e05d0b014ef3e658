//! The commands of an operator, and what the server shows.

use super::stats::Stats;
use crate::protocol::{ClientName, GroupName, Row, Timestamp};

/// A command of the operator.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Command {
    /// Show all registered clients.
    Users,
    /// Show all groups with their members.
    Groups,
    /// Kick a client, until its user returns.
    Kick(ClientName),
    /// Show the server's counters.
    Stats,
    /// End the server.
    Shutdown,
}

/// A registered client.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct UserInfo {
    /// Its name, its address, and whether it is online for the others.
    pub row: Row,
    /// Since when it is online or offline, or the start of the server if that was later.
    pub since: Timestamp,
    /// The group that it is in.
    pub group: Option<GroupName>,
    /// Whether it was kicked and has not returned.
    pub is_kicked: bool,
}

/// A group and its members, in the order in which they joined.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GroupInfo {
    /// Which group.
    pub group: GroupName,
    /// Its members.
    pub members: Vec<ClientName>,
}

/// What the server's screen shows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Notice {
    /// A request was handled; the server waits for the next one.
    Listening,
    /// The register table changed.
    TableUpdated,
    /// A request was answered.
    Answered,
    /// A message was kept, and its author answered.
    SaveAnswered,
    /// A name is in use by a client that is online; the new one was refused.
    DuplicateLogin,
    /// A client asked for the groups.
    GroupsRequested {
        /// Who asked.
        by: ClientName,
        /// What it was answered.
        groups: Vec<GroupName>,
    },
    /// A client joined a group.
    Joined {
        /// Who.
        client: ClientName,
        /// Which group.
        group: GroupName,
        /// All groups afterwards.
        groups: Vec<GroupInfo>,
    },
    /// A client wanted to join a group that does not exist.
    JoinFailed {
        /// Who.
        client: ClientName,
        /// Which group.
        group: GroupName,
    },
    /// A client wrote to its group.
    GroupMessage {
        /// Who.
        from: ClientName,
        /// Which group.
        group: GroupName,
        /// What.
        body: String,
    },
    /// A member did not take a group message.
    MemberRemoved {
        /// Who.
        client: ClientName,
        /// Which group.
        group: GroupName,
    },
    /// A client asked for the members of its group.
    MembersRequested {
        /// Who asked.
        by: ClientName,
        /// Which group.
        group: GroupName,
        /// What it was answered.
        members: Vec<ClientName>,
    },
    /// A client left its group.
    Left {
        /// Who.
        client: ClientName,
        /// Which group.
        group: GroupName,
        /// All groups afterwards.
        groups: Vec<GroupInfo>,
    },
    /// All registered clients, in the order of their names.
    Users(Vec<UserInfo>),
    /// All groups, in the order in which they were created.
    Groups(Vec<GroupInfo>),
    /// A client was kicked.
    Kicked(ClientName),
    /// No client is registered under the name that was to be kicked.
    NoSuchUser,
    /// The server's counters.
    Stats(Box<Stats>),
}
