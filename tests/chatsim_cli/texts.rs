//! Texts of scenarios that could confuse a terminal or a parser.

use std::fs;

use machine::is_control;
use roxmltree::Document;

use crate::folder::{Ended, Folder, SHORT, assert_contains};

/// A scenario with control characters in all its texts.
const CONTROL: &str = r#"chatsim: 1
title: "title \e[2J\uFFFE"
clients: [c1, c2]
steps:
  - start: [server, c1, c2]
  - note: "note \e[31m\uFFFF"
  - c1: "send c2 typed \e]0;x\a"
"#;

/// Returns the text of a document, which must be well-formed.
#[track_caller]
fn text_of(document: &str) -> String {
    let document = Document::parse(document).unwrap_or_else(|error| panic!("{error}:\n{document}"));
    let nodes = document.descendants().filter(roxmltree::Node::is_text);
    nodes.filter_map(|node| node.text()).collect()
}

/// Returns the body of a page up to its script, which is not XML.
fn body(page: &str) -> String {
    let (_, rest) = page.split_once("<body").unwrap();
    let (body, _) = rest.split_once("<script>").unwrap();
    format!("<body{body}</body>")
}

#[test]
fn reports_that_are_xml_hold_control_characters_of_all_texts() {
    let folder = Folder::new();
    let name = "file \u{1b}[3m\u{ffff}";
    folder.write(&format!("scenarios/{name}.yaml"), CONTROL);
    let reports = ["--report=junit=out.xml", "--report=svg=svg", "--report=html=html"];
    let ended = folder.chatsim(&[&["run", "scenarios"], reports.as_slice()].concat());
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);

    let junit = folder.read("out.xml").unwrap();
    let document = Document::parse(&junit).unwrap_or_else(|error| panic!("{error}:\n{junit}"));
    let test = document.descendants().find(|node| node.has_tag_name("testcase")).unwrap();
    assert_eq!(test.attribute("name"), Some(r"file \u{1b}[3m\u{ffff}"));
    let failure = test.children().find(|node| node.has_tag_name("failure")).unwrap();
    assert_contains(failure.text().unwrap(), &[r"send c2 typed \u{1b}]0;x\u{7}"]);

    let svg = text_of(&folder.read(&format!("svg/{name}.svg")).unwrap());
    let texts =
        [r"note \u{1b}[31m\u{ffff}", r"send c2 typed \u{1b}]0;x\u{7}", r"file \u{1b}[3m\u{ffff}"];
    assert_contains(&svg, &texts);

    let page = folder.read(&format!("html/scenarios/{name}.html")).unwrap();
    let page = text_of(&body(&page));
    assert_contains(&page, &texts);
    assert_contains(&page, &[r"title \u{1b}[2J\u{fffe}"]);
    let index = text_of(&body(&folder.read("html/index.html").unwrap()));
    assert_contains(&index, &[r"title \u{1b}[2J\u{fffe}", r"file \u{1b}[3m\u{ffff}"]);
}

/// Asserts that an output has these parts, and no control characters other than line breaks.
#[track_caller]
fn assert_is_plain(ended: &Ended, parts: &[&str]) {
    let shown = format!("{}{}", ended.stdout, ended.stderr);
    let controls: Vec<_> = shown.chars().filter(|c| is_control(*c) && *c != '\n').collect();
    assert!(controls.is_empty(), "{controls:?} in:\n{shown}");
    assert_contains(&shown, parts);
}

/// A name that clears the screen in the ways of terminals with 7 and with 8 bits.
const NAME: &str = "name \u{1b}[2J\u{9b}2J\u{202e}";

/// The same as a terminal shows it.
const ESCAPED: &str = r"name \u{1b}[2J\u{9b}2J\u{202e}";

#[test]
fn list_escapes_names_and_titles() {
    let folder = Folder::new();
    folder.write(&format!("scenarios/{NAME}.yaml"), CONTROL);
    folder.write("scenarios/short.yaml", SHORT);
    let ended = folder.chatsim(&["list", "scenarios"]);
    let line = format!(r"{ESCAPED}  title \u{{1b}}[2J{}", '\u{fffe}');
    assert_is_plain(&ended, &[&format!("{line}\nshort\n")]);
}

