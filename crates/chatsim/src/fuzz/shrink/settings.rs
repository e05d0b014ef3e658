//! Simpler faults, shorter times and texts, and fewer keys beside the steps.

use super::passes::{people_of, text};
use super::{Shrinker, walk};
use crate::PacketKind;
use crate::scenario::{Item, written_duration};

/// The key that a scenario must have.
const VERSION: &str = "chatsim";

/// The datagrams to which a fault by chance is narrowed down, from the first to this one.
const NTH_MAX: u64 = 12;

/// Durations that are tried in place of longer ones, in microseconds.
const TIMES: [u64; 9] =
    [1_000, 10_000, 100_000, 500_000, 1_000_000, 2_000_000, 5_000_000, 20_000_000, 60_000_000];

/// Leaves out keys beside the steps, and parts of their values.
pub(super) fn around(shrinker: &mut Shrinker) {
    let keys: Vec<_> = shrinker.script.around.iter().map(|(key, _)| key.clone()).collect();
    let roles = shrinker.guest.roles();
    let is_needed = |key: &str| key == VERSION || roles.iter().any(|role| role.key == key);
    for key in keys.into_iter().filter(|key| !is_needed(key)) {
        let mut script = shrinker.script.clone();
        script.remove(&key);
        if shrinker.try_script(script) {
            continue;
        }
        let parts = match shrinker.script.get(&key) {
            Some(Item::Map(parts)) => parts.clone(),
            _ => continue,
        };
        for (name, _) in &parts {
            let mut script = shrinker.script.clone();
            if let Some(Item::Map(there)) = shrinker.script.get(&key) {
                let left = there.iter().filter(|(part, _)| part != name).cloned().collect();
                script.set(&key, Item::Map(left));
                shrinker.try_script(script);
            }
        }
    }
}

/// Leaves out the options of actors.
pub(super) fn options(shrinker: &mut Shrinker) {
    for role in shrinker.guest.roles() {
        for place in options_of(shrinker.script.get(role.key), role.is_single) {
            let mut script = shrinker.script.clone();
            let Some(declared) = shrinker.script.get(role.key) else { continue };
            match without_option(declared, &place) {
                Some(declared) => script.set(role.key, declared),
                None => script.remove(role.key),
            }
            shrinker.try_script(script);
        }
    }
}

/// Returns the ways to all options under the key of a role: the actor, unless the role has one
/// alone, and the key.
fn options_of(declared: Option<&Item>, is_single: bool) -> Vec<Vec<String>> {
    let Some(Item::Map(pairs)) = declared else { return Vec::new() };
    let of =
        |pairs: &[(String, Item)]| pairs.iter().map(|(key, _)| key.clone()).collect::<Vec<_>>();
    if is_single {
        return of(pairs).into_iter().map(|key| vec![key]).collect();
    }
    let actors = pairs.iter().filter_map(|(name, traits)| match traits {
        Item::Map(traits) => Some((name, of(traits))),
        Item::Nothing | Item::Text(_) | Item::List(_) => None,
    });
    actors.flat_map(|(name, keys)| keys.into_iter().map(|key| vec![name.clone(), key])).collect()
}

/// Removes an option; `None` if nothing is declared without it. Actors without options are a list.
fn without_option(declared: &Item, place: &[String]) -> Option<Item> {
    let (Item::Map(pairs), Some((first, rest))) = (declared, place.split_first()) else {
        return Some(declared.clone());
    };
    if rest.is_empty() {
        let left: Vec<_> = pairs.iter().filter(|(key, _)| key != first).cloned().collect();
        return (!left.is_empty()).then_some(Item::Map(left));
    }
    let each = |(name, traits): &(String, Item)| {
        let left = if name == first { without_option(traits, rest) } else { Some(traits.clone()) };
        (name.clone(), left.unwrap_or(Item::Nothing))
    };
    let actors: Vec<_> = pairs.iter().map(each).collect();
    let is_bare = actors.iter().all(|(_, traits)| *traits == Item::Nothing);
    let names = || Item::texts(actors.iter().map(|(name, _)| name));
    Some(if is_bare { names() } else { Item::Map(actors) })
}

