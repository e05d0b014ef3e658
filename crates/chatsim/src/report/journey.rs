//! The fate of each datagram, read from the trace.

use std::collections::{BTreeMap, BTreeSet};

use crate::network::{Effect, FaultId};
use crate::runner::FaultRecord;
use crate::scenario::ActorName;
use crate::stage::{TraceEntry, TraceEvent};
use crate::{Guest, PacketClass, PacketKind};
use machine::Timestamp;

/// The journey of a datagram.
#[derive(Debug)]
pub(super) struct Journey<'a> {
    /// The number of the datagram in its run, from 1.
    pub(super) number: u64,
    /// The sender.
    pub(super) from: ActorName,
    /// The receiver; `None` if no actor of the scenario has that address.
    pub(super) to: Option<ActorName>,
    /// When it was sent.
    pub(super) at: Timestamp,
    /// Its entry in the trace.
    pub(super) entry: usize,
    /// The contents.
    pub(super) bytes: &'a [u8],
    /// Its packets.
    pub(super) packets: Vec<PacketKind>,
    /// The faults that hit it.
    pub(super) hit_by: &'a [FaultId],
    /// Where it arrived, once or more.
    pub(super) ends: Vec<End>,
    /// What is unusual about it, the most important first.
    pub(super) oddities: BTreeSet<Oddity>,
}

/// An arrival of a datagram.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct End {
    /// When.
    pub(super) at: Timestamp,
    /// Its entry in the trace.
    pub(super) entry: usize,
    /// Whether a program received it.
    pub(super) arrived: bool,
}

/// What can be unusual about a datagram, the most important first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Oddity {
    /// A fault dropped it, or the network did.
    Lost,
    /// No program was running where it arrived.
    Missed,
    /// It did not arrive before the end.
    NotArrived,
    /// A bit of it was flipped on the way.
    Corrupted,
    /// A part of it was cut off on the way.
    Truncated,
    /// It arrived several times.
    Twice,
    /// It was delayed, or a later one of the same link overtook it.
    Late,
    /// It carries something that was sent before.
    Resent,
}

impl Oddity {
    /// Returns it in a word.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Lost => "lost",
            Self::Missed => "found no program",
            Self::NotArrived => "not arrived",
            Self::Corrupted => "corrupted",
            Self::Truncated => "truncated",
            Self::Twice => "twice",
            Self::Late => "late",
            Self::Resent => "resent",
        }
    }
}

impl Journey<'_> {
    /// Returns whether it only acknowledges.
    pub(super) fn is_ack(&self) -> bool {
        has_only(&self.packets, PacketClass::Acknowledgement)
    }

    /// Returns its packets in short form: `recover+part×3`.
    pub(super) fn kinds(&self) -> String {
        let runs = self.packets.chunk_by(|a, b| a == b).map(|run| match run {
            [kind] => kind.name.to_owned(),
            [kind, ..] => format!("{kind}×{}", run.len()),
            [] => String::new(),
        });
        runs.collect::<Vec<_>>().join("+")
    }

    /// Returns whether an actor is its sender or its receiver.
    pub(super) fn concerns(&self, actor: ActorName) -> bool {
        self.from == actor || self.to == Some(actor)
    }

    /// Returns all that is unusual about it.
    pub(super) fn words(&self) -> Vec<&'static str> {
        self.oddities.iter().map(|oddity| oddity.word()).collect()
    }

    fn judge(&mut self, faults: &[FaultRecord]) {
        for hit in self.hit_by {
            let fault = faults.iter().find(|fault| fault.id == *hit);
            let oddity = fault.and_then(|it| oddity(it.fault.effect, !self.ends.is_empty()));
            self.oddities.extend(oddity);
        }
        let arrived = self.ends.iter().filter(|end| end.arrived).count();
        if arrived > 1 {
            self.oddities.insert(Oddity::Twice);
        }
        if arrived == 0 && !self.ends.is_empty() {
            self.oddities.insert(Oddity::Missed);
        }
        if self.ends.is_empty() && !self.oddities.contains(&Oddity::Lost) {
            self.oddities.insert(Oddity::NotArrived);
        }
    }
}

/// Returns what is unusual about a datagram that a fault hit, and that did or did not arrive.
const fn oddity(effect: Effect, came_out: bool) -> Option<Oddity> {
    match effect {
        Effect::Corrupt => Some(Oddity::Corrupted),
        Effect::Truncate => Some(Oddity::Truncated),
        Effect::Delay(_) | Effect::Latency { .. } | Effect::Rate(_) => Some(Oddity::Late),
        Effect::Hold | Effect::Reorder if came_out => Some(Oddity::Late),
        Effect::Drop if !came_out => Some(Oddity::Lost),
        // Whether and how often it arrived is decided by its arrivals.
        Effect::Hold | Effect::Reorder | Effect::Drop | Effect::Duplicate => None,
    }
}

