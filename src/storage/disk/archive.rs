//! The archive: the messages of a history that are not among the records any more, in a database
//! of its own. Packed into blocks (`block.rs`), a million of them are searched at once, and no
//! program has to read them when it starts.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use redb::{
    Builder, Database, Durability, ReadableDatabase as _, ReadableTable as _, Table,
    TableDefinition,
};

use super::backend::Backend;
use super::block::{self, Packed};
use super::entry;
use super::folder::{refused, sync_folder};
use super::guard::guarded;
use crate::records::{Entry, Key, Matcher};
use crate::storage::{Place, StoreError};

/// The database's name in the folder.
pub(super) const NAME: &str = "history.redb";

/// The database while it is made.
const UNFINISHED: &str = "history.new";

/// Memory for pages. The rest of memory is the system's, which keeps them too.
const CACHE_BYTES: usize = 8 * 1024 * 1024;

/// Sealed blocks by the number of the first message in each.
const BLOCKS: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("blocks");

/// The archive of a folder; most folders have none, and get one when it is needed.
pub(super) struct Archive {
    folder: PathBuf,
    opened: Option<Opened>,
}

struct Opened {
    backend: Backend,
    /// Dropped within [`guarded`].
    database: Option<Database>,
    path: PathBuf,
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
        let opened = match OpenOptions::new().read(true).write(is_writing).open(&path) {
            Ok(file) => Some(Opened::open(path, file)?),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(refused(&path, "opened")(error)),
        };
        Ok(Self { folder: folder.to_owned(), opened })
    }

    /// Takes messages in, in the order of their numbers; each takes the place of the one that had
    /// its number. They are on the disk then.
    pub(super) fn add(&mut self, entries: Vec<Entry>) -> Result<(), StoreError> {
        let opened = match self.opened.take() {
            Some(opened) => opened,
            None => Opened::create(&self.folder)?,
        };
        self.opened.insert(opened).add(entries)
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
        match &self.opened {
            Some(opened) => opened.find(matcher, count, known, hits),
            None => Ok(()),
        }
    }

    /// Gives every message in the order of numbers, or the place of a block that is damaged.
    pub(super) fn for_each(
        &self,
        each: &mut dyn FnMut(Result<Entry, Place>),
    ) -> Result<(), StoreError> {
        let Some(opened) = &self.opened else { return Ok(()) };
        opened.on_database("read", |database| {
            for item in database.begin_read()?.open_table(BLOCKS)?.iter()? {
                let (first, block) = item?;
                match unsealed(first.value(), block.value()).and_then(|block| block.unpack()) {
                    Some(entries) => entries.into_iter().map(Ok).for_each(&mut *each),
                    None => each(Err(Place::Record(Key::Said(first.value())))),
                }
            }
            Ok(())
        })
    }

    /// Tells the last message.
    pub(super) fn last(&self) -> Result<Option<Entry>, StoreError> {
        let Some(opened) = &self.opened else { return Ok(None) };
        opened.on_database("read", |database| {
            let blocks = database.begin_read()?.open_table(BLOCKS)?;
            let Some((first, block)) = blocks.last()? else { return Ok(None) };
            let entries = unsealed(first.value(), block.value()).and_then(|block| block.unpack());
            match entries.and_then(|mut entries| entries.pop()) {
                Some(entry) => Ok(Some(entry)),
                None => Err(redb::Error::Corrupted("its last block makes no sense".to_owned())),
            }
        })
    }
}

impl Opened {
    fn open(path: PathBuf, file: File) -> Result<Self, StoreError> {
        let backend = Backend::on_trial(file).map_err(refused(&path, "read"))?;
        let database = guarded(&path, "read", || {
            if backend.file_len()? == 0 {
                return Err(redb::Error::Corrupted("it is empty".to_owned()));
            }
            Ok(builder().create_with_backend(backend.clone())?)
        })?;
        Ok(Self { backend, database: Some(database), path })
    }

    /// Makes a database, which has its name only when it is whole.
    fn create(folder: &Path) -> Result<Self, StoreError> {
        let (unfinished, path) = (folder.join(UNFINISHED), folder.join(NAME));
        let mut options = OpenOptions::new();
        let file = options.read(true).write(true).create(true).truncate(true).open(&unfinished);
        let file = file.map_err(refused(&unfinished, "made"))?;
        let backend = Backend::on_trial(file).map_err(refused(&unfinished, "written"))?;
        let database = guarded(&path, "written", || {
            backend.accept()?;
            let database = builder().create_with_backend(backend.clone())?;
            let transaction = database.begin_write()?;
            transaction.open_table(BLOCKS)?;
            transaction.commit()?;
            Ok(database)
        })?;
        fs::rename(&unfinished, &path).map_err(refused(&path, "made"))?;
        sync_folder(folder).map_err(refused(folder, "written"))?;
        Ok(Self { backend, database: Some(database), path })
    }

    fn add(&self, mut entries: Vec<Entry>) -> Result<(), StoreError> {
        entries.reverse();
        self.on_database("written", |database| {
            self.backend.accept()?;
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

    fn find(
        &self,
        matcher: &Matcher,
        count: usize,
        known: &dyn Fn(u64) -> bool,
        hits: &mut Hits,
    ) -> Result<(), StoreError> {
        self.on_database("read", |database| {
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

    fn on_database<T>(
        &self,
        doing: &'static str,
        work: impl FnOnce(&Database) -> Result<T, redb::Error>,
    ) -> Result<T, StoreError> {
        guarded(&self.path, doing, || match &self.database {
            Some(database) => work(database),
            None => Err(redb::Error::DatabaseAlreadyOpen),
        })
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        let database = self.database.take();
        // What was committed is on the disk already; a file that was not closed is repaired.
        guarded(&self.path, "closed", || {
            drop(database);
            Ok(())
        })
        .ok();
    }
}

fn builder() -> Builder {
    let mut builder = Builder::new();
    builder.set_cache_size(CACHE_BYTES);
    builder
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
            redb::Error::Corrupted(format!("the block of message {at} makes no sense"))
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
