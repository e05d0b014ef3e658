//! How every storm ends: all is healed, everybody is there, and nothing may be left.

use crate::scenario::{Item, Script};

/// Stands before the steps that heal.
const NOTE: &str = "the storm is over";

/// What everybody says at the end.
const FAREWELL: &str = "farewell";

/// What is said to somebody who is away.
const MEANWHILE: &str = "meanwhile";

/// Writes the steps that heal everything, bring everybody back and look at the result. At the end
/// one of them goes away, or vanishes without a word.
pub(super) fn steps(people: &[String], vanishes: bool) -> Vec<Item> {
    let everybody = || {
        let server = std::iter::once("server".to_owned());
        Item::texts(server.chain(people.iter().cloned()))
    };
    let typed = |line: &dyn Fn(&str) -> String| -> Vec<Item> {
        people.iter().map(|name| Item::step(name, Item::Text(line(name)))).collect()
    };
    let wait = |time: &str| Item::step("advance", Item::text(time));
    let mut steps = vec![
        Item::step("note", Item::text(NOTE)),
        Item::text("heal"),
        Item::step("resume", everybody()),
        Item::step("start", everybody()),
        wait("30s"),
    ];
    steps.extend(typed(&|_| "reg".to_owned()));
    steps.push(wait("2m"));
    // Who gave up while it was stormy, or was taken for somebody else, is back by now.
    steps.push(Item::step("start", everybody()));
    steps.extend(typed(&|_| "reg".to_owned()));
    steps.extend(typed(&|_| "leave_group".to_owned()));
    steps.push(wait("3m"));
    steps.push(Item::step("check", Item::texts(["all", "all_delivered"])));
    steps.extend(farewells(people));
    steps.extend(absence(people, vanishes));
    steps.push(Item::step("check", Item::texts(["all", "all_delivered"])));
    steps
}

/// One is away for a while: all others learn that, and who writes meanwhile gets a receipt.
fn absence(people: &[String], vanishes: bool) -> Vec<Item> {
    let [author, .., away] = people else {
        return Vec::new();
    };
    let seen = |name: &String, pattern: String| {
        Item::step("expect", Item::map([(name.clone(), Item::Text(pattern))]))
    };
    let writes = Item::step(author, Item::Text(format!("send {away} {MEANWHILE}")));
    let looks = Item::step("check", Item::texts(["tables_agree", "peers_talk"]));
    let mut steps = if vanishes {
        // Nobody knows before somebody writes.
        let (kill, start) = (Item::text(away), Item::text(away));
        vec![Item::step("kill", kill), writes, looks, Item::step("start", start)]
    } else {
        let goes = Item::step(away, Item::text(format!("dereg {away}")));
        vec![goes, looks, writes, Item::step(away, Item::text("reg"))]
    };
    steps.push(seen(away, format!("/^{author}: .*{MEANWHILE}$/")));
    steps.push(seen(author, format!("/received by {away}$/")));
    steps
}

/// Takes the steps that heal from a generated scenario; none from another.
pub(super) fn split_off(script: &mut Script) -> Vec<Item> {
    let begin = script.steps.iter().position(is_beginning);
    begin.map(|begin| script.steps.split_off(begin)).unwrap_or_default()
}

/// Tells whether the steps that heal begin with this one.
pub(super) fn is_beginning(step: &Item) -> bool {
    *step == Item::step("note", Item::text(NOTE))
}

/// Everybody writes to the next one, who has to see it.
fn farewells(people: &[String]) -> Vec<Item> {
    let nexts = people.iter().skip(1).chain(people.first());
    let pairs: Vec<_> = people.iter().zip(nexts).collect();
    let writes = pairs
        .iter()
        .map(|(one, next)| Item::step(*one, Item::text(format!("send {next} {FAREWELL}"))));
    let seen = pairs.iter().map(|(one, next)| {
        let pattern = format!("/^{one}: .*{FAREWELL}$/");
        Item::step("expect", Item::map([((*next).clone(), Item::Text(pattern))]))
    });
    writes.chain(seen).collect()
}