#[test]
fn reports_on_terminals_escape_names_and_texts() {
    let folder = Folder::new();
    let file = format!("scenarios/{NAME}.yaml");
    folder.write(&file, format!("{CONTROL}  - expect: {{ c1: never }}\n"));
    let run = |options: &[&str]| folder.chatsim(&[&["run", "scenarios"], options].concat());
    let failed = [
        &format!("FAIL {ESCAPED} "),
        &format!("--> scenarios/{ESCAPED}.yaml:8:19"),
        r"= note: note \u{1b}[31m",
        r"run it:           chatsim run $'scenarios/name \x1b[2J\xc2\x9b2J\xe2\x80\xae.yaml'",
    ];
    assert_is_plain(&run(&[]), &failed);
    assert_is_plain(&run(&["--trace"]), &failed);
    assert_is_plain(
        &run(&["--format", "tap"]),
        &[&format!("not ok 1 - {}", ESCAPED.replace('\\', r"\\"))],
    );
    assert_is_plain(&run(&["--format", "json"]), &[r#""file":"scenarios/name \u001b[2J\u009b2J"#]);

    // A source line that has control characters beyond ASCII itself.
    folder.write(
        &file,
        format!("chatsim: 1\nclients: [c1]\nsteps:\n  - expect: {{ c1: never }} # {NAME}\n"),
    );
    assert_is_plain(&run(&[]), &[r"\u{9b}2J"]);

    folder.write(&file, format!("{CONTROL}xfail: \"why \\e[2J\"\n"));
    assert_is_plain(&run(&[]), &[r"expected to fail: why "]);
}

#[test]
fn snapshots_are_accepted_reviewed_and_orphaned_under_names_that_are_escaped() {
    let folder = Folder::new();
    let file = format!("scenarios/{NAME}.yaml");
    folder.write(&file, CONTROL);
    let snapshot = format!("snapshots/{ESCAPED}.snap");
    assert_is_plain(&folder.chatsim(&["run", "scenarios"]), &[&format!("{snapshot}.new\n")]);
    assert_is_plain(&folder.chatsim(&["review"]), &[&format!("{snapshot}.new\n")]);
    assert_is_plain(&folder.chatsim(&["accept"]), &[&format!("accepted {snapshot}\n")]);
    let again = folder.chatsim(&["run", "scenarios", "--accept"]);
    assert_is_plain(&again, &[&format!("PASS {ESCAPED} ")]);
    fs::rename(folder.path(&file), folder.path("scenarios/other.yaml")).unwrap();
    let orphan = format!("note: `{snapshot}` has no scenario; delete it\n");
    assert_is_plain(&folder.chatsim(&["run", "scenarios"]), &[&orphan]);
}

#[test]
fn errors_escape_paths() {
    let folder = Folder::new();
    let file = format!("{NAME}.yaml");
    folder.write(&file, CONTROL);
    let name = format!("`{ESCAPED}.yaml`");
    let missing = folder.chatsim(&["run", &format!("no {file}")]);
    assert_is_plain(&missing, &[&format!("`no {ESCAPED}.yaml` cannot be read")]);
    assert_is_plain(&folder.chatsim(&["new", &file]), &[&name]);
    assert_is_plain(&folder.chatsim(&["record", &file]), &[&name]);
    let reports = ["--report", &format!("tap={file}/x"), "--report", &format!("tap={file}/x")];
    let ended = folder.chatsim(&[&["run", &file], reports.as_slice()].concat());
    assert_is_plain(&ended, &[&format!("`{ESCAPED}.yaml/x`")]);
    let ended = folder.chatsim(&["run", &file, "--report", &format!("tap={file}/x")]);
    assert_is_plain(&ended, &[&format!("the report `{ESCAPED}.yaml/x` cannot be written")]);
    let ended = folder.chatsim(&["shrink", &file]);
    assert_is_plain(&ended, &[&format!("{name} does not fail")]);
    folder.write(&format!("x/{NAME}.yaml"), CONTROL);
    folder.write(&format!("x/{NAME}.yml"), CONTROL.replace(", c2]", ",  c2]"));
    assert_is_plain(&folder.chatsim(&["check", "x"]), &["have the same snapshot"]);
    assert_is_plain(&folder.chatsim(&["fmt", "x"]), &[&format!("formatted: x/{ESCAPED}.yml")]);
    folder.write(&format!("x/{NAME}.yml"), format!("chatsim: 1\nstepz: # {NAME}\n"));
    assert_is_plain(&folder.chatsim(&["check", "x"]), &[&format!("--> x/{ESCAPED}.yml:2:1")]);
}
