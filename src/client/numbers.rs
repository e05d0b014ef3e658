//! Numbers of messages and of entries in the history. They are the time, so that they increase over
//! restarts too, unless that would repeat one.

use super::effects::Effects;
use crate::protocol::Timestamp;
use crate::protocol::limits::NUMBERS_AHEAD_MAX;
use crate::protocol::sabotage::{self, Bug};
use crate::records::ClientRecordRef;

/// The numbers given so far. Messages and entries of the history share one sequence, because a
/// message of the client's own keeps its number when it becomes an entry.
#[derive(Debug, Default)]
pub(super) struct Numbers {
    last_message: u64,
    last_entry: u64,
    /// The bound that is stored: no message has a higher number.
    reserved: u64,
}

impl Numbers {
    /// Continues after the bound that an earlier session has stored.
    pub(super) fn restore(&mut self, reserved: u64) {
        (self.last_message, self.reserved) = (reserved, reserved);
    }

    /// Learns of an entry of the history.
    pub(super) fn note_entry(&mut self, number: u64) {
        self.last_entry = self.last_entry.max(number);
    }

    /// Reserves further numbers if the clock was set back to before those of an earlier session: the
    /// numbers of this session must differ from all of them, even if it sends nothing but requests,
    /// which are not stored.
    pub(super) fn resume(&mut self, now: Timestamp, effects: &mut Effects) {
        if self.reserved >= now.as_micros() {
            self.reserve(self.reserved + NUMBERS_AHEAD_MAX, effects);
        }
    }

    /// Returns the number of a new message.
    pub(super) fn next_message(&mut self, now: Timestamp, effects: &mut Effects) -> u64 {
        let is_wrong = sabotage::has(Bug::NumbersBeginAgain);
        let clock = if is_wrong { 0 } else { now.as_micros() };
        let number = clock.max(self.last_message + 1).max(self.last_entry + 1);
        self.last_message = number;
        if number > self.reserved {
            self.reserve(number + NUMBERS_AHEAD_MAX, effects);
        }
        number
    }

    /// Returns the number of a new entry of the history. Messages that wait to be sent have theirs
    /// already.
    pub(super) fn next_entry(&mut self, now: Timestamp) -> u64 {
        self.last_entry = now.as_micros().max(self.last_entry.max(self.last_message) + 1);
        self.last_entry
    }

    fn reserve(&mut self, last: u64, effects: &mut Effects) {
        self.reserved = last;
        effects.put(ClientRecordRef::Numbered(&last));
    }

    /// Returns whether a message of this client, of this session or an earlier one, can have this
    /// number.
    pub(super) fn is_given(&self, number: u64) -> bool {
        number <= self.last_message
    }

    /// Asserts that the stored bound holds: after a crash no number is given twice.
    pub(super) fn assert_invariants(&self) {
        assert!(
            self.last_message <= self.reserved,
            "message {} is above the stored bound {}",
            self.last_message,
            self.reserved
        );
    }
}
