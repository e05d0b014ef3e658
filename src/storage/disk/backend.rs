//! The file under the database: nothing is written to it before it is known to be intact.
//!
//! A database is opened on trial. Everything that this writes (e.g. a repair after a crash) is kept
//! in memory, in order, and read from there. Once the folder is accepted, it is written, with a
//! sync wherever there was one, so that a crash in the middle has the same effect as without a
//! trial. From then on, all writes go directly to the file.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::ops::Bound;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use redb::{BackendError, StorageBackend};

use super::file::{read_at, write_at};

/// The size of the pieces in which changes are kept: the size of the engine's pages.
const BLOCK_LEN: usize = 4096;

/// A shared handle to the file.
#[derive(Clone, Debug)]
pub(super) struct Backend(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    file: File,
    is_accepted: AtomicBool,
    trial: Mutex<Trial>,
    /// The number of reads that are left.
    reads_left: AtomicU64,
}

/// The changes of a trial.
#[derive(Debug)]
struct Trial {
    len: u64,
    /// The length of the file that still counts; the rest reads as zeros.
    kept_len: u64,
    /// Changed pieces by their number.
    blocks: BTreeMap<u64, Box<[u8; BLOCK_LEN]>>,
    steps: Vec<Step>,
}

#[derive(Debug)]
enum Step {
    SetLen(u64),
    Write(u64, Vec<u8>),
    Sync,
}

impl Backend {
    /// Opens a file on trial.
    pub(super) fn on_trial(file: File) -> io::Result<Self> {
        let len = file.metadata()?.len();
        let trial = Trial { len, kept_len: len, blocks: BTreeMap::new(), steps: Vec::new() };
        Ok(Self(Arc::new(Inner {
            file,
            is_accepted: AtomicBool::new(false),
            trial: Mutex::new(trial),
            reads_left: AtomicU64::new(u64::MAX),
        })))
    }

    /// Writes the changes of the trial; from now on the file is changed at once. A second call does
    /// nothing.
    pub(super) fn accept(&self) -> io::Result<()> {
        if self.is_accepted() {
            return Ok(());
        }
        let mut trial = self.0.trial.lock().unwrap_or_else(PoisonError::into_inner);
        for step in trial.steps.drain(..) {
            match step {
                Step::SetLen(len) => self.0.file.set_len(len)?,
                Step::Write(offset, bytes) => write_at(&self.0.file, &bytes, offset)?,
                Step::Sync => self.0.file.sync_data()?,
            }
        }
        trial.blocks.clear();
        self.0.is_accepted.store(true, Ordering::Release);
        Ok(())
    }

    /// Allows this many reads, and fails all others, so that pages that form a cycle are not
    /// followed for ever.
    pub(super) fn limit_reads(&self, reads: u64) {
        self.0.reads_left.store(reads, Ordering::Relaxed);
    }

    /// Returns the length of the file itself.
    pub(super) fn file_len(&self) -> io::Result<u64> {
        Ok(self.0.file.metadata()?.len())
    }

    fn is_accepted(&self) -> bool {
        self.0.is_accepted.load(Ordering::Acquire)
    }

