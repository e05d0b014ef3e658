use super::{at, changes, name, text};
use crate::client::effects::Effects;
use crate::client::outbox::{Attempt, Cancel, Outbox};
use crate::delivery::{Endpoint, Event};
use crate::protocol::limits::PEER_PATIENCE;
use crate::protocol::{Address, Audience, Fate, Receipt};
use crate::records::{ClientKey, ClientRecord, State};

fn c2() -> Audience {
    Audience::Person(name("c2"))
}

fn address() -> Address {
    Address::new("10.0.0.2:5000".parse().unwrap())
}

fn outbox(numbers: &[u64]) -> (Outbox, Effects) {
    let (mut outbox, mut effects) = (Outbox::default(), Effects::default());
    for number in numbers {
        outbox.push(c2(), text(*number), &mut effects);
    }
    changes(&mut effects);
    (outbox, effects)
}

#[test]
fn what_nobody_can_have_is_taken_back_and_the_rest_stays_in_order() {
    let (mut outbox, mut effects) = outbox(&[1, 2, 3]);
    assert_eq!(outbox.try_next(c2()), Some(&text(1)));
    assert_eq!(outbox.list().len(), 3);
    assert!(matches!(outbox.cancel(1, &mut effects), Cancel::UnderWay));
    let Cancel::Done(settled) = outbox.cancel(2, &mut effects) else {
        panic!("no receiver can have the second message");
    };
    assert_eq!((settled.to, settled.text, settled.state), (c2(), text(2), State::Cancelled));
    assert_eq!(changes(&mut effects), [ClientKey::Outgoing(2).remove()]);
    assert!(matches!(outbox.cancel(2, &mut effects), Cancel::TooLate));
    assert!(matches!(outbox.cancel(4, &mut effects), Cancel::NotListed));
    assert!(matches!(outbox.cancel(0, &mut effects), Cancel::NotListed));
    assert_eq!(outbox.numbers().collect::<Vec<_>>(), [1, 3]);
    outbox.assert_invariants(&Endpoint::new(0));
}

#[test]
fn a_message_that_the_server_keeps_is_settled_by_its_receipt_once() {
    let (mut outbox, mut effects) = outbox(&[1]);
    outbox.settle(c2(), State::Saved, &mut effects);
    let awaited = ClientRecord::Awaited { to: name("c2"), text: text(1) };
    assert_eq!(
        changes(&mut effects),
        [ClientKey::Outgoing(1).remove(), awaited.put()],
        "a crash in between would lose it or keep it twice"
    );
    outbox.list();
    let asks = outbox.cancel(1, &mut effects);
    assert!(matches!(asks, Cancel::Ask { to, number: 1 } if to == name("c2")));
    let receipt = Receipt { number: 1, at: at(1), by: name("c2"), fate: Fate::Expired };
    let settled = outbox.learn_fate(receipt, &mut effects).unwrap();
    assert_eq!((settled.to, settled.text, settled.state), (c2(), text(1), State::Expired));
    assert!(outbox.learn_fate(receipt, &mut effects).is_none());
    assert_eq!(outbox.numbers().count(), 0);
}

#[test]
fn a_message_without_room_waits_for_its_time_or_for_its_receiver() {
    let (mut outbox, _) = outbox(&[1]);
    outbox.try_next(c2());
    assert!(outbox.wait_for_room(c2(), at(60)), "the first time is news");
    assert!(!outbox.wait_for_room(c2(), at(60)));
    assert_eq!(outbox.room_again_at(), Some(at(60)));
    assert_eq!(outbox.next_recipient(at(59)), None);
    assert_eq!(outbox.next_recipient(at(60)), Some(c2()));
    outbox.expect_room(|online| online == name("c2"));
    assert_eq!(outbox.next_recipient(at(0)), Some(c2()));
    outbox.list();
    let taken_back = outbox.cancel(1, &mut Effects::default());
    assert!(matches!(taken_back, Cancel::Done(_)), "no receiver has it");
}

#[test]
fn an_attempt_is_repeated_once_and_within_its_patience() {
    let attempt = Attempt::new(name("c2"), address(), at(1));
    assert!(attempt.again(at(1) + PEER_PATIENCE).is_none());
    let again = attempt.again(at(1)).unwrap();
    assert!(again.again(at(1)).is_none());
}

#[test]
fn an_attempt_ends_with_its_parcel() {
    let (mut outbox, mut endpoint) = (outbox(&[1]).0, Endpoint::new(0));
    let attempt = Attempt::new(name("c2"), address(), at(1));
    outbox.send_directly(attempt, name("c1"), &mut endpoint, at(1)).unwrap();
    assert_eq!(outbox.attempted(), Some(name("c2")));
    outbox.assert_invariants(&endpoint);
    endpoint.handle_timeout(at(1) + PEER_PATIENCE);
    let parcel = loop {
        match endpoint.poll_event() {
            Some((_, Event::Expired(parcel))) => break parcel,
            Some(_) => {}
            None => panic!("the patience is at its end"),
        }
    };
    assert!(outbox.take_attempt(&[]).is_none());
    assert_eq!(outbox.take_attempt(&[parcel]).map(Attempt::to), Some(name("c2")));
    assert_eq!(outbox.attempted(), None);
}

#[test]
#[should_panic(expected = "is on no link")]
fn an_attempt_that_can_never_end_is_noticed() {
    let (mut outbox, mut endpoint) = (outbox(&[1]).0, Endpoint::new(0));
    let attempt = Attempt::new(name("c2"), address(), at(1));
    outbox.send_directly(attempt, name("c1"), &mut endpoint, at(1)).unwrap();
    endpoint.close(address());
    outbox.assert_invariants(&endpoint);
}

#[test]
#[should_panic(expected = "a message is in two places")]
fn a_message_that_waits_here_and_with_the_server_is_noticed() {
    let (mut outbox, _) = outbox(&[1]);
    outbox.restore_awaited(name("c3"), text(1));
    outbox.assert_invariants(&Endpoint::new(0));
}
