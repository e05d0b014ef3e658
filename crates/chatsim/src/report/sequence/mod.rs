//! What happened in a play as a sequence diagram, whatever it is drawn with: lanes, rows, and what
//! stands where.
//!
//! A picture goes one way: `Recording` --`sequence`--> lanes, rows, arrows --`picture`--> lengths
//! --`templates`--> SVG. Mermaid is written from `sequence` as well. The templates escape whatever
//! is put into them.

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

use crate::runner::{Play, Recording};

pub(super) use diagram::{
    Arrow, Band, FaultBand, Mark, Row, RowKind, ScreenLine, Sequence, State, Step,
};
pub(super) use mermaid::mermaid;
pub(super) use naming::fault_name;

impl Sequence {
    /// Makes the diagram of a play.
    pub(super) fn new(play: Play<'_>, recording: &Recording) -> Self {
        layout::lay_out(play, recording, &moments::moments(play, recording))
    }
}
