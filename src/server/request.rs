//! What clients ask, sorted by what it takes to answer it.

use crate::protocol::{
    Address, ClientName, GroupName, Initiative, Request, RequestId, TableVersion, Text,
};

/// A registered client that asks for something.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Caller {
    pub(super) name: ClientName,
    pub(super) address: Address,
    pub(super) request: RequestId,
}

/// A request to be registered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Connect {
    pub(super) name: ClientName,
    /// Where the request came from.
    pub(super) address: Address,
    pub(super) request: RequestId,
    /// The table that the client holds already.
    pub(super) known: Option<TableVersion>,
    pub(super) initiative: Initiative,
}

/// A [`Request`], by who may make it.
#[derive(Debug)]
pub(super) enum Asked {
    /// Anybody: to be registered.
    Connect { name: ClientName, known: Option<TableVersion>, initiative: Initiative },
    /// A registered client.
    Client(ClientRequest),
    /// A registered client, about groups.
    Group(GroupRequest),
}

/// A request that a client may repeat: doing it twice is the same as doing it once.
#[derive(Debug)]
pub(super) enum ClientRequest {
    Dereg,
    Leave,
    Refresh { known: Option<TableVersion> },
    Save { to: ClientName, text: Text },
    Withdraw { to: ClientName, number: u64 },
}

/// A request about groups. One that is repeated is answered as before, not done again.
#[derive(Debug)]
pub(super) enum GroupRequest {
    Create(GroupName),
    List,
    Join(GroupName),
    ListMembers,
    Leave,
    Send { group: GroupName, text: Text },
}

impl From<Request> for Asked {
    fn from(request: Request) -> Self {
        match request {
            Request::Connect { name, known, initiative } => {
                Self::Connect { name, known, initiative }
            }
            Request::Dereg => Self::Client(ClientRequest::Dereg),
            Request::Leave => Self::Client(ClientRequest::Leave),
            Request::Refresh { known } => Self::Client(ClientRequest::Refresh { known }),
            Request::Save { to, text } => Self::Client(ClientRequest::Save { to, text }),
            Request::Withdraw { to, number } => {
                Self::Client(ClientRequest::Withdraw { to, number })
            }
            Request::CreateGroup(group) => Self::Group(GroupRequest::Create(group)),
            Request::ListGroups => Self::Group(GroupRequest::List),
            Request::JoinGroup(group) => Self::Group(GroupRequest::Join(group)),
            Request::ListMembers => Self::Group(GroupRequest::ListMembers),
            Request::LeaveGroup => Self::Group(GroupRequest::Leave),
            Request::SendAll { group, text } => Self::Group(GroupRequest::Send { group, text }),
        }
    }
}
