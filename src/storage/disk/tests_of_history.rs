//! A history that is moved to the archive, and queries about it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::task::{Context, Poll};

use super::tests::{contents, keep, load, name};
use super::*;
use crate::protocol::{Audience, GroupName, Text, Timestamp};
use crate::records::{ClientKey, ClientRecord, Entry, Found, Matcher, Query, State};
use crate::storage::{AnyStore, Key, Place, Record, in_memory};

/// The numbers of messages: every tenth, so that some can come in between.
const STEP: u64 = 10;

fn open(folder: &Path) -> Result<DiskStore, StoreError> {
    DiskStore::open(folder, Owner::Client(name("c1")))
}

fn entry(number: u64, state: State) -> Entry {
    let group = Audience::Group(GroupName::new("sea").unwrap());
    let with = if number.is_multiple_of(3) { group } else { Audience::Person(name("c2")) };
    let body = format!("message {number} of {}\nend", number % 7);
    let text = Text { number, at: Timestamp::from_micros(number), body };
    Entry { number, with, from: name("c2"), text, state }
}

fn said(entries: impl IntoIterator<Item = Entry>) -> Vec<Change> {
    entries.into_iter().map(|entry| ClientRecord::Said(entry).put()).collect()
}

fn recorded(entry: Entry) -> Record {
    ClientRecord::Said(entry).into()
}

fn recalled(store: &mut AnyStore, query: &Query) -> Found {
    store.ask(query.encode());
    loop {
        match store.poll_answer(&mut Context::from_waker(std::task::Waker::noop())) {
            Poll::Ready(answer) => return Found::decode(&answer.unwrap()),
            Poll::Pending => std::thread::yield_now(),
        }
    }
}

fn query(with: Option<&str>, words: Option<&str>, count: usize) -> Query {
    Query { with: with.map(Into::into), words: words.map(Into::into), count }
}

/// Returns the answer of a plain linear search.
fn expected(all: &BTreeMap<u64, Entry>, query: &Query) -> Found {
    let matcher = Matcher::new(query);
    let fitting = all.values().filter(|entry| matcher.matches(entry)).cloned();
    Found::latest(fitting.collect(), query.count)
}

#[test]
fn questions_are_answered_as_if_everything_was_looked_at() {
    let folder = tempfile::tempdir().unwrap();
    let mut all = BTreeMap::new();
    let mut store = open(folder.path()).unwrap();
    let news =
        |round: u64| (round * 300..(round + 1) * 300).map(|n| entry(n * STEP, State::Arrived));
    // The fate of old messages is learned late, and some messages arrive late.
    let changed =
        |round: u64| (0..round * 300).step_by(97).map(|n| entry(n * STEP, State::Delivered));
    let late = |round: u64| {
        (0..round * 300).step_by(89).map(move |n| entry(n * STEP + round, State::Saved))
    };
    for round in 0..6 {
        let entries: Vec<_> = news(round).chain(changed(round)).chain(late(round)).collect();
        all.extend(entries.iter().map(|entry| (entry.number, entry.clone())));
        keep(&mut store, round + 1, said(entries));
        if round == 3 {
            drop(store);
            store = open(folder.path()).unwrap();
        }
        for with in [None, Some("sea"), Some("c2"), Some("c3")] {
            for words in
                [None, Some("MESSAGE 10"), Some("of 3"), Some("\nend\nmessage"), Some("17990")]
            {
                for count in [0, 1, 20, 700, 10_000] {
                    let query = query(with, words, count);
                    let answer = recalled(&mut store, &query);
                    assert_eq!(answer, expected(&all, &query), "{round}: {query:?}");
                }
            }
        }
    }
    drop(store);
    let mut last = load(&mut open(folder.path()).unwrap());
    assert_eq!(last.pop(), all.values().last().cloned().map(recorded));
    assert_eq!(last, [], "of a history only the last message is loaded");
    let mut records = Vec::new();
    let damage = Reader::open(folder.path()).unwrap().read(&mut |record| records.push(record));
    assert!(damage.unwrap().is_none());
    assert_eq!(records, all.into_values().map(recorded).collect::<Vec<_>>());
}

#[test]
fn memory_answers_in_the_same_way() {
    let mut store = in_memory();
    let rising = (1..=1_001).map(|n| entry(2 * n, State::Arrived));
    // The fate of a message is learned late, and a message is sent whose number was assigned early.
    let late = [entry(1_000, State::Delivered), entry(1_001, State::Arrived)];
    let entries: Vec<_> = rising.chain(late).collect();
    store.put(Ticket(1), said(entries.clone()));
    let all: BTreeMap<_, _> = entries.into_iter().map(|entry| (entry.number, entry)).collect();
    assert_eq!(all.len(), 1_002);
    for query in [query(None, None, 2_000), query(Some("sea"), Some("of 3"), 7)] {
        assert_eq!(recalled(&mut store, &query), expected(&all, &query));
    }
}

/// A folder with an archive of a thousand messages.
fn archived() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path()).unwrap();
    keep(&mut store, 1, said((1..=1_000).map(|number| entry(number, State::Arrived))));
    // The next commit notices that there are many.
    keep(&mut store, 2, said([entry(1_001, State::Arrived)]));
    folder
}

#[test]
fn an_archive_that_is_no_database_is_refused_and_the_records_can_be_saved() {
    let folder = archived();
    let archive = folder.path().join("history.redb");
    for bytes in [&b""[..], b"not a database"] {
        fs::write(&archive, bytes).unwrap();
        let before = contents(folder.path());
        let error = open(folder.path()).err().unwrap().to_string();
        assert!(
            error.contains("history.redb` is damaged in the structure that leads to its records"),
            "{error}"
        );
        let mut records = Vec::new();
        let reader = Reader::open(folder.path()).unwrap();
        let damage = reader.read(&mut |record| records.push(record)).unwrap().unwrap();
        assert_eq!(damage.places, [Place::Structure]);
        assert_eq!(records, [recorded(entry(1_001, State::Arrived))]);
        assert_eq!(contents(folder.path()), before);
    }
}

#[test]
fn a_damaged_block_is_told_and_hides_no_other() {
    let folder = archived();
    let archive = folder.path().join("history.redb");
    let mut bytes = fs::read(&archive).unwrap();
    let words = b"message 300 of 6";
    let at = bytes.windows(words.len()).position(|window| window == words).unwrap();
    bytes[at] = b'M';
    fs::write(&archive, bytes).unwrap();
    let mut store = open(folder.path()).unwrap();
    let found = recalled(&mut store, &query(None, None, 2_000));
    let numbers: Vec<_> = found.entries.iter().map(|entry| entry.number).collect();
    assert!(found.is_damaged);
    assert_eq!(numbers, (1..=256).chain(513..=1_001).collect::<Vec<_>>());
    assert!(!recalled(&mut store, &query(None, None, 20)).is_damaged, "nobody has looked there");
    drop(store);
    let damage = Reader::open(folder.path()).unwrap().read(&mut drop).unwrap().unwrap();
    assert_eq!(damage.places, [Place::Record(Key::Client(ClientKey::Said(257)))]);
    assert!(
        damage.error.to_string().contains("history.redb` is damaged in the record `Said(257)`")
    );
}
