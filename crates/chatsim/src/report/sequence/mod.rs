//! A run as a sequence diagram, independent of how it is drawn: lanes, rows, and what is in them.
//!
//! Data flows one way: `Recording` --`sequence`--> lanes, rows, arrows --`picture`--> lengths
//! --`templates`--> SVG. Mermaid is also written from `sequence`. The templates escape everything
//! that they contain.

mod details;
mod diagram;
mod excerpt;
mod layout;
mod mermaid;
mod moments;
mod naming;
mod quiet;
mod rows;
#[cfg(test)]
mod tests;

use crate::runner::{Recording, ScenarioRun};

pub(super) use diagram::{
    Arrow, Band, FaultBand, Mark, Row, RowKind, ScreenLine, Sequence, State, Step,
};
pub(super) use mermaid::mermaid;
pub(super) use naming::fault_name;

impl Sequence {
    /// Makes the diagram of a run.
    pub(super) fn new(run: ScenarioRun<'_>, recording: &Recording) -> Self {
        layout::lay_out(run, recording, &moments::moments(run, recording))
    }
}
