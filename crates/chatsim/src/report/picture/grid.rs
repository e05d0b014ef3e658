//! Where rows and lanes are, in pixels.

use crate::report::sequence::{RowKind, Sequence};

/// How high the row of a step's heading is, in pixels as all lengths here.
const STEP_HEIGHT: i32 = 30;

/// How high the row of an idle time is.
const IDLE_HEIGHT: i32 = 26;

/// How high all other rows are.
const ROW_HEIGHT: i32 = 19;

/// How wide all lanes are together, if each is not too narrow or too wide then.
const LANES_WIDTH: i32 = 680;

/// How wide a lane may be.
const LANE_WIDTH: std::ops::RangeInclusive<i32> = 112..=240;

/// How wide a letter of a label is, on average.
pub(super) const LETTER_WIDTH: i32 = 6;

/// Where rows and lanes are.
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

    /// Returns where a row begins, or where the last one ends.
    pub(super) fn top(&self, row: usize) -> i32 {
        self.edges.get(row).or_else(|| self.edges.last()).copied().unwrap_or_default()
    }

    /// Returns where the middle of a row is.
    pub(super) fn middle(&self, row: usize) -> i32 {
        i32::midpoint(self.top(row), self.top(row + 1))
    }

    /// Returns where a lane is.
    pub(super) fn lane(&self, lane: usize) -> i32 {
        int(lane) * self.lane_width + self.lane_width / 2
    }
}

/// Lengths beyond all screens are as good as the longest.
pub(super) fn int(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX / 1024)
}
