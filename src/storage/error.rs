//! Errors of storage.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use super::{Key, Owner};

/// Why records cannot be read or stored. A folder that is refused has not been changed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The path is a file.
    #[error("`{0}` is not a folder: choose another with `--data DIR`")]
    NotAFolder(PathBuf),
    /// There is no data.
    #[error("`{0}` holds no data of this chat: check its spelling")]
    Nothing(PathBuf),
    /// The folder contains something else.
    #[error(
        "`{path}` holds `{found}`, which does not belong to this chat: choose a separate folder \
         with `--data DIR`"
    )]
    Foreign {
        /// The folder.
        path: PathBuf,
        /// The name of something in it.
        found: String,
    },
    /// The path exists already.
    #[error("`{0}` exists already: choose a new folder")]
    Exists(PathBuf),
    /// The data belong to another owner.
    #[error(
        "the data in `{path}` are those of `{owner}`, not of `{expected}`: choose another folder \
         with `--data DIR`"
    )]
    OtherOwner {
        /// The folder.
        path: PathBuf,
        /// The owner of the data.
        owner: Owner,
        /// The owner that was asked for.
        expected: Owner,
    },
    /// The data have an unknown format.
    #[error(
        "the data in `{path}` have the format version {version}, but this program supports 1 to \
         {known}: use a newer version of it"
    )]
    OtherVersion {
        /// The folder.
        path: PathBuf,
        /// The version of their format.
        version: u32,
        /// The newest known version.
        known: u32,
    },
    /// Another program uses the data.
    #[error(
        "`{0}` is in use by another program: end that one, or choose another folder with `--data \
         DIR`"
    )]
    InUse(PathBuf),
    /// The data are damaged.
    #[error(
        "`{path}` is damaged {place} ({cause}): `chatapp store check` shows what can be recovered, \
         `chatapp store export` recovers it"
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The place in the file.
        place: Box<Place>,
        /// The kind of damage.
        cause: String,
    },
    /// The operating system refuses.
    #[error("`{path}` cannot be {doing}: {}", cure(source))]
    Refused {
        /// The file or the folder.
        path: PathBuf,
        /// The failed operation, as in "it cannot be written".
        doing: &'static str,
        /// The error of the operating system.
        source: io::Error,
    },
}

impl StoreError {
    /// Makes an error for a damaged file.
    pub(super) fn damaged(path: impl Into<PathBuf>, place: Place, cause: &str) -> Self {
        Self::Damaged { path: path.into(), place: Box::new(place), cause: cause.to_owned() }
    }

    /// Returns what makes an error of an operation that the operating system refuses; `doing` as in
    /// "it cannot be written".
    pub(super) fn refused(
        path: &Path,
        doing: &'static str,
    ) -> impl FnOnce(io::Error) -> Self + use<> {
        let path = PathBuf::from(path);
        move |source| Self::Refused { path, doing, source }
    }
}

/// The place of damage.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Place {
    /// In the header or the structure of the database.
    Structure,
    /// At a byte of the file, counted from 0.
    Offset(u64),
    /// In one record.
    Record(Key),
    /// Between two records that can be read; `None` is the beginning, or the end.
    Between(Option<Key>, Option<Key>),
    /// At its end: this many of the latest commits are missing.
    Last(u64),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Structure => f.write_str("in the structure that leads to its records"),
            Self::Offset(offset) => write!(f, "at byte {offset}"),
            Self::Record(key) => write!(f, "in the record `{key}`"),
            Self::Between(None, None) => f.write_str("in all of its records"),
            Self::Between(None, Some(key)) => write!(f, "before the record `{key}`"),
            Self::Between(Some(key), None) => write!(f, "after the record `{key}`"),
            Self::Between(Some(a), Some(b)) => {
                write!(f, "between the records `{a}` and `{b}`")
            }
            Self::Last(commits) => write!(f, "at its end: the last {commits} commits are missing"),
        }
    }
}

/// Returns what to do when the operating system refuses.
#[expect(clippy::wildcard_enum_match_arm, reason = "most errors of the system are alike here")]
fn cure(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "free some space on its disk, or choose another folder with `--data DIR`"
        }
        io::ErrorKind::FileTooLarge => {
            "the file size limit is reached: raise it, or lower the limits on what is stored"
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "change its permissions, or choose another folder with `--data DIR`"
        }
        _ => "check its disk, or choose another folder with `--data DIR`",
    }
}
