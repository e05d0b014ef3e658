//! The verbs `fuzz` and `shrink`.

use std::fmt::Write as _;
use std::io::{self, IsTerminal as _, Write as _};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use clap::{Args, ValueEnum};
use serde_json::json;

use super::exit_status::ExitStatus;
use super::files;
use super::interruption::{Ending, Interruption, until_interrupted};
use super::problem::{Problem, unless_closed};
use super::run;
use super::setup::Cli;
#[cfg(unix)]
use super::supervise::{self, Supervised};
use crate::Guest;
use crate::fuzz::{self, Campaign, Coverage, Found, Shrunk, Tally, Way, Workload};
use crate::report::{escaped, printable};
use crate::runner::{Case, Location, replace_file};
use crate::scenario::{Includes, Script, Source, formatted, parse};

/// Runs without `--runs` and `--seconds`.
const RUNS: usize = 1_000;

/// How often the progress line is redrawn.
const PROGRESS_EVERY: Duration = Duration::from_millis(250);

/// Returns to the beginning of the line and clears it.
const EMPTY_LINE: &str = "\r\u{1b}[2K";

pub(super) const SHRINK_EXIT_CODES: &str = "\
Exit codes:
    0  the shrunk scenario was written
    2  the command line or the scenario file is invalid
    3  the environment refused (e.g. the disk is full)
    4  the scenario does not fail";

/// What to generate and how to run it.
#[derive(Clone, Debug, Args)]
pub(super) struct FuzzArguments {
    /// Try the crash points of this scenario instead of generated ones.
    #[arg(value_name = "FILE", requires = "crash_points")]
    file: Option<PathBuf>,
    /// Number of scenarios to run [default: 1000, or as many as `--seconds` allows].
    #[arg(long, value_name = "N")]
    runs: Option<usize>,
    /// The seed of the first scenario; each following one has the next seed.
    #[arg(long, value_name = "SEED", default_value_t = 0)]
    seed_from: u64,
    /// Start no more scenarios after N seconds.
    #[arg(long, value_name = "N")]
    seconds: Option<u64>,
    /// Run each scenario twice for each write of each program: the program is killed before that
    /// write is stored, and after it.
    #[arg(long)]
    crash_points: bool,
    /// Stop at the first scenario that fails.
    #[arg(long)]
    fail_fast: bool,
    /// Number of scenarios to run in parallel [default: one per core].
    #[arg(long, short, value_name = "N")]
    jobs: Option<NonZeroUsize>,
    /// The format of standard output.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Write the first failure, shrunk, to this folder.
    #[arg(long, value_name = "DIR", default_value = ".")]
    out: PathBuf,
    /// Run only the scenario of this seed, and report it as `run` does.
    #[arg(long, value_name = "SEED", conflicts_with_all = ["runs", "seconds", "crash_points"])]
    replay: Option<u64>,
    /// Write the replayed scenario to a file.
    #[arg(long, value_name = "FILE", requires = "replay")]
    write: Option<PathBuf>,
}

/// What to shrink.
#[derive(Clone, Debug, Args)]
pub(super) struct ShrinkArguments {
    /// A scenario that fails.
    #[arg(required_unless_present = "seed")]
    file: Option<PathBuf>,
    /// The generated scenario of this seed, instead of a file.
    #[arg(long, value_name = "SEED", conflicts_with = "file")]
    seed: Option<u64>,
    /// Write the shrunk scenario to this file [default: FILE.small.yaml, or fuzz-SEED.yaml].
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// The format of a summary.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// A JSON object.
    Json,
}

/// Generates scenarios and runs them; after Ctrl-C, reports those run so far.
pub(super) fn fuzz(arguments: FuzzArguments, cli: Cli) -> Result<ExitStatus, Problem> {
    let ending = until_interrupted(move |interruption| match arguments.replay {
        Some(seed) => replay(seed, arguments.write.as_deref(), cli, interruption),
        #[cfg(unix)]
        None if !supervise::is_child() && arguments.file.is_none() => {
            match supervise::supervise(interruption)? {
                Supervised::Reported(status) => Ok(status),
                Supervised::Died { seeds, reason } => {
                    report_death(&arguments, &seeds, &reason, cli.guest)?;
                    interruption.all_is_written();
                    Ok(ExitStatus::Failed)
                }
            }
        }
        None => search(&arguments, cli, interruption),
    });
    match ending.map_err(|error| Problem::environment(files::describe(&error)))? {
        Ending::Done(done) => done,
        Ending::Interrupted => Ok(ExitStatus::Interrupted),
    }
}

