//! What the client keeps, so that its crash neither loses nor repeats anything: messages that are
//! not delivered yet, what has arrived, and what was shown of it.

use super::machine::{Client, Output};
use super::words::Notice;
use crate::delivery::Novelty;
use crate::protocol::{Fact, KeptText, MessageId, Timestamp};
use crate::records::{Arrival, Change, Key, Record, Ticket, Way};

impl Client {
    /// Takes a record that an earlier run has stored, before the client is started; they come in
    /// the order of their keys.
    pub fn restore(&mut self, record: Record) {
        match record {
            Record::Outgoing { to, text } => self.outbox.push(to, text),
            Record::Numbered(last) => (self.last_message, self.last_request) = (last, last),
            Record::Shown(number) => (self.shown, self.last_arrival) = (number, number),
            Record::Held { number, message } => {
                self.last_arrival = self.last_arrival.max(number);
                self.held.push((number, message));
            }
            Record::Incoming { number, .. } if number <= self.shown => {
                self.gate.put_off(Change::Remove(Key::Incoming(number)));
            }
            Record::Incoming { number, arrival } => {
                self.last_arrival = self.last_arrival.max(number);
                self.unshown.push((number, arrival));
            }
            Record::Seen { number, id } => drop(self.seen.insert_at(number, id)),
            Record::Receipted { number, by, message } => {
                let id = MessageId { from: by, number: message };
                self.receipts_seen.insert_at(number, id);
            }
            // A server's.
            _ => {}
        }
    }

    /// Learns that a batch of changes, and all before it, are stored.
    pub fn handle_stored(&mut self, ticket: Ticket, now: Timestamp) {
        self.now = self.clock.read(now);
        self.gate.stored(ticket);
    }

    /// Goes on where an earlier run has ended.
    pub(super) fn resume(&mut self) {
        let held: Vec<_> = self.held.iter().map(|(_, message)| message.id()).collect();
        held.into_iter().for_each(|id| self.state(Fact::Taken(id)));
        for (number, arrival) in std::mem::take(&mut self.unshown) {
            self.present(number, arrival);
        }
        match self.outbox.waiting().count() {
            0 => {}
            waiting => self.tell(Notice::Resuming(waiting)),
        }
    }

    /// Keeps something, before anything that is said from now on is heard.
    pub(super) fn put(&mut self, record: Record) {
        self.gate.record(Change::Put(record));
    }

    /// Keeps something no longer.
    pub(super) fn remove(&mut self, key: Key) {
        self.gate.record(Change::Remove(key));
    }

    /// Tells whether a message is new, and keeps its id if it is.
    pub(super) fn is_new(&mut self, id: MessageId) -> bool {
        let Some(Novelty { place, forgotten }) = self.seen.insert(id) else {
            return false;
        };
        self.put(Record::Seen { number: place, id });
        if let Some(place) = forgotten {
            self.remove(Key::Seen(place));
        }
        true
    }

    /// Tells whether a receipt is new, and keeps what it is about if it is. An author has one
    /// receipt of each receiver.
    pub(super) fn is_new_receipt(&mut self, id: MessageId) -> bool {
        let Some(Novelty { place, forgotten }) = self.receipts_seen.insert(id) else {
            return false;
        };
        self.put(Record::Receipted { number: place, by: id.from, message: id.number });
        if let Some(place) = forgotten {
            self.remove(Key::Receipted(place));
        }
        true
    }

    /// Keeps a message until the end of a group visit.
    pub(super) fn hold(&mut self, message: KeptText) {
        self.state(Fact::Taken(message.id()));
        let number = self.next_arrival();
        self.put(Record::Held { number, message: message.clone() });
        self.held.push((number, message));
    }

    /// Shows the direct messages that were held back.
    pub(super) fn release_held(&mut self) {
        for (number, message) in std::mem::take(&mut self.held) {
            self.remove(Key::Held(number));
            self.show(Arrival::Message { way: Way::Live, message });
        }
    }

    /// Keeps what has arrived, then shows it.
    pub(super) fn show(&mut self, arrival: Arrival) {
        let number = self.next_arrival();
        self.put(Record::Incoming { number, arrival: arrival.clone() });
        self.present(number, arrival);
    }

    fn next_arrival(&mut self) -> u64 {
        self.last_arrival += 1;
        self.last_arrival
    }

    fn present(&mut self, number: u64, arrival: Arrival) {
        match arrival {
            Arrival::Receipt(receipt) => {
                let id = self.own(receipt.number);
                self.state(Fact::Receipted { id, by: receipt.by });
                self.tell(Notice::Receipt(receipt));
            }
            Arrival::Message { way, message } => {
                self.state(Fact::Shown(message.id()));
                self.tell_message(way, message);
            }
        }
        self.told.push_back(Output::Shown(number));
    }

    fn tell_message(&mut self, way: Way, message: KeptText) {
        if way == Way::FirstKept {
            self.tell(Notice::KeptMessages);
        }
        let KeptText { from, group, text } = message;
        self.tell(match (way, group) {
            (Way::Kept | Way::FirstKept, _) => Notice::Kept(KeptText { from, group, text }),
            (Way::Live, Some(_)) => Notice::Group { from, body: text.body },
            (Way::Live, None) => Notice::Direct { from, body: text.body },
        });
    }
}
