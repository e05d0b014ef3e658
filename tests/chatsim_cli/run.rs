//! `chatsim run` and `chatsim check`: files, snapshots, failures.

use std::fs;
use std::process::Stdio;

use crate::folder::{Folder, SHORT, assert_contains, ended, refused};

#[test]
fn no_arguments_show_the_help_and_code_2() {
    let ended = Folder::new().chatsim(&[]);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""));
    assert_contains(&ended.stderr, &["Usage: chatsim", "run", "check", "Exit codes:"]);
}

#[test]
fn help_and_version_are_asked_for() {
    let ended = Folder::new().chatsim(&["--version"]);
    let version = concat!("chatsim ", env!("CARGO_PKG_VERSION"), "\n");
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), version));
    let ended = Folder::new().chatsim(&["run", "--help"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
    let options = ["--stage", "--seed", "--transcripts", "--accept", "--color"];
    assert_contains(&ended.stdout, &options);
}

#[test]
fn every_missing_file_is_told() {
    let ended = Folder::new().chatsim(&["run", "no.yaml", "nor/this"]);
    let expected = "error: `no.yaml` cannot be read: No such file or directory (os error 2)\n\n\
                    error: `nor/this` cannot be read: No such file or directory (os error 2)\n";
    assert_eq!(ended, refused(2, expected));
}

#[test]
fn folder_without_scenarios_has_code_4() {
    let folder = Folder::new();
    folder.write("empty/.hidden.yaml", SHORT);
    folder.write("empty/notes.txt", "");
    let expected = "error: no scenario was found; name files, or folders with `.yaml` or `.yml` \
                    files\n";
    assert_eq!(folder.chatsim(&["run", "empty"]), refused(4, expected));
    assert_eq!(folder.chatsim(&["check", "empty"]), refused(4, expected));
}

#[test]
fn accepting_takes_the_simulated_stage_with_the_scenarios_own_seed() {
    let folder = Folder::new();
    folder.write("short.yaml", SHORT);
    let ended = folder.chatsim(&["run", "short.yaml", "--accept", "--stage", "udp"]);
    let expected = "error: `--accept` works on the simulated stage only; remove `--stage`\n";
    assert_eq!(ended, refused(2, expected));
    let ended = folder.chatsim(&["run", "short.yaml", "--accept", "--seed", "3"]);
    assert_eq!(ended.code, Some(2));
}

#[test]
fn unknown_insta_update_is_refused() {
    let folder = Folder::new();
    folder.write("short.yaml", SHORT);
    let mut command = folder.command(&["run", "short.yaml"]);
    let ended = ended(command.env("INSTA_UPDATE", "yes"));
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""));
    assert_contains(&ended.stderr, &["error: `INSTA_UPDATE` is `yes`; set it to"]);
}

#[test]
fn determinism_is_verified_where_it_can_be() {
    let folder = Folder::new();
    folder.write("short.yaml", SHORT);
    let verify = ["run", "short.yaml", "--verify-determinism"];
    assert_eq!(folder.chatsim(&["run", "short.yaml", "--accept"]).code, Some(0));
    assert_eq!(folder.chatsim(&verify).code, Some(0));
    let expected = "error: only the simulated stage is deterministic: remove `--stage` or \
                    `--verify-determinism`\n";
    assert_eq!(folder.chatsim(&[&verify[..], &["--stage", "udp"]].concat()), refused(2, expected));
}

#[test]
fn all_mistakes_of_all_files_are_told_before_anything_runs() {
    let folder = Folder::new();
    folder.write("a.yaml", SHORT.replace("c1: send", "c3: send"));
    folder.write("b.yaml", SHORT.replace("start:", "strat:").replace("expect:", "expcet:"));
    folder.write("c.yaml", SHORT);
    for command in ["run", "check"] {
        let ended = folder.chatsim(&[command, "."]);
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""));
        let places = ["./a.yaml:5:5", "./b.yaml:4:5", "./b.yaml:6:5"];
        assert_contains(&ended.stderr, &places);
        assert!(!ended.stderr.contains("c.yaml"), "{}", ended.stderr);
    }
    assert!(!folder.path("snapshots").exists());
}

