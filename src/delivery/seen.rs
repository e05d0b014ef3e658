//! The memory of what has been taken, so that nothing is taken twice.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::protocol::limits::SEEN_MESSAGES_MAX;
use crate::protocol::{ClientName, MessageId};

/// Remembers the ids of the last [`SEEN_MESSAGES_MAX`] messages, whatever way they came.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// In the order of their coming, each with its place in that order.
    order: VecDeque<(u64, MessageId)>,
    numbers: BTreeMap<ClientName, BTreeSet<u64>>,
}

/// The place of a new id among all.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Novelty {
    /// Rises by one with each new id.
    pub place: u64,
    /// The place of the id that was forgotten for it.
    pub forgotten: Option<u64>,
}

impl Seen {
    /// Remembers an id and tells its place; `None` if it is remembered already.
    pub fn insert(&mut self, id: MessageId) -> Option<Novelty> {
        let place = self.order.back().map_or(1, |(last, _)| last + 1);
        self.insert_at(place, id)
    }

    /// Does the same with the place that it had in an earlier run. Places have to rise.
    pub fn insert_at(&mut self, place: u64, id: MessageId) -> Option<Novelty> {
        if !self.numbers.entry(id.from).or_default().insert(id.number) {
            return None;
        }
        let mut forgotten = None;
        if self.order.len() >= SEEN_MESSAGES_MAX
            && let Some((place, oldest)) = self.order.pop_front()
            && let Some(numbers) = self.numbers.get_mut(&oldest.from)
        {
            forgotten = Some(place);
            numbers.remove(&oldest.number);
            if numbers.is_empty() {
                self.numbers.remove(&oldest.from);
            }
        }
        self.order.push_back((place, id));
        Some(Novelty { place, forgotten })
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
        assert_eq!(seen.insert(id("a", 1)), Some(Novelty { place: 1, forgotten: None }));
        assert!(seen.contains(id("a", 1)));
        assert_eq!(seen.insert(id("a", 1)), None);
    }

    #[test]
    fn authors_number_their_messages_on_their_own() {
        let mut seen = Seen::default();
        assert!(seen.insert(id("a", 1)).is_some());
        assert!(seen.insert(id("b", 1)).is_some());
        assert!(seen.insert(id("a", 0)).is_some(), "older, and yet new");
    }

    #[test]
    fn beyond_the_bound_the_oldest_is_forgotten() {
        let mut seen = Seen::default();
        assert!(seen.insert(id("first", 7)).is_some());
        for number in 1..BOUND {
            assert!(seen.insert(id("a", number)).is_some());
        }
        assert!(seen.contains(id("first", 7)), "the bound itself is room enough");
        let novelty = Novelty { place: BOUND + 1, forgotten: Some(1) };
        assert_eq!(seen.insert(id("a", BOUND)), Some(novelty));
        assert!(!seen.contains(id("first", 7)));
        assert!(seen.contains(id("a", 1)));
        assert_eq!(seen.order.len(), SEEN_MESSAGES_MAX);
        assert_eq!(seen.numbers.len(), 1, "an author of whom nothing is known takes no room");
    }

    #[test]
    fn places_go_on_where_an_earlier_run_has_ended() {
        let mut seen = Seen::default();
        assert!(seen.insert_at(41, id("a", 1)).is_some());
        assert_eq!(seen.insert(id("a", 2)), Some(Novelty { place: 42, forgotten: None }));
    }

    #[test]
    fn a_repeated_message_pushes_nothing_out() {
        let mut seen = Seen::default();
        for number in 0..BOUND {
            seen.insert(id("a", number));
        }
        for _ in 0..3 {
            assert_eq!(seen.insert(id("a", 9)), None);
        }
        assert!(seen.contains(id("a", 0)));
        assert_eq!(seen.order.len(), SEEN_MESSAGES_MAX);
    }
}
