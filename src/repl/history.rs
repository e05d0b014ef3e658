//! The lines typed earlier, kept in a file.

use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rustyline::error::ReadlineError;
use rustyline::history::{FileHistory, History as _};

use super::complain;

/// Where the lines typed at a prompt are kept for the next start. A history that cannot be read
/// or written is no reason not to chat: it warns once.
#[derive(Debug)]
pub struct History {
    program: &'static str,
    file: Option<PathBuf>,
    warning: Option<String>,
}

impl History {
    /// Keeps the history in `file`, or where the user's programs keep such things:
    /// `$XDG_STATE_HOME/PROGRAM/history`, else `~/.local/state/PROGRAM/history`.
    pub fn new(program: &'static str, file: Option<PathBuf>) -> Self {
        Self { program, file: file.or_else(|| default_file(program)), warning: None }
    }

    /// Reads what was typed earlier.
    pub(super) fn load(&mut self, lines: &mut FileHistory) {
        let Some(file) = self.file.as_deref() else {
            return;
        };
        match lines.load(file) {
            Ok(()) => {}
            Err(ReadlineError::Io(error)) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => self.give_up(&error),
        }
    }

    /// Adds a line, in memory and in the file.
    pub(super) fn add(&mut self, lines: &mut FileHistory, line: &str) {
        if !lines.add(line).is_ok_and(|is_new| is_new) {
            return;
        }
        if let Some(file) = self.file.as_deref()
            && let Err(error) = append(lines, file)
        {
            self.give_up(&error);
        }
    }

    /// Gives the warning that has not been given yet, on standard error.
    pub(super) fn warn(&mut self) {
        if let Some(warning) = self.warning.take() {
            complain(self.program, &warning);
        }
    }

    fn give_up(&mut self, error: &ReadlineError) {
        if let Some(file) = self.file.take() {
            self.warning = Some(format!(
                "history file `{}` cannot be used, lines are not kept: choose another with \
                 `--history FILE` ({error})",
                file.display()
            ));
        }
    }
}

fn append(lines: &mut FileHistory, file: &Path) -> Result<(), ReadlineError> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    lines.append(file)
}

fn default_file(program: &str) -> Option<PathBuf> {
    // A relative path in this variable does not count (XDG Base Directory Specification).
    let state = env::var_os("XDG_STATE_HOME").map(PathBuf::from);
    let state = state.filter(|folder| folder.is_absolute()).or_else(|| {
        let home = env::var_os("HOME").filter(|home| !home.is_empty())?;
        Some(Path::new(&home).join(".local/state"))
    })?;
    Some(state.join(program).join("history"))
}
