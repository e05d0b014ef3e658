//! One link to one peer: both halves, the sessions, and the limit on answering strangers.
//!
//! Until a peer has repeated our token, its address may be forged: until then it is sent no more
//! bytes than it has sent (as in RFC 9000, section 8). The first datagram of a link is padded, so
//! that the answer to it fits into that limit.

use crate::protocol::codec::CHECKSUM_LEN;
use crate::protocol::limits::{DATAGRAM_LEN_MAX, HELLO_LEN_MIN, UNFINISHED_PACKET_AGE_MAX};
use crate::protocol::sabotage::{self, Bug};
use crate::protocol::{Datagram, LinkDatagram, Session, Timestamp, VersionNotice, codec};

use super::agenda::Wants;
use super::event::Event;
use super::incoming::Incoming;
use super::outgoing::Outgoing;
use super::parcel::{Pace, ParcelId};

/// Bytes of a datagram besides its segments: version, checksum, kind, two sessions,
/// acknowledgement, counts.
const HEADER_LEN_MAX: usize = 1 + 4 + 1 + 15 + 16 + 19 + 3 + 3;

/// Why a packet was not taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SendError {
    /// As many bytes as the endpoint allows are waiting on the link already.
    #[error("too much is waiting for this peer")]
    LinkFull,
    /// The peer has not spoken, or its link was forgotten.
    #[error("there is no link to this peer")]
    NoLink,
}

/// How much may be sent on the path to a peer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Path {
    /// We speak on our own initiative, or the peer has shown that it receives what we send.
    Proven,
    /// The peer's address may be forged: at most this many more bytes may go there.
    Unproven(usize),
}

/// A link to one peer.
#[derive(Debug)]
pub(super) struct Link {
    own: Session,
    peer: Option<Session>,
    path: Path,
    incoming: Incoming,
    outgoing: Outgoing,
    acknowledgement_due: bool,
    heard_at: Timestamp,
    /// The checksum of the datagram that was sent last.
    last_sent: Option<[u8; CHECKSUM_LEN]>,
}

impl Link {
    /// Opens a link because we have something to send.
    pub(super) fn open(own: Session, now: Timestamp, queue_bytes_max: usize) -> Self {
        Self {
            own,
            peer: None,
            path: Path::Proven,
            incoming: Incoming::new(),
            outgoing: Outgoing::new(queue_bytes_max),
            acknowledgement_due: false,
            heard_at: now,
            last_sent: None,
        }
    }

    /// Opens a link because a peer has spoken.
    pub(super) fn answer(own: Session, now: Timestamp, queue_bytes_max: usize) -> Self {
        Self { path: Path::Unproven(0), ..Self::open(own, now, queue_bytes_max) }
    }

    pub(super) fn own_session(&self) -> Session {
        self.own
    }

    /// Returns when the peer was last heard from, or when the link was opened.
    pub(super) fn heard_at(&self) -> Timestamp {
        self.heard_at
    }

    pub(super) fn peer_session(&self) -> Option<Session> {
        self.peer
    }

    /// Returns whether a peer of another version answers the datagram that was sent last. One that
    /// answers an earlier one will answer again.
    pub(super) fn has_just_sent(&self, notice: VersionNotice) -> bool {
        self.last_sent.is_some_and(|checksum| notice.answers_one_with(checksum))
    }

    /// Returns the number of bytes that wait to be sent or acknowledged.
    pub(super) fn queued_bytes(&self) -> usize {
        self.outgoing.queued_bytes()
    }

    /// Lifts the limit on answering strangers: we have something to send on our own initiative.
    pub(super) fn speak_freely(&mut self) {
        self.path = Path::Proven;
    }

    pub(super) fn send(
        &mut self,
        id: ParcelId,
        packet: Vec<u8>,
        pace: Pace,
        now: Timestamp,
    ) -> Result<(), SendError> {
        if !self.outgoing.has_room(packet.len()) {
            return Err(SendError::LinkFull);
        }
        self.outgoing.queue(id, packet, pace, now);
        Ok(())
    }

