//! Scenarios within a test.
//!
//! ```no_run
//! use chatsim::Guest;
//! use chatsim::suite::Suite;
//!
//! fn run_all(my_programs: &'static dyn Guest) {
//!     Suite::new(my_programs, "scenarios").assert();
//! }
//! ```

use std::env;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::thread;

use anstream::StripStream;
use regex::Regex;

use crate::Guest;
use crate::cli::{StageKind, build_stage, find, load_case, stopwatch, wanted_update};
use crate::report::{Pretty, Reporter, Setting};
use crate::runner::{self, Case, Patience, RunOptions, Seeds, TraceDepth, Update};
use crate::scenario::Scenario;
use crate::stage::pty::{Programs, Pty};
use crate::stage::{Stage, StageError};
use driver::{Clock as _, RealClock};

#[cfg(feature = "libtest")]
mod libtest;

/// Opens a report for a run.
type OpenReport = Box<dyn Fn() -> std::io::Result<Box<dyn Reporter>> + Send + Sync>;

/// The scenarios of a folder, as a test runs them: on the simulated stage, each with its own seed,
/// twice with the same result, and compared with its snapshot.
pub struct Suite {
    guest: &'static dyn Guest,
    path: PathBuf,
    stages: Vec<StageKind>,
    filter: Option<Regex>,
    seeds: Seeds,
    jobs: Option<NonZeroUsize>,
    programs: Option<Programs>,
    reports: Vec<OpenReport>,
}

impl Suite {
    /// Runs the scenario of a file, or those of a folder (`.yaml` and `.yml` files at any depth),
    /// with the programs of a guest. A relative path starts where the test runs, which is the
    /// folder of its package.
    pub fn new(guest: &'static dyn Guest, path: impl Into<PathBuf>) -> Self {
        Self {
            guest,
            path: path.into(),
            stages: vec![StageKind::Simulated],
            filter: None,
            seeds: Seeds::Own,
            jobs: None,
            programs: None,
            reports: Vec::new(),
        }
    }

    /// Runs on these stages, one after the other, instead of the simulated one alone. Screens of
    /// real stages are compared with times and ports left out, and nothing is written.
    #[must_use]
    pub fn on(mut self, stages: &[StageKind]) -> Self {
        self.stages = stages.to_vec();
        self
    }

    /// Runs only scenarios whose names match a regular expression.
    ///
    /// # Panics
    ///
    /// The text is not a regular expression.
    #[must_use]
    #[expect(clippy::panic, reason = "a test that is written wrongly fails by panicking")]
    #[track_caller]
    pub fn filter(mut self, pattern: &str) -> Self {
        match Regex::new(pattern) {
            Ok(pattern) => self.filter = Some(pattern),
            Err(error) => panic!("`{pattern}` is not a regular expression: {error}"),
        }
        self
    }

    /// Runs with these seeds instead of the scenarios' own. Snapshots are compared for a scenario's
    /// own seed only.
    #[must_use]
    pub fn seeds(self, seeds: Seeds) -> Self {
        Self { seeds, ..self }
    }

    /// Runs this many scenarios at the same time [default: one for each core].
    #[must_use]
    pub fn jobs(self, jobs: NonZeroUsize) -> Self {
        Self { jobs: Some(jobs), ..self }
    }

    /// Runs these programs on the stage of terminals, instead of the guest's own.
    #[must_use]
    pub fn programs(self, programs: Programs) -> Self {
        Self { programs: Some(programs), ..self }
    }

