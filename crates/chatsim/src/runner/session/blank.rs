//! The beginning of the file of a session: everything before its first step.

use std::path::PathBuf;

use crate::Guest;
use crate::scenario::{Mistakes, Scenario, Source, keys_of_many, parse, written};

/// The virtual time at which a session begins.
const CLOCK: &str = "2023-10-25T14:40:00";

/// The prefix of a step in a list of steps, unless a file has another one.
pub(super) const DASH: &str = "  - ";

/// Reads a scenario without steps.
pub(super) fn blank(
    guest: &'static dyn Guest,
    actors: &[(usize, String)],
    seed: Option<u64>,
) -> Result<Scenario, Mistakes> {
    let text = format!("{}{DASH}settle:\n", head(guest, None, actors, seed));
    let keys: Vec<_> = keys_of_many(guest).collect();
    let mut scenarios = parse(&Source::new(PathBuf::from(keys.join("_")), text.into()), guest)?;
    // Without a matrix there is exactly one.
    let mut scenario = scenarios.remove(0);
    scenario.steps.clear();
    scenario.source = Source::new(PathBuf::new(), "".into());
    Ok(scenario)
}

/// Returns the actors that a scenario declares, each with the index of its role.
pub(super) fn declared(scenario: &Scenario) -> Vec<(usize, String)> {
    let actors = scenario.actors.iter().map(|declared| declared.name);
    let many = actors.filter(|name| !scenario.role_of(*name).is_single);
    many.map(|name| (name.role(), name.to_string())).collect()
}

/// Returns the text before the steps.
pub(super) fn head(
    guest: &dyn Guest,
    title: Option<&str>,
    actors: &[(usize, String)],
    seed: Option<u64>,
) -> String {
    let mut head = "chatsim: 1\n".to_owned();
    if let Some(title) = title {
        // Outside of steps, no names are replaced.
        head.extend(["title: ", &written(title).replace("$${", "${"), "\n"]);
    }
    head.extend(["clock: ", CLOCK, "\n"]);
    if let Some(seed) = seed {
        head.extend(["seed: ", &seed.to_string(), "\n"]);
    }
    for (role, declared) in guest.roles().iter().enumerate() {
        if !declared.is_single {
            let names = actors.iter().filter(|(of, _)| *of == role);
            let names: Vec<_> = names.map(|(_, name)| written(name)).collect();
            head.extend([declared.key, ": [", &names.join(", "), "]\n"]);
        }
    }
    head.push_str("steps:\n");
    head
}
