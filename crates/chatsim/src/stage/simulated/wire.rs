//! Everything between the actors: the network, its faults, and the trace of both.

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
    /// What happened; kept only if somebody wants to know.
    trace: Trace,
}

/// How the trace calls the ends of a datagram's way.
#[derive(Clone, Copy)]
pub(super) struct Ends {
    pub(super) from: ActorId,
    /// `None` if nobody of the scenario lives there.
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

    /// Makes an actor known to the trace.
    pub(super) fn actor(&mut self, name: ActorName) -> ActorId {
        self.trace.actor(name)
    }

    /// Learns that an actor lives elsewhere; faults follow it.
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

    /// Puts a datagram on its way, and numbers it.
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

    /// Returns how many datagrams were put on their way so far.
    pub(super) fn datagrams(&self) -> u64 {
        self.network.sent()
    }

    pub(super) fn arm(&mut self, fault: Fault<Address>) -> FaultId {
        self.faults.arm(fault)
    }

    /// Ends a fault: what it held back sets out now.
    pub(super) fn heal(&mut self, fault: FaultId, now: Timestamp) {
        for delivery in self.faults.heal(fault) {
            self.network.send(delivery, now);
        }
    }

    pub(super) fn fired(&self, fault: FaultId) -> u64 {
        self.faults.fired(fault)
    }
}
