//! Snapshots whose scenario is gone.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::case::SNAPSHOTS;
use super::snapshot::HEADER;
use super::{Case, Location};
use crate::scenario::SCENARIOS;

/// Lists the snapshots that belong to a folder of scenarios, but to none of its files: neither to
/// one of these cases, which are all combinations of the files that were read, nor to a file that
/// was not read. Files that were not written by a run are ignored.
///
/// # Errors
///
/// A folder or a file cannot be read.
pub fn orphans(folder: &Path, cases: &[Case]) -> io::Result<Vec<PathBuf>> {
    let mut search = Search {
        snapshots: cases.iter().map(|case| case.location.snapshot.as_path()).collect(),
        files: cases
            .iter()
            .filter_map(|case| case.scenario.source.path.canonicalize().ok())
            .collect(),
        found: Vec::new(),
    };
    search.visit(&Location::snapshots_of(folder)?)?;
    Ok(search.found)
}

/// A search for orphans.
struct Search<'a> {
    /// The snapshots of the files that were read.
    snapshots: BTreeSet<&'a Path>,
    /// These files.
    files: BTreeSet<PathBuf>,
    found: Vec<PathBuf>,
}

impl Search<'_> {
    fn visit(&mut self, folder: &Path) -> io::Result<()> {
        if !folder.is_dir() {
            return Ok(());
        }
        let entries: io::Result<BTreeSet<_>> =
            fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect();
        for path in entries? {
            if path.is_dir() {
                self.visit(&path)?;
            } else if path.extension() == Some(OsStr::new("snap"))
                && !self.snapshots.contains(path.as_path())
                && !self.has_unread_scenario(&path)
                && fs::read(&path)?.starts_with(HEADER.as_bytes())
            {
                self.found.push(path);
            }
        }
        Ok(())
    }

    /// Returns whether a snapshot may be that of a file that exists and was not read.
    fn has_unread_scenario(&self, snapshot: &Path) -> bool {
        let is_root = |path: &&Path| path.file_name() == Some(OsStr::new(SNAPSHOTS));
        snapshot.ancestors().filter(is_root).any(|root| {
            let below = snapshot.strip_prefix(root).unwrap_or(snapshot);
            let above = root.parent().unwrap_or(root);
            let mut files = possible_files(below).into_iter();
            files.any(|file| {
                let places = [above.join(SCENARIOS).join(&file), above.join(file)];
                let mut files = places.into_iter().filter_map(|path| path.canonicalize().ok());
                files.any(|path| !self.files.contains(&path))
            })
        })
    }
}

/// Returns the names of the files to which a snapshot may belong. After the last `@` there may be
/// the values of a combination.
fn possible_files(snapshot: &Path) -> Vec<PathBuf> {
    let stem = snapshot.file_stem().map(OsStr::to_string_lossy).unwrap_or_default();
    let stems = std::iter::once(&*stem).chain(stem.rsplit_once('@').map(|(stem, _)| stem));
    let named = |stem: &str| {
        ["yaml", "yml"].map(|extension| snapshot.with_file_name(format!("{stem}.{extension}")))
    };
    stems.flat_map(named).collect()
}
