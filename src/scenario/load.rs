//! From a file or a text to a scenario.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::findings::Findings;
use super::mistakes::Mistakes;
use super::model::Scenario;
use super::place::Source;
use super::{resolve, yaml};

/// Bytes of a scenario file: far more than people write.
pub const SCENARIO_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Says why there is no scenario in a file.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The file cannot be read.
    #[error("`{}` cannot be read", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file is larger than [`SCENARIO_BYTES_MAX`].
    #[error("`{}` is too large for a scenario: at most {SCENARIO_BYTES_MAX} bytes", .path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
    /// The file holds bytes that are not UTF-8.
    #[error("`{}` is not UTF-8: line {line} has bytes that are no text", .path.display())]
    NotUtf8 {
        /// The file.
        path: PathBuf,
        /// The line of the first such byte, from 1.
        line: usize,
    },
    /// The text is no scenario.
    #[error(transparent)]
    Mistakes(#[from] Mistakes),
}

/// Reads a file into a scenario, or into one for each combination of its matrix.
///
/// # Errors
///
/// The file cannot be read, is too large, is not UTF-8, or has mistakes.
pub fn load(path: &Path) -> Result<Vec<Scenario>, LoadError> {
    Ok(parse(&read_file(path)?)?)
}

/// Reads a file's text, whatever it says.
///
/// # Errors
///
/// The file cannot be read, is too large, or is not UTF-8.
pub fn read_file(path: &Path) -> Result<Source, LoadError> {
    match File::open(path) {
        Ok(file) => read(path.to_owned(), file),
        Err(source) => Err(LoadError::Unreadable { path: path.to_owned(), source }),
    }
}

/// Reads the text of what is not a file, but is called `path` in messages.
///
/// # Errors
///
/// It cannot be read, is too large, or is not UTF-8.
pub fn read(path: PathBuf, from: impl Read) -> Result<Source, LoadError> {
    let mut bytes = Vec::new();
    let bytes_max = u64::try_from(SCENARIO_BYTES_MAX).unwrap_or(u64::MAX);
    if let Err(source) = from.take(bytes_max + 1).read_to_end(&mut bytes) {
        return Err(LoadError::Unreadable { path, source });
    }
    if bytes.len() > SCENARIO_BYTES_MAX {
        return Err(LoadError::TooLarge { path });
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Source::new(path, text.into())),
        Err(error) => {
            let text_bytes = error.as_bytes().iter().take(error.utf8_error().valid_up_to());
            let line = 1 + text_bytes.filter(|&&byte| byte == b'\n').count();
            Err(LoadError::NotUtf8 { path, line })
        }
    }
}

/// Reads a text into a scenario, or into one for each combination of its matrix. Files that it
/// includes are looked for from the folder of `source.path` on.
///
/// # Errors
///
/// Tells all mistakes of the text at once; of text that is not YAML, the first.
pub fn parse(source: &Source) -> Result<Vec<Scenario>, Mistakes> {
    let mut findings = Findings::new(source.clone());
    let resolved = match yaml::read(&source.text, 0) {
        Ok(root) => resolve::scenarios(source, &root, findings),
        Err(mistake) => {
            findings.add(mistake);
            Err(findings)
        }
    };
    resolved.map_err(|Findings { mistakes, sources, .. }| Mistakes::new(sources, mistakes))
}
