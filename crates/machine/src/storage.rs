//! What programs keep: values of bytes under keys of bytes.

use std::collections::BTreeMap;
use std::ops::Bound;

/// Identifies a batch of changes that is stored as a whole or not at all.
///
/// A program counts its batches from 1, and storage keeps them in that order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Ticket(pub u64);

/// A change of the records. Only the program knows what the bytes mean.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Change {
    /// Store this value under the key, in place of any other.
    Put {
        /// The key. Records have the order of their keys' bytes.
        key: Box<[u8]>,
        /// The value.
        value: Box<[u8]>,
    },
    /// Remove this key and its value.
    Remove {
        /// The key.
        key: Box<[u8]>,
    },
}

impl Change {
    /// Makes a change that stores a value.
    #[inline]
    pub fn put(key: impl Into<Box<[u8]>>, value: impl Into<Box<[u8]>>) -> Self {
        Self::Put { key: key.into(), value: value.into() }
    }

    /// Makes a change that removes a key.
    #[inline]
    pub fn remove(key: impl Into<Box<[u8]>>) -> Self {
        Self::Remove { key: key.into() }
    }

    /// Returns the key that changes.
    #[inline]
    pub fn key(&self) -> &[u8] {
        match self {
            Self::Put { key, .. } | Self::Remove { key } => key,
        }
    }
}

/// Records in memory, in the order of their keys.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Records(BTreeMap<Box<[u8]>, Box<[u8]>>);

impl Records {
    /// Applies changes in their order.
    pub fn apply(&mut self, changes: Vec<Change>) {
        for change in changes {
            match change {
                Change::Put { key, value } => drop(self.0.insert(key, value)),
                Change::Remove { key } => drop(self.0.remove(&key)),
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
        self.0.iter().map(|(key, value)| (&**key, &**value))
    }

    /// Returns the records whose keys are at least `first`, in the order of their keys.
    pub fn from(&self, first: &[u8]) -> impl DoubleEndedIterator<Item = (&[u8], &[u8])> {
        let range = (Bound::Included(first), Bound::Unbounded);
        self.0.range::<[u8], _>(range).map(|(key, value)| (&**key, &**value))
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
