//! Hands out rows: from the top, and for each lane one after the other.

use std::collections::BTreeSet;
use std::time::Duration;

use super::diagram::{Row, RowKind};

/// The rows so far, and which of them are free.
///
/// What happens at the same time is a block of rows, in which each lane has rows of its own.
#[derive(Debug, Default)]
pub(super) struct Rows {
    /// How long after the beginning it is.
    pub(super) at: Duration,
    /// The rows so far.
    pub(super) all: Vec<Row>,
    lanes: Vec<Place>,
    /// The first row that is free beside the lanes.
    column: usize,
}

/// Where the next thing on a lane goes.
#[derive(Clone, Debug, Default)]
struct Place {
    /// The first row that is free, in this block.
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
    /// The arrows that set out.
    arrows: Vec<usize>,
}

impl Rows {
    pub(super) fn new(lanes: usize) -> Self {
        Self { lanes: vec![Place::default(); lanes], ..Self::default() }
    }

    /// Adds a row that is not for a lane.
    pub(super) fn push(&mut self, kind: RowKind) {
        self.all.push(Row { at: self.at, kind });
    }

    /// Begins a new block below all rows.
    pub(super) fn open_block(&mut self) {
        let free = self.all.len();
        self.lanes.fill(Place { free, crowd: None });
        self.column = free;
    }

    /// Makes sure that there is a row.
    pub(super) fn reach(&mut self, row: usize) {
        while self.all.len() <= row {
            self.push(RowKind::Event);
        }
    }

    /// Takes the next row beside the lanes.
    pub(super) fn take_beside(&mut self) -> usize {
        let row = self.column;
        self.column += 1;
        self.reach(row);
        row
    }

    /// Returns the next row of a lane, without taking it.
    pub(super) fn next(&mut self, lane: usize) -> usize {
        let row = self.lanes.get(lane).map_or(0, |place| place.free);
        self.reach(row);
        row
    }

    /// Takes a row of all lanes from the first to the last.
    pub(super) fn take_across(&mut self, (first, last): (usize, usize)) -> usize {
        let lanes = self.lanes.get(first..=last).unwrap_or_default();
        let row = lanes.iter().map(|place| place.free).max().unwrap_or_default();
        for lane in first..=last {
            self.take(lane, row);
        }
        row
    }

    /// Takes the next row of a lane, not above `row_min`.
    pub(super) fn take(&mut self, lane: usize, row_min: usize) -> usize {
        let Some(place) = self.lanes.get_mut(lane) else {
            return row_min;
        };
        let row = place.free.max(row_min);
        *place = Place { free: row + 1, crowd: None };
        self.reach(row);
        row
    }

    /// Takes a row for an arrow that sets out, and tells which arrows share it.
    pub(super) fn set_out(
        &mut self,
        lane: usize,
        to: Option<usize>,
        arrow: usize,
    ) -> (usize, Vec<usize>) {
        let row = self.join_or_take(lane, to, 0, true);
        let crowd = self.lanes.get_mut(lane).and_then(|place| place.crowd.as_mut());
        let arrows = crowd.map(|crowd| {
            crowd.arrows.push(arrow);
            crowd.arrows.clone()
        });
        (row, arrows.unwrap_or_default())
    }

    /// Takes a row for an arrow that comes in.
    pub(super) fn come_in(&mut self, lane: usize, from: usize, row_min: usize) -> usize {
        self.join_or_take(lane, Some(from), row_min, false)
    }

    /// Takes the row before, if that has only others that set out (or come in) as well, to (or
    /// from) other lanes; else the next one.
    fn join_or_take(
        &mut self,
        lane: usize,
        other: Option<usize>,
        row_min: usize,
        sets_out: bool,
    ) -> usize {
        let crowd = self.lanes.get_mut(lane).and_then(|place| place.crowd.as_mut());
        if let (Some(crowd), Some(other)) = (crowd, other)
            && crowd.sets_out == sets_out
            && crowd.row >= row_min
            && crowd.others.insert(other)
        {
            return crowd.row;
        }
        let row = self.take(lane, row_min);
        if let (Some(place), Some(other)) = (self.lanes.get_mut(lane), other) {
            let others = BTreeSet::from([other]);
            place.crowd = Some(Crowd { row, sets_out, others, arrows: Vec::new() });
        }
        row
    }
}