    /// Takes a datagram of the peer's current session and emits the resulting events.
    pub(super) fn handle(
        &mut self,
        datagram: &LinkDatagram<'_>,
        len: usize,
        now: Timestamp,
        emit: &mut impl FnMut(Event),
    ) {
        self.peer = Some(datagram.source);
        self.heard_at = now;
        match &mut self.path {
            Path::Unproven(_) if datagram.destination == Some(self.own) => {
                self.path = Path::Proven;
                self.outgoing.begin_unsent(now);
            }
            Path::Proven => {}
            Path::Unproven(budget) => {
                *budget += len;
                self.outgoing.postpone_unsent(now);
            }
        }
        if let Some(acknowledgement) = datagram.acknowledgement
            && datagram.destination == Some(self.own)
        {
            let before = self.outgoing.queued_bytes();
            self.outgoing.acknowledge(acknowledgement, now, emit);
            self.acknowledgement_due |= sabotage::has(Bug::AcknowledgementIsAnswered)
                && self.outgoing.queued_bytes() < before;
        }
        for segment in &datagram.segments {
            self.acknowledgement_due |= !sabotage::has(Bug::AcknowledgedOnce)
                || segment.number >= self.incoming.acknowledgement().next;
            self.incoming.accept(segment, emit);
        }
    }

    /// Resends what is due. Returns the number of resent packets.
    pub(super) fn handle_timeout(&mut self, now: Timestamp, emit: &mut impl FnMut(Event)) -> u64 {
        self.outgoing.handle_timeout(now, self.heard_at, emit)
    }

    /// Returns what this link wants of its endpoint.
    pub(super) fn wants(&self) -> Wants {
        let abandoned_at =
            self.may_be_abandoned().then(|| self.heard_at + UNFINISHED_PACKET_AGE_MAX);
        Wants {
            is_ready: self.is_ready(),
            is_pending: self.outgoing.is_pending(),
            due: Timestamp::earlier(self.outgoing.poll_timeout(), abandoned_at),
        }
    }

    /// Returns whether the peer has left a packet unfinished for too long.
    pub(super) fn is_abandoned(&self, now: Timestamp) -> bool {
        self.may_be_abandoned() && now >= self.heard_at + UNFINISHED_PACKET_AGE_MAX
    }

    fn may_be_abandoned(&self) -> bool {
        self.is_limited() || self.incoming.is_unfinished()
    }

    /// Returns whether the limit on answering strangers holds for this link.
    pub(super) fn is_limited(&self) -> bool {
        self.path != Path::Proven
    }

    pub(super) fn is_pending(&self) -> bool {
        self.outgoing.is_pending()
    }

    pub(super) fn is_parcel_pending(&self, parcel: ParcelId) -> bool {
        self.outgoing.is_parcel_pending(parcel)
    }

    pub(super) fn pending(&self) -> usize {
        self.outgoing.pending()
    }

    pub(super) fn unacknowledged(&self) -> Vec<ParcelId> {
        self.outgoing.unacknowledged()
    }

    /// Returns whether there may be something to send.
    pub(super) fn is_ready(&self) -> bool {
        self.acknowledgement_due || self.outgoing.is_ready()
    }

    /// Builds the next datagram: the acknowledgement that is due and all segments that fit.
    pub(super) fn poll_datagram(&mut self) -> Option<Vec<u8>> {
        if !self.is_ready() {
            return None;
        }
        let room = match self.path {
            Path::Proven => DATAGRAM_LEN_MAX,
            Path::Unproven(_) if sabotage::has(Bug::BudgetIsIgnored) => DATAGRAM_LEN_MAX,
            Path::Unproven(budget) => budget.min(DATAGRAM_LEN_MAX),
        };
        let room = room.checked_sub(HEADER_LEN_MAX)?;
        let mut segments = Vec::new();
        self.outgoing.fill(room, &mut segments);
        if segments.is_empty() && !self.acknowledgement_due {
            return None;
        }
        let content: usize = segments.iter().map(|segment| segment.bytes.len()).sum();
        let padding: &[u8] = match self.peer {
            None => PADDING.get(content.min(HELLO_LEN_MIN)..).unwrap_or_default(),
            Some(_) => &[],
        };
        let acknowledgement = self.peer.map(|_| self.incoming.acknowledgement());
        let datagram = Datagram::Link(LinkDatagram {
            source: self.own,
            destination: self.peer,
            acknowledgement,
            segments,
            padding,
        });
        let bytes = codec::encode_datagram(&datagram, content + padding.len() + HEADER_LEN_MAX);
        self.last_sent = codec::checksum_of(&bytes);
        self.acknowledgement_due = false;
        if let Path::Unproven(budget) = &mut self.path {
            *budget = budget.saturating_sub(bytes.len());
        }
        Some(bytes)
    }

    /// Panics unless the invariants of both halves hold, and only a peer that has spoken is
    /// answered.
    pub(super) fn assert_invariants(&self) {
        self.incoming.assert_invariants();
        self.outgoing.assert_invariants();
        assert!(
            self.peer.is_some() || !self.acknowledgement_due,
            "nothing is acknowledged to a peer that has not spoken"
        );
    }
}

const PADDING: &[u8] = &[0; HELLO_LEN_MIN];
