//! The verb `run`.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fmt::Write as _;
use std::io;
use std::io::{IsTerminal as _, Write as _};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use clap::Args;

use super::exit_status::ExitStatus;
use super::files::{self, PathArguments, load_cases};
use super::interruption::{Ending, Interruption, until_interrupted};
use super::problem::Problem;
use super::programs::ProgramArguments;
use super::progress::Progress;
use super::reports::{Format, ReportFile, Reports};
use super::selection::Selection;
use super::setup::Cli;
use super::stages::{StageKind, build_stage};
use crate::Guest;
use crate::report::{Setting, printable};
use crate::runner::{
    self, Case, Event, Patience, Recording, RunOptions, Seeds, Sometimes, TraceDepth, Update,
    UpdateError, orphans,
};
use crate::scenario::Scenario;
use crate::stage::pty::Pty;
use crate::stage::{Stage, StageError};
use driver::{Clock as _, RealClock};

/// What to run and how.
#[derive(Clone, Debug, Default, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(super) struct RunArguments {
    #[command(flatten)]
    pub(super) paths: PathArguments,
    #[command(flatten)]
    pub(super) selection: Selection,
    /// Where to run the scenarios.
    #[arg(long, value_enum, default_value_t = StageKind::Simulated)]
    pub(super) stage: StageKind,
    /// Run with this seed instead of the scenarios' own (0 where a scenario has none).
    #[arg(long, value_name = "N", conflicts_with = "repeat")]
    pub(super) seed: Option<u64>,
    /// Run each scenario N times with consecutive seeds; the snapshot is compared for the
    /// scenario's own seed only.
    #[arg(long, value_name = "N")]
    pub(super) repeat: Option<NonZeroUsize>,
    /// The first seed of `--repeat`, instead of the scenario's own.
    #[arg(long, value_name = "SEED", requires = "repeat")]
    pub(super) seed_from: Option<u64>,
    /// Stop before the first step after this line of the file, and compare no snapshot.
    #[arg(long, value_name = "LINE")]
    pub(super) until: Option<usize>,
    /// Number of scenarios to run in parallel [default: one per core, or four per core for real
    /// programs, which mostly wait].
    #[arg(long, short, value_name = "N")]
    pub(super) jobs: Option<NonZeroUsize>,
    /// Stop after the first scenario that does not pass.
    #[arg(long)]
    pub(super) fail_fast: bool,
    /// Run each scenario twice with the same seed, and fail if the two traces or screens differ.
    #[arg(long)]
    pub(super) verify_determinism: bool,
    /// Report every datagram, timer and program event as well.
    #[arg(long)]
    pub(super) trace: bool,
    /// The format of standard output.
    #[arg(long, value_enum, default_value_t = Format::Pretty)]
    pub(super) format: Format,
    /// Also write a report; missing parent folders are created. May be repeated: pretty=FILE,
    /// json=FILE, junit=FILE, tap=FILE, html=DIR, svg=DIR, mermaid=DIR.
    #[arg(long = "report", value_name = "FORMAT=PATH")]
    pub(super) reports: Vec<ReportFile>,
    /// Write each screen, as its actor saw it, to `DIR/<scenario>/<actor>.txt`.
    #[arg(long, value_name = "DIR", conflicts_with = "repeat")]
    pub(super) transcripts: Option<PathBuf>,
    /// Accept what the screens show as the new snapshots.
    #[arg(long, conflicts_with_all = ["seed", "repeat", "until"])]
    pub(super) accept: bool,
    /// Re-run scenarios when their files change, until Ctrl-C (exit code 0).
    #[arg(long)]
    pub(super) watch: bool,
    /// Multiply the time to wait for expected lines by FACTOR, on the stages `udp` and `pty`.
    #[arg(long, value_name = "FACTOR", value_parser = parse_factor)]
    pub(super) timeout_factor: Option<f64>,
    #[command(flatten)]
    pub(super) programs: ProgramArguments,
}

impl RunArguments {
    /// Returns the command that accepts what a scenario shows.
    pub(super) fn accepting(file: PathBuf) -> Self {
        Self { paths: PathArguments::one(file), accept: true, ..Self::default() }
    }

