//! The packets between nodes: a line of text in each datagram.

use std::fmt;

use chatsim::PacketKind;

/// A datagram: its contents, and the term of its sender.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Packet {
    pub(crate) kind: Kind,
    pub(crate) term: u64,
}

/// The contents of a datagram.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// A candidate asks for a vote.
    RequestVote,
    /// The sender votes for the receiver.
    Vote,
    /// The receiver is refused: its term is over, or the sender has voted for another candidate.
    Refusal,
    /// The sender leads.
    Heartbeat,
    /// The sender follows the receiver.
    HeartbeatReply,
}

/// All kinds of packets, in the order of [`Kind`]. Diagrams omit heartbeats that are answered.
pub(crate) const KINDS: [PacketKind; 5] = [
    PacketKind::new("request_vote"),
    PacketKind::new("vote"),
    PacketKind::new("refusal"),
    PacketKind::probe("heartbeat"),
    PacketKind::acknowledgement("heartbeat_reply"),
];

impl Kind {
    const ALL: [Self; 5] =
        [Self::RequestVote, Self::Vote, Self::Refusal, Self::Heartbeat, Self::HeartbeatReply];

    pub(crate) const fn packet_kind(self) -> PacketKind {
        KINDS[self as usize]
    }
}

impl Packet {
    /// Decodes a datagram; `None` if it is not one of this protocol.
    pub(crate) fn decode(datagram: &[u8]) -> Option<Self> {
        let (name, term) = str::from_utf8(datagram).ok()?.split_once(' ')?;
        let kind = Kind::ALL.into_iter().find(|kind| kind.packet_kind().name == name)?;
        Some(Self { kind, term: term.parse().ok()? })
    }

    /// Encodes it.
    pub(crate) fn encode(self) -> Vec<u8> {
        self.to_string().into_bytes()
    }
}

impl fmt::Display for Packet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind.packet_kind(), self.term)
    }
}
