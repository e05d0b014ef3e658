//! The folder: its files, and the lock.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;

use super::backend::Backend;
use super::database::Sound;
use super::file::sync_folder;
use super::kept::{Kept, RECORDS};
use super::marks::{self, Marks};
use super::meta::Header;
use crate::records::FORMAT_VERSION;
use crate::storage::{Owner, Place, StoreError};

/// The file name of the database until it is complete.
const UNFINISHED: &str = "records.new";

/// A folder with its database, locked against other programs.
pub(super) struct Opened {
    pub(super) kept: Kept,
    pub(super) marks: Marks,
}

/// Opens the folder of `owner`, or creates it.
pub(super) fn open(folder: &Path, owner: Owner) -> Result<Opened, StoreError> {
    if !is_there(folder)? {
        return create(folder, owner);
    }
    let file = locked(folder, true)?;
    let (mut database, header) = sound(folder, file)?;
    if let Some(found) = header.owner.filter(|found| *found != owner) {
        return Err(StoreError::OtherOwner { path: folder.into(), owner: found, expected: owner });
    }
    let marks = Marks::open(folder, true)?;
    check_commits(folder, &database, &marks)?;
    database.migrate(header.version)?;
    Ok(Opened { kept: Kept::open(folder, database, true)?, marks })
}

/// Opens a folder of any owner to read it. Nothing in it is changed.
pub(super) fn open_to_read(folder: &Path) -> Result<(Kept, Header, Marks), StoreError> {
    let (database, header) = sound(folder, locked(folder, false)?)?;
    let marks = Marks::open(folder, false)?;
    check_commits(folder, &database, &marks)?;
    Ok((Kept::open(folder, database, false)?, header, marks))
}

/// Opens the file of the database, locked against other programs.
pub(super) fn locked(folder: &Path, is_writing: bool) -> Result<File, StoreError> {
    let path = folder.join(RECORDS);
    let file = OpenOptions::new().read(true).write(is_writing).open(&path);
    let file = file.map_err(StoreError::refused(&path, "opened"))?;
    lock(folder, &path, &file)?;
    Ok(file)
}

/// Returns whether the folder holds data; otherwise it is missing or empty.
pub(super) fn is_there(folder: &Path) -> Result<bool, StoreError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            return Err(StoreError::NotAFolder(folder.into()));
        }
        Err(error) => return Err(StoreError::refused(folder, "read")(error)),
    };
    let mut foreign = None;
    for entry in entries {
        let name = entry.map_err(StoreError::refused(folder, "read"))?.file_name();
        if name == RECORDS {
            return Ok(true);
        }
        if name != UNFINISHED && name != marks::NAME {
            foreign = Some(name);
        }
    }
    match foreign {
        None => Ok(false),
        Some(name) => Err(StoreError::Foreign {
            path: folder.into(),
            found: name.to_string_lossy().into_owned(),
        }),
    }
}

fn sound(folder: &Path, file: File) -> Result<(Sound, Header), StoreError> {
    let path = folder.join(RECORDS);
    let backend = Backend::on_trial(file).map_err(StoreError::refused(&path, "read"))?;
    let mut database = Sound::open(&path, backend)?;
    let header = database.header()?;
    match header.version {
        1..=FORMAT_VERSION => Ok((database, header)),
        version => {
            Err(StoreError::OtherVersion { path: folder.into(), version, known: FORMAT_VERSION })
        }
    }
}

/// Finds a database that was reset to an earlier state: e.g. replaced by an older copy, or with a
/// damaged header.
fn check_commits(folder: &Path, database: &Sound, marks: &Marks) -> Result<(), StoreError> {
    match marks.commits().unwrap_or_default().checked_sub(database.commits()) {
        None | Some(0) => Ok(()),
        Some(missing) => Err(StoreError::damaged(
            folder.join(RECORDS),
            Place::Last(missing),
            "it is older than what was kept",
        )),
    }
}

/// Makes a database, which gets its name only when it is complete.
#[expect(clippy::wildcard_enum_match_arm, reason = "most errors of the system are alike here")]
pub(super) fn create(folder: &Path, owner: Owner) -> Result<Opened, StoreError> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder).map_err(|source| match source.kind() {
        io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory => {
            StoreError::NotAFolder(folder.into())
        }
        _ => StoreError::refused(folder, "created")(source),
    })?;
    let unfinished = folder.join(UNFINISHED);
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    let file = options.open(&unfinished).map_err(StoreError::refused(&unfinished, "created"))?;
    lock(folder, &unfinished, &file)?;
    // Another program may have made one in the meantime.
    if folder.join(RECORDS).exists() {
        return Err(StoreError::InUse(folder.into()));
    }
    let made = fill(folder, &unfinished, file, owner);
    if made.is_err() {
        // A leftover is replaced the next time.
        fs::remove_file(&unfinished).ok();
    }
    made
}

fn fill(folder: &Path, unfinished: &Path, file: File, owner: Owner) -> Result<Opened, StoreError> {
    Marks::create(folder)?;
    file.set_len(0).map_err(StoreError::refused(unfinished, "written"))?;
    let backend = Backend::on_trial(file).map_err(StoreError::refused(unfinished, "written"))?;
    let path = folder.join(RECORDS);
    let database = Sound::create(&path, backend, owner)?;
    fs::rename(unfinished, &path).map_err(StoreError::refused(&path, "created"))?;
    sync_folder(folder).map_err(StoreError::refused(folder, "written"))?;
    let marks = Marks::open(folder, true)?;
    marks.mark_commits(database.commits())?;
    Ok(Opened { kept: Kept::open(folder, database, true)?, marks })
}

fn lock(folder: &Path, path: &Path, file: &File) -> Result<(), StoreError> {
    match file.try_lock() {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => Err(StoreError::InUse(folder.into())),
        Err(TryLockError::Error(source)) => Err(StoreError::refused(path, "locked")(source)),
    }
}
