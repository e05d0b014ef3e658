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
fn comments_stay_at_the_ends_of_their_lines() {
    for (path, text) in all() {
        let commented = commented(&formatted(&path, &text));
        let expected = commented.replace("   # after", " # after");
        assert_eq!(formatted(&path, &commented), expected, "{}", path.display());
    }
}

/// Appends a comment to each line of a formatted text that can have one.
fn commented(text: &str) -> String {
    let lines = Line::all(text).into_iter().map(|line| {
        // A longer line could be wrapped.
        let is_short = line.text.chars().count() < 90;
        let has_one = !line.is_code() || line.text.contains(" # ");
        let can_have_one = is_short && !has_one && line.context != Context::Text;
        format!("{}{}\n", line.text, if can_have_one { "   # after" } else { "" })
    });
    lines.collect()
}

#[test]
fn comments_stay_between_their_lines_and_in_their_blocks() {
    let mut count = 0;
    for (path, text) in all() {
        let plain = formatted(&path, &text);
        for text in [formatted(&path, &commented(&plain)), plain] {
            let lines = Line::all(&text);
            for phase in 0..2 {
                for choice in 0..3 {
                    count += assert_comments_stay(&path, &lines, phase, choice);
                }
            }
        }
    }
    assert!(count > 20_000, "{count}");
}

/// Puts a comment before every second line; returns their number.
fn assert_comments_stay(path: &Path, lines: &[Line<'_>], phase: usize, choice: usize) -> usize {
    let mut written = Vec::new();
    let mut places = Vec::new();
    for at in 0..=lines.len() {
        let columns = columns(lines, at);
        if at % 2 == phase
            && let Some(column) = columns.get(choice).or_else(|| columns.last())
        {
            let next = lines.iter().skip(at).find(|line| line.is_code());
            let is_in_block = next.is_none_or(|next| next.context != Context::Brackets);
            // A comment belongs to the block of the next line, or to one within it that is open.
            let expected = (*column).max(next.map_or(0, |next| next.indent));
            places.push((written.len(), is_in_block.then_some(expected)));
            written.push(format!("{:column$}# here", ""));
        }
        written.extend(lines.get(at).map(|line| line.text.to_owned()));
    }
    let written_text = written.join("\n") + "\n";
    let found = formatted(path, &written_text);
    let mut expected = written;
    for (at, column) in &places {
        let found = found.lines().nth(*at).unwrap_or_default();
        let indent = column.unwrap_or(found.len() - found.trim_start().len());
        expected[*at] = format!("{:indent$}# here", "");
    }
    assert_eq!(found, expected.join("\n") + "\n", "{}:\n{written_text}", path.display());
    if choice == 0 {
        assert_eq!(formatted(path, &found), found, "formatted text is stable");
    }
    places.len()
}

/// Where a line of a formatted text stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Context {
    Block,
    Brackets,
    Text,
}

/// A line of a formatted text.
struct Line<'t> {
    text: &'t str,
    /// What a line before it belongs to.
    context: Context,
    indent: usize,
}

impl<'t> Line<'t> {
    fn all(text: &'t str) -> Vec<Self> {
        static TEXT: LazyLock<Regex> =
            LazyLock::new(|| Regex::new(r"(^|[ :-] )[|>][-+0-9]*( +# after)?$").unwrap());
        let mut lines: Vec<Self> = Vec::new();
        let mut brackets = Vec::new();
        let mut header = None;
        for text in text.lines() {
            let indent = text.len() - text.trim_start().len();
            header = header.filter(|header| text.is_empty() || indent > *header);
            let is_text = header.is_some();
            let code = text.split("# ").next().unwrap_or_default().trim_end();
            let context = match brackets.last() {
                _ if is_text => Context::Text,
                Some(_) => Context::Brackets,
                None => Context::Block,
            };
            lines.push(Self { text, context, indent });
            if is_text {
                continue;
            }
            if TEXT.is_match(text) {
                header = Some(indent);
            }
            if brackets.last() == Some(&indent) && code.trim_start().starts_with([']', '}']) {
                brackets.pop();
            }
            if code.ends_with(['[', '{']) {
                brackets.push(indent);
            }
        }
        lines
    }

    fn is_code(&self) -> bool {
        !self.text.is_empty() && !self.text.trim().starts_with('#')
    }
}

/// Returns the columns for a comment before a line: those of the lines around it, and of their
/// parents.
fn columns(lines: &[Line<'_>], at: usize) -> Vec<usize> {
    let code = |line: &&Line<'_>| line.is_code();
    let (above, below) = lines.split_at(at);
    let mut columns = Vec::new();
    let next = below.iter().find(code);
    let prev = above.iter().rev().find(code);
    for line in [prev, next].into_iter().flatten() {
        let parent = above.iter().rev().filter(code).find(|above| above.indent < line.indent);
        columns.extend([line.indent, parent.map_or(0, |parent| parent.indent)]);
    }
    // Within a text, it would be text.
    if below.first().is_some_and(|next| next.context == Context::Text) {
        columns.clear();
    }
    if let Some(text) = above.last().filter(|above| above.context == Context::Text) {
        columns.retain(|column| *column < text.indent);
    }
    columns.sort_unstable();
    columns.dedup();
    columns
}
