//! From the tree to the scenario: what has to happen in at least one of many runs.

use super::cast::Cast;
use super::faults;
use super::model::{Expectation, Occurrence};
use super::patterns::{Purpose, expectation, other_duration};
use crate::network::Aim;
use placed_yaml::{Entry, Findings, Mistake, Node};

/// Reads `{ c1: line, c2 -> server: packet }`.
pub(super) fn occurrences(node: &Node, cast: &Cast, findings: &mut Findings) -> Vec<Occurrence> {
    let what = "a mapping like `{ c1: /Retrying/ }`";
    let entries = findings.entries(node, what);
    if entries.as_ref().is_some_and(Vec::is_empty) {
        let mistake = Mistake::new(node.place, "neither an actor nor a link is named here");
        findings.add(mistake.with_help(format!("name the actor and the line, as in {what}")));
    }
    let mut occurrences = Vec::new();
    for entry in entries.unwrap_or_default() {
        match entry.name {
            "within" | "for" => findings.add(other_duration(entry, None)),
            name if is_link(name) => occurrences.extend(sent(entry, cast, findings)),
            _ => {
                let shown = expectation(entry, Purpose::Sometimes, cast, findings);
                let lines = shown.into_iter().flat_map(|Expectation { actor, lines, .. }| {
                    lines.into_iter().map(move |line| Occurrence::Shown { actor, line })
                });
                occurrences.extend(lines);
            }
        }
    }
    occurrences
}

/// Returns whether a key is a link and not only an actor.
fn is_link(key: &str) -> bool {
    key == "all" || key.contains("->")
}

/// Reads a link and the kinds of packets that are sent there.
fn sent(entry: Entry<'_>, cast: &Cast, findings: &mut Findings) -> Vec<Occurrence> {
    let Entry { name, key, value } = entry;
    let link = faults::link(name, key, cast, findings);
    if value.items().is_empty() {
        let mistake = Mistake::new(value.place, "no kind of packet is named here");
        findings.add(mistake.with_help("name one, or a list of them, as faults do"));
    }
    let kinds = value.items().iter();
    let kinds = kinds.filter_map(|node| faults::packet(node, cast.guest(), findings));
    let occurrence = |packet| {
        let aims = link.iter().map(|aim| Aim { packet: Some(packet), ..*aim });
        Occurrence::Sent { link: name.to_owned(), aims: aims.collect() }
    };
    kinds.map(occurrence).collect()
}
