//! `chatsim`, from its arguments to its exit code.

mod arguments;
mod exit_status;
mod files;

use std::env;
use std::io::{self, Write};
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use anstream::{AutoStream, ColorChoice};
use clap::Parser as _;

use self::arguments::{Arguments, Command, PathArguments, RunArguments};
use crate::app::{Clock as _, RealClock};
use crate::report::{Pretty, Setting};
use crate::runner::{self, Case, Patience, Redaction, RunOptions, Update};
use crate::scenario::Scenario;
use crate::stage::simulated::Simulated;
use crate::stage::udp::Udp;
use crate::stage::{Stage, StageError};

pub use arguments::StageKind;
pub use exit_status::ExitStatus;
pub use files::{FileError, find, load};

/// Does what the command line says.
pub fn main() -> ExitCode {
    let status = match Arguments::try_parse() {
        Ok(arguments) => execute(arguments),
        Err(error) => {
            // Whoever closed the pipe does not want to read it.
            error.print().ok();
            if error.use_stderr() { ExitStatus::Usage } else { ExitStatus::Passed }
        }
    };
    status.into()
}

fn execute(arguments: Arguments) -> ExitStatus {
    let color = match arguments.color {
        clap::ColorChoice::Auto => ColorChoice::Auto,
        clap::ColorChoice::Always => ColorChoice::Always,
        clap::ColorChoice::Never => ColorChoice::Never,
    };
    let done = match arguments.command {
        Command::Run(arguments) => until_interrupted(move || run(&arguments, color)),
        Command::Check(arguments) => check(&arguments, color),
    };
    done.unwrap_or_else(|Problem { status, text }| {
        let mut stderr = AutoStream::new(io::stderr(), color);
        // There is nowhere left to complain.
        stderr.write_all(text.as_bytes()).ok();
        status
    })
}

/// Builds the stage for a scenario.
///
/// # Errors
///
/// The environment refuses.
pub fn build_stage(
    kind: StageKind,
    scenario: &Scenario,
    seed: u64,
) -> Result<Box<dyn Stage>, StageError> {
    Ok(match kind {
        StageKind::Simulated => Box::new(Simulated::new(scenario, seed)),
        StageKind::Udp => Box::new(Udp::new(scenario, seed)?),
    })
}

/// Why a command was not carried out to its end.
struct Problem {
    status: ExitStatus,
    text: String,
}

impl Problem {
    fn usage(text: String) -> Self {
        let status = ExitStatus::Usage;
        Self { status, text }
    }

    fn output(error: &io::Error) -> Self {
        let status = ExitStatus::Environment;
        let text = format!("error: the report cannot be written: {error}\n");
        Self { status, text }
    }
}

fn check(arguments: &PathArguments, color: ColorChoice) -> Result<ExitStatus, Problem> {
    let cases = load_cases(arguments, color)?;
    let mut stdout = AutoStream::new(io::stdout(), color);
    let written = match cases.len() {
        1 => writeln!(stdout, "1 scenario is fine"),
        count => writeln!(stdout, "{count} scenarios are fine"),
    };
    unless_closed(written)?;
    Ok(ExitStatus::Passed)
}

fn run(arguments: &RunArguments, color: ColorChoice) -> Result<ExitStatus, Problem> {
    let update = update(arguments)?;
    let cases = load_cases(&arguments.paths, color)?;
    if arguments.transcripts.is_some() {
        let shared = files::shared(&cases, "transcripts", |location| &location.name);
        if !shared.is_empty() {
            return Err(Problem::usage(shared.join("\n")));
        }
    }
    let stage = arguments.stage;
    let is_real = stage != StageKind::Simulated;
    let options = RunOptions {
        stage: stage.stage_name(),
        patience: if is_real {
            Patience::real(arguments.timeout_factor.unwrap_or(1.0))
        } else {
            Patience::SIMULATED
        },
        seed: arguments.seed,
        update,
        redaction: is_real.then(Redaction::real),
        transcripts: arguments.transcripts.clone(),
        clock: &stopwatch(),
    };
    let stdout = AutoStream::new(io::stdout().lock(), color);
    let mut pretty = Pretty::new(stdout, setting(arguments));
    let mut written = Ok(());
    let summary = runner::run(
        &cases,
        &options,
        &mut |scenario, seed| build_stage(stage, scenario, seed),
        &mut |event| {
            if written.is_ok() {
                written = pretty.handle(event);
            }
        },
    );
    unless_closed(written)?;
    Ok(ExitStatus::from(&summary))
}

