//! Any packet and any datagram, for property tests.

use chatapp::protocol::{Acknowledgement, Packet, Session, Timestamp};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use crate::values::any_of;

/// Any packet: those with many variants of their own are drawn more often.
pub(crate) fn packet() -> impl Strategy<Value = Packet> {
    prop_oneof![
        any_of::<Packet>(),
        any_of().prop_map(|(id, request)| Packet::Request(id, request)),
        any_of().prop_map(|(id, answer)| Packet::Answer(id, answer)),
    ]
}

/// Owns the parts of a datagram, which only borrows them.
#[derive(Clone, Debug)]
pub(crate) struct DatagramParts {
    pub(crate) source: Session,
    pub(crate) destination: Option<Session>,
    pub(crate) acknowledgement: Option<Acknowledgement>,
    pub(crate) segments: Vec<(u64, bool, Vec<u8>)>,
    pub(crate) padding: Vec<u8>,
}

pub(crate) fn datagram_parts() -> impl Strategy<Value = DatagramParts> {
    let bytes = || vec(any::<u8>(), 0..200);
    let acknowledgement =
        any::<(u64, u64)>().prop_map(|(next, early)| Acknowledgement { next, early });
    (
        session(),
        option::of(session()),
        option::of(acknowledgement),
        vec((any::<u64>(), any::<bool>(), bytes()), 0..5),
        bytes(),
    )
        .prop_map(|(source, destination, acknowledgement, segments, padding)| DatagramParts {
            source,
            destination,
            acknowledgement,
            segments,
            padding,
        })
}

pub(crate) fn session() -> impl Strategy<Value = Session> {
    any::<(u64, u32)>()
        .prop_map(|(micros, token)| Session { opened_at: Timestamp::from_micros(micros), token })
}
