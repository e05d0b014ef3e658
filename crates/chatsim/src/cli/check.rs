//! The verb `check`.

use std::io::{self, Write as _};

use anstream::AutoStream;

use super::exit_status::ExitStatus;
use super::files::{PathArguments, differing_in_case, load_cases};
use super::problem::{Problem, unless_closed};
use super::setup::Cli;

/// Reads the scenarios that the arguments name, and counts them.
pub(super) fn check(arguments: &PathArguments, cli: Cli) -> Result<ExitStatus, Problem> {
    let cases = load_cases(arguments, cli)?;
    let clashes = differing_in_case(&cases);
    if !clashes.is_empty() {
        return Err(Problem::usage(clashes.join("\n")));
    }
    let mut stdout = AutoStream::new(io::stdout(), cli.color);
    let written = match cases.len() {
        1 => writeln!(stdout, "1 scenario is fine"),
        count => writeln!(stdout, "{count} scenarios are fine"),
    };
    unless_closed(written)?;
    Ok(ExitStatus::Passed)
}
