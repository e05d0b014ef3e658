//! Snapshot files in insta's format: reading, comparing, writing.

use std::error::Error;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use insta::Snapshot;
use tempfile::NamedTempFile;

use super::{Location, Redaction, What, replace_file};

/// The lines that insta itself writes above the text when the test target `scenarios` asserts it, so
/// that neither tool rewrites the other's files.
pub(super) const HEADER: &str = "---\nsource: tests/scenarios.rs\n---\n";

/// The line above and below the header of a snapshot.
const FENCE: &str = "---";

/// The mark at the beginning of files by some editors.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// What to do with screens that differ from their snapshot.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Update {
    /// Fail the scenario; write nothing.
    Never,
    /// Fail the scenario, and write a pending snapshot.
    Pending,
    /// Accept them; without a snapshot so far, write a pending one.
    Unseen,
    /// Accept them.
    Accept,
}

/// The value of `INSTA_UPDATE` is not one of insta's.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "`INSTA_UPDATE` is `{0}`; set it to `auto`, `new`, `always`, `unseen`, `force` or `no`, or \
     unset it"
)]
pub struct UpdateError(String);

impl Update {
    /// Parses the value of `INSTA_UPDATE` as insta does; in continuous integration `auto` writes
    /// nothing.
    ///
    /// # Errors
    ///
    /// insta does not know the value.
    pub fn from_insta(value: Option<&str>, in_ci: bool) -> Result<Self, UpdateError> {
        match value.unwrap_or_default() {
            "" | "auto" if in_ci => Ok(Self::Never),
            "" | "auto" | "new" => Ok(Self::Pending),
            "always" | "1" | "force" => Ok(Self::Accept),
            "unseen" => Ok(Self::Unseen),
            "no" => Ok(Self::Never),
            unknown => Err(UpdateError(unknown.to_owned())),
        }
    }
}

/// A snapshot file cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// It exists, but does not hold a snapshot.
    #[error("the snapshot `{path}` cannot be read ({cause}); repair it or accept it \
             again", path = path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The error from insta.
        cause: String,
    },
    /// The file system refuses.
    #[error("the snapshot `{path}` cannot be written ({cause})", path = path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// The cause.
        cause: io::Error,
    },
}

/// The result of comparing screens with their snapshot.
#[derive(Debug)]
pub(super) enum Comparison {
    /// They are the same.
    Same,
    /// They were accepted as the snapshot.
    Accepted,
    /// They differ.
    Differs(What),
}

/// Compares the screens with the snapshot, from which they may differ as the redaction says, and
/// updates the files as `update` says.
pub(super) fn compare(
    location: &Location,
    shown: &str,
    update: Update,
    redaction: Option<&Redaction>,
) -> Result<Comparison, SnapshotError> {
    let path = &location.snapshot;
    let expected = match (read(path), update) {
        (Err(_), Update::Accept) => None,
        (read, _) => read?,
    };
    let shown = match (redaction, &expected) {
        (Some(redaction), Some(expected)) => redaction.as_expected(expected, shown),
        (None, _) | (_, None) => shown.to_owned(),
    };
    if expected.as_deref() == Some(shown.trim_end()) {
        if update != Update::Never {
            remove_pending(location)?;
        }
        return Ok(Comparison::Same);
    }
    let accepts = match update {
        Update::Never | Update::Pending => false,
        Update::Unseen => expected.is_some(),
        Update::Accept => true,
    };
    if accepts {
        write(path, &shown)?;
        remove_pending(location)?;
        return Ok(Comparison::Accepted);
    }
    let pending = (update != Update::Never).then(|| location.pending());
    if let Some(pending) = &pending {
        write(pending, &shown)?;
    }
    Ok(Comparison::Differs(What::SnapshotDiffers { path: path.clone(), expected, shown, pending }))
}

