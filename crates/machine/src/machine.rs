//! State machines without I/O.

use crate::{Address, Timestamp};

/// A state machine without I/O: time and datagrams are inputs, effects are values.
///
/// The drain contract, for every driver: after each `handle_*` call, call
/// [`poll_output`](Self::poll_output) until it returns `None`, then read
/// [`poll_timeout`](Self::poll_timeout), and call [`handle_timeout`](Self::handle_timeout) once
/// that time has come. Calling it earlier does no harm.
pub trait Machine {
    /// What the machine asks its driver to do.
    type Output;

    /// Takes a datagram that arrived. The machine must handle any bytes.
    fn handle_datagram(&mut self, from: Address, bytes: &[u8], now: Timestamp);

    /// Fires every timer that is due by `now`. The default does nothing.
    fn handle_timeout(&mut self, _now: Timestamp) {}

    /// Returns the next thing to do, in order; `None` when there is nothing left.
    fn poll_output(&mut self) -> Option<Self::Output>;

    /// Returns when `handle_timeout` has to be called next; `None` while no timer runs.
    fn poll_timeout(&self) -> Option<Timestamp> {
        None
    }

    /// Returns whether something is under way that a person would wait for: an answer, an
    /// acknowledgement, a retry. Background work, e.g. reconnecting to a lost server, does not count.
    fn is_busy(&self) -> bool {
        false
    }

    /// Checks what has to hold between any two inputs. The simulated stage calls it after every
    /// input in builds with debug assertions. The default checks nothing.
    ///
    /// # Panics
    ///
    /// An invariant does not hold: the machine has a bug.
    fn assert_invariants(&self) {}
}

/// How a program ends.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Outcome {
    /// It was asked to leave, and left.
    Left,
    /// It has failed.
    Failed,
}
