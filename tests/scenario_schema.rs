//! The JSON Schema of scenario files: the parser rejects everything that it rejects.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/examples.rs"]
mod examples;
#[path = "support/folders.rs"]
mod folders;

use std::fs;
use std::path::{Path, PathBuf};

use chatapp::sim::{Chat, parse};
use chatsim::scenario::{Source, schema};
use jsonschema::Validator;
use serde_json::{Value, json};

/// The files of `scenario_errors` that only the parser rejects: limits of the whole, and what other
/// YAML parsers accept.
const BEYOND_THE_SCHEMA: [&str; 6] =
    ["include_deep", "include_wrong_shapes", "matrix_too_large", "merge_key", "tag", "very_many"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn validator() -> Validator {
    jsonschema::draft202012::new(&serde_json::from_str(&schema(&Chat)).unwrap()).unwrap()
}

fn is_part(path: &Path) -> bool {
    path.file_name().unwrap().to_string_lossy().starts_with('_')
}

fn stem(path: &Path) -> &str {
    path.file_stem().unwrap().to_str().unwrap()
}

fn parses(path: &Path, text: &str) -> bool {
    parse(&Source::new(path.to_owned(), text.into())).is_ok()
}

/// Returns a text as an editor sees it, if it is YAML at all.
fn value(text: &str) -> Option<Value> {
    serde_yaml::from_str(text).ok()
}

/// Files that use the whole language: the examples of its reference, and its rare forms.
fn all_forms() -> Vec<(PathBuf, String)> {
    let examples = examples::examples().into_iter().map(|(name, text)| (name.into(), text));
    examples.chain(folders::texts("tests/scenario_forms/good")).collect()
}

/// `UPDATE_EXPECT=1` rewrites the file.
#[test]
fn schema_of_the_project_is_that_of_the_program() {
    let path = root().join("scenarios/scenario.schema.json");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(&path, schema(&Chat)).unwrap();
    }
    let written = fs::read_to_string(path).unwrap_or_default();
    assert!(
        written == schema(&Chat),
        "`chatsim schema > scenarios/scenario.schema.json` writes it anew"
    );
}

#[test]
fn good_files_are_right_for_schema_and_parser() {
    let validator = validator();
    for (path, text) in folders::texts("scenarios").into_iter().chain(all_forms()) {
        let errors: Vec<String> =
            validator.iter_errors(&value(&text).unwrap()).map(|e| e.to_string()).collect();
        assert!(errors.is_empty(), "{}: {errors:#?}", path.display());
        // Included files and examples that include files are read where they are run.
        if path.is_absolute() && !is_part(&path) {
            assert!(parses(&path, &text), "{}", path.display());
        }
    }
}

#[test]
fn bad_files_are_refused_by_schema_and_parser() {
    let validator = validator();
    for (path, text) in folders::texts("tests/scenario_forms/bad") {
        assert!(!validator.is_valid(&value(&text).unwrap()), "schema: {}", path.display());
        assert!(!parses(&path, &text), "parser: {}", path.display());
    }
}

#[test]
fn schema_sees_most_of_what_the_parser_refuses() {
    let validator = validator();
    let mut unseen = Vec::new();
    for (path, text) in folders::texts("tests/scenario_errors") {
        let is_refused = value(&text).is_none_or(|value| !validator.is_valid(&value));
        if is_refused {
            assert!(!parses(&path, &text), "{}", path.display());
        } else if !is_part(&path) {
            unseen.push(stem(&path).to_owned());
        }
    }
    assert_eq!(unseen, BEYOND_THE_SCHEMA);
}

/// The replacements for each piece of a valid file.
fn spoilers() -> Vec<Value> {
    let words = [
        "",
        "c1",
        "c9",
        "server",
        "none",
        "5",
        "-1",
        "5s",
        "5 s",
        "20%",
        "1e1%",
        "c1 -> server",
        "->",
        "a\nb",
        "${a}",
        "$${a",
        "/(/",
        "_join.yaml",
        "true",
        "\u{e9}\u{661}",
    ];
    let others = json!([
        null, true, 0, 1, 7.5, 1e300, 2475, [], [[]], [null], ["c1"], ["c1", "c1"], [{ "c1": "x" }],
        [[{ "c1": "x" }], [{ "c1": "x" }]], {}, { "c1": null }, { "c1": "x" }, { "port": 2475 },
        { "line": "x" }, { "${a}": "x" }, { "c1": "x", "${a}": "x" }, { "base": "5s" },
    ]);
    let words = words.into_iter().map(Value::from);
    words.chain(others.as_array().unwrap().iter().cloned()).collect()
}

/// Returns all values that differ in one piece: replaced, removed, added or renamed.
fn neighbours(value: &Value, spoilers: &[Value]) -> Vec<Value> {
    let mut all = spoilers.to_vec();
    match value {
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                let with = |new: &[Value]| {
                    let mut items = items.clone();
                    items.splice(at..=at, new.iter().cloned());
                    Value::Array(items)
                };
                all.extend(neighbours(item, spoilers).into_iter().map(|new| with(&[new])));
                all.extend([with(&[]), with(&[item.clone(), item.clone()])]);
            }
        }
        Value::Object(entries) => {
            for (key, value) in entries {
                let with = |new: Option<(&str, Value)>| {
                    let mut entries = entries.clone();
                    entries.remove(key);
                    entries.extend(new.map(|(key, value)| (key.to_owned(), value)));
                    Value::Object(entries)
                };
                let neighbours = neighbours(value, spoilers).into_iter();
                all.extend(neighbours.map(|new| with(Some((key, new)))));
                let keys = ["x", "c2", "steps", "settle", "within", "line", "link", "${a}", "a b"];
                all.extend(keys.map(|key| with(Some((key, value.clone())))));
                all.push(with(None));
                let more = [("settle", json!("none")), ("within", json!("5s")), ("x", json!("x"))];
                for (key, value) in more {
                    let mut entries = entries.clone();
                    entries.insert(key.to_owned(), value);
                    all.push(Value::Object(entries));
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
    all
}

/// Replaces all other regular expressions by the cheapest one: they take long to compile.
fn without_regexes(value: &mut Value) {
    match value {
        Value::String(text) if text.starts_with('/') => "/a/".clone_into(text),
        Value::Array(items) => items.iter_mut().for_each(without_regexes),
        Value::Object(entries) => entries.values_mut().for_each(without_regexes),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// JSON is YAML: schema and parser read the same text. A part of all variants is enough for each
/// run of the tests.
#[test]
fn what_the_schema_refuses_the_parser_refuses() {
    let (validator, spoilers) = (validator(), spoilers());
    let mut refused = 0;
    for (path, text) in all_forms() {
        let mut value = value(&text).unwrap();
        without_regexes(&mut value);
        for spoilt in neighbours(&value, &spoilers).into_iter().step_by(7) {
            if !validator.is_valid(&spoilt) {
                refused += 1;
                let text = spoilt.to_string();
                assert!(!parses(&path, &text), "{}: {text}", path.display());
            }
        }
    }
    assert!(refused > 1000, "{refused}");
}
