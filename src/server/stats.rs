//! Counters of the server.

use crate::delivery::Counters;

/// How much the server holds, and what it has done since it started.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Stats {
    /// Clients that are registered.
    pub clients: usize,
    /// Clients that are online or returning.
    pub clients_online: usize,
    /// Groups.
    pub groups: usize,
    /// Messages that are kept now.
    pub waiting: usize,
    /// Bytes that they take up.
    pub waiting_bytes: u64,
    /// Messages so far, by their fate.
    pub messages: Messages,
    /// Packets that no client has acknowledged so far.
    pub unacknowledged: usize,
    /// Answers, lines and facts that wait until storage has what they depend on.
    pub unstored: usize,
    /// What the links have counted.
    pub links: Counters,
}

/// Messages that came through the server. Those that clients send to each other directly are not
/// counted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Messages {
    /// Delivered at once: a direct one, whose author could not reach its receiver, or one to a
    /// group, once for each member that was online.
    pub direct: u64,
    /// Kept for a receiver that is offline.
    pub stored: u64,
    /// Kept ones that their receivers have fetched.
    pub delivered: u64,
    /// Kept ones that were not fetched in time.
    pub expired: u64,
}
