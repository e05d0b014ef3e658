//! A suite as a test program of its own: one test for each scenario.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Failed, Trial};

use super::Suite;
use crate::cli::{StageKind, find, wanted_update};
use crate::report::escaped;
use crate::runner::{Case, Location, Update};

/// The number of scenarios that run at the same time unless the command line sets it.
const RUNS_AT_ONCE: usize = 8;

impl Suite {
    /// Runs the suite as a test program: each scenario is a test of its own on each stage,
    /// `simulated::NAME`, and takes the options of Rust's test programs (`--list`, `--exact`,
    /// `--test-threads` and so on). In `Cargo.toml` the test needs `harness = false`.
    ///
    /// Two more tests check that there are scenarios, and that each snapshot belongs to one.
    pub fn main(self) -> ExitCode {
        let mut arguments = Arguments::from_args();
        // Real programs mostly wait.
        arguments.test_threads.get_or_insert(RUNS_AT_ONCE);
        let suite = Arc::new(Self { jobs: Some(NonZeroUsize::MIN), ..self });
        let mut trials = Vec::new();
        match suite.cases() {
            Ok(cases) => {
                let snapshots = suite.clone();
                let owned: BTreeSet<_> =
                    cases.iter().map(|case| case.location.snapshot.clone()).collect();
                trials.push(Trial::test("snapshots::none_is_orphaned", move || {
                    snapshots.none_is_orphaned(&owned)
                }));
                for stage in &suite.stages {
                    trials.extend(cases.iter().map(|case| suite.trial(*stage, case.clone())));
                }
            }
            Err(error) => {
                trials.push(Trial::test("scenarios::all_can_be_read", || Err(error.into())));
            }
        }
        libtest_mimic::run(&arguments, trials).exit_code()
    }

    fn trial(self: &Arc<Self>, stage: StageKind, case: Case) -> Trial {
        let name = case.location.name.replace('/', "::");
        let suite = Arc::clone(self);
        Trial::test(format!("{}::{name}", stage.name()), move || {
            let update = match stage {
                StageKind::Simulated => wanted_update()?,
                StageKind::Udp | StageKind::Pty => Update::Never,
            };
            let done = suite.run_on(stage, std::slice::from_ref(&case), Some(update))?;
            if done.is_good { Ok(()) } else { Err(done.report.into()) }
        })
    }

    /// Every snapshot belongs to a scenario: a renamed scenario leaves nothing behind.
    fn none_is_orphaned(&self, owned: &BTreeSet<PathBuf>) -> Result<(), Failed> {
        if self.filter.is_some() || !self.path.is_dir() {
            return Ok(());
        }
        // Every file of the folder counts, not only those that are run here.
        let files = find(std::slice::from_ref(&self.path)).unwrap_or_default();
        let own = files.iter().filter_map(|file| Some(Location::of(file).ok()?.snapshot));
        let owned: BTreeSet<_> = owned.iter().cloned().chain(own).collect();
        let mut snapshots = Vec::new();
        let folder = Location::snapshots_of(&self.path)?;
        if folder.exists() {
            list_snapshots(&folder.canonicalize()?, &mut snapshots)?;
        }
        let orphans = snapshots.iter().filter(|path| !owned.contains(*path));
        let orphans: Vec<_> = orphans
            .map(|path| path.display().to_string())
            .map(|path| format!("`{}` has no scenario: delete it", escaped(&path)))
            .collect();
        if orphans.is_empty() { Ok(()) } else { Err(orphans.join("\n").into()) }
    }
}

fn list_snapshots(folder: &Path, found: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in folder.read_dir()? {
        let path = entry?.path();
        if path.is_dir() {
            list_snapshots(&path, found)?;
        } else if path.extension() == Some(OsStr::new("snap")) {
            found.push(path);
        }
    }
    Ok(())
}