#[test]
fn bytes_that_are_no_text_are_told() {
    let folder = Folder::new();
    folder.write("bad.yaml", b"chatsim: 1\ntitle: \xff\xfe\n");
    let ended = folder.chatsim(&["check", "bad.yaml"]);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""));
    assert_contains(&ended.stderr, &["error: `bad.yaml`", "UTF-8"]);
}

#[cfg(unix)]
#[test]
fn unreadable_file_is_told() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = Folder::new();
    folder.write("secret.yaml", SHORT);
    let nobody = fs::Permissions::from_mode(0o000);
    fs::set_permissions(folder.path("secret.yaml"), nobody).unwrap();
    if folder.read("secret.yaml").is_some() {
        // The superuser reads everything.
        return;
    }
    let expected = "error: `secret.yaml` cannot be read: Permission denied (os error 13)\n";
    assert_eq!(folder.chatsim(&["run", "secret.yaml"]), refused(2, expected));
}

#[test]
fn scenarios_that_would_share_a_snapshot_are_refused() {
    let folder = Folder::new();
    folder.write("scenarios/a.yaml", SHORT);
    folder.write("scenarios/a.yml", SHORT);
    let expected = "error: `scenarios/a.yaml` and `scenarios/a.yml` have the same snapshot; \
                    rename one\n";
    let ended = folder.chatsim(&["run", "scenarios"]);
    assert_eq!(ended, refused(2, expected));
}

#[test]
fn scenarios_that_would_share_transcripts_are_refused() {
    let folder = Folder::new();
    folder.write("x/scenarios/a.yaml", SHORT);
    folder.write("y/scenarios/a.yaml", SHORT);
    let expected = "error: `x/scenarios/a.yaml` and `y/scenarios/a.yaml` have the same \
                    transcripts; rename one\n";
    let ended = folder.chatsim(&["run", "x", "y", "--transcripts", "out"]);
    assert_eq!(ended, refused(2, expected));
    assert!(!folder.path("out").exists());
}

#[test]
fn check_reads_and_plays_nothing() {
    let folder = Folder::new();
    folder.write("scenarios/a.yaml", SHORT);
    let one = folder.chatsim(&["check", "scenarios"]);
    assert_eq!((one.code, one.stdout.as_str()), (Some(0), "1 scenario is fine\n"));
    folder.write("scenarios/b/c.yml", SHORT);
    let two = folder.chatsim(&["check", "scenarios"]);
    assert_eq!((two.code, two.stdout.as_str()), (Some(0), "2 scenarios are fine\n"));
    assert!(!folder.path("snapshots").exists());
}

