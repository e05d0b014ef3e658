//! Random steps: users type, programs start and end, and networks, disks and clocks fail.
//!
//! One [`Generator`] in several files, since all of them draw from the same dice and the same
//! people: this one chooses the kind of the next step, `faults`, `floods` and `bounds` make those
//! that need more than a line, `restarts` those in which something outlives several restarts, and
//! `texts` makes the texts of messages.

mod bounds;
mod faults;
mod floods;
pub(super) mod namesakes;
mod restarts;
mod texts;

use std::collections::BTreeSet;

use super::bounds::Bounds;
use chatsim::fuzz::Dice;
use chatsim::scenario::{Item, written_duration};

/// The subject of a step.
#[derive(Clone, Copy)]
enum Kind {
    Talk,
    Burst,
    Membership,
    Records,
    Mute,
    Presence,
    Operator,
    KickUnheard,
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
    Flood,
    Bound,
    Torn,
    Usurp,
    ReceiptOverRestarts,
    Vanish,
    Look,
    Wait,
}

/// The relative weight of each kind. Each scenario leaves out about half of them (swarm testing,
/// Groce et al., ISSTA 2012): what is always mixed hides what happens only without it.
const KINDS: [(u64, Kind); 26] = [
    (4, Kind::Burst),
    (9, Kind::Membership),
    (4, Kind::Records),
    (2, Kind::Mute),
    (6, Kind::Presence),
    (3, Kind::Operator),
    (1, Kind::KickUnheard),
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
    (1, Kind::Flood),
    (4, Kind::Torn),
    (1, Kind::Usurp),
    (1, Kind::ReceiptOverRestarts),
    (1, Kind::Vanish),
    (2, Kind::Look),
    (10, Kind::Wait),
];

/// What each scenario contains, with its weight.
const TALK: (u64, Kind) = (30, Kind::Talk);

/// What scenarios with small bounds contain.
const BOUND: (u64, Kind) = (6, Kind::Bound);

/// Durations that steps let pass, in microseconds.
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

/// Promises that hold at every moment.
const ALWAYS: [&str; 15] = [
    "nothing_lost",
    "shown_once",
    "in_order",
    "confirmed",
    "not_delivered",
    "same_order",
    "addressed",
    "on_screen",
    "stays_out",
    "bounded",
    "history_right",
    "name_in_use",
    "noticed",
    "thrifty",
    "resent_in_time",
];

/// The range of ports that clients move to: few enough that clients reuse them.
const PORTS: (u64, u64) = (3_001, 3_003);

/// What random steps leave behind that only users put right.
#[derive(Default)]
pub(super) struct Traces {
    /// The clients that may be offline by choice of their user or of the operator.
    pub(super) leavers: BTreeSet<String>,
    /// The clients that may have muted another one.
    pub(super) muted: BTreeSet<(String, String)>,
}

/// Generates random steps.
pub(super) struct Generator<'a> {
    dice: Dice,
    people: Vec<String>,
    /// The bounds of the programs.
    bounds: &'a Bounds,
    /// The names of the faults that may still be active.
    faults: Vec<String>,
    /// The one of them that delays datagrams: two would make every answer come too late.
    late: Option<String>,
    /// The kinds of steps and the effects of faults in this scenario, with their weights.
    kinds: Vec<(u64, Kind)>,
    effects: Vec<(u64, &'static str)>,
    /// The number of faults so far.
    named: usize,
    /// The number of messages so far.
    written: u64,
    /// Whether there is a second program with the name of the first client.
    has_namesake: bool,
    traces: Traces,
}

impl<'a> Generator<'a> {
    pub(super) fn new(
        mut dice: Dice,
        people: Vec<String>,
        bounds: &'a Bounds,
        has_namesake: bool,
    ) -> Self {
        let mut kinds = dice.about_half(&KINDS);
        // Without messages there would be nothing to lose.
        kinds.push(TALK);
        kinds.extend(bounds.are_small().then_some(BOUND));
        // The owner of a name has half a second to answer when another program asks for it. On a
        // slower link, two programs would take it from each other for ever. And a message that was
        // sent to one of them long ago would still reach it when the other one has it.
        let effects = if has_namesake { faults::prompt() } else { faults::EFFECTS.to_vec() };
        let effects = dice.about_half(&effects);
        Self {
            dice,
            people,
            bounds,
            kinds,
            effects,
            faults: Vec::new(),
            late: None,
            named: 0,
            written: 0,
            has_namesake,
            traces: Traces::default(),
        }
    }

    /// Returns about this many steps, including the opening.
    pub(super) fn steps(mut self, count: u64) -> (Vec<Item>, Traces) {
        let mut steps = self.opening();
        while (steps.len() as u64) < count {
            if self.has_namesake && self.dice.one_in(8) {
                steps.extend(self.namesake());
            }
            let kind = self.dice.weighted(&self.kinds);
            steps.extend(self.steps_of(kind));
        }
        (steps, self.traces)
    }

