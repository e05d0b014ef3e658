//! The senders of requests.

use crate::protocol::{Address, ClientName, Initiative, RequestId, TableVersion};

/// A registered client that has sent a request.
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
