//! Crash points: a program is killed at each of its writes in turn.

use super::simulation;
use super::workload::{Workload, healing_begins};
use crate::Guest;
use crate::scenario::{CrashPoint, Item, Moment, Nesting, Script, Verb};

/// Returns whether steps with this verb assume a run without a crash.
const fn is_of_one_run(verb: Verb) -> bool {
    match verb {
        Verb::Expect | Verb::Never | Verb::Snapshot | Verb::Check => true,
        Verb::Start
        | Verb::Stop
        | Verb::Kill
        | Verb::Restart
        | Verb::Pause
        | Verb::Resume
        | Verb::Move
        | Verb::Clock
        | Verb::Disk
        | Verb::Crash
        | Verb::Sometimes
        | Verb::Advance
        | Verb::Settle
        | Verb::Fault
        | Verb::Heal
        | Verb::Note
        | Verb::Repeat
        | Verb::Parallel
        | Verb::Include => false,
    }
}

/// Returns the scenarios in which one program is killed at one of its writes, before or after it is
/// stored, and started again after that step; everything is healed at the end.
pub(super) fn of(
    script: &Script,
    guest: &'static dyn Guest,
    workload: &dyn Workload,
) -> Vec<Script> {
    let script = without_demands(script);
    let Ok(scenario) = script.scenario("fuzz.yaml", guest) else {
        return Vec::new();
    };
    let Ok(writes) = simulation::writes(&scenario) else {
        // It fails without a crash.
        return vec![script];
    };
    let declared = scenario.actors.iter().filter(|it| !scenario.role_of(it.name).is_single);
    let people: Vec<_> = declared.map(|it| it.name.to_string()).collect();
    let healing = workload.healing(&people);
    let mut scripts = Vec::new();
    for (actor, steps) in writes {
        for (write, step) in (1..).zip(steps) {
            for moment in [Moment::Before, Moment::After] {
                let point = CrashPoint { moment, write };
                scripts.push(with_crash(&script, &actor.to_string(), point, step, &healing));
            }
        }
    }
    scripts
}

fn with_crash(
    script: &Script,
    actor: &str,
    point: CrashPoint,
    step: usize,
    healing: &[Item],
) -> Script {
    let mut script = script.clone();
    let behind = (step + 1).min(script.steps.len());
    script.steps.insert(behind, Item::step("start", Item::text(actor)));
    let crash = Item::map([(actor, Item::Text(point.to_string()))]);
    script.steps.insert(0, Item::step("crash", crash));
    if !script.steps.contains(&healing_begins()) {
        script.steps.extend_from_slice(healing);
    }
    script
}

/// Leaves out what a scenario demands on its way, except for the last check of a generated one.
fn without_demands(script: &Script) -> Script {
    let mut script = script.clone();
    let healing = split_off(&mut script);
    script.steps = undemanding(script.steps);
    script.steps.extend(healing);
    script.set("lenient", Item::text("true"));
    for key in ["xfail", "timeout"] {
        script.remove(key);
    }
    script
}

/// Takes the healing steps out of a generated scenario; returns none for other scenarios.
pub(super) fn split_off(script: &mut Script) -> Vec<Item> {
    let begin = script.steps.iter().position(|step| *step == healing_begins());
    begin.map(|begin| script.steps.split_off(begin)).unwrap_or_default()
}

fn undemanding(steps: Vec<Item>) -> Vec<Item> {
    let kept = steps.into_iter().filter_map(|step| match step {
        Item::Map(pairs) => match pairs.first() {
            Some((verb, _)) if Verb::named(verb).is_some_and(is_of_one_run) => None,
            Some(_) | None => inside(pairs).map(Item::Map),
        },
        step @ (Item::Nothing | Item::Text(_) | Item::List(_)) => Some(step),
    });
    kept.collect()
}

