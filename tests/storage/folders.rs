//! Folders that cannot be used: the program reports why, exits with 3, and changes nothing.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use chatapp::storage::disk::FORMAT_VERSION;
use redb::{Database, TableDefinition};

use crate::program::{self, CHATAPP, Program};
use crate::{Keeper, contents};

/// Starts a program that ends at once; returns its standard error.
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
    assert!(errors.contains("is in use by another program: end that one, or choose"), "{errors}");
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
    let version = 999_u32.to_le_bytes();
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(b"version");
    hasher.update(&version);
    let sealed = [hasher.finalize().to_le_bytes(), version].concat();
    transaction.open_table(meta).unwrap().insert("version", &*sealed).unwrap();
    transaction.commit().unwrap();
    drop(database);
    let errors = server_refused(folder.path());
    assert!(
        errors.contains(&format!(
            "have the format version 999, but this program supports 1 to {FORMAT_VERSION}"
        )),
        "{errors}"
    );
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
    assert!(errors.contains("`chatapp store check` shows what can be recovered"), "{errors}");
}

#[test]
fn what_is_no_folder_of_ours_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("letter.txt");
    fs::write(&file, "dear").unwrap();
    let errors = server_refused(folder.path());
    assert!(errors.contains("holds `letter.txt`, which does not belong to this chat"), "{errors}");
    let errors = refused(&["server", "--port", "0", "--data", file.to_str().unwrap()]);
    assert!(errors.contains("letter.txt` is not a folder: choose another"), "{errors}");
    let errors = refused(&["server", "--port", "0", "--data", "/proc/nothing/here"]);
    assert!(errors.contains("cannot be created: "), "{errors}");
}

#[test]
fn the_default_folder_is_that_of_the_client_and_its_server() {
    let folder = tempfile::tempdir().unwrap();
    let server = Keeper::start(&folder.path().join("server"), 0);
    let at = format!("127.0.0.1:{}", server.port);
    let status = Command::new(CHATAPP)
        .args(["client", "c1", &at])
        .env("XDG_DATA_HOME", folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status();
    assert!(status.unwrap().success());
    let data = folder.path().join(format!("chatapp/client-c1@127.0.0.1-{}", server.port));
    assert!(data.join("records.redb").exists());
}

/// A folder in which no user can create anything.
#[cfg(target_os = "linux")]
#[test]
fn a_place_where_nothing_can_be_written_is_refused() {
    let data = "/sys/kernel/chatapp-data";
    for args in [&["server", "--port", "0"][..], &["client", "c1", "127.0.0.1:2475"]] {
        let errors = refused(&[args, &["--data", data]].concat());
        let says = format!(
            "chatapp: `{data}` cannot be created: change its permissions, or choose another folder"
        );
        assert!(errors.starts_with(&says), "{errors}");
    }
}

#[test]
fn what_is_no_bound_is_answered_with_what_would_be_right() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    for (flag, value, says) in [
        (
            "--mail-per-sender",
            "0",
            "`0` is not a valid number for `--mail-per-sender`: write a whole number",
        ),
        (
            "--mail-per-person",
            "-1",
            "`-1` is not a valid number for `--mail-per-person`: write a whole",
        ),
        (
            "--mail-bytes-per-person",
            "1MB",
            "`1MB` is not a valid size for `--mail-bytes-per-person`: write",
        ),
        (
            "--mail-bytes",
            "5",
            "`5` is not a valid size for `--mail-bytes`: write a whole number, 1 or more",
        ),
        (
            "--mail-age",
            "1w",
            "`1w` is not a valid duration for `--mail-age`: write a number above 0",
        ),
        ("--silence", "1s", "`1s` is too short for `--silence`: clients send a keep-alive"),
    ] {
        let arguments = ["server", "--port", "0", "--data", data.to_str().unwrap(), flag, value];
        let (code, output, errors) = Program::start(&arguments).wait();
        assert_eq!((code, output.as_str()), (2, ""), "{errors}");
        assert!(errors.starts_with(&format!("chatapp: {says}")), "{errors}");
        assert!(!data.exists());
    }
}

#[test]
fn a_bound_that_is_said_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let bounds = ["--mail-per-person", "1", "--mail-age", "2h", "--mail-bytes", "1GiB"];
    let arguments = [&["server", "--port", "0", "--data", data][..], &bounds].concat();
    let mut server = Program::start(&arguments);
    let line = server.first_line();
    let port = line.trim_end().trim_end_matches(']').rsplit(' ').next().unwrap().parse().unwrap();
    program::play_script(port, "away", "");
    program::play_script(port, "c1", "send away one\n");
    let c2 = Program::start(&["client", "c2", &format!("127.0.0.1:{port}")]);
    let (code, output, _) = c2.end_after("send away two\n");
    assert!(code == 1 && output.contains("The receiver's mailbox is full"), "{output}");
}
