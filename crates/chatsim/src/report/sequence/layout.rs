//! Assigns a row to everything: time goes down, things that happen at the same time share rows
//! where they do not overlap, and idle time is one row.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::details::details;
use super::diagram::{
    ARROWS_MAX, Arrow, Band, FaultBand, Mark, RowKind, ScreenLine, Sequence, State, Step,
};
use super::excerpt::excerpt;
use super::moments::{Happening, Moment, Moments, action_at};
use super::naming;
use super::rows::Rows;
use crate::network::Aim;
use crate::report::journey::{Journey, journeys, latest};
use crate::runner::{Recording, ScenarioRun, actors};
use crate::scenario::{Action, ActorName};
use crate::stage::{Change, TraceEntry, TraceEvent};
use machine::Timestamp;

/// The shortest time without an event that becomes an idle row.
const IDLE_MIN: Duration = Duration::from_millis(200);

/// Makes the diagram of a run.
pub(super) fn lay_out(run: ScenarioRun<'_>, recording: &Recording, moments: &Moments) -> Sequence {
    let lanes: Vec<_> = actors(&run.case.scenario).collect();
    let (trace, guest) = (recording.trace.to_vec(), run.case.scenario.guest);
    let (first, _) = latest(&trace, ARROWS_MAX * 2);
    let journeys = journeys(&trace, first, &recording.faults, guest);
    let mut layout = Layout {
        run,
        recording,
        trace: &trace,
        lane_of: lanes.iter().enumerate().map(|(lane, actor)| (*actor, lane)).collect(),
        journeys: journeys.iter().map(|journey| (journey.entry, journey)).collect(),
        by_number: BTreeMap::new(),
        states: vec![(Some(State::NotRunning), 0); lanes.len()],
        rows: Rows::new(lanes.len()),
        lines_of_now: 0,
        now: recording.began,
        faults: BTreeMap::new(),
        diagram: Sequence { lanes, omitted: moments.omitted, ..Sequence::default() },
    };
    layout.begin(&moments.before);
    if let Some(step) = moments.continued {
        layout.add_step(step);
    }
    for moment in &moments.drawn {
        layout.add(moment);
    }
    layout.end()
}

struct Layout<'a> {
    run: ScenarioRun<'a>,
    recording: &'a Recording,
    trace: &'a [TraceEntry],
    lane_of: BTreeMap<ActorName, usize>,
    /// By the indices of their entries in the trace.
    journeys: BTreeMap<usize, &'a Journey<'a>>,
    /// The arrows, by the numbers of their datagrams.
    by_number: BTreeMap<u64, usize>,
    /// Why each actor is idle, and from which row on.
    states: Vec<(Option<State>, usize)>,
    rows: Rows,
    /// The first line of the current moment.
    lines_of_now: usize,
    now: Timestamp,
    /// The row in which each active fault began.
    faults: BTreeMap<usize, usize>,
    diagram: Sequence,
}

