//! The verbs `review`, `accept` and `reject`.

use std::env;
use std::io::{self, BufRead, IsTerminal as _, Write};
use std::path::{Path, PathBuf};

use anstream::AutoStream;
use clap::Args;

use super::exit_status::ExitStatus;
use super::files::{self, shown};
use super::problem::{Problem, unless_closed};
use super::setup::Cli;
use crate::report::{escaped, write_difference};
use crate::runner::{Location, Pending, SnapshotError};

const QUESTION: &str = "accept it? (y)es, (n)o: discard it, (s)kip: ";

/// Whose pending snapshots to handle.
#[derive(Clone, PartialEq, Eq, Debug, Args)]
pub(super) struct PendingArguments {
    /// Scenario files, and folders with `.yaml` and `.yml` files at any depth.
    #[arg(default_value = "scenarios", value_name = "PATH")]
    paths: Vec<PathBuf>,
}

/// Shows each pending snapshot and asks whether to accept it; without a terminal, lists them.
pub(super) fn review(arguments: &PendingArguments, cli: Cli) -> Result<ExitStatus, Problem> {
    let pending = waiting(arguments)?;
    let mut out = AutoStream::new(io::stdout(), cli.color);
    if io::stdin().is_terminal() && io::stdout().is_terminal() {
        ask(&pending, &mut io::stdin().lock(), &mut out)?;
    } else {
        for pending in &pending {
            unless_closed(writeln!(out, "{}", short(&pending.location.pending())))?;
        }
    }
    Ok(ExitStatus::Passed)
}

/// Accepts all pending snapshots.
pub(super) fn accept(arguments: &PendingArguments) -> Result<ExitStatus, Problem> {
    each(arguments, Pending::accept, "accepted")
}

/// Discards all pending snapshots.
pub(super) fn reject(arguments: &PendingArguments) -> Result<ExitStatus, Problem> {
    each(arguments, Pending::reject, "rejected")
}

fn each(
    arguments: &PendingArguments,
    act: impl Fn(&Pending) -> Result<(), SnapshotError>,
    done: &str,
) -> Result<ExitStatus, Problem> {
    for pending in waiting(arguments)? {
        act(&pending).map_err(|error| refused(&error))?;
        unless_closed(writeln!(io::stdout(), "{done} {}", short(&pending.location.snapshot)))?;
    }
    Ok(ExitStatus::Passed)
}

/// Reads all pending snapshots before any of them is changed.
fn waiting(arguments: &PendingArguments) -> Result<Vec<Pending>, Problem> {
    let files = files::find(&arguments.paths).map_err(|errors| {
        let texts: Vec<_> = errors.iter().map(files::describe).collect();
        Problem::usage(texts.join("\n"))
    })?;
    let mut pending = Vec::new();
    for file in &files {
        let location =
            Location::of(file).map_err(|error| Problem::usage(files::describe(&error)))?;
        pending.extend(Pending::read(&location).map_err(|error| refused(&error))?);
    }
    if pending.is_empty() {
        let count = files.len();
        let text = format!("error: of {count} scenarios, none has a pending snapshot\n");
        return Err(Problem::nothing_matched(text));
    }
    Ok(pending)
}

fn refused(error: &SnapshotError) -> Problem {
    Problem::environment(files::describe(error))
}

/// Asks about one after the other, until all are decided or the input ends.
fn ask(pending: &[Pending], input: &mut dyn BufRead, out: &mut dyn Write) -> Result<(), Problem> {
    for (number, pending) in (1..).zip(pending.iter()) {
        show(pending, number, out)?;
        loop {
            unless_closed(write!(out, "{QUESTION}").and_then(|()| out.flush()))?;
            let mut answer = String::new();
            if input.read_line(&mut answer).unwrap_or_default() == 0 {
                return unless_closed(writeln!(out));
            }
            let (decided, done) = match answer.trim() {
                "y" | "yes" => (pending.accept(), "accepted"),
                "n" | "no" => (pending.reject(), "rejected"),
                "s" | "skip" => (Ok(()), "skipped"),
                _ => continue,
            };
            decided.map_err(|error| refused(&error))?;
            unless_closed(writeln!(out, "{done} {}\n", short(&pending.location.snapshot)))?;
            break;
        }
    }
    Ok(())
}

fn show(pending: &Pending, number: usize, out: &mut dyn Write) -> Result<(), Problem> {
    let expected = pending.snapshot().map_err(|error| refused(&error))?;
    let kind = if expected.is_some() { "differs from its snapshot" } else { "has no snapshot yet" };
    let name = escaped(&pending.location.name);
    let shown = writeln!(out, "{number}. {name} {kind}\n")
        .and_then(|()| write_difference(out, &expected.unwrap_or_default(), &pending.shown))
        .and_then(|()| writeln!(out));
    unless_closed(shown)
}

/// Returns a path relative to the current folder, if it is below that, for a terminal.
fn short(path: &Path) -> String {
    let folder = env::current_dir().unwrap_or_default();
    shown(path.strip_prefix(folder).unwrap_or(path))
}
