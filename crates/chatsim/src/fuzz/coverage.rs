//! What faults have hit: which packets, and in which state their senders and receivers were.

use std::collections::{BTreeMap, BTreeSet};

use crate::Guest;
use crate::network::{Effect, FaultId};
use crate::runner::FaultRecord;
use crate::scenario::ActorName;
use crate::stage::{Change, EntryView, EventView, Trace};
use machine::Fact;

/// The state of a program.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum State {
    /// It does not run, or the address has no actor.
    Down,
    /// It runs.
    Up,
    /// It is paused.
    Paused,
    /// It runs, and its last fact put it into this state, which the guest defines.
    In(&'static str),
}

impl State {
    /// Returns the name of the state.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Down => "down",
            Self::Up => "up",
            Self::Paused => "paused",
            Self::In(state) => state,
        }
    }
}

/// A packet that was hit by a fault.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Cell {
    /// The kind of packet; the datagram may carry others.
    pub packet: &'static str,
    /// The effect of the fault.
    pub fault: &'static str,
    /// The state of its sender.
    pub sender: State,
    /// The state of its receiver.
    pub receiver: State,
}

/// Everything that faults have hit.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Coverage {
    /// The combinations that occurred.
    pub cells: BTreeSet<Cell>,
}

impl Coverage {
    /// Collects what the faults of one run have hit.
    pub(super) fn of(faults: &[FaultRecord], trace: &Trace, guest: &dyn Guest) -> Self {
        let names: BTreeMap<FaultId, &'static str> =
            faults.iter().map(|fault| (fault.id, name(fault.fault.effect))).collect();
        let mut states: BTreeMap<ActorName, State> = BTreeMap::new();
        let mut coverage = Self::default();
        for EntryView { event, hit_by, .. } in trace.views(0) {
            match event {
                EventView::Sent { from, to, bytes, .. } if !hit_by.is_empty() => {
                    let state = |actor| states.get(&actor).copied().unwrap_or(State::Down);
                    let (sender, receiver) = (state(from), to.map_or(State::Down, state));
                    for packet in guest.packets(bytes) {
                        let packet = packet.name;
                        let known = hit_by.iter().filter_map(|id| names.get(id));
                        let cell = |fault: &&'static str| {
                            let fault = *fault;
                            Cell { packet, fault, sender, receiver }
                        };
                        coverage.cells.extend(known.map(cell));
                    }
                }
                EventView::Fact(actor, fact) => {
                    let state = guest.state_after(&Fact::new(fact));
                    states.extend(state.map(|state| (actor, State::In(state))));
                }
                EventView::Program(actor, change) => {
                    let before = states.get(&actor).copied();
                    states.extend(after(change, before).map(|state| (actor, state)));
                }
                EventView::Sent { .. }
                | EventView::Arrived { .. }
                | EventView::Missed { .. }
                | EventView::Timer(_) => {}
            }
        }
        coverage
    }

    /// Adds what another run has hit.
    pub fn add(&mut self, other: Self) {
        self.cells.extend(other.cells);
    }

    /// Returns the number of kinds of packets that were hit.
    pub fn packets(&self) -> usize {
        self.cells.iter().map(|cell| cell.packet).collect::<BTreeSet<_>>().len()
    }

    /// Returns the number of kinds of faults that hit something.
    pub fn faults(&self) -> usize {
        self.cells.iter().map(|cell| cell.fault).collect::<BTreeSet<_>>().len()
    }

    /// Returns the number of kinds of faults.
    pub const fn faults_max() -> usize {
        FAULTS.len()
    }
}

/// The names of the effects of faults.
const FAULTS: [&str; 9] =
    ["drop", "duplicate", "delay", "reorder", "corrupt", "truncate", "hold", "latency", "rate"];

const fn name(effect: Effect) -> &'static str {
    match effect {
        Effect::Drop => FAULTS[0],
        Effect::Duplicate => FAULTS[1],
        Effect::Delay(_) => FAULTS[2],
        Effect::Reorder => FAULTS[3],
        Effect::Corrupt => FAULTS[4],
        Effect::Truncate => FAULTS[5],
        Effect::Hold => FAULTS[6],
        Effect::Latency { .. } => FAULTS[7],
        Effect::Rate(_) => FAULTS[8],
    }
}

const fn after(change: Change, before: Option<State>) -> Option<State> {
    match change {
        Change::Started | Change::Resumed => Some(State::Up),
        Change::Ended | Change::Killed => Some(State::Down),
        Change::Paused => Some(State::Paused),
        Change::Moved(_) | Change::ClockJumped(_) | Change::Disk(_) => before,
    }
}
