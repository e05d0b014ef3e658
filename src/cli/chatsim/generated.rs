//! What is made from descriptions: of the command line, completions and manual pages; of scenario
//! files, the schema.

use std::io;

use clap::CommandFactory as _;
use clap_complete::Shell;
use clap_mangen::Man;

use super::arguments::Arguments;
use super::{ExitStatus, Problem, unless_closed};
use crate::scenario;

/// Writes the JSON Schema of scenario files.
pub(super) fn schema() -> Result<ExitStatus, Problem> {
    unless_closed(io::Write::write_all(&mut io::stdout(), scenario::schema().as_bytes()))?;
    Ok(ExitStatus::Passed)
}

/// Writes the completions for a shell.
pub(super) fn completions(shell: Shell) -> Result<ExitStatus, Problem> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "chatsim", &mut script);
    unless_closed(io::Write::write_all(&mut io::stdout(), &script))?;
    Ok(ExitStatus::Passed)
}

/// Writes the manual page, or that of a verb, as roff.
pub(super) fn manual(verb: Option<&str>) -> Result<ExitStatus, Problem> {
    let mut command = Arguments::command();
    command.build();
    if let Some(verb) = verb {
        let found = command.find_subcommand(verb);
        let unknown = || Problem::usage(format!("error: there is no verb `{verb}`\n"));
        command = found.ok_or_else(unknown)?.clone();
    }
    unless_closed(Man::new(command).render(&mut io::stdout()))?;
    Ok(ExitStatus::Passed)
}