fn load_cases(arguments: &PathArguments, color: ColorChoice) -> Result<Vec<Case>, Problem> {
    let color = AutoStream::new(io::stderr(), color).current_choice();
    let cases = files::load_all(&arguments.paths, color != ColorChoice::Never)
        .map_err(|errors| Problem::usage(errors.join("\n")))?;
    if cases.is_empty() {
        return Err(Problem {
            status: ExitStatus::NothingMatched,
            text: "error: there is no scenario here; name files, or folders with `.yaml` or \
                   `.yml` files\n"
                .to_owned(),
        });
    }
    Ok(cases)
}

/// Decides what becomes of screens that differ from their snapshot. A snapshot is what the
/// simulated stage shows with the scenario's own seed, nothing else.
fn update(arguments: &RunArguments) -> Result<Update, Problem> {
    let is_own = arguments.stage == StageKind::Simulated && arguments.seed.is_none();
    if arguments.accept {
        return if is_own {
            Ok(Update::Accept)
        } else {
            Err(Problem::usage(
                "error: `--accept` takes what the simulated stage shows; leave `--stage` out\n"
                    .to_owned(),
            ))
        };
    }
    let value = env::var_os("INSTA_UPDATE").map(|value| value.to_string_lossy().into_owned());
    let update = Update::from_insta(value.as_deref(), in_ci())
        .map_err(|error| Problem::usage(files::describe(&error)))?;
    Ok(if is_own { update } else { Update::Never })
}

/// Tells whether this is continuous integration, as insta does.
fn in_ci() -> bool {
    match env::var_os("CI") {
        Some(value) => value != "false" && value != "0" && !value.is_empty(),
        None => env::var_os("TF_BUILD").is_some(),
    }
}

fn setting(arguments: &RunArguments) -> Setting {
    let is_own = arguments.stage == StageKind::Simulated && arguments.seed.is_none();
    Setting {
        stage: arguments.stage.name().to_owned(),
        play: arguments.command(),
        accept: is_own.then(|| "chatsim run --accept".to_owned()),
        folder: env::current_dir().unwrap_or_default(),
    }
}

/// Makes a clock that starts now.
fn stopwatch() -> impl Fn() -> Duration {
    let clock = RealClock::start();
    let start = clock.now();
    move || clock.now().since(start)
}

/// Takes a closed pipe as the wish to hear no more.
fn unless_closed(written: io::Result<()>) -> Result<(), Problem> {
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Problem::output(&error)),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Works on a thread of its own, so that Ctrl-C ends the program at once with its own code.
fn until_interrupted(
    work: impl FnOnce() -> Result<ExitStatus, Problem> + Send + 'static,
) -> Result<ExitStatus, Problem> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build();
    let runtime = runtime.map_err(|error| Problem {
        status: ExitStatus::Environment,
        text: format!("error: signals cannot be waited for: {error}\n"),
    })?;
    let (done, is_done) = tokio::sync::oneshot::channel();
    // If nobody listens any more, the program ends anyway.
    let worker = thread::spawn(move || drop(done.send(work())));
    runtime.block_on(async {
        tokio::select! {
            biased;
            done = is_done => match (done, worker.join()) {
                (_, Err(panic)) => std::panic::resume_unwind(panic),
                (Ok(done), Ok(())) => done,
                (Err(_), Ok(())) => Err(Problem {
                    status: ExitStatus::Environment,
                    text: "error: the run ended without a result\n".to_owned(),
                }),
            },
            Ok(()) = tokio::signal::ctrl_c() => Ok(ExitStatus::Interrupted),
        }
    })
}
