//! Steps that disturb a run: faults of links, programs, clocks and disks.

use super::dice::Dice;
use crate::PacketKind;
use crate::scenario::{Item, written_duration};

/// A kind of disturbance.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Disturbance {
    /// Links lose, duplicate, reorder, hold back or delay datagrams, or are cut.
    Fault,
    /// Links corrupt or truncate datagrams. UDP's own checksum finds most of that in a real
    /// network, so leave this out for a protocol that relies on the checksum.
    Damage,
    /// A fault ends, or all of them do.
    Heal,
    /// A program is killed.
    Kill,
    /// A program is started, if it is not running.
    Start,
    /// A program is killed and started again, at once or after a while.
    Restart,
    /// A program is paused.
    Pause,
    /// A paused program is resumed.
    Resume,
    /// A clock is set ahead or back.
    Clock,
    /// A disk becomes slow or full, fails once, or is healthy again.
    Disk,
    /// A program is killed at one of its next writes.
    CrashPoint,
    /// Time passes.
    Wait,
}

/// The relative weight of each kind.
const WEIGHTS: [(u64, Disturbance); 12] = [
    (24, Disturbance::Fault),
    (4, Disturbance::Damage),
    (8, Disturbance::Heal),
    (5, Disturbance::Kill),
    (9, Disturbance::Start),
    (6, Disturbance::Restart),
    (3, Disturbance::Pause),
    (4, Disturbance::Resume),
    (3, Disturbance::Clock),
    (5, Disturbance::Disk),
    (6, Disturbance::CrashPoint),
    (14, Disturbance::Wait),
];

/// The effects of faults of links.
const EFFECTS: [(u64, &str); 9] = [
    (20, "drop"),
    (8, "duplicate"),
    (8, "reorder"),
    (8, "hold"),
    (10, "partition"),
    (8, "delay"),
    (4, "latency"),
    (10, "loss"),
    (2, "rate"),
];

/// Effects that make every datagram late. Only one of them at a time: several together would make
/// every answer come too late.
const LATE: [&str; 3] = ["delay", "latency", "rate"];

/// Effects that damage datagrams.
const DAMAGE: [(u64, &str); 2] = [(5, "corrupt"), (4, "truncate")];

/// Times that pass, in microseconds, before they are stretched by up to 4.5.
const WAITS: [(u64, u64); 7] = [
    (3, 100),
    (3, 1_000),
    (4, 10_000),
    (6, 100_000),
    (6, 500_000),
    (6, 2_000_000),
    (3, 10_000_000),
];

/// The probability that a fault by chance hits a datagram, in percent.
const PERCENTS: [u64; 4] = [10, 30, 50, 80];

/// Generates steps that disturb a run, for the [`Workload`](super::Workload) of any guest.
///
/// Faults have names (`f1`, `f2`, ..), so that later steps heal some of them. The scenario has to
/// be lenient, as [`generated`](super::generated) makes it: a program may be killed while it does
/// not run, and a fault need not hit anything.
///
/// ```
/// use chatsim::PacketKind;
/// use chatsim::fuzz::{Dice, Disturbance, Disturbances};
///
/// let actors = ["server", "c1", "c2"].map(str::to_owned);
/// let kinds = [PacketKind::new("question"), PacketKind::new("answer")];
/// let mut disturbances = Disturbances::new(&actors, &kinds).without(&[Disturbance::Damage]);
/// let mut dice = Dice::new(7);
/// let steps: Vec<_> = (0..20).map(|_| disturbances.step(&mut dice)).collect();
/// # assert_eq!(steps.len(), 20);
/// ```
#[derive(Clone, Debug)]
pub struct Disturbances {
    actors: Vec<String>,
    packets: Vec<&'static str>,
    weights: Vec<(u64, Disturbance)>,
    /// The names of the faults that are not healed yet.
    faults: Vec<String>,
    /// The one of them that makes datagrams late.
    late: Option<String>,
    /// The number of faults so far.
    count: u64,
}

