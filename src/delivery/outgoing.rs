//! The sending half of a link: packets become segments, which are resent until acknowledged.
//!
//! Most resends are silent: they follow the measured round trip (RFC 6298), and the waits double.
//! Requests to the server are resent every half second, five times, and each of these retries is
//! shown to the user, as in the original. What the server sends to a client expires later if
//! datagrams of that client keep arriving, up to three times the usual time: a client that is far
//! away acknowledges late, and would otherwise count as gone, and lose its link, before it could
//! acknowledge anything.

use std::collections::VecDeque;
use std::ops::Range;
use std::time::Duration;

use super::event::Event;
use super::parcel::{Pace, ParcelId};
use super::round_trip::RoundTrip;
use crate::protocol::limits::{REQUEST_RETRIES, REQUEST_RETRY_EVERY, RESEND_MAX, WINDOW_SEGMENTS};
use crate::protocol::sabotage::{self, Bug};
use crate::protocol::{Acknowledgement, Segment, Timestamp};

/// Bytes of a packet that one segment carries: a datagram less the largest header.
pub(super) const SEGMENT_LEN_MAX: usize = 1120;

/// A packet under way.
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
    /// When it is next resent.
    resend_at: Timestamp,
    /// When it is next resent or expires; early does no harm.
    due_at: Timestamp,
}

impl Parcel {
    /// Starts its timers: it is sent only now.
    fn begin(&mut self, now: Timestamp, round_trip: Duration) {
        self.queued_at = now;
        self.resend_at = self.pace.first_due(now, round_trip);
        self.due_at = self.resend_at;
    }
}

/// A segment that is not acknowledged yet, or follows one that is not.
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
    /// Listed in `ready`, to be sent as soon as there is a datagram with room.
    Ready,
    Sent,
    /// Acknowledged before its predecessors.
    Acknowledged,
}

/// Numbers, sends and resends the segments of one link.
#[derive(Debug)]
pub(super) struct Outgoing {
    /// The maximum number of bytes that wait here.
    bytes_max: usize,
    /// The number of `pending`'s first segment.
    base: u64,
    pending: VecDeque<Pending>,
    parcels: VecDeque<Parcel>,
    /// When the first of the parcels is due; early does no harm.
    due_at: Option<Timestamp>,
    /// The numbers of segments to send, in this order. Segments acknowledged since are still
    /// listed.
    ready: VecDeque<u64>,
    /// Segments before this number were made ready at least once.
    opened: u64,
    queued_bytes: usize,
    round_trip: RoundTrip,
}

