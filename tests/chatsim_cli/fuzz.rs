//! `chatsim fuzz` and `chatsim shrink`.

use std::fs;
use std::io::Read as _;
use std::process::{Command, Stdio};

use crate::folder::{Folder, assert_contains, refused};

/// A scenario that breaks no promise, but fails.
const FAILING: &str = "\
chatsim: 1
title: Too much of everything
tags: much
clients: [c1, c2, c3]
steps:
  - start: [server, c1, c2, c3]
  - c3: send c2 hello
  - c1: [send c2 hello, send c2 good morning to you]
  - advance: 10s
  - never: { c2: /good/ }
";

const SMALL: &str = "\
# `c2` showed a forbidden line.
# Shrunk from 5 steps of `big.yaml`.
chatsim: 1
clients: [c1, c2]
steps:
  - start: [server, c1, c2]
  - c1: send c2 good m
  - never: { c2: /good/ }
";

#[test]
fn generated_scenarios_pass_and_are_summed_up() {
    let folder = Folder::new();
    let ended = folder.chatsim(&["fuzz", "--runs", "16", "--seed-from", "3"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
    assert_contains(&ended.stdout, &["16 scenarios with ", ": none failed (", "faults hit "]);
    let ended = folder.chatsim(&["fuzz", "--runs", "16", "--seed-from", "3", "--format", "json"]);
    let summary: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!((&summary["runs"], &summary["failed"]), (&16.into(), &0.into()));
    assert!(summary["coverage"].as_array().unwrap().len() > 50);
    let again =
        folder.chatsim(&["fuzz", "--runs", "16", "--seed-from", "3", "--format", "json", "-j1"]);
    let again: serde_json::Value = serde_json::from_str(&again.stdout).unwrap();
    assert_eq!(again["coverage"], summary["coverage"]);
    assert_eq!(again["faults_fired"], summary["faults_fired"]);
}

#[test]
fn one_seed_is_played_again_and_written() {
    let folder = Folder::new();
    let ended = folder.chatsim(&["fuzz", "--replay", "5", "--write", "five.yaml"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
    assert_contains(&ended.stdout, &["PASS five", "1 scenario on the simulated stage: 1 passed"]);
    let written = folder.read("five.yaml").unwrap();
    assert_contains(&written, &["Generated with seed 5", "seed: 5\n", "lenient: true\n"]);
    assert_eq!(folder.chatsim(&["run", "five.yaml", "--until", "1000"]).code, Some(0));
    folder.chatsim(&["fuzz", "--replay", "5", "--write", "again.yaml"]);
    assert_eq!(folder.read("again.yaml").unwrap(), written);
}

#[test]
fn written_scenarios_are_formatted() {
    let folder = Folder::new();
    for seed in ["1", "2", "3", "4"] {
        let file = format!("{seed}.yaml");
        assert_eq!(folder.chatsim(&["fuzz", "--replay", seed, "--write", &file]).code, Some(0));
    }
    folder.write("big.yaml", FAILING);
    assert_eq!(folder.chatsim(&["shrink", "big.yaml", "-o", "small.yaml"]).code, Some(0));
    let written = ["1.yaml", "2.yaml", "3.yaml", "4.yaml", "small.yaml"];
    let checked = folder.chatsim(&[["fmt", "--check"].as_slice(), &written].concat());
    assert_eq!(checked.stdout, "5 files checked, nothing to change\n");
}

#[test]
fn crash_points_of_a_file_are_tried_in_turn() {
    let folder = Folder::new();
    folder.write("a.yaml", FAILING);
    let ended = folder.chatsim(&["fuzz", "--crash-points", "a.yaml"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
    assert_contains(&ended.stdout, &[": none failed (", "faults hit "]);
    let alone = folder.chatsim(&["fuzz", "a.yaml"]);
    assert_eq!(alone.code, Some(2), "{}", alone.stderr);
}

#[test]
fn what_fails_is_made_small_and_written() {
    let folder = Folder::new();
    folder.write("big.yaml", FAILING);
    let ended = folder.chatsim(&["shrink", "big.yaml"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
    assert_contains(
        &ended.stdout,
        &["`c2` showed a forbidden line\n", "big.small.yaml", "chatsim run big.small.yaml\n"],
    );
    assert_eq!(folder.read("big.small.yaml").unwrap(), SMALL);
    let played = folder.chatsim(&["run", "big.small.yaml"]);
    assert_contains(&played.stdout, &["`c2` showed a forbidden line"]);
    // Somebody may have changed it since.
    folder.write("big.small.yaml", "mine");
    let expected = "error: `big.small.yaml` exists already; remove it, or name another file with \
                    `--output`\n";
    assert_eq!(folder.chatsim(&["shrink", "big.yaml"]), refused(2, expected));
    assert_eq!(folder.read("big.small.yaml").unwrap(), "mine");
    let ended = folder.chatsim(&["shrink", "big.yaml", "--output", "big.small.yaml"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
    assert_eq!(folder.read("big.small.yaml").unwrap(), SMALL);
    folder.write("good.yaml", "chatsim: 1\nsteps: [start: server]\n");
    let nothing = "error: `good.yaml` does not fail, so there is nothing to shrink\n";
    assert_eq!(folder.chatsim(&["shrink", "good.yaml"]), refused(4, nothing));
}

/// Returns whether a program handles Ctrl-C, which is signal 2.
#[cfg(target_os = "linux")]
fn catches_ctrl_c(id: &str) -> bool {
    let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap();
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap().trim();
    u64::from_str_radix(caught, 16).unwrap() & 0b10 != 0
}

#[test]
#[cfg(target_os = "linux")]
fn an_interrupted_search_tells_what_ran() {
    let folder = Folder::new();
    let mut search = folder
        .command(&["fuzz", "--seconds", "600"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let id = search.id().to_string();
    while !catches_ctrl_c(&id) {
        std::thread::yield_now();
    }
    assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    let mut told = String::new();
    search.stdout.take().unwrap().read_to_string(&mut told).unwrap();
    assert_eq!(search.wait().unwrap().code(), Some(130));
    assert_contains(&told, &["scenario", "faults hit "]);
}