impl Disturbances {
    /// Disturbs these actors, and datagrams with these kinds of packets.
    ///
    /// # Panics
    ///
    /// There are no actors.
    pub fn new(actors: &[String], packets: &[PacketKind]) -> Self {
        assert!(!actors.is_empty(), "somebody has to be disturbed");
        Self {
            actors: actors.to_vec(),
            packets: packets.iter().map(|kind| kind.name).collect(),
            weights: WEIGHTS.to_vec(),
            faults: Vec::new(),
            late: None,
            count: 0,
        }
    }

    /// Excludes kinds of disturbances. Time always passes.
    #[must_use]
    pub fn without(mut self, kinds: &[Disturbance]) -> Self {
        self.weights.retain(|(_, kind)| *kind == Disturbance::Wait || !kinds.contains(kind));
        self
    }

    /// Returns the next step.
    pub fn step(&mut self, dice: &mut Dice) -> Item {
        match dice.weighted(&self.weights) {
            Disturbance::Fault => {
                let effect = match dice.weighted(&EFFECTS) {
                    effect if LATE.contains(&effect) && self.late.is_some() => "drop",
                    effect => effect,
                };
                self.fault(effect, dice)
            }
            Disturbance::Damage => {
                let effect = dice.weighted(&DAMAGE);
                self.fault(effect, dice)
            }
            Disturbance::Heal => self.heal(dice),
            Disturbance::Kill => self.on_actor("kill", dice),
            Disturbance::Start => self.on_actor("start", dice),
            Disturbance::Restart => self.restart(dice),
            Disturbance::Pause => self.on_actor("pause", dice),
            Disturbance::Resume => self.on_actor("resume", dice),
            Disturbance::Clock => {
                let sign = dice.pick(&["+", "-"]);
                let length = dice.pick(&["100ms", "3s", "2m", "2h"]);
                self.of_actor("clock", format!("{sign}{length}"), dice)
            }
            Disturbance::Disk => {
                let millis = dice.pick(&[1, 20, 300, 3_000]);
                let slow = format!("slow {}", written_duration(millis * 1_000));
                let states = [(6, slow.as_str()), (1, "full"), (2, "fails"), (2, "healthy")];
                let state = dice.weighted(&states).to_owned();
                self.of_actor("disk", state, dice)
            }
            Disturbance::CrashPoint => {
                let moment = dice.pick(&["before", "after"]);
                let point = format!("{moment} {}", dice.between(1, 4));
                self.of_actor("crash", point, dice)
            }
            Disturbance::Wait => Item::step("advance", Item::Text(time(dice))),
        }
    }

    fn actor(&self, dice: &mut Dice) -> String {
        dice.pick(&self.actors)
    }

    fn on_actor(&self, verb: &str, dice: &mut Dice) -> Item {
        Item::step(verb, Item::Text(self.actor(dice)))
    }

    fn of_actor(&self, verb: &str, value: String, dice: &mut Dice) -> Item {
        Item::step(verb, Item::map([(self.actor(dice), Item::Text(value))]))
    }

    fn restart(&self, dice: &mut Dice) -> Item {
        if dice.one_in(2) {
            return self.on_actor("restart", dice);
        }
        let (actor, after) = (self.actor(dice), time(dice));
        let parts = [("actor", Item::Text(actor)), ("after", Item::Text(after))];
        Item::step("restart", Item::map(parts))
    }

