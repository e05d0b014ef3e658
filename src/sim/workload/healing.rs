//! The end of every generated scenario: all faults are healed, every program runs, and the result
//! is checked.

use chatsim::fuzz::healing_begins;
use chatsim::scenario::Item;

/// The message that all clients send at the end.
const FAREWELL: &str = "farewell";

/// The message to a client that is away.
const MEANWHILE: &str = "meanwhile";

/// How a client goes away after everything is healed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Absence {
    /// It deregisters.
    Leaves,
    /// It vanishes.
    Vanishes,
    /// It deregisters after a late copy of an earlier deregistration has arrived.
    LeavesAgain,
    /// It deregisters after two restarts, with the registration of the first one being late.
    LeavesRestarted,
}

impl Absence {
    pub(super) const ALL: [Self; 4] =
        [Self::Leaves, Self::Vanishes, Self::LeavesAgain, Self::LeavesRestarted];
}

/// Returns the steps that heal everything, bring all clients back and check the result. At the end
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
    // Clients that gave up during the faults, or were taken for others, are back by now.
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

/// One client is away for a while: all others learn that, and a sender gets a receipt.
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
        // Without a message, the others do not notice.
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

/// Each client writes to the next one, which has to show the message.
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
