//! Reads the project's own source and fails if it violates the architecture.

mod homes;
mod layers;
mod tokens;

use std::fs;
use std::io;
use std::path::Path;

/// A source file: its path relative to the project's folder, with `/`, and its text.
struct Source {
    path: String,
    text: String,
}

/// Reads every Rust file under the given folders of the project, in the order of their paths.
fn sources(folders: &[&str]) -> Vec<Source> {
    let mut sources = Vec::new();
    for folder in folders {
        collect(folder, &mut sources).unwrap_or_else(|error| panic!("`{folder}`: {error}"));
    }
    assert!(!sources.is_empty(), "no source under {folders:?}");
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    sources
}

fn collect(folder: &str, sources: &mut Vec<Source>) -> io::Result<()> {
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    for entry in fs::read_dir(project.join(folder))? {
        let entry = entry?;
        let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            collect(&path, sources)?;
        } else if entry.path().extension().is_some_and(|e| e == "rs") {
            let text = fs::read_to_string(entry.path())?;
            sources.push(Source { path, text });
        }
    }
    Ok(())
}

#[track_caller]
fn assert_none(breaches: impl Iterator<Item = String>) {
    let breaches: Vec<String> = breaches.collect();
    assert!(breaches.is_empty(), "\n{}\n", breaches.join("\n"));
}

#[test]
fn modules_import_only_from_the_layers_below() {
    let sources = sources(&["src"]);
    assert_none(sources.iter().flat_map(|s| layers::breaches(&s.path, &s.text)));
}

#[test]
fn what_has_a_home_is_named_nowhere_else() {
    let sources = sources(&["src"]);
    assert_none(sources.iter().flat_map(|s| homes::breaches(&s.path, &s.text)));
}

#[test]
fn every_bug_on_purpose_has_its_place() {
    let sources = sources(&["src"]);
    let (lists, rest): (Vec<_>, Vec<_>) =
        sources.iter().partition(|s| s.path == "src/protocol/sabotage.rs");
    let bugs = lists[0].text.lines().filter_map(|line| line.strip_suffix("\",")?.split_once(" = "));
    let bugs: Vec<_> = bugs.map(|(bug, _)| format!("Bug::{}", bug.trim())).collect();
    assert!(bugs.len() > 30, "{bugs:?}");
    let is_missing = |bug: &&String| !rest.iter().any(|s| s.text.contains(*bug));
    assert_none(bugs.iter().filter(is_missing).map(|bug| format!("`{bug}` is nowhere")));
}
