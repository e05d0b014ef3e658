//! The parts of a sequence diagram.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::report::journey::Oddity;
use crate::scenario::ActorName;
use crate::stage::Change;

/// The maximum number of datagrams that are drawn: the latest.
pub(in crate::report) const ARROWS_MAX: usize = 2000;

/// The maximum number of steps, and of lines of screens, that are drawn: the latest.
pub(in crate::report) const LINES_MAX: usize = 2000;

/// A sequence diagram. Lanes, rows and steps are named by their indices.
#[derive(Debug, Default)]
pub(in crate::report) struct Sequence {
    /// The actors, from the left.
    pub(in crate::report) lanes: Vec<ActorName>,
    /// The rows, from the top.
    pub(in crate::report) rows: Vec<Row>,
    /// The datagrams, in the order in which they were sent.
    pub(in crate::report) arrows: Vec<Arrow>,
    /// The stretches in which an actor does not run as usual.
    pub(in crate::report) bands: Vec<Band>,
    /// The stretches in which faults are active.
    pub(in crate::report) faults: Vec<FaultBand>,
    /// The steps, in the order in which they were run.
    pub(in crate::report) steps: Vec<Step>,
    /// What was typed and shown.
    pub(in crate::report) lines: Vec<ScreenLine>,
    /// Timers and changes of programs.
    pub(in crate::report) marks: Vec<Mark>,
    /// What is left out.
    pub(in crate::report) omitted: Omitted,
}

/// A row of the diagram.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::report) struct Row {
    /// How long after the beginning.
    pub(in crate::report) at: Duration,
    /// What it is for.
    pub(in crate::report) kind: RowKind,
}

/// What a row is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::report) enum RowKind {
    /// A step begins.
    Step,
    /// Nothing happens for this long.
    Idle(Duration),
    /// Something happens.
    Event,
}

/// A datagram.
#[derive(Debug)]
pub(in crate::report) struct Arrow {
    /// The number of the datagram in its run, from 1.
    pub(in crate::report) number: u64,
    /// The sender's lane.
    pub(in crate::report) from: usize,
    /// The receiver's lane; `None` if there is none.
    pub(in crate::report) to: Option<usize>,
    /// The row in which it is sent.
    pub(in crate::report) row: usize,
    /// The rows in which it arrives.
    pub(in crate::report) ends: Vec<usize>,
    /// The step that it belongs to.
    pub(in crate::report) step: Option<usize>,
    /// What it carries, in short form.
    pub(in crate::report) kinds: String,
    /// Whether it only acknowledges.
    pub(in crate::report) is_ack: bool,
    /// Whether others are sent at the same place.
    pub(in crate::report) is_one_of_many: bool,
    /// What is unusual about it.
    pub(in crate::report) oddities: BTreeSet<Oddity>,
    /// The full description, a line for each part.
    pub(in crate::report) details: Vec<String>,
}

/// A stretch of a lane where the actor does not run as usual.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::report) struct Band {
    /// Whose lane.
    pub(in crate::report) lane: usize,
    /// Why.
    pub(in crate::report) state: State,
    /// The first row.
    pub(in crate::report) from: usize,
    /// The first row after it.
    pub(in crate::report) to: usize,
}

/// Why a program is idle.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::report) enum State {
    /// It was not started, or has ended.
    NotRunning,
    /// It was killed.
    Killed,
    /// It is paused.
    Paused,
}

/// An active fault.
#[derive(Debug)]
pub(in crate::report) struct FaultBand {
    /// Its name or, without a name, its effect.
    pub(in crate::report) name: String,
    /// The lanes that it covers.
    pub(in crate::report) lanes: (usize, usize),
    /// The first row.
    pub(in crate::report) from: usize,
    /// The first row after it.
    pub(in crate::report) to: usize,
}

/// A step.
#[derive(Debug)]
pub(in crate::report) struct Step {
    /// The number of the step, from 1.
    pub(in crate::report) number: usize,
    /// The line of its file.
    pub(in crate::report) line: usize,
    /// The included file, if the step is from one.
    pub(in crate::report) file: Option<String>,
    /// The step as it is written, possibly on several lines; the text of a note.
    pub(in crate::report) source: String,
    /// Whether it is a note.
    pub(in crate::report) is_note: bool,
    /// How long after the beginning it began.
    pub(in crate::report) at: Duration,
    /// The row of its heading.
    pub(in crate::report) row: usize,
    /// The first row after it.
    pub(in crate::report) to: usize,
}

/// Something that screens showed.
#[derive(Debug)]
pub(in crate::report) struct ScreenLine {
    /// Whose screens showed the same at the same time.
    pub(in crate::report) actors: Vec<ActorName>,
    /// What was shown.
    pub(in crate::report) text: String,
    /// How often it was shown in succession.
    pub(in crate::report) times: usize,
    /// Whether it was typed.
    pub(in crate::report) is_typed: bool,
    /// The row.
    pub(in crate::report) row: usize,
    /// The step that it belongs to.
    pub(in crate::report) step: Option<usize>,
}

/// A small sign on a lane.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::report) struct Mark {
    /// Whose lane.
    pub(in crate::report) lane: usize,
    /// The row.
    pub(in crate::report) row: usize,
    /// What happened; `None` for a timer.
    pub(in crate::report) change: Option<Change>,
}

/// What is left out of a diagram, because it would be too large.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(in crate::report) struct Omitted {
    /// Datagrams before the first that is drawn.
    pub(in crate::report) datagrams: usize,
    /// Steps before the first that is drawn.
    pub(in crate::report) steps: usize,
    /// Lines of screens before the first that is drawn.
    pub(in crate::report) lines: usize,
}

impl Sequence {
    /// Returns what is left out; `None` if nothing is.
    pub(in crate::report) fn omission(&self) -> Option<String> {
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

/// Formats a number with commas between its thousands.
pub(in crate::report) fn grouped(number: usize) -> String {
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
