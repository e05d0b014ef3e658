//! What others send that is not an answer, and how it is shown.

use super::Client;
use crate::client::inbox::Arrived;
use crate::client::output::Output;
use crate::client::requests::Purpose;
use crate::client::table::Change;
use crate::client::words::Notice;
use crate::delivery::Pace;
use crate::protocol::limits::CLIENT_PATIENCE;
use crate::protocol::sabotage::{self, Bug};
use crate::protocol::{
    DirectText, Fact, Fate, GroupText, KeptText, MessageId, Packet, Presence, Receipt, Recovery,
    Request, codec,
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
            Packet::TableTooLarge(version) => {
                let change = self.table.become_excerpt(version);
                self.on_table_change(change);
            }
            Packet::Group(group) => self.on_group(group),
            Packet::Relay(direct) => self.on_direct(direct),
            Packet::Recover(recovery) => self.on_recovery(recovery),
            Packet::Receipt(receipt) => self.on_receipt(receipt),
            Packet::Kicked => self.on_kicked(),
            Packet::Closing => self.server.reconnect(self.now),
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
                if !self.server.requests().has(Purpose::Refresh) {
                    self.request(Request::Refresh { known: self.table.version() });
                }
            }
        }
    }

    /// Takes a direct message: shows it once, and not before the end of a group visit.
    pub(super) fn on_direct(&mut self, direct: DirectText) {
        let DirectText { from, text } = direct;
        let message = KeptText { from, group: None, text };
        if !self.inbox.is_new(message.id(), &mut self.effects) {
            return;
        }
        // Until it is known which group an earlier session was in, its held messages wait on.
        if self.group().is_none() && !self.inbox.is_after_held(&message) {
            self.show(Arrival::Message { way: Way::Live, message });
        } else {
            self.hold_back(message);
        }
    }

    /// Holds a message back until the end of a group visit, or until there are too many of them.
    fn hold_back(&mut self, message: KeptText) {
        if !self.inbox.hold(message, &mut self.effects) {
            self.release_held();
        }
    }

    /// Shows the direct messages that were held back.
    pub(super) fn release_held(&mut self) {
        while let Some(message) = self.inbox.release(&mut self.effects) {
            self.show(Arrival::Message { way: Way::Live, message });
        }
    }

    fn on_group(&mut self, message: GroupText) {
        let GroupText { from, group, text } = message;
        let message = KeptText { from, group: Some(group), text };
        if self.inbox.is_new(message.id(), &mut self.effects) {
            self.show(Arrival::Message { way: Way::Live, message });
        }
    }

    fn on_recovery(&mut self, recovery: Recovery) {
        let Recovery { page, first, texts, receipts } = recovery;
        if first {
            self.inbox.owe_heading();
        }
        for message in texts {
            if !self.inbox.is_new(message.id(), &mut self.effects) {
                continue;
            }
            if self.inbox.is_after_held(&message) {
                self.hold_back(message);
            } else {
                let is_shown = !self.inbox.is_muted(message.from);
                // The heading is above the first one that is not hidden, on whichever page.
                let is_due = is_shown || sabotage::has(Bug::HiddenTakesHeading);
                let is_first = is_due && self.inbox.take_heading();
                let way = if is_first { Way::FirstKept } else { Way::Kept };
                self.show(Arrival::Message { way, message });
            }
        }
        for receipt in receipts {
            self.on_receipt(receipt);
        }
        let packet = codec::encode_packet(&Packet::Recovered(page));
        let pace = Pace::Quiet { patience: CLIENT_PATIENCE };
        if self.endpoint.send(self.server.address(), packet, pace, self.now).is_err() {
            self.on_server_silent();
        }
    }

    fn on_receipt(&mut self, receipt: Receipt) {
        let id = MessageId { from: receipt.by, number: receipt.number };
        let is_new = self.inbox.is_new_receipt(id, &mut self.effects);
        if is_new && !self.outbox.is_of_copy(receipt) {
            self.show(Arrival::Receipt(receipt));
        }
    }

    /// Records what has arrived, then shows it.
    fn show(&mut self, mut arrival: Arrival) {
        match &mut arrival {
            Arrival::Message { message, .. } => {
                let (numbers, effects) = (&mut self.numbers, &mut self.effects);
                self.history.note_arrival(message, numbers, effects, self.now);
            }
            Arrival::Receipt(receipt) => {
                if let Some(settled) = self.outbox.learn_fate(*receipt, &mut self.effects)
                    && !sabotage::has(Bug::HistoryStaysSaved)
                {
                    self.note_fate(settled);
                }
            }
        }
        let arrived = self.inbox.record(arrival, &mut self.effects);
        self.present(arrived);
    }

    /// Shows what is recorded.
    pub(super) fn present(&mut self, Arrived { number, slot, arrival }: Arrived) {
        match arrival {
            Arrival::Receipt(receipt) => {
                let id = self.own(receipt.number);
                self.state(match receipt.fate {
                    Fate::Delivered => Fact::Receipted { id, by: receipt.by },
                    Fate::Expired => Fact::Expired { id, by: receipt.by },
                    Fate::Withdrawn => Fact::Refused(id),
                });
                let is_answered = self.server.requests().has_withdrawal(receipt.number);
                if !is_answered && !sabotage::has(Bug::ReceiptIsNotShown) {
                    self.tell(Notice::Receipt(receipt));
                }
            }
            Arrival::Message { way, message } => {
                self.state(Fact::Shown(message.id()));
                if !self.inbox.hides(&message) {
                    self.tell_message(way, message);
                }
            }
        }
        if !sabotage::has(Bug::ShownNotMarked) {
            self.effects.emit(Output::Shown { number, slot });
        }
    }

    fn tell_message(&mut self, way: Way, message: KeptText) {
        if way == Way::FirstKept {
            self.tell(Notice::KeptMessages);
        }
        let KeptText { from, mut group, mut text } = message;
        if way != Way::Live && sabotage::has(Bug::KeptLosesGroup) {
            group = None;
        }
        if sabotage::has(Bug::KeptIsDatedLate) {
            text.at = self.clock.shown(self.now);
        }
        self.tell(match (way, group) {
            (Way::Kept | Way::FirstKept, _) => Notice::Kept(KeptText { from, group, text }.into()),
            (Way::Live, Some(_)) => Notice::Group { from, body: text.body },
            (Way::Live, None) => Notice::Direct { from, body: text.body },
        });
    }
}
