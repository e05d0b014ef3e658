//! The verb `fmt`.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anstream::{AutoStream, ColorChoice};
use clap::Args;

use super::exit_status::ExitStatus;
use super::files::{self, no_scenario, shown};
use super::problem::{Problem, unless_closed};
use super::setup::Cli;
use crate::runner::replace_file;
use crate::scenario::{self, FormatError, ReadError};

/// The path that stands for standard input.
const STDIN: &str = "-";

/// What to format and how.
#[derive(Clone, PartialEq, Eq, Debug, Args)]
pub(super) struct FormatArguments {
    /// Files, and folders with `.yaml` and `.yml` files at any depth; `-` formats standard input.
    #[arg(default_value = "scenarios", value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Change nothing: list the files that are not formatted, and exit with 1 if there are any.
    #[arg(long)]
    check: bool,
}

/// Formats the files that the arguments name, or lists those that are not formatted.
pub(super) fn format(arguments: &FormatArguments, cli: Cli) -> Result<ExitStatus, Problem> {
    let color = AutoStream::new(io::stderr(), cli.color).current_choice();
    let task = Task { is_check: arguments.check, is_colored: color != ColorChoice::Never };
    let is_stdin = |path: &PathBuf| path == Path::new(STDIN);
    match arguments.paths.as_slice() {
        [path] if is_stdin(path) => task.stdin(),
        paths if paths.iter().any(is_stdin) => {
            Err(Problem::usage("error: `-` cannot be combined with other paths\n".to_owned()))
        }
        paths => task.files(paths),
    }
}

/// What to do with unformatted files, and how to show errors.
struct Task {
    is_check: bool,
    is_colored: bool,
}

impl Task {
    fn stdin(&self) -> Result<ExitStatus, Problem> {
        let source = scenario::read("<stdin>".into(), io::stdin().lock());
        let source = source.map_err(|error| self.problem(error.into()))?;
        let formatted = scenario::format(&source).map_err(|error| self.problem(error.into()))?;
        if !self.is_check {
            unless_closed(io::stdout().write_all(formatted.as_bytes()))?;
        } else if *source.text != formatted {
            return Ok(ExitStatus::Failed);
        }
        Ok(ExitStatus::Passed)
    }

    fn files(&self, paths: &[PathBuf]) -> Result<ExitStatus, Problem> {
        let found = files::find_with_parts(paths).map_err(|errors| {
            Problem::usage(errors.iter().map(files::describe).collect::<Vec<_>>().join("\n"))
        })?;
        if found.is_empty() {
            return Err(no_scenario());
        }
        let mut changed = Vec::new();
        let mut problems = Vec::new();
        for path in &found {
            match self.file(path) {
                Ok(true) => changed.push(path),
                Ok(false) => {}
                Err(trouble) => problems.push(self.problem(trouble)),
            }
        }
        if problems.len() < found.len() {
            unless_closed(self.tell(&changed, found.len() - problems.len()))?;
        }
        match Problem::all(problems) {
            Some(problem) => Err(problem),
            None if self.is_check && !changed.is_empty() => Ok(ExitStatus::Failed),
            None => Ok(ExitStatus::Passed),
        }
    }

    /// Returns whether a file was (or would be) changed.
    fn file(&self, path: &Path) -> Result<bool, FileTrouble> {
        let source = scenario::read_file(path)?;
        let formatted = scenario::format(&source)?;
        let is_changed = *source.text != formatted;
        if is_changed && !self.is_check {
            replace(path, &formatted)
                .map_err(|source| FileTrouble::NotWritten { path: path.to_owned(), source })?;
        }
        Ok(is_changed)
    }

    fn tell(&self, changed: &[&PathBuf], count: usize) -> io::Result<()> {
        let mut out = io::stdout().lock();
        let what = if self.is_check { "not formatted" } else { "formatted" };
        for path in changed {
            writeln!(out, "{what}: {}", shown(path))?;
        }
        let files = if count == 1 { "file" } else { "files" };
        match changed.len() {
            0 => writeln!(out, "{count} {files} checked, nothing to change"),
            number if self.is_check => {
                writeln!(out, "{count} {files} checked, {number} to change with `chatsim fmt`")
            }
            number => writeln!(out, "{count} {files} checked, {number} changed"),
        }
    }

    fn problem(&self, trouble: FileTrouble) -> Problem {
        match trouble {
            FileTrouble::Format(FormatError::Mistakes(mistakes)) => {
                Problem::usage(mistakes.render(self.is_colored))
            }
            FileTrouble::NotWritten { .. } => Problem::environment(files::describe(&trouble)),
            FileTrouble::Read(error) => Problem::usage(files::describe(&error)),
            FileTrouble::Format(error) => Problem::usage(files::describe(&error)),
        }
    }
}

/// Replaces the file atomically. Links stay links, and permissions are kept.
fn replace(path: &Path, formatted: &str) -> io::Result<()> {
    let path = path.canonicalize()?;
    // A read-only file is not replaced either.
    File::options().write(true).open(&path)?;
    let permissions = fs::metadata(&path)?.permissions();
    replace_file(&path, formatted.as_bytes())?;
    fs::set_permissions(&path, permissions)
}

/// Why a file was not formatted.
#[derive(Debug, thiserror::Error)]
enum FileTrouble {
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Format(#[from] FormatError),
    #[error("`{}` cannot be written", .path.display())]
    NotWritten { path: PathBuf, source: io::Error },
}
