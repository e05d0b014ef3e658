//! Everything that a diagram shows, in order.

use super::diagram::{ARROWS_MAX, LINES_MAX, Omitted};
use super::quiet::quiet_entries;
use crate::report::words::cut;
use crate::runner::{Recording, ScenarioRun, actors};
use crate::scenario::{Action, ActorName, Place, Step};
use crate::stage::{ScreenEntry, Shown, TraceEvent};
use machine::Timestamp;

/// The maximum length of a line of a screen, in characters.
const LINE_LEN_MAX: usize = 400;

/// Something that happened.
#[derive(Debug)]
pub(super) struct Moment {
    /// The number of steps that had begun.
    pub(super) step: usize,
    /// When.
    pub(super) at: Timestamp,
    /// What.
    pub(super) happening: Happening,
}

/// What can happen.
#[derive(Debug)]
pub(super) enum Happening {
    /// A step begins.
    Step,
    /// A fault begins: its index.
    FaultBegins(usize),
    /// A fault ends: its index.
    FaultEnds(usize),
    /// An actor's screen shows something.
    Line {
        /// Whose.
        actor: ActorName,
        /// What.
        text: String,
        /// Whether it came from outside: it was typed.
        is_typed: bool,
    },
    /// An entry of the trace: its index.
    Entry(usize),
}

impl Happening {
    /// Orders simultaneous events of a step: actions first, then their effects below the screens,
    /// then what the screens show.
    const fn order(&self) -> u8 {
        match self {
            Self::Step => 0,
            Self::FaultBegins(_) | Self::FaultEnds(_) => 1,
            Self::Line { is_typed: true, .. } => 2,
            Self::Entry(_) => 3,
            Self::Line { is_typed: false, .. } => 4,
        }
    }
}

/// Everything that happened, split at the beginning of the drawing.
#[derive(Debug, Default)]
pub(super) struct Moments {
    /// What happened before the drawing, in order.
    pub(super) before: Vec<Moment>,
    /// The step in which the drawing begins, unless it begins with the start of that step.
    pub(super) continued: Option<usize>,
    /// What is drawn, in order.
    pub(super) drawn: Vec<Moment>,
    /// What is left out.
    pub(super) omitted: Omitted,
}

/// Lists everything that happened in a run, and cuts off what is too much to be drawn.
pub(super) fn moments(run: ScenarioRun<'_>, recording: &Recording) -> Moments {
    let mut all = Vec::new();
    for (index, step) in recording.steps.iter().enumerate() {
        all.push(Moment { step: index + 1, at: step.began, happening: Happening::Step });
    }
    add_faults(&mut all, run, recording);
    for actor in actors(&run.case.scenario) {
        add_screen(&mut all, actor, recording);
    }
    let quiet = quiet_entries(recording, run.case.scenario.guest);
    let mut step = 0;
    for (index, entry) in recording.trace.iter().enumerate() {
        while recording.steps.get(step).is_some_and(|next| next.before.trace <= index) {
            step += 1;
        }
        if quiet.contains(&index) {
            continue;
        }
        all.push(Moment { step, at: entry.at, happening: Happening::Entry(index) });
    }
    all.sort_by_key(|moment| (moment.step, moment.at, moment.happening.order()));
    cut_off(all, recording)
}

fn add_faults(all: &mut Vec<Moment>, run: ScenarioRun<'_>, recording: &Recording) {
    let scenario = &run.case.scenario;
    for (index, fault) in recording.faults.iter().enumerate() {
        let steps = || (1..).zip(&recording.steps);
        let is_beginning = |place: Place, began| place == fault.place && began == fault.began;
        let begin = steps().find(|(_, step)| is_beginning(step.place, step.began));
        let begin = begin.map_or(0, |(number, _)| number);
        let happening = Happening::FaultBegins(index);
        all.push(Moment { step: begin, at: fault.began, happening });
        let Some(ended) = fault.ended else {
            continue;
        };
        let heals = |place| match action_at(&scenario.steps, place) {
            Some(Action::Heal(names)) => {
                names.is_empty() || fault.name.as_ref().is_some_and(|name| names.contains(name))
            }
            _ => false,
        };
        let end = steps()
            .skip(begin)
            .find(|(_, step)| step.began <= ended && ended <= step.ended && heals(step.place));
        let end = end.map_or(recording.steps.len(), |(number, _)| number);
        all.push(Moment { step: end, at: ended, happening: Happening::FaultEnds(index) });
    }
}

/// Finds the step at a place.
pub(super) fn action_at(steps: &[Step], place: Place) -> Option<&Action> {
    Step::all_in(steps).find(|step| step.place == place).map(|step| &step.action)
}

fn add_screen(all: &mut Vec<Moment>, actor: ActorName, recording: &Recording) {
    // For each entry, the number of steps that had begun.
    let mut steps = Vec::new();
    for (index, step) in recording.steps.iter().enumerate() {
        let grown = step.before.screens.iter().find(|(name, _)| *name == actor);
        steps.resize(grown.map_or(steps.len(), |(_, len)| *len), index);
    }
    let entries = recording.screens.get(&actor).into_iter().flatten();
    for (index, ScreenEntry { at, shown }) in entries.enumerate() {
        let (text, is_typed) = match &shown {
            Shown::Typed(line) => (line.text.as_str(), true),
            Shown::Line(line) => (line.text.as_str(), false),
            Shown::Interrupted => ("^C", true),
            Shown::Started | Shown::Killed | Shown::Exited(_) => continue,
        };
        let step = steps.get(index).copied().unwrap_or(recording.steps.len());
        let text = cut(text, LINE_LEN_MAX);
        all.push(Moment { step, at, happening: Happening::Line { actor, text, is_typed } });
    }
}

/// Keeps the latest ones, and counts the others.
fn cut_off(mut all: Vec<Moment>, recording: &Recording) -> Moments {
    let sent = recording.trace.iter().map(|entry| matches!(entry.event, TraceEvent::Sent { .. }));
    let sent: Vec<_> = sent.collect();
    let is_sent = |index: usize| sent.get(index).is_some_and(|is_sent| *is_sent);
    let count = |omitted: &mut Omitted, moment: &Moment| match moment.happening {
        Happening::Step => omitted.steps += 1,
        Happening::Line { .. } => omitted.lines += 1,
        Happening::Entry(index) if is_sent(index) => omitted.datagrams += 1,
        Happening::Entry(_) | Happening::FaultBegins(_) | Happening::FaultEnds(_) => {}
    };
    let mut kept = Omitted::default();
    let is_enough = |kept: &Omitted| {
        kept.datagrams > ARROWS_MAX || kept.lines > LINES_MAX || kept.steps > LINES_MAX
    };
    let first = all.iter().rposition(|moment| {
        count(&mut kept, moment);
        is_enough(&kept)
    });
    let drawn = all.split_off(first.map_or(0, |first| first + 1));
    let mut omitted = Omitted::default();
    for moment in &all {
        count(&mut omitted, moment);
    }
    let first = drawn.first().filter(|first| !matches!(first.happening, Happening::Step));
    let continued = first.filter(|_| omitted.steps > 0).and_then(|it| it.step.checked_sub(1));
    omitted.steps -= usize::from(continued.is_some());
    Moments { before: all, continued, drawn, omitted }
}
