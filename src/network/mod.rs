//! Networks: a simulated one in virtual time, and UDP.

mod armed;
mod conditions;
mod fault;
pub mod host;
mod simulated;
pub mod udp;

pub use conditions::{Chance, Conditions};
pub use fault::{Aim, Effect, Fault, FaultId, Faults};
pub use simulated::{Delivery, SimulatedNetwork};
