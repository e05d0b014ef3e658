//! A new folder that is filled with all of its records at once.

use std::fs;
use std::path::{Path, PathBuf};

use super::file::sync_folder;
use super::folder::{self, Opened};
use crate::records::{Change, ClientRecord};
use crate::storage::{Owner, Record, StoreError};

/// The approximate number of changes in one commit.
const CHANGES_MAX: usize = 50_000;

/// A folder that gets its name only when it is complete; an unfinished one is removed.
pub struct Filler {
    folder: PathBuf,
    /// Its name until then.
    unfinished: PathBuf,
    opened: Option<Opened>,
    changes: Vec<Change>,
    is_finished: bool,
}

impl Filler {
    /// Starts the folder of `owner`.
    ///
    /// # Errors
    ///
    /// The name exists already, or nothing can be created next to it.
    pub fn start(folder: &Path, owner: Owner) -> Result<Self, StoreError> {
        if fs::symlink_metadata(folder).is_ok() {
            return Err(StoreError::Exists(folder.into()));
        }
        let mut name = folder.as_os_str().to_owned();
        name.push(".unfinished");
        let unfinished = PathBuf::from(name);
        if fs::symlink_metadata(&unfinished).is_ok() {
            return Err(StoreError::Exists(unfinished));
        }
        let mut filler = Self {
            folder: folder.into(),
            unfinished,
            opened: None,
            changes: Vec::new(),
            is_finished: false,
        };
        filler.opened = Some(folder::create(&filler.unfinished, owner)?);
        Ok(filler)
    }

    /// Adds a record of the owner, in place of one with the same key.
    ///
    /// # Errors
    ///
    /// It cannot be written.
    pub fn put(&mut self, record: &Record) -> Result<(), StoreError> {
        if let Record::Client(ClientRecord::Shown(number)) = record
            && let Some(opened) = &self.opened
        {
            opened.marks.mark_shown(*number)?;
        } else {
            self.changes.push(record.put());
        }
        if self.changes.len() < CHANGES_MAX { Ok(()) } else { self.write() }
    }

    /// Gives the folder its name.
    ///
    /// # Errors
    ///
    /// It cannot be written.
    pub fn finish(mut self) -> Result<(), StoreError> {
        self.write()?;
        // A long history is moved to the archive.
        self.write()?;
        self.opened = None;
        fs::rename(&self.unfinished, &self.folder)
            .map_err(StoreError::refused(&self.folder, "created"))?;
        self.is_finished = true;
        let beside = self.folder.parent().filter(|parent| !parent.as_os_str().is_empty());
        sync_folder(beside.unwrap_or_else(|| Path::new(".")))
            .map_err(StoreError::refused(&self.folder, "created"))
    }

    fn write(&mut self) -> Result<(), StoreError> {
        let Some(opened) = &mut self.opened else { return Ok(()) };
        let changes = std::mem::take(&mut self.changes);
        opened.marks.mark_commits(opened.kept.commit(vec![changes])?)
    }
}

impl Drop for Filler {
    fn drop(&mut self) {
        self.opened = None;
        if !self.is_finished {
            // A failure to remove it has been reported, and the user can remove it as well.
            fs::remove_dir_all(&self.unfinished).ok();
        }
    }
}
