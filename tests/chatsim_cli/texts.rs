//! Texts of scenarios that could confuse a terminal or a parser.

use roxmltree::Document;

use crate::folder::{Folder, assert_contains};

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
