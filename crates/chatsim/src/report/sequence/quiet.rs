//! Keep-alives: programs regularly probe whether the others are still there. Undisturbed probes are
//! not drawn, or hours without an event would fill pages.

use std::collections::{BTreeMap, BTreeSet};

use crate::report::journey::has_only;
use crate::runner::Recording;
use crate::scenario::ActorName;
use crate::stage::{TraceEntry, TraceEvent};
use crate::{Guest, PacketClass};
use machine::Timestamp;

/// A probe under way, or its acknowledgement.
struct Exchange {
    from: ActorName,
    to: ActorName,
    /// The indices of its entries in the trace so far.
    entries: Vec<usize>,
}

/// Finds the entries of the trace that are probes, acknowledged at once and undisturbed, and timers
/// without an effect.
pub(super) fn quiet_entries(recording: &Recording, guest: &dyn Guest) -> BTreeSet<usize> {
    let mut quiet = undisturbed_probes(recording, guest);
    let mut followers = BTreeSet::new();
    for (index, TraceEntry { at, event }) in recording.trace.iter().enumerate() {
        let doer = match event {
            TraceEvent::Sent { from, .. } => from,
            TraceEvent::Fact(actor, _) | TraceEvent::Program(actor, _) => actor,
            TraceEvent::Arrived { .. } | TraceEvent::Missed { .. } | TraceEvent::Timer(_) => {
                continue;
            }
        };
        if !quiet.contains(&index) {
            followers.insert((at, doer));
        }
    }
    for (actor, screen) in &recording.screens {
        followers.extend(screen.iter().map(|entry| (entry.at, *actor)));
    }
    for (index, TraceEntry { at, event }) in recording.trace.iter().enumerate() {
        if let TraceEvent::Timer(actor) = event
            && !followers.contains(&(at, actor))
        {
            quiet.insert(index);
        }
    }
    quiet
}

fn undisturbed_probes(recording: &Recording, guest: &dyn Guest) -> BTreeSet<usize> {
    let mut quiet = BTreeSet::new();
    let mut probes: BTreeMap<u64, Exchange> = BTreeMap::new();
    let mut answers: BTreeMap<u64, Exchange> = BTreeMap::new();
    // Probes that have just arrived.
    let mut arrived: Vec<(Timestamp, Exchange)> = Vec::new();
    for (index, TraceEntry { at, event }) in recording.trace.iter().enumerate() {
        arrived.retain(|(then, _)| *then == at);
        match event {
            TraceEvent::Sent { number, from, to: Some(to), bytes, hit_by } if hit_by.is_empty() => {
                let packets = guest.packets(&bytes);
                if has_only(&packets, PacketClass::Probe) {
                    let exchange = Exchange { from, to, entries: vec![index] };
                    probes.insert(number, exchange);
                } else if has_only(&packets, PacketClass::Acknowledgement) {
                    let is_answered =
                        |(_, probe): &(Timestamp, Exchange)| (probe.to, probe.from) == (from, to);
                    if let Some(probe) = arrived.iter().position(is_answered) {
                        let (_, mut exchange) = arrived.swap_remove(probe);
                        exchange.entries.push(index);
                        answers.insert(number, exchange);
                    }
                }
            }
            TraceEvent::Arrived { number, .. } => {
                if let Some(mut probe) = probes.remove(&number) {
                    probe.entries.push(index);
                    arrived.push((at, probe));
                } else if let Some(answer) = answers.remove(&number) {
                    quiet.extend(answer.entries);
                    quiet.insert(index);
                }
            }
            TraceEvent::Sent { .. }
            | TraceEvent::Missed { .. }
            | TraceEvent::Timer(_)
            | TraceEvent::Program(..)
            | TraceEvent::Fact(..) => {}
        }
    }
    quiet
}
