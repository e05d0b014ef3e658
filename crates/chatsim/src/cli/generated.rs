//! Generated output: completions and manual pages of the command line, and the schema of scenario
//! files.

use std::io::{self, Write as _};

use clap_complete::Shell;

use super::arguments;
use super::clap_output;
use super::exit_status::ExitStatus;
use super::problem::{Problem, unless_closed};
use crate::{Guest, scenario};

/// Writes the JSON Schema of scenario files.
pub(super) fn schema(guest: &dyn Guest) -> Result<ExitStatus, Problem> {
    write(scenario::schema(guest).as_bytes())
}

/// Writes the completions for a shell.
pub(super) fn completions(shell: Shell, guest: &dyn Guest) -> Result<ExitStatus, Problem> {
    write(&clap_output::completions(arguments::command(guest), shell))
}

/// Writes the manual page, or that of a verb, as roff.
pub(super) fn manual(verb: Option<&str>, guest: &dyn Guest) -> Result<ExitStatus, Problem> {
    let unknown = || {
        let verb = verb.unwrap_or_default();
        Problem::usage(format!("error: unknown verb `{verb}`\n"))
    };
    let page = clap_output::manual(arguments::command(guest), verb).ok_or_else(unknown)?;
    write(&page.map_err(|error| Problem::output(&error))?)
}

fn write(text: &[u8]) -> Result<ExitStatus, Problem> {
    unless_closed(io::stdout().write_all(text))?;
    Ok(ExitStatus::Passed)
}
