use std::iter;

use super::{changes, message, name};
use crate::client::effects::Effects;
use crate::client::inbox::{Arrived, Inbox};
use crate::protocol::limits::HELD_MESSAGES_MAX;
use crate::records::{Arrival, ClientKey, ClientRecord, Way};

fn arrival(number: u64) -> Arrival {
    Arrival::Message { way: Way::Live, message: message("c2", number) }
}

#[test]
fn a_slot_is_used_again_once_its_arrival_was_shown() {
    let (mut inbox, mut effects) = (Inbox::default(), Effects::default());
    let place = |arrived: &Arrived| (arrived.number, arrived.slot);
    let first = inbox.record(arrival(1), &mut effects);
    let second = inbox.record(arrival(2), &mut effects);
    assert_eq!([place(&first), place(&second)], [(1, 0), (2, 1)]);
    inbox.shown(first.slot);
    inbox.assert_invariants(iter::once(second.slot));
    let third = inbox.record(arrival(3), &mut effects);
    assert_eq!(place(&third), (3, 0));
}

#[test]
fn after_a_crash_what_was_not_shown_is_there_in_the_order_of_its_arrival() {
    let mut inbox = Inbox::default();
    inbox.restore_shown(4);
    for (slot, number) in [(0, 6), (1, 4), (3, 5)] {
        inbox.restore_arrival(Arrived { number, slot, arrival: arrival(number) });
    }
    inbox.assert_invariants(iter::empty());
    let unshown = inbox.take_unshown();
    let places: Vec<_> = unshown.iter().map(|arrived| (arrived.number, arrived.slot)).collect();
    assert_eq!(places, [(5, 3), (6, 0)]);
    let next = inbox.record(arrival(7), &mut Effects::default());
    assert_eq!((next.number, next.slot), (7, 1), "the slots of what was shown are free");
}

#[test]
fn held_messages_are_released_in_their_order_and_kept_no_longer() {
    let (mut inbox, mut effects) = (Inbox::default(), Effects::default());
    assert!(inbox.hold(message("c2", 1), &mut effects));
    assert!(inbox.hold(message("c3", 1), &mut effects));
    assert!(inbox.is_after_held(&message("c3", 2)));
    assert!(!inbox.is_after_held(&message("c4", 2)));
    changes(&mut effects);
    assert_eq!(inbox.release(&mut effects), Some(message("c2", 1)));
    assert_eq!(inbox.release(&mut effects), Some(message("c3", 1)));
    assert_eq!(inbox.release(&mut effects), None);
    assert_eq!(changes(&mut effects), [1, 2].map(|number| ClientKey::Held(number).remove()));
}

#[test]
fn holding_back_ends_at_the_bound() {
    let (mut inbox, mut effects) = (Inbox::default(), Effects::default());
    for number in 1..HELD_MESSAGES_MAX as u64 {
        assert!(inbox.hold(message("c2", number), &mut effects));
    }
    inbox.assert_invariants(iter::empty());
    assert!(!inbox.hold(message("c2", HELD_MESSAGES_MAX as u64), &mut effects));
}

#[test]
fn hidden_messages_are_counted_until_they_are_shown_again() {
    let (mut inbox, mut effects) = (Inbox::default(), Effects::default());
    assert!(!inbox.hides(&message("c2", 1)));
    inbox.mute(name("c2"), &mut effects);
    assert!(inbox.hides(&message("c2", 2)));
    assert!(inbox.hides(&message("c2", 3)));
    assert!(!inbox.hides(&message("c3", 1)));
    assert_eq!(inbox.unmute(name("c2"), &mut effects), Some(2));
    assert_eq!(inbox.unmute(name("c2"), &mut effects), None);
    let (put, removed) = (ClientRecord::Muted(name("c2")), ClientKey::Muted(name("c2")));
    assert_eq!(changes(&mut effects), [put.put(), removed.remove()]);
}

#[test]
#[should_panic(expected = "1 slots are taken for 0 arrivals")]
fn a_slot_that_is_never_freed_is_noticed() {
    let mut inbox = Inbox::default();
    inbox.record(arrival(1), &mut Effects::default());
    inbox.assert_invariants(iter::empty());
}

#[test]
#[should_panic(expected = "slot 0 is free and in use")]
fn a_slot_that_is_freed_too_early_is_noticed() {
    let mut inbox = Inbox::default();
    let arrived = inbox.record(arrival(1), &mut Effects::default());
    inbox.shown(arrived.slot);
    inbox.assert_invariants(iter::once(arrived.slot));
}
