//! The archive: the messages of a history that are no longer among the records, in a database of
//! its own. They are packed into blocks (`block.rs`), so that a million of them are searched at
//! once, and programs need not read them at the start.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use redb::{Durability, ReadableDatabase as _, ReadableTable as _, Table, TableDefinition};

use super::backend::Backend;
use super::block::{self, Packed};
use super::engine::{Engine, Opening};
use super::entry;
use super::file::sync_folder;
use crate::records::{ClientKey, Entry, Matcher};
use crate::storage::{Key, Place, StoreError};

/// The file name of the database.
pub(super) const NAME: &str = "history.redb";

/// The file name of the database until it is complete.
const UNFINISHED: &str = "history.new";

/// Checking every page of a long history would take too long.
const OPENING: Opening = Opening { cache_bytes: 8 * 1024 * 1024, is_checked: false };

/// Sealed blocks by the number of the first message in each.
const BLOCKS: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("blocks");

/// The archive of a folder; most folders have none, and one is created when it is needed.
pub(super) struct Archive {
    folder: PathBuf,
    engine: Option<Engine>,
}

/// The results of a search.
pub(super) struct Hits {
    /// The messages found, by their numbers.
    pub(super) entries: BTreeMap<u64, Entry>,
    /// Whether some blocks could not be read.
    pub(super) is_damaged: bool,
}

