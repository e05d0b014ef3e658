//! How every generated scenario ends: all faults are healed, every program runs, and the result is checked.

use chatsim::fuzz::healing_begins;
use chatsim::scenario::Item;

/// What everybody says at the end.
const FAREWELL: &str = "farewell";

/// What is said to somebody who is away.
const MEANWHILE: &str = "meanwhile";

/// How somebody goes away when all is healed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Absence {
    /// With a word.
    Leaves,
    /// Without one.
    Vanishes,
    /// After a good-bye of an earlier time, a copy of which was late.
    LeavesAgain,
    /// After two restarts, and the hello of the first was late.
    LeavesRestarted,
}

impl Absence {
    pub(super) const ALL: [Self; 4] =
        [Self::Leaves, Self::Vanishes, Self::LeavesAgain, Self::LeavesRestarted];
}

/// Writes the steps that heal everything, bring everybody back and look at the result. At the end
/// one of them goes away.
pub(super) fn steps(people: &[String], absence: Absence) -> Vec<Item> {
    let everybody = || {
        let server = std::iter::once("server".to_owned());
        Item::texts(server.chain(people.iter().cloned()))
    };
    let typed = |line: &dyn Fn(&str) -> String| -> Vec<Item> {
        people.iter().map(|name| Item::step(name, Item::Text(line(name)))).collect()
    };
    let wait = |time: &str| Item::step("advance", Item::text(time));
    let mut steps = vec![
        healing_begins(),
        Item::text("heal"),
        Item::step("resume", everybody()),
        Item::step("start", everybody()),
        wait("30s"),
    ];
    steps.extend(typed(&|_| "reg".to_owned()));
    steps.push(wait("2m"));
    // Clients that gave up during the faults, or were taken for somebody else, are back by now.
    steps.push(Item::step("start", everybody()));
    steps.extend(typed(&|_| "reg".to_owned()));
    steps.extend(typed(&|_| "leave_group".to_owned()));
    steps.push(wait("3m"));
    steps.push(Item::step("check", Item::texts(["all", "all_delivered"])));
    steps.extend(farewells(people));
    steps.extend(absent(people, absence));
    steps.push(Item::step("check", Item::texts(["all", "all_delivered"])));
    steps
}

/// One is away for a while: all others learn that, and who writes meanwhile gets a receipt.
fn absent(people: &[String], absence: Absence) -> Vec<Item> {
    let [author, .., away] = people else {
        return Vec::new();
    };
    let seen = |name: &String, pattern: String| {
        Item::step("expect", Item::map([(name.clone(), Item::Text(pattern))]))
    };
    let does = |verb: &str| Item::step(verb, Item::text(away));
    let comes = || Item::step(away, Item::text("reg"));
    let leaves = || Item::step(away, Item::Text(format!("dereg {away}")));
    let looks = || Item::step("check", Item::texts(["tables_agree", "peers_talk"]));
    let first_is_late = |packet: &str| {
        let link = Item::Text(format!("{away} -> server"));
        let parts = [("hold", link), ("packet", Item::text(packet)), ("nth", Item::text("1"))];
        Item::step("fault", Item::map(parts))
    };
    let heals = || Item::text("heal");
    let writes = Item::step(author, Item::Text(format!("send {away} {MEANWHILE}")));
    let mut steps = match absence {
        Absence::Leaves => vec![leaves(), looks(), writes, comes()],
        // Nobody knows before somebody writes.
        Absence::Vanishes => vec![does("kill"), writes, looks(), does("start")],
        Absence::LeavesAgain => {
            let back = vec![first_is_late("dereg"), leaves(), comes(), heals(), looks()];
            [back, vec![leaves(), writes, comes()]].concat()
        }
        Absence::LeavesRestarted => {
            let restarted = vec![first_is_late("connect"), does("restart"), does("restart")];
            [restarted, vec![leaves(), heals(), looks(), writes, comes()]].concat()
        }
    };
    steps.push(seen(away, format!("/^{author}: .*{MEANWHILE}$/")));
    steps.push(seen(author, format!("/received by {away}$/")));
    steps
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
