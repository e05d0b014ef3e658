//! The table of records. A record has a key; a later record of the same key replaces it.

use serde::{Deserialize, Serialize};

use super::history::Entry;
use super::table::records;
use crate::protocol::limits::SEEN_PER_AUTHOR_MAX;
use crate::protocol::sabotage::Bug;
use crate::protocol::{
    Address, Audience, ClientName, GroupName, KeptText, MessageId, Receipt, Text, Timestamp,
};

/// The version of the form of records on disk and as lines of JSON.
///
/// Increase it with each change of the bytes, and with each new kind of record, so that older
/// programs refuse the folder instead of reporting damage. Where old records have to be changed, a
/// migration does it. A test compares the bytes of this version with examples. Version 2 added
/// messages of a history.
pub const FORMAT_VERSION: u32 = 2;

/// The first byte of the key of a message of the history.
pub(crate) const SAID: u8 = ClientKey::Said(0).first_byte();

records! {
    /// Something that the server stores.
    pub enum ServerRecord or ServerRecordRef with ServerKey {
        /// A name is registered.
        Client {
            /// The name.
            name: ClientName,
            /// The address where the client was last seen.
            address: Address,
        }
        is 0, key 1 (name: ClientName), "names", lost by Bug::ClientNotKept;

        /// There is a group.
        Group {
            /// Increases with each group.
            number: u64,
            /// Its name.
            group: GroupName,
        }
        is 1, key 2 (number: u64), "groups", lost by Bug::GroupNotKept;

        /// A client is a member of a group, and of no other.
        Member {
            /// The member.
            client: ClientName,
            /// The group.
            group: GroupName,
            /// Increases with every join, over all groups.
            number: u64,
        }
        is 2, key 3 (client: ClientName), "memberships", lost by Bug::MemberNotKept;

        /// A message is kept for a client.
        Mail {
            /// The receiver.
            to: ClientName,
            /// Increases with each message that is kept for this receiver.
            number: u64,
            /// When it was stored first, by the server's clock.
            kept_at: Timestamp,
            /// The message.
            text: KeptText,
        }
        is 3, key 4 (to: ClientName, number: u64), "messages for clients that are offline",
        lost by Bug::MailNotKept;

        /// A receipt waits for the author of a message.
        Receipt {
            /// The author.
            to: ClientName,
            /// Increases with each receipt for this author.
            number: u64,
            /// The receipt.
            receipt: Receipt,
        }
        is 4, key 5 (to: ClientName, number: u64), "receipts for authors that are offline",
        lost by Bug::ReceiptNotKept;

        /// Messages of an author that were kept and are delivered. They are not kept again when
        /// their author repeats the request.
        Handled {
            /// The author.
            from: ClientName,
            /// The numbers of the last ones, in the order of their delivery.
            numbers: Vec<u64>,
        }
        is 5, key 6 (from: ClientName), "authors of messages that were delivered";

        /// A client was kicked, and returns only when its user wants to.
        Kicked(name: ClientName)
        is 16, key 16 (name: ClientName), "clients that were kicked",
        lost by Bug::KickedNotKept;
    }
}

records! {
    /// Something that a client stores.
    pub enum ClientRecord or ClientRecordRef with ClientKey {
        /// A message that is not delivered yet.
        Outgoing {
            /// The receivers.
            to: Audience,
            /// The message.
            text: Text,
        }
        is 6, key 7 (number: u64 = text.number), "messages that are not delivered yet",
        lost by Bug::OutboxNotKept;

        /// No message of the client had a higher number.
        Numbered(last: u64)
        is 7, key 8, "number of the last message";

        /// Arrivals up to this number have been shown.
        Shown(number: u64)
        is 10, key 9, "number of the last message that was shown";

        /// A direct message that waits for the end of a group visit.
        Held {
            /// Increases with each arrival.
            number: u64,
            /// The message.
            message: KeptText,
        }
        is 9, key 10 (number: u64), "messages held back during a visit", lost by Bug::HeldNotKept;

        /// Something that has arrived and is to be shown.
        Incoming {
            /// The slot, which is free for another arrival once this one was shown.
            slot: u32,
            /// Increases with each arrival.
            number: u64,
            /// What has arrived.
            arrival: Arrival,
        }
        is 8, key 11 (slot: u32), "messages that have arrived", lost by Bug::ArrivalNotKept;

        /// A message that has arrived.
        Seen {
            /// Its place among those of its author. It takes the slot of the one that came
            /// [`SEEN_PER_AUTHOR_MAX`] places before.
            place: u64,
            /// The message.
            id: MessageId,
        }
        is 11, key 12 (from: ClientName = id.from, slot: u64 = slot_of(*place)),
        "messages that must not be shown again", lost by Bug::SeenNotKept;

        /// A receipt that has arrived.
        Receipted {
            /// Its place among those of its receiver, in the same way.
            place: u64,
            /// Who has received a message, and the number of that message.
            id: MessageId,
        }
        is 12, key 13 (by: ClientName = id.from, slot: u64 = slot_of(*place)),
        "receipts that must not be shown again", lost by Bug::ReceiptsSeenNotKept;

        /// A message of the client's own that the server keeps for a receiver that is offline; a
        /// receipt is to come.
        Awaited {
            /// The receiver.
            to: ClientName,
            /// The message.
            text: Text,
        }
        is 13, key 14 (number: u64 = text.number), "messages that wait for their receipts";

        /// A client whose messages are not shown.
        Muted(name: ClientName)
        is 14, key 15 (name: ClientName), "names of people who are muted", lost by Bug::MutedNotKept;

        /// A message of the history. Its key is the last one, since histories are long.
        Said(entry: Entry)
        is 15, key 17 (number: u64 = entry.number), "messages of the history";
    }
}

