//! Correct and incorrect uses of a folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use machine::RestoreError;
use redb::{Database, TableDefinition};
use tempfile::TempDir;

use super::*;
use crate::protocol::{ClientName, GroupName, KeptText, Text, Timestamp};
use crate::records::{Arrival, ClientRecord, ServerKey, ServerRecord};
use crate::storage::{Key, Place, Record};

pub(super) fn name(text: &str) -> ClientName {
    ClientName::new(text).unwrap()
}

pub(super) fn group(number: u64) -> Record {
    ServerRecord::Group { number, group: GroupName::new(&format!("g{number}")).unwrap() }.into()
}

pub(super) fn mail(to: &str, number: u64, len: usize) -> Record {
    let text = Text { number, at: Timestamp::from_micros(number), body: "x".repeat(len) };
    let text = KeptText { from: name("author"), group: None, text };
    let kept_at = Timestamp::from_micros(7);
    ServerRecord::Mail { to: name(to), number, kept_at, text }.into()
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Waits for an event.
pub(super) fn wait(store: &mut DiskStore) -> Result<Ticket, StoreError> {
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    loop {
        match store.poll_stored(&mut Context::from_waker(&waker)) {
            Poll::Ready(told) => return told,
            Poll::Pending => thread::park(),
        }
    }
}

pub(super) fn keep(store: &mut DiskStore, ticket: u64, changes: Vec<Change>) {
    store.put(Ticket(ticket), changes);
    while wait(store).unwrap() < Ticket(ticket) {}
}

pub(super) fn load(store: &mut DiskStore) -> Vec<Record> {
    let mut records = Vec::new();
    let mut shown = store.mark().map(|mark| Record::Client(ClientRecord::Shown(mark)));
    let load = store.load(&mut |key, value| {
        let record = Record::decode(value, None).unwrap();
        assert_eq!(record.key().encode(), key);
        records.extend(shown.take_if(|shown| shown.key() < record.key()));
        records.push(record);
        Ok(())
    });
    load.unwrap();
    records.extend(shown);
    records
}

pub(super) fn open(folder: &Path) -> Result<DiskStore, StoreError> {
    DiskStore::open(folder, Owner::Server)
}

/// Returns the bytes of all files, by name.
pub(super) fn contents(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries.map(|path| (path.clone(), fs::read(path).unwrap())).collect();
    files.sort();
    files
}

#[track_caller]
fn assert_refused(folder: &Path, says: &str) {
    let before = contents(folder);
    let error = open(folder).err().unwrap().to_string();
    assert!(error.contains(says), "{error}");
    assert_eq!(contents(folder), before);
}

pub(super) fn filled() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path()).unwrap();
    keep(&mut store, 1, (1..=3).map(group).map(|record| record.put()).collect());
    folder
}

#[test]
fn the_latest_record_of_each_key_survives() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a/b");
    let mut store = open(&path).unwrap();
    assert_eq!(load(&mut store), []);
    keep(&mut store, 1, vec![mail("b", 300, 3).put(), mail("b", 2, 3).put()]);
    keep(&mut store, 2, vec![group(1).put(), ServerKey::Mail(name("b"), 2).remove()]);
    keep(&mut store, 3, vec![mail("a", 9, 16_000).put(), ClientRecord::Numbered(4).put()]);
    store.set_mark(7).unwrap();
    store.set_mark(8).unwrap();
    drop(store);
    let mut store = open(&path).unwrap();
    let last = [ClientRecord::Numbered(4), ClientRecord::Shown(8)].map(Record::from);
    let expected = [group(1), mail("a", 9, 16_000), mail("b", 300, 3)].into_iter().chain(last);
    let expected: Vec<_> = expected.collect();
    assert_eq!(load(&mut store), expected);
    keep(
        &mut store,
        1,
        vec![
            ClientRecord::Incoming {
                slot: 0,
                number: 1,
                arrival: Arrival::Receipt(crate::protocol::Receipt {
                    number: 1,
                    at: Timestamp::default(),
                    by: name("b"),
                    fate: crate::protocol::Fate::Delivered,
                }),
            }
            .put(),
        ],
    );
    drop(store);
    let keys: Vec<_> = load(&mut open(&path).unwrap()).iter().map(Record::key).collect();
    assert!(keys.is_sorted(), "{keys:?}");
}

#[cfg(unix)]
#[test]
fn a_folder_is_for_its_user_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data");
    open(&path).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
}