/// Reports the seeds of which one has ended a campaign.
#[cfg(unix)]
fn report_death(
    arguments: &FuzzArguments,
    seeds: &[u64],
    reason: &str,
    guest: &dyn Guest,
) -> Result<(), Problem> {
    let text = match arguments.format {
        Format::Json => format!("{}\n", json!({ "failed": 1, "reason": reason, "seeds": seeds })),
        Format::Text => {
            let mut text = match seeds {
                [_] => format!("FAIL 1 scenario: {reason}\n"),
                _ => format!("FAIL 1 of these scenarios, but not again by itself: {reason}\n"),
            };
            let command = guest.hints().command();
            for seed in seeds {
                writeln!(text, "  run it: {command} fuzz --replay {seed}").unwrap_or_default();
            }
            text
        }
    };
    unless_closed(io::stdout().write_all(text.as_bytes()))
}

/// Runs the scenario of one seed.
fn replay(
    seed: u64,
    file: Option<&Path>,
    cli: Cli,
    interruption: &Interruption,
) -> Result<ExitStatus, Problem> {
    let path = file.map_or_else(|| PathBuf::from(format!("fuzz-{seed}.yaml")), Path::to_owned);
    let source = formatted(&path, workload(cli)?.scenario(seed).write());
    if file.is_some() {
        write(&source)?;
    }
    let scenarios = parse(&source, cli.guest);
    let scenarios = scenarios.map_err(|mistakes| Problem::usage(mistakes.to_string()))?;
    let location = Location::of_new(&path).map_err(|error| Problem::output(&error))?;
    let case = |scenario| Case { scenario, location: location.clone() };
    let cases: Vec<_> = scenarios.into_iter().map(case).collect();
    run::run_generated(&cases, cli, interruption)
}

/// Runs scenarios until a limit is reached.
fn search(
    arguments: &FuzzArguments,
    cli: Cli,
    interruption: &Interruption,
) -> Result<ExitStatus, Problem> {
    let script = arguments.file.as_deref().map(|file| load(file, cli)).transpose()?;
    let clock = run::stopwatch();
    let deadline = arguments.seconds.map(Duration::from_secs);
    let is_over =
        || interruption.is_asked() || deadline.is_some_and(|deadline| clock() >= deadline);
    let runs = match (&script, deadline) {
        (Some(_), _) => 1,
        (None, None) => RUNS,
        (None, Some(_)) => usize::MAX,
    };
    #[cfg(unix)]
    let notes = supervise::Notes::open();
    let cores = || thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let campaign = Campaign {
        guest: cli.guest,
        workload: workload(cli)?,
        script: script.as_ref(),
        from: arguments.seed_from,
        runs: arguments.runs.filter(|_| script.is_none()).unwrap_or(runs),
        crash_points: arguments.crash_points,
        fails_fast: arguments.fail_fast,
        jobs: arguments.jobs.unwrap_or_else(cores),
        is_over: &is_over,
        #[cfg(unix)]
        observe: &|seed, begins| notes.note(seed, begins),
        #[cfg(not(unix))]
        observe: &|_, _| (),
    };
    let mut progress = Line { is_shown: io::stderr().is_terminal(), next_at: PROGRESS_EVERY };
    let tally = fuzz::run(&campaign, &mut |tally| progress.show(tally, clock()));
    progress.hide();
    let took = clock();
    let is_interrupted = interruption.is_asked();
    let first = tally.first().filter(|_| !is_interrupted);
    let written = first.map(|found| write_first(arguments, found, cli)).transpose()?;
    let text = match arguments.format {
        Format::Text => summary(&tally, took, written.as_ref(), cli.guest),
        Format::Json => summary_json(&tally, took, written.as_ref()),
    };
    unless_closed(io::stdout().write_all(text.as_bytes()))?;
    interruption.all_is_written();
    Ok(if is_interrupted { ExitStatus::Interrupted } else { status(&tally) })
}

fn status(tally: &Tally) -> ExitStatus {
    match tally.found.keys().all(|way| *way == Way::Environment) {
        _ if tally.runs == 0 => ExitStatus::NothingMatched,
        _ if tally.found.is_empty() => ExitStatus::Passed,
        true => ExitStatus::Environment,
        false => ExitStatus::Failed,
    }
}

