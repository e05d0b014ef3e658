//! What the client keeps of its conversations, and what it finds there.

use std::collections::{BTreeMap, VecDeque};

use super::machine::Client;
use super::output::Output;
use super::words::{CommandNumber, Notice};
use crate::protocol::{Audience, ClientName, KeptText, Text, Timestamp};
use crate::records::{Entry, Found, Matcher, Query, Record, State};

/// What the client knows of its history, which storage holds.
#[derive(Debug)]
pub(super) struct Memory {
    /// Whether there is to be a history.
    is_kept: bool,
    /// The highest number in it.
    pub(super) last_said: u64,
    /// Questions about it whose answers are due.
    pub(super) questions: VecDeque<(CommandNumber, Query)>,
    /// Whose messages are not shown, and how many were not in this run.
    pub(super) muted: BTreeMap<ClientName, u64>,
}

impl Default for Memory {
    fn default() -> Self {
        Self { is_kept: true, last_said: 0, questions: VecDeque::new(), muted: BTreeMap::new() }
    }
}

impl Client {
    /// Keeps no history.
    #[must_use]
    pub fn without_history(mut self) -> Self {
        self.memory.is_kept = false;
        self
    }

    /// Keeps a message that has come.
    pub(super) fn remember_arrival(&mut self, message: &KeptText) {
        if !self.memory.is_kept {
            return;
        }
        // What waits to be sent has its number already.
        let last = self.memory.last_said.max(self.last_message);
        self.memory.last_said = self.now.as_micros().max(last + 1);
        let KeptText { from, group, ref text } = *message;
        self.put(Record::Said(Entry {
            number: self.memory.last_said,
            with: group.map_or(Audience::Person(from), Audience::Group),
            from,
            text: text.clone(),
            state: State::Arrived,
        }));
    }

    /// Keeps a message of the client's own, of which it is known what became.
    pub(super) fn remember_own(&mut self, with: Audience, text: Text, state: State) {
        if self.memory.is_kept {
            self.memory.last_said = self.memory.last_said.max(text.number);
            self.put(Record::Said(self.own_entry(with, text, state)));
        }
    }

    fn own_entry(&self, with: Audience, text: Text, state: State) -> Entry {
        Entry { number: text.number, with, from: self.name, text, state }
    }

    /// Looks something up; the answer is due.
    pub(super) fn recall(&mut self, number: CommandNumber, query: Query) {
        if self.memory.is_kept {
            self.memory.questions.push_back((number, query.clone()));
            // It passes the gate behind all that is to be known.
            self.told.push_back(Output::Recall(query));
        } else {
            self.answer_aside(number, Notice::NoHistory);
        }
    }

    /// Learns what was found for the question that was asked first.
    pub fn handle_found(&mut self, found: Found, now: Timestamp) {
        self.now = self.clock.read(now);
        let Some((number, query)) = self.memory.questions.pop_front() else {
            return;
        };
        let Found { mut entries, is_more, is_damaged } = found;
        let matcher = Matcher::new(&query);
        let waiting = self.outbox.waiting();
        let waiting = waiting.map(|(to, text)| self.own_entry(to, text.clone(), State::Waiting));
        entries.extend(waiting.filter(|entry| matcher.matches(entry)));
        entries.sort_by_key(|entry| entry.number);
        let found = Found::latest(entries, query.count);
        let found = Found { is_more: is_more || found.is_more, is_damaged, ..found };
        self.answer_aside(number, Notice::History { query, found });
        self.proceed();
    }

    /// Hides what somebody writes: it is in the history only.
    pub(super) fn mute(&mut self, name: ClientName) {
        if self.memory.muted.insert(name, 0).is_none() {
            self.put(Record::Muted(name));
        }
        self.tell(Notice::Muted(name));
    }

    /// Shows again what somebody writes.
    pub(super) fn unmute(&mut self, name: ClientName) {
        let Some(hidden) = self.memory.muted.remove(&name) else {
            return self.tell(Notice::NotMuted(name));
        };
        self.remove(crate::records::Key::Muted(name));
        self.tell(Notice::Unmuted { name, hidden });
    }
}
