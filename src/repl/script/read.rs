//! Reads scripts from files and arguments, and checks them as a whole before anything is run.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::language::LineAt;
use super::{Deed, Spot, Statement};
use placed_yaml::{Mistakes, ReadError, Source, read_file};

/// The maximum size of a script.
const SCRIPT_BYTES_MAX: usize = 16 * 1024 * 1024;

/// The name of lines from the arguments in messages.
const ARGUMENT: &str = "-e";

/// A part of a script.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ScriptPart {
    /// Lines from an argument.
    Lines(String),
    /// A file with lines.
    File(PathBuf),
}

/// Why a script cannot be run. Nothing of it was run.
#[derive(Debug, thiserror::Error)]
pub enum ScriptError {
    /// It is a folder.
    #[error("`{}` is a folder: name a file of commands", .0.display())]
    Folder(PathBuf),
    /// It cannot be read.
    #[error("`{}` cannot be read: check its spelling and permissions", .0.display())]
    Unreadable(PathBuf, #[source] io::Error),
    /// It is too large.
    #[error("`{}` is too large: a script has at most 16 MiB; split it", .0.display())]
    TooLarge(PathBuf),
    /// It is not text.
    #[error("`{}:{line}` is not UTF-8: save the file as UTF-8", .path.display())]
    NotUtf8 {
        /// The file.
        path: PathBuf,
        /// The number of the first such line.
        line: usize,
    },
    /// Lines are invalid.
    #[error(transparent)]
    Mistakes(#[from] Mistakes),
}

/// Reads all parts of a script.
///
/// # Errors
///
/// All errors of the script that can be known beforehand.
pub fn read_script(parts: &[ScriptPart]) -> Result<Vec<Statement>, ScriptError> {
    let mut sources = Vec::new();
    for part in parts {
        sources.push(match part {
            ScriptPart::Lines(lines) => Source::new(ARGUMENT.into(), lines.as_str().into()),
            ScriptPart::File(path) => read(path)?,
        });
    }
    let mut statements = Vec::new();
    let mut mistakes = Vec::new();
    for (file, source) in sources.iter().enumerate() {
        let path = Arc::new(source.path.clone());
        for line in lines(&source.text, file) {
            let spot = || Spot { path: Arc::clone(&path), line: line.number };
            let read = line.read().and_then(|deed| match deed {
                Some(Deed::Command { .. }) => line.check_command().map(|()| deed),
                None | Some(Deed::Wait { .. } | Deed::Sleep(_) | Deed::Echo(_)) => Ok(deed),
            });
            match read {
                Ok(None) => {}
                Ok(Some(deed)) => {
                    statements.push(Statement { spot: spot(), text: line.text.to_owned(), deed });
                }
                Err(mistake) => mistakes.push(mistake),
            }
        }
    }
    if mistakes.is_empty() { Ok(statements) } else { Err(Mistakes::new(sources, mistakes).into()) }
}

fn read(path: &Path) -> Result<Source, ScriptError> {
    if path.is_dir() {
        return Err(ScriptError::Folder(path.to_owned()));
    }
    read_file(path, SCRIPT_BYTES_MAX).map_err(|error| match error {
        ReadError::Unreadable { path, source } => ScriptError::Unreadable(path, source),
        ReadError::TooLarge { path, .. } => ScriptError::TooLarge(path),
        ReadError::NotUtf8 { path, line } => ScriptError::NotUtf8 { path, line },
    })
}

/// Splits a text into lines that know their places.
fn lines(text: &str, file: usize) -> impl Iterator<Item = LineAt<'_>> {
    let mark = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let mut start = mark;
    let behind_mark = text.get(mark..).unwrap_or_default();
    (1..).zip(behind_mark.split_inclusive('\n')).map(move |(number, line)| {
        let text = line.strip_suffix('\n').unwrap_or(line);
        let text = text.strip_suffix('\r').unwrap_or(text);
        let line_at = LineAt { text, file, start, number };
        start += line.len();
        line_at
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines_of(text: &str) -> ScriptPart {
        ScriptPart::Lines(text.to_owned())
    }

    #[test]
    fn parts_follow_each_other_and_lines_know_where_they_stand() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("greet.chat");
        std::fs::write(&path, "\u{feff}# a greeting\r\n\r\nreg\r\nlist_groups").unwrap();
        let parts =
            [lines_of("list_users\nwait /x/"), ScriptPart::File(path.clone()), lines_of("exit")];
        let script = read_script(&parts).unwrap();
        let script: Vec<_> =
            script.iter().map(|it| (it.spot.to_string(), it.text.as_str())).collect();
        let path = path.display();
        assert_eq!(
            script,
            [
                ("-e:1".to_owned(), "list_users"),
                ("-e:2".to_owned(), "wait /x/"),
                (format!("{path}:3"), "reg"),
                (format!("{path}:4"), "list_groups"),
                ("-e:1".to_owned(), "exit"),
            ]
        );
    }

    #[test]
    fn all_mistakes_are_told_at_once() {
        let error = read_script(&[lines_of("sleep 5\nreg\nwait x"), lines_of("join_group a/b")]);
        assert_eq!(
            error.unwrap_err().to_string(),
            "\
error: `5` has no unit
 --> -e:1:7
  |
1 | sleep 5
  |       ^
  |
  = help: did you mean `5s`? a duration is a number with a unit (`us`, `ms`, `s`, `m`, `h` or `d`), like `1.5s`

error: `wait` needs a regular expression
 --> -e:3:1
  |
3 | wait x
  | ^^^^^^
  |
  = help: write `wait /regex/ 5s`; without a time it waits for 10 seconds

error: a name has letters (a-z, A-Z), digits, `.`, `_` and `-`, not `/`
 --> -e:1:1
  |
1 | join_group a/b
  | ^^^^^^^^^^^^^^
  |
  = help: write `join_group <group-name>`"
        );
    }

    #[test]
    fn what_is_no_file_of_text_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let refused = |path: &Path| read_script(&[ScriptPart::File(path.into())]).unwrap_err();
        let path = folder.path();
        let said = format!("`{}` is a folder: name a file of commands", path.display());
        assert_eq!(refused(path).to_string(), said);
        let path = folder.path().join("none");
        let said =
            format!("`{}` cannot be read: check its spelling and permissions", path.display());
        assert_eq!(refused(&path).to_string(), said);
        let path = folder.path().join("latin1");
        std::fs::write(&path, b"reg\nsend c2 \xfc\n").unwrap();
        let said = format!("`{}:2` is not UTF-8: save the file as UTF-8", path.display());
        assert_eq!(refused(&path).to_string(), said);
        std::fs::write(&path, vec![b'#'; SCRIPT_BYTES_MAX + 1]).unwrap();
        let said =
            format!("`{}` is too large: a script has at most 16 MiB; split it", path.display());
        assert_eq!(refused(&path).to_string(), said);
    }
}
