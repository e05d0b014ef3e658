//! Which row everything stands in: time goes down, what happens at the same time shares rows
//! where it does not get in its own way, and idle time is one row.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::moments::{Happening, Moment, Moments, action_at};
use super::{
    ARROWS_MAX, Arrow, Band, FaultBand, Mark, Row, RowKind, ScreenLine, Sequence, State, Step,
    details, excerpt::excerpt, naming,
};
use crate::network::Aim;
use crate::protocol::Timestamp;
use crate::report::contents::kinds;
use crate::report::journey::{Journey, journeys, latest};
use crate::runner::{Play, Recording, actors};
use crate::scenario::{Action, ActorName};
use crate::stage::{Change, TraceEvent};

/// Nothing happens for at least so long, when that is one row.
const IDLE_MIN: Duration = Duration::from_millis(200);

/// Makes the diagram of what happened.
pub(super) fn lay_out(play: Play<'_>, recording: &Recording, moments: &Moments) -> Sequence {
    let lanes: Vec<_> = actors(&play.case.scenario).collect();
    let (first, _) = latest(&recording.trace, ARROWS_MAX * 2);
    let journeys = journeys(&recording.trace, first, &recording.faults);
    let mut layout = Layout {
        play,
        recording,
        lane_of: lanes.iter().enumerate().map(|(lane, actor)| (*actor, lane)).collect(),
        journeys: journeys.iter().map(|journey| (journey.entry, journey)).collect(),
        by_number: BTreeMap::new(),
        states: vec![(Some(State::NotRunning), 0); lanes.len()],
        places: vec![Place::default(); lanes.len()],
        column: 0,
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

/// Where the next thing on a lane goes.
#[derive(Clone, Debug, Default)]
struct Place {
    /// The first row that is free, in this moment.
    free: usize,
    /// What stands in the row before, if others may join it.
    crowd: Option<Crowd>,
}

/// Datagrams that set out together, or arrive together.
#[derive(Clone, Debug)]
struct Crowd {
    row: usize,
    sets_out: bool,
    /// The lanes at their other ends.
    others: BTreeSet<usize>,
    /// The arrows.
    arrows: Vec<usize>,
}

struct Layout<'a> {
    play: Play<'a>,
    recording: &'a Recording,
    lane_of: BTreeMap<ActorName, usize>,
    /// By their entries in the trace.
    journeys: BTreeMap<usize, &'a Journey<'a>>,
    /// The arrows by the numbers of their datagrams.
    by_number: BTreeMap<u64, usize>,
    /// Why each actor does nothing, and since which row.
    states: Vec<(Option<State>, usize)>,
    places: Vec<Place>,
    /// The first row that is free beside the lanes.
    column: usize,
    /// The first line of this moment.
    lines_of_now: usize,
    now: Timestamp,
    /// Where each fault that is at work began.
    faults: BTreeMap<usize, usize>,
    diagram: Sequence,
}

impl Layout<'_> {
    /// Takes over what was so when the drawing begins.
    fn begin(&mut self, before: &[Moment]) {
        for moment in before {
            match moment.happening {
                Happening::Entry(index) => {
                    let entry = self.recording.trace.get(index).map(|entry| &entry.event);
                    if let Some(TraceEvent::Program(actor, change)) = entry
                        && let Some(lane) = self.lane_of.get(actor)
                        && let Some(state) = self.states.get_mut(*lane)
                    {
                        state.0 = state_after(*change);
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
        if idle >= IDLE_MIN {
            self.diagram.rows.push(Row { at: self.after(), kind: RowKind::Idle(idle) });
        }
        self.open_block();
    }

    fn after(&self) -> Duration {
        self.recording.after(self.now)
    }

    fn open_block(&mut self) {
        let free = self.diagram.rows.len();
        self.places.fill(Place { free, crowd: None });
        self.column = free;
        self.lines_of_now = self.diagram.lines.len();
    }

    fn add_row(&mut self, row: usize) {
        while self.diagram.rows.len() <= row {
            self.diagram.rows.push(Row { at: self.after(), kind: RowKind::Event });
        }
    }

    /// Takes the next row of a lane for itself.
    fn take_row(&mut self, lane: usize, row_min: usize) -> usize {
        let Some(place) = self.places.get_mut(lane) else {
            return row_min;
        };
        let row = place.free.max(row_min);
        *place = Place { free: row + 1, crowd: None };
        self.add_row(row);
        row
    }

    fn add_step(&mut self, index: usize) {
        let Some(record) = self.recording.steps.get(index) else {
            return;
        };
        let row = self.diagram.rows.len();
        self.diagram.rows.push(Row { at: self.after(), kind: RowKind::Step });
        let scenario = &self.play.case.scenario;
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
        let row = self.column;
        self.column += 1;
        self.add_row(row);
        let (actors, text) = (vec![actor], text.to_owned());
        self.diagram.lines.push(ScreenLine { actors, text, times: 1, is_typed, row, step });
    }

    fn begin_fault(&mut self, index: usize) {
        let (first, last) = self.lanes_of_fault(index);
        let lanes = self.places.get(first..=last).unwrap_or_default();
        let row = lanes.iter().map(|place| place.free).max().unwrap_or_default();
        for lane in first..=last {
            self.take_row(lane, row);
        }
        self.faults.insert(index, row);
    }

    fn end_fault(&mut self, index: usize) {
        let (Some(from), Some(record)) =
            (self.faults.remove(&index), self.recording.faults.get(index))
        else {
            return;
        };
        let lanes = self.lanes_of_fault(index);
        let to = self.diagram.rows.len().max(from + 1);
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
        let Some(entry) = self.recording.trace.get(index) else {
            return;
        };
        match &entry.event {
            TraceEvent::Sent { .. } => self.set_out(index, step),
            TraceEvent::Arrived { number, .. } | TraceEvent::Missed { number } => {
                self.come_out(*number);
            }
            TraceEvent::Timer(actor) => {
                if let Some(lane) = self.lane_of.get(actor).copied() {
                    let row = self.places.get(lane).map_or(0, |place| place.free);
                    self.add_row(row);
                    self.diagram.marks.push(Mark { lane, row, change: None });
                }
            }
            TraceEvent::Program(actor, change) => {
                if let Some(lane) = self.lane_of.get(actor).copied() {
                    let row = self.take_row(lane, 0);
                    self.diagram.marks.push(Mark { lane, row, change: Some(*change) });
                    self.change_state(lane, state_after(*change), row);
                }
            }
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
        let row = self.join_or_take(from, to, 0, Some(arrow));
        self.by_number.insert(journey.number, arrow);
        self.diagram.arrows.push(Arrow {
            number: journey.number,
            from,
            to,
            row,
            ends: Vec::new(),
            step,
            kinds: kinds(journey.bytes),
            is_ack: journey.is_ack(),
            is_one_of_many: false,
            oddities: journey.oddities.clone(),
            details: details(journey, self.recording, self.play),
        });
        self.mark_crowd(from);
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
            Some(to) => self.join_or_take(to, Some(from), start + 1, None),
            None => start + 1,
        };
        self.add_row(row);
        if let Some(arrow) = self.diagram.arrows.get_mut(index) {
            arrow.ends.push(row);
        }
    }

    /// Takes a row of a lane for a datagram: the one before it, if that has only others that set
    /// out (or arrive) at the same time, from or to other lanes.
    fn join_or_take(
        &mut self,
        lane: usize,
        other: Option<usize>,
        row_min: usize,
        sets_out: Option<usize>,
    ) -> usize {
        let crowd = self.places.get_mut(lane).and_then(|place| place.crowd.as_mut());
        if let (Some(crowd), Some(other)) = (crowd, other)
            && crowd.sets_out == sets_out.is_some()
            && crowd.row >= row_min
            && crowd.others.insert(other)
        {
            crowd.arrows.extend(sets_out);
            return crowd.row;
        }
        let row = self.take_row(lane, row_min);
        if let (Some(place), Some(other)) = (self.places.get_mut(lane), other) {
            let (others, arrows) = (BTreeSet::from([other]), sets_out.into_iter().collect());
            place.crowd = Some(Crowd { row, sets_out: sets_out.is_some(), others, arrows });
        }
        row
    }

    /// Tells arrows that set out together that they do.
    fn mark_crowd(&mut self, lane: usize) {
        let crowd = self.places.get(lane).and_then(|place| place.crowd.as_ref());
        let arrows = crowd.map_or(&[][..], |crowd| crowd.arrows.as_slice());
        for arrow in arrows.iter().filter(|_| arrows.len() > 1) {
            if let Some(arrow) = self.diagram.arrows.get_mut(*arrow) {
                arrow.is_one_of_many = true;
            }
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
        let rows = self.diagram.rows.len();
        for lane in 0..self.diagram.lanes.len() {
            self.change_state(lane, None, rows);
        }
        for index in self.faults.keys().copied().collect::<Vec<_>>() {
            self.end_fault(index);
        }
        if let Some(last) = self.diagram.steps.last_mut() {
            last.to = rows;
        }
        self.diagram
    }
}

const fn state_after(change: Change) -> Option<State> {
    match change {
        Change::Started | Change::Resumed => None,
        Change::Ended => Some(State::NotRunning),
        Change::Killed => Some(State::Killed),
        Change::Paused => Some(State::Paused),
    }
}
