//! The texts of scenarios, and which files they may include.

use std::env;
#[cfg(not(unix))]
use std::fs::File;
#[cfg(unix)]
use std::fs::OpenOptions;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use placed_yaml::{self as yaml, ReadError, Source};

/// The folder that contains scenarios.
pub(crate) const SCENARIOS: &str = "scenarios";

/// The maximum size of a scenario file: far more than people write.
pub const SCENARIO_BYTES_MAX: usize = 4 * 1024 * 1024;

/// The name of standard input, as a path.
const STANDARD_INPUT: &str = "-";

/// Which files a scenario may include.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Includes {
    /// Those of its project: below the folder that holds the folder `scenarios` of the file, or
    /// below the file's own folder; for standard input, below the current folder.
    #[default]
    Project,
    /// Any.
    Anywhere,
}

impl Includes {
    /// Returns whether a scenario may include a file; both exist.
    pub(super) fn allow(self, scenario: &Path, file: &Path) -> bool {
        let Ok(file) = file.canonicalize() else { return false };
        match self {
            Self::Project => folders_of_project(scenario).iter().any(|it| file.starts_with(it)),
            Self::Anywhere => true,
        }
    }
}

/// Returns the folders that hold the project of a scenario.
fn folders_of_project(scenario: &Path) -> Vec<PathBuf> {
    if is_standard_input(scenario) {
        return env::current_dir().and_then(|folder| folder.canonicalize()).into_iter().collect();
    }
    // A scenario that is being written at a prompt is no file yet.
    let folder = scenario.parent().map(|folder| if folder == "" { Path::new(".") } else { folder });
    let Some(Ok(folder)) = folder.map(Path::canonicalize) else { return Vec::new() };
    let is_scenarios = |folder: &&Path| folder.file_name().is_some_and(|name| name == SCENARIOS);
    let above = folder.ancestors().find(is_scenarios).and_then(Path::parent).map(Path::to_owned);
    above.into_iter().chain([folder]).collect()
}

/// Returns whether a path is standard input.
pub(crate) fn is_standard_input(path: &Path) -> bool {
    path == Path::new(STANDARD_INPUT)
}

/// Reads the text of a scenario's file, without parsing it. The path `-` is standard input. A named
/// pipe is read if a program has it open for writing.
///
/// # Errors
///
/// The file cannot be read, is too large, or is not UTF-8.
pub fn read_file(path: &Path) -> Result<Source, ReadError> {
    if is_standard_input(path) {
        return read(path.to_owned(), io::stdin());
    }
    match open(path) {
        Ok(file) => read(path.to_owned(), file),
        Err(source) => Err(ReadError::Unreadable { path: path.to_owned(), source }),
    }
}

#[cfg(not(unix))]
fn open(path: &Path) -> io::Result<File> {
    File::open(path)
}

/// Opens a file. Opening a named pipe would wait for a program that writes to it, for ever if there
/// is none.
#[cfg(unix)]
fn open(path: &Path) -> io::Result<impl Read> {
    use std::os::unix::fs::{FileTypeExt as _, OpenOptionsExt as _};

    use nix::fcntl::{FcntlArg, OFlag, fcntl};

    let file = OpenOptions::new().read(true).custom_flags(OFlag::O_NONBLOCK.bits()).open(path)?;
    let mut first = Vec::new();
    if file.metadata()?.file_type().is_fifo() {
        let mut byte = [0];
        match (&file).read(&mut byte) {
            Ok(0) => return Err(io::Error::other("no program writes to this pipe")),
            Ok(_) => first.extend(byte),
            // A program has it open, and has not written yet.
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    fcntl(&file, FcntlArg::F_SETFL(OFlag::empty()))?;
    Ok(io::Cursor::new(first).chain(file))
}

/// Reads text from a source other than a file, which messages call `path`.
///
/// # Errors
///
/// It cannot be read, is too large, or is not UTF-8.
pub fn read(path: PathBuf, from: impl Read) -> Result<Source, ReadError> {
    yaml::read_from(path, from, SCENARIO_BYTES_MAX)
}
