//! Storage on a disk: a folder with a database (redb) of encoded keys, in the order of the keys,
//! and values with checksums.
//!
//! Everything that is reported as stored has been written and synced before. One thread takes all
//! waiting batches, commits them in one transaction, and reports the last ticket. After a failure
//! it reports that and writes nothing more; the program ends with exit code 3.
//!
//! A folder is checked page by page when it is opened. One that is damaged, of an unknown version,
//! of another owner or in use is refused, and nothing in it is changed (`backend.rs`). Damage is
//! found in three ways: by the checksums that redb keeps of its pages; by our own over each key and
//! value, which identify the damaged record (`entry.rs`); and by a count of commits next to the
//! database (`marks.rs`), which reveals a database that was replaced by an older copy. redb may
//! panic on damaged pages: `guard.rs` turns that into an error.

mod archive;
mod backend;
mod block;
mod database;
mod engine;
mod entry;
mod file;
mod filling;
mod folder;
mod guard;
mod kept;
mod marks;
mod meta;
mod reading;
mod salvage;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_of_damage;
#[cfg(test)]
mod tests_of_form;
#[cfg(test)]
mod tests_of_history;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

pub use crate::records::FORMAT_VERSION;
pub use filling::Filler;
pub use meta::Header;
pub use reading::{Damage, Reader};

use driver::{DriveError, Restore, Store};
use machine::{Change, Ticket};

use super::{Owner, StoreError};
use crate::records::Query;
use folder::Opened;
use kept::Kept;
use marks::Marks;
use writer::Writer;

/// Stores records in a folder: they survive the process, and a power failure.
///
/// One thread writes. It takes all waiting batches, so that they share the cost of a commit.
pub struct DiskStore {
    path: PathBuf,
    // Dropped first: it writes the waiting batches.
    writer: Writer,
    kept: Arc<Mutex<Kept>>,
    marks: Arc<Marks>,
}

impl DiskStore {
    /// Opens the folder of `owner`, and creates it (for its user only) if there is none, or an
    /// empty one. All of it is read and checked. Nothing is changed before the first change of a
    /// record.
    ///
    /// # Errors
    ///
    /// The folder cannot be used; it has not been changed.
    pub fn open(folder: &Path, owner: Owner) -> Result<Self, StoreError> {
        let opened = folder::open(folder, owner);
        Self::new(folder, opened.map_err(|error| reading::placed(folder, error))?)
    }

    fn new(folder: &Path, opened: Opened) -> Result<Self, StoreError> {
        let Opened { kept, marks } = opened;
        let (kept, marks) = (Arc::new(Mutex::new(kept)), Arc::new(marks));
        let writer = Writer::start(folder, Arc::clone(&kept), Arc::clone(&marks))?;
        Ok(Self { path: folder.join(kept::RECORDS), writer, kept, marks })
    }
}

impl Store for DiskStore {
    type Error = StoreError;

    fn mark(&self) -> Option<u64> {
        self.marks.shown()
    }

    fn load(&mut self, each: &mut Restore<'_>) -> Result<(), DriveError<StoreError>> {
        let mut damaged = None;
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let read = kept.for_each_value(&mut |key, value| {
            let restored = match value {
                Some(value) => each(key, value).map_err(|error| error.to_string()),
                None => Err("a checksum is wrong".to_owned()),
            };
            if let Err(cause) = restored {
                damaged.get_or_insert_with(|| (database::place_of(key), cause));
            }
        });
        read.map_err(DriveError::Store)?;
        match damaged {
            None => Ok(()),
            Some((place, cause)) => {
                Err(DriveError::Store(StoreError::damaged(&self.path, place, &cause)))
            }
        }
    }

    fn put(&mut self, ticket: Ticket, changes: Vec<Change>) {
        self.writer.put(ticket, changes);
    }

    fn poll_stored(&mut self, context: &mut Context<'_>) -> Poll<Result<Ticket, StoreError>> {
        self.writer.poll(context)
    }

    /// Answers an encoded [`Query`] with an encoded [`Found`](crate::records::Found).
    fn ask(&mut self, question: Vec<u8>) {
        // The query is from the client of this program.
        let nothing = Query { with: None, words: None, count: 0 };
        self.writer.recall(Query::decode(&question).unwrap_or(nothing));
    }

    fn poll_answer(&mut self, context: &mut Context<'_>) -> Poll<Result<Vec<u8>, StoreError>> {
        self.writer.poll_found(context).map_ok(|found| found.encode())
    }

    fn set_mark(&mut self, mark: u64) -> Result<(), StoreError> {
        self.marks.mark_shown(mark)
    }
}
