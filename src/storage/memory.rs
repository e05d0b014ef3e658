//! Storage in memory.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use super::Store;
use crate::records::{Change, Key, Record, Ticket};

/// Keeps records in memory: they survive the machine of a program, but not the process. Clones
/// share what they keep, as programs that open one folder do.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore {
    records: Arc<Mutex<BTreeMap<Key, Record>>>,
    /// What is kept and not told yet.
    stored: Option<Ticket>,
}

impl MemoryStore {
    /// Keeps changes.
    pub fn keep(&self, changes: Vec<Change>) {
        let mut records = self.records.lock().unwrap_or_else(PoisonError::into_inner);
        for change in changes {
            match change {
                Change::Put(record) => records.insert(record.key(), record),
                Change::Remove(key) => records.remove(&key),
            };
        }
    }

    /// Gives everything that is kept, in the order of keys.
    pub fn for_each(&self, each: &mut dyn FnMut(Record)) {
        let records = self.records.lock().unwrap_or_else(PoisonError::into_inner);
        records.values().cloned().for_each(each);
    }
}

impl Store for MemoryStore {
    fn load(&mut self, each: &mut dyn FnMut(Record)) -> io::Result<()> {
        self.for_each(each);
        Ok(())
    }

    fn put(&mut self, ticket: Ticket, changes: Vec<Change>) {
        self.keep(changes);
        self.stored = Some(ticket);
    }

    fn poll_stored(&mut self, _context: &mut Context<'_>) -> Poll<io::Result<Ticket>> {
        self.stored.take().map_or(Poll::Pending, |ticket| Poll::Ready(Ok(ticket)))
    }

    fn mark_shown(&mut self, number: u64) -> io::Result<()> {
        self.keep(vec![Change::Put(Record::Shown(number))]);
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
        let puts = [group(2, "b"), group(1, "a"), group(2, "c")].map(Change::Put);
        store.put(Ticket(1), puts.into());
        store.put(Ticket(2), vec![Change::Remove(Key::Group(1))]);
        store.mark_shown(7).unwrap();
        let mut context = Context::from_waker(std::task::Waker::noop());
        assert!(matches!(store.poll_stored(&mut context), Poll::Ready(Ok(Ticket(2)))));
        assert!(store.poll_stored(&mut context).is_pending());
        assert_eq!(loaded(&mut store.clone()), [group(2, "c"), Record::Shown(7)]);
    }
}
