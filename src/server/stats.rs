//! What the server counts, for whoever runs it.

use super::machine::Server;
use super::register::Standpoint;
use crate::delivery::Counters;

/// How the server stands, and what it has done since it started.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Stats {
    /// Clients that are registered.
    pub clients: usize,
    /// Those of them that are there.
    pub clients_online: usize,
    /// Groups.
    pub groups: usize,
    /// Messages that are kept now, for whomever.
    pub waiting: usize,
    /// Bytes that they take up.
    pub waiting_bytes: u64,
    /// Messages so far, by what became of them.
    pub messages: Messages,
    /// Packets that no client has acknowledged so far.
    pub unacknowledged: usize,
    /// Answers, lines and facts that wait until storage has what they depend on.
    pub unstored: usize,
    /// What the links have counted.
    pub links: Counters,
}

/// Messages that came through the server. Those that a client brings to another one by itself the
/// server never sees.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Messages {
    /// Handed to a receiver at once: a direct one, which its author could not bring there, or one
    /// to a group, once for each member that was there.
    pub direct: u64,
    /// Kept for a receiver who is away.
    pub stored: u64,
    /// Kept ones that their receivers have taken.
    pub delivered: u64,
    /// Kept ones that nobody has taken for too long.
    pub expired: u64,
}

impl Server {
    /// Tells how the server stands.
    pub fn stats(&self) -> Stats {
        let is_there = |standpoint: Standpoint| standpoint != Standpoint::Away;
        let (waiting, waiting_bytes) = self.mail.size();
        Stats {
            clients: self.clients.len(),
            clients_online: self.clients.values().filter(|it| is_there(it.standpoint)).count(),
            groups: self.groups.len(),
            waiting,
            waiting_bytes,
            messages: self.messages,
            unacknowledged: self.endpoint.pending(),
            unstored: self.gate.held().count(),
            links: self.endpoint.counters(),
        }
    }
}