/// Returns the entry from which a trace holds its latest `count` datagrams, and the number of
/// datagrams before it.
pub(super) fn latest(trace: &[TraceEntry], count: usize) -> (usize, usize) {
    let sent = |(_, entry): &(usize, &TraceEntry)| matches!(entry.event, TraceEvent::Sent { .. });
    let all = trace.iter().enumerate().filter(sent).count();
    let left_out = all.saturating_sub(count);
    let first = trace.iter().enumerate().filter(sent).nth(left_out).map(|(index, _)| index);
    (if left_out == 0 { 0 } else { first.unwrap_or(trace.len()) }, left_out)
}

/// Returns whether a datagram has one packet, of this class.
pub(super) fn has_only(packets: &[PacketKind], class: PacketClass) -> bool {
    matches!(packets, [packet] if packet.class == class)
}

/// Reads the journeys of the datagrams that were sent from entry `first` on.
pub(super) fn journeys<'a>(
    trace: &'a [TraceEntry],
    first: usize,
    faults: &[FaultRecord],
    guest: &dyn Guest,
) -> Vec<Journey<'a>> {
    let mut journeys: Vec<Journey<'_>> = Vec::new();
    let mut by_number = BTreeMap::new();
    for (entry, TraceEntry { at, event }) in trace.iter().enumerate().skip(first) {
        let (number, arrived) = match event {
            TraceEvent::Sent { number, from, to, bytes, hit_by } => {
                by_number.insert(*number, journeys.len());
                journeys.push(Journey {
                    number: *number,
                    from: *from,
                    to: *to,
                    at: *at,
                    entry,
                    bytes,
                    packets: guest.packets(bytes),
                    hit_by,
                    ends: Vec::new(),
                    oddities: BTreeSet::new(),
                });
                continue;
            }
            TraceEvent::Arrived { number, .. } => (number, true),
            TraceEvent::Missed { number } => (number, false),
            TraceEvent::Timer(_) | TraceEvent::Program(..) | TraceEvent::Fact(..) => continue,
        };
        let journey = by_number.get(number).and_then(|index| journeys.get_mut(*index));
        if let Some(journey) = journey {
            journey.ends.push(End { at: *at, entry, arrived });
        }
    }
    for journey in &mut journeys {
        journey.judge(faults);
    }
    find_resent(&mut journeys, guest);
    find_overtaken(&mut journeys);
    journeys
}

type Link = (ActorName, Option<ActorName>);

fn find_resent(journeys: &mut [Journey<'_>], guest: &dyn Guest) {
    let mut sent: BTreeSet<(Link, u64)> = BTreeSet::new();
    for journey in journeys {
        let link = (journey.from, journey.to);
        for part in guest.parts(journey.bytes) {
            if !sent.insert((link, part)) {
                journey.oddities.insert(Oddity::Resent);
            }
        }
    }
}

fn find_overtaken(journeys: &mut [Journey<'_>]) {
    // For each link: the earliest arrival among the datagrams that were sent later.
    let mut earliest: BTreeMap<Link, usize> = BTreeMap::new();
    for journey in journeys.iter_mut().rev() {
        let Some(end) = journey.ends.first() else {
            continue;
        };
        let earliest = earliest.entry((journey.from, journey.to)).or_insert(usize::MAX);
        if *earliest < end.entry {
            journey.oddities.insert(Oddity::Late);
        }
        *earliest = end.entry.min(*earliest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Fakes, server};

    fn entry(event: TraceEvent) -> TraceEntry {
        TraceEntry { at: Timestamp::default(), event }
    }

    fn sent(number: u64) -> TraceEntry {
        let (to, bytes, hit_by) = (Some(server()), Vec::new(), Vec::new());
        entry(TraceEvent::Sent { number, from: server(), to, bytes, hit_by })
    }

    fn arrived(number: u64) -> TraceEntry {
        entry(TraceEvent::Arrived { number, by: server() })
    }

    fn words(trace: &[TraceEntry]) -> Vec<String> {
        let journeys = journeys(trace, 0, &[], &Fakes);
        journeys.iter().map(|journey| journey.words().join(" ")).collect()
    }

    #[test]
    fn what_arrives_out_of_order_or_more_than_once_or_never_is_seen() {
        let missed = entry(TraceEvent::Missed { number: 4 });
        let trace = [
            sent(1),
            sent(2),
            arrived(2),
            arrived(1),
            sent(3),
            sent(4),
            missed,
            arrived(2),
            sent(5),
            arrived(5),
        ];
        assert_eq!(words(&trace), ["late", "twice", "not arrived", "found no program", ""]);
    }

    #[test]
    fn latest_datagrams_begin_with_a_sending() {
        let trace = [sent(1), arrived(1), sent(2), arrived(2), sent(3)];
        assert_eq!(latest(&trace, 3), (0, 0));
        assert_eq!(latest(&trace, 2), (2, 1));
        assert_eq!(latest(&trace, 0), (5, 3));
        assert_eq!(journeys(&trace, 2, &[], &Fakes).len(), 2);
    }
}