    fn on_trial_only<T>(&self, work: impl FnOnce(&mut Trial) -> io::Result<T>) -> io::Result<T> {
        work(&mut self.0.trial.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Trial {
    fn read(&self, file: &File, offset: u64, out: &mut [u8]) -> io::Result<()> {
        if offset.checked_add(out.len() as u64).is_none_or(|end| end > self.len) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if self.blocks.is_empty() {
            return self.read_file(file, out, offset);
        }
        for (number, start, piece) in pieces_mut(offset, out) {
            match self.blocks.get(&number) {
                Some(block) => {
                    let len = piece.len();
                    piece.copy_from_slice(block.get(start..start + len).unwrap_or_default());
                }
                None => self.read_file(file, piece, number * BLOCK_LEN as u64 + start as u64)?,
            }
        }
        Ok(())
    }

    fn write(&mut self, file: &File, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let mut copy = bytes.to_vec();
        for (number, start, piece) in pieces_mut(offset, &mut copy) {
            let mut block = Box::new([0; BLOCK_LEN]);
            match self.blocks.remove(&number) {
                Some(changed) => block = changed,
                None => self.read_file(file, &mut *block, number * BLOCK_LEN as u64)?,
            }
            if let Some(room) = block.get_mut(start..start + piece.len()) {
                room.copy_from_slice(piece);
            }
            self.blocks.insert(number, block);
        }
        self.len = self.len.max(offset + bytes.len() as u64);
        self.steps.push(Step::Write(offset, copy));
        Ok(())
    }

    fn set_len(&mut self, len: u64) {
        // A part that was cut off reads as zeros if it is added again.
        let whole = len / BLOCK_LEN as u64;
        for (number, block) in self.blocks.range_mut(whole..) {
            let kept = if *number == whole { len % BLOCK_LEN as u64 } else { 0 };
            let kept = usize::try_from(kept).unwrap_or(BLOCK_LEN);
            block.get_mut(kept..).unwrap_or_default().fill(0);
        }
        self.len = len;
        self.kept_len = self.kept_len.min(len);
        self.steps.push(Step::SetLen(len));
    }

    /// Reads the part of the file that still counts.
    fn read_file(&self, file: &File, out: &mut [u8], offset: u64) -> io::Result<()> {
        let there = self.kept_len.saturating_sub(offset);
        let (inside, outside) =
            out.split_at_mut(usize::try_from(there).unwrap_or(usize::MAX).min(out.len()));
        outside.fill(0);
        read_at(file, inside, offset)
    }
}

/// Splits a range of bytes at the borders of pieces: the number of each piece, and the offset in
/// it.
fn pieces_mut(offset: u64, bytes: &mut [u8]) -> impl Iterator<Item = (u64, usize, &mut [u8])> {
    let first = offset / BLOCK_LEN as u64;
    let start = usize::try_from(offset % BLOCK_LEN as u64).unwrap_or_default();
    let (head, tail) = bytes.split_at_mut(bytes.len().min(BLOCK_LEN - start));
    let tail = (first + 1..).zip(tail.chunks_mut(BLOCK_LEN));
    std::iter::once((first, start, head)).chain(tail.map(|(number, piece)| (number, 0, piece)))
}

type Locked = Result<bool, BackendError>;

impl StorageBackend for Backend {
    fn len(&self) -> io::Result<u64> {
        if self.is_accepted() {
            return self.file_len();
        }
        self.on_trial_only(|trial| Ok(trial.len))
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let left = &self.0.reads_left;
        if left.load(Ordering::Relaxed) != u64::MAX && left.fetch_sub(1, Ordering::Relaxed) == 0 {
            left.store(0, Ordering::Relaxed);
            return Err(io::Error::other("the pages form a cycle"));
        }
        if self.is_accepted() {
            return read_at(&self.0.file, out, offset);
        }
        self.on_trial_only(|trial| trial.read(&self.0.file, offset, out))
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        if self.is_accepted() {
            return self.0.file.set_len(len);
        }
        self.on_trial_only(|trial| {
            trial.set_len(len);
            Ok(())
        })
    }

    fn sync_data(&self) -> io::Result<()> {
        if self.is_accepted() {
            return self.0.file.sync_data();
        }
        self.on_trial_only(|trial| {
            trial.steps.push(Step::Sync);
            Ok(())
        })
    }

    fn write(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        if self.is_accepted() {
            return write_at(&self.0.file, bytes, offset);
        }
        self.on_trial_only(|trial| trial.write(&self.0.file, offset, bytes))
    }

    // The folder's owner has locked the file: the engine need not do it again.

    fn try_lock_range(&self, _start: Bound<u64>, _end: Bound<u64>) -> Locked {
        Ok(true)
    }

    fn try_lock_shared_range(&self, _start: Bound<u64>, _end: Bound<u64>) -> Locked {
        Ok(true)
    }

    fn lock_range(&self, _start: Bound<u64>, _end: Bound<u64>) -> Result<(), BackendError> {
        Ok(())
    }

    fn lock_shared_range(&self, _start: Bound<u64>, _end: Bound<u64>) -> Result<(), BackendError> {
        Ok(())
    }

    fn unlock_range(&self, _start: Bound<u64>, _end: Bound<u64>) -> Result<(), BackendError> {
        Ok(())
    }

    fn query_lock_range(&self, _start: Bound<u64>, _end: Bound<u64>) -> Locked {
        Ok(false)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Clone, Debug)]
    enum Doing {
        Write(u64, Vec<u8>),
        SetLen(u64),
        Sync,
    }

    fn doings() -> impl Strategy<Value = Vec<Doing>> {
        let bytes = proptest::collection::vec(any::<u8>(), 1..9_000);
        let doing = prop_oneof![
            (0..20_000_u64, bytes).prop_map(|(offset, bytes)| Doing::Write(offset, bytes)),
            (0..20_000_u64).prop_map(Doing::SetLen),
            Just(Doing::Sync),
        ];
        proptest::collection::vec(doing, 0..12)
    }

    fn contents(backend: &Backend) -> Vec<u8> {
        let mut bytes = vec![1; usize::try_from(backend.len().unwrap()).unwrap()];
        backend.read(0, &mut bytes).unwrap();
        bytes
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, cases: 200, ..ProptestConfig::default() })]

        #[test]
        fn a_trial_reads_as_if_it_were_written_and_changes_nothing_until_it_is(
            before in proptest::collection::vec(any::<u8>(), 0..9_000),
            doings in doings(),
        ) {
            let mut expected = before.clone();
            let file = tempfile::NamedTempFile::new().unwrap();
            std::fs::write(file.path(), &before).unwrap();
            let backend = Backend::on_trial(file.reopen().unwrap()).unwrap();
            for doing in doings {
                match doing {
                    Doing::Write(offset, bytes) => {
                        backend.write(offset, &bytes).unwrap();
                        let offset = usize::try_from(offset).unwrap();
                        expected.resize(expected.len().max(offset + bytes.len()), 0);
                        expected[offset..offset + bytes.len()].copy_from_slice(&bytes);
                    }
                    Doing::SetLen(len) => {
                        backend.set_len(len).unwrap();
                        expected.resize(usize::try_from(len).unwrap(), 0);
                    }
                    Doing::Sync => backend.sync_data().unwrap(),
                }
                prop_assert!(contents(&backend) == expected);
            }
            prop_assert!(std::fs::read(file.path()).unwrap() == before);
            backend.accept().unwrap();
            prop_assert!(std::fs::read(file.path()).unwrap() == expected);
            prop_assert!(contents(&backend) == expected);
            backend.write(0, b"on").unwrap();
            prop_assert_eq!(&std::fs::read(file.path()).unwrap()[..2], b"on");
        }
    }

    #[test]
    fn reads_can_be_limited() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), b"abc").unwrap();
        let backend = Backend::on_trial(file.reopen().unwrap()).unwrap();
        backend.limit_reads(2);
        let mut out = [0; 1];
        let read: Vec<_> = (0..4).map(|_| backend.read(0, &mut out).is_ok()).collect();
        assert_eq!(read, [true, true, false, false]);
        assert!(backend.read(3, &mut out).is_err(), "behind the end");
    }
}
