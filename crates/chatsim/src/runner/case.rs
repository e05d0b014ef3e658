//! A scenario and the files that belong to it.

use std::ffi::OsStr;
use std::io;
use std::path::{Component, Path, PathBuf};

use crate::scenario::{Combination, SCENARIOS, Scenario, is_standard_input};

/// The folder that contains their snapshots.
pub(super) const SNAPSHOTS: &str = "snapshots";

/// A scenario and the files that belong to it.
#[derive(Clone, Debug)]
pub struct Case {
    /// What is run.
    pub scenario: Scenario,
    /// Its name, and the path of its snapshot.
    pub location: Location,
}

/// The name of a scenario, and the path of its snapshot, if it has one.
///
/// Both follow from the path: `any/scenarios/groups/order.yaml` is called `groups/order` and has
/// the snapshot `any/snapshots/groups/order.snap`; where the path has several folders named
/// `scenarios`, the last one counts. Outside of such a folder, `any/order.yaml` is called `order`
/// and has the snapshot `any/snapshots/order.snap`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Location {
    /// The name, with `/` between its parts.
    pub name: String,
    /// The snapshot file, absolute; empty if the scenario is not in a file and has none.
    pub snapshot: PathBuf,
}

impl Location {
    /// Locates the scenario of a file.
    ///
    /// # Errors
    ///
    /// The file does not exist, or its path cannot be resolved.
    pub fn of(path: &Path) -> io::Result<Self> {
        Ok(Self::of_absolute(&path.canonicalize()?))
    }

    /// Locates the scenario that a file is going to hold.
    ///
    /// # Errors
    ///
    /// Its path cannot be resolved: e.g. it is empty.
    pub fn of_new(path: &Path) -> io::Result<Self> {
        let path = std::path::absolute(path)?;
        let whole = path.parent().and_then(|folder| folder.canonicalize().ok());
        let whole = whole.zip(path.file_name()).map(|(folder, name)| folder.join(name));
        Ok(Self::of_absolute(&whole.unwrap_or(path)))
    }

    /// Locates a scenario that is read from a pipe or from standard input, and has no snapshot.
    pub fn of_pipe(path: &Path) -> Self {
        let name =
            if is_standard_input(path) { "standard input".into() } else { path.to_string_lossy() };
        Self { name: name.into_owned(), snapshot: PathBuf::new() }
    }

    /// Returns whether the screens are compared with a snapshot.
    pub fn has_snapshot(&self) -> bool {
        !self.snapshot.as_os_str().is_empty()
    }

    /// Locates one combination of the scenario's matrix: `order[name=a,other=b]` with the snapshot
    /// `order@a,b.snap`. Without a matrix it is the scenario itself.
    #[must_use]
    pub fn in_combination(mut self, combination: &Combination) -> Self {
        self.name += &combination.name_suffix();
        if !self.has_snapshot() {
            return self;
        }
        let mut file = self.snapshot.file_stem().unwrap_or_default().to_os_string();
        file.push(combination.file_suffix());
        file.push(".snap");
        self.snapshot.set_file_name(file);
        self
    }

    /// Returns the folder of the snapshots of the scenarios in a folder.
    pub(crate) fn snapshots_of(folder: &Path) -> io::Result<PathBuf> {
        let any = Self::of_absolute(&folder.canonicalize()?.join(SCENARIOS));
        Ok(any.snapshot.with_file_name(""))
    }

    fn of_absolute(path: &Path) -> Self {
        let folder: Vec<_> =
            path.parent().map(|folder| folder.components().collect()).unwrap_or_default();
        let is_root = |part: &Component<'_>| part.as_os_str() == OsStr::new(SCENARIOS);
        let (before, below) = match folder.iter().rposition(is_root) {
            Some(root) => {
                let (before, below) = folder.split_at(root);
                (before, below.get(1..).unwrap_or_default())
            }
            None => (folder.as_slice(), [].as_slice()),
        };
        let stem = path.file_stem().unwrap_or_default();
        let name: Vec<_> = below
            .iter()
            .map(|part| part.as_os_str())
            .chain([stem])
            .map(OsStr::to_string_lossy)
            .collect();
        let mut file = stem.to_os_string();
        file.push(".snap");
        let snapshot = before
            .iter()
            .map(|part| part.as_os_str())
            .chain([OsStr::new(SNAPSHOTS)])
            .chain(below.iter().map(|part| part.as_os_str()))
            .chain([file.as_os_str()])
            .collect();
        Self { name: name.join("/"), snapshot }
    }

    /// Returns the path of the pending snapshot.
    pub fn pending(&self) -> PathBuf {
        self.snapshot.with_extension("snap.new")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn located(path: &str) -> (String, String) {
        let location = Location::of_absolute(Path::new(path));
        (location.name, location.snapshot.display().to_string())
    }

    #[test]
    fn snapshot_stands_in_the_sibling_folder() {
        assert_eq!(
            located("/p/scenarios/case1.yaml"),
            ("case1".into(), "/p/snapshots/case1.snap".into())
        );
        assert_eq!(
            located("/p/scenarios/groups/a.b.yml"),
            ("groups/a.b".into(), "/p/snapshots/groups/a.b.snap".into())
        );
    }

    #[test]
    fn last_folder_named_scenarios_counts() {
        assert_eq!(
            located("/scenarios/p/scenarios/x.yaml"),
            ("x".into(), "/scenarios/p/snapshots/x.snap".into())
        );
    }

    #[test]
    fn file_outside_has_a_folder_of_snapshots_beside_it() {
        assert_eq!(located("/p/x.yaml"), ("x".into(), "/p/snapshots/x.snap".into()));
        assert_eq!(
            located("/p/scenarios"),
            ("scenarios".into(), "/p/snapshots/scenarios.snap".into())
        );
    }

    #[test]
    fn pending_screens_stand_beside_the_snapshot() {
        let location = Location::of_absolute(Path::new("/p/scenarios/a.b.yaml"));
        assert_eq!(location.pending(), Path::new("/p/snapshots/a.b.snap.new"));
    }
}
