//! Settings of an operator.

use std::time::Duration;

use crate::protocol::limits::{
    LINK_QUEUE_BYTES_MAX, MAIL_AGE_MAX, MAIL_BYTES_IN_ALL_MAX, MAILBOX_BYTES_MAX,
    MAILBOX_MESSAGES_MAX, MAILBOX_SENDER_MESSAGES_MAX, RECEIPTS_OWED_MAX, RECOVERY_PAGE_TEXTS_MAX,
    SILENCE_MAX, TABLE_ROWS_BROADCAST_MAX,
};

/// The bounds of a server. The default is that of [`limits`](crate::protocol::limits).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Settings {
    /// Rows of the register table up to which it is broadcast to all clients.
    pub rows_broadcast_max: usize,
    /// Messages that wait for one person from one sender.
    pub mail_per_sender_max: usize,
    /// Messages that wait for one person.
    pub mail_per_receiver_max: usize,
    /// Bytes of texts that wait for one person.
    pub mail_bytes_per_receiver_max: usize,
    /// Bytes of all waiting messages, including the overhead of each.
    pub mail_bytes_in_all_max: u64,
    /// How long a message waits before its author learns that it will not be delivered.
    pub mail_age_max: Duration,
    /// Receipts that wait for one author, together with kept messages of that author.
    pub receipts_max: usize,
    /// Texts in one page of kept messages, at least 1.
    pub page_texts_max: usize,
    /// Bytes that wait to be sent to one client. A packet fits into an empty queue, so at least
    /// [`PACKET_LEN_MAX`](crate::protocol::limits::PACKET_LEN_MAX).
    pub link_queue_bytes_max: usize,
    /// How long a client may be silent before it counts as gone.
    pub silence_max: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            rows_broadcast_max: TABLE_ROWS_BROADCAST_MAX,
            mail_per_sender_max: MAILBOX_SENDER_MESSAGES_MAX,
            mail_per_receiver_max: MAILBOX_MESSAGES_MAX,
            mail_bytes_per_receiver_max: MAILBOX_BYTES_MAX,
            mail_bytes_in_all_max: MAIL_BYTES_IN_ALL_MAX,
            mail_age_max: MAIL_AGE_MAX,
            receipts_max: RECEIPTS_OWED_MAX,
            page_texts_max: RECOVERY_PAGE_TEXTS_MAX,
            link_queue_bytes_max: LINK_QUEUE_BYTES_MAX,
            silence_max: SILENCE_MAX,
        }
    }
}
