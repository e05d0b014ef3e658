//! From a file or a text to a scenario.

use std::io::Read;
use std::path::{Path, PathBuf};

use super::model::Scenario;
use super::resolve;
use crate::Guest;
use placed_yaml::{self as yaml, Findings, Mistakes, ReadError, Source};

/// The maximum size of a scenario file: far more than people write.
pub const SCENARIO_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Why a file does not contain a scenario.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The file is not text, or larger than [`SCENARIO_BYTES_MAX`].
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The text is not a scenario.
    #[error(transparent)]
    Mistakes(#[from] Mistakes),
}

/// Reads a file into a scenario, or into one for each combination of its matrix.
///
/// # Errors
///
/// The file cannot be read, is too large, is not UTF-8, or is invalid.
pub fn load(path: &Path, guest: &'static dyn Guest) -> Result<Vec<Scenario>, LoadError> {
    Ok(parse(&read_file(path)?, guest)?)
}

/// Reads the text of a scenario's file, without parsing it.
///
/// # Errors
///
/// The file cannot be read, is too large, or is not UTF-8.
pub fn read_file(path: &Path) -> Result<Source, ReadError> {
    yaml::read_file(path, SCENARIO_BYTES_MAX)
}

/// Reads text from a source other than a file, which messages call `path`.
///
/// # Errors
///
/// It cannot be read, is too large, or is not UTF-8.
pub fn read(path: PathBuf, from: impl Read) -> Result<Source, ReadError> {
    yaml::read_from(path, from, SCENARIO_BYTES_MAX)
}

/// Parses a text into a scenario, or into one for each combination of its matrix. Included files
/// are searched from the folder of `source.path`.
///
/// # Errors
///
/// All errors of the text; if it is not YAML, only the first one.
pub fn parse(source: &Source, guest: &'static dyn Guest) -> Result<Vec<Scenario>, Mistakes> {
    let mut findings = Findings::new(source.clone());
    let resolved = match yaml::read(&source.text, 0) {
        Ok(root) => resolve::scenarios(source, &root, findings, guest),
        Err(mistake) => {
            findings.add(mistake);
            Err(findings)
        }
    };
    resolved.map_err(|Findings { mistakes, sources, .. }| Mistakes::new(sources, mistakes))
}
