//! The sending half of a link: packets become segments, which are resent until acknowledged.

use std::collections::VecDeque;
use std::time::Duration;

use super::event::Event;
use super::round_trip::RoundTrip;
use crate::protocol::limits::{
    LINK_QUEUE_BYTES_MAX, PATIENCE_STRETCH_MAX, REQUEST_RETRIES, REQUEST_RETRY_EVERY, RESEND_MAX,
    WINDOW_SEGMENTS,
};
use crate::protocol::sabotage::{self, Bug};
use crate::protocol::{Acknowledgement, Segment, Timestamp};

/// Bytes of a packet that one segment carries: a datagram less the largest header.
pub(super) const SEGMENT_LEN_MAX: usize = 1120;

/// Names a packet that was given to a link; rises over all links of an endpoint.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct ParcelId(pub(super) u64);

/// How a packet is resent while it is not acknowledged, and for how long.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Pace {
    /// Resent quietly after a round trip, then after doubling waits.
    Quiet {
        /// How long it may take before the sender is told.
        patience: Duration,
    },
    /// Resent quietly as well. Who is heard of is not gone, though its acknowledgements take
    /// their time: the patience begins anew with each datagram of the peer, as long as that makes
    /// it no longer than [`PATIENCE_STRETCH_MAX`] times itself.
    WhileHeard {
        /// How long the peer may be silent before the sender is told.
        patience: Duration,
    },
    /// Resent every half second, five times, each of them told to the sender.
    Announced,
}

impl Pace {
    /// Tells when a packet is first resent, after a round trip.
    fn first_due(self, now: Timestamp, round_trip: Duration) -> Timestamp {
        match self {
            Self::Quiet { patience } | Self::WhileHeard { patience } => {
                now + round_trip.min(patience)
            }
            Self::Announced => now + REQUEST_RETRY_EVERY,
        }
    }
}

/// A packet on its way.
#[derive(Debug)]
struct Parcel {
    id: ParcelId,
    pace: Pace,
    /// Its first and last segment.
    first: u64,
    last: u64,
    queued_at: Timestamp,
    /// How often it was resent.
    resends: u32,
    /// When it is next resent or expires.
    due_at: Timestamp,
}

/// A segment that is not acknowledged yet, or whose forerunners are not.
#[derive(Debug)]
struct Pending {
    bytes: Vec<u8>,
    last: bool,
    progress: Progress,
}

/// How far a segment has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Progress {
    /// Outside the window.
    Waiting,
    /// Listed to be sent as soon as there is a datagram with room.
    Ready,
    Sent,
    /// Arrived before its forerunners did.
    Acknowledged,
}

/// Numbers, sends and resends the segments of one link.
#[derive(Debug)]
pub(super) struct Outgoing {
    /// The number of `pending`'s first segment.
    base: u64,
    pending: VecDeque<Pending>,
    parcels: VecDeque<Parcel>,
    /// When the first of the parcels is due; early does no harm.
    due_at: Option<Timestamp>,
    ready: VecDeque<u64>,
    /// Segments before this number have been made ready once.
    opened: u64,
    queued_bytes: usize,
    round_trip: RoundTrip,
}

impl Outgoing {
    pub(super) fn new() -> Self {
        Self {
            base: 1,
            pending: VecDeque::new(),
            parcels: VecDeque::new(),
            due_at: None,
            ready: VecDeque::new(),
            opened: 1,
            queued_bytes: 0,
            round_trip: RoundTrip::default(),
        }
    }

    /// Tells whether so many more bytes may wait here.
    pub(super) fn has_room(&self, len: usize) -> bool {
        self.queued_bytes + len <= LINK_QUEUE_BYTES_MAX
    }

