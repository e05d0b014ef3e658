//! From a file or a text to a scenario.

use std::io::Read;
use std::path::{Path, PathBuf};

use super::model::Scenario;
use super::resolve;
use crate::Guest;
use placed_yaml::{self as yaml, Findings, Mistakes, ReadError, Source};

/// Bytes of a scenario file: far more than people write.
pub const SCENARIO_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Says why there is no scenario in a file.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The file has no text, or more than [`SCENARIO_BYTES_MAX`].
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The text is no scenario.
    #[error(transparent)]
    Mistakes(#[from] Mistakes),
}

/// Reads a file into a scenario, or into one for each combination of its matrix.
///
/// # Errors
///
/// The file cannot be read, is too large, is not UTF-8, or has mistakes.
pub fn load(path: &Path, guest: &'static dyn Guest) -> Result<Vec<Scenario>, LoadError> {
    Ok(parse(&read_file(path)?, guest)?)
}

/// Reads the text of a scenario's file, whatever it says.
///
/// # Errors
///
/// The file cannot be read, is too large, or is not UTF-8.
pub fn read_file(path: &Path) -> Result<Source, ReadError> {
    yaml::read_file(path, SCENARIO_BYTES_MAX)
}

/// Reads the text of what is not a file, but is called `path` in messages.
///
/// # Errors
///
/// It cannot be read, is too large, or is not UTF-8.
pub fn read(path: PathBuf, from: impl Read) -> Result<Source, ReadError> {
    yaml::read_from(path, from, SCENARIO_BYTES_MAX)
}

/// Reads a text into a scenario, or into one for each combination of its matrix. Files that it
/// includes are looked for from the folder of `source.path` on.
///
/// # Errors
///
/// Tells all mistakes of the text at once; of text that is not YAML, the first.
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
