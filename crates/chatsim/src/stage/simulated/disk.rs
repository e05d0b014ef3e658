//! A simulated disk that can be slow, fail, and lose writes in a crash.
//!
//! It stores batches, not bytes: a batch completely or not at all, in the order of tickets. A crash
//! point is the number of a write, so that each write can be tried in turn; a program can only
//! distinguish before and after a write.

use std::mem::{replace, take};

use machine::{Change, Records, Ticket, Timestamp};

use crate::scenario::{CrashPoint, Disk, Moment};

/// The result of a write.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Write {
    /// Everything up to this ticket is stored.
    Stored(Ticket),
    /// It is still pending.
    Waits,
    /// It cannot be stored, nor can the writes that were to be stored with it.
    Failed,
    /// The program has to be killed.
    Crash,
}

/// Changes that are stored atomically.
type Batch = (Ticket, Vec<Change>);

/// The disk of one actor. Its data survive the actor's program.
#[derive(Default)]
pub(super) struct VirtualDisk {
    records: Records,
    mark: Option<u64>,
    state: Disk,
    /// Whether a write has hit the current fault; `false` without a fault.
    has_struck: Option<bool>,
    crash: Option<CrashPoint>,
    /// The batches that are being stored: all at once, when the time has come.
    group: Vec<Batch>,
    due: Option<Timestamp>,
    /// The batches that wait for the end of that.
    waiting: Vec<Batch>,
    /// When its program wrote, if that is recorded.
    writes: Option<Vec<Timestamp>>,
    /// The number of writes that were slow, failed, or fired a crash point.
    strikes: u64,
}

impl VirtualDisk {
    /// Sets the state; pending writes are affected. Returns whether the previous state affected any
    /// write.
    pub(super) fn set(&mut self, state: Disk) -> bool {
        self.state = state;
        let fault = (state != Disk::Healthy).then_some(false);
        replace(&mut self.has_struck, fault).unwrap_or(true)
    }

    /// Sets the crash point of the program. Returns whether the previous one fired.
    pub(super) fn set_crash(&mut self, point: Option<CrashPoint>) -> bool {
        replace(&mut self.crash, point).is_none()
    }

    /// Returns the stored records.
    pub(super) const fn records(&self) -> &Records {
        &self.records
    }

    /// Returns the last mark of the program.
    pub(super) const fn mark(&self) -> Option<u64> {
        self.mark
    }

    /// Stores a mark at once, in memory.
    pub(super) const fn set_mark(&mut self, mark: u64) {
        self.mark = Some(mark);
    }

    /// Begins to store changes.
    pub(super) fn write(&mut self, batch: Batch, now: Timestamp) -> Write {
        if let Some(writes) = &mut self.writes {
            writes.push(now);
        }
        if self.state == Disk::Full || (self.state == Disk::Fails && self.due.is_none()) {
            return self.fail();
        }
        if let Some(point) = &mut self.crash {
            point.write -= 1;
            if point.write == 0 {
                return self.tear(batch);
            }
        }
        if self.due.is_some() {
            self.waiting.push(batch);
            return Write::Waits;
        }
        let Disk::Slow(by) = self.state else {
            let (ticket, changes) = batch;
            self.records.apply(changes);
            return Write::Stored(ticket);
        };
        self.strike();
        self.group.push(batch);
        self.due = Some(now + by);
        Write::Waits
    }

    /// Records from now on when its program writes.
    pub(super) fn note_writes(&mut self) {
        self.writes.get_or_insert_default();
    }

    /// Returns when its program wrote, as far as that was recorded.
    pub(super) fn writes(&self) -> &[Timestamp] {
        self.writes.as_deref().unwrap_or_default()
    }

    /// Returns the number of writes that hit a fault.
    pub(super) const fn strikes(&self) -> u64 {
        self.strikes
    }

    /// Returns when the pending batches are stored.
    pub(super) const fn due(&self) -> Option<Timestamp> {
        self.due
    }

    /// Completes the pending batches, whose time has come, and begins with the waiting ones.
    pub(super) fn commit(&mut self, now: Timestamp) -> Write {
        if matches!(self.state, Disk::Full | Disk::Fails) {
            return self.fail();
        }
        let group = replace(&mut self.group, take(&mut self.waiting));
        self.due = (!self.group.is_empty()).then(|| match self.state {
            Disk::Slow(by) => now + by,
            Disk::Healthy | Disk::Full | Disk::Fails => now,
        });
        self.keep_all(group).map_or(Write::Waits, Write::Stored)
    }

    /// Loses everything that is not stored, as a crash does.
    pub(super) fn lose(&mut self) {
        self.group.clear();
        self.waiting.clear();
        self.due = None;
    }

    /// Stores the pending batches, as a program does that ends by itself.
    pub(super) fn flush(&mut self) {
        let rest = [take(&mut self.group), take(&mut self.waiting)].concat();
        self.keep_all(rest);
        self.due = None;
    }

    fn keep_all(&mut self, batches: Vec<Batch>) -> Option<Ticket> {
        let last = batches.last().map(|(ticket, _)| *ticket);
        for (_, changes) in batches {
            self.records.apply(changes);
        }
        last
    }

