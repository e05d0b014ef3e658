//! What the server tells its operator.

use super::stats::Stats;
use crate::protocol::{ClientName, GroupName, Row, Timestamp};

/// What an operator asks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Command {
    /// Show everybody who is registered.
    Users,
    /// Show all groups with their members.
    Groups,
    /// Put a client out of the chat, until its person returns.
    Kick(ClientName),
    /// Show what the server has counted.
    Stats,
    /// End the server.
    Shutdown,
}

/// Somebody who is registered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct UserInfo {
    /// Who, where, and whether they are there for the others.
    pub row: Row,
    /// Since when they are online or away; the server may have restarted since.
    pub since: Timestamp,
    /// The group that they are in.
    pub group: Option<GroupName>,
    /// Whether they were kicked and have not returned.
    pub is_kicked: bool,
}

/// A group and its members, in the order of their coming.
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
    /// A request has been dealt with; the server waits for the next one.
    Listening,
    /// The register table changed.
    TableUpdated,
    /// A request was answered.
    Answered,
    /// A message was kept, and its sender told so.
    SaveAnswered,
    /// A name is in use by somebody alive; the newcomer was refused.
    DuplicateLogin,
    /// A client asked for the groups.
    GroupsRequested {
        /// Who asked.
        by: ClientName,
        /// What it was told.
        groups: Vec<GroupName>,
    },
    /// A client entered a group.
    Joined {
        /// Who.
        client: ClientName,
        /// Which group.
        group: GroupName,
        /// All groups afterwards.
        groups: Vec<GroupInfo>,
    },
    /// A client wanted to enter a group that does not exist.
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
        /// What it was told.
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
    /// Everybody who is registered, in the order of their names.
    Users(Vec<UserInfo>),
    /// All groups, in the order of their making.
    Groups(Vec<GroupInfo>),
    /// A client was put out of the chat.
    Kicked(ClientName),
    /// Nobody is registered under the name that was to be put out.
    NoSuchUser,
    /// What the server has counted.
    Stats(Box<Stats>),
}
