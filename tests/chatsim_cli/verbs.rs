//! The verbs of `chatsim` that run nothing, or one scenario.

use crate::folder::{Ended, Folder, SHORT, assert_contains, refused};

fn done(stdout: &str) -> Ended {
    Ended { code: Some(0), stdout: stdout.to_owned(), stderr: String::new() }
}

#[test]
fn list_tells_names_and_titles() {
    let folder = Folder::new();
    folder.write("scenarios/a.yaml", SHORT.replace("clients", "title: Say \"hi\"\nclients"));
    folder.write("scenarios/groups/b.yaml", SHORT);
    let ended = folder.chatsim(&["list", "scenarios"]);
    assert_eq!(ended, done("a         Say \"hi\"\ngroups/b\n"));
    let ended = folder.chatsim(&["list", "scenarios", "--format", "json"]);
    let expected = concat!(
        r#"{"name":"a","title":"Say \"hi\"","tags":[],"file":"scenarios/a.yaml"}"#,
        "\n",
        r#"{"name":"groups/b","title":null,"tags":[],"file":"scenarios/groups/b.yaml"}"#,
        "\n"
    );
    assert_eq!(ended, done(expected));
    let ended = folder.chatsim(&["list", "scenarios", "--filter", "^g"]);
    assert_eq!(ended, done("groups/b\n"));
    let ended = folder.chatsim(&["list", "scenarios", "--filter", "^x"]);
    let expected = "error: of 2 scenarios, none is selected by `--filter ^x`\n";
    assert_eq!(ended, refused(4, expected));
}

#[test]
fn new_scenario_passes_as_it_is() {
    let folder = Folder::new();
    let ended = folder.chatsim(&["new", "scenarios/deep/first.yaml"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
    let parts = ["accepted snapshots/deep/first.snap\n", "PASS deep/first "];
    assert_contains(&ended.stdout, &parts);
    for stage in ["simulated", "udp"] {
        let ended = folder.chatsim(&["run", "scenarios", "--stage", stage]);
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
    }
    assert_eq!(folder.chatsim(&["fmt", "--check"]).code, Some(0));
}

#[test]
fn new_scenario_names_the_schema_for_editors_where_there_is_one() {
    let folder = Folder::new();
    folder.write("scenarios/scenario.schema.json", "{}");
    for (file, line) in [
        ("scenarios/a.yaml", "# yaml-language-server: $schema=scenario.schema.json"),
        ("scenarios/b/c/d.yaml", "# yaml-language-server: $schema=../../scenario.schema.json"),
        ("other/e.yaml", "# A scenario: who takes part, what happens, and what the screens show."),
    ] {
        assert_eq!(folder.chatsim(&["new", file]).code, Some(0));
        assert_eq!(folder.read(file).unwrap().lines().next(), Some(line));
    }
}

#[test]
fn new_scenario_takes_the_place_of_nothing() {
    let folder = Folder::accepted();
    let ended = folder.chatsim(&["new", "scenarios/short.yaml"]);
    let expected = "error: `scenarios/short.yaml` or its snapshot exists already; choose another \
                    name\n";
    assert_eq!(ended, refused(2, expected));
    assert_eq!(folder.read("scenarios/short.yaml").as_deref(), Some(SHORT));
    let snapshot = folder.read("snapshots/short.snap");
    assert_eq!(folder.chatsim(&["new", "scenarios/short.yml"]).code, Some(2));
    assert!(!folder.path("scenarios/short.yml").exists());
    assert_eq!(folder.read("snapshots/short.snap"), snapshot);
    folder.write("file", "");
    let ended = folder.chatsim(&["new", "file/x.yaml"]);
    let expected = "error: `file/x.yaml` cannot be written: File exists (os error 17)\n";
    assert_eq!(ended, refused(3, expected));
}

#[test]
fn snapshots_without_a_scenario_are_named_for_whole_folders() {
    let folder = Folder::accepted();
    let snapshot = folder.read("snapshots/short.snap").unwrap();
    folder.write("scenarios/groups/b.yaml", SHORT);
    folder.write("snapshots/groups/b.snap", &snapshot);
    folder.write("snapshots/gone.snap", &snapshot);
    folder.write("snapshots/groups/gone.snap", &snapshot);
    folder.write("snapshots/of_something_else.snap", "---\nsource: src/lib.rs\n---\nx\n");
    let ended = folder.chatsim(&["run", "scenarios", "--filter", "short"]);
    let expected = "note: `snapshots/gone.snap` has no scenario; delete it\n\
                    note: `snapshots/groups/gone.snap` has no scenario; delete it\n";
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), expected));
    let ended = folder.chatsim(&["run", "scenarios/groups"]);
    let expected = "note: `snapshots/groups/gone.snap` has no scenario; delete it\n";
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), expected));
    let ended = folder.chatsim(&["run", "scenarios/short.yaml"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
}

/// A scenario with two combinations.
const COMBINED: &str = "chatsim: 1\nclients: [c1]\nmatrix: { w: [a, v1.2] }\nsteps:\n  \
                        - start: [server, c1]\n  - c1: \"${w}\"\n";

#[test]
fn snapshots_of_combinations_that_are_left_out_or_gone() {
    let folder = Folder::accepted();
    folder.write("scenarios/groups/b.yaml", COMBINED);
    assert_eq!(folder.chatsim(&["run", "scenarios", "--accept"]).code, Some(0));
    let snapshot = folder.read("snapshots/groups/b@v1.2.snap").unwrap();
    for options in [["--filter", "short"], ["--filter", "b.w=a"], ["--shard", "1/3"]] {
        let ended = folder.chatsim(&[&["run", "scenarios"], options.as_slice()].concat());
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{options:?}");
    }
    // Without its matrix, or with another one, the combination is gone.
    folder.write("scenarios/groups/b.yaml", COMBINED.replace("a, v1.2", "a"));
    folder.write("snapshots/groups/b.snap", &snapshot);
    let ended = folder.chatsim(&["run", "scenarios", "--filter", "short"]);
    let expected = "note: `snapshots/groups/b.snap` has no scenario; delete it\n\
                    note: `snapshots/groups/b@v1.2.snap` has no scenario; delete it\n";
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), expected));
}

#[test]
fn completions_are_there_for_each_shell() {
    let folder = Folder::new();
    for (shell, part) in [
        ("bash", "complete -F _chatsim"),
        ("zsh", "#compdef chatsim"),
        ("fish", "complete -c chatsim"),
        ("elvish", "set edit:completion:arg-completer[chatsim]"),
        ("powershell", "Register-ArgumentCompleter -Native -CommandName 'chatsim'"),
    ] {
        let ended = folder.chatsim(&["completions", shell]);
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
        assert_contains(&ended.stdout, &[part, "fail-fast"]);
    }
    assert_eq!(folder.chatsim(&["completions", "dos"]).code, Some(2));
}

#[test]
fn schema_is_that_of_the_project() {
    let ended = Folder::new().chatsim(&["schema"]);
    assert_eq!(ended, done(include_str!("../../scenarios/scenario.schema.json")));
}

#[test]
fn manual_pages_are_roff() {
    let folder = Folder::new();
    let ended = folder.chatsim(&["man"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
    assert_contains(&ended.stdout, &[".TH chatsim 1", ".SH DESCRIPTION", "Exit codes:"]);
    let ended = folder.chatsim(&["man", "run"]);
    assert_contains(&ended.stdout, &[".TH chatsim-run 1", "fail\\-fast"]);
    let ended = folder.chatsim(&["man", "fly"]);
    assert_eq!(ended, refused(2, "error: unknown verb `fly`\n"));
}
