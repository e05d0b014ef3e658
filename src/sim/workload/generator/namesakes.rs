//! A second program with the name of a client.

use super::{Generator, hurried};
use chatsim::fuzz::Dice;
use chatsim::scenario::Item;

/// The actor that has the name of the first client.
pub(in crate::sim::workload) const NAMESAKE: &str = "namesake";

/// Returns whether a scenario has two programs with one name.
pub(in crate::sim::workload) fn are_drawn(dice: &mut Dice) -> bool {
    dice.one_in(16)
}

/// Returns the entry that declares the namesake of the first client.
pub(in crate::sim::workload) fn declared(people: &[String]) -> Option<(String, Item)> {
    let login = people.first().map(|first| Item::map([("login", Item::text(first))]));
    login.map(|login| (NAMESAKE.to_owned(), login))
}

impl Generator<'_> {
    /// The second program comes, goes or writes; sometimes while the first one is away.
    pub(super) fn namesake(&mut self) -> Vec<Item> {
        let does = |verb: &str, who: &str| Item::step(verb, Item::text(who));
        let first = self.people[0].clone();
        let text = self.text();
        let to = self.other(&first);
        let writes = Item::step(NAMESAKE, Item::Text(format!("send {to} {text}")));
        match self.dice.below(6) {
            0 | 1 => vec![does("start", NAMESAKE), writes],
            2 => vec![does("kill", NAMESAKE)],
            3 => vec![does("start", &first), writes],
            // The other program asks for the name while the first one fetches what was kept for it.
            4 => {
                let types = |who: &str, line: String| Item::step(who, Item::Text(line));
                let millis = self.dice.between(1, 4);
                self.traces.leavers.insert(first.clone());
                let text = self.text();
                vec![
                    types(&first, format!("dereg {first}")),
                    types(&to, format!("send {first} {text}")),
                    hurried(types(&first, "reg".to_owned())),
                    hurried(types("advance", format!("{millis}ms"))),
                    does("start", NAMESAKE),
                ]
            }
            _ => vec![does("kill", &first), does("start", NAMESAKE), writes, does("start", &first)],
        }
    }
}
