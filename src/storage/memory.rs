//! Storage in memory.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use super::{Store, StoreError};
use crate::records::{Change, Found, Key, Matcher, Query, Record, Ticket};

/// Messages of a history that memory keeps: older ones are forgotten. So few stay in the caches of
/// a processor, where a simulation has many clients.
const HISTORY_MAX: usize = 1_000;

/// Keeps records in memory: they survive the machine of a program, but not the process. Clones
/// share what they keep, as programs that open one folder do.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore {
    kept: Arc<Mutex<KeptRecords>>,
    /// What is kept and not told yet.
    stored: Option<Ticket>,
    /// Answers that were not given yet.
    found: VecDeque<Found>,
}

/// The records of one program.
#[derive(Debug, Default)]
pub(crate) struct KeptRecords {
    records: BTreeMap<Key, Box<Record>>,
    /// The history, in the order of its numbers, which mostly rise.
    said: VecDeque<(u64, Box<Record>)>,
    /// Up to which number what has arrived was shown.
    shown: Option<u64>,
}

impl KeptRecords {
    /// Keeps changes.
    pub(crate) fn keep(&mut self, changes: Vec<Change>) {
        for change in changes {
            match change {
                Change::Put(record) => match record.key() {
                    Key::Said(number) => self.say(number, record),
                    key => drop(self.records.insert(key, record)),
                },
                Change::Remove(key) => drop(self.records.remove(&key)),
            }
        }
    }

    /// Keeps up to which number what has arrived was shown.
    pub(crate) const fn keep_shown(&mut self, number: u64) {
        self.shown = Some(number);
    }

    fn say(&mut self, number: u64, record: Box<Record>) {
        let at = match self.said.back() {
            Some((last, _)) if *last >= number => {
                self.said.partition_point(|(earlier, _)| *earlier < number)
            }
            _ => self.said.len(),
        };
        match self.said.get_mut(at) {
            Some((same, kept)) if *same == number => *kept = record,
            _ => self.said.insert(at, (number, record)),
        }
        if self.said.len() > HISTORY_MAX {
            self.said.pop_front();
        }
    }

    /// Answers a question about the history.
    pub(crate) fn recall(&self, query: &Query) -> Found {
        let matcher = Matcher::new(query);
        let fitting = self.said.iter().rev().filter_map(|(_, record)| match &**record {
            Record::Said(entry) if matcher.matches(entry) => Some(entry.clone()),
            _ => None,
        });
        // One more than is wanted tells that there are more.
        let mut entries: Vec<_> = fitting.take(query.count.saturating_add(1)).collect();
        entries.reverse();
        Found::latest(entries, query.count)
    }

    /// Gives everything that is kept, in the order of keys; of the history the last message.
    pub(crate) fn for_each(&self, each: &mut dyn FnMut(Record)) {
        let mut give = |record: &Record| each(record.clone());
        match self.shown.map(Record::Shown) {
            None => self.records.values().for_each(|record| give(record)),
            Some(shown) => {
                let key = shown.key();
                self.records.range(..&key).for_each(|(_, record)| give(record));
                give(&shown);
                self.records.range(&key..).for_each(|(_, record)| give(record));
            }
        }
        self.said.back().into_iter().for_each(|(_, record)| give(record));
    }
}

impl MemoryStore {
    fn kept(&self) -> MutexGuard<'_, KeptRecords> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps changes.
    pub fn keep(&self, changes: Vec<Change>) {
        self.kept().keep(changes);
    }

    /// Keeps up to which number what has arrived was shown.
    pub fn keep_shown(&self, number: u64) {
        self.kept().keep_shown(number);
    }

    /// Gives everything that is kept, in the order of keys.
    pub fn for_each(&self, each: &mut dyn FnMut(Record)) {
        self.kept().for_each(each);
    }
}

impl Store for MemoryStore {
    fn load(&mut self, each: &mut dyn FnMut(Record)) -> Result<(), StoreError> {
        self.for_each(each);
        Ok(())
    }

    fn put(&mut self, ticket: Ticket, changes: Vec<Change>) {
        self.keep(changes);
        self.stored = Some(ticket);
    }

    fn poll_stored(&mut self, _context: &mut Context<'_>) -> Poll<Result<Ticket, StoreError>> {
        self.stored.take().map_or(Poll::Pending, |ticket| Poll::Ready(Ok(ticket)))
    }

    fn recall(&mut self, query: Query) {
        let found = self.kept().recall(&query);
        self.found.push_back(found);
    }

    fn poll_found(&mut self, _context: &mut Context<'_>) -> Poll<Result<Found, StoreError>> {
        self.found.pop_front().map_or(Poll::Pending, |found| Poll::Ready(Ok(found)))
    }

    fn mark_shown(&mut self, number: u64) -> Result<(), StoreError> {
        self.keep_shown(number);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::GroupName;

    fn group(number: u64, name: &str) -> Record {
        Record::Group { number, group: GroupName::new(name).unwrap() }
    }

    fn loaded(store: &mut MemoryStore) -> Vec<Record> {
        let mut records = Vec::new();
        store.load(&mut |record| records.push(record)).unwrap();
        records
    }

    #[test]
    fn the_latest_record_of_each_key_is_kept() {
        let mut store = MemoryStore::default();
        let puts = [group(2, "b"), group(1, "a"), group(2, "c")].map(Change::put);
        store.put(Ticket(1), puts.into());
        store.put(Ticket(2), vec![Change::Remove(Key::Group(1))]);
        store.mark_shown(7).unwrap();
        let mut context = Context::from_waker(std::task::Waker::noop());
        assert!(matches!(store.poll_stored(&mut context), Poll::Ready(Ok(Ticket(2)))));
        assert!(store.poll_stored(&mut context).is_pending());
        assert_eq!(loaded(&mut store.clone()), [group(2, "c"), Record::Shown(7)]);
    }
}
