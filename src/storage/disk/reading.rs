//! Reading a folder, intact or damaged, without changing it.

use std::io;
use std::path::{Path, PathBuf};

use super::archive::Archive;
use super::folder;
use super::kept::{Kept, RECORDS, Recent, give_history};
use super::marks::Marks;
use super::meta::Header;
use super::salvage::{Salvage, salvage};
use crate::records::ClientRecord;
use crate::storage::{Place, Record, StoreError};

/// Reads a folder of any owner.
pub struct Reader {
    folder: PathBuf,
    content: Content,
}

enum Content {
    Sound(Box<(Kept, Header, Marks)>),
    Damaged(Box<Remains>),
}

/// The rest of a damaged folder.
struct Remains {
    salvage: Salvage,
    archive: Option<Archive>,
    marks: Option<Marks>,
    error: StoreError,
}

/// The damage of a folder.
#[derive(Debug)]
pub struct Damage {
    /// Why the folder was refused.
    pub error: StoreError,
    /// Where records are missing; empty if all of them can be recovered.
    pub places: Vec<Place>,
    /// The minimum number of missing records, if it is known.
    pub missing: Option<u64>,
}

impl Reader {
    /// Opens a folder to read it; other programs are kept out meanwhile.
    ///
    /// # Errors
    ///
    /// There is no data, it is in use or of another version, or the operating system refuses.
    /// Damage is not an error: see [`read`](Self::read).
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let folder = path.to_owned();
        if !folder::is_there(path)? {
            return Err(StoreError::Nothing(folder));
        }
        let content = match folder::open_to_read(path) {
            Ok(opened) => Content::Sound(Box::new(opened)),
            Err(error) if is_damage(&error) => {
                Content::Damaged(Box::new(Remains::of(path, error)?))
            }
            Err(error) => return Err(error),
        };
        Ok(Self { folder, content })
    }

    /// Returns the owner of the records and the version of their format, if they can be read.
    pub fn header(&self) -> Option<Header> {
        match &self.content {
            Content::Sound(opened) => Some(opened.1),
            Content::Damaged(remains) => remains.salvage.header,
        }
    }

    /// Passes every record that can be read, in the order of keys. Returns the damage.
    ///
    /// # Errors
    ///
    /// The system refuses.
    pub fn read(self, each: &mut dyn FnMut(Record)) -> Result<Option<Damage>, StoreError> {
        match self.content {
            Content::Sound(opened) => {
                let (kept, header, marks) = *opened;
                let mut lost = Vec::new();
                let mut shown = shown_record(&marks);
                kept.for_each_and_history(header.owner, &mut |record| match record {
                    Ok(record) => {
                        shown
                            .take_if(|it| it.key() < record.key())
                            .into_iter()
                            .for_each(&mut *each);
                        each(record);
                    }
                    Err(place) => lost.push(place),
                })?;
                shown.into_iter().for_each(each);
                let Some((file, place)) = lost.first().cloned() else { return Ok(None) };
                let path = self.folder.join(file);
                let error = StoreError::damaged(path, place, "a checksum is wrong");
                let missing = Some(lost.len() as u64);
                let places = lost.into_iter().map(|(_, place)| place).collect();
                Ok(Some(Damage { error, places, missing }))
            }
            Content::Damaged(remains) => remains.read(each).map(Some),
        }
    }
}

impl Remains {
    /// Looks for the remaining records after an error.
    fn of(path: &Path, error: StoreError) -> Result<Self, StoreError> {
        let file = folder::locked(path, false)?;
        let marks = Marks::open(path, false).ok();
        let commits = marks.as_ref().and_then(Marks::commits);
        let mut salvage = salvage(&path.join(RECORDS), &file, commits)?;
        let error = placed_by(&salvage, error);
        let archive = Archive::open(path, false).ok();
        if archive.is_none() {
            salvage.places.push(Place::Structure);
            salvage.count = None;
        }
        Ok(Self { salvage, archive, marks, error })
    }

    fn read(self, each: &mut dyn FnMut(Record)) -> Result<Damage, StoreError> {
        let Self { salvage: Salvage { saved, count, mut places, .. }, archive, marks, error } =
            self;
        let missing = count.map(|count| count.saturating_sub(saved.len() as u64));
        let mut shown = marks.as_ref().and_then(shown_record);
        let mut recent = Recent::new();
        for record in saved.into_values() {
            shown.take_if(|it| it.key() < record.key()).into_iter().for_each(&mut *each);
            if let Record::Client(ClientRecord::Said(entry)) = record {
                recent.insert(entry.number, entry);
            } else {
                each(record);
            }
        }
        shown.into_iter().for_each(&mut *each);
        if let Some(archive) = archive {
            give_history(recent, &archive, &mut |record| match record {
                Ok(record) => each(record),
                Err((_, place)) => places.push(place),
            })?;
        } else {
            for entry in recent.into_values() {
                each(ClientRecord::Said(entry).into());
            }
        }
        Ok(Damage { error, places, missing })
    }
}

/// Makes a record of the mark of shown messages of a client.
fn shown_record(marks: &Marks) -> Option<Record> {
    marks.shown().map(|number| ClientRecord::Shown(number).into())
}

/// Returns the place of damage that the engine has found somewhere.
pub(super) fn placed(folder: &Path, error: StoreError) -> StoreError {
    if !matches!(&error, StoreError::Damaged { place, .. } if **place == Place::Structure) {
        return error;
    }
    let commits = Marks::open(folder, false).ok().and_then(|marks| marks.commits());
    let file = folder::locked(folder, false);
    match file.and_then(|file| salvage(&folder.join(RECORDS), &file, commits)) {
        Ok(found) => placed_by(&found, error),
        Err(_) => error,
    }
}

fn placed_by(found: &Salvage, error: StoreError) -> StoreError {
    match (error, found.places.first()) {
        (StoreError::Damaged { path, place, .. }, Some(found))
            if *place == Place::Structure && *found != Place::Structure =>
        {
            StoreError::damaged(path, found.clone(), "a checksum is wrong")
        }
        (error, _) => error,
    }
}

fn is_damage(error: &StoreError) -> bool {
    match error {
        StoreError::Damaged { .. } => true,
        StoreError::Refused { path, source, .. } => {
            path.ends_with(super::marks::NAME) && source.kind() == io::ErrorKind::NotFound
        }
        StoreError::NotAFolder(_)
        | StoreError::Nothing(_)
        | StoreError::Foreign { .. }
        | StoreError::Exists(_)
        | StoreError::OtherOwner { .. }
        | StoreError::OtherVersion { .. }
        | StoreError::InUse(_) => false,
    }
}
