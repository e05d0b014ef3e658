//! The archive: the messages of a history that are not among the records any more, in a database
//! of its own. Packed into blocks (`block.rs`), a million of them are searched at once, and no
//! program has to read them when it starts.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use redb::{Durability, ReadableDatabase as _, ReadableTable as _, Table, TableDefinition};

use super::backend::Backend;
use super::block::{self, Packed};
use super::engine::{Engine, Opening};
use super::entry;
use super::folder::{refused, sync_folder};
use crate::records::{ClientKey, Entry, Matcher};
use crate::storage::{Key, Place, StoreError};

/// The database's name in the folder.
pub(super) const NAME: &str = "history.redb";

/// The database while it is made.
const UNFINISHED: &str = "history.new";

/// Nobody waits for a look at every page of a long history.
const OPENING: Opening = Opening { cache_bytes: 8 * 1024 * 1024, is_checked: false };

/// Sealed blocks by the number of the first message in each.
const BLOCKS: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("blocks");

/// The archive of a folder; most folders have none, and get one when it is needed.
pub(super) struct Archive {
    folder: PathBuf,
    engine: Option<Engine>,
}

/// What is found in an archive.
pub(super) struct Hits {
    /// Messages by their numbers.
    pub(super) entries: BTreeMap<u64, Entry>,
    /// Whether some blocks could not be read.
    pub(super) is_damaged: bool,
}

impl Archive {
    /// Opens the archive of a folder, if it has one, to be changed only if `is_writing`.
    pub(super) fn open(folder: &Path, is_writing: bool) -> Result<Self, StoreError> {
        let path = folder.join(NAME);
        let engine = match OpenOptions::new().read(true).write(is_writing).open(&path) {
            Ok(file) => {
                let backend = Backend::on_trial(file).map_err(refused(&path, "read"))?;
                Some(Engine::open(&path, backend, OPENING)?)
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(refused(&path, "opened")(error)),
        };
        Ok(Self { folder: folder.to_owned(), engine })
    }

    /// Takes messages in, in the order of their numbers; each takes the place of the one that had
    /// its number. They are on the disk then.
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
            // A crash costs no look at every page then; there are few commits.
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

    /// Adds the latest messages that fit to `hits`, until so many are found, or more; those that
    /// are there already are newer than the archive's.
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

    /// Gives every message in the order of numbers, or the place of a block that is damaged.
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

/// Makes a database, which has its name only when it is whole.
fn create(folder: &Path) -> Result<Engine, StoreError> {
    let (unfinished, path) = (folder.join(UNFINISHED), folder.join(NAME));
    let mut options = OpenOptions::new();
    let file = options.read(true).write(true).create(true).truncate(true).open(&unfinished);
    let file = file.map_err(refused(&unfinished, "created"))?;
    let backend = Backend::on_trial(file).map_err(refused(&unfinished, "written"))?;
    let engine = Engine::create(&path, backend, OPENING, |database| {
        let transaction = database.begin_write()?;
        transaction.open_table(BLOCKS)?;
        transaction.commit()?;
        Ok(())
    })?;
    fs::rename(&unfinished, &path).map_err(refused(&path, "created"))?;
    sync_folder(folder).map_err(refused(folder, "written"))?;
    Ok(engine)
}

/// Puts a message into its block, and with it all others of `rest` (the lowest last) that belong
/// there. A block that becomes too large becomes several.
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
