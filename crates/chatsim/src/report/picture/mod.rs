//! A sequence diagram as a drawing: the position of every line and every word.

mod arrows;
mod grid;

use serde::Serialize;

use super::sequence::{Band, FaultBand, RowKind, Sequence, State};
use super::words::{clock, cut, span};
use crate::scenario::ActorName;
use crate::stage::Change;

use grid::{Grid, LETTER_WIDTH, int};

/// The space below the last row.
const FOOT: i32 = 12;

/// The height of the names of the lanes.
const HEADS_HEIGHT: i32 = 34;

/// The width of times and lines beside the lanes.
const MARGIN_WIDTH: i32 = 400;

/// The width of a letter in the lines beside the lanes.
const MONO_WIDTH: i32 = 7;

/// A drawing, ready for a template.
#[derive(Debug, Serialize)]
pub(super) struct Drawing {
    /// The height of the names of the lanes.
    heads_height: i32,
    /// The width of times and lines beside the lanes.
    margin_width: i32,
    /// The width of the lanes.
    lanes_width: i32,
    /// The height of all rows.
    height: i32,
    lanes: Vec<Lane>,
    times: Vec<Words>,
    idles: Vec<Words>,
    steps: Vec<StepArea>,
    bands: Vec<Area>,
    faults: Vec<Area>,
    arrows: Vec<arrows::ArrowView>,
    lines: Vec<LineView>,
    marks: Vec<MarkView>,
    omission: Option<String>,
}

#[derive(Debug, Serialize)]
struct Lane {
    x: i32,
    /// The stretches in which the program runs: from and to.
    alive: Vec<(i32, i32)>,
    name: String,
    whole: String,
}

#[derive(Debug, Serialize)]
struct Words {
    y: i32,
    text: String,
}

#[derive(Debug, Serialize)]
struct StepArea {
    number: usize,
    y: i32,
    height: i32,
    heading: String,
    is_note: bool,
    source: String,
}

#[derive(Debug, Serialize)]
struct Area {
    class: &'static str,
    /// The first and the last lane that it covers.
    lanes: (usize, usize),
    x: i32,
    y: i32,
    width: i32,
    height: i32,
    text: String,
}

#[derive(Debug, Serialize)]
struct LineView {
    y: i32,
    step: Option<usize>,
    is_typed: bool,
    /// The lanes of the actors.
    lanes: Vec<usize>,
    actors: String,
    text: String,
    times: Option<usize>,
    whole: String,
}

#[derive(Debug, Serialize)]
struct MarkView {
    class: &'static str,
    lane: usize,
    text: String,
    x: i32,
    y: i32,
}

impl Drawing {
    /// Draws a diagram.
    pub(super) fn new(sequence: &Sequence) -> Self {
        let grid = Grid::new(sequence);
        let name_len_max = usize::try_from(grid.lane_width / 8).unwrap_or_default();
        let lanes = sequence.lanes.iter().enumerate().map(|(lane, actor)| {
            let whole = actor.to_string();
            let alive = alive(sequence, lane, &grid);
            Lane { x: grid.lane(lane), alive, name: cut(&whole, name_len_max), whole }
        });
        let number_of = |step: Option<usize>| {
            step.and_then(|step| sequence.steps.get(step)).map(|step| step.number)
        };
        let arrows = sequence.arrows.iter();
        Self {
            heads_height: HEADS_HEIGHT,
            margin_width: MARGIN_WIDTH,
            lanes_width: grid.lane_width * int(sequence.lanes.len()),
            height: grid.top(sequence.rows.len()) + FOOT,
            lanes: lanes.collect(),
            times: times(sequence, &grid),
            idles: idles(sequence, &grid),
            steps: steps(sequence, &grid),
            bands: sequence.bands.iter().filter_map(|band| band_area(band, &grid)).collect(),
            faults: sequence.faults.iter().map(|fault| fault_area(fault, &grid)).collect(),
            arrows: arrows.map(|arrow| arrows::view(arrow, number_of(arrow.step), &grid)).collect(),
            lines: sequence
                .lines
                .iter()
                .map(|line| line_view(line, number_of(line.step), &sequence.lanes, &grid))
                .collect(),
            marks: marks(sequence, &grid),
            omission: sequence.omission(),
        }
    }
}

/// Labels the rows where time has passed.
fn times(sequence: &Sequence, grid: &Grid) -> Vec<Words> {
    let mut times: Vec<Words> = Vec::new();
    for (row, content) in sequence.rows.iter().enumerate() {
        let text = clock(content.at);
        let is_new = times.last().is_none_or(|last| last.text != text);
        if content.kind == RowKind::Event && is_new {
            times.push(Words { y: grid.middle(row), text });
        }
    }
    times
}

fn idles(sequence: &Sequence, grid: &Grid) -> Vec<Words> {
    let idle = |(row, content): (usize, &super::sequence::Row)| match content.kind {
        RowKind::Idle(idle) => Some(Words { y: grid.middle(row), text: span(idle) }),
        RowKind::Step | RowKind::Event => None,
    };
    sequence.rows.iter().enumerate().filter_map(idle).collect()
}

