//! The file of a history: a heading, then an entry per line, in rustyline's own format.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

/// The heading. Line breaks and backslashes in entries are escaped.
const HEADING: &str = "#V2";

/// The beginning of the headings of all versions.
const HEADING_BEGIN: &str = "#V";

/// The maximum size of an entry that is stored; no command is longer, and no editable line.
pub(super) const ENTRY_LEN_MAX: usize = 32 * 1024;

/// Why a file cannot be used. It is not changed.
#[derive(Debug, thiserror::Error)]
pub(super) enum HistoryError {
    #[error("it was written by a newer version (it begins with `{0}` instead of `{HEADING}`)")]
    Newer(String),
    #[error("it is not a history file: it does not begin with `{HEADING}`")]
    Foreign,
    #[error("it is damaged: it is not UTF-8")]
    NotText,
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Reads all entries, each once: where it was typed last. A file with duplicates is rewritten. A
/// missing file has no entries.
pub(super) fn load(file: &Path, entries_max: usize) -> Result<Vec<String>, HistoryError> {
    let bytes = match fs::read(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        bytes => bytes?,
    };
    let text = String::from_utf8(bytes).map_err(|_| HistoryError::NotText)?;
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let mut lines = text.lines();
    match lines.next() {
        Some(HEADING) => {}
        Some(heading) if heading.starts_with(HEADING_BEGIN) && heading.len() < 16 => {
            return Err(HistoryError::Newer(heading.to_owned()));
        }
        _ => return Err(HistoryError::Foreign),
    }
    let all: Vec<String> = lines.map(unescape).collect();
    let is_kept = |entry: &&String| !entry.is_empty() && entry.len() <= ENTRY_LEN_MAX;
    let mut entries = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    for entry in all.iter().rev().filter(is_kept) {
        if entries.len() < entries_max && seen.insert(entry) {
            entries.push(entry.clone());
        }
    }
    entries.reverse();
    if entries.len() < all.len() || !text.ends_with('\n') {
        rewrite(file, &entries)?;
    }
    Ok(entries)
}

/// Appends an entry. Creates the file if it does not exist.
pub(super) fn append(file: &Path, entry: &str) -> Result<(), HistoryError> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut opened = private().append(true).create(true).open(file)?;
    let heading =
        if opened.metadata()?.len() == 0 { format!("{HEADING}\n") } else { String::new() };
    // A single write, so that two programs do not mix their entries.
    opened.write_all(format!("{heading}{}\n", escape(entry)).as_bytes())?;
    Ok(())
}

/// Replaces the file atomically, so that a crash loses nothing.
fn rewrite(file: &Path, entries: &[String]) -> Result<(), HistoryError> {
    let mut text = format!("{HEADING}\n");
    for entry in entries {
        text.push_str(&escape(entry));
        text.push('\n');
    }
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let next = file.with_file_name(name);
    let mut opened: File = private().write(true).create(true).truncate(true).open(&next)?;
    opened.write_all(text.as_bytes())?;
    fs::rename(next, file)?;
    Ok(())
}

/// Typed lines are private.
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

fn escape(entry: &str) -> String {
    entry.replace('\\', r"\\").replace('\n', r"\n")
}

fn unescape(line: &str) -> String {
    let mut entry = String::with_capacity(line.len());
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match (c, chars.clone().next()) {
            ('\\', Some(escaped @ ('n' | '\\'))) => {
                chars.next();
                entry.push(if escaped == 'n' { '\n' } else { '\\' });
            }
            _ => entry.push(c),
        }
    }
    entry
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tempfile::TempDir;

    use super::*;

    fn loaded(text: &str) -> (Result<Vec<String>, String>, String) {
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("history");
        fs::write(&file, text).unwrap();
        let entries = load(&file, 3).map_err(|error| error.to_string());
        (entries, fs::read_to_string(file).unwrap())
    }

    #[test]
    fn what_was_typed_again_stands_where_it_was_typed_last() {
        let (entries, left) = loaded("#V2\na\nb\na\nc\n\na\n");
        assert_eq!(entries.unwrap(), ["b", "c", "a"]);
        assert_eq!(left, "#V2\nb\nc\na\n");
    }

    #[test]
    fn the_oldest_entries_beyond_the_bound_go() {
        let (entries, left) = loaded("#V2\na\nb\nc\nd");
        assert_eq!(entries.unwrap(), ["b", "c", "d"]);
        assert_eq!(left, "#V2\nb\nc\nd\n");
    }

    #[test]
    fn strange_files_are_refused_and_left_alone() {
        let refused = |text: &str| {
            let (entries, left) = loaded(text);
            assert_eq!(left, text);
            entries.unwrap_err()
        };
        assert_eq!(
            refused("#V3\n{\"typed\":\"a\"}\n"),
            "it was written by a newer version (it begins with `#V3` instead of `#V2`)"
        );
        assert_eq!(
            refused("alias ls='ls -l'\n"),
            "it is not a history file: it does not begin with `#V2`"
        );
    }

    #[test]
    fn a_file_that_is_not_there_is_made_with_its_heading() {
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("some/where/history");
        assert_eq!(load(&file, 3).unwrap(), [""; 0]);
        append(&file, "one\ntwo\\").unwrap();
        append(&file, "three").unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "#V2\none\\ntwo\\\\\nthree\n");
        assert_eq!(load(&file, 3).unwrap(), ["one\ntwo\\", "three"]);
    }

    proptest! {
        #[test]
        fn an_entry_survives_its_escaping(entry in "[\\\\n\n a-c]*") {
            let line = escape(&entry);
            prop_assert!(!line.contains('\n'));
            prop_assert_eq!(unescape(&line), entry);
        }
    }
}
