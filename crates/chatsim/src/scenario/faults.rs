//! `fault` and `heal`: which faults there are, where, and until when.

use std::collections::BTreeSet;
use std::time::Duration;

use super::cast::Cast;
use super::model::{Action, ActorName, Step};
use crate::network::{Aim, Chance, Effect, Fault};
use crate::{Guest, PacketKind};
use placed_yaml::{Entry, Findings, Mistake, Node, Value, duration, expected, offer, quoted};

/// Effects whose value is a link.
const ON_LINKS: [(&str, Effect); 7] = [
    ("drop", Effect::Drop),
    ("duplicate", Effect::Duplicate),
    ("reorder", Effect::Reorder),
    ("corrupt", Effect::Corrupt),
    ("truncate", Effect::Truncate),
    ("hold", Effect::Hold),
    ("partition", Effect::Drop),
];

/// Effects with a value of their own; their link is under `link`.
const WITH_VALUES: [&str; 4] = ["delay", "latency", "loss", "rate"];

/// The keys beside the effect of a fault.
pub const FAULT_SETTINGS: [&str; 5] = ["link", "packet", "nth", "chance", "as"];

/// All links.
pub(super) const EVERYWHERE: Aim<ActorName> = Aim { from: None, to: None, packet: None };

const HELP: &str = "write it like `{ drop: c1 -> server }` or `{ loss: 20%, link: c1 <-> c2 }`";

const LINK_HELP: &str = "a link is `c1 -> server`, `c1 <-> server`, `c1` (both ways to and from \
                         everybody) or `all`";

const PARTITION_HELP: &str =
    "write it like `[[c1, c2], [server]]`: nothing passes between the sides";

/// Reads faults, and remembers their names for `heal`.
#[derive(Default)]
pub(super) struct FaultReader {
    names: BTreeSet<String>,
}

/// The parts of a fault that have been read.
#[derive(Default)]
struct Parts {
    effect: Option<Effect>,
    aims: Option<Vec<Aim<ActorName>>>,
    packet: Option<PacketKind>,
    nth: Option<u64>,
    chance: Option<Chance>,
    name: Option<String>,
}

impl FaultReader {
    /// Starts with the faults of the steps before.
    pub(super) fn after(steps: &[Step]) -> Self {
        let mut reader = Self::default();
        reader.remember(steps);
        reader
    }

    fn remember(&mut self, steps: &[Step]) {
        for step in Step::all_in(steps) {
            if let Action::Fault { name, .. } = &step.action {
                self.names.extend(name.clone());
            }
        }
    }

    /// Reads `fault: { ... }`.
    pub(super) fn fault(
        &mut self,
        node: &Node,
        cast: &Cast,
        findings: &mut Findings,
    ) -> Option<Action> {
        let Value::Mapping(_) = &node.value else {
            findings.add(expected("a fault", node).with_help(HELP));
            return None;
        };
        let mut parts = Parts::default();
        for entry in findings.entries(node, "a fault")? {
            parts.read(entry, cast, findings);
        }
        let Some(effect) = parts.effect else {
            let known: Vec<_> = faults().collect();
            let message = format!("the fault does nothing: one of {} is missing", known.join(", "));
            findings.add(Mistake::new(node.place, message).with_help(HELP));
            return None;
        };
        self.names.extend(parts.name.clone());
        let Parts { aims, packet, nth, chance, name, .. } = parts;
        let aims = aims.unwrap_or_else(|| vec![EVERYWHERE]).into_iter();
        let aims = aims.map(|aim| Aim { packet, ..aim }).collect();
        Some(Action::Fault { name, fault: Fault { aims, nth, chance, effect } })
    }

    /// Reads `heal:`, `heal: name` or `heal: [name, name]`.
    pub(super) fn heal(&self, node: &Node, findings: &mut Findings) -> Option<Action> {
        if node.value == Value::Null {
            return Some(Action::Heal(Vec::new()));
        }
        let mut names = Vec::new();
        for node in node.items() {
            let text = findings.text(node, "the name of a fault")?;
            if !self.names.contains(text) {
                let message = format!("there is no fault {} before this step", quoted(text));
                let known: Vec<_> = self.names.iter().map(String::as_str).collect();
                let help = match known.len() {
                    0 => "name the fault with `as`, or heal all of them with `heal:`".to_owned(),
                    _ => offer("names", text, &known),
                };
                findings.add(Mistake::new(node.place, message).with_help(help));
            }
            names.push(text.to_owned());
        }
        Some(Action::Heal(names))
    }
}

/// Lists all faults.
pub fn faults() -> impl Iterator<Item = &'static str> {
    ON_LINKS.into_iter().map(|(name, _)| name).chain(WITH_VALUES)
}

