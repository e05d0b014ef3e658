//! The storm: people type, programs come and go, and everything goes wrong that can.

use super::dice::Dice;
use crate::protocol::PacketKind;
use crate::scenario::{Item, written_duration};

/// What a step of a storm is about.
#[derive(Clone, Copy)]
enum Kind {
    Talk,
    Burst,
    Membership,
    Presence,
    Fault,
    Heal,
    Crash,
    Restart,
    Start,
    Stop,
    Pause,
    Resume,
    Move,
    Clock,
    Disk,
    CrashPoint,
    Wait,
}

/// How often each kind comes about.
const KINDS: [(u64, Kind); 17] = [
    (30, Kind::Talk),
    (4, Kind::Burst),
    (9, Kind::Membership),
    (6, Kind::Presence),
    (16, Kind::Fault),
    (6, Kind::Heal),
    (4, Kind::Crash),
    (4, Kind::Restart),
    (7, Kind::Start),
    (1, Kind::Stop),
    (2, Kind::Pause),
    (3, Kind::Resume),
    (3, Kind::Move),
    (2, Kind::Clock),
    (3, Kind::Disk),
    (4, Kind::CrashPoint),
    (10, Kind::Wait),
];

/// What faults do to a datagram of a link.
const EFFECTS: [(u64, &str); 11] = [
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

/// Those that make datagrams late.
const LATE: [&str; 3] = ["delay", "latency", "rate"];

/// Times that steps let pass, in microseconds.
const WAITS: [(u64, u64); 8] = [
    (3, 100),
    (3, 1_000),
    (4, 10_000),
    (5, 100_000),
    (5, 500_000),
    (6, 2_000_000),
    (5, 10_000_000),
    (2, 70_000_000),
];

/// Ports that clients move to, the first and the last one: few enough to meet there.
const PORTS: (u64, u64) = (3_001, 3_003);

/// Characters of a text that needs several segments.
const LONG_TEXT_CHARS: (u64, u64) = (1_000, 4_000);

/// Makes the steps of a storm.
pub(super) struct Storm {
    dice: Dice,
    people: Vec<String>,
    /// Faults that may still be at work, by name.
    faults: Vec<String>,
    /// Which of them makes datagrams late: two of them would make every answer come too late.
    late: Option<String>,
    /// How many faults there were.
    named: usize,
    /// How many messages were typed.
    written: u64,
}

impl Storm {
    pub(super) const fn new(dice: Dice, people: Vec<String>) -> Self {
        Self { dice, people, faults: Vec::new(), late: None, named: 0, written: 0 }
    }

    /// Makes so many steps, the opening among them.
    pub(super) fn steps(mut self, count: u64) -> Vec<Item> {
        let mut steps = self.opening();
        while (steps.len() as u64) < count {
            let step = self.step();
            steps.push(self.in_a_hurry(step));
        }
        steps
    }

    /// Most people are there, and most of them in a group.
    fn opening(&mut self) -> Vec<Item> {
        let mut here = vec!["server".to_owned()];
        here.extend(self.people.clone());
        if self.dice.one_in(4) {
            here.pop();
        }
        let mut steps = vec![Item::step("start", Item::texts(here))];
        if !self.dice.one_in(4) {
            let founder = self.person();
            steps.push(Item::step(founder, Item::text("create_group g")));
            for name in self.people.clone() {
                if self.dice.one_in(2) {
                    steps.push(Item::step(name, Item::text("join_group g")));
                }
            }
        }
        if self.dice.one_in(4) {
            let actor = self.actor();
            let slow = format!("slow {}ms", self.dice.between(5, 500));
            steps.push(Item::step("disk", Item::map([(actor, Item::Text(slow))])));
        }
        steps
    }

    fn step(&mut self) -> Item {
        match self.dice.weighted(&KINDS) {
            Kind::Talk => self.talk(),
            Kind::Burst => self.burst(),
            Kind::Membership => {
                let lines = [
                    (6, "join_group g"),
                    (2, "join_group h"),
                    (1, "create_group g"),
                    (2, "create_group h"),
                    (5, "leave_group"),
                    (1, "list_members"),
                    (1, "list_groups"),
                ];
                let line = self.dice.weighted(&lines);
                Item::step(self.person(), Item::text(line))
            }
            Kind::Presence => {
                let name = self.person();
                let is_leaving = self.dice.below(5) < 2;
                let line = if is_leaving { format!("dereg {name}") } else { "reg".to_owned() };
                Item::step(name, Item::Text(line))
            }
            Kind::Fault => self.fault(),
            Kind::Heal => self.heal(),
            Kind::Crash => self.on_actor("kill"),
            Kind::Restart => self.restart(),
            Kind::Start => self.on_actor("start"),
            Kind::Stop => Item::step("stop", Item::Text(self.person())),
            Kind::Pause => self.on_actor("pause"),
            Kind::Resume => self.on_actor("resume"),
            Kind::Move => self.move_away(),
            Kind::Clock => self.clock(),
            Kind::Disk => self.disk(),
            Kind::CrashPoint => self.crash_point(),
            Kind::Wait => Item::step("advance", Item::Text(self.time())),
        }
    }

    /// Lets some steps begin before all has settled that came of the one before.
    fn in_a_hurry(&mut self, step: Item) -> Item {
        match step {
            Item::Map(mut pairs) if self.dice.one_in(2) => {
                pairs.push(("settle".to_owned(), Item::text("none")));
                Item::Map(pairs)
            }
            step => step,
        }
    }

    fn person(&mut self) -> String {
        self.dice.pick(&self.people)
    }

    fn other(&mut self, than: &str) -> String {
        let others: Vec<_> = self.people.iter().filter(|name| *name != than).cloned().collect();
        self.dice.pick(&others)
    }

    /// The server as often as each of two people.
    fn actor(&mut self) -> String {
        if self.dice.below(self.people.len() as u64 + 2) < 2 {
            "server".to_owned()
        } else {
            self.person()
        }
    }

    fn on_actor(&mut self, verb: &str) -> Item {
        Item::step(verb, Item::Text(self.actor()))
    }

    fn time(&mut self) -> String {
        let unit = self.dice.weighted(&WAITS);
        written_duration(unit * self.dice.between(1, 9) / 2)
    }

    fn line(&mut self, from: &str) -> String {
        self.written += 1;
        let mut text = format!("m{}", self.written);
        if self.dice.one_in(25) {
            let chars = self.dice.between(LONG_TEXT_CHARS.0, LONG_TEXT_CHARS.1);
            text.push_str(&"~".repeat(usize::try_from(chars).unwrap_or_default()));
        }
        if self.dice.one_in(4) {
            format!("send_all {text}")
        } else {
            format!("send {} {text}", self.other(from))
        }
    }

    fn talk(&mut self) -> Item {
        let from = self.person();
        if self.dice.one_in(4) {
            let count = self.dice.between(2, 5);
            let lines: Vec<_> = (0..count).map(|_| self.line(&from)).collect();
            return Item::step(from, Item::texts(lines));
        }
        let line = self.line(&from);
        Item::step(from, Item::Text(line))
    }

    /// Everybody talks at once.
    fn burst(&mut self) -> Item {
        let branches = self.people.clone().into_iter().map(|from| {
            let count = self.dice.between(1, 3);
            let steps = (0..count).map(|_| Item::step(from.clone(), Item::Text(self.line(&from))));
            Item::List(steps.collect())
        });
        Item::step("parallel", Item::List(branches.collect()))
    }

    fn fault(&mut self) -> Item {
        let effect = match self.dice.weighted(&EFFECTS) {
            effect if LATE.contains(&effect) && self.late.is_some() => "drop",
            effect => effect,
        };
        let mut parts: Vec<(String, Item)> = Vec::new();
        let link = self.link(effect);
        match effect {
            "partition" if self.dice.one_in(2) => {
                parts.push((effect.to_owned(), self.sides()));
            }
            "delay" => {
                let micros = 1_000 * self.dice.between(1, 500);
                parts.push((effect.to_owned(), Item::Text(written_duration(micros))));
                parts.push(("link".to_owned(), Item::Text(link)));
            }
            "latency" => {
                let time = |millis: u64| Item::Text(format!("{millis}ms"));
                let base = time(self.dice.between(0, 200));
                let spread = time(self.dice.between(1, 200));
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
        self.narrow(effect, &mut parts);
        self.named += 1;
        let name = format!("f{}", self.named);
        if LATE.contains(&effect) {
            self.late = Some(name.clone());
        }
        self.faults.push(name.clone());
        parts.push(("as".to_owned(), Item::Text(name)));
        Item::step("fault", Item::Map(parts))
    }

    /// Lets a fault hit only some of the datagrams.
    fn narrow(&mut self, effect: &str, parts: &mut Vec<(String, Item)>) {
        if self.dice.one_in(3) {
            let kind = self.dice.pick(PacketKind::ALL);
            parts.push(("packet".to_owned(), Item::text(kind.name())));
        }
        // Whatever hits each packet of a kind lets those wait for ever who wait for it.
        let is_aimed = parts.iter().any(|(part, _)| part == "packet");
        match self.dice.below(if is_aimed && effect != "loss" { 3 } else { 5 }) {
            0 => parts.push(("nth".to_owned(), Item::Text(self.dice.between(1, 6).to_string()))),
            1 | 2 if effect != "loss" => {
                let percent = self.dice.pick(&[10, 30, 50, 80]);
                parts.push(("chance".to_owned(), Item::Text(format!("{percent}%"))));
            }
            _ => {}
        }
    }

    /// A link; those that a partition cuts have two ends.
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

    /// Everybody stands on one of two sides.
    fn sides(&mut self) -> Item {
        let mut sides = [vec![self.people[0].clone()], vec!["server".to_owned()]];
        for name in self.people.clone().into_iter().skip(1) {
            let side = usize::from(self.dice.one_in(2));
            sides[side].push(name);
        }
        Item::List(sides.into_iter().map(Item::texts).collect())
    }

    fn heal(&mut self) -> Item {
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

    fn restart(&mut self) -> Item {
        let actor = self.actor();
        if self.dice.one_in(2) {
            return Item::step("restart", Item::Text(actor));
        }
        let after = Item::Text(self.time());
        Item::step("restart", Item::map([("actor", Item::Text(actor)), ("after", after)]))
    }

    /// A client moves to any port, or to one that others may have had.
    fn move_away(&mut self) -> Item {
        let name = self.person();
        if self.dice.one_in(3) {
            return Item::step("move", Item::Text(name));
        }
        let port = self.dice.between(PORTS.0, PORTS.1).to_string();
        Item::step("move", Item::map([(name, Item::Text(port))]))
    }

    fn clock(&mut self) -> Item {
        let way = self.dice.pick(&["+", "-"]);
        let length = self.dice.pick(&["100ms", "3s", "2m", "2h"]);
        let actor = self.actor();
        Item::step("clock", Item::map([(actor, Item::Text(format!("{way}{length}")))]))
    }

    fn disk(&mut self) -> Item {
        let millis = self.dice.pick(&[1, 20, 300, 3_000]);
        let slow = format!("slow {}", written_duration(millis * 1_000));
        let states = [(5, slow.as_str()), (1, "full"), (2, "fails"), (2, "healthy")];
        let state = Item::text(self.dice.weighted(&states));
        Item::step("disk", Item::map([(self.actor(), state)]))
    }

    fn crash_point(&mut self) -> Item {
        let moment = self.dice.pick(&["before", "after"]);
        let point = format!("{moment} {}", self.dice.between(1, 8));
        Item::step("crash", Item::map([(self.actor(), Item::Text(point))]))
    }
}
