//! What happened in a play as a sequence diagram, whatever it is drawn with: lanes, rows, and what
//! stands where.
//!
//! A picture goes one way: `Recording` --`sequence`--> lanes, rows, arrows --`picture`--> lengths
//! --`templates`--> SVG. Mermaid is written from `sequence` as well. The templates escape whatever
//! is put into them.

mod excerpt;
mod layout;
mod mermaid;
mod moments;
mod naming;
mod quiet;
mod rows;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::time::Duration;

use super::journey::{Journey, Oddity};
use crate::runner::{Play, Recording};
use crate::scenario::ActorName;

pub(super) use mermaid::mermaid;
pub(super) use naming::fault_name;

/// How many datagrams are drawn at most: the latest.
pub(super) const ARROWS_MAX: usize = 2000;

/// How many steps and how many lines of screens are drawn at most: the latest.
pub(super) const LINES_MAX: usize = 2000;

/// A sequence diagram. Lanes, rows and steps are named by their indices.
#[derive(Debug, Default)]
pub(super) struct Sequence {
    /// The actors, from the left.
    pub(super) lanes: Vec<ActorName>,
    /// The rows, from the top.
    pub(super) rows: Vec<Row>,
    /// The datagrams, in the order of their sending.
    pub(super) arrows: Vec<Arrow>,
    /// Where an actor does not run as usual.
    pub(super) bands: Vec<Band>,
    /// Where faults are at work.
    pub(super) faults: Vec<FaultBand>,
    /// The steps, in the order of their playing.
    pub(super) steps: Vec<Step>,
    /// What was typed and shown.
    pub(super) lines: Vec<ScreenLine>,
    /// Timers and changes of programs.
    pub(super) marks: Vec<Mark>,
    /// What is left out.
    pub(super) omitted: Omitted,
}

/// A row of the diagram.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Row {
    /// How long after the beginning.
    pub(super) at: Duration,
    /// What it is for.
    pub(super) kind: RowKind,
}

/// What a row is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum RowKind {
    /// A step begins.
    Step,
    /// Nothing happens for so long.
    Idle(Duration),
    /// Something happens.
    Event,
}

/// A datagram.
#[derive(Debug)]
pub(super) struct Arrow {
    /// Counts the run's datagrams from 1.
    pub(super) number: u64,
    /// The sender's lane.
    pub(super) from: usize,
    /// The receiver's lane; `None` if there is none.
    pub(super) to: Option<usize>,
    /// Where it sets out.
    pub(super) row: usize,
    /// Where it comes out, once or more.
    pub(super) ends: Vec<usize>,
    /// The step that it belongs to.
    pub(super) step: Option<usize>,
    /// What it carries, in few words.
    pub(super) kinds: String,
    /// Whether it only acknowledges.
    pub(super) is_ack: bool,
    /// Whether others set out at the same place.
    pub(super) is_one_of_many: bool,
    /// What is unusual about it.
    pub(super) oddities: BTreeSet<Oddity>,
    /// Everything about it, a line for each part.
    pub(super) details: Vec<String>,
}

/// A stretch of a lane where the actor does not run as usual.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Band {
    /// Whose lane.
    pub(super) lane: usize,
    /// Why.
    pub(super) state: State,
    /// The first row.
    pub(super) from: usize,
    /// The first row after it.
    pub(super) to: usize,
}

/// Why an actor does nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum State {
    /// It was not started, or has ended.
    NotRunning,
    /// It was killed.
    Killed,
    /// It is paused.
    Paused,
}

/// A fault at work.
#[derive(Debug)]
pub(super) struct FaultBand {
    /// What it is called or, without a name, does.
    pub(super) name: String,
    /// The lanes that it lies over.
    pub(super) lanes: (usize, usize),
    /// The first row.
    pub(super) from: usize,
    /// The first row after it.
    pub(super) to: usize,
}

/// A step.
#[derive(Debug)]
pub(super) struct Step {
    /// Counts the steps that were played from 1.
    pub(super) number: usize,
    /// The line of its file.
    pub(super) line: usize,
    /// The included file, if it is one.
    pub(super) file: Option<String>,
    /// The step as it is written, perhaps in several lines; of a note, what it says.
    pub(super) source: String,
    /// Whether it is a note.
    pub(super) is_note: bool,
    /// How long after the beginning it began.
    pub(super) at: Duration,
    /// The row of its heading.
    pub(super) row: usize,
    /// The first row after it.
    pub(super) to: usize,
}

/// Something that screens showed.
#[derive(Debug)]
pub(super) struct ScreenLine {
    /// Whose screens showed the same at the same time.
    pub(super) actors: Vec<ActorName>,
    /// What was shown.
    pub(super) text: String,
    /// How often it was shown, one after the other.
    pub(super) times: usize,
    /// Whether it was typed.
    pub(super) is_typed: bool,
    /// Where it stands.
    pub(super) row: usize,
    /// The step that it belongs to.
    pub(super) step: Option<usize>,
}

/// A small sign on a lane.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Mark {
    /// Whose lane.
    pub(super) lane: usize,
    /// Where.
    pub(super) row: usize,
    /// What happened; `None` for a timer.
    pub(super) change: Option<crate::stage::Change>,
}

/// What is left out of a diagram, because it would be too large.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Omitted {
    /// Datagrams before the first that is drawn.
    pub(super) datagrams: usize,
    /// Steps before the first that is drawn.
    pub(super) steps: usize,
    /// Lines of screens before the first that is drawn.
    pub(super) lines: usize,
}

impl Sequence {
    /// Makes the diagram of a play.
    pub(super) fn new(play: Play<'_>, recording: &Recording) -> Self {
        layout::lay_out(play, recording, &moments::moments(play, recording))
    }

    /// Returns what is left out; `None` if nothing is.
    pub(super) fn omission(&self) -> Option<String> {
        let Omitted { datagrams, steps, lines } = self.omitted;
        let counts = [(datagrams, "datagram"), (steps, "step"), (lines, "line of the screens")];
        let counts: Vec<_> = counts
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, word)| match word.split_once(' ') {
                _ if count == 1 => format!("1 {word}"),
                Some((head, tail)) => format!("{} {head}s {tail}", grouped(count)),
                None => format!("{} {word}s", grouped(count)),
            })
            .collect();
        (!counts.is_empty()).then(|| format!("before this, not drawn: {}", counts.join(", ")))
    }
}

/// Writes a number with commas between its thousands.
pub(super) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Says everything about a datagram, a line for each part.
fn details(journey: &Journey<'_>, recording: &Recording, play: Play<'_>) -> Vec<String> {
    let Journey { number, from, to, bytes, ends, .. } = journey;
    let to = to.map_or_else(|| "nobody".to_owned(), |to| to.to_string());
    let mut lines = vec![format!("#{number} {from} -> {to}, {} bytes", bytes.len())];
    let words = journey.words();
    if !words.is_empty() {
        lines.push(words.join(", "));
    }
    let hits = journey.hit_by.iter().filter_map(|hit| {
        let fault = recording.faults.iter().find(|fault| fault.id == *hit)?;
        Some(format!("hit by {}", fault_name(fault, &play.case.scenario)))
    });
    lines.extend(hits);
    lines.extend(play.case.scenario.guest.contents(bytes));
    let sent = super::words::clock(recording.after(journey.at));
    let ends = ends.iter().map(|end| {
        let word = if end.arrived { "arrived" } else { "found nobody" };
        format!(", {word} {}", super::words::clock(recording.after(end.at)))
    });
    lines.push(format!("sent {sent}{}", ends.collect::<String>()));
    lines
}
