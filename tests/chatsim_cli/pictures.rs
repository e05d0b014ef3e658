//! Reports with pictures.

use std::fs;

use roxmltree::{Document, Node};

use super::folder::{Folder, assert_contains};

const GONE: &str = "\
chatsim: 1
clients: [c1]
steps:
  - start: [server, c1]
  - kill: server
  - fault: { drop: c1, as: 'a;b' }
  - c1: list_groups
    settle: none
  - advance: 100ms
    settle: none
";

const LOSSY: &str = "\
chatsim: 1
title: <b>Lost</b> & found
tags: [network]
clients: [c1, c2]
steps:
  - start: [server, c1, c2]
  - fault: { drop: c1 -> c2, packet: send, nth: 1, as: gap }
  - c1: send c2 <script>alert('1')</script> & \"more\"
  - expect: { c2: /alert/ }
  - heal:
  - note: c2 is gone
  - kill: c2
  - advance: 2h
";

fn played(reports: &[&str]) -> Folder {
    let folder = Folder::new();
    folder.write("scenarios/deep/lossy.yaml", LOSSY);
    folder.write(
        "scenarios/other.yaml",
        "chatsim: 1\nonly: [pty]\nclients: [c1]\nsteps: [start: c1]\n",
    );
    let mut arguments = vec!["run", "scenarios", "--accept"];
    for report in reports {
        arguments.extend(["--report", report]);
    }
    let ended = folder.chatsim(&arguments);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{}", ended.stdout);
    folder
}

fn all<'a>(document: &'a Document<'_>, class: &str) -> Vec<Node<'a, 'a>> {
    let is_it = |node: &Node<'_, '_>| {
        let classes = node.attribute("class").unwrap_or_default();
        classes.split(' ').any(|it| it == class)
    };
    document.root().descendants().filter(is_it).collect()
}

fn title<'a>(node: &Node<'a, 'a>) -> &'a str {
    let title = node.children().find(|child| child.has_tag_name("title"));
    title.and_then(|title| title.text()).unwrap_or_default()
}

#[test]
fn svg_is_well_formed_and_has_an_arrow_for_each_datagram_that_says_something() {
    let folder = played(&["svg=out"]);
    let svg = folder.read("out/deep/lossy.svg").unwrap();
    let document = Document::parse(&svg).unwrap();
    let arrows = all(&document, "arrow");
    let traced = folder.chatsim(&["run", "scenarios", "--trace"]).stdout;
    let (talk, silence) = traced.split_once("c2: killed").unwrap();
    let count = |text: &str, part| text.lines().filter(|line| line.contains(part)).count();
    // Later c1 and the server only probe each other, until the server misses c2.
    let drawn = count(talk, " -> ") + count(silence, "server -> c2: probe") + 2;
    assert!(count(&traced, " -> ") > 500);
    assert_eq!(arrows.len(), drawn);
    let [lost] = all(&document, "lost")[..] else { panic!("{svg}") };
    let expected = "#13 c1 -> c2, 327 bytes\nlost\nhit by fault `gap` at line 7\nsegment 1: message \
                    1698244800026000 \"<script>alert('1')</script> & \"more\"\" from c1 to c2\n";
    let title = title(&lost);
    assert!(title.starts_with(expected), "{title}");
    assert!(title.ends_with("\npadding: 238 bytes\nsent 0.026 s"), "{title}");
    assert_eq!(all(&document, "resent").len(), 1);
    assert_eq!(all(&document, "killed").len(), 3, "its pattern, its band, its mark");
    let steps: Vec<_> = all(&document, "heading").iter().filter_map(Node::text).collect();
    assert_eq!(steps.len(), 8);
    assert_eq!(steps[5], "c2 is gone");
    assert_contains(&svg, &["… 2 h …"]);
    // A scenario that was not run has no picture.
    assert_eq!(fs::read_dir(folder.path("out")).unwrap().count(), 1);
}

#[test]
fn pages_stand_alone_and_escape_what_they_show() {
    let folder = played(&["html=out"]);
    let index = folder.read("out/index.html").unwrap();
    assert_contains(
        &index,
        &[
            "<h1>2 scenarios</h1>",
            "<a href=\"scenarios&#x2f;deep&#x2f;lossy.html\">deep&#x2f;lossy</a>",
            "&lt;b&gt;Lost&lt;&#x2f;b&gt; &amp; found",
            "<span class=\"tag\">network</span>",
            "<span class=\"verdict idle\">skipped</span>",
        ],
    );
    let page = folder.read("out/scenarios/deep/lossy.html").unwrap();
    for text in [&index, &page] {
        assert!(!text.contains("<b>Lost") && !text.contains("<script>alert"), "{text}");
        assert_eq!(text.matches("<script>").count(), 1, "our own");
        for foreign in ["src=", "<link", "@import", "url(h", "http://", "https://"] {
            assert!(!text.contains(foreign), "`{foreign}` in:\n{text}");
        }
    }
    assert_contains(
        &page,
        &["href=\"..&#x2f;..&#x2f;index.html\"", "\n&gt;&gt;&gt; send c2 &lt;script&gt;"],
    );
    for (start, _) in page.match_indices("<svg") {
        let (_, rest) = page.split_at(start);
        let svg = rest.split_inclusive("</svg>").next().unwrap();
        Document::parse(svg).unwrap_or_else(|error| panic!("{error}:\n{svg}"));
    }
    // Without a script there is nothing to choose, and all lanes are shown.
    assert_contains(
        &page,
        &["aria-label=\"actors of the diagram\" hidden=\"\"", "data-lane=\"2\""],
    );
    assert!(!page.contains("class=\"absent"), "{page}");
    let skipped = folder.read("out/scenarios/other.html").unwrap();
    assert_contains(&skipped, &["only on pty"]);
    assert!(!skipped.contains("<main>"), "{skipped}");
}

