//! Generated scenarios: random steps, then steps that heal everything and check the result.

use super::bounds::Bounds;
use super::generator::{Generator, namesakes};
use super::healing::{self, End};
use super::watched;
use crate::protocol::limits::NAME_LEN_MAX;
use chatsim::fuzz::Dice;
use chatsim::scenario::{Item, Script};

/// The minimum and the maximum number of clients of a generated scenario.
const PEOPLE: (u64, u64) = (2, 5);

/// The minimum and the maximum number of random steps.
const RANDOM_STEPS: (u64, u64) = (30, 40);

/// Returns the scenario of a seed: the same one for the same seed.
pub(super) fn scenario(seed: u64) -> Script {
    let mut dice = Dice::new(seed);
    let people = people(&mut dice);
    let mut script = Script::default();
    script.set("chatsim", Item::text("1"));
    script.set("title", Item::text(format!("Generated with seed {seed}")));
    let bounds = Bounds::drawn(&mut dice, &people);
    let has_namesake = namesakes::are_drawn(&mut dice);
    bounds.declare(&people, has_namesake, &mut script);
    if let Some(network) = network(&mut dice) {
        script.set("network", network);
    }
    script.set("seed", Item::text(seed.to_string()));
    script.set("only", Item::text("simulated"));
    script.set("lenient", Item::text("true"));
    let count = dice.between(RANDOM_STEPS.0, RANDOM_STEPS.1);
    let end = End::drawn(&mut dice);
    let watched = watched::step(&mut dice, &people);
    let generator = Generator::new(dice, people.clone(), &bounds, has_namesake);
    let (steps, traces) = generator.steps(count);
    script.steps = steps;
    if has_namesake {
        script.steps.push(Item::step("kill", Item::text(namesakes::NAMESAKE)));
    }
    script.steps.extend(healing::steps(&people, end, &traces, &bounds));
    script.steps.push(watched);
    script
}

/// Returns the names of the clients: in some scenarios, names that are easily confused.
fn people(dice: &mut Dice) -> Vec<String> {
    let count = dice.between(PEOPLE.0, PEOPLE.1);
    if dice.one_in(8) {
        let longest = format!("c1{}", "-".repeat(NAME_LEN_MAX - 2));
        let alike = ["c1", "c10", "C1", longest.as_str(), "c1."];
        return alike.into_iter().zip(0..count).map(|(name, _)| name.to_owned()).collect();
    }
    (1..=count).map(|number| format!("c{number}")).collect()
}

/// Returns the latency of the links, with or without faults: short in most scenarios.
fn network(dice: &mut Dice) -> Option<Item> {
    if !dice.one_in(4) {
        return None;
    }
    let mut settings = vec![("latency", format!("{}ms", dice.between(1, 80)))];
    if dice.one_in(2) {
        settings.push(("spread", format!("{}ms", dice.between(1, 40))));
    }
    Some(Item::map(settings.into_iter().map(|(key, value)| (key, Item::Text(value)))))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::sim::parse;
    use chatsim::scenario::Source;

    #[test]
    fn a_seed_makes_one_scenario_and_another_seed_another() {
        let texts: Vec<_> = (0..50).map(|seed| scenario(seed).write()).collect();
        assert_eq!(texts, (0..50).map(|seed| scenario(seed).write()).collect::<Vec<_>>());
        assert_eq!(texts.iter().collect::<BTreeSet<_>>().len(), 50);
    }

    #[test]
    fn what_is_generated_is_a_scenario_as_it_was_meant() {
        for seed in 0..200 {
            let script = scenario(seed);
            let text = script.write();
            let source = Source::new("fuzz.yaml".into(), text.as_str().into());
            let scenarios = parse(&source).unwrap_or_else(|mistakes| panic!("{mistakes}\n{text}"));
            assert_eq!(scenarios[0].steps.len(), script.steps.len());
            assert_eq!(Script::of(&scenarios[0]).unwrap(), script);
        }
    }
}
