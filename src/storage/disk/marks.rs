//! Numbers that are stored at once: a small file next to the database, never synced. It survives
//! the end of the program, however sudden, but not always a power failure. That is enough for
//! "shown up to this number": showing a line twice after a power failure is better than a sync for
//! each line.
//!
//! Each number has two slots that are written in turn, so that a torn write leaves the previous
//! number.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use super::file::{read_at, write_at};
use crate::storage::{Place, StoreError};

/// The file name.
pub(super) const NAME: &str = "marks";

/// The size of a slot: a number (little-endian), its CRC-32, and zeros.
const SLOT_LEN: usize = 16;

const FILE_LEN: usize = SLOT_LEN * 4;

/// The numbers.
#[derive(Debug)]
pub(super) struct Marks {
    path: PathBuf,
    file: File,
    shown: Mutex<Mark>,
    commits: Mutex<Mark>,
}

/// One number: its value, and the slot that holds it.
#[derive(Clone, Copy, Debug)]
struct Mark {
    first_slot: u8,
    number: Option<u64>,
    is_in_second: bool,
}

impl Marks {
    /// Creates the file in a folder that has none, or an unfinished one.
    pub(super) fn create(folder: &Path) -> Result<(), StoreError> {
        let path = folder.join(NAME);
        let write = || {
            let file = File::create(&path)?;
            write_at(&file, &[0; FILE_LEN], 0)?;
            file.sync_all()
        };
        write().map_err(|source| StoreError::Refused {
            path: path.clone(),
            doing: "written",
            source,
        })
    }

    /// Opens the file; it can be written only if `is_writing`.
    pub(super) fn open(folder: &Path, is_writing: bool) -> Result<Self, StoreError> {
        let path = folder.join(NAME);
        let refused = |source| StoreError::Refused { path: path.clone(), doing: "opened", source };
        let file = OpenOptions::new().read(true).write(is_writing).open(&path).map_err(refused)?;
        let mut bytes = [0; FILE_LEN];
        let read = read_at(&file, &mut bytes, 0);
        if read.is_err() || file.metadata().map_err(refused)?.len() != FILE_LEN as u64 {
            let cause = format!("it is not {FILE_LEN} bytes long");
            return Err(StoreError::damaged(path, Place::Offset(0), &cause));
        }
        let read = |first_slot: u8| {
            let place = Place::Offset(u64::from(first_slot) * SLOT_LEN as u64);
            let mark = Mark::read(first_slot, &bytes);
            mark.ok_or_else(|| StoreError::damaged(&path, place, "a checksum is wrong"))
        };
        let (shown, commits) = (Mutex::new(read(0)?), Mutex::new(read(2)?));
        Ok(Self { path, file, shown, commits })
    }

    /// Returns the mark of shown messages, if there is one.
    pub(super) fn shown(&self) -> Option<u64> {
        get(&self.shown).number
    }

    /// Returns the number of commits, if there is one.
    pub(super) fn commits(&self) -> Option<u64> {
        get(&self.commits).number
    }

    /// Stores the mark of shown messages.
    pub(super) fn mark_shown(&self, number: u64) -> Result<(), StoreError> {
        self.mark(&self.shown, number)
    }

    /// Stores the number of commits, after the last of them.
    pub(super) fn mark_commits(&self, number: u64) -> Result<(), StoreError> {
        self.mark(&self.commits, number)
    }

    fn mark(&self, mark: &Mutex<Mark>, number: u64) -> Result<(), StoreError> {
        let mut mark = mark.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let is_in_second = !mark.is_in_second;
        let slot = mark.first_slot + u8::from(is_in_second);
        let written = write_at(&self.file, &slot_of(slot, number), u64::from(slot) * 16);
        written.map_err(|source| StoreError::Refused {
            path: self.path.clone(),
            doing: "written",
            source,
        })?;
        *mark = Mark { number: Some(number), is_in_second, ..*mark };
        Ok(())
    }
}

fn get(mark: &Mutex<Mark>) -> Mark {
    *mark.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

impl Mark {
    /// Returns the latest of two slots; `None` if both are damaged.
    fn read(first_slot: u8, bytes: &[u8; FILE_LEN]) -> Option<Self> {
        let read = |slot: u8| {
            let bytes = bytes.get(usize::from(slot) * SLOT_LEN..)?.first_chunk::<SLOT_LEN>()?;
            let number = u64::from_le_bytes(*bytes.first_chunk()?);
            if *bytes == [0; SLOT_LEN] {
                return Some(None);
            }
            (*bytes == slot_of(slot, number)).then_some(Some(number))
        };
        let (first, second) = (read(first_slot), read(first_slot + 1));
        let latest = first.max(second)?;
        Some(Self { first_slot, number: latest, is_in_second: second == Some(latest) })
    }
}

fn slot_of(slot: u8, number: u64) -> [u8; SLOT_LEN] {
    let mut bytes = [0; SLOT_LEN];
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&[slot]);
    hasher.update(&number.to_le_bytes());
    let (head, tail) = bytes.split_at_mut(8);
    head.copy_from_slice(&number.to_le_bytes());
    if let Some(room) = tail.first_chunk_mut() {
        *room = hasher.finalize().to_le_bytes();
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(folder: &Path) -> Option<u64> {
        Marks::open(folder, false).unwrap().shown()
    }

    #[test]
    fn the_latest_number_is_remembered() {
        let folder = tempfile::tempdir().unwrap();
        Marks::create(folder.path()).unwrap();
        assert_eq!(shown(folder.path()), None);
        let marks = Marks::open(folder.path(), true).unwrap();
        for number in [0, 1, 7, 8] {
            marks.mark_shown(number).unwrap();
            marks.mark_commits(number + 1).unwrap();
            assert_eq!(shown(folder.path()), Some(number));
            let again = Marks::open(folder.path(), true).unwrap();
            assert_eq!(again.commits(), Some(number + 1));
            again.mark_commits(number + 1).unwrap();
        }
    }

    #[test]
    fn a_torn_slot_leaves_the_number_before_and_two_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(NAME);
        Marks::create(folder.path()).unwrap();
        let marks = Marks::open(folder.path(), true).unwrap();
        (1..=3).for_each(|number| marks.mark_shown(number).unwrap());
        let mut bytes = std::fs::read(&path).unwrap();
        let newest = bytes.chunks(SLOT_LEN).position(|slot| slot[0] == 3).unwrap();
        bytes[newest * SLOT_LEN + 1] = 1;
        std::fs::write(&path, &bytes).unwrap();
        assert_eq!(shown(folder.path()), Some(2));
        bytes[(1 - newest) * SLOT_LEN + 1] = 1;
        std::fs::write(&path, &bytes).unwrap();
        let error = Marks::open(folder.path(), false).unwrap_err();
        assert!(error.to_string().contains("is damaged at byte 0"), "{error}");
        std::fs::write(&path, &bytes[..50]).unwrap();
        assert!(Marks::open(folder.path(), false).is_err());
    }
}
