//! chatsim runs whole conversations between several programs from YAML scenarios: on a simulated
//! network in virtual time, on real UDP sockets, or as real programs at terminals. It breaks what
//! can break, and compares what every screen showed with snapshots.
//!
//! The programs that it runs implement [`Guest`]: the documentation of that trait has a complete
//! example. A test runs the scenarios of a folder with a [`Suite`](suite::Suite); a command line of
//! its own is one call of [`cli::main`].

pub mod cli;
pub mod fuzz;
mod guest;
pub mod network;
mod promise;
pub mod report;
pub mod runner;
pub mod scenario;
pub mod stage;
pub mod suite;
#[cfg(test)]
mod testing;

pub use guest::{BadValue, Guest, GuestOption, Hints, PacketClass, PacketKind, Part, Role};
pub use machine;
pub use promise::{Broken, Checker, Promise};
