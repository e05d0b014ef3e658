//! The project's folders with YAML.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// All YAML files of a folder of the project, at any depth, with their texts.
pub(crate) fn texts(folder: &str) -> Vec<(PathBuf, String)> {
    let text = |path: PathBuf| (path.clone(), fs::read_to_string(path).unwrap());
    files(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)).into_iter().map(text).collect()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let entries: BTreeSet<PathBuf> = entries.collect();
    let mut files = Vec::new();
    for path in entries {
        if path.is_dir() {
            files.extend(self::files(&path));
        } else if path.extension().is_some_and(|extension| extension == "yaml") {
            files.push(path);
        }
    }
    files
}