#[test]
fn missing_snapshot_fails_and_says_how_to_accept_it() {
    let folder = Folder::new();
    folder.write("scenarios/short.yaml", SHORT);
    let ended = folder.chatsim(&["run", "scenarios"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(1), ""));
    let parts = [
        "error: the scenario has no snapshot yet\n",
        "snapshots/short.snap\n",
        "  + >>> c1: hello\n",
        "chatsim run --accept scenarios/short.yaml\n",
        "1 scenario on the simulated stage: 1 failed (",
    ];
    assert_contains(&ended.stdout, &parts);
    assert_eq!(folder.read("snapshots/short.snap"), None);
    let pending = folder.read("snapshots/short.snap.new");

    let ended = folder.chatsim(&["run", "--accept", "scenarios/short.yaml"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
    assert_contains(&ended.stdout, &["accepted snapshots/short.snap\n", "PASS short"]);
    assert_eq!(folder.read("snapshots/short.snap"), pending);
    assert_eq!(folder.read("snapshots/short.snap.new"), None);
}

#[test]
fn changed_word_in_a_snapshot_fails_with_a_diff() {
    let folder = Folder::accepted();
    let accepted = folder.read("snapshots/short.snap").unwrap();
    let changed = accepted.replace(">>> c1: hello\n", ">>> c1: hullo\n");
    assert_ne!(accepted, changed);
    folder.write("snapshots/short.snap", &changed);

    let ended = folder.chatsim(&["run", "scenarios"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(1), ""));
    let parts = [
        "FAIL short",
        "error: the screens differ from the snapshot\n",
        "    == c2 ==\n",
        "  - >>> c1: hullo\n  + >>> c1: hello\n",
        "simulated stage, seed 0, ",
        "run it:           chatsim run scenarios/short.yaml\n",
        "accept what is +: chatsim run --accept scenarios/short.yaml\n",
        "waits for `cargo insta review`: snapshots/short.snap.new\n",
    ];
    assert_contains(&ended.stdout, &parts);
    assert_eq!(folder.read("snapshots/short.snap"), Some(changed));
    assert_eq!(folder.read("snapshots/short.snap.new"), Some(accepted.clone()));

    let ended = folder.chatsim(&["run", "scenarios", "--accept"]);
    assert_eq!(ended.code, Some(0));
    assert_eq!(folder.read("snapshots/short.snap"), Some(accepted));
    assert_eq!(folder.read("snapshots/short.snap.new"), None);
    assert_eq!(folder.chatsim(&["run", "scenarios"]).code, Some(0));
}

#[test]
fn nothing_is_written_where_updates_are_off() {
    for (variable, value) in [("INSTA_UPDATE", "no"), ("CI", "true")] {
        let folder = Folder::new();
        folder.write("scenarios/short.yaml", SHORT);
        let mut command = folder.command(&["run", "scenarios"]);
        assert_eq!(ended(command.env(variable, value)).code, Some(1));
        assert!(!folder.path("snapshots/short.snap.new").exists());
    }
}

#[test]
fn failed_step_shows_its_place_and_accepts_nothing() {
    let folder = Folder::new();
    let text = SHORT.replace("c1: hello", "c1: hallo");
    folder.write("scenarios/short.yaml", text);
    let ended = folder.chatsim(&["run", "scenarios", "--accept"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(1), ""));
    let parts = [
        "error: `c2` did not show a line\n",
        " --> scenarios/short.yaml:6:19\n",
        "6 |   - expect: { c2: 'c1: hallo' }\n  |                   ^^^^^^^^^^^",
        "  - >>> c1: hallo\n  + >>> c1: hello\n",
    ];
    assert_contains(&ended.stdout, &parts);
    assert!(!folder.path("snapshots").exists());
}

#[test]
fn transcripts_are_the_screens_of_all_actors() {
    let folder = Folder::accepted();
    folder.write("scenarios/deep/er.yaml", SHORT);
    let ended = folder.chatsim(&["run", "scenarios", "--transcripts", "out"]);
    assert_eq!(ended.code, Some(1));
    let c2 = folder.read("out/short/c2.txt").unwrap();
    assert!(c2.ends_with(">>> c1: hello\n"), "{c2}");
    let c1 = folder.read("out/deep/er/c1.txt").unwrap();
    assert_contains(&c1, &[">>> send c2 hello\n>>> [Message received by c2.]\n"]);
    assert!(folder.path("out/deep/er/server.txt").exists());
}

#[test]
fn another_seed_is_named_in_the_failure_and_writes_nothing() {
    let folder = Folder::accepted();
    folder.write("snapshots/short.snap", "---\nsource: x\n---\nother\n");
    let ended = folder.chatsim(&["run", "scenarios", "--seed", "9"]);
    assert_eq!(ended.code, Some(1));
    let again = "run it:           chatsim run --seed 9 scenarios/short.yaml\n";
    assert_contains(&ended.stdout, &["simulated stage, seed 9, ", again]);
    assert!(!ended.stdout.contains("--accept"), "{}", ended.stdout);
    assert!(!folder.path("snapshots/short.snap.new").exists());
}

#[test]
fn real_sockets_show_what_the_snapshot_holds() {
    let folder = Folder::accepted();
    let ended = folder.chatsim(&["run", "scenarios", "--stage", "udp"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{}", ended.stdout);
    assert_contains(&ended.stdout, &["1 scenario on the udp stage: 1 passed ("]);
}

#[test]
fn colors_are_for_those_who_want_them() {
    let folder = Folder::accepted();
    let colored = |arguments: &[&str]| {
        let arguments = [&["run", "scenarios"], arguments].concat();
        folder.chatsim(&arguments).stdout.contains('\u{1b}')
    };
    assert!(!colored(&[]));
    assert!(colored(&["--color", "always"]));
    assert!(!colored(&["--color", "never"]));
}

#[test]
fn closed_pipe_ends_nothing() {
    let folder = Folder::accepted();
    let mut command = folder.command(&["run", "scenarios"]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), stderr.as_str()), (Some(0), ""));
}
