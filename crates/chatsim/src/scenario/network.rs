//! `network`: the conditions of the links for the whole scenario.

use std::time::Duration;

use super::cast::Cast;
use super::faults::{self, EVERYWHERE};
use super::model::{ActorName, NetworkFault};
use crate::network::{Aim, Effect, Fault};
use placed_yaml::{
    Entry, Findings, Mistake, Node, Place, Value, duration, expected, offer, quoted,
};

/// Effects with a probability.
const BY_CHANCE: [(&str, Effect); 5] = [
    ("loss", Effect::Drop),
    ("duplicate", Effect::Duplicate),
    ("reorder", Effect::Reorder),
    ("corrupt", Effect::Corrupt),
    ("truncate", Effect::Truncate),
];

/// Effects on every datagram.
const ALWAYS: [&str; 3] = ["latency", "spread", "rate"];

const HELP: &str = "write it like `network: { latency: 20ms, loss: 1% }`";

/// Reads `{ latency: 20ms, loss: 1%, c1 -> server: { loss: 10% } }`.
pub(super) fn read(node: &Node, cast: &Cast, findings: &mut Findings) -> Vec<NetworkFault> {
    if !matches!(node.value, Value::Mapping(_)) {
        findings.add(expected("settings of the links", node).with_help(HELP));
        return Vec::new();
    }
    let entries = findings.entries(node, "").unwrap_or_default();
    let is_link = |entry: &Entry<'_>| {
        let name = entry.name;
        !settings().any(|known| known == name)
            && (name.contains("->") || name == "all" || cast.knows(name))
    };
    let (links, general): (Vec<_>, Vec<_>) = entries.into_iter().partition(is_link);
    let mut faults = conditions(&general, &[EVERYWHERE], findings);
    for Entry { name, key, value } in links {
        let aims = faults::link(name, key, cast, findings);
        if !matches!(value.value, Value::Mapping(_)) {
            findings.add(expected("settings of this link", value).with_help(HELP));
            continue;
        }
        let special = findings.entries(value, "").unwrap_or_default();
        faults.extend(conditions(&special, &aims, findings));
    }
    faults
}

/// Reads the conditions of some links.
fn conditions(
    entries: &[Entry<'_>],
    aims: &[Aim<ActorName>],
    findings: &mut Findings,
) -> Vec<NetworkFault> {
    let mut faults = Vec::new();
    let mut latency: Option<(Place, Duration, Duration)> = None;
    let mut add = |place: Place, chance, effect| {
        let fault = Fault { aims: aims.to_vec(), nth: None, chance, effect };
        faults.push(NetworkFault { place, fault });
    };
    for &Entry { name, key, value } in entries {
        let by_chance = BY_CHANCE.into_iter().find(|(known, _)| *known == name);
        match (name, by_chance) {
            (_, Some((_, effect))) => {
                if let Some(chance) = faults::chance(value, findings) {
                    add(key.place, Some(chance), effect);
                }
            }
            ("latency", None) => {
                let (_, base, _) =
                    latency.get_or_insert((key.place, Duration::ZERO, Duration::ZERO));
                *base = duration::read(value, findings).unwrap_or_default();
            }
            ("spread", None) => {
                let (.., spread) =
                    latency.get_or_insert((key.place, Duration::ZERO, Duration::ZERO));
                *spread = duration::read(value, findings).unwrap_or_default();
            }
            ("rate", None) => {
                if let Some(rate) = faults::whole(value, "bytes per second", findings) {
                    add(key.place, None, Effect::Rate(rate));
                }
            }
            _ => findings.add(unknown(name, key)),
        }
    }
    if let Some((place, base, spread)) = latency {
        add(place, None, Effect::Latency { base, spread });
    }
    faults
}

/// Lists all settings of a link.
pub fn settings() -> impl Iterator<Item = &'static str> {
    ALWAYS.into_iter().chain(BY_CHANCE.into_iter().map(|(name, _)| name))
}

fn unknown(name: &str, key: &Node) -> Mistake {
    let known: Vec<_> = settings().collect();
    let mistake = Mistake::new(key.place, format!("unknown network setting {}", quoted(name)));
    mistake.with_help(offer("settings, besides links like `c1 -> server`", name, &known))
}
