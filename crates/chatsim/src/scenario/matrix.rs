//! From the tree to the scenario: the combinations of a matrix.

use std::collections::BTreeSet;

use super::interpolate;
use super::model::Combination;
use placed_yaml::{Findings, Mistake, Node, Value, expected, quoted};

/// The maximum number of combinations of one scenario.
const COMBINATIONS_MAX: usize = 256;

/// The maximum length of a combination's name in bytes, since it is part of a file's name.
const NAME_BYTES_MAX: usize = 150;

const HELP: &str = "write `matrix: { name: [one, two] }`";

/// Parses `{ name: [v1, v2], other: [..] }` into all combinations. The last name changes fastest.
pub(super) fn read(node: &Node, findings: &mut Findings) -> Vec<Combination> {
    let mut combinations = vec![Combination::default()];
    if !matches!(node.value, Value::Mapping(_)) {
        findings.add(expected("names with their values", node).with_help(HELP));
        return combinations;
    }
    for entry in findings.entries(node, "").unwrap_or_default() {
        let name = findings.check(interpolate::name(entry.name, entry.key.place));
        let values = values(entry.value, findings);
        let Some(name) = name else {
            continue;
        };
        if combinations.len().saturating_mul(values.len()) > COMBINATIONS_MAX {
            let message = format!("there are more than {COMBINATIONS_MAX} combinations");
            findings.add(Mistake::new(entry.key.place, message));
            continue;
        }
        combinations = combinations
            .iter()
            .flat_map(|combination| values.iter().map(|value| combination.with(&name, value)))
            .collect();
    }
    if combinations.iter().any(|combination| combination.file_suffix().len() > NAME_BYTES_MAX) {
        let message = "these values are too long for the name of a snapshot";
        let help = format!("the values of a combination have at most {NAME_BYTES_MAX} bytes");
        findings.add(Mistake::new(node.place, message).with_help(help));
    }
    combinations
}

fn values<'n>(node: &'n Node, findings: &mut Findings) -> Vec<&'n str> {
    let Value::Sequence(nodes) = &node.value else {
        findings.add(expected("a list of values", node).with_help(HELP));
        return vec![""];
    };
    if nodes.is_empty() {
        findings.add(Mistake::new(node.place, "the list holds no value").with_help(HELP));
    }
    let mut seen = BTreeSet::new();
    let mut values = Vec::new();
    for node in nodes {
        let Some(value) = findings.text(node, "a value") else {
            continue;
        };
        if seen.insert(value) {
            values.push(value);
        } else {
            let message = format!("duplicate value {}", quoted(value));
            findings.add(Mistake::new(node.place, message));
        }
    }
    if values.is_empty() {
        // Uses some value, so that the steps are read as well.
        values.push("");
    }
    values
}
