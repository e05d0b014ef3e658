//! `chatsim play` and `chatsim record`, fed from a pipe.

use std::io::Write as _;
use std::process::Stdio;

use crate::folder::{Ended, Folder, SHORT, assert_contains, refused};

/// Feeds lines to `chatsim`.
fn fed(folder: &Folder, arguments: &[&str], lines: impl AsRef<[u8]>) -> Ended {
    let mut command = folder.command(arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A program that refuses its arguments does not read the pipe.
    child.stdin.take().unwrap().write_all(lines.as_ref()).ok();
    Ended::of(child.wait_with_output().unwrap())
}

#[test]
fn script_says_what_the_screens_show_and_nothing_else() {
    let folder = Folder::new();
    let script =
        "# A first message.\nstart server c1\n\nc1: send c1 hi\nkill c1\nundo\nquit\nc1: x\n";
    let ended = fed(&folder, &["play", "--clients", "c1"], script);
    let expected = "  0.000 s  server │ (started)
  0.000 s  server │ [Server started at 127.0.0.1 on port 2475]
  0.000 s  server │ [Start listening...]
  0.000 s      c1 │ (started)
  0.001 s  server │ [Client table updated.]
  0.001 s  server │ [Start listening...]
  0.002 s      c1 │ [Welcome, You are registered.]
  0.012 s      c1 │ [Client table updated.]
  0.013 s      c1 │ c1: hi
  0.013 s      c1 │ [Message received by c1.]
  0.013 s      c1 │ (killed)
undone kill: c1 (the clock is back at 0.013 s)
";
    assert_eq!((ended.stdout.as_str(), ended.stderr.as_str()), (expected, ""));
    assert_eq!(ended.code, Some(0));
}

#[test]
fn line_that_is_wrong_is_told_with_its_cure() {
    let folder = Folder::new();
    let ended = fed(&folder, &["play"], "start server\nkil server\nexpect server: x\n\u{e9}: \n");
    assert_eq!(ended.code, Some(2));
    assert_contains(
        &ended.stderr,
        &[
            "line 2 of standard input:\nerror: unknown verb or client `kil`\n --> step 2:1:1\n",
            "  = help: did you mean `kill`?\n",
            "\n  = help: at the prompt there are also `undo`, ",
            "line 3 of standard input:\nerror: `server` did not show a line\n",
            "unknown verb or client `é`",
        ],
    );
    let ended = fed(&folder, &["play"], "start server\nexpect server: x\nkil server\n");
    assert_eq!(ended.code, Some(1));
    let ended = fed(&folder, &["play"], b"\xff\n");
    let expected = "line 1 of standard input:\nerror: it is not UTF-8\n";
    assert_eq!(ended, refused(2, expected));
}

#[test]
fn saved_scenario_passes_on_both_stages() {
    let folder = Folder::new();
    let script = "start server c1 c2\nc1: send c2 a: \"b\" #c\nc1: whois c2\nserver: users\n\
                  kill server\nc2: dereg c2\nsave scenarios/first_message\n";
    let ended = fed(&folder, &["play"], script);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
    let said = "saved scenarios/first_message.yaml: 6 steps, ";
    assert_contains(
        &ended.stdout,
        &[said, "\n  run it: chatsim run scenarios/first_message.yaml\n"],
    );
    for stage in ["simulated", "udp"] {
        let ended = folder.chatsim(&["run", "scenarios", "--stage", stage]);
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{}", ended.stdout);
    }
    let ended = folder.chatsim(&["list", "scenarios"]);
    assert_eq!(ended.stdout, "first_message  first message\n");
    let ended = fed(&folder, &["play"], script);
    assert_eq!(ended.code, Some(2));
    assert_contains(&ended.stderr, &["exists already; `save! FILE` overwrites it\n"]);
    let ended = fed(&folder, &["play"], script.replace("save", "save!"));
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
}

#[test]
fn session_goes_on_from_a_scenario() {
    let folder = Folder::accepted();
    let ended = fed(&folder, &["play", "scenarios/short.yaml"], "c2: send c1 hi\nsave b.yaml\n");
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
    assert_contains(&ended.stdout, &["c1 │ >>> send c2 hello\n", "c1 │ c2: hi\n"]);
    let text = folder.read("b.yaml").unwrap();
    let added = text.strip_prefix(&SHORT.replace('\'', "\"")).unwrap();
    let expected = "  - c2: send c1 hi\n  - expect:\n      c1: \"c2: hi\"\n      c2: \"[Message received by c1.]\"\n";
    assert_eq!(added, expected);
    folder.write("many.yaml", SHORT.replace("clients", "matrix: { a: [b, c] }\nclients"));
    let ended = fed(&folder, &["play", "many.yaml"], "");
    let expected = "error: `many.yaml` has a `matrix`: it is many scenarios, not one\n";
    assert_eq!(ended, refused(2, expected));
    folder.write("wrong.yaml", SHORT.replace("start", "strat"));
    assert_eq!(fed(&folder, &["play", "wrong.yaml"], "").code, Some(2));
    folder.write("fails.yaml", SHORT.replace("'c1: hello'", "nothing"));
    let ended = fed(&folder, &["play", "fails.yaml"], "");
    assert_eq!(ended.code, Some(1));
    assert_contains(&ended.stderr, &["`c2` did not show a line", "fails.yaml:6:19"]);
}

#[test]
fn names_of_clients_are_checked_like_those_of_a_file() {
    let folder = Folder::new();
    let ended = fed(&folder, &["play", "--clients", "c1,kill"], "");
    assert_eq!(ended.code, Some(2));
    assert_contains(&ended.stderr, &["error: a client cannot be called `kill`: that is a verb"]);
}

#[test]
fn recording_passes_on_both_stages() {
    let folder = Folder::new();
    let script = "start server c1 c2\nkill c2\nc1: send c2 hi\nstart c2\n\
                  fault drop c1 -> c2 packet=send nth=1\nc1: send c2 again\nheal\n";
    let ended = fed(&folder, &["record", "scenarios/a.yaml"], script);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{}", ended.stdout);
    assert_contains(&ended.stdout, &["saved scenarios/a.yaml: 7 steps, "]);
    for stage in ["simulated", "udp"] {
        let ended = folder.chatsim(&["run", "scenarios", "--stage", stage]);
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{}", ended.stdout);
    }
    let ended = fed(&folder, &["record", "scenarios/a.yaml"], script);
    let expected = "error: `scenarios/a.yaml` or its snapshot exists already; `--force` overwrites \
                    it\n";
    assert_eq!(ended, refused(2, expected));
    let ended = fed(&folder, &["record", "scenarios/a.yaml", "--force"], "start server\n");
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
    let ended = fed(&folder, &["record", "b.yaml"], "");
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), "nothing was recorded\n"));
    assert!(!folder.path("b.yaml").exists());
}

#[test]
fn recording_that_does_not_pass_is_kept_all_the_same() {
    let folder = Folder::new();
    let ended = fed(&folder, &["record", "a.yaml"], "start server c1\nfault drop c1\n");
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(1), ""));
    let parts = ["it does not pass on the simulated stage", "the fault never hit anything"];
    assert_contains(&ended.stdout, &parts);
    assert_contains(&folder.read("a.yaml").unwrap(), &["  - fault: { drop: c1 }\n"]);
    assert!(!folder.path("snapshots").exists());
    let ended = fed(&folder, &["record", "file/a.yaml"], "");
    assert_eq!(ended.code, Some(0));
    folder.write("file", "");
    let ended = fed(&folder, &["record", "file/a.yaml"], "start server\n");
    assert_eq!(ended.code, Some(3));
    assert_contains(&ended.stderr, &["error: `file/a.yaml` cannot be written: "]);
}
