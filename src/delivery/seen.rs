//! The ids of messages that were taken, so that none is taken twice.

use std::collections::{BTreeMap, VecDeque};

use crate::protocol::limits::{SEEN_AUTHORS_MAX, SEEN_PER_AUTHOR_MAX};
use crate::protocol::{ClientName, MessageId};

/// Remembers the last [`SEEN_PER_AUTHOR_MAX`] messages of each of [`SEEN_AUTHORS_MAX`] authors,
/// however they arrived.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    authors: BTreeMap<ClientName, Author>,
}

#[derive(Clone, Debug, Default)]
struct Author {
    /// Places and numbers of messages, in the order of their places.
    known: VecDeque<(u64, u64)>,
    /// The highest number so far: usually the next one is higher.
    highest: Option<u64>,
}

impl Author {
    fn push(&mut self, index: usize, place: u64, number: u64) {
        self.highest = self.highest.max(Some(number));
        self.known.insert(index, (place, number));
    }
}

/// The consequences of a new id.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Novelty {
    /// Its place among its author's messages.
    pub place: u64,
    /// An author who was forgotten for it.
    pub forgotten: Option<ClientName>,
}

impl Seen {
    /// Remembers an id. Returns its place; `None` if it is remembered already.
    pub fn insert(&mut self, id: MessageId) -> Option<Novelty> {
        let mut forgotten = None;
        if !self.authors.contains_key(&id.from) {
            forgotten = self.make_room();
        }
        let author = self.authors.entry(id.from).or_default();
        let is_newest = author.highest.is_none_or(|highest| id.number > highest);
        if !is_newest && author.known.iter().any(|(_, number)| *number == id.number) {
            return None;
        }
        let place = author.known.back().map_or(0, |(last, _)| last + 1);
        if author.known.len() >= SEEN_PER_AUTHOR_MAX {
            author.known.pop_front();
        }
        author.push(author.known.len(), place, id.number);
        Some(Novelty { place, forgotten })
    }

    /// Returns whether an id is remembered.
    pub fn contains(&self, id: MessageId) -> bool {
        let author = self.authors.get(&id.from);
        author.is_some_and(|author| author.known.iter().any(|(_, number)| *number == id.number))
    }

    /// Remembers an id at the place that it had in an earlier run.
    pub fn restore(&mut self, place: u64, id: MessageId) {
        let author = self.authors.entry(id.from).or_default();
        let index = author.known.partition_point(|(before, _)| *before < place);
        author.push(index, place, id.number);
    }

    /// Forgets an author, if there are too many: the one that has been silent for longest, since
    /// messages are numbered by the time.
    fn make_room(&mut self) -> Option<ClientName> {
        if self.authors.len() < SEEN_AUTHORS_MAX {
            return None;
        }
        let last = |author: &Author| author.known.back().map(|(_, number)| *number);
        let author = *self.authors.iter().min_by_key(|(_, author)| last(author))?.0;
        self.authors.remove(&author);
        Some(author)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUND: u64 = SEEN_PER_AUTHOR_MAX as u64;

    fn id(from: &str, number: u64) -> MessageId {
        MessageId { from: ClientName::new(from).unwrap(), number }
    }

    const fn at(place: u64) -> Novelty {
        Novelty { place, forgotten: None }
    }

    #[test]
    fn a_message_is_new_once() {
        let mut seen = Seen::default();
        assert!(!seen.contains(id("a", 1)));
        assert_eq!(seen.insert(id("a", 1)), Some(at(0)));
        assert_eq!(seen.insert(id("a", 1)), None);
        assert!(seen.contains(id("a", 1)));
        assert!(!seen.contains(id("a", 2)) && !seen.contains(id("b", 1)));
    }

    #[test]
    fn authors_number_their_messages_on_their_own() {
        let mut seen = Seen::default();
        assert_eq!(seen.insert(id("a", 1)), Some(at(0)));
        assert_eq!(seen.insert(id("b", 1)), Some(at(0)));
        assert_eq!(seen.insert(id("a", 0)), Some(at(1)), "older, and yet new");
    }

    #[test]
    fn of_each_author_the_last_are_remembered() {
        let mut seen = Seen::default();
        for number in 0..BOUND {
            assert_eq!(seen.insert(id("a", number)), Some(at(number)));
        }
        assert_eq!(seen.insert(id("b", 7)), Some(at(0)), "others push nothing out");
        assert_eq!(seen.insert(id("a", 0)), None, "the bound itself is room enough");
        assert_eq!(seen.insert(id("a", BOUND)), Some(at(BOUND)));
        assert_eq!(seen.insert(id("a", 0)), Some(at(BOUND + 1)), "forgotten");
    }

    #[test]
    fn the_author_who_was_silent_for_longest_is_forgotten_for_a_newcomer() {
        let mut seen = Seen::default();
        for author in 0..SEEN_AUTHORS_MAX as u64 {
            assert_eq!(seen.insert(id(&format!("a{author}"), 10 + author)), Some(at(0)));
        }
        seen.insert(id("a0", 1_000_000));
        let forgotten = Some(id("a1", 0).from);
        assert_eq!(seen.insert(id("b", 1)), Some(Novelty { place: 0, forgotten }));
        assert_eq!(seen.insert(id("a0", 10)), None);
    }

    #[test]
    fn places_go_on_where_an_earlier_run_has_ended() {
        let mut seen = Seen::default();
        for place in [BOUND, 41, BOUND - 1] {
            seen.restore(place, id("a", place));
        }
        assert_eq!(seen.insert(id("a", 41)), None);
        assert_eq!(seen.insert(id("a", 1)), Some(at(BOUND + 1)));
    }
}
