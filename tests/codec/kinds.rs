//! The kinds of packets as their first bytes tell them, which is all that a fault or a trace reads.

use chatapp::protocol::codec::{encode_datagram, encode_packet};
use chatapp::protocol::{
    Datagram, LinkDatagram, Packet, PacketKind, Request, Segment, Session, Timestamp, packet_kinds,
};

use crate::examples::examples;

/// Returns the kind of a packet by its type.
fn kind(packet: &Packet) -> PacketKind {
    match packet {
        Packet::Request(_, request) => match request {
            Request::Connect { .. } => PacketKind::Connect,
            Request::Dereg => PacketKind::Dereg,
            Request::Leave => PacketKind::Leave,
            Request::CreateGroup(_) => PacketKind::CreateGroup,
            Request::ListGroups => PacketKind::ListGroups,
            Request::JoinGroup(_) => PacketKind::JoinGroup,
            Request::ListMembers => PacketKind::ListMembers,
            Request::LeaveGroup => PacketKind::LeaveGroup,
            Request::SendAll { .. } => PacketKind::SendAll,
            Request::Save { .. } => PacketKind::Save,
            Request::Refresh { .. } => PacketKind::Refresh,
            Request::Withdraw { .. } => PacketKind::Withdraw,
        },
        Packet::Answer(..) => PacketKind::Answer,
        Packet::Update(_) | Packet::Untold(_) => PacketKind::Update,
        Packet::Group(_) => PacketKind::Group,
        Packet::Relay(_) => PacketKind::Relay,
        Packet::Probe => PacketKind::Probe,
        Packet::Recover(_) => PacketKind::Recover,
        Packet::Recovered(_) => PacketKind::Recovered,
        Packet::Receipt(_) => PacketKind::Receipt,
        Packet::Kicked => PacketKind::Kick,
        Packet::Closing => PacketKind::Close,
        Packet::Direct { .. } => PacketKind::Send,
    }
}

#[test]
fn the_first_bytes_tell_every_kind() {
    let source = Session { opened_at: Timestamp::default(), token: 0 };
    for example in examples() {
        let packet = encode_packet(&example.packet);
        let datagram = Datagram::Link(LinkDatagram {
            source,
            destination: None,
            acknowledgement: None,
            segments: vec![Segment { number: 1, last: true, bytes: &packet }],
            padding: &[],
        });
        let bytes = encode_datagram(&datagram, 0);
        assert_eq!(packet_kinds(&bytes), [kind(&example.packet)], "{:?}", example.packet);
    }
}