    /// Returns the command that runs a scenario of a guest in the same way, without its seed and
    /// path.
    pub(super) fn command(&self, guest: &dyn Guest) -> String {
        let verified = if self.verify_determinism { " --verify-determinism" } else { "" };
        let mut command = format!("{} run{verified}", guest.hints().command());
        let mut push = |option: &str, value: &dyn std::fmt::Display| {
            write!(command, " --{option} {value}").unwrap_or_default();
        };
        if self.stage != StageKind::Simulated {
            push("stage", &self.stage.name());
        }
        for (option, value) in self.programs.options() {
            push(&option, &value);
        }
        if let Some(line) = self.until {
            push("until", &line);
        }
        if let Some(factor) = self.timeout_factor {
            push("timeout-factor", &factor);
        }
        command
    }

    /// Returns the seeds to run with.
    pub(super) fn seeds(&self) -> Seeds {
        match (self.seed, self.repeat) {
            (Some(seed), _) => Seeds::Same(seed),
            (None, Some(count)) => Seeds::Many { from: self.seed_from, count },
            (None, None) => Seeds::Own,
        }
    }
}

fn parse_factor(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(factor) if factor > 0.0 && factor <= 1000.0 => Ok(factor),
        Ok(_) | Err(_) => Err("write a number above 0, at most 1000".to_owned()),
    }
}

/// Runs the scenarios that the arguments name; after Ctrl-C, reports those run so far.
pub(super) fn run(arguments: RunArguments, cli: Cli) -> Result<ExitStatus, Problem> {
    let ending = until_interrupted(move |interruption| run_paths(&arguments, cli, interruption));
    match ending {
        Ok(Ending::Done(done)) => done,
        Ok(Ending::Interrupted) => Ok(ExitStatus::Interrupted),
        Err(error) => {
            Err(Problem { status: ExitStatus::Environment, text: files::describe(&error) })
        }
    }
}

fn run_paths(
    arguments: &RunArguments,
    cli: Cli,
    interruption: &Interruption,
) -> Result<ExitStatus, Problem> {
    let all = load_cases(&arguments.paths, cli)?;
    let cases = selected(arguments, &all)?;
    let mut sometimes = BTreeMap::new();
    let status = run_cases(arguments, &cases, cli, interruption, &mut |event| {
        if let Event::ScenarioFinished { run, recording, .. } = event {
            note_sometimes(&mut sometimes, &run.case.location.name, recording);
        }
    });
    if !interruption.is_asked() {
        report_orphans(&arguments.paths.paths, &all);
        report_sometimes(&sometimes);
    }
    status
}

