//! Pending snapshots: screens that wait for a review.

use std::fs;

use super::snapshot::{read, remove_pending, write};
use super::{Location, SnapshotError};

/// A pending snapshot.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pending {
    /// The scenario.
    pub location: Location,
    /// The screens.
    pub shown: String,
}

impl Pending {
    /// Reads the pending snapshot of a scenario; `None` if there is none.
    ///
    /// # Errors
    ///
    /// It cannot be read.
    pub fn read(location: &Location) -> Result<Option<Self>, SnapshotError> {
        let shown = read(&location.pending())?;
        Ok(shown.map(|shown| Self { location: location.clone(), shown }))
    }

    /// Reads the current snapshot; `None` if there is none yet.
    ///
    /// # Errors
    ///
    /// It cannot be read.
    pub fn snapshot(&self) -> Result<Option<String>, SnapshotError> {
        read(&self.location.snapshot)
    }

    /// Accepts it as the snapshot.
    ///
    /// # Errors
    ///
    /// The file system refuses; the old snapshot is intact then.
    pub fn accept(&self) -> Result<(), SnapshotError> {
        write(&self.location.snapshot, &self.shown)?;
        remove_pending(&self.location)
    }

    /// Discards it.
    ///
    /// # Errors
    ///
    /// The file system refuses.
    pub fn reject(&self) -> Result<(), SnapshotError> {
        let path = self.location.pending();
        fs::remove_file(&path).map_err(|cause| SnapshotError::Unwritable { path, cause })
    }
}
