//! What faults have met: which packets, and in which state their senders and receivers were.

use std::collections::{BTreeMap, BTreeSet};

use crate::Guest;
use crate::network::{Effect, FaultId};
use crate::runner::FaultRecord;
use crate::scenario::ActorName;
use crate::stage::{Change, EntryView, EventView, Trace};
use machine::Fact;

/// In which state a program is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum State {
    /// It does not run, or nobody lives there.
    Down,
    /// It runs.
    Up,
    /// It is held.
    Paused,
    /// It runs, and a fact brought it into this state of the guest's.
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

/// A fault that met a packet.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Cell {
    /// Which packet was on board, among others.
    pub packet: &'static str,
    /// What the fault did.
    pub fault: &'static str,
    /// How its sender was.
    pub sender: State,
    /// How its receiver was.
    pub receiver: State,
}

/// Everything that faults have met.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Coverage {
    /// Which combinations have come about.
    pub cells: BTreeSet<Cell>,
}

impl Coverage {
    /// Finds what the faults of one play have met.
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

    /// Adds what another play has met.
    pub fn add(&mut self, other: Self) {
        self.cells.extend(other.cells);
    }

    /// Returns how many kinds of packets were met.
    pub fn packets(&self) -> usize {
        self.cells.iter().map(|cell| cell.packet).collect::<BTreeSet<_>>().len()
    }

    /// Returns how many kinds of faults have met something.
    pub fn faults(&self) -> usize {
        self.cells.iter().map(|cell| cell.fault).collect::<BTreeSet<_>>().len()
    }

    /// Returns how many kinds of faults there are.
    pub const fn faults_max() -> usize {
        FAULTS.len()
    }
}

/// What faults do, by name.
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
