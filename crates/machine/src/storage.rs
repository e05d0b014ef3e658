//! What programs keep: values of bytes under keys of bytes.

use rustc_hash::FxBuildHasher;

/// Identifies a batch of changes that is stored as a whole or not at all.
///
/// A program counts its batches from 1, and storage keeps them in that order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Ticket(pub u64);

/// A change of the records. Only the program knows what the bytes mean.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Change {
    /// Records have the order of their keys' bytes.
    key: Box<[u8]>,
    /// `None` removes the record.
    value: Option<Box<[u8]>>,
}

impl Change {
    /// Makes a change that stores a value, in place of the one that the key has.
    #[inline]
    pub fn put(key: impl Into<Box<[u8]>>, value: impl Into<Box<[u8]>>) -> Self {
        Self { key: key.into(), value: Some(value.into()) }
    }

    /// Makes a change that removes a key and its value.
    #[inline]
    pub fn remove(key: impl Into<Box<[u8]>>) -> Self {
        Self { key: key.into(), value: None }
    }

    /// Returns the key that changes.
    #[inline]
    pub fn key(&self) -> &[u8] {
        &self.key
    }

    /// Returns the value to store; `None` if the record is removed.
    #[inline]
    pub fn value(&self) -> Option<&[u8]> {
        self.value.as_deref()
    }
}

/// Records in memory.
///
/// A program changes its records with every message, and reads them all only when it starts. So they
/// are in a hash table, and are sorted when they are read.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Records(HashMap);

#[expect(clippy::disallowed_types, reason = "what is read from the table is sorted first")]
type HashMap = std::collections::HashMap<Box<[u8]>, Box<[u8]>, FxBuildHasher>;

impl Records {
    /// Applies changes in their order.
    pub fn apply(&mut self, changes: Vec<Change>) {
        for Change { key, value } in changes {
            match value {
                Some(value) => drop(self.0.insert(key, value)),
                None => drop(self.0.remove(&key)),
            }
        }
    }

    /// Returns the value of a key.
    #[inline]
    pub fn get(&self, key: &[u8]) -> Option<&[u8]> {
        self.0.get(key).map(|value| &**value)
    }

    /// Returns all records in the order of their keys.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&[u8], &[u8])> {
        self.from(&[])
    }

    /// Returns the records whose keys are at least `first`, in the order of their keys.
    pub fn from(&self, first: &[u8]) -> impl DoubleEndedIterator<Item = (&[u8], &[u8])> {
        let records = self.0.iter().map(|(key, value)| (&**key, &**value));
        let mut records: Vec<_> = records.filter(|(key, _)| *key >= first).collect();
        records.sort_unstable_by_key(|(key, _)| *key);
        records.into_iter()
    }

    /// Returns how many records there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_value_of_each_key_is_kept_in_the_order_of_keys() {
        let mut records = Records::default();
        records.apply(vec![Change::put(*b"b", *b"1"), Change::put(*b"a", *b"2")]);
        records.apply(vec![Change::put(*b"b", *b"3"), Change::put(*b"c", *b"4")]);
        records.apply(vec![Change::remove(*b"a"), Change::remove(*b"x")]);
        let all: Vec<_> = records.iter().collect();
        assert_eq!(all, [(&b"b"[..], &b"3"[..]), (b"c", b"4")]);
        assert_eq!(records.from(b"c").count(), 1);
        assert_eq!(records.get(b"b"), Some(&b"3"[..]));
        assert_eq!((records.len(), records.is_empty()), (2, false));
    }
}
