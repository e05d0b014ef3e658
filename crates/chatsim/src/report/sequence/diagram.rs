//! What a sequence diagram consists of.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::report::journey::Oddity;
use crate::scenario::ActorName;
use crate::stage::Change;

/// How many datagrams are drawn at most: the latest.
pub(in crate::report) const ARROWS_MAX: usize = 2000;

/// How many steps and how many lines of screens are drawn at most: the latest.
pub(in crate::report) const LINES_MAX: usize = 2000;

/// A sequence diagram. Lanes, rows and steps are named by their indices.
#[derive(Debug, Default)]
pub(in crate::report) struct Sequence {
    /// The actors, from the left.
    pub(in crate::report) lanes: Vec<ActorName>,
    /// The rows, from the top.
    pub(in crate::report) rows: Vec<Row>,
    /// The datagrams, in the order of their sending.
    pub(in crate::report) arrows: Vec<Arrow>,
    /// Where an actor does not run as usual.
    pub(in crate::report) bands: Vec<Band>,
    /// Where faults are at work.
    pub(in crate::report) faults: Vec<FaultBand>,
    /// The steps, in the order of their playing.
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
    /// Nothing happens for so long.
    Idle(Duration),
    /// Something happens.
    Event,
}

/// A datagram.
#[derive(Debug)]
pub(in crate::report) struct Arrow {
    /// Counts the run's datagrams from 1.
    pub(in crate::report) number: u64,
    /// The sender's lane.
    pub(in crate::report) from: usize,
    /// The receiver's lane; `None` if there is none.
    pub(in crate::report) to: Option<usize>,
    /// Where it sets out.
    pub(in crate::report) row: usize,
    /// Where it comes out, once or more.
    pub(in crate::report) ends: Vec<usize>,
    /// The step that it belongs to.
    pub(in crate::report) step: Option<usize>,
    /// What it carries, in few words.
    pub(in crate::report) kinds: String,
    /// Whether it only acknowledges.
    pub(in crate::report) is_ack: bool,
    /// Whether others set out at the same place.
    pub(in crate::report) is_one_of_many: bool,
    /// What is unusual about it.
    pub(in crate::report) oddities: BTreeSet<Oddity>,
    /// Everything about it, a line for each part.
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

/// Why an actor does nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::report) enum State {
    /// It was not started, or has ended.
    NotRunning,
    /// It was killed.
    Killed,
    /// It is paused.
    Paused,
}

/// A fault at work.
#[derive(Debug)]
pub(in crate::report) struct FaultBand {
    /// What it is called or, without a name, does.
    pub(in crate::report) name: String,
    /// The lanes that it lies over.
    pub(in crate::report) lanes: (usize, usize),
    /// The first row.
    pub(in crate::report) from: usize,
    /// The first row after it.
    pub(in crate::report) to: usize,
}

/// A step.
#[derive(Debug)]
pub(in crate::report) struct Step {
    /// Counts the steps that were played from 1.
    pub(in crate::report) number: usize,
    /// The line of its file.
    pub(in crate::report) line: usize,
    /// The included file, if it is one.
    pub(in crate::report) file: Option<String>,
    /// The step as it is written, perhaps in several lines; of a note, what it says.
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
    /// How often it was shown, one after the other.
    pub(in crate::report) times: usize,
    /// Whether it was typed.
    pub(in crate::report) is_typed: bool,
    /// Where it stands.
    pub(in crate::report) row: usize,
    /// The step that it belongs to.
    pub(in crate::report) step: Option<usize>,
}

/// A small sign on a lane.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::report) struct Mark {
    /// Whose lane.
    pub(in crate::report) lane: usize,
    /// Where.
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

/// Writes a number with commas between its thousands.
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