#[test]
fn batches_that_wait_are_told_by_the_last_ticket() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path()).unwrap();
    for number in 1..=500 {
        store.put(Ticket(number), vec![group(number).put()]);
    }
    let mut told = vec![wait(&mut store).unwrap()];
    while told.last() != Some(&Ticket(500)) {
        told.push(wait(&mut store).unwrap());
    }
    assert!(told.is_sorted() && told.len() < 500);
    // Batches that were not waited for are stored all the same.
    store.put(Ticket(501), vec![group(501).put()]);
    drop(store);
    assert_eq!(load(&mut open(folder.path()).unwrap()).len(), 501);
}

#[test]
fn a_folder_that_was_only_looked_at_is_unchanged() {
    let folder = filled();
    let before = contents(folder.path());
    let mut store = open(folder.path()).unwrap();
    assert_eq!(load(&mut store).len(), 3);
    drop(store);
    assert_eq!(contents(folder.path()), before);
}

#[test]
fn a_folder_in_use_is_refused() {
    let folder = filled();
    let _user = open(folder.path()).unwrap();
    assert_refused(folder.path(), "is in use by another program: end that");
    assert!(matches!(Reader::open(folder.path()), Err(StoreError::InUse(_))));
}

#[test]
fn the_folder_of_somebody_else_is_refused() {
    let folder = filled();
    let before = contents(folder.path());
    let error = DiskStore::open(folder.path(), Owner::Client(name("c1"))).err().unwrap();
    assert!(error.to_string().contains("are those of `server`, not of `client c1`"), "{error}");
    assert_eq!(contents(folder.path()), before);
}

#[test]
fn what_is_no_folder_or_a_foreign_one_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "x").unwrap();
    for path in [file.clone(), file.join("below")] {
        let error = open(&path).err().unwrap();
        assert!(matches!(error, StoreError::NotAFolder(_)), "{error}");
    }
    assert_refused(folder.path(), "holds `file`, which does not belong to this chat");
}

#[test]
fn an_unknown_version_is_refused() {
    let folder = filled();
    let table: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("meta");
    let database = Database::open(folder.path().join(kept::RECORDS)).unwrap();
    let transaction = database.begin_write().unwrap();
    let mut sealed = Vec::new();
    let newer = FORMAT_VERSION + 1;
    entry::seal(b"version", &newer.to_le_bytes(), &mut sealed);
    transaction.open_table(table).unwrap().insert("version", &*sealed).unwrap();
    transaction.commit().unwrap();
    drop(database);
    let says = format!(
        "have the format version {newer}, but this program supports 1 to {FORMAT_VERSION}: use a \
         newer version of it"
    );
    assert_refused(folder.path(), &says);
}

#[test]
fn a_record_of_the_other_program_is_damage() {
    let folder = filled();
    let foreign = ClientRecord::Muted(name("c1"));
    keep(&mut open(folder.path()).unwrap(), 1, vec![foreign.put()]);
    let mut store = open(folder.path()).unwrap();
    let load = store.load(&mut |_, value| {
        let record = ServerRecord::decode(value);
        record.map(drop).map_err(|error| RestoreError(error.to_string()))
    });
    let error = load.unwrap_err().to_string();
    let says = "is damaged in the record `Muted(\"c1\")` (the kind of the record is unknown)";
    assert!(error.contains(says), "{error}");
    drop(store);
    let mut count = 0;
    let damage = Reader::open(folder.path()).unwrap().read(&mut |_| count += 1).unwrap().unwrap();
    assert_eq!((count, damage.missing), (3, Some(1)));
    assert_eq!(damage.places, [Place::Record(Key::Client(foreign.key()))]);
}

#[test]
fn an_unfinished_folder_is_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("records.new"), "half").unwrap();
    fs::write(folder.path().join("marks"), "half").unwrap();
    assert_eq!(load(&mut open(folder.path()).unwrap()), []);
}

#[test]
fn an_older_copy_of_the_database_is_refused() {
    let folder = filled();
    let records = folder.path().join(kept::RECORDS);
    let older = fs::read(&records).unwrap();
    keep(&mut open(folder.path()).unwrap(), 1, vec![group(4).put()]);
    fs::write(&records, older).unwrap();
    assert_refused(folder.path(), "is damaged at its end: the last 1 commits are missing");
}

#[test]
fn a_missing_file_of_numbers_is_refused_and_the_records_can_be_read() {
    let folder = filled();
    fs::remove_file(folder.path().join("marks")).unwrap();
    assert_refused(folder.path(), "marks` cannot be opened");
    let mut count = 0;
    let damage = Reader::open(folder.path()).unwrap().read(&mut |_| count += 1).unwrap().unwrap();
    assert_eq!((count, damage.missing), (3, Some(0)));
}
