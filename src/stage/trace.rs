//! What happened on a stage, below the screens: every datagram, every timer, every change of a
//! program.

use std::fmt;

use jiff::SignedDuration;

use crate::network::FaultId;
use crate::protocol::{Fact, Timestamp, packet_kinds};
use crate::scenario::ActorName;

/// One thing that happened.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct TraceEntry {
    /// When, in the stage's time.
    pub at: Timestamp,
    /// What.
    pub event: TraceEvent,
}

/// What can happen.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum TraceEvent {
    /// A datagram set out.
    Sent {
        /// Counts the run's datagrams from 1.
        number: u64,
        /// Who sent it.
        from: ActorName,
        /// Who is to receive it; `None` if nobody of the scenario lives at that address.
        to: Option<ActorName>,
        /// What it says.
        bytes: Vec<u8>,
        /// The faults that hit it.
        hit_by: Vec<FaultId>,
    },
    /// A datagram arrived, perhaps for the second time.
    Arrived {
        /// The number of its sending.
        number: u64,
        /// Who received it.
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
    /// A program states a fact.
    Fact(ActorName, Fact),
}

/// How a program changed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Change {
    /// It started.
    Started,
    /// It ended, by itself or when it was told to.
    Ended,
    /// It was killed.
    Killed,
    /// It was paused.
    Paused,
    /// Its pause ended.
    Resumed,
    /// It goes on from another port.
    Moved(u16),
    /// Its clock was set forward or back by so much.
    ClockJumped(SignedDuration),
}

impl TraceEntry {
    /// Tells whether an actor has a part in it.
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

impl fmt::Display for TraceEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sent { number, from, to, bytes, hit_by } => {
                let kinds: Vec<_> = packet_kinds(bytes).iter().map(|kind| kind.name()).collect();
                let to = to.map_or_else(|| "nobody".to_owned(), |to| to.to_string());
                let (kinds, len) = (kinds.join("+"), bytes.len());
                write!(f, "#{number} {from} -> {to}: {kinds} ({len} bytes)")?;
                if hit_by.is_empty() { Ok(()) } else { f.write_str(", hit by a fault") }
            }
            Self::Arrived { number, by } => write!(f, "#{number} arrives at {by}"),
            Self::Missed { number } => write!(f, "#{number} finds nobody"),
            Self::Timer(actor) => write!(f, "{actor}: a timer fires"),
            Self::Fact(actor, fact) => write!(f, "{actor} {fact}"),
            Self::Program(actor, change) => write!(f, "{actor}: {change}"),
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
        }
    }
}

/// How much of a trace a stage keeps.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub enum TraceKeeping {
    /// Nothing.
    #[default]
    Nothing,
    /// So many entries, the latest; sometimes up to twice as many.
    Last(usize),
    /// Everything, from now on.
    Everything,
}

/// The trace as a stage keeps it.
#[derive(Debug, Default)]
pub(super) struct TraceLog {
    keeping: TraceKeeping,
    entries: Vec<TraceEntry>,
}

impl TraceLog {
    pub(super) fn keep(&mut self, keeping: TraceKeeping) {
        self.keeping = keeping;
    }

    /// Tells whether anything is kept at all.
    pub(super) fn is_kept(&self) -> bool {
        self.keeping != TraceKeeping::Nothing
    }

    pub(super) fn entries(&self) -> &[TraceEntry] {
        &self.entries
    }

    pub(super) fn take(&mut self) -> Vec<TraceEntry> {
        std::mem::take(&mut self.entries)
    }

    /// Adds an entry, if any is kept.
    pub(super) fn note(&mut self, at: Timestamp, event: TraceEvent) {
        match self.keeping {
            TraceKeeping::Nothing => return,
            // Half of it goes at once, so that an entry costs no more for being one of the last.
            TraceKeeping::Last(count) if self.entries.len() >= count.saturating_mul(2) => {
                self.entries.drain(..self.entries.len() - count);
            }
            TraceKeeping::Last(_) | TraceKeeping::Everything => {}
        }
        self.entries.push(TraceEntry { at, event });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(keeping: TraceKeeping, count: u64) -> Vec<u64> {
        let mut log = TraceLog::default();
        log.keep(keeping);
        for number in 1..=count {
            log.note(Timestamp::from_micros(number), TraceEvent::Missed { number });
        }
        log.take().iter().map(|entry| entry.at.as_micros()).collect()
    }

    #[test]
    fn the_latest_entries_are_kept() {
        assert!(filled(TraceKeeping::Nothing, 5).is_empty());
        assert_eq!(filled(TraceKeeping::Everything, 5), [1, 2, 3, 4, 5]);
        assert_eq!(filled(TraceKeeping::Last(2), 4), [1, 2, 3, 4]);
        assert_eq!(filled(TraceKeeping::Last(2), 5), [3, 4, 5]);
        assert_eq!(filled(TraceKeeping::Last(2), 1001), [999, 1000, 1001]);
        assert_eq!(filled(TraceKeeping::Last(0), 3), [3]);
    }
}
