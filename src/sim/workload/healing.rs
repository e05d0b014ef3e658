//! The end of every generated scenario: all faults are healed, every program runs, and the result
//! is checked.

use super::bounds::Bounds;
use super::generator::Traces;
use chatsim::fuzz::{Dice, healing_begins};
use chatsim::scenario::Item;

/// The promises that hold once everything is healed and quiet.
const LOOK: [&str; 3] = ["all", "all_delivered", "server_knows"];

/// The message that all clients send at the end.
const FAREWELL: &str = "farewell";

/// The number of characters before a long message at the end.
const LONG_CHARS: usize = 600;

/// The message of the others while one client is away.
const GOODBYE: &str = "goodbye";

/// The message to a client that is away.
const MEANWHILE: &str = "meanwhile";

/// How many messages more than the server keeps are sent to a client that stays away.
const MORE: u64 = 2;

/// How long it takes until messages have expired whose age has a small bound.
const LONGER_THAN_KEPT: &str = "4h";

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
    /// It deregisters, and stays away with a full mailbox.
    StaysAway,
    /// It vanishes, and stays away with a full mailbox.
    StaysDown,
}

impl Absence {
    const FOR_A_WHILE: [Self; 4] =
        [Self::Leaves, Self::Vanishes, Self::LeavesAgain, Self::LeavesRestarted];
    const FOR_GOOD: [Self; 2] = [Self::StaysAway, Self::StaysDown];
}

/// How a generated scenario ends after everything is healed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct End {
    /// Whether only those clients register by hand that their users or the operator have taken
    /// offline. All others have to come back by themselves.
    is_without_help: bool,
    /// Whether one datagram of the first message at the end is lost.
    is_one_lost: bool,
    /// How one client goes away.
    absence: Absence,
}

impl End {
    /// Everybody registers by hand, and one client deregisters for a while.
    pub(super) const USUAL: Self =
        Self { is_without_help: false, is_one_lost: false, absence: Absence::Leaves };

    pub(super) fn drawn(dice: &mut Dice) -> Self {
        let stays_away = dice.one_in(8);
        let absence =
            dice.pick(if stays_away { &Absence::FOR_GOOD } else { &Absence::FOR_A_WHILE });
        Self { is_without_help: dice.one_in(2), is_one_lost: dice.one_in(4), absence }
    }
}

/// Returns the steps that heal everything, bring all clients back and check the result. At the end
/// one of them goes away.
pub(super) fn steps(people: &[String], end: End, traces: &Traces, bounds: &Bounds) -> Vec<Item> {
    let everybody = || {
        let server = std::iter::once("server".to_owned());
        Item::texts(server.chain(people.iter().cloned()))
    };
    let typed = |line: &str, by: &dyn Fn(&String) -> bool| -> Vec<Item> {
        let by = people.iter().filter(|name| by(name));
        by.map(|name| Item::step(name, Item::text(line))).collect()
    };
    let has_to_register = |name: &String| !end.is_without_help || traces.leavers.contains(name);
    let wait = |time: &str| Item::step("advance", Item::text(time));
    let mut steps = vec![
        healing_begins(),
        Item::text("heal"),
        Item::step("resume", everybody()),
        Item::step("start", everybody()),
        wait("30s"),
    ];
    if end.is_without_help {
        steps.push(Item::step("start", everybody()));
        steps.push(wait("1m"));
        steps.push(Item::step("check", Item::texts(["back_online", "stays_out", "tables_agree"])));
    }
    steps.extend(typed("reg", &has_to_register));
    steps.push(wait("2m"));
    // Clients that gave up during the faults, or were taken for others, are back by now.
    steps.push(Item::step("start", everybody()));
    steps.extend(typed("reg", &has_to_register));
    steps.extend(typed("leave_group", &|_| true));
    let unmute =
        |(by, whom): &(String, String)| Item::step(by, Item::Text(format!("unmute {whom}")));
    steps.extend(traces.muted.iter().map(unmute));
    steps.push(wait("3m"));
    steps.push(Item::step("check", Item::texts(LOOK)));
    if end.is_one_lost {
        steps.extend(one_is_lost(people));
    }
    steps.extend(farewells(people));
    if end.is_one_lost {
        steps.push(Item::text("heal"));
    }
    steps.extend(absent(people, end.absence, bounds));
    steps.push(Item::step("check", Item::texts(LOOK)));
    steps
}

