//! Generated scenarios: five nodes elect leaders, with all kinds of faults.

use chatsim::fuzz::{Dice, Disturbance, Disturbances, Workload, generated, heal_all, race};
use chatsim::scenario::{Item, Script};

use crate::guest::Election;
use crate::packet::KINDS;

/// The number of nodes.
const NODES: usize = 5;

impl Workload for Election {
    fn scenario(&self, seed: u64) -> Script {
        let mut dice = Dice::new(seed);
        let nodes: Vec<_> = (1..=NODES).map(|number| format!("n{number}")).collect();
        let mut disturbances = Disturbances::new(&nodes, &KINDS).without(&[Disturbance::Damage]);
        let mut script = generated(seed);
        script.set("nodes", Item::texts(&nodes));
        script.steps = vec![Item::step("start", Item::texts(&nodes))];
        for _ in 0..dice.between(20, 40) {
            // Nodes need no input, only time.
            let step = match dice.below(8) {
                0 => Item::step("check", Item::text("all")),
                1 | 2 => Item::step("advance", Item::text("2s")),
                _ => disturbances.step(&mut dice),
            };
            script.steps.push(race(step, &mut dice));
        }
        script.steps.extend(self.healing(&nodes));
        script
    }

    fn healing(&self, nodes: &[String]) -> Vec<Item> {
        let mut steps = heal_all(nodes);
        steps.push(Item::step("advance", Item::text("1m")));
        steps.push(Item::step("check", Item::texts(["all", "leader_known"])));
        steps
    }
}
