//! The real-time loop of an actor's program, and the only reader of the clock.
//!
//! [`Driver`] is written once: the programs run it on the real clock, the UDP stage on its own.

mod clock;
mod drive;
#[cfg(test)]
pub(crate) mod fake;
pub mod signals;

pub use clock::{Clock, RealClock};
pub use drive::{Channel, Driver, Frontend, Input};
