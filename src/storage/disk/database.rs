//! The database: its tables, and how they are read and written.

use std::path::Path;

use redb::{
    Builder, Database, Durability, ReadOnlyTable, ReadableDatabase as _, ReadableTable as _,
    TableDefinition, TableError, WriteTransaction,
};

use super::backend::Backend;
use super::engine::{Engine, Opening};
use super::entry;
use super::guard::guarded;
use super::meta::{self, Header, META, Migration};
use crate::records::{Change, ClientRecord, Entry, SAID};
use crate::storage::{Key, Owner, Place, Record, StoreError};

const OPENING: Opening = Opening { cache_bytes: 16 * 1024 * 1024, is_checked: true };

/// Encoded keys and sealed records.
pub(super) const RECORDS: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("records");

/// A snapshot of the table.
pub(super) type Records = ReadOnlyTable<&'static [u8], &'static [u8]>;

/// Receives the key and the value of a record; the value is `None` if its checksum is wrong.
pub(super) type EachValue<'a> = dyn FnMut(&[u8], Option<&[u8]>) + 'a;

/// A database that is intact as far as its engine can tell: each page is what was written.
pub(super) struct Sound {
    engine: Engine,
    /// The number of commits, including the one that made the database.
    commits: u64,
}

impl Sound {
    /// Makes a database in an empty file.
    pub(super) fn create(path: &Path, backend: Backend, owner: Owner) -> Result<Self, StoreError> {
        let engine = Engine::create(path, backend, OPENING, |database| {
            let transaction = immediate(database)?;
            transaction.open_table(RECORDS)?;
            meta::write_header(&transaction, owner)?;
            meta::write_commits(&transaction, 1)?;
            transaction.commit()?;
            Ok(())
        })?;
        Ok(Self { engine, commits: 1 })
    }

    /// Checks every page of a file, which is on trial, and opens it.
    pub(super) fn open(path: &Path, backend: Backend) -> Result<Self, StoreError> {
        Ok(Self { engine: Engine::open(path, backend, OPENING)?, commits: 0 })
    }

    /// Reads the owner of the records, and the version of their format.
    pub(super) fn header(&mut self) -> Result<Header, StoreError> {
        let (header, commits) = self.engine.read(|database| {
            let transaction = database.begin_read()?;
            let table = transaction.open_table(META)?;
            Ok((meta::read_header(&table)?, meta::read_commits(&table)?))
        })?;
        self.commits = commits;
        Ok(header)
    }

    /// Returns the number of commits, once the header was read.
    pub(super) fn commits(&self) -> u64 {
        self.commits
    }

    /// Passes every record in the order of keys, or the place of one that is damaged or does not
    /// belong to `owner`.
    pub(super) fn for_each(
        &self,
        owner: Option<Owner>,
        each: &mut dyn FnMut(Result<Record, Place>),
    ) -> Result<(), StoreError> {
        self.engine.read(|database| {
            let transaction = database.begin_read()?;
            for item in transaction.open_table(RECORDS)?.iter()? {
                let (key, value) = item?;
                each(read_record(key.value(), value.value(), owner));
            }
            Ok(())
        })
    }

    /// Passes the key and the value of every record in the order of keys, without those of a
    /// history. A value whose checksum is wrong is `None`.
    pub(super) fn for_each_value(&self, each: &mut EachValue<'_>) -> Result<(), StoreError> {
        self.engine.read(|database| {
            let transaction = database.begin_read()?;
            let table = transaction.open_table(RECORDS)?;
            let before = table.range::<&[u8]>(..&[SAID][..])?;
            for item in before.chain(table.range::<&[u8]>(&[SAID + 1][..]..)?) {
                let (key, value) = item?;
                each(key.value(), entry::open(key.value(), value.value()));
            }
            Ok(())
        })
    }

