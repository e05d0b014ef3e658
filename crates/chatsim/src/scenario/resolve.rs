//! From the tree to the scenario: the keys around the steps.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::cast::Cast;
use super::interpolate::{self, Values};
use super::matrix;
use super::model::{Combination, Scenario};
use super::network;
use super::source::Includes;
use super::steps;
use super::terms;
use crate::Guest;
use machine::Timestamp;
use placed_yaml::{Entry, Findings, Mistake, Node, Source, Value, expected, quoted};

/// The only version of the language.
const VERSION: &str = "1";

/// The format of `clock`, which is in UTC.
const CLOCK_FORMAT: &str = "%Y-%m-%dT%H:%M:%S";

/// The default of the initial virtual time: 2023-10-25T14:40:00 UTC.
const CLOCK_DEFAULT: Timestamp = Timestamp::from_micros(1_698_244_800_000_000);

/// The required keys, and how to write them.
const REQUIRED: [(&str, &str); 2] = [
    ("chatsim", "begin the file with `chatsim: 1`"),
    ("steps", "`steps:` with a list says what happens"),
];

/// The keys of a scenario before those of its actors.
const KEYS_BEFORE: [&str; 3] = ["chatsim", "title", "clock"];

/// The keys of a scenario after those of its actors, without its [`terms`].
const KEYS_AFTER: [&str; 4] = ["network", "seed", "matrix", "steps"];

/// Returns all keys of a scenario except those of its [`terms`].
pub(super) fn keys(guest: &dyn Guest) -> impl Iterator<Item = &'static str> + use<> {
    let roles = guest.roles().iter().map(|role| role.key);
    KEYS_BEFORE.into_iter().chain(roles).chain(KEYS_AFTER)
}

/// Resolves the tree of a valid file into one scenario, or one for each combination of its matrix.
pub(super) fn scenarios(
    source: &Source,
    root: &Node,
    mut findings: Findings,
    (guest, includes): (&'static dyn Guest, Includes),
) -> Result<Vec<Scenario>, Findings> {
    let known: Vec<_> = keys(guest).chain(terms::KEYS).collect();
    let Some(entries) = entries(root, &known, &mut findings) else {
        return Err(findings);
    };
    let value =
        |name: &str| entries.iter().find(|entry| entry.name == name).map(|entry| entry.value);
    let mut cast = Cast::new(guest);
    for (role, declared) in guest.roles().iter().enumerate() {
        if let Some(node) = value(declared.key) {
            cast.declare(role, node, &mut findings);
        }
    }
    let title = value("title").and_then(|node| findings.text(node, "a title"));
    let clock = value("clock").and_then(|node| clock(node, &mut findings));
    let seed = value("seed").and_then(|node| seed(node, &mut findings));
    let network = value("network").map(|node| network::read(node, &cast, &mut findings));
    let terms = terms::read(&entries, &mut findings);
    let matrix = value("matrix").map(|node| matrix::read(node, &mut findings));
    let all = Scenario {
        source: source.clone(),
        included: Vec::new(),
        combination: Combination::default(),
        title: title.map(str::to_owned),
        clock: clock.unwrap_or(CLOCK_DEFAULT),
        guest,
        actors: Vec::new(),
        network: network.unwrap_or_default(),
        seed,
        terms,
        steps: Vec::new(),
    };
    let mut scenarios = Vec::new();
    for combination in matrix.unwrap_or_else(|| vec![Combination::default()]) {
        let mut found = Findings::new(source.clone());
        let steps = value("steps").map(|node| {
            let values: Values = combination.pairs().iter().cloned().collect();
            let node = interpolate::node(node, &values, &mut found);
            steps::read(&node, &cast, includes, &mut found)
        });
        if !found.mistakes.is_empty() {
            // Errors in one combination are mostly errors in all of them.
            found.mistakes.extend(findings.mistakes);
            return Err(found);
        }
        let parts = found.sources.into_iter().skip(1).collect();
        let steps = steps.unwrap_or_default();
        scenarios.push(Scenario { included: parts, combination, steps, ..all.clone() });
    }
    let actors = cast.into_actors();
    for scenario in &mut scenarios {
        scenario.actors.clone_from(&actors);
    }
    if findings.mistakes.is_empty() { Ok(scenarios) } else { Err(findings) }
}

/// Reads the keys of a file that has `chatsim` and `steps`. A file of another version is not read.
pub(super) fn entries<'n>(
    root: &'n Node,
    known: &[&str],
    findings: &mut Findings,
) -> Option<Vec<Entry<'n>>> {
    if !matches!(root.value, Value::Mapping(_)) {
        let help = "a scenario begins with `chatsim: 1`";
        findings.add(expected("a scenario", root).with_help(help));
        return None;
    }
    let found_before = findings.mistakes.len();
    let entries = findings.entries(root, "a scenario")?;
    let named = |name: &str| entries.iter().find(|entry| entry.name == name).copied();
    if let Some(mistake) = named("chatsim").and_then(|entry| version_mistake(entry.value)) {
        // Another version may give the rest any meaning.
        findings.mistakes.truncate(found_before);
        findings.add(mistake);
        return None;
    }
    for &entry in entries.iter().filter(|entry| !known.contains(&entry.name)) {
        if entry.name == "parameters" {
            let mistake = Mistake::new(entry.key.place, "a scenario that is run has no parameters");
            findings.add(mistake.with_help("they belong in a file that others `include`"));
        } else {
            findings.unknown_key(entry, known);
        }
    }
    for (name, cure) in REQUIRED {
        if named(name).is_none() {
            let message = format!("the key `{name}` is missing");
            findings.add(Mistake::new(root.place, message).with_help(cure));
        }
    }
    Some(entries)
}

