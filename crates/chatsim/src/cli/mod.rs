//! `chatsim`, from its arguments to its exit code.

mod arguments;
mod clap_output;
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
mod prompt;
mod reports;
mod review;
mod run;
mod selection;
mod template;
mod watch;

use std::io::{self, Write};
use std::process::ExitCode;

use anstream::{AutoStream, ColorChoice};

use self::arguments::{Arguments, Command, PathArguments};
use crate::Guest;
use crate::runner::Case;
use crate::scenario::Scenario;
use crate::stage::pty::Pty;
use crate::stage::simulated::Simulated;
use crate::stage::udp::Udp;
use crate::stage::{Stage, StageError};

pub use arguments::StageKind;
pub use exit_status::ExitStatus;
pub use files::{FileError, find, load_case};
pub use prompt::{OpenPrompt, Prompt, Typed};
pub(crate) use run::{stopwatch, wanted_update};

/// What a command line plays, and how it talks to people.
#[derive(Clone, Copy)]
pub struct Cli {
    /// The programs that are played.
    pub guest: &'static dyn Guest,
    /// Opens the prompt of `play` and `record`.
    pub open_prompt: OpenPrompt,
    color: ColorChoice,
}

impl Cli {
    /// Makes a command line for the programs of a guest. Its prompts read plain lines.
    pub fn new(guest: &'static dyn Guest) -> Self {
        Self { guest, open_prompt: prompt::open_plain, color: ColorChoice::Auto }
    }

    /// Sets what opens the prompt of `play` and `record`, e.g. a line editor.
    #[must_use]
    pub fn with_prompt(self, open_prompt: OpenPrompt) -> Self {
        Self { open_prompt, ..self }
    }

    /// Returns whether standard error shows colours.
    fn is_colored(self) -> bool {
        AutoStream::new(io::stderr(), self.color).current_choice() != ColorChoice::Never
    }
}

/// Does what the words of the process's command line say.
pub fn main(cli: Cli) -> ExitCode {
    let status = match Arguments::parse_for(cli.guest, std::env::args_os()) {
        Ok(arguments) => execute(arguments, cli),
        Err(error) => {
            // A reader that has closed the pipe does not want it.
            error.print().ok();
            if error.use_stderr() { ExitStatus::Usage } else { ExitStatus::Passed }
        }
    };
    status.into()
}

fn execute(arguments: Arguments, cli: Cli) -> ExitStatus {
    let color = match arguments.color {
        clap::ColorChoice::Auto => ColorChoice::Auto,
        clap::ColorChoice::Always => ColorChoice::Always,
        clap::ColorChoice::Never => ColorChoice::Never,
    };
    let cli = Cli { color, ..cli };
    let done = match arguments.command {
        Command::Run(arguments) if arguments.watch => watch::watch(*arguments, cli),
        Command::Run(arguments) => run::run(*arguments, cli),
        Command::Check(arguments) => check(&arguments, cli),
        Command::Fmt(arguments) => format::format(&arguments, cli),
        Command::List(arguments) => list::list(&arguments, cli),
        Command::New { file } => template::write(file, cli),
        Command::Play(arguments) => play::play(&arguments, cli),
        Command::Record(arguments) => play::record(&arguments, cli),
        Command::Review(arguments) => review::review(&arguments, cli),
        Command::Accept(arguments) => review::accept(&arguments),
        Command::Reject(arguments) => review::reject(&arguments),
        Command::Fuzz(arguments) => fuzz::fuzz(*arguments, cli),
        Command::Shrink(arguments) => fuzz::shrink(&arguments, cli),
        Command::Schema => generated::schema(cli.guest),
        Command::Completions { shell } => generated::completions(shell, cli.guest),
        Command::Man { verb } => generated::manual(verb.as_deref(), cli.guest),
    };
    done.unwrap_or_else(|Problem { status, text }| {
        let mut stderr = AutoStream::new(io::stderr(), color);
        // There is nowhere left to complain.
        stderr.write_all(text.as_bytes()).ok();
        status
    })
}

/// Builds the stage for a scenario, with the guest's own programs.
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
        StageKind::Pty => {
            let programs = scenario.guest.programs(None).map_err(StageError::Environment)?;
            Box::new(Pty::new(scenario, programs, 1.0)?)
        }
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

fn check(arguments: &PathArguments, cli: Cli) -> Result<ExitStatus, Problem> {
    let cases = load_cases(arguments, cli)?;
    let mut stdout = AutoStream::new(io::stdout(), cli.color);
    let written = match cases.len() {
        1 => writeln!(stdout, "1 scenario is fine"),
        count => writeln!(stdout, "{count} scenarios are fine"),
    };
    unless_closed(written)?;
    Ok(ExitStatus::Passed)
}

fn load_cases(arguments: &PathArguments, cli: Cli) -> Result<Vec<Case>, Problem> {
    let cases = files::load_all(&arguments.paths, cli)
        .map_err(|errors| Problem::usage(errors.join("\n")))?;
    if cases.is_empty() { Err(no_scenario()) } else { Ok(cases) }
}

fn no_scenario() -> Problem {
    let text = "error: no scenario was found; name files, or folders with `.yaml` or `.yml` \
                files\n";
    Problem::nothing_matched(text.to_owned())
}

/// Treats a closed pipe as success: its reader wants no more.
fn unless_closed(written: io::Result<()>) -> Result<(), Problem> {
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Problem::output(&error)),
        Ok(()) | Err(_) => Ok(()),
    }
}