/// Makes each step simpler, one after the other.
fn each_step(shrinker: &mut Shrinker, simpler: impl Fn(&Item) -> Vec<Item>) {
    let mut number = 0;
    while let Some(step) = walk::all(&shrinker.script.steps).get(number).copied().cloned() {
        if walk::inner(&step).is_empty() {
            for candidate in simpler(&step) {
                let steps = walk::replaced(&shrinker.script.steps, number, &[candidate]);
                if shrinker.try_steps(steps) {
                    break;
                }
            }
        }
        number += 1;
    }
}

/// Simplifies faults and lists, and narrows faults by chance down to one datagram.
pub(super) fn faults(shrinker: &mut Shrinker) {
    each_step(shrinker, settled);
    let kinds = shrinker.guest.packet_kinds();
    each_step(shrinker, |step| certain(step, kinds));
    // Each of these takes one part away, so it is repeated for each part.
    for _ in 0..4 {
        each_step(shrinker, with_less);
    }
}

/// Lets a step settle that does not.
fn settled(step: &Item) -> Vec<Item> {
    match step {
        Item::Map(pairs) if pairs.len() > 1 => {
            pairs.first().map(|pair| Item::Map(vec![pair.clone()])).into_iter().collect()
        }
        Item::Nothing | Item::Text(_) | Item::List(_) | Item::Map(_) => Vec::new(),
    }
}

/// Narrows a fault by chance down to one datagram.
fn certain(step: &Item, kinds: &[PacketKind]) -> Vec<Item> {
    let Item::Map(pairs) = step else {
        return Vec::new();
    };
    let Some(("fault", Item::Map(parts))) = pairs.first().map(|(verb, it)| (verb.as_str(), it))
    else {
        return Vec::new();
    };
    let has = |name: &str| parts.iter().any(|(part, _)| part == name);
    if !has("chance") && !has("loss") {
        return Vec::new();
    }
    let kept =
        parts.iter().filter(|(part, _)| !["chance", "loss", "link"].contains(&part.as_str()));
    let mut kept: Vec<_> = kept.cloned().collect();
    if has("loss") {
        let link = parts.iter().find(|(part, _)| part == "link");
        let link = link.map_or_else(|| Item::text("all"), |(_, link)| link.clone());
        kept.insert(0, ("drop".to_owned(), link));
    } else {
        kept.extend(parts.iter().filter(|(part, _)| part == "link").cloned());
    }
    let with = |more: &[(&str, String)]| {
        let more = more.iter().map(|(key, value)| ((*key).to_owned(), Item::text(value)));
        let fault = Item::Map(kept.iter().cloned().chain(more).collect());
        let rest = pairs.iter().skip(1).cloned();
        Item::Map(std::iter::once(("fault".to_owned(), fault)).chain(rest).collect())
    };
    let nth = |number: u64| ("nth", number.to_string());
    let mut all = vec![with(&[])];
    all.extend((1..=NTH_MAX).map(|number| with(&[nth(number)])));
    if !has("packet") {
        let of_kind = |kind: &PacketKind| ("packet", kind.name.to_owned());
        all.extend(kinds.iter().map(|kind| with(&[of_kind(kind), nth(1)])));
    }
    all
}

/// Takes one part away: a setting of a fault, a name or a line of a list.
fn with_less(step: &Item) -> Vec<Item> {
    let Item::Map(pairs) = step else {
        return Vec::new();
    };
    let Some((verb, value)) = pairs.first() else {
        return Vec::new();
    };
    let lesser = match value {
        Item::Map(parts) if parts.len() > 1 => {
            let without = |at: usize| {
                let left = parts.iter().enumerate().filter(|(index, _)| *index != at);
                Item::Map(left.map(|(_, part)| part.clone()).collect())
            };
            (0..parts.len()).map(without).collect()
        }
        Item::List(items) if items.len() > 1 => {
            let without = |at: usize| {
                let left = items.iter().enumerate().filter(|(index, _)| *index != at);
                Item::List(left.map(|(_, item)| item.clone()).collect())
            };
            (0..items.len()).map(without).collect()
        }
        Item::List(items) => {
            items.first().filter(|it| text(it).is_some()).cloned().into_iter().collect()
        }
        Item::Nothing | Item::Text(_) | Item::Map(_) => Vec::new(),
    };
    let with = |value: Item| {
        let rest = pairs.iter().skip(1).cloned();
        Item::Map(std::iter::once((verb.clone(), value)).chain(rest).collect())
    };
    lesser.into_iter().map(with).collect()
}