impl Layout<'_> {
    /// Sets the state at which the drawing begins.
    fn begin(&mut self, before: &[Moment]) {
        for moment in before {
            match moment.happening {
                Happening::Entry(index) => {
                    let entry = self.trace.get(index).map(|entry| &entry.event);
                    if let Some(TraceEvent::Program(actor, change)) = entry
                        && let Some(lane) = self.lane_of.get(actor)
                        && let Some(state) = self.states.get_mut(*lane)
                    {
                        state.0 = state_after(*change, state.0);
                    }
                }
                Happening::FaultBegins(index) => drop(self.faults.insert(index, 0)),
                Happening::FaultEnds(index) => drop(self.faults.remove(&index)),
                Happening::Step | Happening::Line { .. } => {}
            }
            self.now = moment.at;
        }
    }

    fn add(&mut self, moment: &Moment) {
        self.advance_to(moment.at);
        let step = moment.step.checked_sub(1).and_then(|step| {
            step.checked_sub(self.diagram.steps.first().map_or(0, |first| first.number - 1))
        });
        match &moment.happening {
            Happening::Step => self.add_step(moment.step - 1),
            Happening::FaultBegins(index) => self.begin_fault(*index),
            Happening::FaultEnds(index) => self.end_fault(*index),
            Happening::Line { actor, text, is_typed } => {
                self.add_line(*actor, text, *is_typed, step);
            }
            Happening::Entry(index) => self.add_entry(*index, step),
        }
    }

    /// Opens a new block of rows when time has passed.
    fn advance_to(&mut self, at: Timestamp) {
        let idle = at.since(self.now);
        if idle.is_zero() {
            return;
        }
        self.now = at;
        self.rows.at = self.recording.after(at);
        if idle >= IDLE_MIN {
            self.rows.push(RowKind::Idle(idle));
        }
        self.open_block();
    }

    fn open_block(&mut self) {
        self.rows.open_block();
        self.lines_of_now = self.diagram.lines.len();
    }

    fn add_step(&mut self, index: usize) {
        let Some(record) = self.recording.steps.get(index) else {
            return;
        };
        let row = self.rows.all.len();
        self.rows.push(RowKind::Step);
        let scenario = &self.run.case.scenario;
        let note = match action_at(&scenario.steps, record.place) {
            Some(Action::Note(text)) => Some(text.clone()),
            _ => None,
        };
        let file = scenario.source_of(record.place).path.display().to_string();
        if let Some(last) = self.diagram.steps.last_mut() {
            last.to = row;
        }
        self.diagram.steps.push(Step {
            number: index + 1,
            line: record.place.line,
            file: (record.place.file > 0).then_some(file),
            is_note: note.is_some(),
            source: note.unwrap_or_else(|| excerpt(scenario, record.place)),
            at: self.recording.after(record.began),
            row,
            to: row + 1,
        });
        self.open_block();
    }

    fn add_line(&mut self, actor: ActorName, text: &str, is_typed: bool, step: Option<usize>) {
        let lines = self.diagram.lines.get_mut(self.lines_of_now..).unwrap_or_default();
        let is_same = |line: &ScreenLine| line.text == text && line.is_typed == is_typed;
        if let Some(line) = lines.last_mut().filter(|line| is_same(line) && line.actors == [actor])
        {
            line.times += 1;
            return;
        }
        let is_shared = |line: &&mut ScreenLine| {
            is_same(line) && line.times == 1 && !line.actors.contains(&actor)
        };
        if let Some(line) = lines.iter_mut().rfind(is_shared) {
            line.actors.push(actor);
            return;
        }
        let row = self.rows.take_beside();
        let (actors, text) = (vec![actor], text.to_owned());
        self.diagram.lines.push(ScreenLine { actors, text, times: 1, is_typed, row, step });
    }

    fn begin_fault(&mut self, index: usize) {
        let row = self.rows.take_across(self.lanes_of_fault(index));
        self.faults.insert(index, row);
    }

    fn end_fault(&mut self, index: usize) {
        let (Some(from), Some(record)) =
            (self.faults.remove(&index), self.recording.faults.get(index))
        else {
            return;
        };
        let lanes = self.lanes_of_fault(index);
        let to = self.rows.all.len().max(from + 1);
        let name = naming::fault_label(record);
        self.diagram.faults.push(FaultBand { name, lanes, from, to });
    }

    fn lanes_of_fault(&self, index: usize) -> (usize, usize) {
        let all = (0, self.diagram.lanes.len().saturating_sub(1));
        let aims = self.recording.faults.get(index).map(|record| record.fault.aims.as_slice());
        let mut lanes = BTreeSet::new();
        for Aim { from, to, .. } in aims.unwrap_or_default() {
            for end in [from, to] {
                match end.and_then(|actor| self.lane_of.get(&actor)) {
                    Some(lane) => drop(lanes.insert(*lane)),
                    None => return all,
                }
            }
        }
        lanes.first().copied().zip(lanes.last().copied()).unwrap_or(all)
    }

    fn add_entry(&mut self, index: usize, step: Option<usize>) {
        let Some(entry) = self.trace.get(index) else {
            return;
        };
        match &entry.event {
            TraceEvent::Sent { .. } => self.set_out(index, step),
            TraceEvent::Arrived { number, .. } | TraceEvent::Missed { number } => {
                self.come_out(*number);
            }
            TraceEvent::Timer(actor) => {
                if let Some(lane) = self.lane_of.get(actor).copied() {
                    let row = self.rows.next(lane);
                    self.diagram.marks.push(Mark { lane, row, change: None });
                }
            }
            TraceEvent::Program(actor, change) => {
                if let Some(lane) = self.lane_of.get(actor).copied() {
                    let row = self.rows.take(lane, 0);
                    self.diagram.marks.push(Mark { lane, row, change: Some(*change) });
                    let before = self.states.get(lane).and_then(|(state, _)| *state);
                    self.change_state(lane, state_after(*change, before), row);
                }
            }
            TraceEvent::Fact(..) => {}
        }
    }

    fn set_out(&mut self, entry: usize, step: Option<usize>) {
        let Some(journey) = self.journeys.get(&entry).copied() else {
            return;
        };
        let Some(from) = self.lane_of.get(&journey.from).copied() else {
            return;
        };
        let to = journey.to.and_then(|to| self.lane_of.get(&to).copied());
        let arrow = self.diagram.arrows.len();
        let (row, crowd) = self.rows.set_out(from, to, arrow);
        self.by_number.insert(journey.number, arrow);
        self.diagram.arrows.push(Arrow {
            number: journey.number,
            from,
            to,
            row,
            ends: Vec::new(),
            step,
            kinds: journey.kinds(),
            is_ack: journey.is_ack(),
            is_one_of_many: false,
            oddities: journey.oddities.clone(),
            details: details(journey, self.recording, self.run),
        });
        // Marks all arrows that are sent together.
        for arrow in crowd.iter().filter(|_| crowd.len() > 1) {
            if let Some(arrow) = self.diagram.arrows.get_mut(*arrow) {
                arrow.is_one_of_many = true;
            }
        }
    }

    fn come_out(&mut self, number: u64) {
        let Some(index) = self.by_number.get(&number).copied() else {
            return;
        };
        let Some((from, to, start)) =
            self.diagram.arrows.get(index).map(|arrow| (arrow.from, arrow.to, arrow.row))
        else {
            return;
        };
        let row = match to {
            Some(to) => self.rows.come_in(to, from, start + 1),
            None => start + 1,
        };
        self.rows.reach(row);
        if let Some(arrow) = self.diagram.arrows.get_mut(index) {
            arrow.ends.push(row);
        }
    }

    fn change_state(&mut self, lane: usize, state: Option<State>, row: usize) {
        let Some(current) = self.states.get_mut(lane) else {
            return;
        };
        let (before, from) = std::mem::replace(current, (state, row));
        if let Some(state) = before.filter(|_| from < row) {
            self.diagram.bands.push(Band { lane, state, from, to: row });
        }
    }

    fn end(mut self) -> Sequence {
        self.advance_to(self.recording.ended);
        let rows = self.rows.all.len();
        for lane in 0..self.diagram.lanes.len() {
            self.change_state(lane, None, rows);
        }
        for index in self.faults.keys().copied().collect::<Vec<_>>() {
            self.end_fault(index);
        }
        if let Some(last) = self.diagram.steps.last_mut() {
            last.to = rows;
        }
        self.diagram.rows = self.rows.all;
        self.diagram
    }
}

/// Returns why a program is idle after a change; `None` if it runs.
const fn state_after(change: Change, before: Option<State>) -> Option<State> {
    match change {
        Change::Started | Change::Resumed => None,
        Change::Ended => Some(State::NotRunning),
        Change::Killed => Some(State::Killed),
        Change::Paused => Some(State::Paused),
        Change::Moved(_) | Change::ClockJumped(_) | Change::Disk(_) => before,
    }
}
