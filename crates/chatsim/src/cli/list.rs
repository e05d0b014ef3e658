//! The verb `list`.

use std::io::{self, Write};

use clap::{Args, ValueEnum};
use serde::Serialize;

use super::exit_status::ExitStatus;
use super::files::{PathArguments, load_cases};
use super::problem::{Problem, unless_closed};
use super::selection::Selection;
use super::setup::Cli;
use crate::report::{escaped, json};
use crate::runner::Case;

/// What to list and how.
#[derive(Clone, Debug, Args)]
pub(super) struct ListArguments {
    #[command(flatten)]
    paths: PathArguments,
    #[command(flatten)]
    selection: Selection,
    /// The format of standard output.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// The format of a list.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// A line of JSON for each scenario.
    Json,
}

/// Lists the scenarios that the arguments name.
pub(super) fn list(arguments: &ListArguments, cli: Cli) -> Result<ExitStatus, Problem> {
    let cases = load_cases(&arguments.paths, cli)?;
    let cases = arguments.selection.select(&cases).map_err(Problem::nothing_matched)?;
    let mut out = io::stdout().lock();
    unless_closed(match arguments.format {
        Format::Text => write_text(&mut out, &cases),
        Format::Json => write_json(&mut out, &cases),
    })?;
    Ok(ExitStatus::Passed)
}

fn write_text(out: &mut dyn Write, cases: &[Case]) -> io::Result<()> {
    let name_of = |case: &Case| escaped(&case.location.name).into_owned();
    let width = cases.iter().map(|case| name_of(case).chars().count()).max().unwrap_or_default();
    for case in cases {
        let (name, title) = (name_of(case), case.scenario.title.as_deref().unwrap_or_default());
        let tags = case.scenario.terms.tags.iter().map(|tag| format!(" #{tag}"));
        let line = format!("{name:<width$}  {title}{}", tags.collect::<String>());
        writeln!(out, "{}", escaped(line.trim_end()))?;
    }
    Ok(())
}

fn write_json(out: &mut dyn Write, cases: &[Case]) -> io::Result<()> {
    for case in cases {
        let listed = Listed {
            name: &case.location.name,
            title: case.scenario.title.as_deref(),
            tags: &case.scenario.terms.tags,
            file: case.scenario.source.path.display().to_string(),
        };
        writeln!(out, "{}", json(&serde_json::to_string(&listed)?))?;
    }
    Ok(())
}

#[derive(Serialize)]
struct Listed<'a> {
    name: &'a str,
    title: Option<&'a str>,
    tags: &'a [String],
    file: String,
}
