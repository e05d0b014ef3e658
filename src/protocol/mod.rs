//! The vocabulary of all other modules: names, time, addresses, packets, and their bytes.
//!
//! Pure: no clock, no socket, no randomness. Nothing here panics on bytes from a stranger.

pub mod codec;
mod codec_link;
mod fact;
mod field;
pub(crate) mod kind;
pub mod limits;
mod name;
mod packet;
pub mod sabotage;
mod segment;
mod tag;
mod version_notice;

pub use fact::{Audience, Fact, Holdings};
pub use kind::{PACKET_KINDS, packet_kinds};
pub use machine::{Address, Machine, Outcome, SteadyClock, Timestamp};
pub use name::{ClientName, GroupName, NameError};
pub use packet::*;
pub use segment::{Acknowledgement, Datagram, LinkDatagram, Segment, Session};
pub use version_notice::VersionNotice;
