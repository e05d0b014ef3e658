//! The real-time loop of an [`Actor`](machine::Actor): its socket, its clock, its storage and its
//! front end.
//!
//! [`Driver`] is written once. Programs run it on the real clock, tests on a clock of their own.
//! This crate has the only code that opens sockets, and the only reader of the system's clock.

mod clock;
mod drive;
#[cfg(any(test, feature = "fake"))]
pub mod fake;
pub mod signals;
mod store;
mod udp;

pub use clock::{Clock, RealClock};
pub use drive::{Channel, DriveError, Driver, Frontend, Input};
pub use store::{Answer, MemoryStore, Restore, Store};
pub use udp::{BindError, DATAGRAM_ROOM, UdpChannel, find_port, is_refused};
