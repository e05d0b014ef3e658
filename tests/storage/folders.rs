//! Folders that cannot be used: the program says why, ends with 3, and changes nothing.

use std::fs;
use std::path::Path;

use redb::{Database, TableDefinition};

use crate::program::Program;
use crate::{Keeper, contents};

/// Starts a program that ends at once; gives its standard error.
#[track_caller]
fn refused(args: &[&str]) -> String {
    let (code, output, errors) = Program::start(args).wait();
    assert_eq!((code, output.as_str()), (3, ""), "{errors}");
    errors
}

#[track_caller]
fn server_refused(folder: &Path) -> String {
    let before = contents(folder);
    let errors = refused(&["server", "--port", "0", "--data", folder.to_str().unwrap()]);
    assert_eq!(contents(folder), before, "it is changed");
    errors
}

#[test]
fn a_second_server_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let _first = Keeper::start(folder.path(), 0);
    let errors = server_refused(folder.path());
    assert!(errors.contains("is in use by another program: end that, or choose"), "{errors}");
}

#[test]
fn a_client_and_a_server_do_not_share_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    Keeper::start(folder.path(), 0).kill();
    let data = folder.path().to_str().unwrap();
    let errors = refused(&["client", "c1", "127.0.0.1:2475", "--data", data]);
    assert!(errors.contains("are those of `server`, not of `client c1`"), "{errors}");
}

#[test]
fn an_unknown_version_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    Keeper::start(folder.path(), 0).kill();
    let meta: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("meta");
    let database = Database::open(folder.path().join("records.redb")).unwrap();
    let transaction = database.begin_write().unwrap();
    let version = 7_u32.to_le_bytes();
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(b"version");
    hasher.update(&version);
    let sealed = [hasher.finalize().to_le_bytes(), version].concat();
    transaction.open_table(meta).unwrap().insert("version", &*sealed).unwrap();
    transaction.commit().unwrap();
    drop(database);
    let errors = server_refused(folder.path());
    assert!(errors.contains("have the form 7, and this program knows 1 to 1"), "{errors}");
}

#[test]
fn a_damaged_folder_is_refused_with_the_place() {
    let folder = tempfile::tempdir().unwrap();
    Keeper::start(folder.path(), 0).kill();
    let path = folder.path().join("records.redb");
    let mut bytes = fs::read(&path).unwrap();
    bytes[4096..].fill(7);
    fs::write(&path, bytes).unwrap();
    let errors = server_refused(folder.path());
    assert!(errors.contains("records.redb` is damaged in "), "{errors}");
    assert!(errors.contains("`chatapp store check` tells what can be saved"), "{errors}");
}

#[test]
fn what_is_no_folder_of_ours_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("letter.txt");
    fs::write(&file, "dear").unwrap();
    let errors = server_refused(folder.path());
    assert!(errors.contains("holds `letter.txt`, which is no data of this chat"), "{errors}");
    let errors = refused(&["server", "--port", "0", "--data", file.to_str().unwrap()]);
    assert!(errors.contains("letter.txt` is no folder: choose another"), "{errors}");
    let errors = refused(&["server", "--port", "0", "--data", "/proc/nothing/here"]);
    assert!(errors.contains("cannot be made: "), "{errors}");
}
