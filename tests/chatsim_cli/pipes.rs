//! Scenarios that are not in files, and what stands between files.

use std::os::unix::fs::symlink;
use std::process::Command;

use crate::folder::{Ended, Folder, SHORT, assert_contains, refused};

fn make_fifo(folder: &Folder, path: &str) {
    assert!(Command::new("mkfifo").arg(folder.path(path)).status().unwrap().success());
}

#[test]
fn standard_input_is_a_scenario_without_a_snapshot() {
    let folder = Folder::new();
    for input in ["-", "/dev/stdin"] {
        let ended = folder.chatsim_with_input(&["check", input], SHORT);
        let fine = Ended { stdout: "1 scenario is fine\n".into(), ..refused(0, "") };
        assert_eq!(ended, fine, "{input}");
        let ended = folder.chatsim_with_input(&["run", input], SHORT);
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{}", ended.stdout);
    }
    let ended = folder.chatsim_with_input(&["run", "-"], &SHORT.replace("hello' }", "bye' }"));
    assert_eq!(ended.code, Some(1));
    assert_contains(&ended.stdout, &["FAIL standard input", " --> -:6:"]);
    let ended = folder.chatsim_with_input(&["check", "-"], "chatsim: 1\n");
    assert_eq!(ended.code, Some(2));
    assert_contains(&ended.stderr, &["the key `steps` is missing", "--> -:1:1"]);
}

#[test]
fn process_substitution_is_read() {
    let folder = Folder::new();
    folder.write("short.yaml", SHORT);
    let chatsim = env!("CARGO_BIN_EXE_chatsim");
    let script = format!("{chatsim} check <(cat short.yaml) && {chatsim} run <(cat short.yaml)");
    let mut bash = Command::new("bash");
    let output = bash.args(["-c", &script]).current_dir(folder.0.path()).output().unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    assert_contains(
        &shown,
        &["1 scenario is fine\n", "1 scenario on the simulated stage: 1 passed"],
    );
}

#[test]
fn pipe_without_a_writer_is_reported_and_passed_over_in_folders() {
    let folder = Folder::accepted();
    make_fifo(&folder, "scenarios/pipe.yaml");
    let ended = folder.chatsim(&["check", "scenarios/pipe.yaml"]);
    let expected = "error: `scenarios/pipe.yaml` cannot be read: no program writes to this pipe\n";
    assert_eq!(ended, refused(2, expected));
    let ended = folder.chatsim(&["check", "scenarios"]);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), "1 scenario is fine\n"));
    folder.write("a.yaml", SHORT.to_owned() + "  - include: scenarios/pipe.yaml\n");
    let ended = folder.chatsim(&["check", "a.yaml"]);
    assert_eq!(ended.code, Some(2));
    assert_contains(&ended.stderr, &["no program writes to this pipe"]);
}

