//! Networks: a simulated one in virtual time, and UDP.

mod conditions;
mod simulated;

pub use conditions::{Chance, Conditions};
pub use simulated::{Delivery, SimulatedNetwork};
