//! The bounds of a client.

use crate::protocol::limits::{HELD_MESSAGES_MAX, OUTBOX_MESSAGES_MAX};

/// How much a client keeps. The default is that of [`limits`](crate::protocol::limits).
///
/// A client has at most one message under way, so what waits on one of its links needs no bound of
/// its own.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Bounds {
    /// Messages to one receiver, or to one group, that wait here.
    pub outbox_max: usize,
    /// Direct messages that wait for the end of a group visit. The one that reaches the bound ends
    /// the wait of all.
    pub held_max: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { outbox_max: OUTBOX_MESSAGES_MAX, held_max: HELD_MESSAGES_MAX }
    }
}
