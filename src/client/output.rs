//! What the client asks of whoever drives it.

use super::words::{CommandNumber, Ending, Notice};
use crate::protocol::{Address, Fact, GroupName, MessageId};
use crate::records::{Change, Query, Ticket};

/// What the client asks its driver to do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Output {
    /// Send a datagram.
    Transmit {
        /// To whom.
        to: Address,
        /// Its bytes.
        bytes: Vec<u8>,
    },
    /// Tell the person something.
    Notice {
        /// The group that the client was in when this came up.
        group: Option<GroupName>,
        /// What to tell.
        notice: Notice,
        /// The command that it answers, or refuses.
        answers: Option<CommandNumber>,
    },
    /// A command is done with: said once of each, behind all notices that answer it.
    Done {
        /// Which one.
        command: CommandNumber,
        /// Whether it did what it was to do; a message of which the server has said that it keeps
        /// it has got where it was to go.
        success: bool,
    },
    /// Store changes, all of them or none, then call [`handle_stored`](super::Client::handle_stored).
    Store {
        /// Names this batch.
        ticket: Ticket,
        /// What to store, in this order.
        changes: Vec<Change>,
    },
    /// Remember at once that what has arrived up to this number was told.
    Shown {
        /// The number.
        number: u64,
        /// Where it was kept meanwhile.
        slot: u32,
    },
    /// Look up what was said, then call [`handle_found`](super::Client::handle_found).
    Recall(Query),
    /// Tell whoever checks.
    Fact(Fact),
    /// End the program.
    Exit(Ending),
}

impl Output {
    /// Tells the message that a fact is about, if it is such a fact.
    pub(super) fn message(&self, is_such: impl Fn(Fact) -> bool) -> Option<MessageId> {
        match self {
            Self::Fact(fact) if is_such(*fact) => fact.message(),
            _ => None,
        }
    }
}
