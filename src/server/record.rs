//! What the server keeps: each change that must survive it.

use crate::protocol::{Address, ClientName, GroupName, KeptText, Receipt};

/// One change of what the server keeps. Applied in their order, records rebuild it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Record {
    /// A name was registered, or its owner moved.
    Registered {
        /// Who.
        name: ClientName,
        /// Where.
        address: Address,
    },
    /// A group was made.
    GroupCreated(GroupName),
    /// A client entered a group.
    Joined {
        /// Who.
        client: ClientName,
        /// Which group.
        group: GroupName,
    },
    /// A client left a group, or was removed from it.
    Left {
        /// Who.
        client: ClientName,
        /// Which group.
        group: GroupName,
    },
    /// A message is kept for somebody.
    Kept {
        /// For whom.
        to: ClientName,
        /// The message.
        text: KeptText,
    },
    /// A receipt is kept for the author of a delivered message.
    ReceiptKept {
        /// For whom.
        to: ClientName,
        /// The receipt.
        receipt: Receipt,
    },
    /// The oldest kept messages and receipts were delivered.
    Delivered {
        /// To whom.
        to: ClientName,
        /// How many messages.
        texts: usize,
        /// How many receipts.
        receipts: usize,
    },
}
