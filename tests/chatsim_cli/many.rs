//! `chatsim run` with many scenarios: selection, order, and early stops.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Command, Stdio};

use crate::folder::{Ended, Folder, SHORT, assert_contains, refused};

/// A scenario that takes some time: many lines are typed.
const LONG: &str = "\
chatsim: 1
clients: [c1, c2]
steps:
  - start: [server, c1, c2]
  - c1: [send c2 1, send c2 2, send c2 3, send c2 4, send c2 5, send c2 6, send c2 7]
  - expect: { c2: ['c1: 1', 'c1: 7'] }
";

/// A folder with the scenarios `a` (the slowest), `b`, `c`, `groups/d` and `groups/e`, accepted.
fn five() -> Folder {
    let folder = Folder::new();
    folder.write("scenarios/a.yaml", LONG);
    for name in ["b", "c", "groups/d", "groups/e"] {
        folder.write(&format!("scenarios/{name}.yaml"), SHORT);
    }
    let ended = folder.chatsim(&["run", "scenarios", "--accept"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
    folder
}

/// The first two words of each verdict line, and the summary up to its time.
fn verdicts(ended: &Ended) -> Vec<String> {
    let is_verdict = |line: &&str| {
        let first = line.split_whitespace().next();
        matches!(first, Some("PASS" | "FAIL")) || line.contains(" on the ")
    };
    let without_time = |line: &str| {
        let words: Vec<_> = line.split_whitespace().collect();
        words[..words.len() - 2].join(" ")
    };
    ended.stdout.lines().filter(is_verdict).map(without_time).collect()
}

#[test]
fn verdicts_come_in_the_order_of_the_files_whatever_the_jobs() {
    let folder = five();
    let expected = [
        "PASS a",
        "PASS b",
        "PASS c",
        "PASS groups/d",
        "PASS groups/e",
        "5 scenarios on the simulated stage: 5 passed",
    ];
    for jobs in ["1", "2", "8"] {
        for stage in ["simulated", "udp"] {
            let arguments = ["run", "scenarios", "--jobs", jobs, "--stage", stage];
            let ended = folder.chatsim(&arguments);
            assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
            let expected = expected.map(|line| line.replace("simulated", stage));
            assert_eq!(verdicts(&ended), expected);
        }
    }
}

#[test]
fn scenarios_with_the_same_ports_take_turns_on_real_sockets() {
    let folder = Folder::new();
    let with_port = SHORT.replace("[c1, c2]\nsteps", "{ c1: { port: 28117 }, c2: }\nsteps");
    for name in ["a", "b", "c", "d"] {
        folder.write(&format!("scenarios/{name}.yaml"), &with_port);
    }
    assert_eq!(folder.chatsim(&["run", "scenarios", "--accept"]).code, Some(0));
    let ended = folder.chatsim(&["run", "scenarios", "--stage", "udp", "--jobs", "4"]);
    assert_eq!(ended.code, Some(0), "{}", ended.stdout);
}

#[test]
fn filter_takes_names_that_match() {
    let folder = five();
    let ended = folder.chatsim(&["run", "scenarios", "--filter", "^groups/|^b"]);
    assert_eq!(ended.code, Some(0));
    let summary = "3 scenarios on the simulated stage: 3 passed";
    assert_eq!(verdicts(&ended), ["PASS b", "PASS groups/d", "PASS groups/e", summary]);
    let ended = folder.chatsim(&["run", "scenarios", "--filter", "("]);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""));
    assert_contains(&ended.stderr, &["invalid value '(' for '--filter <REGEX>'"]);
}