/// One client is away for a while: all others learn that, and a sender gets a receipt.
fn absent(people: &[String], absence: Absence, bounds: &Bounds) -> Vec<Item> {
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
        Absence::StaysAway => return stays_away(people, leaves(), bounds),
        Absence::StaysDown => return stays_away(people, does("kill"), bounds),
        Absence::LeavesRestarted => {
            let restarted = vec![first_is_late("connect"), does("restart"), does("restart")];
            [restarted, vec![leaves(), heals(), looks(), writes, comes()]].concat()
        }
    };
    steps.push(seen(away, format!("/^{author}: .*{MEANWHILE}$/")));
    steps.push(seen(author, format!("/received by {away}$/")));
    steps
}

/// The last client goes away for good. The first one writes more to it than is stored, which must
/// not hold up what the others write to each other.
fn stays_away(people: &[String], goes: Item, bounds: &Bounds) -> Vec<Item> {
    let [others @ .., away] = people else {
        return Vec::new();
    };
    let [author, ..] = others else {
        return Vec::new();
    };
    let write = Item::step(author, Item::Text(format!("send {away} {MEANWHILE}")));
    let times = Item::Text((bounds.mail_max() + MORE).to_string());
    let writes = Item::map([("times", times), ("steps", Item::List(vec![write]))]);
    let mut steps = vec![goes, Item::step("repeat", writes)];
    // The last message waits for room, until it is taken back.
    let last = format!("cancel {}", bounds.mail_max() + MORE);
    let taken_back = format!("/^.Message {} to {away} was cancelled..$/", bounds.mail_max() + MORE);
    steps.push(Item::step(author, Item::texts(["pending".to_owned(), last])));
    let seen = Item::map([(author.clone(), Item::Text(taken_back))]);
    steps.push(Item::step("expect", seen));
    // If that made room, the others are sent again.
    steps.push(Item::step("advance", Item::text("2m")));
    if others.len() > 1 {
        steps.extend(messages(others, GOODBYE));
    }
    if bounds.has("mail_age") {
        let pattern = format!("/not received by {away}, who was offline for too long$/");
        steps.push(Item::step("advance", Item::text(LONGER_THAN_KEPT)));
        let seen = Item::map([(author.clone(), Item::Text(pattern))]);
        steps.push(Item::step("expect", seen));
    }
    steps
}

/// The first message of the first client to the next one is lost on its way.
fn one_is_lost(people: &[String]) -> Option<Item> {
    let [one, next, ..] = people else { return None };
    let link = Item::Text(format!("{one} -> {next}"));
    let parts = [("drop", link), ("packet", Item::text("send")), ("nth", Item::text("1"))];
    Some(Item::step("fault", Item::map(parts)))
}

/// Each client writes to the next one, which has to show the message.
fn farewells(people: &[String]) -> Vec<Item> {
    messages(people, FAREWELL)
}

fn messages(people: &[String], text: &str) -> Vec<Item> {
    let nexts = people.iter().skip(1).chain(people.first());
    let pairs: Vec<_> = people.iter().zip(nexts).collect();
    // Every other message is longer than what a stranger may be sent.
    let filling = |at: usize| if at % 2 == 1 { "~".repeat(LONG_CHARS) } else { String::new() };
    let writes = pairs.iter().enumerate().map(|(at, (one, next))| {
        Item::step(*one, Item::Text(format!("send {next} {}{text}", filling(at))))
    });
    let seen = pairs.iter().map(|(one, next)| {
        let pattern = format!("/^{one}: .*{text}$/");
        Item::step("expect", Item::map([((*next).clone(), Item::Text(pattern))]))
    });
    writes.chain(seen).collect()
}
