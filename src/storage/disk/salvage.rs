//! Recovers records from a damaged database.
//!
//! Records are read with the engine from both ends until it fails; then from the middle of the gap,
//! and so on. Each record has its own checksum, so only records that were stored come out, wherever
//! the damage is.

use std::collections::{BTreeMap, VecDeque};
use std::fs::File;
use std::ops::Bound;
use std::path::Path;

use redb::{ReadableTableMetadata as _, StorageBackend as _};

use super::backend::Backend;
use super::database::{Records, open_unchecked, read_record};
use super::guard::guarded;
use super::meta::Header;
use crate::records::KEY_LEN_MAX;
use crate::storage::{Key, Owner, Place, Record, StoreError};

/// The maximum number of gaps that are searched: each costs a few reads.
const GAPS_MAX: usize = 200;

/// The number of reads for one search in a gap, besides those for the records that it finds.
const READS_MAX: u64 = 64;

/// The offset of the byte in a file's header that holds its state.
const STATE_AT: u64 = 9;
/// The bit that selects the current state of two.
const STATE_IN_USE: u8 = 1;
/// The bit that is set while the file is not closed.
const STATE_OPEN: u8 = 2;

/// Encoded keys with their records.
pub(super) type Saved = BTreeMap<Vec<u8>, Record>;

/// The contents of a damaged database that were found.
#[derive(Default)]
pub(super) struct Salvage {
    /// The records.
    pub(super) saved: Saved,
    /// Its header, if it can be read.
    pub(super) header: Option<Header>,
    /// The original number of records, if it can be read.
    pub(super) count: Option<u64>,
    /// The commit of this state, if it can be read.
    pub(super) commits: Option<u64>,
    /// Whether it is the state that was not the current one.
    is_former: bool,
    /// Where records are missing.
    pub(super) places: Vec<Place>,
}

/// Reads the file of a damaged database, in whichever of its two states holds more. One of them is
/// a commit older; after `commits` commits, the missing ones are reported.
pub(super) fn salvage(
    path: &Path,
    file: &File,
    commits: Option<u64>,
) -> Result<Salvage, StoreError> {
    let mut best: Option<Salvage> = None;
    for is_other in [false, true] {
        let copy = file.try_clone().map_err(StoreError::refused(path, "read"))?;
        let backend = Backend::on_trial(copy).map_err(StoreError::refused(path, "read"))?;
        if choose_state(&backend, is_other).is_err() {
            continue;
        }
        let Ok((records, header, commits)) = open_unchecked(path, backend.clone()) else {
            continue;
        };
        let owner = header.and_then(|header| header.owner);
        let found = read_all(path, &backend, &records, owner);
        let found = Salvage { header, commits, is_former: is_other, ..found };
        if best.as_ref().is_none_or(|best| best.worth() < found.worth()) {
            best = Some(found);
        }
    }
    let Some(mut best) = best else {
        return Ok(Salvage { places: vec![Place::Structure], ..Salvage::default() });
    };
    let missing = match (commits, best.commits) {
        (Some(all), Some(found)) => all.saturating_sub(found),
        _ => u64::from(best.is_former),
    };
    if missing > 0 {
        best.places.push(Place::Last(missing));
        best.count = None;
    }
    Ok(best)
}

impl Salvage {
    /// Returns the better of two states: a complete and new one, or the one with more records.
    fn worth(&self) -> (bool, Option<u64>, usize) {
        let is_whole = self.places.is_empty();
        (is_whole, self.commits.filter(|_| is_whole), self.saved.len())
    }
}

/// Opens the file as if it was closed in one of its states, in memory only.
fn choose_state(backend: &Backend, is_other: bool) -> std::io::Result<()> {
    let mut byte = [0];
    backend.read(STATE_AT, &mut byte)?;
    let change = if is_other { STATE_IN_USE } else { 0 };
    backend.write(STATE_AT, &byte.map(|byte| (byte & !STATE_OPEN) ^ change))
}

type Gap = (Option<Vec<u8>>, Option<Vec<u8>>);

fn read_all(path: &Path, backend: &Backend, table: &Records, owner: Option<Owner>) -> Salvage {
    let count = guarded(path, "read", || Ok(table.len()?)).ok();
    let (saved, places) = (Saved::new(), Vec::new());
    let mut search = Search { path, backend, table, owner, saved, places };
    let mut gaps: VecDeque<Gap> = VecDeque::from([(None, None)]);
    let mut lost = Vec::new();
    let mut looks = 0;
    while let Some((low, high)) = gaps.pop_front() {
        looks += 1;
        let Some((low, high)) = search.narrow(low, high) else { continue };
        let middle = middle(low.as_deref(), high.as_deref()).filter(|_| looks < GAPS_MAX);
        if let Some(middle) = middle {
            gaps.push_back((low, Some(middle.clone())));
            gaps.push_back((Some(middle), high));
        } else {
            lost.push((low, high));
        }
    }
    let mut places = search.places;
    places.extend(joined(lost, &search.saved));
    Salvage { saved: search.saved, count, places, ..Salvage::default() }
}

struct Search<'a> {
    path: &'a Path,
    backend: &'a Backend,
    table: &'a Records,
    owner: Option<Owner>,
    saved: Saved,
    places: Vec<Place>,
}