/// Runs those of some scenarios that the arguments select, if any; `observe` is passed each event.
pub(super) fn run_some(
    arguments: &RunArguments,
    cases: &[Case],
    cli: Cli,
    interruption: &Interruption,
    observe: &mut dyn FnMut(Event<'_>),
) -> Result<(), Problem> {
    let cases = selected(arguments, cases)?;
    run_cases(arguments, &cases, cli, interruption, observe).map(|_| ())
}

fn run_cases(
    arguments: &RunArguments,
    cases: &[Case],
    cli: Cli,
    interruption: &Interruption,
    observe: &mut dyn FnMut(Event<'_>),
) -> Result<ExitStatus, Problem> {
    refuse_real_stages(arguments)?;
    let update = update(arguments)?;
    let programs = arguments.programs.programs(arguments.stage, cli.guest)?;
    let factor = arguments.timeout_factor.unwrap_or(1.0);
    let clock = stopwatch();
    let is_interrupted = || interruption.is_asked();
    let options = options(arguments, update, (&clock, &is_interrupted));
    let setting = setting(arguments, cli.guest);
    let mut reports = Reports::new(arguments.format, &arguments.reports, &setting, cli.color);
    let mut progress = Progress::new(io::stderr().is_terminal().then(io::stderr), &clock);
    let stage = arguments.stage;
    let build_stage = |scenario: &Scenario, seed| -> Result<Box<dyn Stage>, StageError> {
        match stage {
            StageKind::Pty => {
                let stage = Pty::new(scenario, programs.clone(), factor)?;
                Ok(Box::new(stage.interrupted_by(interruption.flag())))
            }
            StageKind::Simulated | StageKind::Udp => build_stage(stage, scenario, seed),
        }
    };
    let summary = runner::run(cases, &options, &build_stage, &mut |event| {
        progress.hide();
        reports.handle(event);
        progress.handle(event);
        observe(event);
        // Real programs are ended first: they would outlive this one.
        if let (Event::RunFinished { .. }, false) = (event, stage == StageKind::Pty) {
            interruption.all_is_written();
        }
    });
    let status =
        if interruption.is_asked() { ExitStatus::Interrupted } else { ExitStatus::from(&summary) };
    match reports.into_errors() {
        errors if errors.is_empty() => Ok(status),
        errors => Err(Problem { status: status.or_environment(), text: errors.join("\n") }),
    }
}

/// Runs scenarios that have no snapshots on the simulated stage.
pub(super) fn run_generated(
    cases: &[Case],
    cli: Cli,
    interruption: &Interruption,
) -> Result<ExitStatus, Problem> {
    let clock = stopwatch();
    let is_interrupted = || interruption.is_asked();
    let arguments = RunArguments::default();
    let options = options(&arguments, None, (&clock, &is_interrupted));
    let setting = Setting { accept: None, ..setting(&arguments, cli.guest) };
    let mut reports = Reports::new(arguments.format, &[], &setting, cli.color);
    let build_stage = |scenario: &Scenario, seed| build_stage(arguments.stage, scenario, seed);
    let summary = runner::run(cases, &options, &build_stage, &mut |event| reports.handle(event));
    let status = ExitStatus::from(&summary);
    match reports.into_errors() {
        errors if errors.is_empty() => Ok(status),
        errors => Err(Problem { status: status.or_environment(), text: errors.join("\n") }),
    }
}

fn options<'a>(
    arguments: &RunArguments,
    update: Option<Update>,
    (clock, is_interrupted): (&'a (dyn Fn() -> Duration + Sync), &'a (dyn Fn() -> bool + Sync)),
) -> RunOptions<'a> {
    let is_real = arguments.stage != StageKind::Simulated;
    let patience = Patience::real(arguments.timeout_factor.unwrap_or(1.0));
    let at_once = || {
        let cores = thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        cores.saturating_mul(arguments.stage.runs_per_core())
    };
    RunOptions {
        stage: arguments.stage.stage_name(),
        patience: if is_real { patience } else { Patience::SIMULATED },
        seeds: arguments.seeds(),
        update,
        trace: match arguments.trace {
            true => TraceDepth::Reported,
            false if arguments.reports.iter().any(ReportFile::draws) => TraceDepth::Full,
            false => TraceDepth::Latest,
        },
        transcripts: arguments.transcripts.clone(),
        jobs: arguments.jobs.unwrap_or_else(at_once),
        is_real,
        verifies_determinism: arguments.verify_determinism,
        fails_fast: arguments.fail_fast,
        clock,
        is_interrupted,
    }
}

/// Selects scenarios as the arguments demand.
fn selected(arguments: &RunArguments, cases: &[Case]) -> Result<Vec<Case>, Problem> {
    let mut cases = arguments.selection.select(cases).map_err(Problem::nothing_matched)?;
    refuse_clashes(arguments, &cases)?;
    if let Some(line) = arguments.until {
        for case in &mut cases {
            case.scenario.steps.retain(|step| step.place.line <= line);
        }
        cases.retain(|case| !case.scenario.steps.is_empty());
        if cases.is_empty() {
            let text = format!("error: no step begins at or before line {line}\n");
            return Err(Problem::nothing_matched(text));
        }
    }
    Ok(cases)
}

/// Refuses to compare two runs on a stage that depends on the operating system.
fn refuse_real_stages(arguments: &RunArguments) -> Result<(), Problem> {
    if arguments.verify_determinism && arguments.stage != StageKind::Simulated {
        let text = "error: only the simulated stage is deterministic: remove `--stage` or \
                    `--verify-determinism`\n";
        return Err(Problem::usage(text.to_owned()));
    }
    Ok(())
}