    /// Also writes a report: `open` makes one for each stage, e.g. a
    /// [`Junit`](crate::report::Junit) for a new file.
    #[must_use]
    pub fn report<R: Reporter + 'static>(
        mut self,
        open: impl Fn() -> std::io::Result<R> + Send + Sync + 'static,
    ) -> Self {
        self.reports.push(Box::new(move || Ok(Box::new(open()?))));
        self
    }

    /// Runs all scenarios, and returns the report.
    ///
    /// # Errors
    ///
    /// A scenario did not pass; the error is the report. Or nothing could be run: a file is not a
    /// scenario, or there is none.
    pub fn run(&self) -> Result<String, String> {
        let cases = self.cases()?;
        let update = wanted_update().map_err(|error| error.to_string())?;
        let mut report = String::new();
        let mut is_good = true;
        for stage in &self.stages {
            let update = if *stage == StageKind::Simulated { update } else { Update::Never };
            let done = self.run_on(*stage, &cases, Some(update))?;
            is_good &= done.is_good;
            report.push_str(&done.report);
        }
        if is_good { Ok(report) } else { Err(report) }
    }

    /// Runs all scenarios.
    ///
    /// # Panics
    ///
    /// A scenario did not pass, or nothing could be run. The panic message is the report.
    #[track_caller]
    #[expect(clippy::panic, reason = "a test fails by panicking")]
    pub fn assert(&self) {
        if let Err(report) = self.run() {
            panic!("\n{report}");
        }
    }

    fn run_on(
        &self,
        stage: StageKind,
        cases: &[Case],
        update: Option<Update>,
    ) -> Result<StageReport, String> {
        let is_real = stage != StageKind::Simulated;
        let clock = stopwatch();
        let cores = || thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        let options = RunOptions {
            stage: stage.stage_name(),
            patience: if is_real { Patience::real(1.0) } else { Patience::SIMULATED },
            seeds: self.seeds,
            update,
            trace: TraceDepth::Latest,
            transcripts: None,
            jobs: self.jobs.unwrap_or_else(cores),
            is_real,
            verifies_determinism: !is_real,
            fails_fast: false,
            clock: &clock,
            is_interrupted: &|| false,
        };
        let build_stage = |scenario: &Scenario, seed| self.build_stage(stage, scenario, seed);
        let mut pretty = Pretty::new(StripStream::new(Vec::new()), setting(stage));
        let mut reports = Vec::new();
        for open in &self.reports {
            reports.push(open().map_err(|error| error.to_string())?);
        }
        let mut written: std::io::Result<()> = Ok(());
        let summary = runner::run(cases, &options, &build_stage, &mut |event| {
            if written.is_ok() {
                written = pretty
                    .handle(event)
                    .and_then(|()| reports.iter_mut().try_for_each(|report| report.handle(event)));
            }
        });
        written.map_err(|error| error.to_string())?;
        let report = String::from_utf8_lossy(&pretty.into_inner().into_inner()).into_owned();
        let good = summary.passed + summary.failed_as_expected + summary.skipped;
        Ok(StageReport { is_good: good == summary.total(), report })
    }

    fn build_stage(
        &self,
        stage: StageKind,
        scenario: &Scenario,
        seed: u64,
    ) -> Result<Box<dyn Stage>, StageError> {
        match (stage, &self.programs) {
            (StageKind::Pty, Some(programs)) => {
                Ok(Box::new(Pty::new(scenario, programs.clone(), 1.0)?))
            }
            (StageKind::Simulated | StageKind::Udp, _) | (StageKind::Pty, None) => {
                build_stage(stage, scenario, seed)
            }
        }
    }

    fn cases(&self) -> Result<Vec<Case>, String> {
        let paths = find(std::slice::from_ref(&self.path)).map_err(|errors| {
            let errors: Vec<_> = errors.iter().map(ToString::to_string).collect();
            errors.join("\n")
        })?;
        let loaded: Vec<_> = paths.iter().map(|path| load_case(path, self.guest, false)).collect();
        let mistakes: Vec<_> = loaded.iter().filter_map(|it| it.as_ref().err().cloned()).collect();
        if !mistakes.is_empty() {
            return Err(mistakes.join("\n"));
        }
        let path = self.path.display();
        if paths.is_empty() {
            return Err(format!("`{path}` has no scenario: put a `.yaml` file there"));
        }
        let mut cases: Vec<_> = loaded.into_iter().flatten().flatten().collect();
        if let Some(filter) = &self.filter {
            cases.retain(|case| filter.is_match(&case.location.name));
            if cases.is_empty() {
                return Err(format!(
                    "no scenario in `{path}` matches `{filter}`: change the filter"
                ));
            }
        }
        Ok(cases)
    }
}

/// The results of a run.
struct StageReport {
    is_good: bool,
    report: String,
}

fn setting(stage: StageKind) -> Setting {
    Setting {
        stage: stage.stage_name().name().to_owned(),
        command: "cargo test  # runs".to_owned(),
        accept: (stage == StageKind::Simulated)
            .then(|| "INSTA_UPDATE=always cargo test  # takes".to_owned()),
        started_at: RealClock::start().now(),
        folder: env::current_dir().unwrap_or_default(),
    }
}
