//! What the client keeps, so that its crash neither loses nor repeats anything: messages that are
//! not delivered yet, what has arrived, and what was shown of it.

use std::collections::BTreeSet;

use super::machine::Client;
use super::output::Output;
use super::words::Notice;
use crate::delivery::Novelty;
use crate::protocol::limits::{NUMBERS_AHEAD_MAX, SEEN_PER_AUTHOR_MAX};
use crate::protocol::sabotage::{self, Bug};
use crate::protocol::{Fact, Fate, KeptText, MessageId, Timestamp};
use crate::records::{Arrival, Change, Key, Record, Ticket, Way};

impl Client {
    /// Tells how many direct messages wait for the end of a group visit.
    pub fn waiting(&self) -> usize {
        self.held.len()
    }

    /// Takes a record that an earlier run has stored, before the client is started; they come in
    /// the order of their keys.
    pub fn restore(&mut self, record: Record) {
        match record {
            Record::Outgoing { to, text } => self.outbox.restore(to, text),
            Record::Numbered(_) if sabotage::has(Bug::NumbersBeginAgain) => {}
            Record::Numbered(last) => {
                (self.last_message, self.last_request, self.numbered) = (last, last, last);
            }
            Record::Shown(number) => (self.shown, self.last_arrival) = (number, number),
            Record::Held { number, message } => {
                self.last_arrival = self.last_arrival.max(number);
                self.held.push((number, message));
            }
            Record::Incoming { slot, number, .. } if number <= self.shown => {
                self.slots.restore(slot, false);
            }
            Record::Incoming { slot, number, arrival } => {
                self.slots.restore(slot, true);
                self.last_arrival = self.last_arrival.max(number);
                self.unshown.push((number, slot, arrival));
            }
            Record::Seen { place, id } => self.seen.restore(place, id),
            Record::Receipted { place, id } => self.receipts_seen.restore(place, id),
            Record::Awaited { to, text } => {
                drop(self.receipts_due.awaited.insert(text.number, (to, text)));
            }
            Record::Muted(name) => drop(self.memory.muted.insert(name, 0)),
            Record::Said(entry) => self.memory.last_said = self.memory.last_said.max(entry.number),
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
        // The clock is behind the numbers of that run: those of this one must not come again
        // either, though they may all name requests, which are not kept.
        if self.numbered >= self.now.as_micros() {
            self.number_up_to(self.numbered + NUMBERS_AHEAD_MAX);
        }
        // That run may have ended between the storing of these and the saying of it.
        let held = self.held.iter().map(|(_, message)| Fact::Taken(message.id()));
        let outbox = self.outbox.waiting();
        let outbox = outbox.map(|(to, text)| Fact::Written { id: self.own(text.number), to });
        let facts: Vec<_> = held.chain(outbox).collect();
        let waiting = self.outbox.waiting().count();
        for fact in facts {
            self.state(fact);
        }
        let mut unshown = std::mem::take(&mut self.unshown);
        unshown.sort_by_key(|(number, ..)| *number);
        if !unshown.is_empty() {
            self.tell(Notice::Recalling);
        }
        for (number, slot, arrival) in unshown {
            self.present(number, slot, arrival);
        }
        if waiting > 0 {
            self.tell(Notice::Resuming(waiting));
        }
    }

    /// Keeps something, before anything that is said from now on is heard.
    #[inline]
    pub(super) fn put(&mut self, record: Record) {
        if is_forgotten(&record) {
            return;
        }
        self.gate.record(Change::put(record));
    }

    /// Keeps something no longer.
    pub(super) fn remove(&mut self, key: Key) {
        self.gate.record(Change::Remove(key));
    }

    /// Tells whether a message is new, and keeps its id if it is.
    pub(super) fn is_new(&mut self, id: MessageId) -> bool {
        let Some(Novelty { place, forgotten }) = self.seen.insert(id) else {
            return sabotage::has(Bug::EverythingIsNew);
        };
        self.put(Record::Seen { place, id });
        if let Some(author) = forgotten {
            self.forget_all(|slot| Key::Seen(author, slot));
        }
        true
    }

    /// Tells whether a receipt is new, and keeps what it is about if it is. An author has one
    /// receipt of each receiver.
    pub(super) fn is_new_receipt(&mut self, id: MessageId) -> bool {
        let Some(Novelty { place, forgotten }) = self.receipts_seen.insert(id) else {
            return false;
        };
        self.put(Record::Receipted { place, id });
        if let Some(author) = forgotten {
            self.forget_all(|slot| Key::Receipted(author, slot));
        }
        true
    }

    fn forget_all(&mut self, key: impl Fn(u64) -> Key) {
        for slot in 0..SEEN_PER_AUTHOR_MAX as u64 {
            self.remove(key(slot));
        }
    }

    /// Numbers a message of now. The number is the time, unless that has been set back.
    pub(super) fn next_message(&mut self) -> u64 {
        let is_wrong = sabotage::has(Bug::NumbersBeginAgain);
        let clock = if is_wrong { 0 } else { self.now.as_micros() };
        let number = clock.max(self.last_message + 1).max(self.memory.last_said + 1);
        self.last_message = number;
        if number > self.numbered {
            self.number_up_to(number + NUMBERS_AHEAD_MAX);
        }
        number
    }

    fn number_up_to(&mut self, last: u64) {
        self.numbered = last;
        self.put(Record::Numbered(last));
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
            if !sabotage::has(Bug::HeldNotDropped) {
                self.remove(Key::Held(number));
            }
            self.show(Arrival::Message { way: Way::Live, message });
        }
    }

