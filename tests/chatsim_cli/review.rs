//! `chatsim review`, `accept` and `reject`, and snapshots that cannot be written.

use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};

use pty_process::blocking;

use crate::folder::{Ended, Folder, SHORT, assert_contains, ended, refused};

const OLD: &str = "---\nsource: tests/scenarios.rs\n---\nold\n";

/// A folder with pending snapshots of `a`, `b` and `c`; `b` has a snapshot.
fn waiting() -> Folder {
    let folder = Folder::new();
    for name in ["a", "b", "c"] {
        folder.write(&format!("scenarios/{name}.yaml"), SHORT);
    }
    folder.write("snapshots/b.snap", OLD);
    assert_eq!(folder.chatsim(&["run", "scenarios"]).code, Some(1));
    folder
}

/// Returns the names of all snapshot files, and of no others.
fn snapshots(folder: &Folder) -> Vec<String> {
    let entries = folder.path("snapshots").read_dir().unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn done(stdout: &str) -> Ended {
    Ended { code: Some(0), stdout: stdout.to_owned(), stderr: String::new() }
}

#[test]
fn all_that_waits_is_accepted() {
    let folder = waiting();
    let new = folder.read("snapshots/b.snap.new");
    let expected =
        "accepted snapshots/a.snap\naccepted snapshots/b.snap\naccepted snapshots/c.snap\n";
    assert_eq!(folder.chatsim(&["accept"]), done(expected));
    assert_eq!(snapshots(&folder), ["a.snap", "b.snap", "c.snap"]);
    assert_eq!(folder.read("snapshots/b.snap"), new);
    assert_eq!(folder.chatsim(&["run", "scenarios"]).code, Some(0));
}

#[test]
fn what_waits_is_rejected_for_the_named_scenarios() {
    let folder = waiting();
    let arguments = ["reject", "scenarios/c.yaml", "scenarios/b.yaml"];
    let expected = "rejected snapshots/c.snap\nrejected snapshots/b.snap\n";
    assert_eq!(folder.chatsim(&arguments), done(expected));
    assert_eq!(snapshots(&folder), ["a.snap.new", "b.snap"]);
    assert_eq!(folder.read("snapshots/b.snap").as_deref(), Some(OLD));
}

#[test]
fn nothing_that_waits_has_code_4() {
    let folder = Folder::accepted();
    for verb in ["accept", "reject", "review"] {
        let expected = "error: of 1 scenarios, none has a pending snapshot\n";
        assert_eq!(folder.chatsim(&[verb]), refused(4, expected));
    }
    let ended = folder.chatsim(&["accept", "elsewhere"]);
    let expected = "error: `elsewhere` cannot be read: No such file or directory (os error 2)\n";
    assert_eq!(ended, refused(2, expected));
}

#[test]
fn damaged_screens_keep_all_others_from_being_accepted() {
    let folder = waiting();
    folder.write("snapshots/c.snap.new", "---\n[\n---\n");
    let ended = folder.chatsim(&["accept"]);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(3), ""));
    assert_contains(&ended.stderr, &["snapshots/c.snap.new` cannot be read ("]);
    assert_eq!(snapshots(&folder), ["a.snap.new", "b.snap", "b.snap.new", "c.snap.new"]);
}

#[test]
fn review_lists_without_a_terminal() {
    let folder = waiting();
    let expected = "snapshots/a.snap.new\nsnapshots/b.snap.new\nsnapshots/c.snap.new\n";
    assert_eq!(folder.chatsim(&["review"]), done(expected));
    assert_eq!(snapshots(&folder), ["a.snap.new", "b.snap", "b.snap.new", "c.snap.new"]);
}

#[test]
fn review_asks_about_each_at_a_terminal() {
    let folder = waiting();
    let (mut pty, terminal) = blocking::open().unwrap();
    let command = blocking::Command::new(env!("CARGO_BIN_EXE_chatsim"));
    let command = command.args(["review", "--color", "never"]).current_dir(folder.path("."));
    let mut child = command.spawn(terminal).unwrap();
    let question = "accept it? (y)es, (n)o: discard it, (s)kip: ";
    let (mut screen, mut buffer) = (Vec::new(), [0; 4096]);
    let mut answers = ["n\n", "what?\n", "y\n", "s\n"].into_iter();
    let mut asked = 0;
    // At the end of the program the terminal is closed, which may be an error.
    while let Ok(len @ 1..) = pty.read(&mut buffer) {
        screen.extend_from_slice(&buffer[..len]);
        // Each answer is typed once its question is shown, so that its echo follows the question.
        let questions = String::from_utf8_lossy(&screen).matches(question).count();
        for answer in answers.by_ref().take(questions - asked) {
            pty.write_all(answer.as_bytes()).unwrap();
        }
        asked = questions;
    }
    assert!(child.wait().unwrap().success());
    let screen = String::from_utf8(screen).unwrap().replace('\r', "");
    let parts = [
        "1. a has no snapshot yet\n\n  + == server ==\n",
        &format!("{question}n\nrejected snapshots/a.snap\n\n2. b differs from its snapshot\n\n"),
        "\n  - old\n",
        &format!("{question}what?\n{question}y\naccepted snapshots/b.snap\n\n3. c has no "),
        &format!("{question}s\nskipped snapshots/c.snap\n"),
    ];
    assert_contains(&screen, &parts);
    assert_eq!(snapshots(&folder), ["b.snap", "c.snap.new"]);
}

/// Runs `chatsim` where no file can grow, as on a full disk.
#[cfg(unix)]
fn on_a_full_disk(folder: &Folder, arguments: &str) -> Ended {
    let script = format!("trap '' XFSZ; ulimit -f 0; exec \"$0\" {arguments}");
    let mut command = Command::new("sh");
    command.args(["-c", &script, env!("CARGO_BIN_EXE_chatsim")]);
    command.current_dir(folder.path(".")).stdin(Stdio::null());
    ended(&mut command)
}

#[cfg(unix)]
#[test]
fn full_disk_leaves_the_old_snapshot_and_no_other_file() {
    let folder = waiting();
    let before = snapshots(&folder);
    let ended = on_a_full_disk(&folder, "run scenarios/b.yaml --accept");
    assert_eq!(ended.code, Some(3));
    assert_contains(&ended.stdout, &["ERROR b ", "snapshots/b.snap` cannot be written ("]);
    let ended = on_a_full_disk(&folder, "accept");
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(3), ""));
    assert_contains(&ended.stderr, &["snapshots/a.snap` cannot be written (File too large"]);
    assert_eq!(snapshots(&folder), before);
    assert_eq!(folder.read("snapshots/b.snap").as_deref(), Some(OLD));
}

#[test]
fn folder_that_cannot_be_made_is_told() {
    let folder = Folder::new();
    folder.write("scenarios/short.yaml", SHORT);
    folder.write("snapshots", "a file");
    let ended = folder.chatsim(&["run", "scenarios", "--accept"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(3), ""));
    assert_contains(&ended.stdout, &["ERROR short ", "snapshots/short.snap` cannot be "]);
    assert_eq!(folder.read("snapshots").as_deref(), Some("a file"));
}