    /// Takes a packet.
    pub(super) fn queue(&mut self, id: ParcelId, packet: Vec<u8>, pace: Pace, now: Timestamp) {
        let first = self.base + self.pending.len() as u64;
        self.queued_bytes += packet.len();
        if packet.len() <= SEGMENT_LEN_MAX {
            self.pending.push_back(Pending::new(packet, true));
        } else {
            let chunks = packet.chunks(SEGMENT_LEN_MAX);
            let last = chunks.len() - 1;
            let segments = chunks.enumerate();
            self.pending.extend(segments.map(|(i, bytes)| Pending::new(bytes.to_vec(), i == last)));
        }
        let last = self.base + self.pending.len() as u64 - 1;
        let due_at = pace.first_due(now, self.round_trip.patience());
        self.parcels.push_back(Parcel {
            id,
            pace,
            first,
            last,
            queued_at: now,
            resends: 0,
            due_at,
        });
        self.due_at = Some(self.due_at.map_or(due_at, |first| first.min(due_at)));
        self.open_window();
    }

    /// Makes the segments ready that the window now allows.
    fn open_window(&mut self) {
        let window = if sabotage::has(Bug::WindowIsIgnored) { u64::MAX } else { WINDOW_SEGMENTS };
        let end = self.base + (self.pending.len() as u64).min(window);
        for number in self.opened.max(self.base)..end {
            self.ready.push_back(number);
            if let Some(pending) = self.segment_mut(number) {
                pending.progress = Progress::Ready;
            }
        }
        self.opened = self.opened.max(end);
    }

    fn segment_mut(&mut self, number: u64) -> Option<&mut Pending> {
        let index = number.checked_sub(self.base)?;
        self.pending.get_mut(usize::try_from(index).ok()?)
    }

    /// Takes an acknowledgement and tells what it confirms.
    pub(super) fn acknowledge(
        &mut self,
        acknowledgement: Acknowledgement,
        now: Timestamp,
        emit: &mut impl FnMut(Event),
    ) {
        let end = self.base + self.pending.len() as u64;
        if acknowledgement.next > end {
            return; // Nobody can have received what was never sent.
        }
        let mut early = acknowledgement.early;
        while early != 0 {
            let number = acknowledgement.next + 1 + u64::from(early.trailing_zeros());
            if let Some(pending) = self.segment_mut(number) {
                pending.progress = Progress::Acknowledged;
            }
            early &= early - 1;
        }
        while self.base < acknowledgement.next {
            if let Some(segment) = self.pending.pop_front() {
                self.queued_bytes -= segment.bytes.len();
            }
            self.base += 1;
        }
        while let Some(parcel) = self.parcels.pop_front_if(|parcel| parcel.last < self.base) {
            if parcel.resends == 0 {
                self.round_trip.measure(now.since(parcel.queued_at));
            }
            emit(Event::Acknowledged(parcel.id));
        }
        if self.parcels.is_empty() {
            self.due_at = None;
        }
        self.open_window();
    }

    /// Resends what is due, tells of it and how many packets it was. The peer was last heard of at
    /// `heard_at`.
    pub(super) fn handle_timeout(
        &mut self,
        now: Timestamp,
        heard_at: Timestamp,
        emit: &mut impl FnMut(Event),
    ) -> u64 {
        let first_wait = self.round_trip.patience();
        let mut resent = Vec::new();
        for parcel in self.parcels.iter_mut().filter(|parcel| parcel.due_at <= now) {
            let until = parcel.until(heard_at);
            if until.map_or(parcel.resends >= REQUEST_RETRIES, |until| until <= now) {
                emit(Event::Expired(parcel.id));
                parcel.due_at = now + RESEND_MAX;
                continue;
            }
            parcel.resends += 1;
            match until {
                None => {
                    emit(Event::Retried(parcel.id, parcel.resends));
                    parcel.due_at += REQUEST_RETRY_EVERY;
                }
                Some(until) => {
                    let wait = first_wait * 2_u32.saturating_pow(parcel.resends.min(8));
                    parcel.due_at = until.min(now + wait.min(RESEND_MAX));
                }
            }
            if !sabotage::has(Bug::NothingIsResent) {
                resent.push(parcel.first..=parcel.last);
            }
        }
        self.due_at = self.parcels.iter().map(|parcel| parcel.due_at).min();
        let count = resent.len() as u64;
        for number in resent.into_iter().flatten() {
            self.make_ready(number);
        }
        count
    }