fn steps(sequence: &Sequence, grid: &Grid) -> Vec<StepArea> {
    let len_max = usize::try_from((MARGIN_WIDTH - 76) / MONO_WIDTH).unwrap_or_default();
    let area = |step: &super::sequence::Step| {
        let mut lines = step.source.lines();
        let first = lines.next().unwrap_or_default();
        let more = if lines.next().is_some() { " …" } else { "" };
        StepArea {
            number: step.number,
            y: grid.top(step.row),
            height: grid.top(step.to) - grid.top(step.row),
            heading: cut(&format!("{first}{more}"), len_max),
            is_note: step.is_note,
            source: format!("line {}\n{}", step.line, step.source),
        }
    };
    sequence.steps.iter().map(area).collect()
}

/// Returns the stretches in which a lane's program runs.
fn alive(sequence: &Sequence, lane: usize, grid: &Grid) -> Vec<(i32, i32)> {
    let mut stretches = Vec::new();
    let mut from = 0;
    let is_off = |band: &&Band| band.lane == lane && band.state != State::Paused;
    for band in sequence.bands.iter().filter(is_off) {
        let (y, end) = extent(band, grid);
        if from < y {
            stretches.push((from, y));
        }
        from = end;
    }
    let bottom = grid.top(sequence.rows.len()) + FOOT;
    stretches.extend((from < bottom).then_some((from, bottom)));
    stretches
}

/// Returns the beginning and the end of a band.
fn extent(band: &Band, grid: &Grid) -> (i32, i32) {
    let y = if band.from == 0 { 0 } else { grid.middle(band.from) };
    let is_last = band.to + 1 >= grid.edges.len();
    (y, if is_last { grid.top(band.to) + FOOT } else { grid.middle(band.to) })
}

/// A dashed lane is enough where a program does not run.
fn band_area(band: &Band, grid: &Grid) -> Option<Area> {
    let (class, text) = match band.state {
        State::NotRunning => return None,
        State::Killed => ("killed", "killed"),
        State::Paused => ("paused", "paused"),
    };
    let (y, end) = extent(band, grid);
    let (x, height, text) = (grid.lane(band.lane) - 6, end - y, text.to_owned());
    let lanes = (band.lane, band.lane);
    Some(Area { class, lanes, x, y, width: 12, height, text })
}

fn fault_area(fault: &FaultBand, grid: &Grid) -> Area {
    const OVERHANG: i32 = 26;
    let (first, last) = fault.lanes;
    let x = grid.lane(first) - OVERHANG;
    let width = grid.lane(last) + OVERHANG - x;
    let y = grid.top(fault.from);
    let letters = usize::try_from((width - 12) / LETTER_WIDTH).unwrap_or_default();
    let text = cut(&fault.name, letters.max(12));
    let (lanes, height) = (fault.lanes, grid.top(fault.to) - y);
    Area { class: "fault", lanes, x, y, width, height, text }
}

fn line_view(
    line: &super::sequence::ScreenLine,
    step: Option<usize>,
    lanes: &[ActorName],
    grid: &Grid,
) -> LineView {
    const ACTORS_MAX: usize = 3;
    let names: Vec<_> = line.actors.iter().map(ToString::to_string).collect();
    let actors = match names.len().checked_sub(ACTORS_MAX) {
        None | Some(0) => names.join(", "),
        Some(_) => format!("{} and {} more", names.first().map_or("", |it| it), names.len() - 1),
    };
    let actors = cut(&actors, 24);
    let room = (MARGIN_WIDTH - 92) / MONO_WIDTH - int(actors.chars().count()) - 3;
    let room = if line.times > 1 { room - 6 } else { room };
    let positions = line.actors.iter();
    let positions = positions.filter_map(|actor| lanes.iter().position(|lane| lane == actor));
    LineView {
        y: grid.middle(line.row),
        step,
        lanes: positions.collect(),
        is_typed: line.is_typed,
        text: cut(&line.text, usize::try_from(room).unwrap_or_default()),
        actors,
        times: (line.times > 1).then_some(line.times),
        whole: format!("{}: {}", names.join(", "), line.text),
    }
}

fn marks(sequence: &Sequence, grid: &Grid) -> Vec<MarkView> {
    let mark = |mark: &super::sequence::Mark| {
        let class = match mark.change {
            None => "timer",
            Some(Change::Started) => "started",
            Some(Change::Ended) => "ended",
            Some(Change::Killed) => "killed",
            Some(Change::Paused) => "paused",
            Some(Change::Resumed) => "resumed",
            Some(Change::Moved(_) | Change::ClockJumped(_) | Change::Disk(_)) => "changed",
        };
        let text = mark.change.map_or_else(|| "a timer fires".to_owned(), |it| it.to_string());
        MarkView { class, lane: mark.lane, text, x: grid.lane(mark.lane), y: grid.middle(mark.row) }
    };
    sequence.marks.iter().map(mark).collect()
}
