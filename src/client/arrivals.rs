//! What other machines say unasked.

use super::machine::Client;
use super::requests::Purpose;
use super::table::Change;
use super::words::Notice;
use crate::delivery::Pace;
use crate::protocol::limits::{CLIENT_PATIENCE, HELD_MESSAGES_MAX};
use crate::protocol::sabotage::{self, Bug};
use crate::protocol::{
    DirectText, GroupText, KeptText, MessageId, Packet, Presence, Receipt, Recovery, Request, codec,
};
use crate::records::{Arrival, Way};

impl Client {
    /// Takes a packet of the server.
    pub(super) fn on_server_packet(&mut self, packet: Packet) {
        match packet {
            Packet::Answer(id, answer) => self.on_answer(id, answer),
            Packet::Update(update) => {
                let change = self.table.apply(update, self.now);
                self.on_table_change(change);
            }
            Packet::Untold(version) => {
                let change = self.table.become_excerpt(version);
                self.on_table_change(change);
            }
            Packet::Group(group) => self.on_group(group),
            Packet::Relay(direct) => self.on_direct(direct),
            Packet::Recover(recovery) => self.on_recovery(recovery),
            Packet::Receipt(receipt) => self.on_receipt(receipt),
            Packet::Kicked => self.on_kicked(),
            Packet::Closing => self.begin_lookout(),
            Packet::Probe => {} // The link has acknowledged it: that is the answer.
            Packet::Request(..) | Packet::Recovered(_) | Packet::Direct { .. } => {
                self.endpoint.count_malformed();
            }
        }
    }

    fn on_table_change(&mut self, change: Change) {
        let online =
            |name| self.table.row(name).is_some_and(|row| row.presence == Presence::Online);
        self.outbox.expect_room(online);
        match change {
            Change::Complete => self.tell(Notice::TableUpdated),
            Change::Partial | Change::Stale => {}
            Change::Gap => {
                let is_asked = |purpose: Purpose| purpose == Purpose::Refresh;
                if !self.requests.values().any(|pending| is_asked(pending.purpose)) {
                    let request = Request::Refresh { known: self.table.version() };
                    self.request(request, Purpose::Refresh, Pace::Announced);
                }
            }
        }
    }

    /// Takes a direct message: shows it once, and not before the end of a group visit.
    pub(super) fn on_direct(&mut self, direct: DirectText) {
        let DirectText { from, text } = direct;
        let message = KeptText { from, group: None, text };
        if !self.is_new(message.id()) {
            return;
        }
        // Until it is known which group an earlier run was in, its held messages wait on.
        if self.group.is_none() && !self.is_behind_held(&message) {
            return self.show(Arrival::Message { way: Way::Live, message });
        }
        self.hold_back(message);
    }

    /// Keeps a message until the end of a group visit, or until there are too many of them.
    fn hold_back(&mut self, message: KeptText) {
        self.hold(message);
        if self.held.len() >= HELD_MESSAGES_MAX {
            self.release_held();
        }
    }

    /// Tells whether a message would overtake an earlier one of its author that waits for the end
    /// of a group visit.
    fn is_behind_held(&self, message: &KeptText) -> bool {
        let is_of_author = |(_, held): &(u64, KeptText)| held.from == message.from;
        message.group.is_none()
            && !sabotage::has(Bug::KeptOvertakesHeld)
            && self.held.iter().any(is_of_author)
    }

    fn on_group(&mut self, message: GroupText) {
        let GroupText { from, group, text } = message;
        let message = KeptText { from, group: Some(group), text };
        if self.is_new(message.id()) {
            self.show(Arrival::Message { way: Way::Live, message });
        }
    }

    fn on_recovery(&mut self, recovery: Recovery) {
        let Recovery { page, first, texts, receipts } = recovery;
        let mut way = if first { Way::FirstKept } else { Way::Kept };
        for message in texts {
            if !self.is_new(message.id()) {
                continue;
            }
            if self.is_behind_held(&message) {
                self.hold_back(message);
            } else {
                let is_told = !self.memory.muted.contains_key(&message.from);
                self.show(Arrival::Message { way, message });
                // The heading stands over the first one that is told.
                if is_told {
                    way = Way::Kept;
                }
            }
        }
        for receipt in receipts {
            self.on_receipt(receipt);
        }
        let packet = codec::encode_packet(&Packet::Recovered(page));
        let pace = Pace::Quiet { patience: CLIENT_PATIENCE };
        if self.endpoint.send(self.server, packet, pace, self.now).is_err() {
            self.on_server_silent();
        }
    }

    fn on_receipt(&mut self, receipt: Receipt) {
        if self.is_new_receipt(MessageId { from: receipt.by, number: receipt.number }) {
            self.show(Arrival::Receipt(receipt));
        }
    }
}