/// A failure that was shrunk and written.
struct Written {
    path: PathBuf,
    shrunk: Shrunk,
}

fn write_first(arguments: &FuzzArguments, found: &Found, cli: Cli) -> Result<Written, Problem> {
    let name = match &arguments.file {
        Some(file) => format!("{}.crash.yaml", stem(file)),
        None => format!("fuzz-{}.yaml", found.seed),
    };
    let origin = match (&arguments.file, arguments.crash_points) {
        (Some(file), _) => format!("a crash point of {}", files::shown(file)),
        (None, true) => format!("a crash point of the generated scenario of seed {}", found.seed),
        (None, false) => format!("the generated scenario of seed {}", found.seed),
    };
    let path = unused(arguments.out.join(name));
    write_shrunk(&found.script, path, &origin, cli)
}

/// Returns a path, or one with a number after its name if there is a file already.
fn unused(path: PathBuf) -> PathBuf {
    if !path.exists() {
        return path;
    }
    let numbered = |n: u32| path.with_file_name(format!("{}-{n}.yaml", stem(&path)));
    (2..=u32::MAX).map(numbered).find(|path| !path.exists()).unwrap_or(path)
}

/// Shrinks a scenario and writes it, with a comment that describes the failure.
fn write_shrunk(
    script: &Script,
    path: PathBuf,
    origin: &str,
    cli: Cli,
) -> Result<Written, Problem> {
    let shrunk = fuzz::shrink(script, cli.guest).ok_or_else(|| {
        let text = format!("error: {origin} does not fail, so there is nothing to shrink\n");
        Problem::nothing_matched(text)
    })?;
    let (reason, steps_before) = (escaped(&shrunk.finding.reason), shrunk.steps_before);
    let comment = format!("# {reason}.\n# Shrunk from {steps_before} steps of {origin}.\n");
    write(&formatted(&path, comment + &shrunk.script.write()))?;
    Ok(Written { path, shrunk })
}

fn write(source: &Source) -> Result<(), Problem> {
    replace_file(&source.path, source.text.as_bytes()).map_err(|error| {
        let path = files::shown(&source.path);
        Problem::environment(format!("error: `{path}` cannot be written: {error}\n"))
    })
}

/// Returns the generator of scenarios.
fn workload(cli: Cli) -> Result<&'static dyn Workload, Problem> {
    cli.guest.workload().ok_or_else(|| {
        Problem::usage("error: no scenarios can be generated for these programs\n".to_owned())
    })
}

fn load(file: &Path, cli: Cli) -> Result<Script, Problem> {
    let cases = files::load(file, Includes::Project, cli).map_err(Problem::usage)?;
    let [case] = cases.as_slice() else {
        let path = files::shown(file);
        let text = format!("error: `{path}` has a `matrix`: only a single scenario can be used\n");
        return Err(Problem::usage(text));
    };
    Script::of(&case.scenario).map_err(|mistakes| Problem::usage(mistakes.to_string()))
}

