//! Fewer steps and fewer actors.

use super::{Shrinker, walk};
use crate::Guest;
use crate::scenario::{Item, Script, keys_of_many};

/// Leaves steps out: halves first, single ones last.
pub(super) fn steps(shrinker: &mut Shrinker) {
    let mut len = walk::count(&shrinker.script.steps).div_ceil(2);
    while len > 0 {
        let mut has_shrunk = false;
        let mut from = walk::count(&shrinker.script.steps);
        // From the end: what comes late depends on what came early, not the other way round.
        while from > 0 {
            from = from.saturating_sub(len);
            let range = from..from + len;
            let left = walk::keep(&shrinker.script.steps, &mut |number| !range.contains(&number));
            has_shrunk |= left != shrinker.script.steps && shrinker.try_steps(left);
        }
        if !has_shrunk || len > 1 {
            len /= 2;
        }
    }
}

/// Leaves actors out, with everything that names them.
pub(super) fn people(shrinker: &mut Shrinker) {
    for (key, name) in people_of(&shrinker.script, shrinker.guest).into_iter().rev() {
        let mut script = shrinker.script.clone();
        let others = script.get(key).and_then(|declared| without(declared, &name));
        script.set(key, others.unwrap_or(Item::List(Vec::new())));
        let steps_without = |steps: &[Item]| -> Vec<Item> {
            steps.iter().filter_map(|step| step_without(step, &name)).collect()
        };
        script.steps = steps_without(&script.steps);
        let healing = steps_without(&shrinker.healing);
        shrinker.try_both(script, healing);
    }
}

/// Replaces steps that hold others by these, and repeats them fewer times.
pub(super) fn blocks(shrinker: &mut Shrinker) {
    let mut number = 0;
    while let Some(step) = walk::all(&shrinker.script.steps).get(number).copied().cloned() {
        let inner = walk::inner(&step);
        if !inner.is_empty() {
            let steps = walk::replaced(&shrinker.script.steps, number, &inner);
            if !shrinker.try_steps(steps) {
                repeat_less(shrinker, number, &step);
            }
        }
        number += 1;
    }
}

/// Repeats steps as few times as possible.
fn repeat_less(shrinker: &mut Shrinker, number: usize, step: &Item) {
    let Some(times) = walk::times(step) else { return };
    // The failure may need many; then at most twice as many as necessary remain.
    let powers = std::iter::successors(Some(2), |times: &u64| times.checked_mul(2));
    let fewer = (2..=8).chain(powers).take_while(|fewer| *fewer < times);
    for fewer in fewer {
        let step = walk::with_times(step, fewer);
        let steps = walk::replaced(&shrinker.script.steps, number, &[step]);
        if shrinker.try_steps(steps) {
            return;
        }
    }
}

/// Returns the declared actors, each with the key under which it is declared.
pub(super) fn people_of(script: &Script, guest: &dyn Guest) -> Vec<(&'static str, String)> {
    let names = |key: &'static str| -> Vec<String> {
        match script.get(key) {
            Some(Item::List(names)) => names.iter().filter_map(text).map(str::to_owned).collect(),
            Some(Item::Map(pairs)) => pairs.iter().map(|(name, _)| name.clone()).collect(),
            Some(Item::Nothing | Item::Text(_)) | None => Vec::new(),
        }
    };
    keys_of_many(guest)
        .flat_map(|key| names(key).into_iter().map(move |name| (key, name)))
        .collect()
}

pub(super) fn text(item: &Item) -> Option<&str> {
    match item {
        Item::Text(text) => Some(text),
        Item::Nothing | Item::List(_) | Item::Map(_) => None,
    }
}

/// Removes an actor from a step; drops the step if it is about this actor alone.
fn step_without(step: &Item, name: &str) -> Option<Item> {
    match step {
        Item::Map(pairs) => {
            let (verb, value) = pairs.first()?;
            let value = if verb == name { None } else { without(value, name) }?;
            let mut pairs = pairs.clone();
            pairs.first_mut()?.1 = value;
            Some(Item::Map(pairs))
        }
        Item::Nothing | Item::Text(_) | Item::List(_) => Some(step.clone()),
    }
}

/// Removes an actor from a value.
fn without(item: &Item, name: &str) -> Option<Item> {
    match item {
        Item::Text(text) => {
            let is_named = text.split(|c: char| !c.is_ascii_alphanumeric()).any(|it| it == name);
            (!is_named).then(|| item.clone())
        }
        Item::Nothing => Some(Item::Nothing),
        Item::List(items) => {
            let left: Vec<_> = items.iter().filter_map(|item| without(item, name)).collect();
            (!left.is_empty()).then_some(Item::List(left))
        }
        Item::Map(pairs) => {
            let left = pairs.iter().filter(|(key, _)| key != name);
            let left: Vec<_> =
                left.filter_map(|(key, it)| Some((key.clone(), without(it, name)?))).collect();
            (!left.is_empty()).then_some(Item::Map(left))
        }
    }
}
