//! From a file or a text to a scenario.

use std::path::Path;

use super::model::Scenario;
use super::resolve;
use super::source::{Includes, read_file};
use crate::Guest;
use placed_yaml::{self as yaml, Findings, Mistake, Mistakes, Node, ReadError, Source};

/// Why a file does not contain a scenario.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The file is not text, or larger than [`SCENARIO_BYTES_MAX`](super::SCENARIO_BYTES_MAX).
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The text is not a scenario.
    #[error(transparent)]
    Mistakes(#[from] Mistakes),
}

/// Reads a file into a scenario, or into one for each combination of its matrix. The path `-` is
/// standard input.
///
/// # Errors
///
/// The file cannot be read, is too large, is not UTF-8, or is invalid.
pub fn load(
    path: &Path,
    guest: &'static dyn Guest,
    includes: Includes,
) -> Result<Vec<Scenario>, LoadError> {
    Ok(parse_with(&read_file(path)?, guest, includes)?)
}

/// Parses a text into a scenario, or into one for each combination of its matrix. Included files
/// are searched from the folder of `source.path`, and have to belong to its
/// [project](Includes::Project).
///
/// # Errors
///
/// All errors of the text; if it is not YAML, only the first one.
pub fn parse(source: &Source, guest: &'static dyn Guest) -> Result<Vec<Scenario>, Mistakes> {
    parse_with(source, guest, Includes::Project)
}

fn parse_with(
    source: &Source,
    guest: &'static dyn Guest,
    includes: Includes,
) -> Result<Vec<Scenario>, Mistakes> {
    resolved(source, yaml::read(&source.text, 0), (guest, includes))
}

/// Parses a text whose nodes are known.
pub(super) fn parse_nodes(
    source: &Source,
    root: Node,
    guest: &'static dyn Guest,
) -> Result<Vec<Scenario>, Mistakes> {
    resolved(source, Ok(root), (guest, Includes::Project))
}

fn resolved(
    source: &Source,
    root: Result<Node, Mistake>,
    how: (&'static dyn Guest, Includes),
) -> Result<Vec<Scenario>, Mistakes> {
    let mut findings = Findings::new(source.clone());
    let resolved = match root {
        Ok(root) => resolve::scenarios(source, &root, findings, how),
        Err(mistake) => {
            findings.add(mistake);
            Err(findings)
        }
    };
    resolved.map_err(|Findings { mistakes, sources, .. }| Mistakes::new(sources, mistakes))
}
