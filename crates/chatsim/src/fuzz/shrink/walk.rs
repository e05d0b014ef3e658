//! Steps and nested steps, by their numbers.

use crate::scenario::{Item, Nesting, Verb};

/// Verbs of steps that look at screens or check promises.
const LOOKS: [&str; 3] = ["check", "expect", "never"];

/// Keys beside the actors of a step that looks at screens.
const BESIDE_ACTORS: [&str; 2] = ["within", "for"];

/// The key of a `repeat` step that says how often.
const TIMES: &str = "times";

/// Returns the number of steps, including nested ones; a step that holds others counts as one more.
pub(super) fn count(steps: &[Item]) -> usize {
    steps.iter().map(|step| 1 + lists(step).iter().map(|list| count(list)).sum::<usize>()).sum()
}

/// Returns the number of notes, which are steps that do nothing.
pub(super) fn notes(steps: &[Item]) -> usize {
    let is_note = |step: &&&Item| matches!(step, Item::Map(pairs) if pairs.iter().any(|(verb, _)| verb == "note"));
    all(steps).iter().filter(is_note).count()
}

/// Returns the lists of steps in a step.
fn lists(step: &Item) -> Vec<&[Item]> {
    let Item::Map(pairs) = step else {
        return Vec::new();
    };
    let Some((verb, value)) = pairs.first() else {
        return Vec::new();
    };
    match (Holder::named(verb), value) {
        (Some(Holder::Parallel), Item::List(branches)) => {
            branches.iter().filter_map(list).collect()
        }
        (Some(Holder::Repeat), Item::Map(parts)) => parts
            .iter()
            .filter(|(name, _)| name == "steps")
            .filter_map(|(_, it)| list(it))
            .collect(),
        (Some(Holder::Parallel | Holder::Repeat) | None, _) => Vec::new(),
    }
}

fn list(item: &Item) -> Option<&[Item]> {
    match item {
        Item::List(items) => Some(items),
        Item::Nothing | Item::Text(_) | Item::Map(_) => None,
    }
}

/// Returns the steps that a step holds, in order.
pub(super) fn inner(step: &Item) -> Vec<Item> {
    lists(step).concat()
}

/// Returns whether a word is a verb; otherwise it is an actor, at whose prompt a line is typed.
pub(super) fn is_verb(word: &str) -> bool {
    Verb::named(word).is_some()
}

/// Returns whether a step looks at screens or checks promises.
pub(super) fn looks(step: &Item) -> bool {
    LOOKS.contains(&verb(step))
}

/// Returns the actors whose screens a step looks at.
pub(super) fn watched(step: &Item) -> Vec<&str> {
    match value(step) {
        Some(Item::Map(pairs)) if looks(step) => {
            let keys = pairs.iter().map(|(key, _)| key.as_str());
            keys.filter(|key| !BESIDE_ACTORS.contains(key)).collect()
        }
        Some(_) | None => Vec::new(),
    }
}

/// Returns whether a step names an actor as its value, or as a part of it.
pub(super) fn names(step: &Item, actor: &str) -> bool {
    fn is_in(item: &Item, actor: &str) -> bool {
        match item {
            Item::Nothing => false,
            Item::Text(text) => text == actor,
            Item::List(items) => items.iter().any(|item| is_in(item, actor)),
            Item::Map(pairs) => pairs.iter().any(|(_, item)| is_in(item, actor)),
        }
    }
    value(step).is_some_and(|value| is_in(value, actor))
}

/// Returns how often a step repeats others, if it does.
pub(super) fn times(step: &Item) -> Option<u64> {
    let Some(Item::Map(parts)) =
        value(step).filter(|_| Verb::named(verb(step)) == Some(Verb::Repeat))
    else {
        return None;
    };
    let times = parts.iter().find(|(name, _)| name == TIMES)?;
    match &times.1 {
        Item::Text(times) => times.parse().ok(),
        Item::Nothing | Item::List(_) | Item::Map(_) => None,
    }
}

/// Returns the step with another number of times.
pub(super) fn with_times(step: &Item, times: u64) -> Item {
    let mut step = step.clone();
    if let Item::Map(pairs) = &mut step
        && let Some((_, Item::Map(parts))) = pairs.first_mut()
    {
        for (_, value) in parts.iter_mut().filter(|(name, _)| name == TIMES) {
            *value = Item::text(times.to_string());
        }
    }
    step
}

/// Leaves out the steps whose numbers are refused, counted as [`count`] does.
pub(super) fn keep(steps: &[Item], is_kept: &mut dyn FnMut(usize) -> bool) -> Vec<Item> {
    keep_from(steps, &mut 0, is_kept)
}

