//! Networks: a simulated one in virtual time, and UDP.

mod conditions;
pub mod host;
mod simulated;
pub mod udp;

pub use conditions::{Chance, Conditions};
pub use simulated::{Delivery, SimulatedNetwork};
