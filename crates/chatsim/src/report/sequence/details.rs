//! Everything about a datagram, in words.

use super::naming::fault_name;
use crate::report::journey::Journey;
use crate::report::words::clock;
use crate::runner::{Recording, ScenarioRun};

/// Describes a datagram in full, a line for each part.
pub(super) fn details(
    journey: &Journey<'_>,
    recording: &Recording,
    run: ScenarioRun<'_>,
) -> Vec<String> {
    let Journey { number, from, to, bytes, ends, .. } = journey;
    let to = to.map_or_else(|| "nobody".to_owned(), |to| to.to_string());
    let mut lines = vec![format!("#{number} {from} -> {to}, {} bytes", bytes.len())];
    let words = journey.words();
    if !words.is_empty() {
        lines.push(words.join(", "));
    }
    let hits = journey.hit_by.iter().filter_map(|hit| {
        let fault = recording.faults.iter().find(|fault| fault.id == *hit)?;
        Some(format!("hit by {}", fault_name(fault, &run.case.scenario)))
    });
    lines.extend(hits);
    lines.extend(run.case.scenario.guest.contents(bytes));
    let sent = clock(recording.after(journey.at));
    let ends = ends.iter().map(|end| {
        let word = if end.arrived { "arrived" } else { "found no program" };
        format!(", {word} {}", clock(recording.after(end.at)))
    });
    lines.push(format!("sent {sent}{}", ends.collect::<String>()));
    lines
}