impl Search<'_> {
    /// Reads between two keys from both sides; returns the remaining gap, if there is one.
    fn narrow(&mut self, low: Option<Vec<u8>>, high: Option<Vec<u8>>) -> Option<Gap> {
        let (is_whole, from_low) = self.read(low.as_deref(), high.as_deref(), false);
        if is_whole {
            return None;
        }
        let low = from_low.or(low);
        let (is_whole, from_high) = self.read(low.as_deref(), high.as_deref(), true);
        (!is_whole).then(|| (low, from_high.or(high)))
    }

    /// Reads from one side until the engine fails. Returns whether it did not, and the last key.
    fn read(
        &mut self,
        low: Option<&[u8]>,
        high: Option<&[u8]>,
        is_backward: bool,
    ) -> (bool, Option<Vec<u8>>) {
        let (mut last, mut is_whole) = (None, false);
        let bound = |key| match key {
            Some(key) => Bound::Excluded(key),
            None => Bound::Unbounded,
        };
        // The details of the failure do not matter.
        guarded(self.path, "read", || {
            self.backend.limit_reads(READS_MAX);
            let mut range = self.table.range::<&[u8]>((bound(low), bound(high)))?;
            while let Some(item) =
                if is_backward { range.next_back() } else { range.next() }.transpose()?
            {
                let (key, value) = (item.0.value(), item.1.value());
                let is_inside =
                    low.is_none_or(|low| low < key) && high.is_none_or(|high| key < high);
                let goes_on = last.as_deref().is_none_or(|last| (key < last) == is_backward);
                if !is_inside || !goes_on {
                    return Ok(());
                }
                match read_record(key, value, self.owner) {
                    Ok(record) => drop(self.saved.insert(key.to_vec(), record)),
                    // An invalid key belongs to an invalid page.
                    Err(Place::Structure) => return Ok(()),
                    Err(place) if self.places.contains(&place) => {}
                    Err(place) => self.places.push(place),
                }
                last = Some(key.to_vec());
                self.backend.limit_reads(READS_MAX);
            }
            is_whole = true;
            Ok(())
        })
        .ok();
        (is_whole, last)
    }
}

/// Returns a key halfway between two, by their bytes.
fn middle(low: Option<&[u8]>, high: Option<&[u8]>) -> Option<Vec<u8>> {
    let (low, high) = (low.unwrap_or_default(), high.unwrap_or(&[u8::MAX; KEY_LEN_MAX]));
    let mut middle = Vec::with_capacity(KEY_LEN_MAX);
    // Half of the sum, digit by digit, in base 256.
    let mut carry = 0;
    for at in 0..=KEY_LEN_MAX {
        let digit = |key: &[u8]| u16::from(key.get(at).copied().unwrap_or_default());
        let sum = digit(low) + digit(high) + carry * 256;
        middle.push(sum / 2);
        carry = sum % 2;
    }
    // A digit of 256 or more carries over to the one before.
    for at in (1..middle.len()).rev() {
        let over = middle.get(at).copied().unwrap_or_default() / 256;
        if let Some([before, digit]) = middle.get_mut(at - 1..=at) {
            *before += over;
            *digit %= 256;
        }
    }
    let middle: Vec<u8> =
        middle.into_iter().map(|digit| u8::try_from(digit).unwrap_or(255)).collect();
    (low < &*middle && &*middle < high).then_some(middle)
}

/// Returns the places of gaps; adjacent gaps are merged.
fn joined(mut gaps: Vec<Gap>, saved: &Saved) -> Vec<Place> {
    gaps.sort_by(|a, b| a.0.cmp(&b.0));
    let named = |key: &Vec<u8>| Key::decode(key);
    let below = |key: &Option<Vec<u8>>| {
        let key = key.as_ref()?;
        saved.range::<Vec<u8>, _>((Bound::Unbounded, Bound::Included(key))).next_back()
    };
    let above = |key: &Option<Vec<u8>>| {
        saved.range::<Vec<u8>, _>((Bound::Included(key.as_ref()?), Bound::Unbounded)).next()
    };
    let mut places: Vec<Place> = Vec::new();
    for (low, high) in &gaps {
        let low = below(low).and_then(|(key, _)| named(key));
        let high = above(high).and_then(|(key, _)| named(key));
        let place = Place::Between(low, high);
        if places.last() != Some(&place) {
            places.push(place);
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use std::fs;

    use redb::{Database, TableDefinition};

    use super::*;

    /// Salvage relies on this byte, which is not part of the public format of redb.
    #[test]
    fn the_database_keeps_its_state_in_the_byte_that_salvage_sets() {
        const TABLE: TableDefinition<'_, u64, u64> = TableDefinition::new("table");
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("any.redb");
        let state = || fs::read(&path).unwrap()[usize::try_from(STATE_AT).unwrap()];
        let database = Database::create(&path).unwrap();
        let in_use = [1, 2, 3].map(|number| {
            let transaction = database.begin_write().unwrap();
            transaction.open_table(TABLE).unwrap().insert(number, number).unwrap();
            transaction.commit().unwrap();
            assert_ne!(state() & STATE_OPEN, 0, "an open file says so");
            state() & STATE_IN_USE
        });
        assert_eq!(in_use[0], in_use[2]);
        assert_ne!(in_use[0], in_use[1], "each commit changes which state is the present one");
        drop(database);
        assert_eq!(state() & STATE_OPEN, 0, "a closed file says so");
    }

    #[test]
    fn the_middle_lies_between() {
        let between = |low: &[u8], high: &[u8]| middle(Some(low), Some(high)).unwrap();
        assert_eq!(between(&[4, 0], &[4, 4])[..3], [4, 2, 0]);
        assert_eq!(between(&[4, 255], &[5, 1])[..3], [5, 0, 0]);
        assert_eq!(between(&[1], &[1, 0, 0, 2])[..4], [1, 0, 0, 1]);
        assert_eq!(middle(None, None).unwrap()[..2], [127, 255]);
        assert_eq!(middle(Some(&[7; 43]), Some(&[7; 43])), None);
    }
}
