//! Delivery: reliable, ordered, once-only links to peers over datagrams that may be lost, repeated,
//! reordered or forged.
//!
//! Packets become numbered segments; as many as fit share a datagram, and acknowledgements ride
//! along. The contents of packets are opaque here, and nothing here reads a clock or a socket: time
//! and the seed are inputs.
//!
//! A link belongs to a pair of sessions (see [`Session`](crate::protocol::Session)). How it answers
//! strangers is decided in `link.rs`, when it resends in `outgoing.rs`.

mod agenda;
mod endpoint;
mod event;
mod foreign;
mod incoming;
mod link;
mod outgoing;
mod parcel;
mod round_trip;
mod seen;

pub use endpoint::{Counters, Endpoint};
pub use event::Event;
pub use link::SendError;
pub use parcel::{Pace, ParcelId};
pub use seen::{Novelty, Seen};
