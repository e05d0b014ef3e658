//! The history of the client's conversations, and queries of it. Storage holds the entries.
//!
//! A query is an output that passes the gate: it comes after everything that it has to find, and
//! storage answers from what is stored.

use std::collections::VecDeque;
use std::num::NonZeroUsize;

use super::effects::Effects;
use super::numbers::Numbers;
use super::outbox::{Outbox, Settled};
use crate::protocol::sabotage::{self, Bug};
use crate::protocol::{Audience, ClientName, KeptText, Text, Timestamp};
use crate::records::{ClientKey, ClientRecordRef, Entry, Found, Matcher, Query, State};

/// Messages of a history in memory: few enough to stay in the caches of a processor in a simulation
/// with many clients.
pub const HISTORY_IN_MEMORY_MAX: NonZeroUsize = NonZeroUsize::new(4_000).unwrap();

/// The history of a client, if it keeps one.
#[derive(Debug)]
pub(super) struct History {
    owner: ClientName,
    is_kept: bool,
    recent: Option<Recent>,
}

/// The numbers of the latest entries, where older ones are removed.
#[derive(Debug)]
struct Recent {
    limit: NonZeroUsize,
    /// In ascending order, and at most as many as the limit.
    numbers: VecDeque<u64>,
}

impl Recent {
    /// Adds an entry. Returns the number of the one that is to be removed, if there are too many.
    fn add(&mut self, number: u64) -> Option<u64> {
        if self.numbers.back().is_none_or(|last| *last < number) {
            self.numbers.push_back(number);
        } else if let Err(at) = self.numbers.binary_search(&number) {
            self.numbers.insert(at, number);
        }
        if self.numbers.len() > self.limit.get() { self.numbers.pop_front() } else { None }
    }
}

impl History {
    /// Makes the history of a client.
    pub(super) fn new(owner: ClientName) -> Self {
        Self { owner, is_kept: true, recent: None }
    }

    /// Keeps only the latest entries.
    pub(super) fn limit(&mut self, limit: NonZeroUsize) {
        self.recent = Some(Recent { limit, numbers: VecDeque::new() });
    }

    /// Notes that storage holds an entry.
    pub(super) fn restore(&mut self, number: u64) {
        if let Some(recent) = &mut self.recent {
            recent.add(number);
        }
    }

    /// Keeps no history.
    pub(super) fn switch_off(&mut self) {
        self.is_kept = false;
    }

    /// Returns whether there is a history.
    pub(super) fn is_kept(&self) -> bool {
        self.is_kept
    }

    /// Keeps a message that has arrived.
    pub(super) fn note_arrival(
        &mut self,
        message: &mut KeptText,
        numbers: &mut Numbers,
        effects: &mut Effects,
        now: Timestamp,
    ) {
        if !self.is_kept {
            return;
        }
        let KeptText { from, group, text: Text { number, at, ref mut body } } = *message;
        // The message lends its text to the entry, since a copy takes time.
        let text = Text { number, at, body: std::mem::take(body) };
        let with = group.map_or(Audience::Person(from), Audience::Group);
        let mut number = numbers.next_entry(now);
        if sabotage::has(Bug::HistoryByAuthorsClock) {
            number = text.number;
        }
        let entry = Entry { number, with, from, text, state: State::Arrived };
        self.put(&entry, effects);
        *body = entry.text.body;
    }

    /// Keeps a message of the client's own whose fate is known.
    pub(super) fn note_own(&mut self, own: Settled, numbers: &mut Numbers, effects: &mut Effects) {
        if self.is_kept {
            numbers.note_entry(own.text.number);
            self.put(&self.own_entry(own.to, own.text, own.state), effects);
        }
    }

    /// Stores an entry, and removes the oldest one if there are too many.
    fn put(&mut self, entry: &Entry, effects: &mut Effects) {
        effects.put(ClientRecordRef::Said(entry));
        let oldest = self.recent.as_mut().and_then(|recent| recent.add(entry.number));
        if let Some(oldest) = oldest {
            effects.remove(ClientKey::Said(oldest));
        }
    }

    /// Adds to what storage has found the messages that still wait to be delivered, which are not
    /// in the stored history.
    pub(super) fn complete(&self, found: Found, query: &Query, outbox: &Outbox) -> Found {
        let Found { mut entries, is_more, is_damaged } = found;
        let matcher = Matcher::new(query);
        let waiting = outbox.undecided();
        let waiting = waiting.map(|(to, text)| self.own_entry(to, text.clone(), State::Waiting));
        entries.extend(waiting.filter(|entry| matcher.matches(entry)));
        entries.sort_by_key(|entry| entry.number);
        let found = Found::latest(entries, query.count);
        Found { is_more: is_more || found.is_more, is_damaged, ..found }
    }

    fn own_entry(&self, with: Audience, text: Text, state: State) -> Entry {
        Entry { number: text.number, with, from: self.owner, text, state }
    }
}