    fn strike(&mut self) {
        self.has_struck = Some(true);
        self.strikes += 1;
    }

    fn fail(&mut self) -> Write {
        self.strike();
        if self.state == Disk::Fails {
            self.state = Disk::Healthy;
        }
        self.lose();
        Write::Failed
    }

    /// Stores everything up to a batch, including or excluding it: a crash comes between batches.
    fn tear(&mut self, batch: Batch) -> Write {
        self.strikes += 1;
        let moment = self.crash.take().map(|point| point.moment);
        self.waiting.extend((moment == Some(Moment::After)).then_some(batch));
        self.flush();
        Write::Crash
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const SLOW: Disk = Disk::Slow(Duration::from_micros(20));

    const fn at(micros: u64) -> Timestamp {
        Timestamp::from_micros(micros)
    }

    /// A batch that stores one record, with the number of its ticket.
    fn batch(number: u64) -> Batch {
        (Ticket(number), vec![Change::put(number.to_be_bytes(), *b"value")])
    }

    fn kept(disk: &VirtualDisk) -> Vec<u64> {
        let number = |key: &[u8]| u64::from_be_bytes(key.try_into().unwrap());
        disk.records().iter().map(|(key, _)| number(key)).collect()
    }

    fn slow() -> VirtualDisk {
        let mut disk = VirtualDisk::default();
        assert!(disk.set(SLOW), "nothing was said before");
        disk
    }

    #[test]
    fn what_is_written_is_kept_at_once() {
        let mut disk = VirtualDisk::default();
        assert_eq!(disk.write(batch(1), at(0)), Write::Stored(Ticket(1)));
        disk.lose();
        assert_eq!(kept(&disk), [1]);
        assert!(disk.set(Disk::Healthy));
    }

    #[test]
    fn what_waits_is_kept_as_one_group() {
        let mut disk = slow();
        assert_eq!(disk.write(batch(1), at(0)), Write::Waits);
        assert_eq!(disk.write(batch(2), at(5)), Write::Waits);
        assert_eq!(disk.write(batch(3), at(6)), Write::Waits);
        assert_eq!((disk.due(), kept(&disk)), (Some(at(20)), vec![]));
        assert_eq!(disk.commit(at(20)), Write::Stored(Ticket(1)));
        assert_eq!((disk.due(), kept(&disk)), (Some(at(40)), vec![1]));
        assert_eq!(disk.commit(at(40)), Write::Stored(Ticket(3)));
        assert_eq!((disk.due(), kept(&disk)), (None, vec![1, 2, 3]));
        assert!(disk.set(Disk::Healthy), "it was slow for somebody");
    }

    #[test]
    fn a_crash_loses_what_is_not_kept_and_an_orderly_end_keeps_it() {
        for (end, expected) in
            [(VirtualDisk::lose as fn(&mut VirtualDisk), vec![]), (VirtualDisk::flush, vec![1, 2])]
        {
            let mut disk = slow();
            disk.write(batch(1), at(0));
            disk.write(batch(2), at(1));
            end(&mut disk);
            assert_eq!((disk.due(), kept(&disk)), (None, expected));
        }
    }

    #[test]
    fn a_torn_commit_keeps_what_came_before() {
        for (moment, expected) in [(Moment::Before, vec![1, 2]), (Moment::After, vec![1, 2, 3])] {
            for mut disk in [VirtualDisk::default(), slow()] {
                assert!(disk.set_crash(Some(CrashPoint { moment, write: 3 })));
                disk.write(batch(1), at(0));
                disk.write(batch(2), at(1));
                assert_eq!(disk.write(batch(3), at(2)), Write::Crash);
                assert_eq!((disk.due(), kept(&disk)), (None, expected.clone()));
                assert!(disk.set_crash(None), "it has struck");
            }
        }
        let mut disk = VirtualDisk::default();
        disk.set_crash(Some(CrashPoint { moment: Moment::After, write: 1 }));
        assert!(!disk.set_crash(None), "it has not struck");
    }

    #[test]
    fn nothing_more_is_kept_on_a_full_disk() {
        let mut disk = VirtualDisk::default();
        disk.set(Disk::Full);
        for number in 1..3 {
            assert_eq!(disk.write(batch(number), at(0)), Write::Failed);
        }
        disk.set_mark(7);
        assert!(disk.set(Disk::Healthy), "it was full for somebody");
        assert_eq!(disk.write(batch(3), at(0)), Write::Stored(Ticket(3)));
        assert_eq!((kept(&disk), disk.mark()), (vec![3], Some(7)));
    }

    #[test]
    fn one_write_fails_with_all_that_wait_for_it() {
        let mut disk = slow();
        disk.write(batch(1), at(0));
        assert!(disk.set(Disk::Fails));
        assert_eq!(disk.write(batch(2), at(1)), Write::Waits);
        assert_eq!(disk.commit(at(20)), Write::Failed);
        assert_eq!(disk.write(batch(3), at(20)), Write::Stored(Ticket(3)));
        assert_eq!(kept(&disk), [3]);
        disk.set(Disk::Fails);
        assert!(!disk.set(Disk::Healthy), "nobody wrote");
    }
}
