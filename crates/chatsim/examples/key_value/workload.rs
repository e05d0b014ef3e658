//! Generated scenarios: clients put and get, with all kinds of faults.

use chatsim::fuzz::{Dice, Disturbance, Disturbances, Workload, generated, heal_all, race};
use chatsim::scenario::{Item, Script};

use crate::guest::KeyValue;
use crate::packet::KINDS;

/// Few keys, so that clients use the same ones.
const KEYS: [&str; 2] = ["a", "b"];

impl Workload for KeyValue {
    fn scenario(&self, seed: u64) -> Script {
        let mut dice = Dice::new(seed);
        let clients: Vec<_> = (1..=dice.between(1, 3)).map(|number| format!("c{number}")).collect();
        let actors = everybody(&clients);
        let mut disturbances = Disturbances::new(&actors, &KINDS).without(&[Disturbance::Damage]);
        let mut script = generated(seed);
        script.set("clients", Item::texts(&clients));
        script.steps = vec![Item::step("start", Item::texts(&actors))];
        for number in 1..=dice.between(20, 40) {
            let step = if dice.one_in(2) {
                disturbances.step(&mut dice)
            } else {
                work(number, &clients, &mut dice)
            };
            script.steps.push(race(step, &mut dice));
        }
        script.steps.extend(self.healing(&clients));
        script
    }

    fn healing(&self, clients: &[String]) -> Vec<Item> {
        let mut steps = heal_all(&everybody(clients));
        steps.push(Item::step("advance", Item::text("1m")));
        for client in clients {
            steps.push(Item::step(client, Item::texts(KEYS.map(|key| format!("get {key}")))));
        }
        steps.push(Item::step("check", Item::texts(["all", "all_answered"])));
        steps
    }
}

fn everybody(clients: &[String]) -> Vec<String> {
    std::iter::once("server".to_owned()).chain(clients.iter().cloned()).collect()
}

/// A client puts or gets, or the promises are checked on the way.
fn work(number: u64, clients: &[String], dice: &mut Dice) -> Item {
    let (client, key) = (dice.pick(clients), dice.pick(&KEYS));
    match dice.below(8) {
        0 => Item::step("check", Item::text("all")),
        1..4 => Item::step(client, Item::Text(format!("get {key}"))),
        _ => Item::step(client, Item::Text(format!("put {key} v{number}"))),
    }
}
