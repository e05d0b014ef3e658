//! The facts that the programs have stated, as a stage on which promises are checked as on any
//! other.

use std::fs;
use std::path::Path;

use chatapp::protocol::{Fact, Holdings, Timestamp};
use chatsim::stage::{Change, Recorded, TraceEntry, TraceEvent};
use serde::Deserialize;

use crate::program::Program;

/// A line of a file of facts.
#[derive(Deserialize)]
struct Stated {
    at: Timestamp,
    fact: Fact,
}

/// Reads the facts that a program has stated so far, over all its starts. A program that is killed
/// in the middle of a line has not stated that fact.
pub(crate) fn facts(path: &Path) -> Vec<(Timestamp, Fact)> {
    let text = fs::read_to_string(path).unwrap_or_default();
    let stated = text.lines().filter_map(|line| serde_json::from_str(line).ok());
    stated.map(|Stated { at, fact }| (at, fact)).collect()
}

/// The record of a finished run, in which every program holds nothing.
pub(crate) struct Evidence {
    pub(crate) stage: Recorded,
    /// How often a message was shown again after a crash.
    pub(crate) recalled: usize,
}

impl Evidence {
    pub(crate) fn of(programs: &[Program]) -> Self {
        let mut entries: Vec<TraceEntry> = Vec::new();
        let mut recalled = 0;
        for program in programs {
            let mut own = program.changes.clone();
            own.extend(facts(&program.facts()).into_iter().map(|(at, fact)| {
                let event = TraceEvent::Fact(program.name, fact.encode());
                TraceEntry { at, event }
            }));
            own.sort_by_key(|entry| entry.at);
            let said = own.len();
            entries.extend(without_recalled(own));
            recalled += said;
        }
        let recalled = recalled - entries.len();
        // The server cannot be asked for clients and groups.
        let is_of_server = |event: &TraceEvent| {
            matches!(fact_of(event), Some(Fact::Online | Fact::GroupTold(_) | Fact::Member(_)))
        };
        entries.retain(|entry| !is_of_server(&entry.event));
        entries.sort_by_key(|entry| entry.at);
        let stage = Recorded::new(entries.into_iter().collect());
        let nothing = Holdings { is_online: true, ..Holdings::default() };
        let stage = programs
            .iter()
            .fold(stage, |stage, program| stage.with_holdings(program.name, nothing.encode()));
        Self { stage, recalled }
    }
}

/// Returns the fact of an event, if there is one.
fn fact_of(event: &TraceEvent) -> Option<Fact> {
    let TraceEvent::Fact(_, fact) = event else { return None };
    Fact::decode(fact)
}

/// Drops a message that a program has shown and could not mark before it was killed, so that it
/// showed the message again, under a heading, before anything else after its next start.
fn without_recalled(entries: Vec<TraceEntry>) -> Vec<TraceEntry> {
    let mut kept: Vec<TraceEntry> = Vec::new();
    let mut is_resuming = false;
    for entry in entries {
        match (&entry.event, fact_of(&entry.event)) {
            (TraceEvent::Program(_, Change::Started), _) => is_resuming = true,
            (_, Some(Fact::Shown(_) | Fact::Receipted { .. })) if is_resuming => {
                kept.retain(|before| before.event != entry.event);
            }
            (_, Some(Fact::Taken(_) | Fact::Written { .. })) => {}
            _ => is_resuming = false,
        }
        kept.push(entry);
    }
    kept
}
