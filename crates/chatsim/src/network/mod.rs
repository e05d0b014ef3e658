//! The simulated network, and faults.

mod armed;
mod conditions;
mod fault;
mod faults;
mod simulated;

pub use conditions::{Chance, Conditions};
pub use fault::{Aim, Effect, Fault, FaultId};
pub use faults::Faults;
pub use simulated::{Delivery, SimulatedNetwork};
