//! `chatsim fmt`: formatted files look alike, and keep their meaning.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/examples.rs"]
mod examples;
#[path = "support/folders.rs"]
mod folders;

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use chatapp::sim::parse;
use chatsim::scenario::{Source, format};
use regex::Regex;

/// All YAML files of the project, valid or not.
fn all() -> Vec<(PathBuf, String)> {
    let examples = examples::examples().into_iter().map(|(name, text)| (name.into(), text));
    let folders = ["scenarios", "tests/scenario_forms", "tests/scenario_errors"];
    let files = folders.into_iter().flat_map(folders::texts);
    let is_yaml = |(path, text): &(PathBuf, String)| format(&source(path, text)).is_ok();
    files.chain(examples).filter(is_yaml).collect()
}

fn source(path: &Path, text: &str) -> Source {
    Source::new(path.to_owned(), text.into())
}

fn formatted(path: &Path, text: &str) -> String {
    format(&source(path, text)).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// Returns the parsed form of a text, without places.
fn meaning(path: &Path, text: &str) -> String {
    static PLACES: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"Place \{[^}]*\}").unwrap());
    match parse(&source(path, text)) {
        Ok(scenarios) => {
            let combinations = scenarios.iter().map(|s| {
                let around = (&s.title, s.clock, &s.actors, s.seed, &s.terms);
                format!("{around:?} {:?}", s.steps)
            });
            PLACES.replace_all(&combinations.collect::<String>(), "").into_owned()
        }
        Err(mistakes) => {
            mistakes.as_slice().iter().map(|mistake| mistake.message.clone() + "\n").collect()
        }
    }
}

fn comments(text: &str) -> Vec<&str> {
    let comments = text.lines().filter_map(|line| line.split_once("# "));
    comments.map(|(_, comment)| comment.trim_end()).collect()
}

#[test]
fn formatting_keeps_meaning_and_comments_and_is_done_once() {
    let all = all();
    assert!(all.len() > 150, "{}", all.len());
    for (path, text) in all {
        let once = formatted(&path, &text);
        assert_eq!(meaning(&path, &once), meaning(&path, &text), "{}", path.display());
        assert_eq!(comments(&once), comments(&text), "{}", path.display());
        assert_eq!(formatted(&path, &once), once, "{}", path.display());
    }
}

#[test]
fn files_that_differ_in_layout_only_become_one() {
    for (path, text) in all() {
        let expected = formatted(&path, &text);
        let windows = text.replace("\r\n", "\n").replace('\n', "\r\n");
        assert_eq!(formatted(&path, &windows), expected);
        let indented: Vec<_> = expected.lines().map(|line| format!("  {line}")).collect();
        assert_eq!(formatted(&path, &indented.join("\n")), expected);
        let spaced = expected.replace("\n\n", "\n\n\n\n") + "\n\n";
        assert_eq!(formatted(&path, &spaced), expected);
    }
}

#[test]
fn comments_stay_wherever_they_stand() {
    for (path, text) in all() {
        let text = formatted(&path, &text);
        let after: Vec<_> = text.lines().map(commented).collect();
        let above = text.lines().zip(1..).map(|(line, number)| {
            let indent = line.len() - line.trim_start().len();
            format!("{:indent$}# above {number}\n{line}", "")
        });
        for commented in [after.join("\n"), above.collect::<Vec<_>>().join("\n")] {
            let once = formatted(&path, &commented);
            assert_eq!(comments(&once), comments(&commented), "{}", path.display());
            assert_eq!(formatted(&path, &once), once, "{}", path.display());
        }
    }
}

/// Appends a comment to a line.
fn commented(line: &str) -> String {
    if line.is_empty() { String::new() } else { format!("{line}   # behind") }
}
