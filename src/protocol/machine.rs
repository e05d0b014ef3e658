//! The face that every protocol machine shows to its driver.

use super::{Address, Timestamp};

/// A protocol machine without I/O: time and datagrams are inputs, effects are values.
///
/// The drain contract, for every driver: after each `handle_*` call, call
/// [`poll_output`](Self::poll_output) until it returns `None`, then read
/// [`poll_timeout`](Self::poll_timeout), and call [`handle_timeout`](Self::handle_timeout) once
/// that time has come. Calling it earlier does no harm.
pub trait Machine {
    /// What the machine asks its driver to do.
    type Output;

    /// Takes a datagram that arrived. Whatever the bytes are, the machine goes on working.
    fn handle_datagram(&mut self, from: Address, bytes: &[u8], now: Timestamp);

    /// Lets every timer that is due by `now` fire. Who has no timers need not say so.
    fn handle_timeout(&mut self, _now: Timestamp) {}

    /// Gives the next thing to do, in order; `None` when there is nothing left.
    fn poll_output(&mut self) -> Option<Self::Output>;

    /// Tells when `handle_timeout` wants to be called next; `None` while no timer runs.
    fn poll_timeout(&self) -> Option<Timestamp> {
        None
    }

    /// Tells whether something is under way that a person would wait for: an answer, an
    /// acknowledgement, a retry. Background work (looking out for a lost server) does not count.
    fn is_busy(&self) -> bool {
        false
    }
}

/// How a machine's program ends.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Outcome {
    /// It was asked to leave, and left.
    Left,
    /// It could not go on: the name is in use, or the server does not answer.
    Failed,
}
