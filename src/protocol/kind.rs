//! What kinds of packets a datagram carries, without decoding their contents.
//!
//! A kind is a name, for faults, traces and pictures. Packets and requests are named where they are
//! defined (`packet.rs`), as in the original's headers where it has one; here are the kinds of what
//! is not a packet.

use std::sync::LazyLock;

use super::codec;
use super::packet::{PacketTag, RequestTag};
use super::{Datagram, LinkDatagram, Segment, VersionNotice};

/// A further part of a long packet.
pub(crate) const PART: &str = "part";

/// An acknowledgement, and nothing else.
pub(crate) const ACK: &str = "ack";

/// The answer to traffic of a forgotten link.
pub(crate) const RESET: &str = "reset";

/// Bytes that are not a datagram of this chat.
pub(crate) const GARBAGE: &str = "garbage";

/// The answer to a datagram of another version.
pub(crate) const VERSION: &str = "version";

/// All kinds, each once, in the order in which people read them: requests, other packets between a
/// client and the server, messages between clients, and what is not a packet.
///
/// Generated scenarios choose kinds by their places here.
pub static PACKET_KINDS: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let requests = RequestTag::ALL.iter().map(|tag| tag.kind());
    let packets = PacketTag::ALL.iter().filter(|tag| **tag != PacketTag::Request);
    let (direct, others): (Vec<&PacketTag>, Vec<_>) =
        packets.partition(|tag| **tag == PacketTag::Direct);
    let packets = others.into_iter().chain(direct).map(|tag| tag.kind());
    let mut kinds = Vec::new();
    for kind in requests.chain(packets).chain([PART, ACK, RESET, GARBAGE, VERSION]) {
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    kinds
});

/// Returns the kinds of all packets in a datagram, in their order; at least one.
pub fn packet_kinds(bytes: &[u8]) -> Vec<&'static str> {
    match codec::decode_datagram(bytes) {
        Err(_) if VersionNotice::decode(bytes).is_some() => vec![VERSION],
        Err(_) => vec![GARBAGE],
        Ok(Datagram::Reset { .. }) => vec![RESET],
        Ok(Datagram::Link(LinkDatagram { segments, .. })) if segments.is_empty() => vec![ACK],
        Ok(Datagram::Link(LinkDatagram { segments, .. })) => {
            segments.iter().map(Segment::kind).collect()
        }
    }
}

impl Segment<'_> {
    /// Returns the kind of the packet that begins with it.
    pub fn kind(&self) -> &'static str {
        codec::peek_kind(self.bytes).unwrap_or(PART)
    }
}
