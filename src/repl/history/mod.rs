//! The lines typed earlier, kept in a file.

mod file;

use std::env;
use std::path::{Path, PathBuf};

use rustyline::history::{History as _, MemHistory};

use super::problem::complain;
use file::HistoryError;

/// The maximum number of lines of the history.
pub(crate) const HISTORY_LINES_MAX: usize = 1_000;

/// The stored history of the lines typed at a prompt. A history that cannot be read or written does
/// not prevent chatting: it warns once, and leaves the file alone.
#[derive(Debug)]
pub struct History {
    program: &'static str,
    file: Option<PathBuf>,
    warning: Option<String>,
}

impl History {
    /// Uses `file`, or `name` in the user's state folder: `$XDG_STATE_HOME/PROGRAM/NAME`, or else
    /// `~/.local/state/PROGRAM/NAME`.
    pub fn new(program: &'static str, name: &str, file: Option<PathBuf>) -> Self {
        Self { program, file: file.or_else(|| default_file(program, name)), warning: None }
    }

    /// Reads the stored lines.
    pub(crate) fn load(&mut self, lines: &mut MemHistory) {
        let Some(file) = self.file.as_deref() else {
            return;
        };
        match file::load(file, HISTORY_LINES_MAX) {
            Ok(entries) => entries.iter().for_each(|entry| remember(lines, entry)),
            Err(error) => self.give_up(&error),
        }
    }

    /// Adds a line, in memory and in the file. A line that was typed before moves to the end.
    pub(crate) fn add(&mut self, lines: &mut MemHistory, line: &str) {
        if line.len() > file::ENTRY_LEN_MAX {
            return;
        }
        if lines.into_iter().next_back().is_some_and(|last| last == line) {
            return;
        }
        if lines.into_iter().any(|entry| entry == line) {
            let others: Vec<_> =
                lines.into_iter().filter(|entry| *entry != line).cloned().collect();
            // The history in memory does not refuse anything.
            lines.clear().ok();
            for entry in &others {
                remember(lines, entry);
            }
        }
        remember(lines, line);
        if let Some(file) = self.file.as_deref()
            && let Err(error) = file::append(file, line)
        {
            self.give_up(&error);
        }
    }

    /// Shows the pending warning, on standard error.
    pub(crate) fn warn(&mut self) {
        if let Some(warning) = self.warning.take() {
            complain(self.program, &warning);
        }
    }

    fn give_up(&mut self, error: &HistoryError) {
        if let Some(file) = self.file.take() {
            let file = file.display();
            self.warning = Some(format!(
                "history file `{file}` cannot be used, so lines are not kept: choose another one \
                 with `--history FILE` ({error})"
            ));
        }
    }
}

fn remember(lines: &mut MemHistory, line: &str) {
    // The history in memory does not refuse anything.
    lines.add(line).ok();
}

fn default_file(program: &str, name: &str) -> Option<PathBuf> {
    // A relative path in this variable does not count (XDG Base Directory Specification).
    let state = env::var_os("XDG_STATE_HOME").map(PathBuf::from);
    let state = state.filter(|folder| folder.is_absolute()).or_else(|| {
        let home = env::var_os("HOME").filter(|home| !home.is_empty())?;
        Some(Path::new(&home).join(".local/state"))
    })?;
    Some(state.join(program).join(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_typed_again_moves_to_the_end() {
        let mut history = History { program: "test", file: None, warning: None };
        let mut lines = MemHistory::new();
        let too_long = "x".repeat(file::ENTRY_LEN_MAX + 1);
        for line in ["a", "b", "a", &too_long, "a", "c", "b"] {
            history.add(&mut lines, line);
        }
        assert_eq!(lines.into_iter().collect::<Vec<_>>(), ["a", "c", "b"]);
    }
}
