//! What the client asks its driver to do, in the order in which it may leave.

use std::collections::VecDeque;

use super::output::Output;
use super::words::Ending;
use crate::delivery::Endpoint;
use crate::protocol::sabotage;
use crate::protocol::{Fact, MessageId};
use crate::records::{ClientKey, ClientRecordRef, Gate, Ticket};

/// The effects that wait for their driver.
///
/// Whatever leaves after a change of the records, datagrams included, waits until that change is
/// stored.
#[derive(Debug, Default)]
pub(super) struct Effects {
    gate: Gate<Output>,
    /// Facts that bypass the gate: what a user has decided holds even before it is stored.
    decisions: VecDeque<Fact>,
    facts: VecDeque<Fact>,
    /// Notices, `Shown` marks, `Done`s and queries of the history, in order.
    notices: VecDeque<Output>,
    end: End,
}

/// Whether the program ends.
#[derive(Clone, Copy, Debug, Default)]
enum End {
    /// The program continues.
    #[default]
    Open,
    /// It ends in this way after everything else has left.
    Due(Ending),
    /// It was asked to end.
    Requested,
}

impl Effects {
    /// Stores a record; whatever leaves from now on waits for that.
    #[inline]
    pub(super) fn put(&mut self, record: ClientRecordRef<'_>) {
        if is_forgotten(record) {
            return;
        }
        self.gate.record(record.put());
    }

    /// Removes a record; whatever leaves from now on waits for that.
    pub(super) fn remove(&mut self, key: ClientKey) {
        self.gate.record(key.remove());
    }

    /// States a fact, once all changes before it are stored.
    pub(super) fn state(&mut self, fact: Fact) {
        self.facts.push_back(fact);
    }

    /// States a fact that does not wait for storage.
    pub(super) fn decide(&mut self, fact: Fact) {
        self.decisions.push_back(fact);
    }

    /// Appends a notice, or something that has to keep its place among the notices.
    pub(super) fn emit(&mut self, output: Output) {
        self.notices.push_back(output);
    }

    /// Ends the program after everything else has left.
    pub(super) fn end(&mut self, ending: Ending) {
        self.end = match self.end {
            End::Open | End::Due(_) => End::Due(ending),
            End::Requested => End::Requested,
        };
    }

    /// Returns whether the program ends.
    pub(super) fn is_ending(&self) -> bool {
        match self.end {
            End::Open => false,
            End::Due(_) | End::Requested => true,
        }
    }

    /// Learns that a batch of changes, and all before it, are stored.
    pub(super) fn stored(&mut self, ticket: Ticket) {
        self.gate.stored(ticket);
    }

    /// Returns whether something waits for storage.
    pub(super) fn is_holding(&self) -> bool {
        self.gate.is_holding()
    }

    /// Returns the messages of those facts that wait for storage.
    pub(super) fn held_messages(
        &self,
        is_such: fn(Fact) -> bool,
    ) -> impl Iterator<Item = MessageId> {
        self.gate.held().filter_map(move |output| match output {
            Output::Fact(fact) if is_such(*fact) => fact.message(),
            Output::Fact(_)
            | Output::Transmit { .. }
            | Output::Notice { .. }
            | Output::Done { .. }
            | Output::Store { .. }
            | Output::Shown { .. }
            | Output::Recall(_)
            | Output::Exit(_) => None,
        })
    }

    /// Returns the next effect: what waited here, then the datagrams of `endpoint`, then the end.
    // Inlined, each output is moved once more on the stack.
    #[inline(never)]
    pub(super) fn poll(&mut self, endpoint: &mut Endpoint) -> Option<Output> {
        if let Some(fact) = self.decisions.pop_front() {
            return Some(Output::Fact(fact));
        }
        if let Some((ticket, changes)) = self.gate.poll_batch() {
            return Some(Output::Store { ticket, changes });
        }
        if self.gate.is_open() {
            return self.next(endpoint);
        }
        self.gate.release().or_else(|| self.next_passing(endpoint))
    }

    /// Returns the next effect whose changes are all stored.
    fn next_passing(&mut self, endpoint: &mut Endpoint) -> Option<Output> {
        while let Some(output) = self.next(endpoint) {
            if let Some(output) = self.gate.pass(output) {
                return Some(output);
            }
        }
        None
    }

    fn next(&mut self, endpoint: &mut Endpoint) -> Option<Output> {
        if let Some(fact) = self.facts.pop_front() {
            return Some(Output::Fact(fact));
        }
        if let Some(notice) = self.notices.pop_front() {
            return Some(notice);
        }
        if let Some((to, bytes)) = endpoint.poll_datagram() {
            return Some(Output::Transmit { to, bytes });
        }
        if let End::Due(ending) = self.end {
            self.end = End::Requested;
            return Some(Output::Exit(ending));
        }
        None
    }

    /// Returns the storage slots whose `Shown` mark has not left yet.
    pub(super) fn slots_to_mark(&self) -> impl Iterator<Item = u32> {
        self.gate.held().chain(&self.notices).filter_map(|output| match output {
            Output::Shown { slot, .. } => Some(*slot),
            Output::Fact(_)
            | Output::Transmit { .. }
            | Output::Notice { .. }
            | Output::Done { .. }
            | Output::Store { .. }
            | Output::Recall(_)
            | Output::Exit(_) => None,
        })
    }

    /// Asserts that only what has a place in a queue is in it: a batch of changes and the end are
    /// made when they leave, so that neither can wait in front of something that it must follow.
    pub(super) fn assert_invariants(&self) {
        for output in &self.notices {
            match output {
                Output::Notice { .. }
                | Output::Done { .. }
                | Output::Shown { .. }
                | Output::Recall(_) => {}
                Output::Fact(_)
                | Output::Transmit { .. }
                | Output::Store { .. }
                | Output::Exit(_) => panic!("{output:?} waits among the notices"),
            }
        }
    }
}

/// Returns whether a bug keeps a record from being stored.
fn is_forgotten(record: ClientRecordRef<'_>) -> bool {
    record.kind().lost_by.is_some_and(sabotage::has)
}
