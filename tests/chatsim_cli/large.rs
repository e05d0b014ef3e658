//! Large files, and files that only seem to be small.

use std::fmt::Write as _;
use std::fs::File;

use crate::folder::{Folder, assert_contains, refused};

#[test]
fn ten_thousand_steps_are_played() {
    let folder = Folder::new();
    let mut text =
        "chatsim: 1\nclients: [c1, c2]\nsteps:\n  - start: [server, c1, c2]\n".to_owned();
    for number in 0..5000 {
        writeln!(text, "  - c1: send c2 {number}\n  - expect: {{ c2: 'c1: {number}' }}").unwrap();
    }
    folder.write("scenarios/long.yaml", text);
    for arguments in [&["--accept"][..], &[], &["--stage", "udp"]] {
        let ended = folder.chatsim(&[&["run", "scenarios"], arguments].concat());
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{}", ended.stdout);
    }
    let snapshot = folder.read("snapshots/long.snap").unwrap();
    assert_eq!(snapshot.matches("c1: 4999\n").count(), 1);
    assert_eq!(folder.chatsim(&["fmt"]).code, Some(0));
}

#[test]
fn hundred_megabytes_are_refused() {
    let folder = Folder::new();
    let include = "chatsim: 1\nsteps:\n  - include: large.yaml\n";
    folder.write("include.yaml", include);
    File::create(folder.path("large.yaml")).unwrap().set_len(100 * 1024 * 1024).unwrap();
    let reason = "`large.yaml` is too large: it may have at most 4194304 bytes\n";
    for arguments in [&["check"][..], &["run"], &["fmt"], &["list"]] {
        let ended = folder.chatsim(&[arguments, &["large.yaml"]].concat());
        assert_eq!(ended, refused(2, &format!("error: {reason}")), "{arguments:?}");
    }
    let ended = folder.chatsim(&["check", "include.yaml"]);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""));
    assert_contains(&ended.stderr, &[reason, "include.yaml:3:14"]);
}

#[test]
fn bombs_are_refused() {
    let folder = Folder::new();
    let refused_with = |steps: &str, reason: &str| {
        folder.write("bomb.yaml", format!("chatsim: 1\nsteps: {steps}\n"));
        for verb in ["check", "fmt"] {
            let ended = folder.chatsim(&[verb, "bomb.yaml"]);
            assert_eq!(ended.code, Some(2));
            assert_contains(&ended.stderr, &[reason, "bomb.yaml:2:"]);
        }
    };
    let list = "a,".repeat(1000);
    let aliases = "*a,".repeat(1000);
    refused_with(
        &format!("[&a [{list}], {aliases}]"),
        "aliases are expanded too often in this file",
    );
    let brackets = ["[".repeat(500_000), "]".repeat(500_000)].concat();
    refused_with(&brackets, "lists and mappings are nested too deeply");
}
