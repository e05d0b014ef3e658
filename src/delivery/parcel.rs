//! Packets under way: their ids, and how they are resent.

use std::time::Duration;

use crate::protocol::Timestamp;
use crate::protocol::limits::{PATIENCE_STRETCH_MAX, REQUEST_RETRY_EVERY};
use crate::protocol::sabotage::{self, Bug};

/// How late a lost packet is resent if [`Bug::ResentLate`] is switched on.
const LATE: Duration = Duration::from_secs(10);

/// Identifies a packet that was passed to a link; increases over all links of an endpoint.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct ParcelId(u64);

impl ParcelId {
    /// Returns the id of the n-th packet.
    pub(super) const fn new(n: u64) -> Self {
        Self(n)
    }
}

/// How a packet is resent while it is not acknowledged, and for how long.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Pace {
    /// Resent silently after a round trip, then after doubling waits.
    Quiet {
        /// How long it may take before the packet [expires](super::Event::Expired).
        patience: Duration,
    },
    /// Like `Quiet`, but the time-out restarts with every datagram received from the peer, up to
    /// [`PATIENCE_STRETCH_MAX`] times its length in all: a slow peer acknowledges late.
    WhileHeard {
        /// How long the peer may be silent before the packet [expires](super::Event::Expired).
        patience: Duration,
    },
    /// Resent every half second, five times, each of them an [`Event`](super::Event).
    Announced,
}

impl Pace {
    /// Returns when a packet is first resent, after a round trip.
    pub(super) fn first_due(self, now: Timestamp, round_trip: Duration) -> Timestamp {
        if sabotage::has(Bug::ResentLate) {
            return now + LATE;
        }
        if sabotage::has(Bug::EachIsSentTwice) {
            return now;
        }
        match self {
            Self::Quiet { patience } | Self::WhileHeard { patience } => {
                now + round_trip.min(patience)
            }
            Self::Announced => now + REQUEST_RETRY_EVERY,
        }
    }

    /// Returns when a packet expires that was sent at `sent_at` to a peer that was last heard from
    /// at `heard_at`; `None` if it ends after a number of tries.
    pub(super) fn until(self, sent_at: Timestamp, heard_at: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Quiet { patience } => Some(sent_at + patience),
            Self::WhileHeard { patience } => {
                let latest = sent_at + patience * (PATIENCE_STRETCH_MAX - 1);
                Some(heard_at.clamp(sent_at, latest) + patience)
            }
            Self::Announced => None,
        }
    }
}
