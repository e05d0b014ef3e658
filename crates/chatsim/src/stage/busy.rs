//! What keeps a run from coming to rest.

use std::collections::{BTreeMap, VecDeque};

use super::{Trace, TraceEvent};
use crate::Guest;

/// How many of the latest events are counted.
const LATEST: usize = 200;

/// How many kinds of events are named.
const NAMED_MAX: usize = 3;

/// Describes what happened most among the latest events of a trace: datagrams by sender, receiver and
/// kind, and timers. `None` if there was nothing of the kind.
pub(super) fn lately(trace: &Trace, guest: &dyn Guest) -> Option<String> {
    let mut latest = VecDeque::new();
    for entry in trace.iter() {
        let happened = match entry.event {
            TraceEvent::Sent { from, to: Some(to), bytes, .. } => {
                let kinds: Vec<_> = guest.packets(&bytes).iter().map(|kind| kind.name).collect();
                let kinds = if kinds.is_empty() {
                    String::new()
                } else {
                    format!(": {}", kinds.join(", "))
                };
                format!("`{from} -> {to}{kinds}`")
            }
            TraceEvent::Timer(actor) => format!("`timer of {actor}`"),
            TraceEvent::Sent { to: None, .. }
            | TraceEvent::Arrived { .. }
            | TraceEvent::Missed { .. }
            | TraceEvent::Program(..)
            | TraceEvent::Fact(..) => continue,
        };
        if latest.len() == LATEST {
            latest.pop_front();
        }
        latest.push_back(happened);
    }
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for happened in latest {
        *counts.entry(happened).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let named: Vec<_> = counts.into_iter().take(NAMED_MAX).map(|(name, _)| name).collect();
    let (last, others) = named.split_last()?;
    let named =
        if others.is_empty() { last.clone() } else { format!("{} and {last}", others.join(", ")) };
    Some(format!("lately most of all {named}"))
}
