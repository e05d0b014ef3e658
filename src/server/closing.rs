//! The end of a server: what it has is answered and stored, and whoever is there is told.

use super::machine::Server;
use super::register::Standpoint;
use super::report::Report;
use crate::delivery::Pace;
use crate::protocol::limits::CLOSING_PATIENCE;
use crate::protocol::{Packet, Timestamp};

impl Server {
    /// Begins to end: whoever is there is told so, after all answers that wait for storage. The
    /// second time nothing is waited for.
    pub fn close(&mut self, now: Timestamp) {
        self.now = self.clock.read(now);
        if self.closing_until.is_some() {
            self.closing_until = Some(self.now);
            return;
        }
        self.closing_until = Some(self.now + CLOSING_PATIENCE);
        self.report(Report::Closing);
        let there = self.clients.iter().filter(|(_, it)| it.standpoint != Standpoint::Away);
        let there: Vec<_> = there.map(|(name, it)| (*name, it.address)).collect();
        for (name, address) in there {
            if self.caller_at(address) == Some(name) {
                let pace = Pace::Quiet { patience: CLOSING_PATIENCE };
                self.post(address, &Packet::Closing, pace, None);
            }
        }
    }

    /// Tells whether there is nothing more to wait for, once the server is about to end.
    pub fn is_closed(&self) -> bool {
        let is_done = self.gate.is_open() && !self.endpoint.is_any_pending();
        self.closing_until.is_some_and(|until| is_done || until <= self.now)
    }
}
