//! Storage on a disk: a folder with a database.
//!
//! What is told as stored has been written and synced before. A folder is checked page by page
//! when it is opened; one that is damaged, of another version, somebody else's or in use is
//! refused, and nothing in it is changed.

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
mod key;
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

pub use filling::Filler;
pub use meta::{FORMAT_VERSION, Header};
pub use reading::{Damage, Reader};

use super::{Owner, Store, StoreError};
use crate::records::{Change, Found, Query, Record, Ticket};
use folder::Opened;
use kept::Kept;
use marks::Marks;
use writer::Writer;

/// Keeps records in a folder: they survive the process, and the machine.
///
/// One thread writes. It takes all batches that wait, so that they share the price of a commit.
pub struct DiskStore {
    path: PathBuf,
    // Dropped first: it writes what still waits.
    writer: Writer,
    kept: Arc<Mutex<Kept>>,
    marks: Arc<Marks>,
}

impl DiskStore {
    /// Opens the folder of `owner`, and makes it (for its user only) if there is none, or an empty
    /// one. All of it is read and checked. Nothing is changed before the first change of a record.
    ///
    /// # Errors
    ///
    /// Says why the folder cannot be used; it is as it was before.
    pub fn open(folder: &Path, owner: Owner) -> Result<Self, StoreError> {
        let opened = folder::open(folder, owner);
        Self::new(folder, opened.map_err(|error| reading::placed(folder, error))?)
    }

    fn new(folder: &Path, opened: Opened) -> Result<Self, StoreError> {
        let Opened { kept, marks } = opened;
        let (kept, marks) = (Arc::new(Mutex::new(kept)), Arc::new(marks));
        let writer = Writer::start(folder, Arc::clone(&kept), Arc::clone(&marks))?;
        Ok(Self { path: folder.join(folder::RECORDS), writer, kept, marks })
    }
}

impl Store for DiskStore {
    fn load(&mut self, each: &mut dyn FnMut(Record)) -> Result<(), StoreError> {
        let mut damaged = None;
        let mut shown = self.marks.shown().map(Record::Shown);
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.for_each(&mut |record| match record {
            Ok(record) => {
                shown.take_if(|it| it.key() < record.key()).into_iter().for_each(&mut *each);
                each(record);
            }
            Err(place) => damaged = Some(place),
        })?;
        shown.into_iter().for_each(each);
        match damaged {
            None => Ok(()),
            Some(place) => Err(StoreError::damaged(&self.path, place, "a checksum is wrong")),
        }
    }

    fn put(&mut self, ticket: Ticket, changes: Vec<Change>) {
        self.writer.put(ticket, changes);
    }

    fn poll_stored(&mut self, context: &mut Context<'_>) -> Poll<Result<Ticket, StoreError>> {
        self.writer.poll(context)
    }

    fn recall(&mut self, query: Query) {
        self.writer.recall(query);
    }

    fn poll_found(&mut self, context: &mut Context<'_>) -> Poll<Result<Found, StoreError>> {
        self.writer.poll_found(context)
    }

    fn mark_shown(&mut self, number: u64) -> Result<(), StoreError> {
        self.marks.mark_shown(number)
    }
}
