//! Queries of a client's history, and their answers.

use machine::Records;
use regex::bytes::{Regex, RegexBuilder};
use serde::{Deserialize, Serialize};

use super::history::Entry;
use super::record::{ClientRecord, SAID};
use crate::protocol::Audience;
use crate::protocol::codec::{self, DecodeError};

/// A query of the history.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Query {
    /// The name of a person, a group, or both whose conversation is wanted; `None` for all
    /// conversations.
    pub with: Option<String>,
    /// A text that a message has to contain, in upper or lower case.
    pub words: Option<String>,
    /// Maximum number of messages, of which the latest are returned.
    pub count: usize,
}

/// The answer to a query of the history.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Found {
    /// The messages, the latest one last.
    pub entries: Vec<Entry>,
    /// Whether there are older ones.
    pub is_more: bool,
    /// Whether some messages could not be read.
    pub is_damaged: bool,
}

/// Decides which messages match a query.
#[derive(Clone, Debug)]
pub struct Matcher {
    with: Option<String>,
    words: Option<Regex>,
}

impl Matcher {
    /// Prepares a query.
    ///
    /// # Panics
    ///
    /// Never: the text is escaped.
    #[expect(clippy::expect_used, reason = "an escaped text is always a pattern")]
    pub fn new(query: &Query) -> Self {
        let words = query.words.as_deref().map(|words| {
            let mut pattern = RegexBuilder::new(&regex::escape(words));
            let pattern = pattern.case_insensitive(true).size_limit(usize::MAX);
            pattern.build().expect("an escaped text is a pattern")
        });
        Self { with: query.with.clone(), words }
    }

    /// Returns whether a message matches the query.
    pub fn matches(&self, entry: &Entry) -> bool {
        self.fits(entry.with) && self.may_match(entry.text.body.as_bytes())
    }

    /// Returns the name of the conversation that is wanted, if it is not all of them.
    pub fn with(&self) -> Option<&str> {
        self.with.as_deref()
    }

    /// Returns whether any of several concatenated texts may contain the wanted text.
    pub fn may_match(&self, texts: &[u8]) -> bool {
        self.words.as_ref().is_none_or(|words| words.is_match(texts))
    }

    fn fits(&self, with: Audience) -> bool {
        self.with.as_deref().is_none_or(|name| match with {
            Audience::Person(person) => person.as_str() == name,
            Audience::Group(group) => group.as_str() == name,
        })
    }
}

/// Answers an encoded [`Query`] from records in memory with an encoded [`Found`].
pub fn answer(question: &[u8], records: &Records) -> Vec<u8> {
    let found = Query::decode(question).map(|query| query.answer(records));
    found.unwrap_or_default().encode()
}

impl Query {
    /// Encodes the query.
    pub fn encode(&self) -> Vec<u8> {
        codec::encode_kept(self)
    }

    /// Decodes a query.
    ///
    /// # Errors
    ///
    /// The bytes are not a query.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        codec::decode_kept(bytes)
    }

    fn answer(&self, records: &Records) -> Found {
        let matcher = Matcher::new(self);
        let said = records.from(&[SAID]).rev().filter_map(|(_, value)| {
            let Ok(ClientRecord::Said(entry)) = ClientRecord::decode(value) else { return None };
            matcher.matches(&entry).then_some(entry)
        });
        // One more than is wanted shows that there are more.
        let mut entries: Vec<_> = said.take(self.count.saturating_add(1)).collect();
        entries.reverse();
        Found::latest(entries, self.count)
    }
}

impl Found {
    /// Encodes the answer: two flags, then each message with its length in front.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = vec![u8::from(self.is_more), u8::from(self.is_damaged)];
        for entry in &self.entries {
            let entry = codec::encode_kept(entry);
            // A message is at most some thousand bytes long.
            let len = u32::try_from(entry.len()).unwrap_or(u32::MAX);
            bytes.extend(len.to_le_bytes());
            bytes.extend(entry);
        }
        bytes
    }

    /// Decodes an answer. What cannot be decoded counts as damaged.
    pub fn decode(bytes: &[u8]) -> Self {
        let damaged = || Self { is_damaged: true, ..Self::default() };
        let Some(([more, is_damaged], mut rest)) = bytes.split_first_chunk() else {
            return damaged();
        };
        let mut entries = Vec::new();
        while let Some((len, after)) = rest.split_first_chunk() {
            let len = usize::try_from(u32::from_le_bytes(*len)).unwrap_or(usize::MAX);
            let Some((entry, after)) = after.split_at_checked(len) else { return damaged() };
            let Ok(entry) = codec::decode_kept(entry) else { return damaged() };
            entries.push(entry);
            rest = after;
        }
        if !rest.is_empty() {
            return damaged();
        }
        Self { entries, is_more: *more == 1, is_damaged: *is_damaged == 1 }
    }

    /// Makes an answer of the matching messages, in their order; of more than `count`, the latest.
    pub fn latest(mut entries: Vec<Entry>, count: usize) -> Self {
        let older = entries.len().saturating_sub(count);
        entries.drain(..older);
        Self { entries, is_more: older > 0, is_damaged: false }
    }
}