    /// Returns the messages of a history that are among the records, in their order.
    pub(super) fn recent(&self) -> Result<Vec<Entry>, StoreError> {
        self.engine.read(|database| {
            let transaction = database.begin_read()?;
            let mut entries = Vec::new();
            let history = &[SAID][..]..&[SAID + 1][..];
            for item in transaction.open_table(RECORDS)?.range::<&[u8]>(history)? {
                let (key, value) = item?;
                let value = entry::open(key.value(), value.value());
                let record = value.and_then(|value| ClientRecord::decode(value).ok());
                let Some(ClientRecord::Said(entry)) = record else {
                    return Err(redb::Error::Corrupted(place_of(key.value()).to_string()));
                };
                entries.push(entry);
            }
            Ok(entries)
        })
    }

    /// Commits batches of changes, all of them or none. Returns the number of the commit.
    pub(super) fn commit(&mut self, batches: &[Vec<Change>]) -> Result<u64, StoreError> {
        let commits = self.commits + 1;
        self.engine.write(|database| {
            let transaction = immediate(database)?;
            put(&transaction, batches)?;
            meta::write_commits(&transaction, commits)?;
            transaction.commit()?;
            Ok(())
        })?;
        self.commits = commits;
        Ok(commits)
    }

    /// Migrates older records to the format of this program, step by step.
    pub(super) fn migrate(&mut self, from: u32) -> Result<(), StoreError> {
        self.migrate_by(&meta::migrations_from(from))
    }

    /// Applies such steps, all of them or none.
    pub(super) fn migrate_by(&mut self, steps: &[Migration]) -> Result<(), StoreError> {
        if steps.is_empty() {
            return Ok(());
        }
        self.engine.write(|database| {
            let transaction = immediate(database)?;
            for step in steps {
                step(&transaction)?;
            }
            meta::write_version(&transaction)?;
            transaction.commit()?;
            Ok(())
        })
    }
}

/// Opens the table of a database that may be damaged anywhere: nothing is checked.
pub(super) fn open_unchecked(
    path: &Path,
    backend: Backend,
) -> Result<(Records, Option<Header>, Option<u64>), StoreError> {
    guarded(path, "read", || {
        let mut builder = Builder::new();
        // Each page is read on access, so that a cycle of pages is noticed.
        builder.set_cache_size(0);
        // In this mode, readers take the file as it is, without a repair.
        builder.set_concurrency_mode(redb::ConcurrencyMode::SingleWriter);
        let transaction = builder.open_read_only_with_backend(backend)?.begin_read()?;
        let header = || meta::read_header(&transaction.open_table(META)?);
        let commits = || meta::read_commits(&transaction.open_table(META)?);
        let header = guarded(path, "read", header).ok();
        let commits = guarded(path, "read", commits).ok();
        Ok((transaction.open_table(RECORDS)?, header, commits))
    })
}

/// Decodes one record of `owner`, if that is known, or returns its place if it is damaged.
pub(super) fn read_record(key: &[u8], value: &[u8], owner: Option<Owner>) -> Result<Record, Place> {
    entry::open_record(key, value, owner).ok_or_else(|| place_of(key))
}

/// Returns the place of the record of a key.
pub(super) fn place_of(key: &[u8]) -> Place {
    Key::decode(key).map_or(Place::Structure, Place::Record)
}

fn immediate(database: &Database) -> Result<WriteTransaction, redb::Error> {
    let mut transaction = database.begin_write()?;
    transaction.set_durability(Durability::Immediate)?;
    Ok(transaction)
}

fn put(transaction: &WriteTransaction, batches: &[Vec<Change>]) -> Result<(), TableError> {
    let mut table = transaction.open_table(RECORDS)?;
    let mut sealed = Vec::new();
    for change in batches.iter().flatten() {
        let key = change.key();
        match change.value() {
            Some(value) => {
                sealed.clear();
                entry::seal(key, value, &mut sealed);
                table.insert(key, &*sealed)?;
            }
            None => drop(table.remove(key)?),
        }
    }
    Ok(())
}
