//! What has arrived: it is recorded, waits to be shown, and is recognized when it arrives again.
//!
//! An arrival is recorded with its text and a number before it is acknowledged, and removed after
//! it was shown. "Shown up to this number" is remembered as soon as the screen has the line
//! (`Output::Shown`), without waiting for a disk. No program can show something and remember that
//! in one instant, so after a crash some lines may have been shown already. These are shown again
//! below a heading that says so: a message that is seen twice is better than one that is never
//! seen. Direct messages that arrive during a group visit, receipts, and the ids of everything that
//! arrived are recorded in the same way.

use std::collections::{BTreeMap, VecDeque};

use super::bounds::Bounds;
use super::effects::Effects;
use super::slots::Slots;
use crate::delivery::{Novelty, Seen};
use crate::protocol::limits::SEEN_PER_AUTHOR_MAX;
use crate::protocol::sabotage::{self, Bug};
use crate::protocol::{ClientName, Fact, KeptText, MessageId};
use crate::records::{Arrival, ClientKey, ClientRecordRef};

/// The arrivals of a client. Each has a number, which increases over restarts too.
#[derive(Debug, Default)]
pub(super) struct Inbox {
    bounds: Bounds,
    /// Direct messages that wait for the end of a group visit, each with its number.
    held: VecDeque<(u64, KeptText)>,
    /// What an earlier session has recorded and not shown.
    unshown: Vec<Arrived>,
    slots: Slots,
    last_arrival: u64,
    /// An earlier session has shown everything up to this number.
    shown: u64,
    seen: Seen,
    receipts_seen: Seen,
    /// No stored message was shown yet since the client has come back: the first one needs a heading.
    owes_heading: bool,
    /// The people whose messages are hidden, each with the number of hidden ones in this session.
    muted: BTreeMap<ClientName, u64>,
}

/// An arrival that is recorded until it was shown.
#[derive(Debug)]
pub(super) struct Arrived {
    pub(super) number: u64,
    /// The slot of storage in which it is recorded.
    pub(super) slot: u32,
    pub(super) arrival: Arrival,
}

impl Inbox {
    /// Sets the bounds, before anything has arrived.
    pub(super) fn set_bounds(&mut self, bounds: Bounds) {
        self.bounds = bounds;
    }

    /// Restores a message that waits for the end of a group visit.
    pub(super) fn restore_held(&mut self, number: u64, message: KeptText) {
        self.last_arrival = self.last_arrival.max(number);
        self.held.push_back((number, message));
    }

    /// Restores the number up to which an earlier session has shown everything. It comes before the
    /// arrivals.
    pub(super) fn restore_shown(&mut self, number: u64) {
        (self.shown, self.last_arrival) = (number, number);
    }

    /// Restores an arrival. They come in the order of their slots.
    pub(super) fn restore_arrival(&mut self, arrived: Arrived) {
        let is_shown = arrived.number <= self.shown;
        self.slots.restore(arrived.slot, !is_shown);
        if !is_shown {
            self.last_arrival = self.last_arrival.max(arrived.number);
            self.unshown.push(arrived);
        }
    }

    /// Restores the id of a message that has arrived.
    pub(super) fn restore_seen(&mut self, place: u64, id: MessageId) {
        self.seen.restore(place, id);
    }

    /// Restores the id of a receipt that has arrived.
    pub(super) fn restore_receipted(&mut self, place: u64, id: MessageId) {
        self.receipts_seen.restore(place, id);
    }

    /// Restores that a client's messages are hidden.
    pub(super) fn restore_muted(&mut self, name: ClientName) {
        self.muted.insert(name, 0);
    }

    /// Takes out what an earlier session has not shown, in the order of its arrival.
    pub(super) fn take_unshown(&mut self) -> Vec<Arrived> {
        let mut unshown = std::mem::take(&mut self.unshown);
        unshown.sort_by_key(|arrived| arrived.number);
        unshown
    }

    /// Returns whether a message arrives for the first time, and remembers it if so.
    pub(super) fn is_new(&mut self, mut id: MessageId, effects: &mut Effects) -> bool {
        if sabotage::has(Bug::NumberIsEnough)
            && let Ok(anybody) = ClientName::new("anybody")
        {
            id.from = anybody;
        }
        let Some(Novelty { place, forgotten }) = self.seen.insert(id) else {
            return sabotage::has(Bug::EverythingIsNew);
        };
        effects.put(ClientRecordRef::Seen { place: &place, id: &id });
        if let Some(author) = forgotten {
            forget_all(|slot| ClientKey::Seen(author, slot), effects);
        }
        true
    }

    /// Returns whether a receipt arrives for the first time, and remembers it if so. It is named
    /// by its receiver and the number of the message: an author has one receipt of each receiver.
    pub(super) fn is_new_receipt(&mut self, id: MessageId, effects: &mut Effects) -> bool {
        let Some(Novelty { place, forgotten }) = self.receipts_seen.insert(id) else {
            return false;
        };
        effects.put(ClientRecordRef::Receipted { place: &place, id: &id });
        if let Some(author) = forgotten {
            forget_all(|slot| ClientKey::Receipted(author, slot), effects);
        }
        true
    }