#[cfg(test)]
mod tests {
    use super::super::State;
    use super::*;
    use crate::protocol::{ClientName, GroupName, Text, Timestamp};

    fn entry(with: Audience, body: &str) -> Entry {
        let text = Text { number: 1, at: Timestamp::from_micros(1), body: body.to_owned() };
        let from = ClientName::new("c2").unwrap();
        Entry { number: 1, with, from, text, state: State::Arrived }
    }

    fn matches(with: Option<&str>, words: Option<&str>, entry: &Entry) -> bool {
        let query = Query { with: with.map(Into::into), words: words.map(Into::into), count: 1 };
        Matcher::new(&query).matches(entry)
    }

    #[test]
    fn words_are_found_whatever_their_case_and_are_no_pattern() {
        let hi = entry(Audience::Person(ClientName::new("c2").unwrap()), "Überall (a+b)* STRASSE");
        for words in ["überall", "ÜBER", "(A+B)*", "l (", "e"] {
            assert!(matches(None, Some(words), &hi), "{words}");
        }
        for words in ["a.b", "überall  (", "^Ü"] {
            assert!(!matches(None, Some(words), &hi), "{words}");
        }
    }

    #[test]
    fn a_name_is_that_of_a_person_or_of_a_group() {
        let person = entry(Audience::Person(ClientName::new("sea").unwrap()), "hi");
        let group = entry(Audience::Group(GroupName::new("sea").unwrap()), "hi");
        for entry in [person, group] {
            assert!(matches(Some("sea"), None, &entry));
            assert!(matches(None, None, &entry));
            assert!(!matches(Some("se"), None, &entry));
            assert!(!matches(Some("Sea"), None, &entry));
        }
    }

    #[test]
    fn an_answer_is_bytes_and_back() {
        let hi = entry(Audience::Person(ClientName::new("c2").unwrap()), "hi");
        let found = Found { entries: vec![hi.clone(), hi], is_more: true, is_damaged: false };
        let bytes = found.encode();
        assert_eq!(Found::decode(&bytes), found);
        for cut in 0..bytes.len() {
            let decoded = Found::decode(&bytes[..cut]);
            let is_whole = decoded.entries.len() < 2 && !decoded.is_damaged && decoded.is_more;
            assert!(decoded == Found { is_damaged: true, ..Found::default() } || is_whole, "{cut}");
        }
    }

    #[test]
    fn records_in_memory_answer_questions() {
        let hi = entry(Audience::Person(ClientName::new("c2").unwrap()), "hi");
        let said = |number| ClientRecord::Said(Entry { number, ..hi.clone() }).put();
        let mut records = Records::default();
        records.apply((1..=5).map(said).collect());
        let query = Query { with: None, words: Some("HI".into()), count: 2 };
        let found = Found::decode(&answer(&query.encode(), &records));
        let numbers: Vec<_> = found.entries.iter().map(|entry| entry.number).collect();
        assert_eq!((numbers, found.is_more), (vec![4, 5], true));
    }

    #[test]
    fn the_latest_are_wanted() {
        let entries = |numbers: std::ops::Range<u64>| -> Vec<_> {
            let entry = entry(Audience::Person(ClientName::new("c2").unwrap()), "hi");
            numbers.map(|number| Entry { number, ..entry.clone() }).collect()
        };
        let found = Found::latest(entries(0..5), 2);
        assert_eq!((found.entries, found.is_more), (entries(3..5), true));
        let found = Found::latest(entries(0..5), 5);
        assert_eq!((found.entries, found.is_more), (entries(0..5), false));
    }
}
