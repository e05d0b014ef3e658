//! The gate between storage and the outside: what depends on a record waits for it.

use std::collections::VecDeque;

use super::machine::Posting;
use super::record::Record;
use super::words::Notice;

/// Names a request to store a record; tickets rise by one from 1.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Ticket(pub u64);

/// What waits for storage.
#[derive(Debug)]
pub(super) enum Held {
    Posting(Posting),
    Notice(Notice),
}

/// Holds back whatever the server says after a record, until storage has the record.
#[derive(Debug, Default)]
pub(super) struct Gate {
    issued: Ticket,
    stored: Ticket,
    records: VecDeque<(Ticket, Record)>,
    held: VecDeque<(Ticket, Held)>,
}

impl Gate {
    /// Issues a record.
    pub(super) fn record(&mut self, record: Record) {
        self.issued.0 += 1;
        self.records.push_back((self.issued, record));
    }

    /// Gives the next record to store.
    pub(super) fn poll_record(&mut self) -> Option<(Ticket, Record)> {
        self.records.pop_front()
    }

    /// Holds something back if a record before it is not stored; gives it back otherwise.
    pub(super) fn pass(&mut self, item: Held) -> Option<Held> {
        if self.stored >= self.issued {
            return Some(item);
        }
        self.held.push_back((self.issued, item));
        None
    }

    /// Learns that a record and all before it are stored.
    pub(super) fn stored(&mut self, ticket: Ticket) {
        self.stored = self.stored.max(ticket);
    }

    /// Gives the next thing whose records are all stored.
    pub(super) fn release(&mut self) -> Option<Held> {
        let stored = self.stored;
        self.held.pop_front_if(|(ticket, _)| *ticket <= stored).map(|(_, item)| item)
    }

    /// Tells whether something is held back.
    pub(super) fn is_holding(&self) -> bool {
        !self.held.is_empty()
    }
}