    /// Returns whether a receipt of this receiver has arrived for a message.
    pub(super) fn has_receipt(&self, by: ClientName, number: u64) -> bool {
        self.receipts_seen.contains(MessageId { from: by, number })
    }

    /// Records an arrival until it was shown.
    pub(super) fn record(&mut self, arrival: Arrival, effects: &mut Effects) -> Arrived {
        let (number, slot) = (self.next_arrival(), self.slots.take());
        effects.put(ClientRecordRef::Incoming { slot: &slot, number: &number, arrival: &arrival });
        Arrived { number, slot, arrival }
    }

    /// Learns that the arrival in this slot was shown.
    pub(super) fn shown(&mut self, slot: u32) {
        self.slots.free(slot);
    }

    /// Holds a message back until the end of a group visit. Returns `false` if there are too many
    /// of them now.
    pub(super) fn hold(&mut self, message: KeptText, effects: &mut Effects) -> bool {
        effects.state(Fact::Taken(message.id()));
        if sabotage::has(Bug::HeldBeyondBoundIsLost) && self.held.len() + 1 >= self.bounds.held_max
        {
            return true;
        }
        let number = self.next_arrival();
        effects.put(ClientRecordRef::Held { number: &number, message: &message });
        self.held.push_back((number, message));
        self.held.len() < self.bounds.held_max || sabotage::has(Bug::HeldBoundIsIgnored)
    }

    /// Takes out the first message that was held back; it is to be shown.
    pub(super) fn release(&mut self, effects: &mut Effects) -> Option<KeptText> {
        let (number, message) = self.held.pop_front()?;
        if !sabotage::has(Bug::HeldNotDropped) {
            effects.remove(ClientKey::Held(number));
        }
        Some(message)
    }

    /// Returns the messages that are held back, in the order of their arrival.
    pub(super) fn held(&self) -> impl ExactSizeIterator<Item = &KeptText> {
        self.held.iter().map(|(_, message)| message)
    }

    /// Returns whether a message would overtake an earlier one of its author that is held back.
    pub(super) fn is_after_held(&self, message: &KeptText) -> bool {
        message.group.is_none()
            && !sabotage::has(Bug::KeptOvertakesHeld)
            && self.held().any(|held| held.from == message.from)
    }

    /// Hides a client's messages.
    pub(super) fn mute(&mut self, name: ClientName, effects: &mut Effects) {
        if self.muted.insert(name, 0).is_none() {
            effects.put(ClientRecordRef::Muted(&name));
        }
    }

    /// Shows a client's messages again. Returns how many were hidden in this session; `None` if
    /// they were not muted.
    pub(super) fn unmute(&mut self, name: ClientName, effects: &mut Effects) -> Option<u64> {
        let hidden = self.muted.remove(&name)?;
        effects.remove(ClientKey::Muted(name));
        Some(hidden)
    }

    /// Learns that a heading has to be above the next stored message that is shown.
    pub(super) fn owe_heading(&mut self) {
        self.owes_heading = true;
    }

    /// Returns whether the stored message that is shown next needs a heading; the ones after it do
    /// not.
    pub(super) fn take_heading(&mut self) -> bool {
        std::mem::take(&mut self.owes_heading)
    }

    /// Returns whether a client's messages are hidden.
    pub(super) fn is_muted(&self, name: ClientName) -> bool {
        self.muted.contains_key(&name)
    }

    /// Returns whether a message is hidden, and counts it if so.
    pub(super) fn hides(&mut self, message: &KeptText) -> bool {
        let hidden = self.muted.get_mut(&message.from);
        hidden.map(|hidden| *hidden += 1).is_some()
    }

    fn next_arrival(&mut self) -> u64 {
        self.last_arrival += 1;
        self.last_arrival
    }

    /// Asserts that nothing that has arrived is lost, shown twice or out of order:
    ///
    /// - held messages are direct ones, in the order of their numbers, and fewer than may be;
    /// - no number will be given again, or what an earlier session has shown would count for it;
    /// - exactly those slots are taken whose arrivals are unshown or are in `to_mark`: shown
    ///   already, and not yet marked so.
    pub(super) fn assert_invariants(&self, to_mark: impl Iterator<Item = u32>) {
        assert!(self.held.len() < self.bounds.held_max, "too many messages are held back");
        assert!(self.held.iter().is_sorted_by_key(|(number, _)| number), "held out of order");
        for (number, message) in &self.held {
            assert!(message.group.is_none(), "a message of a group is held back");
            assert!(*number <= self.last_arrival, "number {number} can be given once more");
        }
        assert!(self.shown <= self.last_arrival, "more was shown than has arrived");
        let unshown = self.unshown.iter().map(|arrived| arrived.slot);
        self.slots.assert_taken(unshown.chain(to_mark));
    }
}

fn forget_all(key: impl Fn(u64) -> ClientKey, effects: &mut Effects) {
    for slot in 0..SEEN_PER_AUTHOR_MAX as u64 {
        effects.remove(key(slot));
    }
}
