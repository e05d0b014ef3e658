//! What links tell their machine.

use super::outgoing::ParcelId;

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
    /// The patience for a packet is at its end. The link goes on until it is closed.
    Expired(ParcelId),
    /// The peer has begun a new life; these packets did not reach it, as far as we know.
    Lost(Vec<ParcelId>),
}
