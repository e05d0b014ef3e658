//! Tests that the scenarios of this project use the whole language, each part at least once.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::{FAULT_SETTINGS, faults, include, network, patterns, resolve, terms, verb};
use crate::testing::Fakes;
use placed_yaml::{self as yaml, Node, Value};

/// Collects what a file uses, in the form `where/what`: `step/kill`, `fault/drop`, `network/loss`.
fn collect(node: &Node, at: &str, used: &mut BTreeSet<String>) {
    match &node.value {
        Value::Null => {}
        Value::Scalar(text) => {
            used.insert(format!("{at}/{text}"));
        }
        Value::Sequence(items) => items.iter().for_each(|item| collect(item, at, used)),
        Value::Mapping(pairs) => {
            for (key, value) in pairs {
                let Value::Scalar(key) = &key.value else { continue };
                used.insert(format!("{at}/{key}"));
                let inside = match (at, key.as_str()) {
                    (_, "steps") | ("step", "parallel") => "step",
                    ("network", _) => "network",
                    ("expect" | "never", _) => "demand",
                    ("file" | "step", key) => key,
                    _ => "text",
                };
                collect(value, inside, used);
            }
        }
    }
}

fn collect_all(folder: &Path, used: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect_all(&path, used);
        } else if path.extension().is_some_and(|extension| extension == "yaml") {
            let text = fs::read_to_string(&path).unwrap();
            collect(&yaml::read(&text, 0).unwrap(), "file", used);
        }
    }
}

#[test]
fn every_verb_fault_and_setting_is_used() {
    let mut used = BTreeSet::new();
    collect_all(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios"), &mut used);
    let all = |at: &str, words: &mut dyn Iterator<Item = &'static str>| {
        words.map(|word| format!("{at}/{word}")).collect::<Vec<_>>()
    };
    let wanted = [
        all(
            "file",
            &mut resolve::keys(&Fakes).chain(terms::KEYS).chain(include::part_keys(&Fakes)),
        ),
        all("step", &mut verb::VERBS.into_iter().map(|(verb, _)| verb)),
        all("fault", &mut faults().chain(FAULT_SETTINGS)),
        all("network", &mut network::settings()),
        all("demand", &mut patterns::DEMAND_KEYS.into_iter()),
        all("expect", &mut ["within"].into_iter()),
        all("never", &mut ["for"].into_iter()),
        all("restart", &mut ["actor", "after"].into_iter()),
        all("include", &mut include::keys(&Fakes).into_iter()),
        all("check", &mut ["all"].into_iter()),
    ];
    let missing: Vec<_> = wanted.into_iter().flatten().filter(|it| !used.contains(it)).collect();
    assert!(missing.is_empty(), "no scenario uses {missing:#?}");
}