impl Parts {
    fn read(&mut self, entry: Entry<'_>, cast: &Cast, findings: &mut Findings) {
        let value = entry.value;
        let effect = match entry.name {
            "link" => return self.aim(entry, cast, findings),
            "packet" => {
                self.packet = packet(value, cast.guest(), findings);
                return;
            }
            "nth" => {
                self.nth = whole(value, "a number from 1", findings).filter(|nth| *nth > 0);
                return;
            }
            "as" => {
                self.name = findings.text(value, "a name for the fault").map(str::to_owned);
                return;
            }
            "delay" => duration::read(value, findings).map(Effect::Delay),
            "latency" => latency(value, findings),
            "chance" => return self.chance(entry, findings),
            "loss" => {
                self.chance(entry, findings);
                Some(Effect::Drop)
            }
            "rate" => whole(value, "bytes per second", findings).map(Effect::Rate),
            name => {
                let Some((_, effect)) = ON_LINKS.into_iter().find(|(known, _)| *known == name)
                else {
                    let known: Vec<_> = faults().chain(FAULT_SETTINGS).collect();
                    // It is most likely a mistyped effect: that is one error, not two.
                    self.effect.get_or_insert(Effect::Drop);
                    return findings.unknown_key(entry, &known);
                };
                self.aim(entry, cast, findings);
                Some(effect)
            }
        };
        if self.effect.is_some() {
            let message = format!("a fault does one thing: {} is a second one", quoted(entry.name));
            let help = "write a step of its own for each: they add up";
            findings.add(Mistake::new(entry.key.place, message).with_help(help));
        }
        self.effect = effect.or(Some(Effect::Drop));
    }

    fn chance(&mut self, entry: Entry<'_>, findings: &mut Findings) {
        let chance = chance(entry.value, findings);
        if self.chance.is_some() {
            let message = "the chance is given twice";
            let help = "`loss: 20%` is `drop` with `chance: 20%`";
            findings.add(Mistake::new(entry.key.place, message).with_help(help));
        }
        self.chance = chance.or(Some(Chance::NEVER));
    }

    fn aim(&mut self, entry: Entry<'_>, cast: &Cast, findings: &mut Findings) {
        let aims = match (&entry.value.value, entry.name) {
            (Value::Null, _) => return,
            (Value::Sequence(sides), "partition") => partition(sides, entry.value, cast, findings),
            _ => match findings.text(entry.value, "a link") {
                Some(text) => link(text, entry.value, cast, findings),
                None => Vec::new(),
            },
        };
        if self.aims.is_some() {
            let message = "the link is given twice";
            findings.add(Mistake::new(entry.key.place, message).with_help(LINK_HELP));
        }
        self.aims = Some(aims);
    }
}

/// Reads `c1 -> server`, `c1 <-> server`, `c1` or `all`.
pub(super) fn link(
    text: &str,
    node: &Node,
    cast: &Cast,
    findings: &mut Findings,
) -> Vec<Aim<ActorName>> {
    let mut end = |name: &str| match name.trim() {
        "all" => None,
        "" => {
            let mistake = Mistake::new(node.place, "an end of the link is missing");
            findings.add(mistake.with_help(LINK_HELP));
            None
        }
        name => cast.actor(name, node, findings),
    };
    let aim = |from, to| Aim { from, to, packet: None };
    let is_both_ways = text.contains("<->");
    if let Some((one, other)) = text.split_once(if is_both_ways { "<->" } else { "->" }) {
        let (one, other) = (end(one), end(other));
        if let (Some(actor), true) = (one, one == other) {
            let message = format!("no datagram goes from `{actor}` to itself");
            findings.add(Mistake::new(node.place, message).with_help(LINK_HELP));
        }
        if is_both_ways { vec![aim(one, other), aim(other, one)] } else { vec![aim(one, other)] }
    } else {
        match end(text) {
            None => vec![aim(None, None)],
            one => vec![aim(one, None), aim(None, one)],
        }
    }
}

/// Reads `[[c1, c2], [server]]`: nothing passes between the sides.
fn partition(
    sides: &[Node],
    node: &Node,
    cast: &Cast,
    findings: &mut Findings,
) -> Vec<Aim<ActorName>> {
    if sides.len() < 2 {
        let mistake = Mistake::new(node.place, "a partition has at least two sides");
        findings.add(mistake.with_help(PARTITION_HELP));
    }
    let mut seen = BTreeSet::new();
    let mut side = |node: &Node| {
        let actors = cast.actors(node, findings);
        for twice in actors.iter().filter(|actor| !seen.insert(**actor)) {
            let message = format!("`{twice}` is named twice in the partition");
            findings.add(Mistake::new(node.place, message).with_help(PARTITION_HELP));
        }
        actors
    };
    let sides: Vec<_> = sides.iter().map(&mut side).collect();
    let mut aims = Vec::new();
    for (n, side) in sides.iter().enumerate() {
        let others = sides.iter().enumerate().filter(|(m, _)| *m != n);
        for other in others.flat_map(|(_, other)| other) {
            aims.extend(side.iter().map(|one| Aim {
                from: Some(*one),
                to: Some(*other),
                packet: None,
            }));
        }
    }
    aims
}

pub(super) fn packet(
    node: &Node,
    guest: &dyn Guest,
    findings: &mut Findings,
) -> Option<PacketKind> {
    let text = findings.text(node, "a kind of packet")?;
    let kinds = guest.packet_kinds();
    let kind = kinds.iter().copied().find(|kind| kind.name == text);
    let kind = kind.ok_or_else(|| {
        let known: Vec<_> = kinds.iter().map(|kind| kind.name).collect();
        let message = format!("unknown kind of packet {}", quoted(text));
        Mistake::new(node.place, message).with_help(offer("kinds of packets", text, &known))
    });
    findings.check(kind)
}

