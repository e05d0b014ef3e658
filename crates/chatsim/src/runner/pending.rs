//! Screens that wait for a review beside their snapshot.

use std::fs;

use super::snapshot::{read, remove_pending, write};
use super::{Location, SnapshotError};

/// Screens that wait for a review.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pending {
    /// Whose they are.
    pub location: Location,
    /// What was shown.
    pub shown: String,
}

impl Pending {
    /// Reads what waits for a scenario; `None` if nothing does.
    ///
    /// # Errors
    ///
    /// It cannot be read.
    pub fn read(location: &Location) -> Result<Option<Self>, SnapshotError> {
        let shown = read(&location.pending())?;
        Ok(shown.map(|shown| Self { location: location.clone(), shown }))
    }

    /// Reads the snapshot as it is; `None` if there is none yet.
    ///
    /// # Errors
    ///
    /// It cannot be read.
    pub fn snapshot(&self) -> Result<Option<String>, SnapshotError> {
        read(&self.location.snapshot)
    }

    /// Makes it the snapshot.
    ///
    /// # Errors
    ///
    /// The file system refuses; the old snapshot is whole then.
    pub fn accept(&self) -> Result<(), SnapshotError> {
        write(&self.location.snapshot, &self.shown)?;
        remove_pending(&self.location)
    }

    /// Forgets it.
    ///
    /// # Errors
    ///
    /// The file system refuses.
    pub fn reject(&self) -> Result<(), SnapshotError> {
        let path = self.location.pending();
        fs::remove_file(&path).map_err(|cause| SnapshotError::Unwritable { path, cause })
    }
}
