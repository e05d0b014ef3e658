//! What other machines say unasked.

use super::machine::Client;
use super::requests::Purpose;
use super::table::Change;
use super::words::Notice;
use crate::delivery::Pace;
use crate::protocol::limits::{CLIENT_PATIENCE, HELD_MESSAGES_MAX};
use crate::protocol::{
    ClientName, DirectText, Fact, GroupText, MessageId, Packet, Receipt, Recovery, Request, Text,
    codec,
};

impl Client {
    /// Takes a packet of the server.
    pub(super) fn on_server_packet(&mut self, packet: Packet) {
        match packet {
            Packet::Answer(id, answer) => self.on_answer(id, answer),
            Packet::Update(update) => {
                let change = self.table.apply(update);
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
            Packet::Probe => {} // The link has acknowledged it: that is the answer.
            Packet::Request(..) | Packet::Recovered(_) | Packet::Direct { .. } => {
                self.endpoint.count_malformed();
            }
        }
    }

    fn on_table_change(&mut self, change: Change) {
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
        if !self.seen.insert(text.id(from)) {
            return;
        }
        if self.group.is_none() {
            return self.show_direct(from, text);
        }
        self.state(Fact::Taken(text.id(from)));
        self.held.push((from, text));
        if self.held.len() >= HELD_MESSAGES_MAX {
            self.release_held();
        }
    }

    /// Shows the direct messages that were held back.
    pub(super) fn release_held(&mut self) {
        for (from, text) in std::mem::take(&mut self.held) {
            self.show_direct(from, text);
        }
    }

    fn show_direct(&mut self, from: ClientName, text: Text) {
        self.state(Fact::Shown(text.id(from)));
        self.tell(Notice::Direct { from, body: text.body });
    }

    fn on_group(&mut self, group: GroupText) {
        let GroupText { from, text, .. } = group;
        if self.seen.insert(text.id(from)) {
            self.state(Fact::Shown(text.id(from)));
            self.tell(Notice::Group { from, body: text.body });
        }
    }

    fn on_recovery(&mut self, recovery: Recovery) {
        let Recovery { page, first, texts, receipts } = recovery;
        let new: Vec<_> = texts.into_iter().filter(|text| self.seen.insert(text.id())).collect();
        if first && !new.is_empty() {
            self.tell(Notice::KeptMessages);
        }
        for text in new {
            self.state(Fact::Shown(text.id()));
            self.tell(Notice::Kept(text.into()));
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
        if self.receipts_seen.insert(MessageId { from: receipt.by, number: receipt.number }) {
            let (id, by) = (self.own(receipt.number), receipt.by);
            self.state(Fact::Receipted { id, by });
            self.tell(Notice::Receipt(receipt));
        }
    }
}