/// Reads `5ms` or `{ base: 5ms, spread: 10ms }`.
fn latency(node: &Node, findings: &mut Findings) -> Option<Effect> {
    if !matches!(node.value, Value::Mapping(_)) {
        let base = duration::read(node, findings)?;
        return Some(Effect::Latency { base, spread: Duration::ZERO });
    }
    let (mut base, mut spread) = (Duration::ZERO, Duration::ZERO);
    for entry in findings.entries(node, "a latency")? {
        match entry.name {
            "base" => base = duration::read(entry.value, findings).unwrap_or_default(),
            "spread" => spread = duration::read(entry.value, findings).unwrap_or_default(),
            _ => findings.unknown_key(entry, &["base", "spread"]),
        }
    }
    Some(Effect::Latency { base, spread })
}

/// Reads a probability: a percentage with up to four decimals.
pub(super) fn chance(node: &Node, findings: &mut Findings) -> Option<Chance> {
    const PARTS_PER_PERCENT: f64 = 10_000.0;
    let text = findings.text(node, "a percentage")?;
    let percent = text.strip_suffix('%').and_then(|number| number.trim().parse::<f64>().ok());
    let parts = percent.filter(|percent| (0.0..=100.0).contains(percent));
    let parts = parts.map(|percent| (percent * PARTS_PER_PERCENT).round());
    // A million at most: every whole number up to that is formatted exactly.
    let Some(parts) = parts.and_then(|parts| format!("{parts:.0}").parse().ok()) else {
        let message = format!("{} is not a percentage", quoted(text));
        let help = "a percentage is between `0%` and `100%`, like `2.5%`";
        findings.add(Mistake::new(node.place, message).with_help(help));
        return None;
    };
    Some(Chance::per_million(parts))
}

pub(super) fn whole(node: &Node, what: &str, findings: &mut Findings) -> Option<u64> {
    let text = findings.text(node, what)?;
    let Some(number) = text.parse().ok().filter(|number| *number > 0) else {
        let message = format!("expected {what}, found {}", quoted(text));
        findings.add(Mistake::new(node.place, message).with_help("a whole number, not 0"));
        return None;
    };
    Some(number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{Mistakes, Scenario, Source};
    use crate::testing::parse;

    /// Lists the two forms of each effect: as a fault, and as a setting of `network`, if it is one.
    macro_rules! effects {
        ($($pattern:pat => $fault:literal, $setting:expr;)+) => {
            const ALL_WRITTEN: &[(&str, Option<&str>)] = &[$(($fault, $setting)),+];

            fn written(effect: Effect) -> (&'static str, Option<&'static str>) {
                match effect {
                    $($pattern => ($fault, $setting),)+
                }
            }
        };
    }

    effects! {
        Effect::Drop => "drop: all", Some("loss: 5%");
        Effect::Duplicate => "duplicate: all", Some("duplicate: 5%");
        // A constant delay is written as `latency`.
        Effect::Delay(_) => "delay: 5ms", None;
        Effect::Reorder => "reorder: all", Some("reorder: 5%");
        Effect::Corrupt => "corrupt: all", Some("corrupt: 5%");
        Effect::Truncate => "truncate: all", Some("truncate: 5%");
        // Nothing would ever arrive: `network` cannot be healed.
        Effect::Hold => "hold: all", None;
        Effect::Latency { .. } => "latency: 5ms", Some("latency: 5ms");
        Effect::Rate(_) => "rate: 5", Some("rate: 5");
    }

    fn scenario(network: &str, step: &str) -> Result<Scenario, Mistakes> {
        let text = format!("chatsim: 1\nnetwork: {{ {network} }}\nsteps:\n  - {step}\n");
        Ok(parse(&Source::new("x.yaml".into(), text.into()))?.remove(0))
    }

    #[test]
    fn each_effect_is_written_as_a_fault_and_in_network_or_refused_there() {
        for &(fault, setting) in ALL_WRITTEN {
            let read = scenario(setting.unwrap_or(""), &format!("fault: {{ {fault} }}"));
            let Scenario { network, steps, .. } = read.unwrap();
            let Action::Fault { fault: read, .. } = &steps[0].action else {
                panic!("`{fault}` is a fault")
            };
            assert_eq!(written(read.effect), (fault, setting), "what `{fault}` does");
            let always: Vec<_> = network.iter().map(|it| written(it.fault.effect)).collect();
            let expected = Vec::from_iter(setting.map(|_| (fault, setting)));
            assert_eq!(always, expected, "what `{setting:?}` does to all datagrams");
        }
        for (fault, _) in ALL_WRITTEN.iter().filter(|(_, setting)| setting.is_none()) {
            let refused = scenario(fault, "settle").unwrap_err().to_string();
            assert!(refused.contains("unknown network setting"), "{fault}: {refused}");
        }
    }
}
