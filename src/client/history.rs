//! What the client keeps of its conversations, and what it finds there. Storage holds the entries.

use super::effects::Effects;
use super::numbers::Numbers;
use super::outbox::{Outbox, Settled};
use crate::protocol::{Audience, ClientName, KeptText, Text, Timestamp};
use crate::records::{Entry, Found, Matcher, Query, Record, State};

/// The history of a client, if it keeps one.
#[derive(Debug)]
pub(super) struct History {
    owner: ClientName,
    is_kept: bool,
}

impl History {
    /// Makes the history of a client.
    pub(super) fn new(owner: ClientName) -> Self {
        Self { owner, is_kept: true }
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
        &self,
        message: &KeptText,
        numbers: &mut Numbers,
        effects: &mut Effects,
        now: Timestamp,
    ) {
        if !self.is_kept {
            return;
        }
        let KeptText { from, group, ref text } = *message;
        effects.put(Record::Said(Entry {
            number: numbers.next_entry(now),
            with: group.map_or(Audience::Person(from), Audience::Group),
            from,
            text: text.clone(),
            state: State::Arrived,
        }));
    }

    /// Keeps a message of the client's own whose fate is known.
    pub(super) fn note_own(&self, own: Settled, numbers: &mut Numbers, effects: &mut Effects) {
        if self.is_kept {
            numbers.note_entry(own.text.number);
            effects.put(Record::Said(self.own_entry(own.to, own.text, own.state)));
        }
    }

    /// Completes what storage has found with the messages that are still waiting to be delivered,
    /// which storage does not count as history.
    pub(super) fn complete(&self, found: Found, query: &Query, outbox: &Outbox) -> Found {
        let Found { mut entries, is_more, is_damaged } = found;
        let matcher = Matcher::new(query);
        let waiting = outbox.waiting();
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
