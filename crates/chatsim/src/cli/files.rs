//! Finding and reading scenarios.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use clap::Args;

use super::problem::Problem;
use super::setup::Cli;
use crate::Guest;
use crate::report::escaped;
use crate::runner::{Case, Location};
use crate::scenario::{self, Includes, LoadError, SCENARIOS, Scenario, is_standard_input};

/// What to read.
#[derive(Clone, PartialEq, Eq, Debug, Default, Args)]
pub(super) struct PathArguments {
    /// Scenario files, folders with `.yaml` and `.yml` files at any depth, or `-` for standard
    /// input.
    #[arg(value_name = "PATH", default_value = SCENARIOS)]
    pub(super) paths: Vec<PathBuf>,
    /// Let scenarios include files that are outside of their project.
    #[arg(long)]
    pub(super) allow_outside: bool,
}

impl PathArguments {
    /// Names one file.
    pub(super) fn one(path: PathBuf) -> Self {
        Self { paths: vec![path], allow_outside: false }
    }

    /// Returns which files scenarios may include.
    pub(super) const fn includes(&self) -> Includes {
        if self.allow_outside { Includes::Anywhere } else { Includes::Project }
    }
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
/// other files) are skipped, and so is what is not a file, e.g. a pipe. Each file comes once.
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
            self.visit(path.clone(), |_, _| true);
        }
        if self.errors.is_empty() { Ok(self.files) } else { Err(self.errors) }
    }

    fn visit(&mut self, path: PathBuf, is_wanted: impl Fn(&Path, Option<&Metadata>) -> bool) {
        if let Err(source) = self.try_visit(&path, is_wanted) {
            self.errors.push(FileError { path, source });
        }
    }

    fn try_visit(
        &mut self,
        path: &Path,
        is_wanted: impl Fn(&Path, Option<&Metadata>) -> bool,
    ) -> io::Result<()> {
        if is_standard_input(path) {
            self.files.push(path.to_owned());
            return Ok(());
        }
        let metadata = fs::metadata(path);
        let is_folder = metadata.as_ref().is_ok_and(Metadata::is_dir);
        if !is_folder && !is_wanted(path, metadata.as_ref().ok()) {
            return Ok(());
        }
        // A pipe may have no path that exists.
        let identity =
            if metadata?.is_file() || is_folder { path.canonicalize()? } else { path.into() };
        if !self.seen.insert(identity) {
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

/// Returns whether something in a folder is a scenario: a file, or a link to nothing that is called
/// like one.
fn is_scenario(path: &Path, metadata: Option<&Metadata>) -> bool {
    let extension = path.extension();
    extension.is_some_and(|extension| extension == "yaml" || extension == "yml")
        && metadata.is_none_or(Metadata::is_file)
}

/// Reads all scenarios that the arguments name, at least one.
pub(super) fn load_cases(arguments: &PathArguments, cli: Cli) -> Result<Vec<Case>, Problem> {
    let cases = load_all(arguments, cli).map_err(|errors| Problem::usage(errors.join("\n")))?;
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
fn load_all(arguments: &PathArguments, cli: Cli) -> Result<Vec<Case>, Vec<String>> {
    let files =
        find(&arguments.paths).map_err(|errors| errors.iter().map(describe).collect::<Vec<_>>())?;
    let mut cases = Vec::new();
    let mut errors = Vec::new();
    for path in files {
        match load(&path, arguments.includes(), cli) {
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
pub(super) fn load(path: &Path, includes: Includes, cli: Cli) -> Result<Vec<Case>, String> {
    load_with(path, includes, cli.guest, cli.is_colored())
}

/// Reads a scenario of a guest, in each combination of its matrix, and finds the files that belong to
/// it.
///
/// # Errors
///
/// It is invalid: all errors, ready to be shown; `color` adds styles.
pub fn load_case(path: &Path, guest: &'static dyn Guest, color: bool) -> Result<Vec<Case>, String> {
    load_with(path, Includes::Project, guest, color)
}

fn load_with(
    path: &Path,
    includes: Includes,
    guest: &'static dyn Guest,
    color: bool,
) -> Result<Vec<Case>, String> {
    let scenarios = scenario::load(path, guest, includes).map_err(|error| match error {
        LoadError::Mistakes(mistakes) => mistakes.render(color),
        LoadError::Read(error) => describe(&error),
    })?;
    let is_pipe = || fs::metadata(path).is_ok_and(|metadata| !metadata.is_file());
    let location = if is_standard_input(path) || is_pipe() {
        Location::of_pipe(path)
    } else {
        Location::of(path).map_err(|source| {
            let path = path.to_owned();
            describe(&FileError { path, source })
        })?
    };
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
            let (owner, path) = (shown(owner), shown(path));
            errors
                .push(format!("error: `{owner}` and `{path}` have the same {what}; rename one\n"));
        }
    }
    errors
}

/// Reports scenarios whose snapshots some file systems take for one file.
pub(super) fn differing_in_case(cases: &[Case]) -> Vec<String> {
    let mut owners: BTreeMap<String, &str> = BTreeMap::new();
    let mut errors = Vec::new();
    for Case { location, .. } in cases.iter().filter(|case| case.location.has_snapshot()) {
        let snapshot = location.snapshot.to_string_lossy().to_lowercase();
        if let Some(owner) = owners.insert(snapshot, &location.name) {
            let (owner, name) = (escaped(owner), escaped(&location.name));
            errors.push(format!(
                "error: the names of `{owner}` and `{name}` differ in case only, so that their \
                 snapshots are one file on some systems; rename one\n"
            ));
        }
    }
    errors
}

/// Returns a path as a terminal can show it.
pub(super) fn shown(path: &Path) -> String {
    escaped(&path.display().to_string()).into_owned()
}

/// Writes an error and its causes on one line, as a terminal can show it.
pub(super) fn describe(error: &(impl std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    let texts: Vec<_> =
        std::iter::once(error.to_string()).chain(causes.map(ToString::to_string)).collect();
    format!("error: {}\n", escaped(&texts.join(": ")))
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
