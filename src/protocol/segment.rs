//! What a datagram holds: the wire form of one reliable link between two machines.
//!
//! Each end of a link has a session, named by a time and a token. A datagram from another session
//! of the peer ends the link; the packets that were not acknowledged are reported as lost. Traffic
//! for a link that this end has forgotten is answered with [`Datagram::Reset`]. So a restarted
//! server or peer is noticed with its first datagram, not by a time-out. If a clock was set back, a
//! new session looks older than the one before: the `Reset` then contains the time that the next
//! one must be later than.

use serde::{Deserialize, Serialize};

use super::{Timestamp, field};

/// Identifies one session of one end of a link, so that a restarted peer can be distinguished from
/// a repeated datagram.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Session {
    /// When this end was opened: of two sessions of a peer the later one counts.
    pub opened_at: Timestamp,
    /// Cannot be guessed: a peer that repeats it has received something from us.
    pub token: u32,
}

/// The content of a datagram, after the version byte.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Datagram<'a> {
    /// Traffic of a link.
    #[serde(borrow)]
    Link(LinkDatagram<'a>),
    /// There is no link to this session: the answer to traffic of a forgotten link.
    Reset {
        /// Which session.
        session: Session,
        /// The next one has to be later than that: it is when the last known one was opened.
        after: Timestamp,
    },
}

/// Traffic of a link: acknowledgements and as many segments as fit.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct LinkDatagram<'a> {
    /// The sender's session.
    pub source: Session,
    /// The receiver's session, as far as the sender knows it.
    pub destination: Option<Session>,
    /// What the sender has received.
    pub acknowledgement: Option<Acknowledgement>,
    /// Parts of messages.
    #[serde(borrow, deserialize_with = "field::list")]
    pub segments: Vec<Segment<'a>>,
    /// Fills the first datagram of a link: an answer is never larger than what caused it.
    #[serde(borrow, serialize_with = "field::bytes")]
    pub padding: &'a [u8],
}

/// Lists the segments that have arrived.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Acknowledgement {
    /// All segments before this number.
    pub next: u64,
    /// Bit `n` stands for segment `next + 1 + n`, received early.
    pub early: u64,
}

/// A part of a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Segment<'a> {
    /// Counts a link's segments from 1, in order.
    pub number: u64,
    /// Whether a message ends here.
    pub last: bool,
    /// The bytes of an encoded [`Packet`](super::Packet), or a part of them.
    #[serde(borrow, serialize_with = "field::bytes")]
    pub bytes: &'a [u8],
}