    /// Keeps what has arrived, then shows it.
    pub(super) fn show(&mut self, arrival: Arrival) {
        match &arrival {
            Arrival::Message { message, .. } => self.remember_arrival(message),
            Arrival::Receipt(receipt) => self.learn_fate(*receipt),
        }
        let (number, slot) = (self.next_arrival(), self.slots.take());
        self.put(Record::Incoming { slot, number, arrival: arrival.clone() });
        self.present(number, slot, arrival);
    }

    fn next_arrival(&mut self) -> u64 {
        self.last_arrival += 1;
        self.last_arrival
    }

    fn present(&mut self, number: u64, slot: u32, arrival: Arrival) {
        match arrival {
            Arrival::Receipt(receipt) => {
                let id = self.own(receipt.number);
                self.state(match receipt.fate {
                    Fate::Delivered | Fate::Expired => Fact::Receipted { id, by: receipt.by },
                    Fate::Withdrawn => Fact::Refused(id),
                });
                if !self.is_withdrawing(receipt.number) {
                    self.tell(Notice::Receipt(receipt));
                }
            }
            Arrival::Message { way, message } => {
                self.state(Fact::Shown(message.id()));
                self.tell_message(way, message);
            }
        }
        if !sabotage::has(Bug::ShownNotMarked) {
            self.told.push_back(Output::Shown { number, slot });
        }
    }

    fn tell_message(&mut self, way: Way, message: KeptText) {
        if let Some(hidden) = self.memory.muted.get_mut(&message.from) {
            *hidden += 1;
            return;
        }
        if way == Way::FirstKept {
            self.tell(Notice::KeptMessages);
        }
        let KeptText { from, group, text } = message;
        self.tell(match (way, group) {
            (Way::Kept | Way::FirstKept, _) => Notice::Kept(KeptText { from, group, text }.into()),
            (Way::Live, Some(_)) => Notice::Group { from, body: text.body },
            (Way::Live, None) => Notice::Direct { from, body: text.body },
        });
    }
}

/// The slots of storage in which arrivals wait until they are shown.
#[derive(Debug, Default)]
pub(super) struct Slots {
    free: BTreeSet<u32>,
    /// How many there are.
    count: u32,
}

impl Slots {
    fn take(&mut self) -> u32 {
        self.free.pop_first().unwrap_or_else(|| {
            self.count += 1;
            self.count - 1
        })
    }

    /// What stands there was shown.
    pub(super) fn free(&mut self, slot: u32) {
        self.free.insert(slot);
    }

    /// Takes a slot of an earlier run; they come in their order.
    fn restore(&mut self, slot: u32, is_taken: bool) {
        self.free.extend(self.count..slot);
        self.count = slot + 1;
        if !is_taken {
            self.free(slot);
        }
    }
}

/// Tells whether a bug keeps a record from being kept.
fn is_forgotten(record: &Record) -> bool {
    let bug = match record {
        Record::Outgoing { .. } => Bug::OutboxNotKept,
        Record::Seen { .. } => Bug::SeenNotKept,
        Record::Receipted { .. } => Bug::ReceiptsSeenNotKept,
        Record::Held { .. } => Bug::HeldNotKept,
        Record::Incoming { .. } => Bug::ArrivalNotKept,
        _ => return false,
    };
    sabotage::has(bug)
}
