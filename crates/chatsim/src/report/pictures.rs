//! Sequence diagrams as files: one for each scenario.

use std::io;
use std::path::PathBuf;

use serde::Serialize;

use super::folder::Folder;
use super::picture::Drawing;
use super::sequence::{Sequence, mermaid};
use super::{Reporter, templates};
use crate::runner::{Event, Recording};

/// Writes the sequence diagram of each scenario that was run to a file of its own in a folder, as
/// soon as the scenario has ended.
///
/// They are complete only if the run keeps the whole trace ([`TraceDepth::Full`]).
///
/// [`TraceDepth::Full`]: crate::runner::TraceDepth::Full
pub struct Pictures {
    folder: Folder,
    language: Language,
}

/// The format of a diagram.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Language {
    Svg,
    Mermaid,
}

/// A diagram that stands alone.
#[derive(Serialize)]
struct Picture<'a> {
    title: &'a str,
    d: Drawing,
}

impl Pictures {
    /// Makes a report that writes `<scenario>.svg` for each scenario.
    pub const fn svg(folder: PathBuf) -> Self {
        Self { folder: Folder::new(folder), language: Language::Svg }
    }

    /// Makes a report that writes `<scenario>.mmd` for each scenario, in the language of Mermaid.
    pub const fn mermaid(folder: PathBuf) -> Self {
        Self { folder: Folder::new(folder), language: Language::Mermaid }
    }
}

impl Reporter for Pictures {
    fn handle(&mut self, event: Event<'_>) -> io::Result<()> {
        let Event::ScenarioFinished { run, recording, .. } = event else {
            return Ok(());
        };
        if !has_run(recording) {
            return Ok(());
        }
        let sequence = Sequence::new(run, recording);
        let title = run.to_string();
        let (ending, text) = match self.language {
            Language::Svg => {
                let picture = Picture { title: &title, d: Drawing::new(&sequence) };
                ("svg", templates::fill("diagram.svg", &picture)?)
            }
            Language::Mermaid => ("mmd", mermaid(&sequence, &title)),
        };
        let name = self.folder.name(run);
        self.folder.write(&format!("{name}.{ending}"), &text)
    }
}

/// Returns whether there is anything to draw.
pub(super) fn has_run(recording: &Recording) -> bool {
    !recording.steps.is_empty() || !recording.trace.is_empty()
}
