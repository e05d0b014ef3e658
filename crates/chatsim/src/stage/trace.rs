//! What happened on a stage, below the screens: every datagram, every timer, every change of a
//! program.

use std::fmt;

use jiff::SignedDuration;

use crate::Guest;
use crate::network::FaultId;
use crate::scenario::{ActorName, Disk};
use machine::{Fact, Timestamp};

/// An entry of a trace.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct TraceEntry {
    /// When, in the stage's time.
    pub at: Timestamp,
    /// What happened.
    pub event: TraceEvent,
}

/// An event of a trace.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum TraceEvent {
    /// A datagram was sent.
    Sent {
        /// The number of the datagram in its run, from 1.
        number: u64,
        /// The sender.
        from: ActorName,
        /// The receiver; `None` if no actor of the scenario has that address.
        to: Option<ActorName>,
        /// The contents.
        bytes: Vec<u8>,
        /// The faults that hit it.
        hit_by: Vec<FaultId>,
    },
    /// A datagram arrived, possibly for the second time.
    Arrived {
        /// The number of its sending.
        number: u64,
        /// The receiver.
        by: ActorName,
    },
    /// A datagram arrived where no program ran.
    Missed {
        /// The number of its sending.
        number: u64,
    },
    /// A program's timer fired.
    Timer(ActorName),
    /// A program changed.
    Program(ActorName, Change),
    /// A program stated a fact.
    Fact(ActorName, Fact),
}

/// A change of a program.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Change {
    /// It started.
    Started,
    /// It ended, by itself or after an interrupt.
    Ended,
    /// It was killed.
    Killed,
    /// It was paused.
    Paused,
    /// Its pause ended.
    Resumed,
    /// It moved to another port.
    Moved(u16),
    /// Its clock was set forward or back by this much.
    ClockJumped(SignedDuration),
    /// The state of its disk was set.
    Disk(Disk),
}

impl TraceEntry {
    /// Returns whether an actor is involved.
    pub fn concerns(&self, actor: ActorName) -> bool {
        match &self.event {
            TraceEvent::Sent { from, to, .. } => *from == actor || *to == Some(actor),
            TraceEvent::Arrived { by, .. } => *by == actor,
            TraceEvent::Missed { .. } => false,
            TraceEvent::Timer(name) | TraceEvent::Program(name, _) | TraceEvent::Fact(name, _) => {
                *name == actor
            }
        }
    }
}

impl TraceEvent {
    /// Describes it, with the guest's names for packets and facts.
    pub fn describe(&self, guest: &dyn Guest) -> String {
        match self {
            Self::Sent { number, from, to, bytes, hit_by } => {
                let kinds: Vec<_> = guest.packets(bytes).iter().map(|kind| kind.name).collect();
                let to = to.map_or_else(|| "nobody".to_owned(), |to| to.to_string());
                let (kinds, len) = (kinds.join("+"), bytes.len());
                let hit = if hit_by.is_empty() { "" } else { ", hit by a fault" };
                format!("#{number} {from} -> {to}: {kinds} ({len} bytes){hit}")
            }
            Self::Arrived { number, by } => format!("#{number} arrives at {by}"),
            Self::Missed { number } => format!("#{number} finds no program"),
            Self::Timer(actor) => format!("{actor}: a timer fires"),
            Self::Fact(actor, fact) => format!("{actor} {}", guest.describe_fact(fact)),
            Self::Program(actor, change) => format!("{actor}: {change}"),
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Started => f.write_str("started"),
            Self::Ended => f.write_str("ended"),
            Self::Killed => f.write_str("killed"),
            Self::Paused => f.write_str("paused"),
            Self::Resumed => f.write_str("resumed"),
            Self::Moved(port) => write!(f, "moved to port {port}"),
            Self::ClockJumped(by) if by.is_negative() => {
                write!(f, "its clock is set back by {:?}", by.unsigned_abs())
            }
            Self::ClockJumped(by) => write!(f, "its clock is set ahead by {:?}", by.unsigned_abs()),
            Self::Disk(Disk::Healthy) => f.write_str("its disk is healthy"),
            Self::Disk(Disk::Slow(by)) => write!(f, "its disk takes {by:?} for a write"),
            Self::Disk(Disk::Full) => f.write_str("its disk is full"),
            Self::Disk(Disk::Fails) => f.write_str("its disk fails at the next write"),
        }
    }
}