/// Does the same to nested steps; a step that holds none any more is dropped.
fn inside(pairs: Vec<(String, Item)>) -> Option<Vec<(String, Item)>> {
    let mut left = Vec::new();
    for (key, value) in pairs {
        let value = match (Verb::named(&key).and_then(Verb::nesting), value) {
            (Some(Nesting::Parallel), Item::List(branches)) => {
                let branches = branches.into_iter().filter_map(|branch| match branch {
                    Item::List(steps) => Some(undemanding(steps)).filter(|it| !it.is_empty()),
                    Item::Nothing | Item::Text(_) | Item::Map(_) => None,
                });
                let branches: Vec<_> = branches.map(Item::List).collect();
                match <[Item; 1]>::try_from(branches) {
                    // A single branch is not a race: its steps replace it.
                    Ok([Item::List(steps)]) => {
                        left.push(("repeat".to_owned(), once(steps)));
                        continue;
                    }
                    Ok(_) => return None,
                    Err(branches) if branches.is_empty() => return None,
                    Err(branches) => Item::List(branches),
                }
            }
            (Some(Nesting::Repeat), Item::Map(parts)) => {
                let mut parts = parts;
                for (name, part) in &mut parts {
                    if let ("steps", Item::List(steps)) = (name.as_str(), &mut *part) {
                        *steps = undemanding(std::mem::take(steps));
                        if steps.is_empty() {
                            return None;
                        }
                    }
                }
                Item::Map(parts)
            }
            // An included file is not changed.
            (Some(Nesting::Parallel | Nesting::Repeat | Nesting::Include) | None, value) => value,
        };
        left.push((key, value));
    }
    Some(left)
}

fn once(steps: Vec<Item>) -> Item {
    Item::map([("times", Item::text("1")), ("steps", Item::List(steps))])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Source;
    use crate::testing::{Fakes, parse};

    fn script(text: &str) -> Script {
        let scenario = parse(&Source::new("a.yaml".into(), text.into())).unwrap().remove(0);
        Script::of(&scenario).unwrap()
    }

    #[test]
    fn each_write_of_each_program_is_a_crash_point_on_both_sides() {
        let text = "chatsim: 1\nclients: [c1]\nsteps:\n  - start: [server, c1]\n  \
                    - server: keep 1\n  - expect: { server: /kept/ }\n  - advance: 1s\n  - server: keep 2\n";
        let scripts = of(&script(text), &Fakes, &Fakes);
        let heads: Vec<_> = scripts
            .iter()
            .map(|script| {
                let text = script.write();
                let steps = text.split("steps:\n").nth(1).unwrap();
                steps.lines().take(6).map(str::trim).collect::<Vec<_>>().join(" ")
            })
            .collect();
        let (start, one, two) =
            ("- start: [server, c1]", "- server: keep 1 - advance: 1s", "- server: keep 2");
        let expected = [
            format!("- crash: {{ server: before 1 }} {start} {one} - start: server {two}"),
            format!("- crash: {{ server: after 1 }} {start} {one} - start: server {two}"),
            format!("- crash: {{ server: before 2 }} {start} {one} {two} - start: server"),
            format!("- crash: {{ server: after 2 }} {start} {one} {two} - start: server"),
        ];
        assert_eq!(heads, expected);
        for script in scripts {
            let scenario = script.scenario("a.yaml", &Fakes).unwrap();
            assert_eq!(simulation::finding(&scenario), None);
            assert_eq!(simulation::run(&scenario).fired, 1);
        }
    }

    #[test]
    fn what_is_demanded_on_the_way_is_left_out() {
        let text = "chatsim: 1\nclients: [c1]\nxfail: later\nsteps:\n  - start: [server, c1]\n  \
                    - parallel: [[check: all], [never: { c1: x }, c1: reg]]\n  \
                    - repeat: { times: 2, steps: [snapshot: a] }\n";
        let expected = "chatsim: 1\nclients: [c1]\nlenient: true\nsteps:\n  \
                        - start: [server, c1]\n  - repeat: { times: 1, steps: [{ c1: reg }] }\n";
        assert_eq!(without_demands(&script(text)).write(), expected);
    }
}
