//! The last datagrams before a failure.

use std::io::{self, Write};

use super::context::Context;
use super::journey::{Journey, journeys, latest};
use super::sequence::fault_name;
use super::words::{DIM, clock, printable};
use crate::runner::{Verdict, What};
use crate::scenario::ActorName;

/// The maximum number of datagrams that are shown.
const SHOWN_MAX: usize = 8;

/// How many of the run's last datagrams are searched.
const SEARCHED_MAX: usize = 1000;

/// Writes the last datagrams of the actors that a verdict is about, without plain acknowledgements;
/// of all actors if it names none. Writes nothing if datagrams cannot explain the verdict.
pub(super) fn write_datagrams(
    out: &mut dyn Write,
    context: &Context<'_>,
    verdict: &Verdict,
) -> io::Result<()> {
    let Some(actors) = actors(verdict) else {
        return Ok(());
    };
    let recording = context.recording;
    let trace = recording.trace.to_vec();
    let (first, _) = latest(&trace, SEARCHED_MAX);
    let journeys = journeys(&trace, first, &recording.faults, context.guest());
    let concerns = |journey: &&Journey<'_>| {
        let is_plain = journey.is_ack() && journey.oddities.is_empty();
        !is_plain && (actors.is_empty() || actors.iter().any(|actor| journey.concerns(*actor)))
    };
    let mut shown: Vec<_> = journeys.iter().rev().filter(concerns).take(SHOWN_MAX).collect();
    if shown.is_empty() {
        return Ok(());
    }
    shown.reverse();
    let names: Vec<_> = actors.iter().map(|actor| format!(" of `{actor}`")).collect();
    writeln!(out, "  {DIM}the last datagrams{}:{DIM:#}", names.join(" and"))?;
    let ways: Vec<_> = shown.iter().map(|journey| way(journey)).collect();
    let width = ways.iter().map(|way| way.chars().count()).max().unwrap_or_default();
    for (journey, way) in shown.iter().zip(ways) {
        let at = clock(recording.after(journey.at));
        let (kinds, number, fate) = (journey.kinds(), journey.number, fate(journey, context));
        let fate = printable(&fate);
        writeln!(out, "  {DIM}{at:>12}  {way:<width$}  {kinds} #{number}{fate}{DIM:#}")?;
    }
    writeln!(out)
}

/// Returns whose datagrams may explain a verdict (all actors' if empty); `None` if none can.
fn actors(verdict: &Verdict) -> Option<Vec<ActorName>> {
    match verdict {
        Verdict::Passed
        | Verdict::FailedAsExpected { .. }
        | Verdict::Skipped { .. }
        | Verdict::Environment(_) => None,
        Verdict::Unknown(_) => Some(Vec::new()),
        Verdict::Failed(failure) => match &failure.what {
            What::SnapshotDiffers { .. }
            | What::PassedUnexpectedly { .. }
            | What::NotDeterministic { .. } => None,
            // The journey of the message is more useful.
            What::PromiseBroken(broken) if !broken.way.is_empty() => None,
            what @ (What::ExpectationUnmet { .. }
            | What::CountDiffers { .. }
            | What::Forbidden { .. }
            | What::StepRefused { .. }
            | What::FaultNeverFired
            | What::PromiseBroken(_)) => Some(what.actor().into_iter().collect()),
        },
    }
}

fn way(journey: &Journey<'_>) -> String {
    let to = journey.to.map_or_else(|| "nobody".to_owned(), |to| to.to_string());
    format!("{} -> {to}", journey.from)
}

/// Returns what was unusual about it, and the faults that caused it.
fn fate(journey: &Journey<'_>, context: &Context<'_>) -> String {
    let faults = &context.recording.faults;
    let hits = journey.hit_by.iter().filter_map(|hit| faults.iter().find(|it| it.id == *hit));
    let hits: Vec<_> = hits.map(|fault| fault_name(fault, context.scenario)).collect();
    match (journey.words().join(", "), hits.join(", ")) {
        (words, hits) if words.is_empty() && hits.is_empty() => String::new(),
        (words, hits) if hits.is_empty() => format!(" ({words})"),
        (words, hits) if words.is_empty() => format!(" ({hits})"),
        (words, hits) => format!(" ({words}: {hits})"),
    }
}