#[test]
fn shards_share_what_the_filter_leaves() {
    let folder = five();
    let shard = |shard| {
        let arguments = ["run", "scenarios", "--filter", "[^a]$", "--shard", shard];
        verdicts(&folder.chatsim(&arguments))
    };
    let summary = "2 scenarios on the simulated stage: 2 passed";
    assert_eq!(shard("1/2"), ["PASS b", "PASS groups/d", summary]);
    assert_eq!(shard("2/2"), ["PASS c", "PASS groups/e", summary]);
    let ended = folder.chatsim(&["run", "scenarios", "--shard", "3/2"]);
    assert_eq!(ended.code, Some(2));
    let cure = "write shard and count, e.g. `1/3`, `2/3` and `3/3`";
    assert_contains(&ended.stderr, &[cure]);
}

#[test]
fn selection_without_a_scenario_has_code_4() {
    let folder = five();
    let ended = folder.chatsim(&["run", "scenarios", "--filter", "^none$"]);
    let expected = "error: of 5 scenarios, none is selected by `--filter ^none$`\n";
    assert_eq!(ended, refused(4, expected));
}

#[test]
fn what_never_happens_in_many_runs_is_told() {
    let folder = Folder::new();
    let text = "chatsim: 1\nclients: [c1]\nlenient: true\nsteps:\n  - start: [server, c1]\n  \
                - fault: { drop: c1 -> server, packet: create_group, chance: 30% }\n  \
                - c1: create_group g\n  - advance: 10s\n  \
                - sometimes: { c1: [/Retrying/, /twenty times/] }\n  \
                - sometimes: { c1 -> server: [create_group, withdraw], all: answer }\n";
    folder.write("scenarios/a.yaml", text);
    assert_eq!(folder.chatsim(&["run", "--accept"]).code, Some(0));
    let ended = folder.chatsim(&["run", "--repeat", "20"]);
    let expected = "note: in 20 runs of `a`, `c1` never showed /twenty times/ (line 9)\n\
                    note: in 20 runs of `a`, `withdraw` was never sent on `c1 -> server` (line 10)\n";
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), expected));
    let ended = folder.chatsim(&["run"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "one run says nothing");
}

#[test]
fn fail_fast_ends_with_the_first_failure_in_the_order_of_the_files() {
    let folder = five();
    folder.write("scenarios/b.yaml", SHORT.replace("c1: hello", "c1: hallo"));
    folder.write("scenarios/groups/d.yaml", SHORT.replace("c1: hello", "c1: hallo"));
    for jobs in ["1", "4"] {
        let ended = folder.chatsim(&["run", "scenarios", "--fail-fast", "--jobs", jobs]);
        assert_eq!(ended.code, Some(1));
        let summary = "5 scenarios on the simulated stage: 1 passed, 1 failed, 3 left out";
        assert_eq!(verdicts(&ended), ["PASS a", "FAIL b", summary]);
    }
    let ended = folder.chatsim(&["run", "scenarios"]);
    let summary = "5 scenarios on the simulated stage: 3 passed, 2 failed";
    assert_eq!(verdicts(&ended).last().unwrap(), summary);
}

#[test]
fn fail_fast_accepts_nothing_behind_the_failure() {
    let folder = five();
    folder.write("scenarios/b.yaml", SHORT.replace("c1: hello", "c1: hallo"));
    folder.write("snapshots/c.snap", "---\nsource: x\n---\nold\n");
    let arguments = ["run", "scenarios", "--fail-fast", "--jobs", "4", "--accept"];
    assert_eq!(folder.chatsim(&arguments).code, Some(1));
    assert_eq!(folder.read("snapshots/c.snap").unwrap(), "---\nsource: x\n---\nold\n");
}

