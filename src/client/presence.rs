//! Whether the server is there: it is asked when it is silent, and looked out for when it is lost.

use std::time::Duration;

use super::machine::{Activity, Client, Presence};
use super::requests::Purpose;
use super::words::Notice;
use crate::delivery::Pace;
use crate::protocol::limits::{
    KEEPALIVE_AFTER, LOOKOUT_AFTER, LOOKOUT_EVERY_MAX, REQUEST_RETRY_EVERY,
};
use crate::protocol::sabotage::{self, Bug};
use crate::protocol::{Fact, Initiative, Packet, Timestamp, codec};

impl Client {
    /// Tells when to look whether the server was silent for long; early does no harm.
    pub(super) fn keepalive_at(&self) -> Option<Timestamp> {
        let is_there = self.presence == Presence::Online && self.lookout_at.is_none();
        Some(self.keepalive_at).filter(|_| is_there && !sabotage::has(Bug::NoKeepalive))
    }

    /// Tells how long the server may be silent. One that has not told the table yet waits for our
    /// sign of life, perhaps, without which it may send us no more.
    pub(super) fn keepalive_after(&self) -> Duration {
        if self.awaits_table() { REQUEST_RETRY_EVERY } else { KEEPALIVE_AFTER }
    }

    /// Shows a silent server that the client is there. Whether the server still knows the client
    /// comes out by that, too.
    pub(super) fn keep_alive(&mut self) {
        if self.keepalive_at().is_none_or(|at| at > self.now) {
            return;
        }
        let heard_at = self.endpoint.heard_at(self.server).unwrap_or_default();
        let after = self.keepalive_after();
        if self.endpoint.is_pending(self.server) {
            self.keepalive_at = self.now + LOOKOUT_AFTER;
        } else if heard_at + after > self.now {
            self.keepalive_at = heard_at + after;
        } else {
            self.keepalive_at = self.now + after;
            let packet = codec::encode_packet(&Packet::Probe);
            let pace = Pace::Quiet { patience: LOOKOUT_AFTER };
            if self.endpoint.send(self.server, packet, pace, self.now).is_err() {
                self.on_server_silent();
            }
        }
    }

    /// The server has put the client out of the chat: whatever was asked of it is not answered any
    /// more, and the client is offline until its person returns.
    pub(super) fn on_kicked(&mut self) {
        if self.presence != Presence::Online {
            return;
        }
        self.presence = Presence::Offline;
        self.lookout_at = None;
        // Its person is on the way back already.
        self.requests.retain(|_, pending| pending.request.is_return());
        let is_under_way = |activity: &Activity| match activity {
            Activity::Request(id) => self.requests.contains_key(id),
            Activity::Deliver(_) => false,
        };
        let stays = self.activity.as_ref().is_none_or(is_under_way);
        if !stays {
            self.activity = None;
            self.refuse();
        }
        self.stop_delivering();
        self.table.mark_away(self.name, self.now);
        self.state(Fact::Offline);
        self.tell(Notice::Kicked);
        if self.group.take().is_some() {
            self.state(Fact::Leaves);
        }
        self.release_held();
    }

    /// Looks out for a server that went silent.
    pub(super) fn look_out(&mut self) {
        if self.lookout_at.is_some_and(|at| at <= self.now) {
            self.lookout_wait = (self.lookout_wait * 2).min(LOOKOUT_EVERY_MAX);
            self.lookout_at = Some(self.now + self.lookout_wait);
            let pace = Pace::Quiet { patience: LOOKOUT_AFTER };
            self.requests.retain(|_, pending| pending.purpose != Purpose::Rejoin);
            let request = self.connect_request(Initiative::Program);
            self.request(request, Purpose::Rejoin, pace);
        }
    }
}
