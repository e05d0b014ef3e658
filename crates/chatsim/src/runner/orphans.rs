//! Snapshots whose scenario is gone.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::Location;
use super::case::{SCENARIOS, SNAPSHOTS};
use super::snapshot::HEADER;

/// Lists the snapshots that belong to a folder of scenarios, but to none of its files, neither to a
/// known one nor to another. Files that were not written by a run are ignored.
///
/// # Errors
///
/// A folder or a file cannot be read.
pub fn orphans(folder: &Path, known: &BTreeSet<&Path>) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    visit(&Location::snapshots_of(folder)?, known, &mut found)?;
    Ok(found)
}

fn visit(folder: &Path, known: &BTreeSet<&Path>, found: &mut Vec<PathBuf>) -> io::Result<()> {
    if !folder.is_dir() {
        return Ok(());
    }
    let entries: io::Result<BTreeSet<_>> =
        fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect();
    for path in entries? {
        if path.is_dir() {
            visit(&path, known, found)?;
        } else if path.extension() == Some(OsStr::new("snap"))
            && !known.contains(path.as_path())
            && !has_scenario(&path)
            && fs::read(&path)?.starts_with(HEADER.as_bytes())
        {
            found.push(path);
        }
    }
    Ok(())
}

/// Returns whether the scenario of a snapshot exists.
fn has_scenario(snapshot: &Path) -> bool {
    let is_root = |path: &&Path| path.file_name() == Some(OsStr::new(SNAPSHOTS));
    snapshot.ancestors().filter(is_root).any(|root| {
        let below = snapshot.strip_prefix(root).unwrap_or(snapshot);
        ["yaml", "yml"].iter().any(|extension| {
            let file = below.with_extension(extension);
            let above = root.parent().unwrap_or(root);
            above.join(SCENARIOS).join(&file).exists() || above.join(file).exists()
        })
    })
}
