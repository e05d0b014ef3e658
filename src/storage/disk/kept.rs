//! The contents of a folder: the records, and the archive of a history.
//!
//! A message of the history is a record first, stored in the same batch as everything that belongs
//! to it. When there are 512 such records, they are moved to the archive (`archive.rs`). For a
//! moment they are in both; a record is always newer than the archive's version, so a message whose
//! state changes later becomes a record again.

use std::collections::BTreeMap;
use std::path::Path;

use super::archive::{self, Archive, Hits};
use super::database::{EachValue, Sound};
use crate::records::{Change, ClientKey, ClientRecord, Entry, Found, Matcher, Query, SAID};
use crate::storage::{Owner, Place, Record, StoreError};

/// The file name of the database of records.
pub(super) const RECORDS: &str = "records.redb";

/// The maximum number of messages of a history among the records: more are moved to the archive.
const RECENT_MAX: usize = 512;

/// The records and the archive.
pub(super) struct Kept {
    pub(super) records: Sound,
    archive: Archive,
    /// The maximum number of messages of the history among the records.
    recent: usize,
}

impl Kept {
    /// Opens the archive that belongs to records.
    pub(super) fn open(
        folder: &Path,
        records: Sound,
        is_writing: bool,
    ) -> Result<Self, StoreError> {
        let archive = Archive::open(folder, is_writing)?;
        let recent = records.recent()?.len();
        Ok(Self { records, archive, recent })
    }

    /// Commits batches of changes, all of them or none. Returns the number of the commit.
    pub(super) fn commit(&mut self, mut batches: Vec<Vec<Change>>) -> Result<u64, StoreError> {
        let is_said =
            |change: &&Change| change.value().is_some() && change.key().first() == Some(&SAID);
        let said = batches.iter().flatten().filter(is_said).count();
        if self.recent >= RECENT_MAX {
            let recent = self.records.recent()?;
            let numbers = recent.iter().map(|entry| ClientKey::Said(entry.number).remove());
            // The changes that replace them come later.
            batches.insert(0, numbers.collect());
            self.archive.add(recent)?;
            self.recent = 0;
        }
        let commits = self.records.commit(&batches)?;
        self.recent += said;
        Ok(commits)
    }

    /// Answers a query about the history.
    pub(super) fn recall(&self, query: &Query) -> Result<Found, StoreError> {
        let matcher = Matcher::new(query);
        let recent = self.recent_by_number()?;
        let fitting = recent.values().filter(|entry| matcher.matches(entry)).cloned();
        let entries = fitting.map(|entry| (entry.number, entry)).collect();
        let mut hits = Hits { entries, is_damaged: false };
        let is_recent = |number| recent.contains_key(&number);
        // One more than is asked for shows that there are more.
        let enough = query.count.saturating_add(1);
        self.archive.find(&matcher, enough, &is_recent, &mut hits)?;
        let found = Found::latest(hits.entries.into_values().collect(), query.count);
        Ok(Found { is_damaged: hits.is_damaged, ..found })
    }

    /// Passes the key and the value of every record in the order of keys; of the history only the
    /// last message. A value whose checksum is wrong is `None`.
    pub(super) fn for_each_value(&self, each: &mut EachValue<'_>) -> Result<(), StoreError> {
        self.records.for_each_value(each)?;
        let recent = self.records.recent()?.pop();
        let last = [self.archive.last()?, recent].into_iter().flatten();
        // If a message is in both, the record is newer.
        if let Some(last) = last.max_by_key(|entry| entry.number).map(ClientRecord::Said) {
            each(&last.key().encode(), Some(&last.encode()));
        }
        Ok(())
    }

    /// Passes every record in the order of keys, including the whole history, or the file and the
    /// place of one that is damaged or does not belong to `owner`.
    pub(super) fn for_each_and_history(
        &self,
        owner: Option<Owner>,
        each: &mut dyn FnMut(Result<Record, (&'static str, Place)>),
    ) -> Result<(), StoreError> {
        let mut recent = Recent::new();
        self.records.for_each(owner, &mut |record| {
            if let Ok(Record::Client(ClientRecord::Said(entry))) = record {
                recent.insert(entry.number, entry);
            } else {
                each(record.map_err(|place| (RECORDS, place)));
            }
        })?;
        give_history(recent, &self.archive, each)
    }

    fn recent_by_number(&self) -> Result<Recent, StoreError> {
        let recent = self.records.recent()?;
        Ok(recent.into_iter().map(|entry| (entry.number, entry)).collect())
    }
}

/// Messages of a history among the records, by their numbers.
pub(super) type Recent = BTreeMap<u64, Entry>;

/// Passes a whole history in order.
pub(super) fn give_history(
    mut recent: Recent,
    archive: &Archive,
    each: &mut dyn FnMut(Result<Record, (&'static str, Place)>),
) -> Result<(), StoreError> {
    let said = |entry| Record::Client(ClientRecord::Said(entry));
    archive.for_each(&mut |entry| match entry {
        Ok(entry) => {
            while let Some(earlier) = recent.first_entry()
                && *earlier.key() < entry.number
            {
                each(Ok(said(earlier.remove())));
            }
            let newer = recent.remove(&entry.number);
            each(Ok(said(newer.unwrap_or(entry))));
        }
        Err(place) => each(Err((archive::NAME, place))),
    })?;
    for entry in recent.into_values() {
        each(Ok(said(entry)));
    }
    Ok(())
}
