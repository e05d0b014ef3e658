//! The kinds of the chat's packets.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::LazyLock;

use chatsim::PacketKind;

use crate::protocol::{Datagram, PACKET_KINDS, PacketTag, codec, kind, packet_kinds};

/// All kinds, in the order of the protocol.
pub(super) static KINDS: LazyLock<Vec<PacketKind>> =
    LazyLock::new(|| PACKET_KINDS.iter().copied().map(named).collect());

const PROBE: &str = PacketTag::Probe.kind();

/// Returns how diagrams treat a kind.
fn named(name: &'static str) -> PacketKind {
    match name {
        PROBE => PacketKind::probe(name),
        kind::ACK => PacketKind::acknowledgement(name),
        name => PacketKind::new(name),
    }
}

/// Returns the kinds of the packets of a datagram, in order.
pub(super) fn of(datagram: &[u8]) -> Vec<PacketKind> {
    packet_kinds(datagram).into_iter().map(named).collect()
}

/// Returns identifiers of the segments of a datagram: the session of their sender and their number.
pub(super) fn parts(datagram: &[u8]) -> Vec<u64> {
    let Ok(Datagram::Link(link)) = codec::decode_datagram(datagram) else {
        return Vec::new();
    };
    let part = |number: u64| {
        let mut hasher = DefaultHasher::new();
        (link.source, number).hash(&mut hasher);
        hasher.finish()
    };
    link.segments.iter().map(|segment| part(segment.number)).collect()
}