fn version_mistake(node: &Node) -> Option<Mistake> {
    let help = format!("this program reads `chatsim: {VERSION}`");
    match &node.value {
        Value::Scalar(text) if text == VERSION => None,
        Value::Scalar(text) => {
            let message = format!("unknown version {} of the scenario language", quoted(text));
            Some(Mistake::new(node.place, message).with_help(help))
        }
        Value::Null | Value::Sequence(_) | Value::Mapping(_) => {
            Some(expected("the version of the scenario language", node).with_help(help))
        }
    }
}

fn clock(node: &Node, findings: &mut Findings) -> Option<Timestamp> {
    let text = findings.text(node, "a point in time")?;
    let time = point_in_time(text);
    if time.is_none() {
        let message = format!("{} is not a point in time", quoted(text));
        let help = "write it like `2023-10-25T14:40:00`, in UTC, from 1970 on";
        findings.add(Mistake::new(node.place, message).with_help(help));
    }
    time
}

/// Parses `2023-10-25T14:40:00`, and rejects anything that only looks like it.
fn point_in_time(text: &str) -> Option<Timestamp> {
    let time = DateTime::strptime(CLOCK_FORMAT, text).ok()?;
    if time.strftime(CLOCK_FORMAT).to_string() != text {
        return None;
    }
    let zoned = time.to_zoned(TimeZone::UTC).ok()?;
    let micros = u64::try_from(zoned.timestamp().as_microsecond()).ok()?;
    Some(Timestamp::from_micros(micros))
}

fn seed(node: &Node, findings: &mut Findings) -> Option<u64> {
    let text = findings.text(node, "a number")?;
    let seed = text.parse().ok();
    if seed.is_none() {
        let message = format!("{} is not a seed", quoted(text));
        let help = format!("a seed is a whole number from 0 to {}", u64::MAX);
        findings.add(Mistake::new(node.place, message).with_help(help));
    }
    seed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_in_time_are_written_in_one_way() {
        let micros = |text| point_in_time(text).map(Timestamp::as_micros);
        assert_eq!(micros("1970-01-01T00:00:00"), Some(0));
        assert_eq!(point_in_time("2023-10-25T14:40:00"), Some(CLOCK_DEFAULT));
        assert_eq!(micros("2024-02-29T23:59:59"), Some(1_709_251_199_000_000));
        let others = [
            "2023-10-25",
            "2023-10-25 14:40:00",
            "2023-10-25T14:40:00Z",
            "2023-1-5T14:40:00",
            "2023-02-29T00:00:00",
            "2023-10-25T14:40:60",
            "1969-12-31T23:59:59",
            "",
        ];
        for text in others {
            assert_eq!(micros(text), None, "{text}");
        }
    }
}
