//! Everything between the actors: the network, its faults, and the trace of both.

use std::collections::BTreeMap;

use crate::network::{Conditions, Delivery, Fault, FaultId, Faults, SimulatedNetwork};
use crate::protocol::{Address, Timestamp};
use crate::scenario::ActorName;
use crate::stage::TraceEvent;
use crate::stage::trace::TraceLog;

/// The simulated network as the stage uses it.
pub(super) struct Wire {
    network: SimulatedNetwork,
    faults: Faults,
    names: BTreeMap<Address, ActorName>,
    sent: u64,
    /// What happened; kept only if somebody wants to know.
    trace: TraceLog,
}

impl Wire {
    pub(super) fn new(conditions: Conditions, seed: u64) -> Self {
        Self {
            network: SimulatedNetwork::new(conditions),
            faults: Faults::new(seed),
            names: BTreeMap::new(),
            sent: 0,
            trace: TraceLog::default(),
        }
    }

    /// Learns who lives at an address.
    pub(super) fn register(&mut self, name: ActorName, address: Address) {
        self.names.insert(address, name);
    }

    /// Learns that an actor lives elsewhere; faults follow it.
    pub(super) fn move_actor(&mut self, name: ActorName, old: Address, new: Address) {
        self.names.remove(&old);
        self.names.insert(new, name);
        self.faults.redirect(old, new);
    }

    pub(super) fn trace(&mut self) -> &mut TraceLog {
        &mut self.trace
    }

    pub(super) fn traced(&self) -> &TraceLog {
        &self.trace
    }

    /// Adds to the trace, if it is kept.
    pub(super) fn note(&mut self, at: Timestamp, event: TraceEvent) {
        self.trace.note(at, event);
    }

    pub(super) fn send(&mut self, from: Address, to: Address, bytes: Vec<u8>, now: Timestamp) {
        self.sent += 1;
        let number = self.sent;
        let copy = if self.trace.is_kept() { bytes.clone() } else { Vec::new() };
        let delivery = Delivery { from, to, bytes, number };
        let hit_by = if self.faults.is_empty() {
            self.network.send(delivery, now);
            Vec::new()
        } else {
            let passage = self.faults.pass(delivery, now);
            for (delay, delivery) in passage.onward {
                self.network.send(delivery, now + delay);
            }
            passage.hit_by
        };
        if self.trace.is_kept()
            && let Some(from) = self.names.get(&from).copied()
        {
            let to = self.names.get(&to).copied();
            self.note(now, TraceEvent::Sent { number, from, to, bytes: copy, hit_by });
        }
    }

    /// Gives the next datagram that has arrived by `now`.
    pub(super) fn poll_delivery(&mut self, now: Timestamp) -> Option<Delivery> {
        self.network.poll_delivery(now)
    }

    /// Tells when the next datagram arrives.
    pub(super) fn poll_timeout(&self) -> Option<Timestamp> {
        self.network.poll_timeout()
    }

    pub(super) fn in_flight(&self) -> usize {
        self.network.in_flight()
    }

    /// Tells how many datagrams were put on their way so far.
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
