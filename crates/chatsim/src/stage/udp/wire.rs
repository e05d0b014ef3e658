//! The faults between the actors, the datagrams that they hold up, and the trace.

use std::collections::{BTreeMap, VecDeque};

use crate::Guest;
use crate::network::{Delivery, Faults};
use crate::scenario::ActorName;
use crate::stage::{TraceEntry, TraceEvent};
use machine::{Address, Timestamp};

/// Handles datagrams before the kernel gets them.
pub(super) struct Wire {
    faults: Faults,
    /// The actor that sends from an address, or has done so.
    names: BTreeMap<Address, ActorName>,
    /// The current address of each actor.
    homes: BTreeMap<ActorName, Address>,
    /// Datagrams that faults delay, by the time when they are sent.
    delayed: BTreeMap<(Timestamp, u64), Delivery>,
    delayed_count: u64,
    sent_count: u64,
    /// The numbers of the datagrams in the kernel, which preserves the order of a link.
    under_way: BTreeMap<(Address, Address), VecDeque<u64>>,
    /// The trace; recorded only if it is needed.
    trace: Vec<TraceEntry>,
    is_traced: bool,
}

impl Wire {
    pub(super) fn new(guest: &'static dyn Guest, seed: u64) -> Self {
        Self {
            faults: Faults::new(guest, seed),
            names: BTreeMap::new(),
            homes: BTreeMap::new(),
            delayed: BTreeMap::new(),
            delayed_count: 0,
            sent_count: 0,
            under_way: BTreeMap::new(),
            trace: Vec::new(),
            is_traced: false,
        }
    }

    /// Records the current address of an actor; faults follow it.
    pub(super) fn register(&mut self, name: ActorName, address: Address) {
        self.names.insert(address, name);
        if let Some(old) = self.homes.insert(name, address) {
            self.faults.redirect(old, address);
        }
    }

    /// Returns the actor with this address.
    pub(super) fn inhabitant(&self, address: Address) -> Option<ActorName> {
        self.name_of(address).filter(|name| self.homes.get(name) == Some(&address))
    }

    /// Returns the actor that sends from this address.
    pub(super) fn name_of(&self, address: Address) -> Option<ActorName> {
        self.names.get(&address).copied()
    }

    pub(super) fn faults(&mut self) -> &mut Faults {
        &mut self.faults
    }

    pub(super) fn keep_trace(&mut self, keep: bool) {
        self.is_traced = keep;
    }

    /// Returns what was added to the trace since the last call.
    pub(super) fn take_trace(&mut self) -> Vec<TraceEntry> {
        std::mem::take(&mut self.trace)
    }

    /// Adds to the trace, if it is kept.
    pub(super) fn note(&mut self, at: Timestamp, event: TraceEvent) {
        if self.is_traced {
            self.trace.push(TraceEntry { at, event });
        }
    }

    /// Returns the datagrams that are sent now in place of this one; the rest follows later, or
    /// never.
    pub(super) fn pass(
        &mut self,
        from: Address,
        to: Address,
        bytes: Vec<u8>,
        now: Timestamp,
    ) -> Vec<Delivery> {
        self.sent_count += 1;
        let number = self.sent_count;
        let copy = if self.is_traced { bytes.clone() } else { Vec::new() };
        let mut onward = Vec::new();
        let go_on = |delay, delivery| onward.push((delay, delivery));
        let hit_by = self.faults.pass(Delivery { from, to, bytes, number }, now, go_on);
        if let Some(from) = self.name_of(from) {
            let to = self.inhabitant(to);
            self.note(now, TraceEvent::Sent { number, from, to, bytes: copy, hit_by });
        }
        let mut at_once = Vec::new();
        for (delay, delivery) in onward {
            if delay.is_zero() {
                at_once.push(delivery);
            } else {
                self.delayed_count += 1;
                self.delayed.insert((now + delay, self.delayed_count), delivery);
            }
        }
        at_once
    }

    /// Returns whether no fault holds up a datagram that will be sent without a further event.
    pub(super) fn is_clear(&self) -> bool {
        self.delayed.is_empty()
    }

    /// Returns when the next delayed datagram is sent.
    pub(super) fn next_departure(&self) -> Option<Timestamp> {
        self.delayed.keys().next().map(|(at, _)| *at)
    }

    /// Returns the next delayed datagram and the time when it is sent.
    pub(super) fn depart(&mut self) -> Option<(Timestamp, Delivery)> {
        let ((at, _), delivery) = self.delayed.pop_first()?;
        Some((at, delivery))
    }

    /// Records that the kernel has accepted a datagram.
    pub(super) fn sent(&mut self, from: Address, to: Address, number: u64, now: Timestamp) {
        if self.is_traced {
            self.under_way.entry((from, to)).or_default().push_back(number);
            if self.inhabitant(to).is_none() {
                self.note(now, TraceEvent::Missed { number });
            }
        }
    }

    /// Records that an actor has received a datagram.
    pub(super) fn received(&mut self, from: Address, by: ActorName, now: Timestamp) {
        let Some(to) = self.homes.get(&by).copied().filter(|_| self.is_traced) else { return };
        if let Some(number) = self.under_way.get_mut(&(from, to)).and_then(VecDeque::pop_front) {
            self.note(now, TraceEvent::Arrived { number, by });
        }
    }

    /// Records that the datagrams under way to an actor's socket are lost.
    pub(super) fn discarded(&mut self, to: Address, now: Timestamp) {
        let links = self.under_way.extract_if(.., |(_, receiver), _| *receiver == to);
        let numbers: Vec<_> = links.flat_map(|(_, numbers)| numbers).collect();
        for number in numbers {
            self.note(now, TraceEvent::Missed { number });
        }
    }
}
