//! `chatsim`, from its arguments to its exit code.

mod arguments;
mod check;
mod clap_output;
mod exit_status;
mod files;
mod format;
mod fuzz;
mod generated;
mod interruption;
mod list;
mod play;
mod problem;
mod programs;
mod progress;
mod prompt;
mod reports;
mod review;
mod run;
mod selection;
mod setup;
mod stages;
#[cfg(unix)]
mod supervise;
mod template;
mod watch;

use std::io::{self, Write as _};
use std::process::ExitCode;

use anstream::{AutoStream, ColorChoice};

use arguments::{Arguments, Command};
use problem::Problem;

pub use exit_status::ExitStatus;
pub use files::{FileError, find, load_case};
pub use prompt::{OpenPrompt, Prompt, Typed};
pub(crate) use run::{stopwatch, wanted_update};
pub use setup::Cli;
pub use stages::{StageKind, build_stage};

/// Runs the command line of this process.
pub fn main(cli: Cli) -> ExitCode {
    let status = match Arguments::parse_for(cli.guest, std::env::args_os()) {
        Ok(arguments) => execute(arguments, cli),
        Err(error) => {
            // A reader that has closed the pipe does not want the rest.
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
        Command::Check(arguments) => check::check(&arguments, cli),
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
        // There is nowhere left to report this.
        stderr.write_all(text.as_bytes()).ok();
        status
    })
}
