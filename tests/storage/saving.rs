//! `chatapp store`: inspecting intact and damaged folders, and recovering them.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use chatapp::storage::disk::FORMAT_VERSION;

use crate::program::Program;
use crate::{Keeper, contents};

type Ended = (i32, String, String);

/// Runs `chatapp store` with a folder.
fn store(command: &str, folder: &Path, more: &[&str]) -> Ended {
    let mut program =
        Program::start(&[&["store", command, folder.to_str().unwrap()], more].concat());
    drop(program.0.stdin.take());
    program.wait()
}

/// A server's folder with 30 messages to a client that is offline.
fn filled() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let server = Keeper::start(&data, 0);
    server.play_script("away", "");
    let text = "a longer text of which a page does not hold many ".repeat(20);
    let mut script = "create_group films\n".to_owned();
    (0..30).for_each(|number| writeln!(script, "send away {number} {text}").unwrap());
    server.play_script("c1", &script);
    server.kill();
    (folder, data)
}

/// Changes one byte of the only record that holds a text.
fn damage(folder: &Path, text: &str) {
    let path = folder.join("records.redb");
    let mut bytes = fs::read(&path).unwrap();
    let found = bytes.windows(text.len()).enumerate();
    let places: Vec<_> =
        found.filter(|(_, window)| *window == text.as_bytes()).map(|(at, _)| at).collect();
    for at in places {
        bytes[at] = b'#';
    }
    fs::write(&path, bytes).unwrap();
}

#[test]
fn a_sound_folder_is_counted_and_unchanged() {
    let (_folder, data) = filled();
    let before = contents(&data);
    let (code, output, errors) = store("check", &data, &[]);
    assert_eq!((code, errors.as_str()), (0, ""));
    let lines: Vec<_> = output.lines().skip(1).map(str::trim).collect();
    assert_eq!(
        lines,
        ["1 groups", "30 messages for clients that are offline", "2 names", "no damage"]
    );
    assert!(output.contains("data of `server`"), "{output}");
    assert_eq!(contents(&data), before);
}

#[test]
fn what_is_exported_and_imported_is_what_was_kept() {
    let (folder, data) = filled();
    let (code, lines, errors) = store("export", &data, &[]);
    assert_eq!((code, errors.as_str()), (0, ""));
    let heading = format!("{{\"chatapp_records\":{FORMAT_VERSION},\"of\":\"server\"}}\n");
    assert!(lines.starts_with(&heading), "{lines}");
    assert_eq!(lines.lines().count(), 1 + 2 + 1 + 30);
    let file = folder.path().join("lines");
    let to_file = ["--output", file.to_str().unwrap()];
    assert_eq!(store("export", &data, &to_file), (0, String::new(), String::new()));
    assert_eq!(fs::read_to_string(&file).unwrap(), lines);
    let (code, _, errors) = store("export", &data, &to_file);
    assert!(code == 3 && errors.contains("lines`: it must not exist yet"), "{errors}");

    let copy = folder.path().join("copy");
    let from_file = ["--input", file.to_str().unwrap()];
    assert_eq!(store("import", &copy, &from_file), (0, String::new(), String::new()));
    assert_eq!(store("export", &copy, &[]), (0, lines, String::new()));
    let (code, _, errors) = store("import", &copy, &from_file);
    assert!(code == 3 && errors.contains("copy` exists already: choose a new folder"), "{errors}");

    let server = Keeper::start(&copy, 0);
    let output = server.play_script("away", "");
    assert_eq!(output.matches("a longer text").count(), 30 * 20, "{output}");
}

#[test]
fn a_line_that_is_wrong_is_named_and_nothing_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let (file, data) = (folder.path().join("lines"), folder.path().join("data"));
    let heading = r#"{"chatapp_records":1,"of":"server"}"#;
    let group = r#"{"Group":{"number":1,"group":"films"}}"#;
    let wrong = r#"{"Group":{"number":2,"group":"no name"}}"#;
    let of_client = r#"{"Muted":"c1"}"#;
    for (lines, says) in [
        (String::new(), "chatapp: line 1: this is not an export of records: the first line must"),
        (group.to_owned(), "chatapp: line 1: this is not an export of records"),
        (
            heading.replace('1', "999"),
            "chatapp: line 1: the records have the format version 999, but",
        ),
        (
            format!("{heading}\n{group}\n{wrong}\n{group}\n"),
            "chatapp: line 3: this is not a record",
        ),
        (format!("{heading}\n{of_client}\n"), "chatapp: line 2: this is not a record: correct it"),
    ] {
        fs::write(&file, lines).unwrap();
        let (code, _, errors) = store("import", &data, &["--input", file.to_str().unwrap()]);
        assert_eq!(code, 1, "{errors}");
        assert!(errors.starts_with(says), "{errors}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "something is left over");
    }
}

#[test]
fn what_can_be_read_of_a_damaged_folder_is_saved() {
    let (folder, data) = filled();
    damage(&data, "17 a longer");
    let before = contents(&data);
    let (code, output, errors) = store("check", &data, &[]);
    assert_eq!(code, 1, "{output}{errors}");
    assert!(errors.contains("is damaged in the record `Mail(\"away\", 18)` ("), "{errors}");
    assert!(errors.ends_with("32 records can be recovered, 1 are missing\n"), "{errors}");

    let file = folder.path().join("lines");
    let (code, _, warning) = store("export", &data, &["--output", file.to_str().unwrap()]);
    assert_eq!((code, &warning), (1, &errors));
    assert_eq!(contents(&data), before);
    let copy = folder.path().join("copy");
    let from_file = ["--input", file.to_str().unwrap()];
    assert_eq!(store("import", &copy, &from_file), (0, String::new(), String::new()));
    let output = Keeper::start(&copy, 0).play_script("away", "");
    assert_eq!(output.matches("a longer text").count(), 29 * 20, "{output}");
}

#[test]
fn a_folder_that_cannot_be_read_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    for command in ["check", "export"] {
        let (code, output, errors) = store(command, &data, &[]);
        assert_eq!((code, output.as_str()), (3, ""));
        assert!(
            errors.ends_with("data` holds no data of this chat: check its spelling\n"),
            "{errors}"
        );
        let (code, _, errors) = store(command, &folder.path().join("data/x"), &[]);
        assert_eq!(code, 3, "{errors}");
    }
    let _user = Keeper::start(&data, 0);
    let (code, _, errors) = store("check", &data, &[]);
    assert!(code == 3 && errors.contains("is in use by another program"), "{errors}");
}
