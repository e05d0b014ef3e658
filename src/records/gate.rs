//! The gate between storage and the outside: what depends on a change waits for it.
//!
//! No machine has a database. Client and server ask their driver to store a batch of changes (put
//! this record, remove that key), and are notified when it is stored. Memory changes at once;
//! whatever is emitted after a change waits in the gate until the batch is stored. So "acknowledged
//! implies stored" is enforced in this one place, for all commands, and a store may commit several
//! batches at once.
//!
//! The server's gate holds packets, facts, reports and lines of its screen. The client's holds
//! every datagram as well, because a message is recorded before it is acknowledged.

use std::collections::VecDeque;

use machine::{Change, Ticket};

use crate::protocol::sabotage::{self, Bug};

/// Initial capacity of a batch; most have no more changes.
const CHANGES_EXPECTED: usize = 4;

/// Holds back whatever a machine emits after a change, until the change is stored.
#[derive(Debug)]
pub struct Gate<T> {
    issued: Ticket,
    stored: Ticket,
    /// The batch of the ticket issued last, until it is returned.
    changes: Vec<Change>,
    held: VecDeque<(Ticket, T)>,
}

impl<T> Default for Gate<T> {
    fn default() -> Self {
        Self {
            issued: Ticket::default(),
            stored: Ticket::default(),
            changes: Vec::new(),
            held: VecDeque::new(),
        }
    }
}

impl<T> Gate<T> {
    /// Adds a change to the current batch: everything that passes from now on waits for it.
    #[inline]
    pub fn record(&mut self, change: Change) {
        if self.changes.is_empty() {
            self.issued.0 += 1;
            self.changes = Vec::with_capacity(CHANGES_EXPECTED);
        }
        self.changes.push(change);
    }

    /// Returns the batch to store, in the order of its changes.
    pub fn poll_batch(&mut self) -> Option<(Ticket, Vec<Change>)> {
        (!self.changes.is_empty()).then(|| (self.issued, std::mem::take(&mut self.changes)))
    }

    /// Returns whether nothing is held back and nothing would be.
    pub fn is_open(&self) -> bool {
        self.stored >= self.issued && self.held.is_empty()
    }

    /// Holds an item back if a change before it is not stored; returns it otherwise.
    pub fn pass(&mut self, item: T) -> Option<T> {
        if self.is_open() || sabotage::has(Bug::AnswersBeforeCommit) {
            return Some(item);
        }
        self.held.push_back((self.issued, item));
        None
    }

    /// Learns that a batch and all before it are stored.
    pub fn stored(&mut self, ticket: Ticket) {
        self.stored = self.stored.max(ticket);
    }

    /// Returns the next item whose changes are all stored.
    pub fn release(&mut self) -> Option<T> {
        let ahead = u64::from(sabotage::has(Bug::ReleasesOneTooMany));
        let stored = Ticket(self.stored.0 + ahead);
        self.held.pop_front_if(|(ticket, _)| *ticket <= stored).map(|(_, item)| item)
    }

    /// Returns what is held back.
    pub fn held(&self) -> impl Iterator<Item = &T> {
        self.held.iter().map(|(_, item)| item)
    }

    /// Returns whether something is held back.
    pub fn is_holding(&self) -> bool {
        !self.held.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::super::ServerKey;
    use super::*;

    fn change(number: u64) -> Change {
        ServerKey::Group(number).remove()
    }

    fn store(gate: &mut Gate<u32>, number: u64) -> Ticket {
        gate.record(change(number));
        gate.poll_batch().unwrap().0
    }

    fn released(gate: &mut Gate<u32>) -> Vec<u32> {
        std::iter::from_fn(|| gate.release()).collect()
    }

    #[test]
    fn what_depends_on_no_change_leaves_at_once() {
        let mut gate = Gate::default();
        assert_eq!(gate.pass(1), Some(1));
        assert!(!gate.is_holding());
    }

    #[test]
    fn nothing_leaves_before_its_change_is_stored() {
        let mut gate = Gate::default();
        let first = store(&mut gate, 1);
        assert_eq!(gate.pass(1), None);
        let second = store(&mut gate, 2);
        assert_eq!(gate.pass(2), None);
        assert_eq!(released(&mut gate), [0; 0]);
        gate.stored(first);
        assert_eq!(released(&mut gate), [1]);
        assert!(gate.is_holding());
        gate.stored(second);
        assert_eq!(released(&mut gate), [2]);
        assert!(!gate.is_holding());
    }

    #[test]
    fn a_later_ticket_stands_for_all_before_it() {
        let mut gate = Gate::default();
        let first = store(&mut gate, 1);
        assert_eq!(gate.pass(1), None);
        let second = store(&mut gate, 2);
        assert_eq!(gate.pass(2), None);
        gate.stored(second);
        gate.stored(first);
        assert_eq!(released(&mut gate), [1, 2]);
        assert_eq!(gate.pass(3), Some(3));
    }

    #[test]
    fn nothing_overtakes_what_is_about_to_leave() {
        let mut gate = Gate::default();
        let ticket = store(&mut gate, 1);
        assert_eq!((gate.pass(1), gate.pass(2)), (None, None));
        gate.stored(ticket);
        assert_eq!(gate.release(), Some(1));
        assert_eq!(gate.pass(3), None, "it would overtake the second one");
        assert_eq!(released(&mut gate), [2, 3]);
    }

    #[test]
    fn changes_between_two_looks_are_one_batch_in_their_order() {
        let mut gate = Gate::<u32>::default();
        gate.record(change(1));
        gate.record(change(2));
        assert_eq!(gate.poll_batch(), Some((Ticket(1), vec![change(1), change(2)])));
        assert_eq!(gate.poll_batch(), None);
        gate.record(change(3));
        assert_eq!(gate.poll_batch(), Some((Ticket(2), vec![change(3)])));
    }
}