#[test]
fn only_links_that_are_called_like_scenarios_have_to_lead_somewhere() {
    let folder = Folder::accepted();
    symlink("nowhere", folder.path("scenarios/notes.txt")).unwrap();
    symlink("nowhere", folder.path("scenarios/folder")).unwrap();
    let ended = folder.chatsim(&["check", "scenarios"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
    symlink("nowhere", folder.path("scenarios/lost.yaml")).unwrap();
    let ended = folder.chatsim(&["check", "scenarios"]);
    let expected =
        "error: `scenarios/lost.yaml` cannot be read: No such file or directory (os error 2)\n";
    assert_eq!(ended, refused(2, expected));
}

#[test]
fn included_files_belong_to_the_project_unless_others_are_allowed() {
    let folder = Folder::new();
    let part = "chatsim: 1\nsteps:\n  - note: from outside\n";
    folder.write("elsewhere/_part.yaml", part);
    folder.write("project/parts/_part.yaml", part);
    let scenario = |file: &str| format!("chatsim: 1\nsteps:\n  - include: {file}\n");
    folder.write("project/scenarios/deep/inside.yaml", scenario("../../parts/_part.yaml"));
    folder.write("project/scenarios/deep/outside.yaml", scenario("../../../elsewhere/_part.yaml"));
    let check = |options: &[&str], file: &str| {
        let path = folder.path("project/scenarios/deep").join(file);
        let words = [&["check"], options, &[path.to_str().unwrap()]].concat();
        folder.chatsim(&words)
    };
    assert_eq!(check(&[], "inside.yaml").code, Some(0));
    let refused = check(&[], "outside.yaml");
    assert_eq!(refused.code, Some(2));
    assert_contains(
        &refused.stderr,
        &["`../../../elsewhere/_part.yaml` is outside of the project", "`--allow-outside`"],
    );
    assert_eq!(check(&["--allow-outside"], "outside.yaml").code, Some(0));
}

#[test]
fn nothing_of_a_file_that_is_no_scenario_is_shown() {
    let folder = Folder::new();
    for secret in ["password: [hunter2\n", "hunter2\n", "- hunter2\n", "a: hunter2\nb: 1\n"] {
        folder.write("secret", secret);
        folder.write("a.yaml", "chatsim: 1\nsteps:\n  - include: secret\n");
        let ended = folder.chatsim(&["check", "a.yaml"]);
        assert_eq!(ended.code, Some(2));
        assert_contains(&ended.stderr, &["`secret` is not a scenario", "`chatsim: 1`"]);
        assert!(!ended.stderr.contains("hunter2"), "{}", ended.stderr);
    }
}

#[test]
fn path_may_be_left_out() {
    let folder = Folder::accepted();
    for words in [&["run"][..], &["check"], &["list"], &["run", "--filter", "short"]] {
        let ended = folder.chatsim(words);
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{words:?}");
        assert_contains(&ended.stdout, &[if words == ["check"] { "1 scenario" } else { "short" }]);
    }
    let ended = Folder::new().chatsim(&["run"]);
    let expected = "error: `scenarios` cannot be read: No such file or directory (os error 2)\n";
    assert_eq!(ended, refused(2, expected));
}

#[test]
fn shard_without_scenarios_passes_and_a_filter_without_fails() {
    let folder = Folder::accepted();
    let ended = folder.chatsim(&["run", "--shard", "2/3"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
    assert_contains(&ended.stdout, &["0 scenarios on the simulated stage: nothing to run ("]);
    assert_eq!(folder.chatsim(&["list", "--shard", "2/3"]).code, Some(0));
    let ended = folder.chatsim(&["run", "--filter", "nothing", "--shard", "2/3"]);
    let expected = "error: of 1 scenarios, none is selected by `--filter nothing`\n";
    assert_eq!(ended, refused(4, expected));
}

#[test]
fn names_that_differ_in_case_are_told_by_check() {
    let folder = Folder::new();
    let text = "chatsim: 1\nclients: [c1]\nmatrix: { w: [one, One] }\nsteps:\n  \
                - start: [server, c1]\n  - c1: \"join_group ${w}\"\n";
    folder.write("a.yaml", text);
    let ended = folder.chatsim(&["check", "a.yaml"]);
    let expected = "error: the names of `a[w=one]` and `a[w=One]` differ in case only, so that \
                    their snapshots are one file on some systems; rename one\n";
    assert_eq!(ended, refused(2, expected));
}

#[test]
fn combination_is_run_again_by_its_name() {
    let folder = Folder::new();
    let text = "chatsim: 1\nclients: [c1]\nmatrix: { w: [a, b+c] }\nsteps:\n  \
                - start: [server, c1]\n  - expect: { c1: \"${w}\" }\n";
    folder.write("scenarios/m.yaml", text);
    let ended = folder.chatsim(&["run", "scenarios"]);
    let again = "chatsim run --filter '^m\\[w=a\\]$' scenarios/m.yaml\n";
    assert_contains(&ended.stdout, &[again, " --filter '^m\\[w=b%2bc\\]$' scenarios/m.yaml\n"]);
    let ended = folder.chatsim(&["run", "--filter", r"^m\[w=a\]$", "scenarios/m.yaml"]);
    assert_contains(&ended.stdout, &["1 scenario on the simulated stage: 1 failed"]);
}