/// Merges two successive waits.
pub(super) fn waits(shrinker: &mut Shrinker) {
    let mut at = 1;
    while let Some([one, other]) = shrinker.script.steps.get(at - 1..=at) {
        let both = waited(one).zip(waited(other)).map(|(one, other)| one.saturating_add(other));
        let has_shrunk = both.is_some_and(|both| {
            let both = Item::step("advance", Item::Text(written_duration(both)));
            let mut steps = shrinker.script.steps.clone();
            steps.splice(at - 1..=at, [both]);
            shrinker.try_steps(steps)
        });
        at += usize::from(!has_shrunk);
    }
}

/// Returns the duration of a step that only waits.
fn waited(step: &Item) -> Option<u64> {
    match step {
        Item::Map(pairs) => match pairs.as_slice() {
            [(verb, Item::Text(time))] if verb == "advance" => micros(time),
            _ => None,
        },
        Item::Nothing | Item::Text(_) | Item::List(_) => None,
    }
}

/// Shortens durations.
pub(super) fn times(shrinker: &mut Shrinker) {
    each_step(shrinker, |step| {
        let mut found = Vec::new();
        durations(step, &mut found);
        let longest = found.iter().filter_map(|text| micros(text).map(|it| (it, text))).max();
        let Some((longest, text)) = longest else {
            return Vec::new();
        };
        let shorter = TIMES.into_iter().filter(|time| *time < longest);
        shorter.map(|time| renamed(step, text, &written_duration(time))).collect()
    });
}

/// Collects the durations in a step.
fn durations(item: &Item, found: &mut Vec<String>) {
    match item {
        Item::Nothing => {}
        Item::Text(text) => found.extend(micros(text).map(|_| text.clone())),
        Item::List(items) => items.iter().for_each(|item| durations(item, found)),
        Item::Map(pairs) => {
            // A typed line is not a duration, whatever it looks like.
            let said = pairs.iter().filter(|(key, _)| key != "note");
            said.for_each(|(_, item)| durations(item, found));
        }
    }
}

fn micros(text: &str) -> Option<u64> {
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit())?);
    let unit = match unit {
        "us" => 1,
        "ms" => 1_000,
        "s" => 1_000_000,
        "m" => 60_000_000,
        "h" => 3_600_000_000,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(unit)
}

/// Replaces one text by another.
fn renamed(item: &Item, old: &str, new: &str) -> Item {
    match item {
        Item::Text(text) if text == old => Item::text(new),
        Item::Nothing | Item::Text(_) => item.clone(),
        Item::List(items) => Item::List(items.iter().map(|item| renamed(item, old, new)).collect()),
        Item::Map(pairs) => {
            let pair = |(key, value): &(String, Item)| (key.clone(), renamed(value, old, new));
            Item::Map(pairs.iter().map(pair).collect())
        }
    }
}

/// Shortens typed lines.
pub(super) fn texts(shrinker: &mut Shrinker) {
    let Some(workload) = shrinker.guest.workload() else { return };
    let people = people_of(&shrinker.script, shrinker.guest);
    each_step(shrinker, |step| {
        let Item::Map(pairs) = step else {
            return Vec::new();
        };
        let Some((name, Item::Text(line))) = pairs.first() else {
            return Vec::new();
        };
        if !people.iter().any(|(_, actor)| actor == name) {
            return Vec::new();
        }
        workload.shorter(line).iter().map(|shorter| renamed(step, line, shorter)).collect()
    });
}

#[cfg(test)]
mod tests {
    use crate::fuzz::shrink;
    use crate::scenario::{Script, Source};
    use crate::testing::{Fakes, parse};

    #[test]
    fn waits_in_a_row_become_one() {
        let text = "chatsim: 1\nclients: [c1]\nsteps:\n  - start: [server, c1]\n  \
                    - c1: ring 5\n  - advance: 2s\n  - advance: 2s\n  - advance: 1s\n  \
                    - never: { c1: rang }\n";
        let scenario = parse(&Source::new("a.yaml".into(), text.into())).unwrap().remove(0);
        let small = shrink(&Script::of(&scenario).unwrap(), &Fakes).unwrap();
        let expected = "chatsim: 1\nclients: [c1]\nsteps:\n  - start: c1\n  - c1: ring 5\n  \
                        - advance: 5s\n  - never: { c1: rang }\n";
        assert_eq!(small.script.write(), expected);
    }
}
