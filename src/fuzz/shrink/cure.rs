//! Fewer of the steps that heal: those that have nothing to heal, and those behind the failure.
//!
//! Where a failure is one only once all is healed, a step that heals must not be left out because
//! the scenario goes on failing without it: of course it does. It goes if there is nothing in the
//! storm that it could heal.

use super::{Shrinker, walk};
use crate::scenario::Item;

/// Verbs after which a program may be down that was started.
const ENDS: [&str; 9] =
    ["kill", "stop", "restart", "crash", "disk", "fault", "pause", "move", "clock"];

/// Verbs of steps that look at what has come of all.
const LOOKS: [&str; 2] = ["check", "expect"];

/// Leaves out what is not needed.
pub(super) fn healing(shrinker: &mut Shrinker) {
    behind(shrinker);
    let mut at = shrinker.healing.len();
    while at > 0 {
        at -= 1;
        let storm = &shrinker.script.steps;
        let may_go = may_go(storm, &shrinker.healing, at, shrinker.way.needs_everybody());
        if may_go {
            let mut healing = shrinker.healing.clone();
            healing.remove(at);
            shrinker.try_both(shrinker.script.clone(), healing);
        }
    }
}

/// Leaves out what comes after the failure.
fn behind(shrinker: &mut Shrinker) {
    let looks = |step: &Item| LOOKS.contains(&verb(step));
    let ends: Vec<_> = shrinker.healing.iter().enumerate().filter(|(_, it)| looks(it)).collect();
    let ends: Vec<_> = ends.into_iter().map(|(at, _)| at + 1).collect();
    for end in ends {
        let healing = shrinker.healing.iter().take(end).cloned().collect();
        if shrinker.try_both(shrinker.script.clone(), healing) {
            return;
        }
    }
}

/// Tells whether a step that heals has nothing to heal, or nobody looks at what comes of it.
fn may_go(storm: &[Item], healing: &[Item], at: usize, needs_everybody: bool) -> bool {
    let (Some(step), later) = (healing.get(at), healing.get(at + 1..).unwrap_or_default()) else {
        return false;
    };
    let first_look = later.iter().position(|it| LOOKS.contains(&verb(it))).unwrap_or(later.len());
    let before_look = later.get(..first_look).unwrap_or_default();
    let comes_again = || before_look.iter().any(|it| it == step);
    let is_seen = |text: &str| later.iter().any(|it| verb(it) == "expect" && says(it, text));
    let typed =
        |line: &str| walk::all(storm).iter().any(|it| verb(it) == verb(step) && says(it, line));
    let went = || {
        let goes = |it: &Item| verb(it) == verb(step) && says(it, "dereg");
        healing.iter().take(at).any(goes)
    };
    let happened = |verbs: &[&str]| walk::all(storm).iter().any(|it| verbs.contains(&verb(it)));
    match (verb(step), value(step)) {
        ("heal", _) => !happened(&["fault", "disk"]),
        ("resume", _) => !happened(&["pause"]),
        ("start", Some(Item::List(_))) => comes_again() || !needs_everybody || !happened(&ENDS),
        ("start", _) => !is_seen("/"),
        ("advance", _) => before_look.iter().any(|it| verb(it) == "advance"),
        ("check" | "expect" | "kill", _) => true,
        (_, Some(Item::Text(line))) => match line.as_str() {
            "reg" => comes_again() || !(typed("dereg") || went() && is_seen("/")),
            "leave_group" => !typed("join_group"),
            line if line.starts_with("send") => {
                let text = line.rsplit(' ').next().unwrap_or_default();
                !is_seen(&format!("/^{}: .*{text}", verb(step))) && !is_seen("received by")
            }
            _ => true,
        },
        // What says where healing begins.
        _ => false,
    }
}

fn verb(step: &Item) -> &str {
    match step {
        Item::Map(pairs) => pairs.first().map_or("", |(verb, _)| verb),
        Item::Text(verb) => verb,
        Item::Nothing | Item::List(_) => "",
    }
}

fn value(step: &Item) -> Option<&Item> {
    match step {
        Item::Map(pairs) => pairs.first().map(|(_, value)| value),
        Item::Nothing | Item::Text(_) | Item::List(_) => None,
    }
}

/// Tells whether a text is anywhere in a step.
fn says(item: &Item, text: &str) -> bool {
    match item {
        Item::Nothing => false,
        Item::Text(it) => it.contains(text),
        Item::List(items) => items.iter().any(|it| says(it, text)),
        Item::Map(pairs) => pairs.iter().any(|(_, it)| says(it, text)),
    }
}
