//! `chatsim run --watch`.

use std::fs;
use std::io::{BufRead as _, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use crate::folder::{Folder, SHORT};

/// How long a report may take on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// A watch that is ended, if it is still running, when it is dropped.
struct Watch {
    child: Child,
    stdout: Receiver<String>,
    stderr: Receiver<String>,
}

impl Watch {
    /// Starts a watch and waits until all scenarios were run once.
    fn start(folder: &Folder, arguments: &[&str]) -> Self {
        let mut command = folder.command(&["run", "--watch", "--jobs", "1"]);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let stdout = lines(child.stdout.take().unwrap());
        let stderr = lines(child.stderr.take().unwrap());
        let watch = Self { child, stdout, stderr };
        watch.until_it_waits();
        watch
    }

    /// Returns the output on standard error before it waits.
    fn until_it_waits(&self) -> Vec<String> {
        let mut said = Vec::new();
        loop {
            let line = self.stderr.recv_timeout(PATIENCE).unwrap();
            if line == "waiting for changes; Ctrl-C ends" {
                return said;
            }
            said.push(line);
        }
    }

    /// Reads a report up to its summary: the first two words of each verdict.
    fn report(&self) -> Vec<String> {
        let mut verdicts = Vec::new();
        loop {
            let line = self.stdout.recv_timeout(PATIENCE).unwrap();
            if line.contains(" on the simulated stage: ") {
                return verdicts;
            }
            let words: Vec<_> = line.split_whitespace().take(2).collect();
            if let ["PASS" | "FAIL", _] = words.as_slice() {
                verdicts.push(words.join(" "));
            }
        }
    }

    /// Ends it as Ctrl-C does, and returns its exit code.
    fn interrupt(mut self) -> Option<i32> {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
        self.child.wait().unwrap().code()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn lines(from: impl Read + Send + 'static) -> Receiver<String> {
    let (line, lines) = channel();
    // Ends with the program.
    thread::spawn(move || {
        BufReader::new(from).lines().map_while(Result::ok).try_for_each(|text| line.send(text))
    });
    lines
}

/// Replaces a file atomically, so that a partial one is never seen.
fn replace(folder: &Folder, path: &str, text: &str) {
    folder.write("written/file", text);
    fs::create_dir_all(folder.path(path).parent().unwrap()).unwrap();
    fs::rename(folder.path("written/file"), folder.path(path)).unwrap();
}

#[test]
fn what_changes_is_played_again_and_nothing_else() {
    let folder = Folder::accepted();
    folder.write("scenarios/other.yaml", SHORT);
    assert_eq!(folder.chatsim(&["run", "scenarios", "--accept"]).code, Some(0));
    let watch = Watch::start(&folder, &["scenarios"]);
    assert_eq!(watch.report(), ["PASS other", "PASS short"]);
    replace(&folder, "scenarios/short.yaml", &SHORT.replace("'c1: hello'", "'c1: bye'"));
    assert_eq!(watch.report(), ["FAIL short"]);
    assert_eq!(watch.until_it_waits(), [""]);
    replace(&folder, "scenarios/deep/new.yaml", SHORT);
    assert_eq!(watch.report(), ["FAIL deep/new"]);
    let still = "still failing, not run again: scenarios/short.yaml";
    assert_eq!(watch.until_it_waits(), ["", still, ""]);
    let snapshot = folder.read("snapshots/short.snap").unwrap();
    replace(&folder, "snapshots/other.snap", &snapshot.replace("hello", "hallo"));
    assert_eq!(watch.report(), ["FAIL other"]);
    watch.until_it_waits();
    assert_eq!(watch.interrupt(), Some(0));
}

#[test]
fn file_that_is_included_is_watched() {
    let folder = Folder::new();
    let part = "chatsim: 1\nclients: [c1]\nsteps:\n  - c1: list_groups\n";
    folder.write("parts/_part.yaml", part);
    let head = SHORT.split("  - c1: send").next().unwrap();
    for name in ["a", "b"] {
        folder.write(
            &format!("scenarios/{name}.yaml"),
            format!("{head}  - include: ../parts/_part.yaml\n"),
        );
    }
    folder.write("scenarios/c.yaml", SHORT);
    assert_eq!(folder.chatsim(&["run", "scenarios", "--accept"]).code, Some(0));
    let watch = Watch::start(&folder, &["scenarios"]);
    assert_eq!(watch.report(), ["PASS a", "PASS b", "PASS c"]);
    replace(&folder, "parts/_part.yaml", &part.replace("list_groups", "list_members"));
    assert_eq!(watch.report(), ["FAIL a", "FAIL b"]);
}

#[test]
fn mistakes_are_shown_and_the_watch_goes_on() {
    let folder = Folder::accepted();
    folder.write("scenarios/wrong.yaml", "chatsim: 1\nsteps:\n  - strat: server\n");
    let watch = Watch::start(&folder, &["scenarios"]);
    assert_eq!(watch.report(), ["PASS short"]);
    let includes = "chatsim: 1\nsteps:\n  - include: _later.yaml\n";
    replace(&folder, "scenarios/wrong.yaml", includes);
    let said = watch.until_it_waits().join("\n");
    assert!(said.contains("`scenarios/_later.yaml` cannot be read"), "{said}");
    replace(&folder, "scenarios/_later.yaml", "chatsim: 1\nsteps:\n  - start: server\n");
    assert_eq!(watch.report(), ["FAIL wrong"]);
}

#[test]
fn single_file_is_watched_and_accepting_it_is_no_change() {
    let folder = Folder::accepted();
    let watch = Watch::start(&folder, &["scenarios/short.yaml", "--accept"]);
    assert_eq!(watch.report(), ["PASS short"]);
    replace(&folder, "scenarios/short.yaml", &SHORT.replace("hello", "hallo"));
    assert_eq!(watch.report(), ["PASS short"]);
    watch.until_it_waits();
    assert!(folder.read("snapshots/short.snap").unwrap().contains("hallo"));
}

#[test]
fn nothing_to_watch_is_told_at_once() {
    let folder = Folder::new();
    fs::create_dir(folder.path("scenarios")).unwrap();
    assert_eq!(folder.chatsim(&["run", "--watch", "scenarios"]).code, Some(4));
    assert_eq!(folder.chatsim(&["run", "--watch", "nowhere"]).code, Some(2));
}
