//! An open database of the storage engine: all calls are guarded.

use std::path::{Path, PathBuf};

use redb::{Builder, Database};

use super::backend::Backend;
use super::guard::guarded;
use crate::storage::StoreError;

/// The options for opening a database.
#[derive(Clone, Copy, Debug)]
pub(super) struct Opening {
    /// The size of the page cache. The operating system caches pages as well.
    pub(super) cache_bytes: usize,
    /// Whether to check every page.
    pub(super) is_checked: bool,
}

/// An open database in a file.
pub(super) struct Engine {
    path: PathBuf,
    backend: Backend,
    /// Dropped within [`guarded`].
    database: Option<Database>,
}

impl Engine {
    /// Makes a database in an empty file.
    pub(super) fn create(
        path: &Path,
        backend: Backend,
        opening: Opening,
        fill: impl FnOnce(&Database) -> Result<(), redb::Error>,
    ) -> Result<Self, StoreError> {
        let database = guarded(path, "written", || {
            backend.accept()?;
            let database = opening.builder().create_with_backend(backend.clone())?;
            fill(&database)?;
            Ok(database)
        })?;
        Ok(Self { path: path.to_owned(), backend, database: Some(database) })
    }

    /// Opens the database in a file, which is on trial.
    pub(super) fn open(
        path: &Path,
        backend: Backend,
        opening: Opening,
    ) -> Result<Self, StoreError> {
        let database = guarded(path, "read", || {
            if backend.file_len()? == 0 {
                return Err(redb::Error::Corrupted("it is empty".to_owned()));
            }
            Ok(opening.builder().create_with_backend(backend.clone())?)
        })?;
        Ok(Self { path: path.to_owned(), backend, database: Some(database) })
    }

    /// Runs a read.
    pub(super) fn read<T>(
        &self,
        work: impl FnOnce(&Database) -> Result<T, redb::Error>,
    ) -> Result<T, StoreError> {
        self.work("read", work)
    }

    /// Runs a write, after which the file is no longer on trial.
    pub(super) fn write<T>(
        &self,
        work: impl FnOnce(&Database) -> Result<T, redb::Error>,
    ) -> Result<T, StoreError> {
        self.work("written", |database| {
            self.backend.accept()?;
            work(database)
        })
    }

    fn work<T>(
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

impl Drop for Engine {
    fn drop(&mut self) {
        let database = self.database.take();
        // Committed data are on the disk already; a file that was not closed is repaired.
        guarded(&self.path, "closed", || {
            drop(database);
            Ok(())
        })
        .ok();
    }
}

impl Opening {
    fn builder(self) -> Builder {
        let mut builder = Builder::new();
        builder.set_cache_size(self.cache_bytes);
        builder.set_check_integrity_on_open(self.is_checked);
        builder
    }
}
