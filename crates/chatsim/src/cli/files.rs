//! Finding and reading scenarios.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::Args;

use super::problem::Problem;
use super::setup::Cli;
use crate::Guest;
use crate::runner::{Case, Location};
use crate::scenario::{self, LoadError, Scenario};

/// What to read.
#[derive(Clone, PartialEq, Eq, Debug, Default, Args)]
pub(super) struct PathArguments {
    /// Scenario files, and folders with `.yaml` and `.yml` files at any depth.
    #[arg(required = true, value_name = "PATH")]
    pub(super) paths: Vec<PathBuf>,
}

/// A file or folder that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("`{}` cannot be read", .path.display())]
pub struct FileError {
    path: PathBuf,
    source: io::Error,
}

/// Finds the scenario files that paths name: files as they are, folders with all `.yaml` and `.yml`
/// files at any depth, sorted. In folders, names that begin with `.` (hidden) or `_` (included by
/// other files) are skipped. Each file comes once.
///
/// # Errors
///
/// A path does not exist or cannot be read; all of them are listed.
pub fn find(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Vec<FileError>> {
    Finder::default().find(paths)
}

/// Finds the same files, and those that are included by others.
pub(super) fn find_with_parts(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Vec<FileError>> {
    Finder { takes_parts: true, ..Finder::default() }.find(paths)
}

#[derive(Default)]
struct Finder {
    takes_parts: bool,
    files: Vec<PathBuf>,
    errors: Vec<FileError>,
    seen: BTreeSet<PathBuf>,
}

impl Finder {
    fn find(mut self, paths: &[PathBuf]) -> Result<Vec<PathBuf>, Vec<FileError>> {
        for path in paths {
            self.visit(path.clone(), |_| true);
        }
        if self.errors.is_empty() { Ok(self.files) } else { Err(self.errors) }
    }

    fn visit(&mut self, path: PathBuf, is_wanted: impl Fn(&Path) -> bool) {
        if let Err(source) = self.try_visit(&path, is_wanted) {
            self.errors.push(FileError { path, source });
        }
    }

    fn try_visit(&mut self, path: &Path, is_wanted: impl Fn(&Path) -> bool) -> io::Result<()> {
        let is_folder = fs::metadata(path)?.is_dir();
        if !is_folder && !is_wanted(path) {
            return Ok(());
        }
        if !self.seen.insert(path.canonicalize()?) {
            return Ok(());
        }
        if !is_folder {
            self.files.push(path.to_owned());
            return Ok(());
        }
        let entries: io::Result<BTreeSet<_>> =
            fs::read_dir(path)?.map(|entry| Ok(entry?.file_name())).collect();
        for name in entries? {
            let is_left_out = match name.as_encoded_bytes().first() {
                Some(b'.') => true,
                Some(b'_') => !self.takes_parts,
                Some(_) | None => false,
            };
            if !is_left_out {
                self.visit(path.join(name), is_scenario);
            }
        }
        Ok(())
    }
}

fn is_scenario(path: &Path) -> bool {
    let extension = path.extension();
    extension.is_some_and(|extension| extension == "yaml" || extension == "yml")
}

/// Reads all scenarios that the arguments name, at least one.
pub(super) fn load_cases(arguments: &PathArguments, cli: Cli) -> Result<Vec<Case>, Problem> {
    let cases =
        load_all(&arguments.paths, cli).map_err(|errors| Problem::usage(errors.join("\n")))?;
    if cases.is_empty() { Err(no_scenario()) } else { Ok(cases) }
}

/// Reports that nothing was found.
pub(super) fn no_scenario() -> Problem {
    let text = "error: no scenario was found; name files, or folders with `.yaml` or `.yml` \
                files\n";
    Problem::nothing_matched(text.to_owned())
}

/// Reads all scenarios that paths name.
///
/// # Errors
///
/// Any of them is invalid: all errors, ready to be shown.
fn load_all(paths: &[PathBuf], cli: Cli) -> Result<Vec<Case>, Vec<String>> {
    let files = find(paths).map_err(|errors| errors.iter().map(describe).collect::<Vec<_>>())?;
    let mut cases = Vec::new();
    let mut errors = Vec::new();
    for path in files {
        match load(&path, cli) {
            Ok(loaded) => cases.extend(loaded),
            Err(error) => errors.push(error),
        }
    }
    errors.extend(shared(&cases, "snapshot", |location| &location.snapshot));
    if errors.is_empty() { Ok(cases) } else { Err(errors) }
}

/// Reads a scenario, in each combination of its matrix, and finds the files that belong to it.
///
/// # Errors
///
/// It is invalid: all errors, ready to be shown.
pub(super) fn load(path: &Path, cli: Cli) -> Result<Vec<Case>, String> {
    load_case(path, cli.guest, cli.is_colored())
}

/// Reads a scenario of a guest, in each combination of its matrix, and finds the files that belong to
/// it.
///
/// # Errors
///
/// It is invalid: all errors, ready to be shown; `color` adds styles.
pub fn load_case(path: &Path, guest: &'static dyn Guest, color: bool) -> Result<Vec<Case>, String> {
    let scenarios = scenario::load(path, guest).map_err(|error| match error {
        LoadError::Mistakes(mistakes) => mistakes.render(color),
        LoadError::Read(error) => describe(&error),
    })?;
    let location = Location::of(path).map_err(|source| {
        let path = path.to_owned();
        describe(&FileError { path, source })
    })?;
    let case = |scenario: Scenario| {
        let location = location.clone().in_combination(&scenario.combination);
        Case { scenario, location }
    };
    Ok(scenarios.into_iter().map(case).collect())
}

/// Reports scenarios that would overwrite each other's files, because the key is the same.
pub(super) fn shared<'a, K: Ord>(
    cases: &'a [Case],
    what: &str,
    key: impl Fn(&'a Location) -> K,
) -> Vec<String> {
    let mut owners: BTreeMap<K, &Path> = BTreeMap::new();
    let mut errors = Vec::new();
    for case in cases {
        let path = case.scenario.source.path.as_path();
        if let Some(owner) = owners.insert(key(&case.location), path) {
            let (owner, path) = (owner.display(), path.display());
            errors
                .push(format!("error: `{owner}` and `{path}` have the same {what}; rename one\n"));
        }
    }
    errors
}

/// Writes an error and its causes on one line.
pub(super) fn describe(error: &(impl std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    let texts: Vec<_> =
        std::iter::once(error.to_string()).chain(causes.map(ToString::to_string)).collect();
    format!("error: {}\n", texts.join(": "))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Folder(tempfile::TempDir);

    impl Folder {
        fn with(files: &[&str]) -> Self {
            let folder = tempfile::tempdir().unwrap();
            for file in files {
                let path = folder.path().join(file);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, "").unwrap();
            }
            Self(folder)
        }

        fn find(&self, paths: &[&str]) -> Vec<String> {
            let paths: Vec<_> = paths.iter().map(|path| self.0.path().join(path)).collect();
            let found = find(&paths).unwrap();
            let short = |path: &PathBuf| {
                let path = path.strip_prefix(self.0.path()).unwrap();
                path.display().to_string()
            };
            found.iter().map(short).collect()
        }
    }

    #[test]
    fn folders_are_searched_in_order_at_any_depth() {
        let folder =
            Folder::with(&["b.yml", "a/z.yaml", "a/.x.yaml", ".h/a.yaml", "c.txt", "a/_x.yaml"]);
        assert_eq!(folder.find(&["."]), ["a/z.yaml", "b.yml"]);
    }

    #[test]
    fn file_that_is_named_twice_comes_once() {
        let folder = Folder::with(&["b.yml", "a.yaml"]);
        assert_eq!(folder.find(&["b.yml", ".", "a.yaml"]), ["b.yml", "a.yaml"]);
    }

    #[test]
    fn file_that_is_named_needs_no_extension() {
        let folder = Folder::with(&["scenario"]);
        assert_eq!(folder.find(&["scenario"]), ["scenario"]);
        assert!(folder.find(&["."]).is_empty());
    }

    #[test]
    fn circle_of_links_has_an_end() {
        let folder = Folder::with(&["a/a.yaml"]);
        std::os::unix::fs::symlink(folder.0.path(), folder.0.path().join("a/up")).unwrap();
        assert_eq!(folder.find(&["."]), ["a/a.yaml"]);
    }

    #[test]
    fn every_path_that_does_not_exist_is_reported() {
        let errors = find(&["/no/such".into(), "/nor/this".into()]).unwrap_err();
        let texts: Vec<_> = errors.iter().map(describe).collect();
        assert_eq!(
            texts,
            [
                "error: `/no/such` cannot be read: No such file or directory (os error 2)\n",
                "error: `/nor/this` cannot be read: No such file or directory (os error 2)\n",
            ]
        );
    }
}
