//! What the server passes to its driver: at once, or when everything that it depends on is stored.

use std::collections::VecDeque;

use super::links::Posting;
use super::report::Report;
use super::words::Notice;
use crate::protocol::sabotage;
use crate::protocol::{Address, Fact};
use crate::records::{Change, Gate, ServerRecord, Ticket};

/// What the server asks its driver to do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Output {
    /// Send a datagram.
    Transmit {
        /// To whom.
        to: Address,
        /// Its bytes.
        bytes: Vec<u8>,
    },
    /// Store changes, all of them or none, then call
    /// [`Server::handle_stored`](super::Server::handle_stored).
    Store {
        /// Names this batch.
        ticket: Ticket,
        /// What to store, in this order.
        changes: Vec<Change>,
    },
    /// Show the operator a notice.
    Notice(Notice),
    /// Pass a fact to the checkers, if there are any.
    Fact(Fact),
    /// Log a report.
    Report(Report),
}

/// What a component asks for besides an answer.
#[derive(Debug)]
pub(super) enum Effect {
    /// Store a change.
    Change(Change),
    /// Show a notice, once all changes before it are stored.
    Notice(Notice),
    /// State a fact at once: after a crash it could not be known whether it was stored.
    FactAtOnce(Fact),
    /// Log a report, once all changes before it are stored.
    Report(Report),
}

/// The gate before storage, and the queues of what has passed it.
#[derive(Debug, Default)]
pub(super) struct Outputs {
    gate: Gate<Held>,
    notices: VecDeque<Notice>,
    facts: VecDeque<Fact>,
    reports: VecDeque<Report>,
    /// Whether reports are emitted.
    is_reporting: bool,
}

/// What waits for storage.
#[derive(Debug)]
enum Held {
    Posting(Posting),
    Notice(Notice),
    Fact(Fact),
    Report(Report),
}

impl Outputs {
    /// Turns reports on.
    pub(super) fn report_from_now_on(&mut self) {
        self.is_reporting = true;
    }

    /// Takes effects, in their order.
    pub(super) fn extend(&mut self, effects: impl IntoIterator<Item = Effect>) {
        for effect in effects {
            match effect {
                Effect::Change(change) => self.record(change),
                Effect::Notice(notice) => self.notify(notice),
                Effect::FactAtOnce(fact) => self.facts.push_back(fact),
                Effect::Report(report) => self.report(report),
            }
        }
    }

    /// Takes a change: whatever comes after it waits until it is stored.
    pub(super) fn record(&mut self, change: Change) {
        if !is_forgotten(&change) {
            self.gate.record(change);
        }
    }

    /// Takes changes, in their order.
    pub(super) fn record_all(&mut self, changes: impl IntoIterator<Item = Change>) {
        for change in changes {
            self.record(change);
        }
    }

    /// Takes a notice for the operator.
    pub(super) fn notify(&mut self, notice: Notice) {
        self.pass(Held::Notice(notice));
    }

    /// Takes a fact for the checkers.
    pub(super) fn state(&mut self, fact: Fact) {
        self.pass(Held::Fact(fact));
    }

    /// Takes a report for the log, if reports are on.
    pub(super) fn report(&mut self, report: Report) {
        if self.is_reporting {
            self.pass(Held::Report(report));
        }
    }

    /// Takes a packet. Returns it if everything that it depends on is stored, so that it is to be
    /// sent now.
    #[must_use]
    pub(super) fn post(&mut self, posting: Posting) -> Option<Posting> {
        let passed = self.gate.pass(Held::Posting(posting))?;
        self.let_out(passed)
    }

    fn pass(&mut self, held: Held) {
        if let Some(passed) = self.gate.pass(held) {
            let posting = self.let_out(passed);
            debug_assert!(posting.is_none(), "packets pass by `post`");
        }
    }

    /// Queues an item that has passed the gate, or returns it if it is a packet to send.
    fn let_out(&mut self, passed: Held) -> Option<Posting> {
        match passed {
            Held::Posting(posting) => return Some(posting),
            Held::Notice(notice) => self.notices.push_back(notice),
            Held::Fact(fact) => self.facts.push_back(fact),
            Held::Report(report) => self.reports.push_back(report),
        }
        None
    }

    /// Learns that a batch of changes, and all before it, are stored. Call
    /// [`release`](Self::release) next.
    pub(super) fn stored(&mut self, ticket: Ticket) {
        self.gate.stored(ticket);
    }

    /// Queues what depends on stored changes only, up to the next packet, which is returned to be
    /// sent. Call it until it returns `None`.
    pub(super) fn release(&mut self) -> Option<Posting> {
        while let Some(passed) = self.gate.release() {
            let posting = self.let_out(passed);
            if posting.is_some() {
                return posting;
            }
        }
        None
    }

    /// Returns the next output; packets leave by the links.
    pub(super) fn poll(&mut self) -> Option<Output> {
        if let Some(fact) = self.facts.pop_front() {
            return Some(Output::Fact(fact));
        }
        if let Some(report) = self.reports.pop_front() {
            return Some(Output::Report(report));
        }
        if let Some((ticket, changes)) = self.gate.poll_batch() {
            return Some(Output::Store { ticket, changes });
        }
        self.notices.pop_front().map(Output::Notice)
    }

    /// Returns whether anything waits for storage.
    pub(super) fn is_holding(&self) -> bool {
        self.gate.is_holding()
    }

    /// Returns whether everything is stored and nothing waits.
    pub(super) fn is_stored(&self) -> bool {
        self.gate.is_open()
    }

    /// Returns the number of items that wait for storage.
    pub(super) fn held(&self) -> usize {
        self.gate.held().count()
    }

    /// Returns the packets that wait for storage, in their order.
    pub(super) fn held_postings(&self) -> impl Iterator<Item = &Posting> {
        self.gate.held().filter_map(|held| match held {
            Held::Posting(posting) => Some(posting),
            Held::Notice(_) | Held::Fact(_) | Held::Report(_) => None,
        })
    }

    /// Panics unless whatever is held waits for a change: otherwise it would never leave.
    pub(super) fn assert_invariants(&self) {
        assert!(
            !(self.gate.is_open() && self.gate.is_holding()),
            "an open gate holds nothing back"
        );
        assert!(
            self.is_reporting || self.reports.is_empty(),
            "reports are queued only if they are on"
        );
    }
}

/// Returns whether a bug keeps a change from being stored.
fn is_forgotten(change: &Change) -> bool {
    if !cfg!(feature = "sabotage") || change.value().is_none() {
        return false;
    }
    let key = change.key().first();
    let kind = ServerRecord::KINDS.iter().find(|kind| key == Some(&kind.key));
    kind.and_then(|kind| kind.lost_by).is_some_and(sabotage::has)
}
