//! The receiving half of a link: segments in any order become packets in their order.

use std::collections::BTreeMap;

use super::event::Event;
use crate::protocol::limits::{PACKET_LEN_MAX, WINDOW_SEGMENTS};
use crate::protocol::sabotage::{self, Bug};
use crate::protocol::{Acknowledgement, Segment};

/// Puts segments in order, drops repeated ones and joins them to packets.
#[derive(Debug)]
pub(super) struct Incoming {
    /// The number of the segment that is due.
    next: u64,
    /// Segments that came before their turn, at most a window of them.
    early: BTreeMap<u64, (bool, Vec<u8>)>,
    /// The begun packet, at most [`PACKET_LEN_MAX`] bytes.
    unfinished: Vec<u8>,
}

impl Incoming {
    pub(super) fn new() -> Self {
        Self { next: 1, early: BTreeMap::new(), unfinished: Vec::new() }
    }

    /// Takes a segment and emits each packet that it completes.
    pub(super) fn accept(&mut self, segment: &Segment<'_>, emit: &mut impl FnMut(Event)) {
        if segment.number < self.next && segment.last && sabotage::has(Bug::RepeatedSegmentsCount) {
            emit(Event::Received(segment.bytes.to_vec()));
        }
        if segment.number > self.next {
            if segment.last && sabotage::has(Bug::EarlySegmentsCount) {
                emit(Event::Received(segment.bytes.to_vec()));
            }
            if segment.number - self.next <= WINDOW_SEGMENTS {
                let bytes = || (segment.last, segment.bytes.to_vec());
                self.early.entry(segment.number).or_insert_with(bytes);
            }
        } else if segment.number == self.next {
            self.append(segment.last, segment.bytes, emit);
            while let Some((last, bytes)) = self.early.remove(&self.next) {
                self.append(last, &bytes, emit);
            }
        }
    }

    fn append(&mut self, last: bool, bytes: &[u8], emit: &mut impl FnMut(Event)) {
        self.next += 1;
        if sabotage::has(Bug::EarlySegmentsAreLost) && self.early.contains_key(&self.next) {
            self.early.insert(self.next, (true, Vec::new()));
        }
        // An oversized packet is truncated; the decoder rejects the rest.
        if self.unfinished.is_empty() {
            self.unfinished = bytes.to_vec();
        } else if self.unfinished.len() + bytes.len() <= PACKET_LEN_MAX {
            self.unfinished.extend_from_slice(bytes);
        }
        if last {
            emit(Event::Received(std::mem::take(&mut self.unfinished)));
        }
    }

    /// Returns what has arrived.
    pub(super) fn acknowledgement(&self) -> Acknowledgement {
        let early = self
            .early
            .keys()
            .map(|number| number - self.next - 1)
            .filter(|&distance| distance < u64::from(u64::BITS))
            .fold(0, |bits, distance| bits | 1 << distance);
        Acknowledgement { next: self.next, early }
    }

    /// Returns whether a packet has begun and not ended.
    pub(super) fn is_unfinished(&self) -> bool {
        !self.unfinished.is_empty() || !self.early.is_empty()
    }

    /// Panics unless what is kept is bounded, and what can be joined is: a stranger must not take up
    /// memory, nor a segment wait for one that is there.
    pub(super) fn assert_invariants(&self) {
        assert!(
            self.unfinished.len() <= PACKET_LEN_MAX,
            "a begun packet has {} bytes",
            self.unfinished.len()
        );
        let window = self.next + 1..=self.next + WINDOW_SEGMENTS;
        assert!(
            self.early.keys().all(|number| window.contains(number)),
            "segments {:?} came before {}, which is due",
            self.early.keys(),
            self.next
        );
    }
}
