//! The settings of a run, for its reports.

use std::path::{Path, PathBuf};

use super::words::quoted;
use crate::runner::{Case, ScenarioRun};
use machine::Timestamp;

/// The settings of a run, for its reports.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Setting {
    /// The stage on which the scenarios run, e.g. `simulated`.
    pub stage: String,
    /// The command that runs a scenario again in the same way, without its seed and path.
    pub command: String,
    /// The command that accepts what a scenario shows, without its path; `None` if this run cannot
    /// be accepted.
    pub accept: Option<String>,
    /// When the run began.
    pub started_at: Timestamp,
    /// Paths below this folder are shown relative to it.
    pub folder: PathBuf,
}

impl Setting {
    /// Returns the command that runs a scenario again in the same way.
    pub(super) fn again(&self, run: ScenarioRun<'_>) -> String {
        let Case { scenario, location } = run.case;
        let seed = (!run.has_own_seed()).then(|| format!("--seed {}", run.seed));
        let filter = (!scenario.combination.pairs().is_empty()).then(|| {
            let name = format!("^{}$", regex::escape(&location.name));
            format!("--filter {}", quoted(Path::new(&name)))
        });
        let options: Vec<_> = std::iter::once(self.command.clone())
            .chain(seed)
            .chain(filter)
            .chain([quoted(&scenario.source.path)])
            .collect();
        options.join(" ")
    }

    /// Returns a path relative to the user's folder, if it is below that.
    pub(super) fn short(&self, path: &Path) -> String {
        let short = path.strip_prefix(&self.folder).unwrap_or(path);
        short.display().to_string()
    }
}
