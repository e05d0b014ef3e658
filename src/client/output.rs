//! What the client asks its driver to do.

use super::words::{CommandNumber, Ending, Notice};
use crate::protocol::{Address, Fact, GroupName};
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
    /// Show the user a notice.
    Notice {
        /// The group that the client was in when this came up.
        group: Option<GroupName>,
        /// The notice.
        notice: Notice,
        /// The command that it answers, or refuses.
        answers: Option<CommandNumber>,
    },
    /// A command is finished: comes once for each, after all notices that answer it.
    Done {
        /// Which one.
        command: CommandNumber,
        /// Whether it did what was asked. A message counts as sent when its receiver has it or the
        /// server keeps it.
        success: bool,
    },
    /// Store changes, all of them or none, then call [`handle_stored`](super::Client::handle_stored).
    Store {
        /// Names this batch.
        ticket: Ticket,
        /// What to store, in this order.
        changes: Vec<Change>,
    },
    /// Remember at once that everything that has arrived up to this number was shown.
    Shown {
        /// The number.
        number: u64,
        /// The slot of storage that it was recorded in.
        slot: u32,
    },
    /// Search the history, then call [`handle_found`](super::Client::handle_found).
    Recall(Query),
    /// Pass a fact on to the checkers.
    Fact(Fact),
    /// End the program.
    Exit(Ending),
}

// Outputs are moved several times on their way out. Larger ones are copied by a call.
const _: () = assert!(size_of::<Output>() <= 128, "box what is large and rare");