impl Archive {
    /// Opens the archive of a folder, if it has one; it can be changed only if `is_writing`.
    pub(super) fn open(folder: &Path, is_writing: bool) -> Result<Self, StoreError> {
        let path = folder.join(NAME);
        let engine = match OpenOptions::new().read(true).write(is_writing).open(&path) {
            Ok(file) => {
                let backend =
                    Backend::on_trial(file).map_err(StoreError::refused(&path, "read"))?;
                Some(Engine::open(&path, backend, OPENING)?)
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(StoreError::refused(&path, "opened")(error)),
        };
        Ok(Self { folder: folder.to_owned(), engine })
    }

    /// Adds messages in the order of their numbers; each replaces the one with its number. On
    /// return, they are on the disk.
    pub(super) fn add(&mut self, mut entries: Vec<Entry>) -> Result<(), StoreError> {
        let engine = match self.engine.take() {
            Some(engine) => engine,
            None => create(&self.folder)?,
        };
        let engine = self.engine.insert(engine);
        entries.reverse();
        engine.write(|database| {
            let mut transaction = database.begin_write()?;
            transaction.set_durability(Durability::Immediate)?;
            // After a crash, not every page need be checked then; there are few commits.
            transaction.set_quick_repair(true);
            {
                let mut blocks = transaction.open_table(BLOCKS)?;
                while let Some(entry) = entries.pop() {
                    merge(&mut blocks, entry, &mut entries)?;
                }
            }
            transaction.commit()?;
            Ok(())
        })
    }

    /// Adds the latest matching messages to `hits`, until this many are found, or more; messages
    /// that are in it already are newer than the archive's.
    pub(super) fn find(
        &self,
        matcher: &Matcher,
        count: usize,
        known: &dyn Fn(u64) -> bool,
        hits: &mut Hits,
    ) -> Result<(), StoreError> {
        let Some(engine) = &self.engine else { return Ok(()) };
        engine.read(|database| {
            let mut above = u64::MAX;
            for item in database.begin_read()?.open_table(BLOCKS)?.iter()?.rev() {
                if hits.entries.range(above..).count() >= count {
                    break;
                }
                let (first, block) = item?;
                above = first.value();
                let Some(block) = unsealed(above, block.value()) else {
                    hits.is_damaged = true;
                    continue;
                };
                if !block.may_match(matcher) {
                    continue;
                }
                let Some(entries) = block.unpack() else {
                    hits.is_damaged = true;
                    continue;
                };
                let fits = |entry: &Entry| !known(entry.number) && matcher.matches(entry);
                let found = entries.into_iter().filter(fits);
                hits.entries.extend(found.map(|entry| (entry.number, entry)));
            }
            Ok(())
        })
    }

    /// Passes every message in the order of numbers, or the place of a damaged block.
    pub(super) fn for_each(
        &self,
        each: &mut dyn FnMut(Result<Entry, Place>),
    ) -> Result<(), StoreError> {
        let Some(engine) = &self.engine else { return Ok(()) };
        engine.read(|database| {
            for item in database.begin_read()?.open_table(BLOCKS)?.iter()? {
                let (first, block) = item?;
                match unsealed(first.value(), block.value()).and_then(|block| block.unpack()) {
                    Some(entries) => entries.into_iter().map(Ok).for_each(&mut *each),
                    None => each(Err(Place::Record(Key::Client(ClientKey::Said(first.value()))))),
                }
            }
            Ok(())
        })
    }

    /// Returns the last message.
    pub(super) fn last(&self) -> Result<Option<Entry>, StoreError> {
        let Some(engine) = &self.engine else { return Ok(None) };
        engine.read(|database| {
            let blocks = database.begin_read()?.open_table(BLOCKS)?;
            let Some((first, block)) = blocks.last()? else { return Ok(None) };
            let entries = unsealed(first.value(), block.value()).and_then(|block| block.unpack());
            match entries.and_then(|mut entries| entries.pop()) {
                Some(entry) => Ok(Some(entry)),
                None => Err(redb::Error::Corrupted("its last block is invalid".to_owned())),
            }
        })
    }
}

/// Makes a database, which gets its name only when it is complete.
fn create(folder: &Path) -> Result<Engine, StoreError> {
    let (unfinished, path) = (folder.join(UNFINISHED), folder.join(NAME));
    let mut options = OpenOptions::new();
    let file = options.read(true).write(true).create(true).truncate(true).open(&unfinished);
    let file = file.map_err(StoreError::refused(&unfinished, "created"))?;
    let backend = Backend::on_trial(file).map_err(StoreError::refused(&unfinished, "written"))?;
    let engine = Engine::create(&path, backend, OPENING, |database| {
        let transaction = database.begin_write()?;
        transaction.open_table(BLOCKS)?;
        transaction.commit()?;
        Ok(())
    })?;
    fs::rename(&unfinished, &path).map_err(StoreError::refused(&path, "created"))?;
    sync_folder(folder).map_err(StoreError::refused(folder, "written"))?;
    Ok(engine)
}

/// Puts a message into its block, and with it all others of `rest` (the lowest last) that belong
/// there. A block that becomes too large is split.
fn merge(
    blocks: &mut Table<'_, u64, &'static [u8]>,
    entry: Entry,
    rest: &mut Vec<Entry>,
) -> Result<(), redb::Error> {
    let at = match blocks.range(..=entry.number)?.next_back().transpose()? {
        Some((first, _)) => Some(first.value()),
        None => blocks.first()?.map(|(first, _)| first.value()),
    };
    let next = match at {
        Some(at) => blocks.range(at + 1..)?.next().transpose()?.map(|(first, _)| first.value()),
        None => None,
    };
    let mut merged = BTreeMap::new();
    if let Some(at) = at
        && let Some(block) = blocks.remove(at)?
    {
        let entries = unsealed(at, block.value()).and_then(|block| block.unpack());
        let entries = entries.ok_or_else(|| {
            redb::Error::Corrupted(format!("the block of message {at} is invalid"))
        })?;
        merged.extend(entries.into_iter().map(|entry| (entry.number, entry)));
    }
    merged.insert(entry.number, entry);
    while let Some(entry) = rest.pop_if(|entry| next.is_none_or(|next| entry.number < next)) {
        merged.insert(entry.number, entry);
    }
    let merged: Vec<_> = merged.into_values().collect();
    let (mut left, mut sealed) = (merged.as_slice(), Vec::new());
    while let Some(part) = block::split(&mut left) {
        let first = part.first().map(|entry| entry.number).unwrap_or_default();
        sealed.clear();
        entry::seal(&first.to_be_bytes(), &block::pack(part), &mut sealed);
        blocks.insert(first, &*sealed)?;
    }
    Ok(())
}

fn unsealed(first: u64, bytes: &[u8]) -> Option<Packed<'_>> {
    Packed::new(entry::open(&first.to_be_bytes(), bytes)?)
}