const fn slot_of(place: u64) -> u64 {
    place % SEEN_PER_AUTHOR_MAX as u64
}

/// Something that a client shows when it arrives.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Arrival {
    /// A message.
    Message {
        /// How it arrived.
        way: Way,
        /// The message.
        message: KeptText,
    },
    /// A receipt for a message of the client's own.
    Receipt(Receipt),
}

/// How a message came to its receiver.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Way {
    /// At once.
    Live,
    /// The server had kept it.
    Kept,
    /// The server had kept it, and it is the first of those that came back with it.
    FirstKept,
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::{Kind, RecordError};
    use super::*;

    fn kinds() -> impl Iterator<Item = &'static Kind> {
        ServerRecord::KINDS.iter().chain(ClientRecord::KINDS)
    }

    #[test]
    fn each_kind_has_a_number_and_a_key_of_its_own() {
        for (what, byte_of) in [
            ("number", (|kind| kind.number) as fn(&Kind) -> u8),
            ("first byte of keys", |kind| kind.key),
        ] {
            let mut taken = BTreeMap::new();
            for kind in kinds() {
                let other = taken.insert(byte_of(kind), kind.name);
                assert_eq!(other, None, "{} has the {what} of another kind", kind.name);
            }
        }
    }

    #[test]
    fn kinds_have_the_order_of_their_keys() {
        for kinds in [ServerRecord::KINDS, ClientRecord::KINDS] {
            for pair in kinds.windows(2) {
                let [first, second] = pair else { unreachable!("windows of two") };
                assert!(
                    first.key < second.key,
                    "{} has to come before {}: move its row in the table",
                    second.name,
                    first.name
                );
            }
        }
    }

    #[test]
    fn a_record_of_the_other_program_is_as_unknown_as_a_foreign_one() {
        let name = ClientName::new("c1").unwrap();
        let (of_server, of_client) = (ServerRecord::Kicked(name), ClientRecord::Muted(name));
        assert_eq!(ServerRecord::decode(&of_server.encode()).unwrap(), of_server);
        assert_eq!(ClientRecord::decode(&of_client.encode()).unwrap(), of_client);
        for bytes in [&of_client.encode()[..], &[], &[200, 1]] {
            let error = ServerRecord::decode(bytes).unwrap_err();
            assert!(matches!(error, RecordError::UnknownKind), "{error}");
        }
        for bytes in [&of_server.encode()[..], &[], &[200, 1]] {
            let error = ClientRecord::decode(bytes).unwrap_err();
            assert!(matches!(error, RecordError::UnknownKind), "{error}");
        }
    }

    #[test]
    fn what_is_cut_or_longer_is_not_a_record() {
        let record = ServerRecord::Kicked(ClientName::new("c1").unwrap());
        let bytes = record.encode();
        for cut in 1..bytes.len() {
            let error = ServerRecord::decode(&bytes[..cut]).unwrap_err();
            assert!(matches!(error, RecordError::Fields(_)), "{cut}: {error}");
        }
        let longer = [&bytes[..], &[0]].concat();
        assert!(matches!(ServerRecord::decode(&longer), Err(RecordError::Fields(_))));
    }
}
