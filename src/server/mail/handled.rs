//! Which messages were stored before, so that one that its author sends again is not stored twice.
//!
//! Only the last messages of each author are remembered, because an author sends its requests one
//! at a time. Messages that are still stored need no entry in storage.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::protocol::limits::HANDLED_PER_AUTHOR_MAX;
use crate::protocol::{ClientName, MessageId};

/// The last [`HANDLED_PER_AUTHOR_MAX`] messages of each author that were kept. An author sends its
/// requests one at a time, so it repeats only the last ones.
#[derive(Debug, Default)]
pub(super) struct Handled(BTreeMap<ClientName, VecDeque<Entry>>);

#[derive(Debug)]
struct Entry {
    number: u64,
    /// Whether storage has to remember it: its message is no longer kept.
    is_delivered: bool,
}

impl Handled {
    /// Returns whether a message was kept before.
    pub(super) fn contains(&self, id: MessageId) -> bool {
        let entries = self.0.get(&id.from).into_iter().flatten();
        entries.into_iter().any(|entry| entry.number == id.number)
    }

    /// Remembers a message that is kept.
    pub(super) fn insert(&mut self, id: MessageId) {
        if !self.contains(id) {
            self.push(id, false);
        }
    }

    /// Notes that a kept message is delivered. Returns the numbers that storage has to remember, if
    /// that is new to it.
    pub(super) fn deliver(&mut self, id: MessageId) -> Option<Vec<u64>> {
        let entries = self.0.get_mut(&id.from)?;
        let entry = entries.iter_mut().find(|entry| entry.number == id.number)?;
        if std::mem::replace(&mut entry.is_delivered, true) {
            return None;
        }
        let mut delivered = Vec::with_capacity(entries.len());
        let all = entries.iter().filter(|entry| entry.is_delivered);
        delivered.extend(all.map(|entry| entry.number));
        Some(delivered)
    }

    /// Takes what storage has remembered.
    pub(super) fn restore(&mut self, from: ClientName, numbers: &[u64]) {
        for &number in numbers {
            let id = MessageId { from, number };
            if self.contains(id) {
                self.deliver(id);
            } else {
                self.push(id, true);
            }
        }
    }

    fn push(&mut self, id: MessageId, is_delivered: bool) {
        let entries = self.0.entry(id.from).or_default();
        if entries.len() >= HANDLED_PER_AUTHOR_MAX {
            entries.pop_front();
        }
        entries.push_back(Entry { number: id.number, is_delivered });
    }

    /// Panics unless each author has a bounded number of messages, each once: otherwise memory
    /// would grow, or a message be remembered as kept and as delivered.
    pub(super) fn assert_invariants(&self) {
        for (author, entries) in &self.0 {
            assert!(
                (1..=HANDLED_PER_AUTHOR_MAX).contains(&entries.len()),
                "{} messages of {author} are remembered",
                entries.len()
            );
            let numbers: BTreeSet<_> = entries.iter().map(|entry| entry.number).collect();
            assert_eq!(numbers.len(), entries.len(), "{author} has each message once");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(from: &str, number: u64) -> MessageId {
        MessageId { from: ClientName::new(from).unwrap(), number }
    }

    #[test]
    fn the_last_messages_of_each_author_are_known() {
        let mut handled = Handled::default();
        handled.insert(id("b", 1));
        for number in 0..=HANDLED_PER_AUTHOR_MAX as u64 {
            handled.insert(id("a", number));
            handled.insert(id("a", number));
        }
        assert!(!handled.contains(id("a", 0)), "pushed out");
        assert!(handled.contains(id("a", 1)));
        assert!(handled.contains(id("b", 1)), "others push out nothing");
    }

    #[test]
    fn storage_has_to_remember_what_is_delivered_and_not_what_it_keeps() {
        let mut handled = Handled::default();
        (1..=3).for_each(|number| handled.insert(id("a", number)));
        assert_eq!(handled.deliver(id("a", 3)), Some(vec![3]));
        assert_eq!(handled.deliver(id("a", 3)), None, "to another member of the group");
        assert_eq!(handled.deliver(id("a", 1)), Some(vec![1, 3]));
        assert_eq!(handled.deliver(id("a", 9)), None, "never kept");
    }

    #[test]
    fn what_was_remembered_is_known_after_a_restart() {
        let mut handled = Handled::default();
        handled.insert(id("a", 2));
        handled.restore(id("a", 0).from, &[1, 2]);
        assert!(handled.contains(id("a", 1)) && handled.contains(id("a", 2)));
        handled.insert(id("a", 3));
        assert_eq!(handled.deliver(id("a", 3)), Some(vec![2, 1, 3]));
    }
}
