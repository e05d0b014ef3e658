//! What holds for a whole run.

use std::path::{Path, PathBuf};

use super::words::quoted;
use crate::runner::Play;

/// What a report says about the run as a whole.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Setting {
    /// Where the scenarios play: `simulated`, say.
    pub stage: String,
    /// The command that plays a scenario again in the same way, without its seed and path.
    pub play: String,
    /// The command that accepts what a scenario shows, without its path; `None` when that is
    /// not what the run showed.
    pub accept: Option<String>,
    /// Paths below this folder are shown relative to it.
    pub folder: PathBuf,
}

impl Setting {
    /// Writes the command that plays a scenario again in the same way.
    pub(super) fn again(&self, play: Play<'_>) -> String {
        let (command, path) = (&self.play, quoted(&play.case.scenario.source.path));
        if play.has_own_seed() {
            format!("{command} {path}")
        } else {
            format!("{command} --seed {} {path}", play.seed)
        }
    }

    /// Writes a path relative to the user's folder, if it lies below.
    pub(super) fn short(&self, path: &Path) -> String {
        let short = path.strip_prefix(&self.folder).unwrap_or(path);
        short.display().to_string()
    }
}
