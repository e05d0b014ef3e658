//! The words that every other module speaks: names, time, addresses, packets, and their bytes.
//!
//! Pure: no clock, no socket, no randomness. Nothing here panics on bytes from a stranger.

mod address;
pub mod codec;
mod codec_link;
mod fact;
mod kind;
pub mod limits;
mod machine;
mod name;
mod packet;
pub mod sabotage;
mod segment;
mod time;

pub use address::Address;
pub use fact::{Audience, Fact, Holdings};
pub use kind::{PacketKind, UnknownKind, packet_kinds};
pub use machine::{Machine, Outcome};
pub use name::{ClientName, GroupName, NameError};
pub use packet::{
    Answer, Bound, DirectText, Fate, GroupText, Initiative, KeptText, MessageId, Packet, Presence,
    Receipt, Recovery, Request, RequestId, Row, Standing, TableVersion, Text, Update,
};
pub use segment::{Acknowledgement, Datagram, LinkDatagram, Segment, Session};
pub use time::{SteadyClock, Timestamp};