    fn fault(&mut self, effect: &str, dice: &mut Dice) -> Item {
        let link = Item::Text(self.link(effect, dice));
        let value = match effect {
            "partition" => self.sides(dice),
            "delay" => Some(millis(dice.between(1, 500))),
            "latency" => {
                let (base, spread) = (millis(dice.between(0, 200)), millis(dice.between(1, 200)));
                Some(Item::map([("base", base), ("spread", spread)]))
            }
            "loss" => Some(percent(dice)),
            "rate" => Some(Item::Text(dice.between(2_000, 50_000).to_string())),
            _ => None,
        };
        let is_on_link = value.is_none() || effect == "partition";
        let mut parts = vec![(effect, value.unwrap_or_else(|| link.clone()))];
        if !is_on_link {
            parts.push(("link", link));
        }
        self.narrow(effect, &mut parts, dice);
        self.count += 1;
        let name = format!("f{}", self.count);
        if LATE.contains(&effect) {
            self.late = Some(name.clone());
        }
        self.faults.push(name.clone());
        parts.push(("as", Item::Text(name)));
        Item::step("fault", Item::map(parts))
    }

    /// Makes a fault hit only some of the datagrams. A fault that is aimed at a kind of packet
    /// never hits all of them: a program that waits for one would wait until the fault is healed.
    fn narrow(&self, effect: &str, parts: &mut Vec<(&str, Item)>, dice: &mut Dice) {
        let is_aimed = !self.packets.is_empty() && dice.one_in(3);
        if is_aimed {
            parts.push(("packet", Item::text(dice.pick(&self.packets))));
        }
        let is_by_chance = effect == "loss";
        match dice.below(if is_aimed && !is_by_chance { 3 } else { 5 }) {
            0 => parts.push(("nth", Item::Text(dice.between(1, 6).to_string()))),
            1 | 2 if !is_by_chance => parts.push(("chance", percent(dice))),
            _ => {}
        }
    }

    /// Returns a link: any, those of one actor, or the one between two.
    fn link(&self, effect: &str, dice: &mut Dice) -> String {
        let one = self.actor(dice);
        let others: Vec<_> = self.actors.iter().filter(|name| **name != one).cloned().collect();
        match dice.below(6) {
            // Nothing would arrive until the fault is healed.
            0 if effect != "hold" => "all".to_owned(),
            0 | 1 => one,
            _ if others.is_empty() => one,
            2 | 3 => format!("{one} <-> {}", dice.pick(&others)),
            _ => format!("{one} -> {}", dice.pick(&others)),
        }
    }

    /// Returns two sides between which nothing passes, each actor on one of them; `None` half of
    /// the time, and if there are too few actors.
    fn sides(&self, dice: &mut Dice) -> Option<Item> {
        let mut actors = self.actors.clone();
        if actors.len() < 2 || dice.one_in(2) {
            return None;
        }
        let mut sides = [Vec::new(), Vec::new()];
        for side in &mut sides {
            let at = usize::try_from(dice.below(actors.len() as u64)).unwrap_or_default();
            side.push(actors.swap_remove(at));
        }
        for name in actors {
            sides[usize::from(dice.one_in(2))].push(name);
        }
        Some(Item::List(sides.into_iter().map(Item::texts).collect()))
    }

    fn heal(&mut self, dice: &mut Dice) -> Item {
        if self.faults.is_empty() || dice.one_in(4) {
            self.faults.clear();
            self.late = None;
            return Item::text("heal");
        }
        let at = usize::try_from(dice.below(self.faults.len() as u64)).unwrap_or_default();
        let name = self.faults.swap_remove(at);
        if self.late.as_ref() == Some(&name) {
            self.late = None;
        }
        Item::step("heal", Item::Text(name))
    }
}

/// Makes half of the steps end without settling, so that they race with the next one.
pub fn race(step: Item, dice: &mut Dice) -> Item {
    match step {
        Item::Map(mut pairs) if dice.one_in(2) => {
            pairs.push(("settle".to_owned(), Item::text("none")));
            Item::Map(pairs)
        }
        step @ (Item::Nothing | Item::Text(_) | Item::List(_) | Item::Map(_)) => step,
    }
}

fn time(dice: &mut Dice) -> String {
    let unit = dice.weighted(&WAITS);
    written_duration(unit * dice.between(1, 9) / 2)
}

fn millis(millis: u64) -> Item {
    Item::Text(format!("{millis}ms"))
}

