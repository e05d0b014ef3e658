//! The checkers of who sees what, and of who is online, find the breach that each is for.

use std::sync::Arc;

use super::testing::{Holding as _, client};
use super::tests::{
    checked, found, id, name, online, row, stage, states, to_c2, to_group, written,
};
use crate::protocol::{Address, ClientName, Fact, Holdings, Presence};
use crate::sim::server;
use chatsim::stage::{Change, Line, Recorded, Screen, ScreenEntry, Shown, TraceEvent};
use machine::Timestamp;

fn at_server(fact: Fact) -> TraceEvent {
    TraceEvent::Fact(server(), fact.encode())
}

pub(super) fn screen(entries: impl IntoIterator<Item = (bool, &'static str)>) -> Screen {
    let line = |text: &str| Arc::new(Line::new(">>> ".into(), text.to_owned()));
    let shown = entries.into_iter().map(|(is_typed, text)| {
        if is_typed { Shown::Typed(line(text)) } else { Shown::Line(line(text)) }
    });
    shown.map(|shown| ScreenEntry { at: Timestamp::default(), shown }).collect()
}

/// Checks `on_screen` after c1 has typed two lines, of which c2 states that it shows the first
/// messages to `audience`, with these entries on its screen.
fn looked(
    events: Vec<TraceEvent>,
    entries: impl IntoIterator<Item = (bool, &'static str)>,
) -> String {
    let typed = ["send c2  one ", "send c2 two", "send_all all", "send c1 note"];
    let stage = stage(events)
        .with_screen(client("c1"), screen(typed.map(|line| (true, line))))
        .with_screen(client("c2"), screen(entries));
    checked("on_screen", &stage)
}

fn shows(numbers: &[u64]) -> Vec<TraceEvent> {
    let written = [written(1, to_c2()), written(2, to_c2()), written(3, to_group())];
    let shown = numbers.iter().map(|number| states("c2", Fact::Shown(id(*number))));
    written.into_iter().chain(shown).collect()
}

#[test]
fn a_message_is_on_the_screen_as_it_was_typed() {
    let one = (false, "c1:  one ");
    let two = (false, "c1: two");
    assert_eq!(looked(shows(&[1, 2]), [one, two]), "");
    assert_eq!(looked(shows(&[2]), [two]), "", "the first one was refused");
    assert_eq!(looked(shows(&[1]), [(false, "14:40:07 c1:  one ")]), "");
    assert_eq!(looked(shows(&[1]), [(false, "[Welcome back!]"), one]), "");
    assert_eq!(
        looked(shows(&[1]), [(false, "c1: one ")]),
        "`c2` stated that it shows message c1/1, but its screen has `c1: one `"
    );
    assert_eq!(
        looked(shows(&[1, 2]), [one]),
        "`c2` stated that it shows message c1/2, but its screen does not"
    );
    assert_eq!(
        looked(shows(&[1]), [one, one]),
        "the screen of `c2` has `c1:  one `, which nobody wrote to it"
    );
}

#[test]
fn a_stored_message_is_on_the_screen_with_its_time() {
    let kept = |line| looked(shows(&[1]), [(false, "[You have offline messages:]"), (false, line)]);
    assert_eq!(kept("c1: 1970-01-01 00:00:00  one "), "");
    assert_eq!(
        kept("c1: 1970-01-01 00:00:01  one "),
        "`c2` stated that it shows message c1/1, but its screen has \
         `c1: 1970-01-01 00:00:01  one `"
    );
}

#[test]
fn a_message_to_a_group_is_on_the_screen_as_one() {
    let all = |line| looked(shows(&[3]), [(false, line)]);
    assert_eq!(all("[Group Message c1: all]"), "");
    let stored = [
        (false, "[You have offline messages:]"),
        (false, "Group Chat c1: 1970-01-01 00:00:00 all"),
    ];
    assert_eq!(looked(shows(&[3]), stored), "");
    let direct = "`c2` stated that it shows message c1/3, but its screen has `c1: all`";
    assert_eq!(all("c1: all"), direct);
}

#[test]
fn each_line_of_a_text_is_on_the_screen() {
    let both = |second| {
        let c1 = screen([(true, "send c2 one\u{2028}two")]);
        let c2 = screen([(false, "c1: one"), (false, second)]);
        let events = [written(1, to_c2()), states("c2", Fact::Shown(id(1)))];
        let stage = stage(events).with_screen(client("c1"), c1).with_screen(client("c2"), c2);
        checked("on_screen", &stage)
    };
    assert_eq!(both("c1: two"), "");
    assert_eq!(both("two"), "the screen of `c2` has `two`, which nobody wrote to it");
}

#[test]
fn a_message_to_oneself_is_on_the_own_screen() {
    let alone = |line| {
        let entries = [(true, "send c1 note"), (false, line)];
        checked("on_screen", &stage([]).with_screen(client("c1"), screen(entries)))
    };
    assert_eq!(alone("c1: note"), "");
    assert_eq!(alone("c1: not"), "the screen of `c1` has `c1: not`, which nobody wrote to it");
}

#[test]
fn a_muted_client_is_not_on_the_screen() {
    let mute = [(true, "mute c1"), (false, "[c1 is muted.]")];
    let unmute = [(true, "unmute c1"), (false, "[c1 is no longer muted.]")];
    let (one, two) = ((false, "c1:  one "), (false, "c1: two"));
    let with = |numbers: &[u64], entries: Vec<_>| looked(shows(numbers), entries);
    assert_eq!(with(&[1], mute.into()), "");
    assert_eq!(with(&[1, 2], [&mute[..], &unmute, &[two]].concat()), "");
    assert_eq!(with(&[1], [&mute[..1], &[one]].concat()), "", "it was not answered yet");
    assert_eq!(
        with(&[1], [&mute[..], &[one]].concat()),
        "`c2` stated that it shows message c1/1, but its screen has `c1:  one `"
    );
    assert_eq!(
        with(&[1, 2], [&[one][..], &mute, &unmute, &[one]].concat()),
        "the screen of `c2` has `c1:  one `, which nobody wrote to it"
    );
}

#[test]
fn a_message_to_a_person_is_for_that_person() {
    let shown = |by| found("addressed", [written(1, to_c2()), states(by, Fact::Shown(id(1)))]);
    assert_eq!(shown("c2"), "");
    assert_eq!(shown("c1"), "a screen shows message c1/1 for `c1`, but it is for c2");
    let kept = at_server(Fact::Kept { id: id(1), to: name("c1") });
    let wrong = "`server` stores message c1/1 for `c1`, but it is for c2";
    assert_eq!(found("addressed", [written(1, to_c2()), kept]), wrong);
}

#[test]
fn a_message_to_a_group_is_for_its_members() {
    let group = |name: &str| name.parse().unwrap();
    let to = |to: ClientName| at_server(Fact::Addressed { id: id(1), to });
    let with = |before: Vec<Fact>| {
        let before = before.into_iter().map(|fact| states("c2", fact));
        let then = [written(1, to_group()), to(name("c2")), states("c2", Fact::Shown(id(1)))];
        found("addressed", before.chain(then))
    };
    let stray = "`server` delivers message c1/1 for `c2`, but it is for group g";
    let (joins, is_in) = (Fact::Joins(group("g")), Fact::Member(group("g")));
    assert_eq!(with(vec![joins]), "");
    assert_eq!(with(vec![joins, is_in]), "");
    let asks_again = Fact::Joins(group("h"));
    assert_eq!(with(vec![joins, asks_again]), "", "the first request may be handled");
    assert_eq!(with(vec![joins, asks_again, Fact::Member(group("h"))]), stray);
    assert_eq!(with(vec![joins, is_in, Fact::Leaves]), "", "it may not have left yet");
    assert_eq!(with(vec![]), stray);
    assert_eq!(with(vec![joins, is_in, Fact::Leaves, Fact::Left]), stray);
    assert_eq!(with(vec![joins, is_in, Fact::Joins(group("h")), Fact::Member(group("h"))]), stray);
    let events = [states("c1", is_in), written(1, to_group()), to(name("c1"))];
    assert_eq!(
        found("addressed", events),
        "`server` delivers message c1/1 for `c1`, but it is for group g"
    );
    let unstated = [written(1, to_group()), states("c2", Fact::Shown(id(1)))];
    let shown = "a screen shows message c1/1 for `c2`, but it is for group g";
    assert_eq!(found("addressed", unstated.clone()), shown);
    assert_eq!(found("addressed", [states("c2", is_in)].into_iter().chain(unstated)), "");
}

fn with_row(events: Vec<TraceEvent>, presence: Presence) -> Recorded {
    let table = vec![row("c2", presence)];
    let at_server = Holdings { table, ..Holdings::default() };
    Recorded::default()
        .with_events(events)
        .holding(server(), at_server)
        .holding(client("c2"), online())
}

#[test]
fn who_did_not_leave_comes_back() {
    let checked = |events, presence| checked("back_online", &with_row(events, presence));
    let (comes, leaves) = (|| states("c2", Fact::Online), || states("c2", Fact::Offline));
    let missing =
        "`c2` did not come back online, the server knows `c2 offline, last at 127.0.0.1:9`";
    assert_eq!(checked(vec![], Presence::Online), "");
    assert_eq!(checked(vec![comes()], Presence::Offline), missing);
    assert_eq!(checked(vec![comes(), leaves()], Presence::Offline), "");
    let started = TraceEvent::Program(client("c2"), Change::Started);
    assert_eq!(checked(vec![leaves(), started], Presence::Offline), missing);
}

#[test]
fn who_was_kicked_stays_out() {
    let checked = |events| checked("stays_out", &with_row(events, Presence::Online));
    let kicked = || at_server(Fact::Kicked(name("c2")));
    let returns = || states("c2", Fact::Returns);
    let came = || [returns(), states("c2", Fact::Online)];
    let back = "`c2` was kicked and has not asked to return, the server knows \
                `c2 online at 127.0.0.1:9`";
    assert_eq!(checked(came().into()), "");
    assert_eq!(checked([&came()[..], &[kicked()]].concat()), back);
    assert_eq!(checked([&came()[..], &[kicked(), states("c2", Fact::Online)]].concat()), back);
    assert_eq!(checked([&came()[..], &[kicked(), returns()]].concat()), "");
    assert_eq!(checked(vec![returns(), kicked()]), "", "it may have been kicked before it asked");
}

#[test]
fn the_server_knows_where_everybody_is() {
    let stage = || with_row(Vec::new(), Presence::Online);
    let there = |port| Address::new(([127, 0, 0, 1], port).into());
    let at = |port| checked("server_knows", &stage().with_address(client("c2"), there(port)));
    assert_eq!(checked("server_knows", &stage()), "");
    assert_eq!(at(9), "");
    assert_eq!(at(10), "`c2` is at `127.0.0.1:10`, the server knows `c2 online at 127.0.0.1:9`");
    let members = vec![(name("c2"), "g".parse().unwrap())];
    let in_group = stage().holding(client("c2"), Holdings { members, ..online() });
    assert_eq!(
        checked("server_knows", &in_group),
        "`c2` believes that it is in group `g`, the server knows that it is in no group"
    );
}
