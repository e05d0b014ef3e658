//! The checker of histories finds what differs from what the user was notified of.

use std::sync::Arc;

use super::testing::client;
use super::tests::{checked, id, name, stage, states, to_c2, to_group, written};
use crate::protocol::{Audience, Fact, MessageId, Text, Timestamp};
use crate::records::{ClientRecord, Entry, State};
use chatsim::stage::{Line, ScreenEntry, Shown, TraceEvent};
use machine::Records;

fn own(number: u64, with: Audience, state: State) -> ClientRecord {
    let text = Text { number, at: Timestamp::default(), body: format!("m{number}") };
    ClientRecord::Said(Entry { number, with, from: name("c1"), text, state })
}

fn records(records: impl IntoIterator<Item = ClientRecord>) -> Records {
    let mut stored = Records::default();
    stored.apply(records.into_iter().map(|record| record.put()).collect());
    stored
}

/// Checks the history of c1 after it has written a message and stated this about it.
fn after(facts: impl IntoIterator<Item = Fact>, entry: Option<ClientRecord>) -> String {
    let facts = facts.into_iter().map(|fact| states("c1", fact));
    let stage = stage([written(1, to_c2())].into_iter().chain(facts));
    checked("history_right", &stage.with_stored(client("c1"), records(entry)))
}

#[test]
fn the_history_says_what_the_author_was_notified_of() {
    let by = name("c2");
    let (saved, receipt) = (Fact::Saved { id: id(1), to: by }, Fact::Receipted { id: id(1), by });
    let with = |state| Some(own(1, to_c2(), state));
    assert_eq!(after([], None), "");
    assert_eq!(after([saved], with(State::Saved)), "");
    assert_eq!(after([saved, receipt], with(State::Delivered)), "");
    assert_eq!(after([receipt, saved], with(State::Delivered)), "", "the answer came late");
    assert_eq!(after([Fact::Refused(id(1))], with(State::Cancelled)), "");
    assert_eq!(after([Fact::Refused(id(1))], with(State::Refused)), "");
    assert_eq!(
        after([saved, receipt], with(State::Saved)),
        "the history of `c1` has message c1/1 as Saved, but its author was notified otherwise: \
         Receipted"
    );
    assert_ne!(after([Fact::Confirmed { id: id(1), by }], None), "", "it is missing");
    assert_ne!(after([], with(State::Delivered)), "", "the receiver does not have it");
    let other = Some(own(1, to_group(), State::Saved));
    assert_eq!(
        after([saved], other),
        "the history of `c1` has message c1/1 in another conversation"
    );
}

#[test]
fn a_receipt_of_a_member_says_nothing_of_a_group_message() {
    let with = |state| {
        let facts = [Fact::Accepted(id(1)), Fact::Receipted { id: id(1), by: name("c2") }];
        let facts = facts.into_iter().map(|fact| states("c1", fact));
        let stage = stage([written(1, to_group())].into_iter().chain(facts));
        let stored = records([own(1, to_group(), state)]);
        checked("history_right", &stage.with_stored(client("c1"), stored))
    };
    assert_eq!(with(State::Taken), "");
    assert_ne!(with(State::Delivered), "");
}

#[test]
fn what_has_arrived_is_in_the_order_in_which_it_was_shown() {
    let arrived = |number, place| {
        let MessageId { from, number } = id(number);
        let text = Text { number, at: Timestamp::default(), body: format!("m{number}") };
        let (with, state) = (Audience::Person(from), State::Arrived);
        ClientRecord::Said(Entry { number: place, with, from, text, state })
    };
    let with = |entries: Vec<ClientRecord>| {
        let events = [1, 2].map(|number| states("c2", Fact::Shown(id(number))));
        let stage = stage(events).with_stored(client("c2"), records(entries));
        checked("history_right", &stage)
    };
    assert_eq!(with(vec![arrived(1, 5), arrived(2, 6)]), "");
    let wrong = "the history of `c2` has message c1/2 before message c1/1";
    assert_eq!(with(vec![arrived(1, 6), arrived(2, 5)]), wrong);
    assert_eq!(with(vec![arrived(1, 5)]), "the history of `c2` has message c1/2 not at all");
}

#[test]
fn pending_messages_are_listed_in_the_order_in_which_they_were_written() {
    let line = |n: u64, number: u64| {
        let text = format!("[{n}. 1970-01-01 00:00:00 to c2, waiting: m{number}]");
        let shown = Shown::Line(Arc::new(Line::new(">>> ".into(), text)));
        ScreenEntry { at: Timestamp::default(), shown }
    };
    let with = |lines: Vec<ScreenEntry>| {
        let waiting = |number| {
            let text = Text { number, at: Timestamp::default(), body: format!("m{number}") };
            ClientRecord::Outgoing { to: to_c2(), text }
        };
        let stage = stage(Vec::<TraceEvent>::new())
            .with_stored(client("c1"), records([1, 2].map(waiting)))
            .with_screen(client("c1"), lines.into_iter().collect());
        checked("history_right", &stage)
    };
    assert_eq!(with(vec![line(1, 1), line(2, 2), line(1, 1)]), "");
    assert_eq!(
        with(vec![line(1, 2), line(2, 1)]),
        "the history of `c1` has message c1/1 after a later one that is pending"
    );
}

#[test]
fn the_message_that_was_listed_is_the_one_that_is_cancelled() {
    let line = |text: &str| {
        let shown = Shown::Line(Arc::new(Line::new(">>> ".into(), text.to_owned())));
        ScreenEntry { at: Timestamp::default(), shown }
    };
    let with = |cancelled: u64, of_list: usize| {
        let lines = [
            "[1. 1970-01-01 00:00:00 to c2, waiting: m1]".to_owned(),
            "[2. 1970-01-01 00:00:00 to c2, saved by the server: m2]".to_owned(),
            format!("[Message {of_list} to c2 was cancelled.]"),
        ];
        let own = [1, 2].map(|number| {
            let state = if number == cancelled { State::Cancelled } else { State::Saved };
            own(number, to_c2(), state)
        });
        let stage = stage(Vec::<TraceEvent>::new())
            .with_stored(client("c1"), records(own))
            .with_screen(client("c1"), lines.iter().map(|text| line(text)).collect());
        checked("history_right", &stage)
    };
    assert_eq!(with(2, 2), "");
    let reason = "the history of `c1` has message c1/1 as Saved, but its author was notified that it \
                  is cancelled";
    assert_eq!(with(2, 1), reason);
}
