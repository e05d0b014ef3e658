//! What happens on links.

use super::parcel::ParcelId;

/// What happened on a link.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Event {
    /// A packet arrived: each one once, in the order they were sent.
    Received(Vec<u8>),
    /// The peer has taken a packet.
    Acknowledged(ParcelId),
    /// A packet with [`Pace::Announced`](super::Pace::Announced) was sent again for the n-th
    /// time, n counting from 1.
    Retried(ParcelId, u32),
    /// The time-out of a packet has passed. The link stays open until it is closed.
    Expired(ParcelId),
    /// The link is gone: the peer has begun a new session, or refuses this one. These packets did
    /// not reach it, as far as we know.
    Lost(Vec<ParcelId>),
    /// The first datagram of this other version of the wire format came from the peer. It was not
    /// read, and the peer's address may be forged.
    OtherVersion(u8),
    /// The peer cannot read our datagrams: it speaks this other version of the wire format. The
    /// link stays open until it is closed.
    Misunderstood(u8),
}
