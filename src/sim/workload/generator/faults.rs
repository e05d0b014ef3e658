//! Faults of the links, and their healing.

use super::Generator;
use std::time::Duration;

use crate::protocol::limits::PROBE_PATIENCE;
use crate::protocol::{PACKET_KINDS, kind};
use chatsim::scenario::{Item, written_duration};

/// The effects of faults on a datagram.
pub(super) const EFFECTS: [(u64, &str); 11] = [
    (20, "drop"),
    (8, "duplicate"),
    (8, "reorder"),
    (5, "corrupt"),
    (4, "truncate"),
    (8, "hold"),
    (10, "partition"),
    (8, "delay"),
    (4, "latency"),
    (8, "loss"),
    (2, "rate"),
];

/// The effects that delay datagrams until others have passed them.
const OVERTAKEN: [&str; 2] = ["hold", "reorder"];

/// The effects that delay datagrams.
const LATE: [&str; 3] = ["delay", "latency", "rate"];

/// The maximum delay of a datagram.
const DELAY_MAX: Duration = Duration::from_millis(500);

/// The maximum delay where all datagrams are delayed: the server takes a client for gone that is
/// further away, and so may do that for ever.
const DELAY_OF_ALL_MAX: Duration = PROBE_PATIENCE.checked_div(2).unwrap();

/// Returns the effects that do not delay datagrams.
pub(super) fn prompt() -> Vec<(u64, &'static str)> {
    let is_late = |effect: &str| LATE.contains(&effect) || OVERTAKEN.contains(&effect);
    EFFECTS.into_iter().filter(|(_, effect)| !is_late(effect)).collect()
}

impl Generator<'_> {
    /// Permanent faults of all links: in most scenarios, none.
    pub(super) fn conditions(&mut self) -> Vec<Item> {
        if !self.dice.one_in(4) {
            return Vec::new();
        }
        let mut steps = Vec::new();
        for (effect, percent_max) in [("loss", 5), ("duplicate", 10), ("reorder", 10)] {
            let is_allowed = !self.has_namesake || !OVERTAKEN.contains(&effect);
            if self.dice.one_in(2) && is_allowed {
                let chance = format!("{}%", self.dice.between(1, percent_max));
                let all = "all".to_owned();
                let parts = match effect {
                    "loss" => [(effect, chance), ("link", all)],
                    _ => [(effect, all), ("chance", chance)],
                };
                let parts = parts.map(|(key, value)| (key, Item::Text(value)));
                steps.push(Item::step("fault", Item::map(parts)));
            }
        }
        steps
    }

    pub(super) fn fault(&mut self) -> Item {
        let effect = match self.dice.weighted(&self.effects) {
            effect if LATE.contains(&effect) && self.late.is_some() => "drop",
            effect => effect,
        };
        let mut parts: Vec<(String, Item)> = Vec::new();
        let link = self.link(effect);
        let narrowed = self.narrowed(effect);
        let delay_max = if narrowed.is_empty() { DELAY_OF_ALL_MAX } else { DELAY_MAX };
        match effect {
            "partition" if self.dice.one_in(2) => {
                parts.push((effect.to_owned(), self.sides()));
            }
            "delay" => {
                let delay = self.millis(1, delay_max);
                parts.push((effect.to_owned(), delay));
                parts.push(("link".to_owned(), Item::Text(link)));
            }
            "latency" => {
                let (base, spread) = (self.millis(0, delay_max / 2), self.millis(1, delay_max / 2));
                parts.push((effect.to_owned(), Item::map([("base", base), ("spread", spread)])));
                parts.push(("link".to_owned(), Item::Text(link)));
            }
            "loss" => {
                let percent = self.dice.pick(&[10, 30, 50, 80]);
                parts.push((effect.to_owned(), Item::Text(format!("{percent}%"))));
                parts.push(("link".to_owned(), Item::Text(link)));
            }
            "rate" => {
                let rate = self.dice.between(20_000, 200_000);
                parts.push((effect.to_owned(), Item::Text(rate.to_string())));
                parts.push(("link".to_owned(), Item::Text(link)));
            }
            _ => parts.push((effect.to_owned(), Item::Text(link))),
        }
        parts.extend(narrowed);
        self.named += 1;
        let name = format!("f{}", self.named);
        if LATE.contains(&effect) {
            self.late = Some(name.clone());
        }
        self.faults.push(name.clone());
        parts.push(("as".to_owned(), Item::Text(name)));
        Item::step("fault", Item::Map(parts))
    }

    /// Returns a time of up to `max`.
    fn millis(&mut self, min: u64, max: Duration) -> Item {
        let max = u64::try_from(max.as_millis()).unwrap_or(u64::MAX);
        Item::Text(written_duration(1_000 * self.dice.between(min, max)))
    }

    /// Returns what makes a fault hit only some of the datagrams; nothing if it hits all of them.
    fn narrowed(&mut self, effect: &str) -> Vec<(String, Item)> {
        let mut parts = Vec::new();
        if self.dice.one_in(3) {
            // Programs of the same version send each other all other kinds.
            let kinds = PACKET_KINDS.iter().filter(|kind| **kind != kind::VERSION);
            let kind = self.dice.pick(&kinds.collect::<Vec<_>>());
            parts.push(("packet".to_owned(), Item::text(*kind)));
        }
        // A fault that hits every packet of a kind makes a program that waits for one wait for
        // ever.
        let is_aimed = parts.iter().any(|(part, _)| part == "packet");
        match self.dice.below(if is_aimed && effect != "loss" { 3 } else { 5 }) {
            0 => parts.push(("nth".to_owned(), Item::Text(self.dice.between(1, 6).to_string()))),
            1 | 2 if effect != "loss" => {
                let percent = self.dice.pick(&[10, 30, 50, 80]);
                parts.push(("chance".to_owned(), Item::Text(format!("{percent}%"))));
            }
            _ => {}
        }
        parts
    }

    /// Returns a link; a cut has two ends.
    fn link(&mut self, effect: &str) -> String {
        let one = self.actor();
        let other = if one == "server" { self.person() } else { self.other_actor(&one) };
        match self.dice.below(6) {
            0 if effect != "hold" => "all".to_owned(),
            1 => one,
            2 | 3 => format!("{one} <-> {other}"),
            _ => format!("{one} -> {other}"),
        }
    }

    fn other_actor(&mut self, than: &str) -> String {
        if self.dice.one_in(2) { "server".to_owned() } else { self.other(than) }
    }

    /// Puts each actor on one of two sides.
    fn sides(&mut self) -> Item {
        let mut sides = [vec![self.people[0].clone()], vec!["server".to_owned()]];
        for name in self.people.clone().into_iter().skip(1) {
            let side = usize::from(self.dice.one_in(2));
            sides[side].push(name);
        }
        Item::List(sides.into_iter().map(Item::texts).collect())
    }

    pub(super) fn heal(&mut self) -> Item {
        if self.faults.is_empty() || self.dice.one_in(4) {
            self.faults.clear();
            self.late = None;
            return Item::text("heal");
        }
        let at = usize::try_from(self.dice.below(self.faults.len() as u64)).unwrap_or_default();
        let name = self.faults.swap_remove(at);
        if self.late.as_ref() == Some(&name) {
            self.late = None;
        }
        Item::step("heal", Item::Text(name))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_fault_of_links_comes_about() {
        let effects: BTreeSet<_> = EFFECTS.iter().map(|(_, effect)| *effect).collect();
        assert_eq!(effects, chatsim::scenario::faults().collect());
    }
}
