//! The verb `run`.

use std::collections::BTreeSet;
use std::env;
use std::io;
use std::io::{IsTerminal as _, Write as _};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use super::arguments::{RunArguments, StageKind};
use super::interruption::{Ending, Interruption, until_interrupted};
use super::progress::Progress;
use super::reports::{ReportFile, Reports};
use super::{Cli, ExitStatus, Problem, build_stage, files, load_cases};
use crate::Guest;
use crate::report::Setting;
use crate::runner::{
    self, Case, Event, Patience, Redaction, RunOptions, TraceDepth, Update, UpdateError, orphans,
};
use crate::scenario::Scenario;
use crate::stage::pty::Pty;
use crate::stage::{Stage, StageError};
use driver::{Clock as _, RealClock};

/// Plays the scenarios that the arguments name; at a Ctrl-C, tells of those played so far.
pub(super) fn run(arguments: RunArguments, cli: Cli) -> Result<ExitStatus, Problem> {
    let ending = until_interrupted(move |interruption| play(&arguments, cli, interruption));
    match ending {
        Ok(Ending::Done(done)) => done,
        Ok(Ending::Interrupted) => Ok(ExitStatus::Interrupted),
        Err(error) => {
            Err(Problem { status: ExitStatus::Environment, text: files::describe(&error) })
        }
    }
}

fn play(
    arguments: &RunArguments,
    cli: Cli,
    interruption: &Interruption,
) -> Result<ExitStatus, Problem> {
    let cases = selected(arguments, load_cases(&arguments.paths, cli)?)?;
    let status = play_cases(arguments, &cases, cli, interruption);
    if !interruption.is_asked() {
        tell_of_orphans(&arguments.paths.paths, &cases);
    }
    status
}

/// Plays those of some scenarios that the arguments select, if any.
pub(super) fn play_some(
    arguments: &RunArguments,
    cases: Vec<Case>,
    cli: Cli,
    interruption: &Interruption,
) -> Result<(), Problem> {
    let cases = selected(arguments, cases)?;
    play_cases(arguments, &cases, cli, interruption).map(|_| ())
}

fn play_cases(
    arguments: &RunArguments,
    cases: &[Case],
    cli: Cli,
    interruption: &Interruption,
) -> Result<ExitStatus, Problem> {
    refuse_real_stages(arguments)?;
    let update = update(arguments)?;
    let programs = arguments.programs.programs(arguments.stage, cli.guest)?;
    let factor = arguments.timeout_factor.unwrap_or(1.0);
    let clock = stopwatch();
    let is_interrupted = || interruption.is_asked();
    let options = options(arguments, update, cli.guest, (&clock, &is_interrupted));
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
        // Real programs are ended first: they would outlive this one.
        if let (Event::RunFinished { .. }, false) = (event, stage == StageKind::Pty) {
            interruption.all_is_told();
        }
    });
    let status = match ExitStatus::from(&summary) {
        _ if interruption.is_asked() => ExitStatus::Interrupted,
        status => status,
    };
    match reports.into_errors() {
        errors if errors.is_empty() => Ok(status),
        errors => Err(Problem { status: status.or_environment(), text: errors.join("\n") }),
    }
}

/// Plays scenarios that have no snapshots on the simulated stage.
pub(super) fn play_generated(
    cases: &[Case],
    cli: Cli,
    interruption: &Interruption,
) -> Result<ExitStatus, Problem> {
    let clock = stopwatch();
    let is_interrupted = || interruption.is_asked();
    let arguments = RunArguments::default();
    let options = options(&arguments, None, cli.guest, (&clock, &is_interrupted));
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
    guest: &dyn Guest,
    (clock, is_interrupted): (&'a (dyn Fn() -> Duration + Sync), &'a (dyn Fn() -> bool + Sync)),
) -> RunOptions<'a> {
    let is_real = arguments.stage != StageKind::Simulated;
    let patience = Patience::real(arguments.timeout_factor.unwrap_or(1.0));
    let at_once = || {
        let cores = thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        cores.saturating_mul(arguments.stage.plays_per_core())
    };
    RunOptions {
        stage: arguments.stage.stage_name(),
        patience: if is_real { patience } else { Patience::SIMULATED },
        seeds: arguments.seeds(),
        update,
        redaction: is_real.then(|| Redaction::real(guest)),
        trace: match arguments.trace {
            true => TraceDepth::Told,
            false if arguments.reports.iter().any(ReportFile::draws) => TraceDepth::Full,
            false => TraceDepth::Latest,
        },
        transcripts: arguments.transcripts.clone(),
        jobs: arguments.jobs.unwrap_or_else(at_once),
        has_real_ports: is_real,
        verifies_determinism: arguments.verify_determinism,
        fails_fast: arguments.fail_fast,
        clock,
        is_interrupted,
    }
}

/// Takes what the arguments select.
fn selected(arguments: &RunArguments, cases: Vec<Case>) -> Result<Vec<Case>, Problem> {
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

/// Refuses to compare two plays where the system has a hand in both.
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
        let path = twice.path.display();
        return Err(Problem::usage(format!("error: two reports would be written to `{path}`\n")));
    }
    Ok(())
}

/// Tells of snapshots in whole folders whose scenario is gone.
fn tell_of_orphans(paths: &[PathBuf], cases: &[Case]) {
    let known = cases.iter().map(|case| case.location.snapshot.as_path()).collect();
    let folder = env::current_dir().unwrap_or_default();
    for path in paths.iter().filter(|path| path.is_dir()) {
        // A folder that cannot be looked into has no notes.
        for orphan in orphans(path, &known).unwrap_or_default() {
            let orphan = orphan.strip_prefix(&folder).unwrap_or(&orphan).display();
            writeln!(io::stderr(), "note: `{orphan}` has no scenario; delete it").ok();
        }
    }
}

/// Decides what becomes of screens that differ from their snapshot. A snapshot is what the
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
    // What is played in part shows only a part of the snapshot.
    Ok(arguments.until.is_none().then_some(update))
}

/// Returns what the environment wants to become of screens that differ.
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
        play: arguments.command(guest),
        accept: is_own.then(|| format!("{} run --accept", guest.hints().command())),
        folder: env::current_dir().unwrap_or_default(),
    }
}

/// Makes a clock that starts now.
pub(crate) fn stopwatch() -> impl Fn() -> Duration {
    let clock = RealClock::start();
    let start = clock.now();
    move || clock.now().since(start)
}