fn percent(dice: &mut Dice) -> Item {
    Item::Text(format!("{}%", dice.pick(&PERCENTS)))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::Guest as _;
    use crate::fuzz::{generated, heal_all};
    use crate::scenario::{Script, Source, faults};
    use crate::testing::{Fakes, parse};

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn steps(actors: &[String], seed: u64, count: usize) -> Vec<Item> {
        let mut disturbances = Disturbances::new(actors, Fakes.packet_kinds());
        let mut dice = Dice::new(seed);
        let mut next = || {
            let step = disturbances.step(&mut dice);
            race(step, &mut dice)
        };
        (0..count).map(|_| next()).collect()
    }

    fn verb(step: &Item) -> &str {
        match step {
            Item::Map(pairs) => &pairs[0].0,
            Item::Text(text) => text,
            Item::Nothing | Item::List(_) => "",
        }
    }

    #[test]
    fn each_fault_of_links_comes_about() {
        let effects = EFFECTS.iter().chain(&DAMAGE).map(|(_, effect)| *effect);
        assert_eq!(effects.collect::<BTreeSet<_>>(), faults().collect());
    }

    #[test]
    fn every_step_is_one_of_a_scenario() {
        for actors in [names(&["server"]), names(&["server", "c1"]), names(&["c1", "c2", "server"])]
        {
            let mut script = Script { steps: steps(&actors, 3, 1_000), ..generated(3) };
            let clients = actors.iter().filter(|name| *name != "server");
            script.set("clients", Item::texts(clients));
            script.steps.extend(heal_all(&actors));
            let text = script.write();
            let scenarios = parse(&Source::new("fuzz.yaml".into(), text.as_str().into()));
            let scenarios = scenarios.unwrap_or_else(|mistakes| panic!("{mistakes}\n{text}"));
            assert_eq!(scenarios[0].steps.len(), 1_004);
            assert_eq!(Script::of(&scenarios[0]).unwrap(), script);
        }
    }

    #[test]
    fn the_same_dice_make_the_same_steps() {
        let actors = names(&["server", "c1"]);
        assert_eq!(steps(&actors, 5, 100), steps(&actors, 5, 100));
        assert_ne!(steps(&actors, 5, 100), steps(&actors, 6, 100));
    }

    #[test]
    fn every_kind_comes_about_unless_it_is_left_out() {
        let verbs = |steps: &[Item]| -> BTreeSet<String> {
            steps.iter().map(|step| verb(step).to_owned()).collect()
        };
        let actors = names(&["server", "c1"]);
        let all = [
            "advance", "clock", "crash", "disk", "fault", "heal", "kill", "pause", "restart",
            "resume", "start",
        ];
        assert_eq!(verbs(&steps(&actors, 1, 1_000)), all.map(str::to_owned).into());
        let kinds: Vec<_> = WEIGHTS.iter().map(|(_, kind)| *kind).collect();
        let mut quiet = Disturbances::new(&actors, &[]).without(&kinds);
        let mut dice = Dice::new(1);
        let steps: Vec<_> = (0..100).map(|_| quiet.step(&mut dice)).collect();
        assert_eq!(verbs(&steps), ["advance".to_owned()].into());
    }

    #[test]
    fn only_one_fault_at_a_time_makes_everything_late() {
        let actors = names(&["server", "c1"]);
        let mut late = BTreeSet::new();
        for step in steps(&actors, 2, 5_000) {
            let Item::Map(pairs) = &step else {
                late.clear();
                continue;
            };
            match pairs[0].1.clone() {
                Item::Map(parts) if LATE.contains(&parts[0].0.as_str()) => {
                    assert_eq!(late.len(), 0, "{step:?}");
                    late.insert(parts.last().unwrap().1.clone());
                }
                name @ Item::Text(_) if pairs[0].0 == "heal" => drop(late.remove(&name)),
                Item::Nothing | Item::Text(_) | Item::List(_) | Item::Map(_) => {}
            }
        }
    }
}