/// Refuses to write two things to one file.
fn refuse_clashes(arguments: &RunArguments, cases: &[Case]) -> Result<(), Problem> {
    if arguments.transcripts.is_some() {
        let shared = files::shared(cases, "transcripts", |location| &location.name);
        if !shared.is_empty() {
            return Err(Problem::usage(shared.join("\n")));
        }
    }
    let mut paths = BTreeSet::new();
    if let Some(twice) = arguments.reports.iter().find(|report| !paths.insert(&report.path)) {
        let path = files::shown(&twice.path);
        return Err(Problem::usage(format!("error: two reports would be written to `{path}`\n")));
    }
    Ok(())
}

/// What has to happen in some runs of a scenario: its name, and what it is and where, with the
/// number of runs and in how many of them it has happened.
type Happened = BTreeMap<(String, Sometimes), (u64, u64)>;

fn note_sometimes(happened: &mut Happened, scenario: &str, recording: &Recording) {
    for sometimes in &recording.sometimes {
        let key = Sometimes { has_happened: false, ..sometimes.clone() };
        let (runs, times) = happened.entry((scenario.to_owned(), key)).or_default();
        *runs += 1;
        *times += u64::from(sometimes.has_happened);
    }
}

/// Reports what never happened in many runs, so that nothing of the kind was tested.
fn report_sometimes(happened: &Happened) {
    let never = happened.iter().filter(|(_, (runs, times))| *runs > 1 && *times == 0);
    for ((scenario, sometimes), (runs, _)) in never {
        let Sometimes { place: (_, line_number), what, .. } = sometimes;
        let missing = what.missing();
        let (scenario, missing) = (printable(scenario), printable(&missing));
        writeln!(
            io::stderr(),
            "note: in {runs} runs of `{scenario}`, {missing} (line {line_number})"
        )
        .ok();
    }
}

/// Reports snapshots in whole folders whose scenario is gone.
fn report_orphans(paths: &[PathBuf], cases: &[Case]) {
    let folder = env::current_dir().unwrap_or_default();
    for path in paths.iter().filter(|path| path.is_dir()) {
        // For a folder that cannot be read, nothing is reported.
        for orphan in orphans(path, cases).unwrap_or_default() {
            let orphan = files::shown(orphan.strip_prefix(&folder).unwrap_or(&orphan));
            writeln!(io::stderr(), "note: `{orphan}` has no scenario; delete it").ok();
        }
    }
}

/// Decides what to do with screens that differ from their snapshot. A snapshot is what the
/// simulated stage shows with the scenario's own seed, nothing else.
fn update(arguments: &RunArguments) -> Result<Option<Update>, Problem> {
    let is_own = arguments.stage == StageKind::Simulated && arguments.seed.is_none();
    if arguments.accept {
        return if is_own {
            Ok(Some(Update::Accept))
        } else {
            Err(Problem::usage(
                "error: `--accept` works on the simulated stage only; remove `--stage`\n"
                    .to_owned(),
            ))
        };
    }
    let update = wanted_update().map_err(|error| Problem::usage(files::describe(&error)))?;
    let update = if is_own { update } else { Update::Never };
    // A partial run shows only a part of the snapshot.
    Ok(arguments.until.is_none().then_some(update))
}

/// Returns what the environment asks to do with screens that differ.
pub(crate) fn wanted_update() -> Result<Update, UpdateError> {
    let value = env::var_os("INSTA_UPDATE").map(|value| value.to_string_lossy().into_owned());
    Update::from_insta(value.as_deref(), in_ci())
}

/// Returns whether this is continuous integration, as insta does.
fn in_ci() -> bool {
    match env::var_os("CI") {
        Some(value) => value != "false" && value != "0" && !value.is_empty(),
        None => env::var_os("TF_BUILD").is_some(),
    }
}

fn setting(arguments: &RunArguments, guest: &dyn Guest) -> Setting {
    let is_own = arguments.stage == StageKind::Simulated && arguments.seed.is_none();
    Setting {
        stage: arguments.stage.name().to_owned(),
        command: arguments.command(guest),
        accept: is_own.then(|| format!("{} run --accept", guest.hints().command())),
        started_at: RealClock::start().now(),
        folder: env::current_dir().unwrap_or_default(),
    }
}

/// Makes a clock that starts now.
pub(crate) fn stopwatch() -> impl Fn() -> Duration {
    let clock = RealClock::start();
    let start = clock.now();
    move || clock.now().since(start)
}
