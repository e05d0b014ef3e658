//! The checker of screens finds what is not told of a message, and what is told without a reason.

use super::testing::client;
use super::tests::{checked, id, name, stage, states, to_c2, to_group, written};
use super::tests_of_audience::screen;
use crate::protocol::Fact;
use chatsim::stage::{Change, Recorded, ScreenEntry, Shown, TraceEvent};
use machine::Timestamp;

/// Checks the screen of c1 after it has written a message to c2 and one to a group, and has stated
/// this.
fn told(facts: &[Fact], entries: &[(bool, &'static str)]) -> String {
    checked("on_screen", &run(facts).with_screen(client("c1"), screen(entries.iter().copied())))
}

fn run(facts: &[Fact]) -> Recorded {
    let facts = facts.iter().map(|fact| states("c1", *fact));
    stage([written(1, to_c2()), written(2, to_group())].into_iter().chain(facts))
}

const SAVED: (bool, &str) =
    (false, "[Offline message sent at 1970-01-01 00:00:00 received by the server and saved.]");
const RECEIVED: (bool, &str) = (false, "[Message received by c2.]");
const RECEIPT: (bool, &str) = (false, "Offline Message sent at 1970-01-01 00:00:00 received by c2");
const CANCEL: (bool, &str) = (true, "cancel 1");

#[test]
fn what_a_program_states_of_a_message_is_on_its_screen() {
    let (by, to) = (name("c2"), name("c2"));
    let late = "Offline Message sent at 1970-01-01 00:00:00 not received by c2, \
                who was offline for too long";
    for (fact, line) in [
        (Fact::Confirmed { id: id(1), by }, RECEIVED.1),
        (Fact::FellBack { id: id(1), to }, "[No ACK from c2, message sent to server.]"),
        (Fact::Saved { id: id(1), to }, SAVED.1),
        (Fact::Accepted(id(2)), "[Group message received by server.]"),
        (Fact::Receipted { id: id(1), by }, RECEIPT.1),
        (Fact::Expired { id: id(1), by }, late),
    ] {
        assert_eq!(told(&[fact], &[(false, line)]), "");
        let missing = format!("`c1` stated that it {fact}, but its screen does not");
        assert_eq!(told(&[fact], &[(false, "[Welcome back!]")]), missing);
        let twice = told(&[fact], &[(false, line), (false, line)]);
        assert!(twice.ends_with(", which its program did not state"), "{twice}");
    }
}

#[test]
fn a_notice_has_the_right_person_and_time_and_its_place() {
    let (saved, receipt) =
        (Fact::Saved { id: id(1), to: name("c2") }, Fact::Receipted { id: id(1), by: name("c2") });
    assert_eq!(told(&[saved, receipt], &[SAVED, RECEIPT]), "");
    let instead = told(&[saved, receipt], &[RECEIPT, SAVED]);
    assert!(instead.starts_with("`c1` stated that it learns that the server keeps"), "{instead}");
    let later = "[Offline message sent at 1970-01-01 00:00:01 received by the server and saved.]";
    assert_ne!(told(&[saved], &[(false, later)]), "");
    let by = Fact::Confirmed { id: id(1), by: name("c2") };
    assert_ne!(told(&[by], &[(false, "[Message received by c3.]")]), "");
}

#[test]
fn what_is_not_delivered_is_told_in_one_of_its_ways() {
    let to_person = [Fact::Refused(id(1))];
    let to_group = [Fact::Refused(id(2))];
    let receipt = (false, "Offline Message sent at 1970-01-01 00:00:00 to c2 was cancelled");
    assert_eq!(told(&to_person, &[(false, "[User does not exist.]")]), "");
    assert_eq!(told(&to_person, &[receipt]), "");
    let cancelled = (false, "[Message 1 to c2 was cancelled.]");
    assert_eq!(told(&to_person, &[CANCEL, cancelled]), "");
    assert_ne!(told(&to_person, &[cancelled]), "", "nobody has asked for it");
    assert_ne!(told(&[], &[CANCEL, cancelled]), "", "it is not cancelled");
    assert_eq!(told(&to_person, &[CANCEL]), "", "the answer is to come");
    assert_ne!(told(&to_person, &[(false, "[Welcome back!]")]), "");
    assert_eq!(told(&to_group, &[(false, "[You are not in a group.]")]), "");
    let lost = (false, "[You are no longer in group g: a message to it was not sent.]");
    assert_eq!(told(&to_group, &[(false, "[You are not in a group.]"), lost]), "");
    assert_ne!(told(&to_group, &[(false, "[User does not exist.]")]), "");
    assert_ne!(told(&[], &[lost]), "");
}

#[test]
fn a_receipt_is_not_shown_while_its_message_is_being_taken_back() {
    let receipt = [Fact::Receipted { id: id(1), by: name("c2") }];
    let late = (false, "[Message 1 is no longer pending.]");
    assert_eq!(told(&receipt, &[CANCEL, late]), "");
    assert_eq!(told(&receipt, &[CANCEL, (false, "[Server not responding.]")]), "");
    assert_eq!(told(&receipt, &[CANCEL, RECEIPT, late]), "");
    assert_ne!(told(&receipt, &[late]), "");
}

#[test]
fn a_message_to_oneself_is_received_once() {
    let (note, received) = ((true, "send c1 note"), (false, "[Message received by c1.]"));
    assert_eq!(told(&[], &[note, (false, "c1: note"), received]), "");
    assert_ne!(told(&[], &[note, (false, "c1: note"), received, received]), "");
}

#[test]
fn a_program_that_ends_has_shown_what_it_stated() {
    let facts = [Fact::Confirmed { id: id(1), by: name("c2") }, Fact::Refused(id(2))];
    let with = |entries: &[(bool, &'static str)]| {
        let mut screen = screen(entries.iter().copied());
        screen.push(ScreenEntry { at: Timestamp::default(), shown: Shown::Killed });
        let killed = [TraceEvent::Program(client("c1"), Change::Killed)];
        let run = run(&facts).with_events(killed);
        checked("on_screen", &run.with_screen(client("c1"), screen))
    };
    assert_eq!(with(&[RECEIVED, CANCEL]), "", "what was taken back need not be stored");
    assert_ne!(with(&[CANCEL]), "");
}

#[test]
fn a_heading_is_above_stored_messages() {
    const HEADING: (bool, &str) = (false, "[You have offline messages:]");
    const ONE: (bool, &str) = (false, "c1: 1970-01-01 00:00:00 one");
    const TWO: (bool, &str) = (false, "c1: 1970-01-01 00:00:00 two");
    let with = |again: &[TraceEvent], entries: &[(bool, &'static str)]| {
        let shown = |number| states("c2", Fact::Shown(id(number)));
        let events = [written(1, to_c2()), written(2, to_c2()), shown(1)];
        let events = events.into_iter().chain(again.iter().cloned()).chain([shown(2)]);
        let typed = screen([(true, "send c2 one"), (true, "send c2 two")]);
        let stage = stage(events)
            .with_screen(client("c1"), typed)
            .with_screen(client("c2"), screen(entries.iter().copied()));
        checked("on_screen", &stage)
    };
    assert_eq!(with(&[], &[HEADING, ONE, TWO]), "");
    assert_eq!(with(&[], &[(false, "c1: one"), HEADING, TWO]), "");
    let missing = "the screen of `c2` has `c1: 1970-01-01 00:00:00 one` without a heading above \
                   the stored messages";
    assert_eq!(with(&[], &[ONE, TWO]), missing);
    let returns = [states("c2", Fact::Online)];
    assert_eq!(with(&returns, &[HEADING, ONE, HEADING, TWO]), "");
    assert_ne!(with(&returns, &[HEADING, ONE, TWO]), "");
    let bare =
        "the screen of `c2` has `[You have offline messages:]` and no stored message below it";
    assert_eq!(with(&[], &[HEADING, ONE, TWO, HEADING]), bare);
    assert_eq!(with(&[], &[HEADING, (false, "c1: one"), TWO]), bare);
}
