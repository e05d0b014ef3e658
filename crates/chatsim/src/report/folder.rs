//! Reports that are a folder of files.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;

use crate::runner::{ScenarioRun, replace_file};

/// A folder that a report is written to. Other files in it are kept.
pub(super) struct Folder {
    path: PathBuf,
    /// How often each name was used.
    names: BTreeMap<String, usize>,
}

impl Folder {
    pub(super) const fn new(path: PathBuf) -> Self {
        Self { path, names: BTreeMap::new() }
    }

    /// Returns the file name of a run, without its extension: the scenario's name, made unique.
    pub(super) fn name(&mut self, run: ScenarioRun<'_>) -> String {
        let mut name = run.case.location.name.clone();
        if !run.has_own_seed() {
            name.extend(["-seed-", &run.seed.to_string()]);
        }
        let times = self.names.entry(name.clone()).or_default();
        *times += 1;
        if *times > 1 {
            name.extend(["~", &times.to_string()]);
        }
        name
    }

    /// Writes a file atomically.
    pub(super) fn write(&self, file: &str, contents: &str) -> io::Result<()> {
        replace_file(&self.path.join(file), contents.as_bytes())
    }
}
