//! Peers that speak another version of the wire format.

use std::collections::BTreeMap;

use crate::protocol::limits::{VERSION_NOTICE_EVERY, VERSION_PEERS_KEPT_FOR, VERSION_PEERS_MAX};
use crate::protocol::{Address, Timestamp};

/// The peers that have sent datagrams of another version, and when each was last answered.
///
/// Their addresses may be forged, so there is a bound on how many are remembered: while there are
/// too many, further ones are not answered.
#[derive(Debug, Default)]
pub(super) struct ForeignPeers {
    answered_at: BTreeMap<Address, Timestamp>,
    /// When the first of them was answered.
    since: Timestamp,
}

/// What a datagram of another version leads to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Response {
    /// Nothing: the peer was answered a short time ago, or there are too many peers.
    Ignore,
    /// An answer. The peer is known already.
    Answer,
    /// An answer and a report: this is the first datagram of this peer.
    AnswerAndReport,
}

impl ForeignPeers {
    /// Decides what to do about a datagram of another version, and counts it as answered unless it
    /// is ignored.
    pub(super) fn respond(&mut self, peer: Address, now: Timestamp) -> Response {
        if let Some(at) = self.answered_at.get_mut(&peer) {
            if now < *at + VERSION_NOTICE_EVERY {
                return Response::Ignore;
            }
            *at = now;
            return Response::Answer;
        }
        if self.answered_at.len() >= VERSION_PEERS_MAX {
            if now < self.since + VERSION_PEERS_KEPT_FOR {
                return Response::Ignore;
            }
            self.answered_at.clear();
        }
        if self.answered_at.is_empty() {
            self.since = now;
        }
        self.answered_at.insert(peer, now);
        Response::AnswerAndReport
    }

    /// Panics if more peers are remembered than allowed.
    pub(super) fn assert_invariants(&self) {
        let len = self.answered_at.len();
        assert!(len <= VERSION_PEERS_MAX, "{len} peers of other versions are remembered");
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn peer(n: usize) -> Address {
        Address::new(([10, 0, 0, 1], u16::try_from(n).unwrap()).into())
    }

    const START: Timestamp = Timestamp::from_micros(1_000_000_000);

    #[test]
    fn a_peer_is_reported_once_and_answered_once_a_second() {
        let mut peers = ForeignPeers::default();
        let mut at = |millis| peers.respond(peer(1), START + Duration::from_millis(millis));
        assert_eq!(at(0), Response::AnswerAndReport);
        assert_eq!(at(999), Response::Ignore);
        assert_eq!(at(1_000), Response::Answer);
        assert_eq!(at(1_999), Response::Ignore);
        assert_eq!(at(86_400_000), Response::Answer);
    }

    #[test]
    fn a_flood_of_peers_is_ignored_until_others_are_forgotten() {
        let mut peers = ForeignPeers::default();
        let late = START + VERSION_PEERS_KEPT_FOR;
        for n in 0..VERSION_PEERS_MAX {
            assert_eq!(peers.respond(peer(n), START), Response::AnswerAndReport);
        }
        let just_before = START + Duration::from_micros(59_999_999);
        assert_eq!(peers.respond(peer(5_000), just_before), Response::Ignore);
        assert_eq!(peers.respond(peer(0), just_before), Response::Answer);
        peers.assert_invariants();
        assert_eq!(peers.respond(peer(5_000), late), Response::AnswerAndReport);
        assert_eq!(peers.respond(peer(0), late), Response::AnswerAndReport);
        assert_eq!(peers.answered_at.len(), 2);
    }
}
