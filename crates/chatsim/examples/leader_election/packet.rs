//! What nodes send each other: a line of text in each datagram.

use std::fmt;

use chatsim::PacketKind;

/// A datagram: what it says, and the term of its sender.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Packet {
    pub(crate) kind: Kind,
    pub(crate) term: u64,
}

/// What a datagram says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// A candidate asks for a vote.
    RequestVote,
    /// The receiver has the sender's vote.
    Vote,
    /// The receiver is not heard: its term is over, or the vote is with another candidate.
    Refusal,
    /// The sender leads.
    Heartbeat,
    /// The receiver is followed.
    HeartbeatReply,
}

/// All kinds of packets, in the order of [`Kind`]. Diagrams leave heartbeats out that are answered.
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
    /// Reads a datagram; `None` if it is not one of this protocol.
    pub(crate) fn decode(datagram: &[u8]) -> Option<Self> {
        let (name, term) = str::from_utf8(datagram).ok()?.split_once(' ')?;
        let kind = Kind::ALL.into_iter().find(|kind| kind.packet_kind().name == name)?;
        Some(Self { kind, term: term.parse().ok()? })
    }

    /// Returns the bytes of its datagram.
    pub(crate) fn encode(self) -> Vec<u8> {
        self.to_string().into_bytes()
    }
}

impl fmt::Display for Packet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind.packet_kind(), self.term)
    }
}
