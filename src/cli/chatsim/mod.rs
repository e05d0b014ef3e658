//! `chatsim`, from its arguments to its exit code.

mod arguments;
mod exit_status;
mod files;
mod format;
mod fuzz;
mod generated;
mod interruption;
mod list;
mod play;
mod programs;
mod progress;
mod reports;
mod review;
mod run;
mod selection;
mod template;
mod watch;

use std::io::{self, Write};
use std::process::ExitCode;

use anstream::{AutoStream, ColorChoice};
use clap::Parser as _;

use self::arguments::{Arguments, Command, PathArguments};
use crate::runner::Case;
use crate::scenario::Scenario;
use crate::stage::pty::{Programs, Pty};
use crate::stage::simulated::Simulated;
use crate::stage::udp::Udp;
use crate::stage::{Stage, StageError};

pub use arguments::StageKind;
pub use exit_status::ExitStatus;
pub use files::{FileError, find, load};
pub(crate) use run::{stopwatch, wanted_update};

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
        Command::Run(arguments) if arguments.watch => watch::watch(*arguments, color),
        Command::Run(arguments) => run::run(*arguments, color),
        Command::Check(arguments) => check(&arguments, color),
        Command::Fmt(arguments) => format::format(&arguments, color),
        Command::List(arguments) => list::list(&arguments, color),
        Command::New { file } => template::write(file, color),
        Command::Play(arguments) => play::play(&arguments, color),
        Command::Record(arguments) => play::record(&arguments, color),
        Command::Review(arguments) => review::review(&arguments, color),
        Command::Accept(arguments) => review::accept(&arguments),
        Command::Reject(arguments) => review::reject(&arguments),
        Command::Fuzz(arguments) => fuzz::fuzz(*arguments, color),
        Command::Shrink(arguments) => fuzz::shrink(&arguments, color),
        Command::Schema => generated::schema(),
        Command::Completions { shell } => generated::completions(shell),
        Command::Man { verb } => generated::manual(verb.as_deref()),
    };
    done.unwrap_or_else(|Problem { status, text }| {
        let mut stderr = AutoStream::new(io::stderr(), color);
        // There is nowhere left to complain.
        stderr.write_all(text.as_bytes()).ok();
        status
    })
}

/// Builds the stage for a scenario. Real programs are those that stand beside this one.
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
        StageKind::Pty => Box::new(Pty::new(scenario, Programs::chatapp(&programs::ours()), 1.0)?),
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

    const fn nothing_matched(text: String) -> Self {
        let status = ExitStatus::NothingMatched;
        Self { status, text }
    }

    const fn environment(text: String) -> Self {
        let status = ExitStatus::Environment;
        Self { status, text }
    }

    /// Makes one of several; the environment's refusal decides over the rest.
    fn all(problems: Vec<Self>) -> Option<Self> {
        let is_environment = |problem: &&Self| problem.status == ExitStatus::Environment;
        let status = problems.iter().find(is_environment).or_else(|| problems.first())?.status;
        let texts: Vec<_> = problems.into_iter().map(|problem| problem.text).collect();
        Some(Self { status, text: texts.join("\n") })
    }

    fn output(error: &io::Error) -> Self {
        Self::environment(format!("error: the report cannot be written: {error}\n"))
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

fn load_cases(arguments: &PathArguments, color: ColorChoice) -> Result<Vec<Case>, Problem> {
    let color = AutoStream::new(io::stderr(), color).current_choice();
    let cases = files::load_all(&arguments.paths, color != ColorChoice::Never)
        .map_err(|errors| Problem::usage(errors.join("\n")))?;
    if cases.is_empty() { Err(no_scenario()) } else { Ok(cases) }
}

fn no_scenario() -> Problem {
    let text = "error: there is no scenario here; name files, or folders with `.yaml` or `.yml` \
                files\n";
    Problem::nothing_matched(text.to_owned())
}

/// Takes a closed pipe as the wish to hear no more.
fn unless_closed(written: io::Result<()>) -> Result<(), Problem> {
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Problem::output(&error)),
        Ok(()) | Err(_) => Ok(()),
    }
}