fn keep_from(
    steps: &[Item],
    next: &mut usize,
    is_kept: &mut dyn FnMut(usize) -> bool,
) -> Vec<Item> {
    let mut kept = Vec::with_capacity(steps.len());
    for step in steps {
        let is_own_kept = is_kept(*next);
        *next += 1;
        match holder(step) {
            None if is_own_kept => kept.push(step.clone()),
            None => {}
            Some(holder) => {
                let branches: Vec<Vec<Item>> = lists(step)
                    .into_iter()
                    .map(|list| keep_from(list, next, is_kept))
                    .filter(|list| !list.is_empty())
                    .collect();
                if is_own_kept && !branches.is_empty() {
                    kept.extend(holder.with(step, branches));
                }
            }
        }
    }
    kept
}

#[derive(Clone, Copy)]
enum Holder {
    Parallel,
    Repeat,
}

fn holder(step: &Item) -> Option<Holder> {
    let Item::Map(pairs) = step else {
        return None;
    };
    Holder::named(&pairs.first()?.0)
}

impl Holder {
    /// Returns how a verb holds steps in the script itself; `None` if it does not.
    fn named(verb: &str) -> Option<Self> {
        match Verb::named(verb)?.nesting()? {
            Nesting::Parallel => Some(Self::Parallel),
            Nesting::Repeat => Some(Self::Repeat),
            // Their steps are in another file, which is not changed.
            Nesting::Include => None,
        }
    }

    /// Returns the step with other steps in it; a race with one branch becomes its steps.
    fn with(self, step: &Item, branches: Vec<Vec<Item>>) -> Vec<Item> {
        let Item::Map(pairs) = step else {
            return Vec::new();
        };
        if matches!(self, Self::Parallel) && branches.len() < 2 {
            return branches.concat();
        }
        let mut pairs = pairs.clone();
        if let Some((_, value)) = pairs.first_mut() {
            match (self, value) {
                (Self::Parallel, value) => {
                    *value = Item::List(branches.into_iter().map(Item::List).collect());
                }
                (Self::Repeat, Item::Map(parts)) => {
                    let steps = parts.iter_mut().find(|(name, _)| name == "steps");
                    if let Some((_, list)) = steps {
                        *list = Item::List(branches.concat());
                    }
                }
                (Self::Repeat, _) => {}
            }
        }
        vec![Item::Map(pairs)]
    }
}

/// Returns all steps with one of them replaced, if it holds no others.
pub(super) fn replaced(steps: &[Item], number: usize, with: &[Item]) -> Vec<Item> {
    replace_from(steps, &mut 0, number, with)
}

fn replace_from(steps: &[Item], next: &mut usize, number: usize, with: &[Item]) -> Vec<Item> {
    let mut all = Vec::with_capacity(steps.len());
    for step in steps {
        let own = *next;
        *next += 1;
        let Some(holder) = holder(step) else {
            if own == number {
                all.extend_from_slice(with);
            } else {
                all.push(step.clone());
            }
            continue;
        };
        let branches = lists(step).into_iter().map(|list| replace_from(list, next, number, with));
        let branches: Vec<Vec<Item>> = branches.filter(|list| !list.is_empty()).collect();
        if own == number {
            all.extend_from_slice(with);
        } else if !branches.is_empty() {
            all.extend(holder.with(step, branches));
        }
    }
    all
}

/// Lists all steps with their numbers, as [`count`] counts.
pub(super) fn all(steps: &[Item]) -> Vec<&Item> {
    let mut listed = Vec::new();
    for step in steps {
        listed.push(step);
        for list in lists(step) {
            listed.extend(all(list));
        }
    }
    listed
}

/// Returns the verb of a step, or the actor at whose prompt it types a line.
pub(super) fn verb(step: &Item) -> &str {
    match step {
        Item::Map(pairs) => pairs.first().map_or("", |(verb, _)| verb),
        Item::Text(verb) => verb,
        Item::Nothing | Item::List(_) => "",
    }
}

/// Returns the value of a step.
pub(super) fn value(step: &Item) -> Option<&Item> {
    match step {
        Item::Map(pairs) => pairs.first().map(|(_, value)| value),
        Item::Nothing | Item::Text(_) | Item::List(_) => None,
    }
}

/// Returns whether a text is anywhere in a step.
pub(super) fn says(item: &Item, text: &str) -> bool {
    match item {
        Item::Nothing => false,
        Item::Text(it) => it.contains(text),
        Item::List(items) => items.iter().any(|it| says(it, text)),
        Item::Map(pairs) => pairs.iter().any(|(_, it)| says(it, text)),
    }
}