/// Reads the text of a snapshot, without trailing blanks; `None` if there is no such file.
pub(super) fn read(path: &Path) -> Result<Option<String>, SnapshotError> {
    let unreadable = |cause: String| SnapshotError::Unreadable { path: path.to_owned(), cause };
    match path.try_exists() {
        Ok(true) => {}
        Ok(false) => return Ok(None),
        Err(error) => return Err(unreadable(error.to_string())),
    }
    let snapshot = from_file(path).map_err(|error| unreadable(error.to_string()))?;
    let text = snapshot.as_text().map(ToString::to_string);
    text.map(Some).ok_or_else(|| unreadable("it holds no text".to_owned()))
}

/// Reads a snapshot, which may begin with a byte order mark: insta does not expect one.
fn from_file(path: &Path) -> Result<Snapshot, Box<dyn Error>> {
    let contents = fs::read(path)?;
    let Some(unmarked) = contents.strip_prefix(BYTE_ORDER_MARK) else {
        return Snapshot::from_file(path);
    };
    let mut copy = NamedTempFile::new()?;
    copy.write_all(unmarked)?;
    Snapshot::from_file(copy.path())
}

/// Returns the lines above the text of a snapshot: those that the file has, which may hold a
/// description, or those of a new one.
fn header(path: &Path) -> String {
    let header = from_file(path).ok().and_then(|_| {
        let contents = fs::read(path).ok()?;
        let unmarked = contents.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&contents);
        let text = std::str::from_utf8(unmarked).ok()?;
        let fences = text.split_inclusive('\n').scan(0, |len, line| {
            *len += line.len();
            Some((*len, line.trim_end() == FENCE))
        });
        let (len, _) = fences.skip(1).find(|(_, is_fence)| *is_fence)?;
        let header = text.starts_with(FENCE).then(|| text.get(..len))?;
        header.map(str::to_owned)
    });
    header.unwrap_or_else(|| HEADER.to_owned())
}

/// Writes a snapshot so that the old one stays intact if the disk is full or the program ends.
pub(super) fn write(path: &Path, text: &str) -> Result<(), SnapshotError> {
    let contents = format!("{}{}\n", header(path), text.trim_end());
    replace_file(path, contents.as_bytes())
        .map_err(|cause| SnapshotError::Unwritable { path: path.to_owned(), cause })
}