#[test]
fn failing_scenario_comes_first_and_its_step_is_marked() {
    let folder = Folder::new();
    folder.write("scenarios/a.yaml", "chatsim: 1\nclients: [c1]\nsteps: [start: server]\n");
    let failing = "chatsim: 1\nclients: [c1]\nsteps:\n  - start: c1\n  - expect: { c1: x }\n";
    folder.write("scenarios/b.yaml", failing);
    let ended = folder.chatsim(&["run", "scenarios", "--accept", "--report", "html=out"]);
    assert_eq!(ended.code, Some(1));
    let index = folder.read("out/index.html").unwrap();
    let place = |name: &str| index.find(&format!("scenarios&#x2f;{name}.html")).unwrap();
    assert!(place("b") < place("a"));
    let page = folder.read("out/scenarios/b.html").unwrap();
    assert_contains(
        &page,
        &[
            "<li class=\"failed\"><a href=\"#step-2\"",
            "error: `c1` did not show a line",
            "<code>chatsim run scenarios&#x2f;b.yaml</code>",
        ],
    );
}

#[test]
fn mermaid_tells_the_same_as_text() {
    let folder = Folder::new();
    folder.write("scenarios/a.yaml", GONE);
    let ended = folder.chatsim(&["run", "scenarios", "--seed=1", "--report", "mermaid=out"]);
    assert_contains(&ended.stdout, &["has no snapshot yet"]);
    let expected = r#"---
title: "a (seed 1)"
---
sequenceDiagram
    participant p0 as server
    participant p1 as c1
    rect rgba(128, 128, 128, 0.1)
    Note over p0,p1: line 4: start: [server, c1]
    Note over p0: started
    Note over p1: started
    Note over p0: [Server started at 127.0.0.1 on port 2475]
    p1->>p0: connect
    Note over p0: [Start listening...]
    Note over p0: [Client table updated.]
    p0->>p1: answer
    Note over p0: [Start listening...]
    Note over p1: [Welcome, You are registered.]
    p1-->>p0: ack
    p0->>p1: update
    Note over p1: [Client table updated.]
    p1-->>p0: ack
    end
    rect rgba(128, 128, 128, 0.1)
    Note over p0,p1: line 5: kill: server
    Note over p0: killed
    end
    rect rgba(128, 128, 128, 0.1)
    Note over p0,p1: line 6: fault: #123; drop: c1, as: 'a#59;b' #125;
    Note over p0,p1: a#59;b: drop c1 #60;-#62; all begins
    end
    rect rgba(128, 128, 128, 0.1)
    Note over p0,p1: line 7: c1: list_groups
    Note over p1: › list_groups
    p1-xp0: list_groups (lost)
    end
    rect rgba(128, 128, 128, 0.1)
    Note over p0,p1: line 9: advance: 100ms
    Note over p0,p1: a#59;b: drop c1 #60;-#62; all ends
    end
"#;
    assert_eq!(folder.read("out/a-seed-1.mmd").unwrap(), expected);
}

#[test]
fn folder_keeps_what_else_is_in_it_and_plays_of_one_name_have_their_own_files() {
    let folder = Folder::new();
    let text = "chatsim: 1\nclients: [c1]\nsteps: [start: server]\n";
    folder.write("a/same.yaml", text);
    folder.write("b/same.yaml", text);
    folder.write("out/mine.txt", "mine");
    let report = ["--accept", "--report", "svg=out"];
    let ended = folder.chatsim(&[["run", "a", "b"].as_slice(), &report].concat());
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{}", ended.stdout);
    let mut files: Vec<_> = fs::read_dir(folder.path("out"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort();
    assert_eq!(files, ["mine.txt", "same.svg", "same~2.svg"]);
    assert_eq!(folder.read("out/mine.txt").unwrap(), "mine");
}

#[test]
fn folder_that_cannot_be_written_is_told_once() {
    let folder = Folder::accepted();
    folder.write("file", "");
    for format in ["html", "svg", "mermaid"] {
        let report = format!("{format}=file/x");
        let ended = folder.chatsim(&["run", "scenarios", "--repeat", "3", "--report", &report]);
        assert_eq!(ended.code, Some(3));
        let expected =
            "error: the report `file/x` cannot be written: Not a directory (os error 20)\n";
        assert_eq!(ended.stderr, expected);
    }
}

const WITHDRAWN: &str = "\
chatsim: 1
clients: [c1, c2]
steps:
  - start: [server, c1, c2]
  - c2: dereg c2
  - c1: [send c2 secret, pending, cancel 1, pending]
";

#[test]
fn message_that_was_taken_back_is_not_called_delivered() {
    let folder = Folder::new();
    folder.write("scenarios/a.yaml", WITHDRAWN);
    let ended = folder.chatsim(&["run", "scenarios", "--accept", "--report", "html=out"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
    let page = folder.read("out/scenarios/a.html").unwrap();
    let shown = ["[Message 1 to c2 was cancelled.]", "[Nothing is pending.]"];
    assert_contains(&page, &shown);
    let receipts: Vec<_> = page
        .lines()
        .filter(|line| line.starts_with("segment ") && line.contains("2 was"))
        .collect();
    assert_eq!(receipts, ["segment 6: message 1698244800039000 for c2 was taken back"]);
    assert!(!page.contains("delivered"), "{page}");
}
