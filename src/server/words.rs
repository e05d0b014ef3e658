//! What the server tells its operator.

use crate::protocol::{ClientName, GroupName};

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
}
