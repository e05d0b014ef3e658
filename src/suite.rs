#![doc = include_str!("../docs/library.md")]

use std::env;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::thread;

use anstream::StripStream;

use crate::cli::chatsim::{find, load, stopwatch, wanted_update};
use crate::network::Conditions;
use crate::report::{Pretty, Reporter as _, Setting};
use crate::runner::{self, Case, Patience, RunOptions, Seeds, TraceDepth};
use crate::scenario::{Scenario, StageName};
use crate::stage::actors::{self, Factory};
use crate::stage::simulated::Simulated;
use crate::stage::{Stage, StageError};

/// The scenarios of a folder, as a test plays them: on the simulated stage, each with its own seed.
#[derive(Clone, Debug)]
pub struct Suite {
    path: PathBuf,
    machines: Option<Factory>,
}

impl Suite {
    /// Names a scenario file, or a folder with `.yaml` and `.yml` files at any depth. A relative
    /// path is looked for where the test runs, which is the package's folder.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), machines: None }
    }

    /// Lets machines of one's own play instead of those of the chat.
    #[must_use]
    pub fn machines(self, machines: Factory) -> Self {
        Self { machines: Some(machines), ..self }
    }

    /// Plays all scenarios, and gives the report.
    ///
    /// # Errors
    ///
    /// Not everything is as it should be: the report says what. Or nothing could be played: a file
    /// is no scenario, or there is none.
    pub fn play(&self) -> Result<String, String> {
        let cases = self.cases()?;
        let update = wanted_update().map_err(|error| error.to_string())?;
        let clock = stopwatch();
        let options = RunOptions {
            stage: StageName::Simulated,
            patience: Patience::SIMULATED,
            seeds: Seeds::Own,
            update: Some(update),
            redaction: None,
            trace: TraceDepth::Latest,
            transcripts: None,
            jobs: thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
            has_real_ports: false,
            verifies_determinism: true,
            fails_fast: false,
            clock: &clock,
            is_interrupted: &|| false,
        };
        let factory = self.machines.unwrap_or(actors::build);
        let build_stage = |scenario: &Scenario, seed| -> Result<Box<dyn Stage>, StageError> {
            Ok(Box::new(Simulated::with(scenario, seed, Conditions::GOOD, factory)))
        };
        let mut pretty = Pretty::new(StripStream::new(Vec::new()), self.setting());
        let mut written = Ok(());
        let summary = runner::run(&cases, &options, &build_stage, &mut |event| {
            if written.is_ok() {
                written = pretty.handle(event);
            }
        });
        written.map_err(|error| error.to_string())?;
        let report = String::from_utf8_lossy(&pretty.into_inner().into_inner()).into_owned();
        let good = summary.passed + summary.failed_as_expected + summary.skipped;
        if good == summary.total() { Ok(report) } else { Err(report) }
    }

    /// Plays all scenarios.
    ///
    /// # Panics
    ///
    /// Not everything is as it should be. The panic says what.
    #[track_caller]
    pub fn assert(&self) {
        if let Err(report) = self.play() {
            panic!("\n{report}");
        }
    }

    fn cases(&self) -> Result<Vec<Case>, String> {
        let paths = find(std::slice::from_ref(&self.path)).map_err(|errors| {
            let errors: Vec<_> = errors.iter().map(ToString::to_string).collect();
            errors.join("\n")
        })?;
        let loaded: Vec<_> = paths.iter().map(|path| load(path, false)).collect();
        let mistakes: Vec<_> = loaded.iter().filter_map(|it| it.as_ref().err().cloned()).collect();
        if !mistakes.is_empty() {
            return Err(mistakes.join("\n"));
        }
        if paths.is_empty() {
            let path = self.path.display();
            return Err(format!("`{path}` has no scenario: put a `.yaml` file there"));
        }
        Ok(loaded.into_iter().flatten().flatten().collect())
    }

    fn setting(&self) -> Setting {
        let (play, accept) = match self.machines {
            None => ("chatsim run", "chatsim run --accept"),
            // `chatsim` knows no machines but the chat's.
            Some(_) => ("cargo test  # plays", "INSTA_UPDATE=always cargo test  # takes"),
        };
        Setting {
            stage: StageName::Simulated.name().to_owned(),
            play: play.to_owned(),
            accept: Some(accept.to_owned()),
            folder: env::current_dir().unwrap_or_default(),
        }
    }
}