    /// Registers most clients, and puts most of them into a group.
    fn opening(&mut self) -> Vec<Item> {
        let mut here = vec!["server".to_owned()];
        here.extend(self.people.clone());
        if self.dice.one_in(4) {
            here.pop();
        }
        let mut steps = self.conditions();
        steps.push(Item::step("start", Item::texts(here)));
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

    fn steps_of(&mut self, kind: Kind) -> Vec<Item> {
        let step = match kind {
            Kind::Flood => return self.flood(),
            Kind::Bound => return self.reach_bound(),
            Kind::Torn => return self.torn(),
            Kind::Usurp => return self.usurp(),
            Kind::ReceiptOverRestarts => return self.receipt_over_restarts(),
            Kind::Vanish => return self.vanish(),
            Kind::KickUnheard => return self.kick_unheard(),
            Kind::Mute => self.mute(),
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
            Kind::Records => return self.records(),
            Kind::Presence if self.dice.one_in(4) => return vec![self.come_and_go()],
            Kind::Presence => {
                let name = self.person();
                let is_leaving = self.dice.below(5) < 2;
                if is_leaving { self.leave(&name) } else { Item::step(name, Item::text("reg")) }
            }
            Kind::Operator if self.dice.one_in(4) => return self.kick_and_look(),
            Kind::Operator => self.operator(),
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
            Kind::Look => Item::step("check", Item::texts(ALWAYS)),
            Kind::Wait => Item::step("advance", Item::Text(self.time())),
        };
        vec![self.in_a_hurry(step)]
    }

    /// Makes some steps begin before the previous one has settled.
    fn in_a_hurry(&mut self, step: Item) -> Item {
        match step {
            Item::Map(_) if self.dice.one_in(2) => hurried(step),
            step @ (Item::Nothing | Item::Text(_) | Item::List(_) | Item::Map(_)) => step,
        }
    }

    /// A client ends without a word, and nobody writes to it.
    fn vanish(&mut self) -> Vec<Item> {
        let (before, after) = (self.dice.between(1, 60), self.dice.between(66, 80));
        let wait = |secs: u64| Item::step("advance", Item::Text(format!("{secs}s")));
        let name = self.person();
        let look = Item::step("check", Item::texts(["noticed"]));
        vec![wait(before), Item::step("kill", Item::Text(name)), wait(after), look]
    }

    fn person(&mut self) -> String {
        self.dice.pick(&self.people)
    }

    fn other(&mut self, than: &str) -> String {
        let others: Vec<_> = self.people.iter().filter(|name| *name != than).cloned().collect();
        self.dice.pick(&others)
    }

    /// The server is chosen as often as two clients.
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
        let text = self.text();
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

    /// All clients write at once.
    fn burst(&mut self) -> Item {
        let branches = self.people.clone().into_iter().map(|from| {
            let count = self.dice.between(1, 3);
            let steps = (0..count).map(|_| Item::step(from.clone(), Item::Text(self.line(&from))));
            Item::List(steps.collect())
        });
        Item::step("parallel", Item::List(branches.collect()))
    }

    /// One client registers at the moment at which another one goes offline.
    fn come_and_go(&mut self) -> Item {
        let comes = self.person();
        let goes = self.other(&comes);
        let branches = [Item::step(comes, Item::text("reg")), self.leave(&goes)];
        let branches = branches.into_iter().map(|step| Item::List(vec![step]));
        Item::step("parallel", Item::List(branches.collect()))
    }

    /// A client goes offline.
    fn leave(&mut self, name: &str) -> Item {
        self.traces.leavers.insert(name.to_owned());
        Item::step(name, Item::Text(format!("dereg {name}")))
    }

    /// A client looks at its messages, or takes one back: in some scenarios too late.
    fn records(&mut self) -> Vec<Item> {
        let name = self.person();
        let cancel = format!("cancel {}", self.dice.between(1, 3));
        let types = |lines: &[&str]| Item::step(&name, Item::texts(lines));
        match self.dice.below(4) {
            0 => vec![types(&["history 5", "search 1"])],
            1 => self.withdrawal(&name, &cancel),
            _ => vec![types(&["pending", &cancel])],
        }
    }

    /// A client takes back a message to another one: while that is away, is fetching it, or has it.
    fn withdrawal(&mut self, name: &str, cancel: &str) -> Vec<Item> {
        let other = self.other(name);
        let (first, second) = (self.text(), self.text());
        let writes = [format!("send {other} {first}"), format!("send {other} {second}")];
        let mut steps = vec![
            Item::step(name, Item::text("leave_group")),
            self.leave(&other),
            Item::step(name, Item::texts(&writes[..=usize::from(self.dice.one_in(2))])),
            Item::step(name, Item::text("pending")),
        ];
        let comes = Item::step(&other, Item::text("reg"));
        match self.dice.below(3) {
            0 => {}
            1 => {
                let millis = self.dice.between(1, 4);
                let wait = Item::step("advance", Item::Text(written_duration(1_000 * millis)));
                steps.extend([hurried(comes), hurried(wait)]);
            }
            _ => steps.push(comes),
        }
        steps.push(Item::step(name, Item::text(cancel)));
        steps
    }

    fn mute(&mut self) -> Item {
        let by = self.person();
        let whom = self.other(&by);
        let line = if self.dice.one_in(3) { "unmute" } else { "mute" };
        let line = format!("{line} {whom}");
        self.traces.muted.insert((by.clone(), whom));
        Item::step(by, Item::Text(line))
    }

    fn restart(&mut self) -> Item {
        let actor = self.actor();
        if self.dice.one_in(2) {
            return Item::step("restart", Item::Text(actor));
        }
        let after = Item::Text(self.time());
        Item::step("restart", Item::map([("actor", Item::Text(actor)), ("after", after)]))
    }

    /// Kicks a client, or ends the server, which may be started again later.
    fn operator(&mut self) -> Item {
        let line = if self.dice.one_in(4) {
            "shutdown".to_owned()
        } else {
            let name = self.person();
            self.traces.leavers.insert(name.clone());
            format!("kick {name}")
        };
        Item::step("server", Item::Text(line))
    }

    /// Kicks a client, and looks at it before it comes back.
    fn kick_and_look(&mut self) -> Vec<Item> {
        let name = self.person();
        self.traces.leavers.insert(name.clone());
        let look = Item::step("check", Item::texts(["stays_out"]));
        vec![Item::step("server", Item::Text(format!("kick {name}"))), look]
    }

    /// Moves a client to any port, or to one that others may have had.
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

/// Makes the next step begin before this one has settled.
fn hurried(step: Item) -> Item {
    match step {
        Item::Map(mut pairs) => {
            pairs.push(("settle".to_owned(), Item::text("none")));
            Item::Map(pairs)
        }
        step @ (Item::Nothing | Item::Text(_) | Item::List(_)) => step,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use crate::console::{ADMIN_COMMANDS, COMMANDS};
    use crate::sim::parse;
    use crate::sim::workload::ChatWorkload;
    use chatsim::fuzz::Workload as _;
    use chatsim::scenario::{Action, Source, Step};

    /// The number of scenarios that are searched: enough for the rarest line.
    const SCENARIOS: u64 = 200;

    /// Commands of a client that are not typed in generated scenarios, and why.
    const CLIENT_LEFT_OUT: [(&str, &str); 6] = [
        ("list_users", "it only shows the register table, which `tables_agree` checks"),
        ("whois", "the same for one row of the table"),
        ("times", "it changes what a screen looks like"),
        ("help", "it reads a table of constants"),
        ("exit", "`stop` ends a program in the same way"),
        ("quit", "another word for `exit`"),
    ];

    /// Commands of a server that are not typed either.
    const SERVER_LEFT_OUT: [(&str, &str); 5] = [
        ("users", "it only shows the register table, which `tables_agree` checks"),
        ("groups", "it only shows the groups, as `list_groups` does"),
        ("stats", "it only shows numbers"),
        ("times", "it changes what a screen looks like"),
        ("help", "it reads a table of constants"),
    ];

    /// Returns the first words of all lines that are typed at clients, and at the server.
    fn typed() -> [BTreeSet<String>; 2] {
        let mut typed = [BTreeSet::new(), BTreeSet::new()];
        for seed in 0..SCENARIOS {
            let text = ChatWorkload.scenario(seed).write();
            let scenario = parse(&Source::new("fuzz.yaml".into(), text.into())).unwrap().remove(0);
            for step in Step::all_in(&scenario.steps) {
                if let Action::Type { actor, lines } = &step.action {
                    let words = lines.iter().filter_map(|line| line.split(' ').next());
                    let of = usize::from(scenario.role_of(*actor).is_single);
                    typed[of].extend(words.map(str::to_owned));
                }
            }
        }
        typed
    }

    #[test]
    fn each_command_is_typed_or_left_out_for_a_reason() {
        let [by_clients, by_servers] = typed();
        for (typed, table, left_out) in [
            (by_clients, COMMANDS, CLIENT_LEFT_OUT.as_slice()),
            (by_servers, ADMIN_COMMANDS, SERVER_LEFT_OUT.as_slice()),
        ] {
            let left_out: BTreeSet<_> = left_out.iter().map(|(word, _)| *word).collect();
            for word in table.iter().map(|spec| spec.word) {
                let is_typed = typed.contains(word);
                assert!(is_typed || left_out.contains(word), "nobody types `{word}`");
                assert!(!(is_typed && left_out.contains(word)), "`{word}` is typed after all");
            }
            let known: BTreeSet<_> = table.iter().map(|spec| spec.word).collect();
            let unknown: Vec<_> = left_out.difference(&known).collect();
            assert!(unknown.is_empty(), "{unknown:?} are not commands");
        }
    }
}
