//! The memory of what has been taken, so that nothing is taken twice.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::protocol::limits::SEEN_MESSAGES_MAX;
use crate::protocol::{ClientName, MessageId};

/// Remembers the ids of the last [`SEEN_MESSAGES_MAX`] messages, whatever way they came.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    order: VecDeque<MessageId>,
    numbers: BTreeMap<ClientName, BTreeSet<u64>>,
}

impl Seen {
    /// Remembers an id and tells whether it is new.
    pub fn insert(&mut self, id: MessageId) -> bool {
        if !self.numbers.entry(id.from).or_default().insert(id.number) {
            return false;
        }
        if self.order.len() >= SEEN_MESSAGES_MAX
            && let Some(oldest) = self.order.pop_front()
            && let Some(numbers) = self.numbers.get_mut(&oldest.from)
        {
            numbers.remove(&oldest.number);
            if numbers.is_empty() {
                self.numbers.remove(&oldest.from);
            }
        }
        self.order.push_back(id);
        true
    }

    /// Tells whether an id is remembered.
    pub fn contains(&self, id: MessageId) -> bool {
        self.numbers.get(&id.from).is_some_and(|numbers| numbers.contains(&id.number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUND: u64 = SEEN_MESSAGES_MAX as u64;

    fn id(from: &str, number: u64) -> MessageId {
        MessageId { from: ClientName::new(from).unwrap(), number }
    }

    #[test]
    fn a_message_is_new_once() {
        let mut seen = Seen::default();
        assert!(!seen.contains(id("a", 1)));
        assert!(seen.insert(id("a", 1)));
        assert!(seen.contains(id("a", 1)));
        assert!(!seen.insert(id("a", 1)));
    }

    #[test]
    fn authors_number_their_messages_on_their_own() {
        let mut seen = Seen::default();
        assert!(seen.insert(id("a", 1)));
        assert!(seen.insert(id("b", 1)));
        assert!(seen.insert(id("a", 0)), "older, and yet new");
    }

    #[test]
    fn beyond_the_bound_the_oldest_is_forgotten() {
        let mut seen = Seen::default();
        assert!(seen.insert(id("first", 7)));
        for number in 1..BOUND {
            assert!(seen.insert(id("a", number)));
        }
        assert!(seen.contains(id("first", 7)), "the bound itself is room enough");
        assert!(seen.insert(id("a", BOUND)));
        assert!(!seen.contains(id("first", 7)));
        assert!(seen.contains(id("a", 1)));
        assert_eq!(seen.order.len(), SEEN_MESSAGES_MAX);
        assert_eq!(seen.numbers.len(), 1, "an author of whom nothing is known takes no room");
    }

    #[test]
    fn a_repeated_message_pushes_nothing_out() {
        let mut seen = Seen::default();
        for number in 0..BOUND {
            seen.insert(id("a", number));
        }
        for _ in 0..3 {
            assert!(!seen.insert(id("a", 9)));
        }
        assert!(seen.contains(id("a", 0)));
        assert_eq!(seen.order.len(), SEEN_MESSAGES_MAX);
    }
}