#[test]
fn until_plays_the_steps_up_to_a_line_and_compares_nothing() {
    let folder = Folder::new();
    folder.write("scenarios/short.yaml", SHORT);
    let arguments = ["run", "scenarios", "--until", "4", "--transcripts", "out"];
    let ended = folder.chatsim(&arguments);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
    let c2 = folder.read("out/short/c2.txt").unwrap();
    assert!(!c2.contains("c1: hello"), "{c2}");
    folder.chatsim(&["run", "scenarios", "--until", "5", "--transcripts", "out"]);
    assert_contains(&folder.read("out/short/c2.txt").unwrap(), &["c1: hello"]);
    assert!(!folder.path("snapshots").exists());

    folder.write("scenarios/short.yaml", SHORT.replace("c1: hello", "c1: hallo"));
    assert_eq!(folder.chatsim(&["run", "scenarios", "--until", "5"]).code, Some(0));
    let ended = folder.chatsim(&["run", "scenarios", "--until", "6"]);
    assert_eq!(ended.code, Some(1));
    let again = "run it:           chatsim run --until 6 scenarios/short.yaml\n";
    assert_contains(&ended.stdout, &[again]);
    let ended = folder.chatsim(&["run", "scenarios", "--until", "3"]);
    assert_eq!(ended, refused(4, "error: no step begins at or before line 3\n"));
}

#[test]
fn repeated_scenarios_have_one_seed_after_the_other() {
    let folder = Folder::accepted();
    let ended = folder.chatsim(&["run", "scenarios", "--repeat", "3"]);
    assert_eq!(ended.code, Some(0));
    let summary = "3 scenarios on the simulated stage: 3 passed";
    let expected = ["PASS short", "PASS short (seed 1)", "PASS short (seed 2)", summary];
    let words = |ended: &Ended| -> Vec<String> {
        let cut = |line: &str| line.rsplitn(3, ' ').last().unwrap().trim().to_owned();
        ended.stdout.lines().map(cut).collect()
    };
    assert_eq!(words(&ended), expected);
    let ended = folder.chatsim(&["run", "scenarios", "--repeat", "2", "--seed-from", "41"]);
    let summary = "2 scenarios on the simulated stage: 2 passed";
    assert_eq!(words(&ended), ["PASS short (seed 41)", "PASS short (seed 42)", summary]);
}

#[test]
fn repeated_scenario_compares_the_snapshot_with_its_own_seed_only() {
    let folder = Folder::accepted();
    folder.write("snapshots/short.snap", "---\nsource: x\n---\nother\n");
    let ended = folder.chatsim(&["run", "scenarios", "--repeat", "3"]);
    assert_eq!(ended.code, Some(1));
    assert_contains(&ended.stdout, &["FAIL short ", ": 2 passed, 1 failed ("]);
    assert!(folder.path("snapshots/short.snap.new").exists());
}

#[test]
fn failure_with_another_seed_names_the_command_that_plays_it_again() {
    let folder = Folder::new();
    folder.write("scenarios/short.yaml", SHORT.replace("c1: hello", "c1: hallo"));
    let ended = folder.chatsim(&["run", "scenarios", "--repeat", "2"]);
    let commands = [
        "run it:           chatsim run scenarios/short.yaml\n",
        "run it:           chatsim run --seed 1 scenarios/short.yaml\n",
    ];
    assert_contains(&ended.stdout, &commands);
}

#[cfg(unix)]
#[test]
fn interrupted_run_tells_what_it_did_and_leaves_nothing_behind() {
    let folder = five();
    let arguments = ["run", "scenarios", "--repeat", "100000", "--jobs", "2"];
    let mut child = folder.command(&arguments).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut first = String::new();
    stdout.read_line(&mut first).unwrap();
    assert_contains(&first, &["PASS a "]);
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    let mut rest = String::new();
    stdout.read_to_string(&mut rest).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let summary = rest.lines().last().unwrap();
    let played = first.lines().chain(rest.lines()).count() - 1;
    let left_out = 500_000 - played;
    let expected =
        format!("500000 scenarios on the simulated stage: {played} passed, {left_out} left out (");
    assert!(summary.starts_with(&expected), "{summary}");
    assert_eq!(folder.0.path().read_dir().unwrap().count(), 2);
    assert_eq!(folder.path("snapshots").read_dir().unwrap().count(), 4);
}
