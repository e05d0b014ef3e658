//! The network between the actors, its faults, and the trace of both.

use crate::Guest;
use crate::network::{Conditions, Delivery, Fault, FaultId, Faults, SimulatedNetwork};
use crate::scenario::ActorName;
use crate::stage::Trace;
use crate::stage::trace_chunk::{ActorId, EventView};
use machine::{Address, Timestamp};

/// The simulated network as the stage uses it.
pub(super) struct Wire {
    network: SimulatedNetwork,
    faults: Faults,
    sent: u64,
    /// The trace; recorded only if it is needed.
    trace: Trace,
}

/// The ids of the ends of a datagram's journey in the trace.
#[derive(Clone, Copy)]
pub(super) struct Ends {
    pub(super) from: ActorId,
    /// `None` if no actor of the scenario has that address.
    pub(super) to: Option<ActorId>,
}

impl Wire {
    pub(super) fn new(guest: &'static dyn Guest, conditions: Conditions, seed: u64) -> Self {
        Self {
            network: SimulatedNetwork::new(conditions),
            faults: Faults::new(guest, seed),
            sent: 0,
            trace: Trace::default(),
        }
    }

    /// Adds an actor to the trace.
    pub(super) fn actor(&mut self, name: ActorName) -> ActorId {
        self.trace.actor(name)
    }

    /// Records that an actor has moved; faults follow it.
    pub(super) fn move_actor(&mut self, old: Address, new: Address) {
        self.faults.redirect(old, new);
    }

    pub(super) fn trace(&mut self) -> &mut Trace {
        &mut self.trace
    }

    pub(super) fn traced(&self) -> &Trace {
        &self.trace
    }

    /// Adds to the trace, if it is kept.
    pub(super) fn note(&mut self, at: Timestamp, event: EventView<'_>) {
        self.trace.note(at, event);
    }

    /// Sends a datagram, and numbers it.
    pub(super) fn send(&mut self, mut delivery: Delivery, ends: Ends, now: Timestamp) {
        self.sent += 1;
        delivery.number = self.sent;
        let Ends { from, to } = ends;
        let (number, bytes) = (delivery.number, delivery.bytes.as_slice());
        self.trace.note(now, EventView::Sent { number, from, to, bytes });
        if self.faults.is_empty() {
            return self.network.send(delivery, now);
        }
        let network = &mut self.network;
        let go_on = |delay, delivery| network.send(delivery, now + delay);
        let hit_by = self.faults.pass(delivery, now, go_on);
        if !hit_by.is_empty() {
            self.trace.hit(hit_by);
        }
    }

    /// Returns the next datagram that has arrived by `now`.
    pub(super) fn poll_delivery(&mut self, now: Timestamp) -> Option<Delivery> {
        self.network.poll_delivery(now)
    }

    /// Returns when the next datagram arrives.
    pub(super) fn poll_timeout(&self) -> Option<Timestamp> {
        self.network.poll_timeout()
    }

    pub(super) fn in_flight(&self) -> usize {
        self.network.in_flight()
    }

    /// Returns the number of datagrams that were sent so far.
    pub(super) fn datagrams(&self) -> u64 {
        self.network.sent()
    }

    pub(super) fn arm(&mut self, fault: Fault<Address>) -> FaultId {
        self.faults.arm(fault)
    }

    /// Ends a fault, and sends the datagrams that it held.
    pub(super) fn heal(&mut self, fault: FaultId, now: Timestamp) {
        for delivery in self.faults.heal(fault) {
            self.network.send(delivery, now);
        }
    }

    pub(super) fn fired(&self, fault: FaultId) -> u64 {
        self.faults.fired(fault)
    }
}