    /// Begins the patience with packets that were not allowed to leave before now.
    pub(super) fn begin_unsent(&mut self, now: Timestamp) {
        let is_unsent =
            |segment: &Pending| matches!(segment.progress, Progress::Waiting | Progress::Ready);
        let unsent = self.pending.iter().position(is_unsent).map(|at| self.base + at as u64);
        let Some(first) = unsent else { return };
        let patience = self.round_trip.patience();
        for parcel in self.parcels.iter_mut().filter(|parcel| parcel.last >= first) {
            parcel.queued_at = now;
            parcel.due_at = parcel.pace.first_due(now, patience);
        }
        self.due_at = self.parcels.iter().map(|parcel| parcel.due_at).min();
    }

    fn make_ready(&mut self, number: u64) {
        if let Some(pending) = self.segment_mut(number)
            && pending.progress == Progress::Sent
        {
            pending.progress = Progress::Ready;
            self.ready.push_back(number);
        }
    }

    /// Tells when `handle_timeout` is due; early does no harm.
    pub(super) fn poll_timeout(&self) -> Option<Timestamp> {
        self.due_at
    }

    /// Tells whether a segment wants to be sent.
    pub(super) fn is_ready(&self) -> bool {
        !self.ready.is_empty()
    }

    /// Counts the packets that are not acknowledged yet.
    pub(super) fn pending(&self) -> usize {
        self.parcels.len()
    }

    /// Tells whether a packet is not acknowledged yet.
    pub(super) fn is_pending(&self) -> bool {
        !self.parcels.is_empty()
    }

    /// Fills a datagram with segments while they fit into `room` bytes.
    pub(super) fn fill<'a>(&'a mut self, mut room: usize, segments: &mut Vec<Segment<'a>>) {
        let mut looked_at = 0;
        while let Some(&number) = self.ready.get(looked_at) {
            if let Some(pending) = self.segment_mut(number)
                && pending.progress == Progress::Ready
            {
                let cost = pending.bytes.len() + SEGMENT_OVERHEAD_MAX;
                if cost > room {
                    break;
                }
                room -= cost;
                pending.progress = Progress::Sent;
            }
            looked_at += 1;
        }
        segments.reserve_exact(looked_at);
        for number in (0..looked_at).filter_map(|_| self.ready.pop_front()) {
            let index = number.checked_sub(self.base).and_then(|it| usize::try_from(it).ok());
            // What is acknowledged by now is not sent.
            if let Some(segment) = index.and_then(|index| self.pending.get(index))
                && segment.progress == Progress::Sent
            {
                segments.push(Segment { number, last: segment.last, bytes: &segment.bytes });
            }
        }
    }

    /// Gives up: names every packet that was not acknowledged, in their order.
    pub(super) fn unacknowledged(&self) -> Vec<ParcelId> {
        self.parcels.iter().map(|parcel| parcel.id).collect()
    }
}

/// Bytes that a segment costs besides its content: number, flag and length.
pub(super) const SEGMENT_OVERHEAD_MAX: usize = 9 + 1 + 3;

impl Pending {
    fn new(bytes: Vec<u8>, last: bool) -> Self {
        Self { bytes, last, progress: Progress::Waiting }
    }
}

impl Parcel {
    /// Tells when the patience ends with a peer that was last heard of at `heard_at`; with an
    /// announced packet it ends after so many tries.
    fn until(&self, heard_at: Timestamp) -> Option<Timestamp> {
        match self.pace {
            Pace::Quiet { patience } => Some(self.queued_at + patience),
            Pace::WhileHeard { patience } => {
                let latest = self.queued_at + patience * (PATIENCE_STRETCH_MAX - 1);
                Some(heard_at.clamp(self.queued_at, latest) + patience)
            }
            Pace::Announced => None,
        }
    }
}