impl Outgoing {
    pub(super) fn new(bytes_max: usize) -> Self {
        Self {
            bytes_max,
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

    /// Returns whether `len` more bytes may wait here.
    pub(super) fn has_room(&self, len: usize) -> bool {
        self.queued_bytes + len <= self.bytes_max
    }

    /// Returns the number of bytes that wait here.
    pub(super) fn queued_bytes(&self) -> usize {
        self.queued_bytes
    }

    /// Takes a packet. There has to be room for it.
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
            resend_at: due_at,
            due_at,
        });
        self.due_at = Some(self.due_at.map_or(due_at, |first| first.min(due_at)));
        self.open_window();
    }

    /// Lists the segments that the window now allows. Returns the numbers of the new ones.
    fn open_window(&mut self) -> Range<u64> {
        let window = if sabotage::has(Bug::WindowIsIgnored) { u64::MAX } else { WINDOW_SEGMENTS };
        let end = self.base + (self.pending.len() as u64).min(window);
        let new = self.opened.max(self.base)..end;
        for number in new.clone() {
            self.ready.push_back(number);
            if let Some(pending) = self.segment_mut(number) {
                pending.progress = Progress::Ready;
            }
        }
        self.opened = self.opened.max(end);
        new
    }

    /// Restarts the timers of packets with segments that had to wait for the window: they are sent
    /// only now.
    fn begin_opened(&mut self, opened: &Range<u64>, now: Timestamp) {
        let patience = self.round_trip.patience();
        let is_opened = |it: &&mut Parcel| it.first < opened.end && it.last >= opened.start;
        for parcel in self.parcels.iter_mut().filter(is_opened) {
            parcel.begin(now, patience);
        }
        self.due_at = self.parcels.iter().map(|parcel| parcel.due_at).min();
    }

    fn segment_mut(&mut self, number: u64) -> Option<&mut Pending> {
        let index = number.checked_sub(self.base)?;
        self.pending.get_mut(usize::try_from(index).ok()?)
    }

    /// Takes an acknowledgement and emits what it confirms.
    pub(super) fn acknowledge(
        &mut self,
        acknowledgement: Acknowledgement,
        now: Timestamp,
        emit: &mut impl FnMut(Event),
    ) {
        let end = self.base + self.pending.len() as u64;
        if acknowledgement.next > end {
            return; // No peer can have received what was never sent.
        }
        let mut early = acknowledgement.early;
        while early != 0 {
            let number = acknowledgement.next + 1 + u64::from(early.trailing_zeros());
            let number = number - u64::from(sabotage::has(Bug::GapIsAcknowledged));
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
        let opened = self.open_window();
        if !opened.is_empty() {
            self.begin_opened(&opened, now);
        }
    }

    /// Resends what is due, and emits what is announced or expires. The peer was last heard from at
    /// `heard_at`. Returns how many packets are resent.
    pub(super) fn handle_timeout(
        &mut self,
        now: Timestamp,
        heard_at: Timestamp,
        emit: &mut impl FnMut(Event),
    ) -> u64 {
        let first_wait = self.round_trip.patience();
        let mut resent = Vec::new();
        for parcel in self.parcels.iter_mut().filter(|parcel| parcel.due_at <= now) {
            let until = parcel.pace.until(parcel.queued_at, heard_at);
            if until.map_or(parcel.resends >= REQUEST_RETRIES, |until| until <= now) {
                emit(Event::Expired(parcel.id));
                parcel.due_at = now + RESEND_MAX;
                continue;
            }
            // It was to expire now, and the peer was heard from since.
            if let Some(until) = until.filter(|_| parcel.resend_at > now) {
                parcel.due_at = until.min(parcel.resend_at);
                continue;
            }
            parcel.resends += 1;
            match until {
                None => {
                    emit(Event::Retried(parcel.id, parcel.resends));
                    parcel.due_at += REQUEST_RETRY_EVERY;
                    parcel.resend_at = parcel.due_at;
                }
                Some(until) => {
                    let wait = first_wait * 2_u32.saturating_pow(parcel.resends.min(8));
                    parcel.resend_at = now + wait.min(RESEND_MAX);
                    parcel.due_at = until.min(parcel.resend_at);
                }
            }
            if !sabotage::has(Bug::NothingIsResent) {
                let is_cut = sabotage::has(Bug::FirstPartIsResent);
                let last = if is_cut { parcel.first } else { parcel.last };
                resent.push(parcel.first..=last);
            }
        }
        self.due_at = self.parcels.iter().map(|parcel| parcel.due_at).min();
        let count = resent.len() as u64;
        for number in resent.into_iter().flatten() {
            self.make_ready(number);
        }
        count
    }

    /// Restarts the timers of packets that the limit on answering strangers has held back so far.
    pub(super) fn begin_unsent(&mut self, now: Timestamp) {
        let Some(first) = self.first_unsent() else { return };
        let patience = self.round_trip.patience();
        for parcel in self.parcels.iter_mut().filter(|parcel| parcel.last >= first) {
            parcel.begin(now, patience);
        }
        self.due_at = self.parcels.iter().map(|parcel| parcel.due_at).min();
    }

    /// Learns that a stranger may be sent more: packets that were held back are not resent before a
    /// round trip from now.
    pub(super) fn postpone_unsent(&mut self, now: Timestamp) {
        let Some(first) = self.first_unsent() else { return };
        let patience = self.round_trip.patience();
        for parcel in self.parcels.iter_mut().filter(|parcel| parcel.last >= first) {
            parcel.resend_at = parcel.resend_at.max(parcel.pace.first_due(now, patience));
        }
    }

    /// Returns the number of the first segment that was not sent yet.
    fn first_unsent(&self) -> Option<u64> {
        let is_unsent =
            |segment: &Pending| matches!(segment.progress, Progress::Waiting | Progress::Ready);
        self.pending.iter().position(is_unsent).map(|at| self.base + at as u64)
    }

    fn make_ready(&mut self, number: u64) {
        if let Some(pending) = self.segment_mut(number)
            && pending.progress == Progress::Sent
        {
            pending.progress = Progress::Ready;
            self.ready.push_back(number);
        }
    }

    /// Returns when `handle_timeout` is due; early does no harm.
    pub(super) fn poll_timeout(&self) -> Option<Timestamp> {
        self.due_at
    }

    /// Returns whether a segment is to be sent.
    pub(super) fn is_ready(&self) -> bool {
        !self.ready.is_empty()
    }

    /// Returns how many packets are not acknowledged yet.
    pub(super) fn pending(&self) -> usize {
        self.parcels.len()
    }

    /// Returns whether any packet is not acknowledged yet.
    pub(super) fn is_pending(&self) -> bool {
        !self.parcels.is_empty()
    }

    /// Returns whether a packet is not acknowledged yet.
    pub(super) fn is_parcel_pending(&self, id: ParcelId) -> bool {
        self.parcels.iter().any(|parcel| parcel.id == id)
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
            // Segments acknowledged since are not sent.
            if let Some(segment) = index.and_then(|index| self.pending.get(index))
                && segment.progress == Progress::Sent
            {
                segments.push(Segment { number, last: segment.last, bytes: &segment.bytes });
            }
        }
    }

    /// Returns every packet that was not acknowledged, in the order in which they were sent.
    pub(super) fn unacknowledged(&self) -> Vec<ParcelId> {
        self.parcels.iter().map(|parcel| parcel.id).collect()
    }

    /// Panics unless every segment belongs to a packet, is counted, and will be sent, and every
    /// packet has a time to be resent: otherwise it would wait for ever, or exceed its bound.
    pub(super) fn assert_invariants(&self) {
        let bytes: usize = self.pending.iter().map(|segment| segment.bytes.len()).sum();
        assert_eq!(self.queued_bytes, bytes, "the bytes that wait are counted");
        assert!(bytes <= self.bytes_max, "{bytes} bytes wait on one link");
        self.assert_window();
        self.assert_parcels();
    }

    fn assert_window(&self) {
        let end = self.base + self.pending.len() as u64;
        assert!(
            (self.base..=end).contains(&self.opened),
            "segments before {} were listed, of those from {} up to {end}",
            self.opened,
            self.base
        );
        assert!(
            self.opened - self.base <= WINDOW_SEGMENTS || sabotage::has(Bug::WindowIsIgnored),
            "{} segments are under way, which is more than the window",
            self.opened - self.base
        );
        let mut listed: Vec<_> = self.ready.iter().copied().collect();
        listed.sort_unstable();
        assert!(listed.is_sorted_by(|a, b| a < b), "no segment is listed twice: {listed:?}");
        for (number, segment) in (self.base..).zip(&self.pending) {
            match segment.progress {
                Progress::Waiting => {
                    assert!(number >= self.opened, "segment {number} waits within the window");
                }
                Progress::Ready => {
                    assert!(listed.binary_search(&number).is_ok(), "segment {number} is listed");
                }
                Progress::Sent => {
                    assert!(number < self.opened, "segment {number} was sent beyond the window");
                    assert!(listed.binary_search(&number).is_err(), "segment {number} was sent");
                }
                // A peer may acknowledge a segment that it cannot have.
                Progress::Acknowledged => {}
            }
        }
    }

    fn assert_parcels(&self) {
        let end = self.base + self.pending.len() as u64;
        let mut next = None;
        for parcel in &self.parcels {
            assert!(parcel.first <= parcel.last, "{:?} has a segment", parcel.id);
            assert!(
                next.is_none_or(|next| next == parcel.first),
                "{:?} begins where the packet before it ends",
                parcel.id
            );
            assert!(
                self.due_at.is_some_and(|at| at <= parcel.due_at),
                "{:?} is due at {}, and the link at {:?}",
                parcel.id,
                parcel.due_at,
                self.due_at
            );
            next = Some(parcel.last + 1);
        }
        assert_eq!(next.unwrap_or(end), end, "the last segment ends the last packet");
        let first = self.parcels.front();
        assert!(
            first.map_or(self.base == end, |it| (it.first..=it.last).contains(&self.base)),
            "the first segment that waits belongs to the first packet that does"
        );
        assert!(
            self.parcels.iter().is_sorted_by(|a, b| a.id < b.id),
            "packets leave in the order of their ids"
        );
        assert!(first.is_some() || self.due_at.is_none(), "nothing waits, and is due");
    }
}

/// Overhead of a segment besides its content: number, flag and length.
pub(super) const SEGMENT_OVERHEAD_MAX: usize = 9 + 1 + 3;

impl Pending {
    fn new(bytes: Vec<u8>, last: bool) -> Self {
        Self { bytes, last, progress: Progress::Waiting }
    }
}
