//! Allocates rows: from the top, and for each lane one after the other.

use std::collections::BTreeSet;
use std::time::Duration;

use super::diagram::{Row, RowKind};

/// The rows so far, and which of them are free.
///
/// Simultaneous events form a block of rows, in which each lane has rows of its own.
#[derive(Debug, Default)]
pub(super) struct Rows {
    /// The current time since the beginning.
    pub(super) at: Duration,
    /// The rows so far.
    pub(super) all: Vec<Row>,
    lanes: Vec<Place>,
    /// The first free row beside the lanes.
    column: usize,
}

/// The next position on a lane.
#[derive(Clone, Debug, Default)]
struct Place {
    /// The first free row of this block.
    free: usize,
    /// What is in the row before, if others may join it.
    crowd: Option<Crowd>,
}

/// Datagrams that are sent together, or arrive together.
#[derive(Clone, Debug)]
struct Crowd {
    row: usize,
    sets_out: bool,
    /// The lanes at their other ends.
    others: BTreeSet<usize>,
    /// The arrows that are sent.
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

    /// Starts a new block below all rows.
    pub(super) fn open_block(&mut self) {
        let free = self.all.len();
        self.lanes.fill(Place { free, crowd: None });
        self.column = free;
    }

    /// Makes sure that a row exists.
    pub(super) fn reach(&mut self, row: usize) {
        while self.all.len() <= row {
            self.push(RowKind::Event);
        }
    }

    /// Allocates the next row beside the lanes.
    pub(super) fn take_beside(&mut self) -> usize {
        let row = self.column;
        self.column += 1;
        self.reach(row);
        row
    }

    /// Returns the next row of a lane, without allocating it.
    pub(super) fn next(&mut self, lane: usize) -> usize {
        let row = self.lanes.get(lane).map_or(0, |place| place.free);
        self.reach(row);
        row
    }

    /// Allocates one row on all lanes from the first to the last.
    pub(super) fn take_across(&mut self, (first, last): (usize, usize)) -> usize {
        let lanes = self.lanes.get(first..=last).unwrap_or_default();
        let row = lanes.iter().map(|place| place.free).max().unwrap_or_default();
        for lane in first..=last {
            self.take(lane, row);
        }
        row
    }

    /// Allocates the next row of a lane, not above `row_min`.
    pub(super) fn take(&mut self, lane: usize, row_min: usize) -> usize {
        let Some(place) = self.lanes.get_mut(lane) else {
            return row_min;
        };
        let row = place.free.max(row_min);
        *place = Place { free: row + 1, crowd: None };
        self.reach(row);
        row
    }

    /// Allocates a row for an arrow that is sent; also returns all arrows that share it.
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

    /// Allocates a row for an arrow that arrives.
    pub(super) fn come_in(&mut self, lane: usize, from: usize, row_min: usize) -> usize {
        self.join_or_take(lane, Some(from), row_min, false)
    }

    /// Joins the row before, if all arrows there are also sent (or arriving), to (or from) other
    /// lanes; otherwise allocates the next one.
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