pub(super) fn remove_pending(location: &Location) -> Result<(), SnapshotError> {
    let path = location.pending();
    match fs::remove_file(&path) {
        Err(cause) if cause.kind() != io::ErrorKind::NotFound => {
            Err(SnapshotError::Unwritable { path, cause })
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Folder {
        _folder: tempfile::TempDir,
        location: Location,
    }

    impl Folder {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let location = Location {
                name: "case".into(),
                snapshot: folder.path().join("snapshots/case.snap"),
            };
            Self { _folder: folder, location }
        }

        fn compare(&self, shown: &str, update: Update) -> Comparison {
            compare(&self.location, shown, update, None).unwrap()
        }

        fn snapshot(&self) -> Option<String> {
            fs::read_to_string(&self.location.snapshot).ok()
        }

        fn pending(&self) -> Option<String> {
            fs::read_to_string(self.location.pending()).ok()
        }
    }

    fn file(text: &str) -> String {
        format!("---\nsource: tests/scenarios.rs\n---\n{text}\n")
    }

    #[test]
    fn accepted_screens_are_the_snapshot_from_then_on() {
        let folder = Folder::new();
        let text = "== server ==\n>>> a \n\n== c1 ==\n\n";
        assert!(matches!(folder.compare(text, Update::Accept), Comparison::Accepted));
        assert_eq!(folder.snapshot(), Some(file("== server ==\n>>> a \n\n== c1 ==")));
        assert!(matches!(folder.compare(text, Update::Never), Comparison::Same));
    }

    #[test]
    fn file_is_what_insta_itself_would_save() {
        let folder = Folder::new();
        folder.compare("== server ==\n>>> ä\\n \"b\"\n\n", Update::Accept);
        let ours = folder.snapshot();
        let snapshot = Snapshot::from_file(&folder.location.snapshot).unwrap();
        snapshot.save(&folder.location.snapshot).unwrap();
        assert_eq!(folder.snapshot(), ours);
    }

    #[test]
    fn different_screens_wait_for_a_review_until_they_agree() {
        let folder = Folder::new();
        folder.compare("old", Update::Accept);
        let Comparison::Differs(What::SnapshotDiffers { expected, shown, pending, .. }) =
            folder.compare("new", Update::Pending)
        else {
            panic!("they differ");
        };
        assert_eq!(expected.as_deref(), Some("old"));
        assert_eq!(shown, "new");
        assert_eq!(pending, Some(folder.location.pending()));
        assert_eq!(folder.snapshot(), Some(file("old")));
        assert_eq!(folder.pending(), Some(file("new")));

        folder.compare("old", Update::Never);
        assert_eq!(folder.pending(), Some(file("new")));
        folder.compare("old", Update::Pending);
        assert_eq!(folder.pending(), None);
    }

    #[test]
    fn nothing_is_written_unless_told() {
        let folder = Folder::new();
        assert!(matches!(
            folder.compare("new", Update::Never),
            Comparison::Differs(What::SnapshotDiffers { expected: None, pending: None, .. })
        ));
        assert_eq!((folder.snapshot(), folder.pending()), (None, None));
    }

    #[test]
    fn unseen_screens_wait_and_seen_ones_are_replaced() {
        let folder = Folder::new();
        folder.compare("first", Update::Unseen);
        assert_eq!((folder.snapshot(), folder.pending()), (None, Some(file("first"))));
        folder.compare("first", Update::Accept);
        assert_eq!((folder.snapshot(), folder.pending()), (Some(file("first")), None));
        folder.compare("second", Update::Unseen);
        assert_eq!(folder.snapshot(), Some(file("second")));
    }

    #[test]
    fn damaged_snapshot_is_told_and_can_be_accepted_anew() {
        let folder = Folder::new();
        folder.compare("good", Update::Accept);
        fs::write(&folder.location.snapshot, "---\n[\n---\n").unwrap();
        let error = compare(&folder.location, "good", Update::Pending, None);
        assert!(matches!(error, Err(SnapshotError::Unreadable { .. })));
        folder.compare("good", Update::Accept);
        assert_eq!(folder.snapshot(), Some(file("good")));
    }

    #[test]
    fn byte_order_mark_does_not_count() {
        let folder = Folder::new();
        folder.compare("old", Update::Accept);
        fs::write(&folder.location.snapshot, format!("\u{feff}{}", file("old"))).unwrap();
        assert!(matches!(folder.compare("old", Update::Never), Comparison::Same));
        assert!(matches!(folder.compare("new", Update::Accept), Comparison::Accepted));
        assert_eq!(folder.snapshot(), Some(file("new")));
    }

    #[test]
    fn what_people_add_to_a_snapshot_stays() {
        let folder = Folder::new();
        folder.compare("old", Update::Accept);
        let header = "---\nsource: tests/scenarios.rs\ndescription: \"why: so\"\ninfo:\n  \
                      seen: [1, 2]\n---\n";
        fs::write(&folder.location.snapshot, format!("{header}old\n")).unwrap();
        assert!(matches!(folder.compare("new", Update::Accept), Comparison::Accepted));
        assert_eq!(folder.snapshot(), Some(format!("{header}new\n")));
        let snapshot = Snapshot::from_file(&folder.location.snapshot).unwrap();
        assert_eq!(snapshot.metadata().description(), Some("why: so"));
    }

    #[test]
    fn insta_update_means_what_it_means_to_insta() {
        let read = |value| Update::from_insta(value, false).unwrap();
        assert_eq!(read(None), Update::Pending);
        assert_eq!(read(Some("auto")), Update::Pending);
        assert_eq!(read(Some("new")), Update::Pending);
        assert_eq!(read(Some("always")), Update::Accept);
        assert_eq!(read(Some("unseen")), Update::Unseen);
        assert_eq!(read(Some("no")), Update::Never);
        assert_eq!(Update::from_insta(None, true), Ok(Update::Never));
        assert_eq!(Update::from_insta(Some("new"), true), Ok(Update::Pending));
        assert_eq!(
            Update::from_insta(Some("yes"), false).unwrap_err().to_string(),
            "`INSTA_UPDATE` is `yes`; set it to `auto`, `new`, `always`, `unseen`, `force` or \
             `no`, or unset it"
        );
    }
}