fn stem(file: &Path) -> String {
    file.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// Shrinks a failing scenario.
pub(super) fn shrink(arguments: &ShrinkArguments, cli: Cli) -> Result<ExitStatus, Problem> {
    let (script, output, origin) = match (&arguments.file, arguments.seed) {
        (Some(file), _) => {
            let output = file.with_file_name(format!("{}.small.yaml", stem(file)));
            (load(file, cli)?, output, format!("`{}`", files::shown(file)))
        }
        (None, seed) => {
            let seed = seed.unwrap_or_default();
            let origin = format!("the generated scenario of seed {seed}");
            (workload(cli)?.scenario(seed), PathBuf::from(format!("fuzz-{seed}.yaml")), origin)
        }
    };
    if arguments.output.is_none() && output.exists() {
        let path = files::shown(&output);
        return Err(Problem::usage(format!(
            "error: `{path}` exists already; remove it, or name another file with `--output`\n"
        )));
    }
    let output = arguments.output.clone().unwrap_or(output);
    let written = write_shrunk(&script, output, &origin, cli)?;
    unless_closed(io::stdout().write_all(describe(&written, cli.guest).as_bytes()))?;
    Ok(ExitStatus::Passed)
}

/// Describes a shrunk scenario: how it fails, where it is and how to run it.
fn describe(written: &Written, guest: &dyn Guest) -> String {
    let Written { path, shrunk } = written;
    let path = files::shown(path);
    let (before, after) = (shrunk.steps_before, shrunk.steps());
    format!(
        "{}\n  shrunk from {before} steps to {after} in {} runs: {path}\n  \
         run it: {} run {path}\n",
        escaped(&shrunk.finding.reason),
        shrunk.runs,
        guest.hints().command()
    )
}

fn per_second(count: u64, took: Duration) -> u64 {
    let micros = took.as_micros().max(1);
    u64::try_from(u128::from(count) * 1_000_000 / micros).unwrap_or(u64::MAX)
}

fn counted(count: u64, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

fn coverage(coverage: &Coverage, guest: &dyn Guest) -> String {
    format!(
        "{} of {} kinds of packets hit by {} of {} faults in {} combinations of packet, fault, sender and receiver",
        coverage.packets(),
        guest.packet_kinds().len(),
        coverage.faults(),
        Coverage::faults_max(),
        coverage.cells.len()
    )
}

fn summary(tally: &Tally, took: Duration, written: Option<&Written>, guest: &dyn Guest) -> String {
    let mut text = String::new();
    for (way, found) in &tally.found {
        let (count, seed) = (counted(found.count, "scenario"), found.seed);
        let way = way.to_string();
        let way = escaped(&way);
        writeln!(text, "FAIL {count}, the first with seed {seed}: {way}").unwrap_or_default();
    }
    if let Some(written) = written {
        writeln!(text, "\n{}", describe(written, guest)).unwrap_or_default();
    }
    let runs = counted(tally.runs, "scenario");
    let rate = per_second(tally.runs, took);
    let failed = match tally.failed {
        0 => "none failed".to_owned(),
        failed => format!("{failed} failed"),
    };
    writeln!(
        text,
        "{runs} with {} steps: {failed} ({:.1} s, {rate} per second)",
        tally.steps,
        took.as_secs_f64()
    )
    .unwrap_or_default();
    writeln!(text, "faults hit {} times; {}", tally.fired, coverage(&tally.coverage, guest))
        .unwrap_or_default();
    for (line, _) in tally.sometimes.iter().filter(|(_, count)| **count == 0) {
        let line = printable(line);
        writeln!(text, "never happened, so nothing of the kind was tested: {line}")
            .unwrap_or_default();
    }
    text
}

fn summary_json(tally: &Tally, took: Duration, written: Option<&Written>) -> String {
    let found = tally.found.iter().map(|(way, found)| {
        json!({
            "way": way.to_string(),
            "count": found.count,
            "seed": found.seed,
            "reason": found.finding.reason,
        })
    });
    let cells = tally.coverage.cells.iter().map(|cell| {
        let state = |state: fuzz::State| state.name();
        json!([cell.packet, cell.fault, state(cell.sender), state(cell.receiver)])
    });
    let small = written.map(|Written { path, shrunk }| {
        json!({
            "path": path,
            "reason": shrunk.finding.reason,
            "steps": shrunk.steps(),
            "steps_before": shrunk.steps_before,
        })
    });
    let summary = json!({
        "runs": tally.runs,
        "failed": tally.failed,
        "steps": tally.steps,
        "faults_fired": tally.fired,
        "seconds": took.as_secs_f64(),
        "runs_a_second": per_second(tally.runs, took),
        "failures": found.collect::<Vec<_>>(),
        "sometimes": tally.sometimes,
        "coverage": cells.collect::<Vec<_>>(),
        "small": small,
    });
    format!("{summary}\n")
}

/// The progress line.
struct Line {
    is_shown: bool,
    next_at: Duration,
}

impl Line {
    fn show(&mut self, tally: &Tally, now: Duration) {
        if !self.is_shown || now < self.next_at {
            return;
        }
        self.next_at = now + PROGRESS_EVERY;
        let rate = per_second(tally.runs, now);
        let line = format!(
            "{EMPTY_LINE}{} run, {rate} per second; {} failed; faults hit {} times in {} combinations",
            tally.runs,
            tally.failed,
            tally.fired,
            tally.coverage.cells.len()
        );
        self.write(&line);
    }

    fn hide(&mut self) {
        if self.is_shown {
            self.write(EMPTY_LINE);
        }
    }

    fn write(&mut self, text: &str) {
        let mut stderr = io::stderr();
        // If the terminal is gone, the line is not needed.
        self.is_shown = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush()).is_ok();
    }
}
