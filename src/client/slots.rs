//! The slots of storage in which arrivals wait until they are shown.

use std::collections::BTreeSet;

/// Slots, numbered from 0. A slot is used again once what was in it was shown, so there are no more
/// of them than arrivals were unshown at one time.
#[derive(Debug, Default)]
pub(super) struct Slots {
    free: BTreeSet<u32>,
    /// The number of slots, free or taken.
    count: u32,
}

impl Slots {
    /// Takes the first free slot.
    pub(super) fn take(&mut self) -> u32 {
        self.free.pop_first().unwrap_or_else(|| {
            self.count += 1;
            self.count - 1
        })
    }

    /// Frees a slot: what was in it was shown.
    pub(super) fn free(&mut self, slot: u32) {
        self.free.insert(slot);
    }

    /// Restores a slot of an earlier session. They come in their order.
    pub(super) fn restore(&mut self, slot: u32, is_taken: bool) {
        self.free.extend(self.count..slot);
        self.count = slot + 1;
        if !is_taken {
            self.free(slot);
        }
    }

    /// Asserts that exactly these slots are taken: another arrival would overwrite what is in a
    /// slot that is free too early, and nothing would ever use one that is not freed.
    pub(super) fn assert_taken(&self, taken: impl Iterator<Item = u32>) {
        let mut expected = 0;
        for slot in taken {
            assert!(slot < self.count, "slot {slot} does not exist");
            assert!(!self.free.contains(&slot), "slot {slot} is free and in use");
            expected += 1;
        }
        let taken = self.count as usize - self.free.len();
        assert!(taken == expected, "{taken} slots are taken for {expected} arrivals");
    }
}
