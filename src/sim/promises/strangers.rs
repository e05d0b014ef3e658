//! Promise 10: strangers gain nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::evidence::Evidence;
use super::finding::{Finding, found};
use super::past::Seen;
use crate::protocol::Session;
use crate::sim::roles::CLIENT;
use chatsim::scenario::ActorName;
use chatsim::stage::Change;

/// Until a peer that spoke first has echoed a token of ours, its address may be forged: no more
/// bytes are sent there than came from there.
pub(super) fn strangers(evidence: &Evidence<'_>) -> Result<(), Finding> {
    found(evidence.strangers.breach.as_ref())
}

/// What each program has received from whom, and sent there.
#[derive(Default)]
pub(super) struct Strangers {
    exchanges: BTreeMap<(ActorName, Option<ActorName>), Exchange>,
    tokens: BTreeSet<(ActorName, Session)>,
    moved: BTreeSet<Option<ActorName>>,
    /// The number of the first datagram that each actor has sent from its current address.
    lives_since: BTreeMap<ActorName, u64>,
    /// The number after that of the latest datagram.
    next: u64,
    breach: Option<Finding>,
}

/// The traffic between a program and a peer that spoke first.
#[derive(Default)]
struct Exchange {
    received: usize,
    answered: usize,
    /// The peer has echoed a token, or the program has written to it of its own accord.
    is_known: bool,
}

impl Exchange {
    /// Adds the traffic with the peer elsewhere.
    const fn add(&mut self, other: &Self) {
        self.received += other.received;
        self.answered += other.answered;
        self.is_known |= other.is_known;
    }
}

impl Strangers {
    /// Takes a datagram that was sent.
    pub(super) fn on_sent(&mut self, sent: &Seen) {
        let Seen { from, to, .. } = *sent;
        self.next = sent.number + 1;
        self.tokens.extend(sent.source.map(|source| (from, source)));
        let exchange = self.exchanges.entry((from, to)).or_default();
        exchange.answered += sent.len;
        exchange.is_known |= from.role() == CLIENT && sent.speaks_first;
        if !exchange.is_known && exchange.answered > exchange.received && !self.moved.contains(&to)
        {
            let Exchange { received, answered, .. } = exchange;
            let to = to.map_or_else(|| "a stranger".to_owned(), |to| format!("`{to}`"));
            let reason = format!(
                "`{from}` has sent {answered} bytes to {to}, which has sent {received} and may be \
                 forged"
            );
            self.breach.get_or_insert_with(|| Finding::general(reason));
        }
    }

    /// Takes a datagram that has arrived.
    pub(super) fn on_arrived(&mut self, sent: &Seen, by: ActorName) {
        let since = self.lives_since.get(&sent.from);
        let is_there = since.is_none_or(|since| sent.number >= *since);
        let exchange = self.exchanges.entry((by, is_there.then_some(sent.from))).or_default();
        exchange.received += sent.len;
        let repeated = sent.destination.map(|session| (by, session));
        exchange.is_known |= repeated.is_some_and(|token| self.tokens.contains(&token));
    }

    /// Takes a change of a program.
    pub(super) fn on_change(&mut self, actor: ActorName, change: Change) {
        match change {
            // A known peer is not there any more, but may still be written to; and another peer may
            // be known at the new address.
            Change::Moved(_) => {
                let with_it = self.exchanges.extract_if(.., |(_, other), _| *other == Some(actor));
                let with_it: Vec<_> = with_it.map(|((by, _), exchange)| (by, exchange)).collect();
                for (by, exchange) in with_it {
                    self.exchanges.entry((by, None)).or_default().add(&exchange);
                }
                self.lives_since.insert(actor, self.next);
                self.moved.insert(Some(actor));
            }
            Change::Started => {
                self.exchanges.retain(|(by, _), _| *by != actor);
                self.tokens.retain(|(by, _)| *by != actor);
            }
            Change::Ended
            | Change::Killed
            | Change::Paused
            | Change::Resumed
            | Change::ClockJumped(_)
            | Change::Disk(_) => {}
        }
    }
}
