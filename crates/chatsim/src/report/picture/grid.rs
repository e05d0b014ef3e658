//! The positions of rows and lanes, in pixels.

use crate::report::sequence::{RowKind, Sequence};

/// The height of the heading of a step, in pixels as all lengths here.
const STEP_HEIGHT: i32 = 30;

/// The height of an idle row.
const IDLE_HEIGHT: i32 = 26;

/// The height of all other rows.
const ROW_HEIGHT: i32 = 19;

/// The width of all lanes together, unless that makes each too narrow or too wide.
const LANES_WIDTH: i32 = 680;

/// The range of the width of a lane.
const LANE_WIDTH: std::ops::RangeInclusive<i32> = 112..=240;

/// The average width of a letter in a label.
pub(super) const LETTER_WIDTH: i32 = 6;

/// The positions of rows and lanes.
pub(super) struct Grid {
    /// The upper edge of each row, and the lower one of the last.
    pub(super) edges: Vec<i32>,
    pub(super) lane_width: i32,
}

impl Grid {
    pub(super) fn new(sequence: &Sequence) -> Self {
        let mut edges = vec![8];
        let mut edge = 8;
        for row in &sequence.rows {
            edge += match row.kind {
                RowKind::Step => STEP_HEIGHT,
                RowKind::Idle(_) => IDLE_HEIGHT,
                RowKind::Event => ROW_HEIGHT,
            };
            edges.push(edge);
        }
        let lanes = int(sequence.lanes.len()).max(1);
        let (min, max) = LANE_WIDTH.into_inner();
        Self { edges, lane_width: (LANES_WIDTH / lanes).clamp(min, max) }
    }

    /// Returns the upper edge of a row, or the lower edge of the last one.
    pub(super) fn top(&self, row: usize) -> i32 {
        self.edges.get(row).or_else(|| self.edges.last()).copied().unwrap_or_default()
    }

    /// Returns the middle of a row.
    pub(super) fn middle(&self, row: usize) -> i32 {
        i32::midpoint(self.top(row), self.top(row + 1))
    }

    /// Returns the position of a lane.
    pub(super) fn lane(&self, lane: usize) -> i32 {
        int(lane) * self.lane_width + self.lane_width / 2
    }
}

/// Converts to a length; numbers that are too large become one that is longer than any picture.
pub(super) fn int(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX / 1024)
}
