//! Peers that restart, lose their state, or send from an earlier session.

use std::time::Duration;

use chatapp::delivery::Event;
use chatapp::protocol::limits::UNFINISHED_PACKET_AGE_MAX;
use chatapp::protocol::{Acknowledgement, Datagram, LinkDatagram, Segment, Session, codec};

use crate::pair::{A, B, Pair, Peer, address};

/// Decodes a datagram of one of them, lets a function change it, and encodes it again.
fn changed(bytes: &[u8], change: impl FnOnce(&mut LinkDatagram<'_>)) -> Vec<u8> {
    match codec::decode_datagram(bytes).unwrap() {
        Datagram::Link(mut link) => {
            change(&mut link);
            codec::encode_datagram(&Datagram::Link(link), 0)
        }
        Datagram::Reset { .. } => panic!("a reset is no traffic"),
    }
}

fn assert_they_talk(pair: &mut Pair) {
    pair.forget_the_past();
    for from in [A, B] {
        let parcel = pair.send(from, b"still here");
        pair.run();
        assert_eq!(pair.received(from.other()), [b"still here"]);
        assert_eq!(pair.acknowledged(from), [parcel]);
        pair.forget_the_past();
    }
}

fn stray(pair: &mut Pair, peer: Peer) -> u64 {
    pair.endpoint(peer).counters().stray
}

#[test]
fn of_a_restarted_peer_exactly_the_unacknowledged_is_lost() {
    let mut pair = Pair::acquainted();
    pair.send(A, b"taken");
    pair.run();
    pair.forget_the_past();
    pair.kill(B);
    let lost = vec![pair.send(A, b"one"), pair.send(A, &[2; 5_000]), pair.send(A, b"three")];
    pair.run_for(Duration::from_secs(1));
    assert_eq!(pair.events(A), []);
    pair.restart(B);
    pair.run();
    assert_eq!(pair.events(A), [Event::Lost(lost)]);
    assert_eq!(pair.received(B), [[0; 0]; 0]);
    assert_they_talk(&mut pair);
}

#[test]
fn a_restarted_peer_that_speaks_first_is_heard_at_once() {
    let mut pair = Pair::acquainted();
    pair.kill(B);
    let lost = pair.send(A, b"lost");
    pair.run_for(Duration::from_millis(10));
    pair.restart(B);
    pair.send(B, b"I am back");
    pair.run_for(Duration::from_millis(10));
    let told = [Event::Lost(vec![lost]), Event::Received(b"I am back".to_vec())];
    assert_eq!(pair.events(A), told);
    assert_they_talk(&mut pair);
}

#[test]
fn a_restarted_peer_whose_clock_was_set_back_learns_when_its_session_must_begin() {
    let mut pair = Pair::acquainted();
    let past = pair.now - Duration::from_secs(100);
    pair.restart(B);
    // The session of the new start is opened in the past, and used in the present.
    let early = pair.endpoint(B).send(A.address(), b"past".to_vec(), crate::pair::PATIENT, past);
    pair.run_for(Duration::from_millis(10));
    assert_eq!(pair.events(B), [Event::Lost(vec![early.unwrap()])]);
    let again = pair.endpoint(B).send(A.address(), b"again".to_vec(), crate::pair::PATIENT, past);
    pair.run_for(Duration::from_millis(10));
    assert_eq!(pair.received(A), [b"again"]);
    assert_eq!(pair.acknowledged(B), [again.unwrap()]);
    assert_they_talk(&mut pair);
}

#[test]
fn a_forgotten_link_is_answered_with_a_reset() {
    let mut pair = Pair::acquainted();
    pair.endpoint(B).close(A.address());
    let lost = pair.send(A, b"lost");
    pair.run();
    assert_eq!(pair.events(A), [Event::Lost(vec![lost])]);
    let (from, reset) = pair.sent.last().unwrap();
    assert_eq!(*from, B);
    assert!(matches!(codec::decode_datagram(reset).unwrap(), Datagram::Reset { .. }));
    assert_they_talk(&mut pair);
}

#[test]
fn a_refused_peer_learns_it_at_once() {
    let mut pair = Pair::acquainted();
    pair.endpoint(B).refuse(A.address());
    pair.run();
    assert_eq!(pair.events(A), [Event::Lost(vec![])]);
    assert_they_talk(&mut pair);
}

#[test]
fn late_datagrams_of_a_former_life_disturb_nothing() {
    let mut pair = Pair::new();
    pair.send(A, b"hello");
    pair.run();
    pair.send(B, b"hello");
    pair.run();
    pair.send(A, b"more");
    pair.run();
    let former: Vec<_> = pair.sent.iter().filter(|(from, _)| *from == A).cloned().collect();
    assert_eq!(former.len(), 3);
    pair.restart(A);
    pair.send(A, b"I am back");
    pair.run();
    pair.forget_the_past();
    for (n, (_, bytes)) in former.iter().enumerate() {
        pair.hand_in(B, A.address(), bytes);
        pair.run();
        assert_eq!(pair.events(B), []);
        assert_eq!(stray(&mut pair, B), n as u64 + 1);
    }
    assert_they_talk(&mut pair);
}

#[test]
fn a_repeated_datagram_is_taken_once() {
    let mut pair = Pair::acquainted();
    pair.send(A, b"once");
    pair.run();
    let datagram = pair.sent[0].1.clone();
    pair.forget_the_past();
    pair.hand_in(B, A.address(), &datagram);
    pair.run();
    assert_eq!((pair.events(A), pair.events(B)), (vec![], vec![]));
    assert_eq!(pair.segments(B), [0], "it is only acknowledged again");
}

#[test]
fn an_acknowledgement_without_the_session_is_ignored() {
    let mut pair = Pair::acquainted();
    pair.send(B, b"hello");
    pair.run();
    let genuine = pair.sent[0].1.clone();
    pair.forget_the_past();
    pair.kill(B);
    pair.send(A, b"precious");
    pair.run_for(Duration::from_millis(1));
    let everything = Some(Acknowledgement { next: 3, early: 0 });
    let guessed = |session: Option<Session>| {
        session.map(|session| Session { token: session.token ^ 1, ..session })
    };
    let forged = [
        changed(&genuine, |link| {
            (link.destination, link.acknowledgement) = (None, everything);
        }),
        changed(&genuine, |link| {
            (link.destination, link.acknowledgement) = (guessed(link.destination), everything);
        }),
    ];
    for bytes in forged {
        pair.hand_in(A, B.address(), &bytes);
    }
    assert_eq!(pair.acknowledged(A), []);
}

#[test]
fn an_acknowledgement_of_what_was_never_sent_is_ignored() {
    let mut pair = Pair::acquainted();
    pair.send(B, b"hello");
    pair.run();
    let genuine = pair.sent[0].1.clone();
    pair.forget_the_past();
    let parcel = pair.send(A, b"precious");
    for next in [u64::MAX, 100] {
        let lie = changed(&genuine, |link| {
            link.acknowledgement = Some(Acknowledgement { next, early: u64::MAX });
        });
        pair.hand_in(A, B.address(), &lie);
    }
    assert_eq!(pair.events(A), []);
    pair.run();
    assert_eq!(pair.events(A), [Event::Acknowledged(parcel)]);
    assert_eq!(pair.received(B), [b"precious"]);
    assert_they_talk(&mut pair);
}

#[test]
fn a_reset_without_the_session_is_ignored() {
    let mut pair = Pair::acquainted();
    pair.send(A, b"hello");
    pair.run();
    let hello = pair.sent[0].1.clone();
    let mut genuine = None;
    changed(&hello, |link| genuine = Some(link.source));
    let genuine = genuine.unwrap();
    let later = Session { opened_at: genuine.opened_at + Duration::from_micros(1), ..genuine };
    let guess = Session { token: genuine.token ^ 1, ..genuine };
    pair.forget_the_past();
    for (n, session) in [later, guess].into_iter().enumerate() {
        let reset =
            codec::encode_datagram(&Datagram::Reset { session, after: session.opened_at }, 0);
        pair.hand_in(A, B.address(), &reset);
        assert_eq!(pair.events(A), []);
        assert_eq!(stray(&mut pair, A), n as u64 + 1);
    }
    let reset =
        codec::encode_datagram(&Datagram::Reset { session: genuine, after: genuine.opened_at }, 0);
    pair.hand_in(A, address(99), &reset);
    assert_eq!(pair.events(A), []);
    assert_they_talk(&mut pair);
}

#[test]
fn a_known_session_cannot_be_taken_over_by_another() {
    let mut pair = Pair::acquainted();
    pair.send(A, b"hello");
    pair.run();
    let hello = pair.sent[0].1.clone();
    pair.forget_the_past();
    let other = changed(&hello, |link| link.source.token ^= 1);
    let later = changed(&hello, |link| link.source.opened_at += Duration::from_secs(1));
    for bytes in [other, later] {
        pair.hand_in(B, A.address(), &bytes);
        assert_eq!(pair.events(B), []);
    }
    assert_eq!(stray(&mut pair, B), 2);
    assert_they_talk(&mut pair);
}

#[test]
fn an_unfinished_packet_is_given_up_after_30_seconds() {
    let begun = |number| [Segment { number, last: false, bytes: b"begun" }];
    // The second one has arrived before its turn.
    for segments in [begun(1), begun(2)] {
        let mut pair = Pair::acquainted();
        pair.send(A, b"hello");
        pair.run();
        let hello = pair.sent[0].1.clone();
        pair.forget_the_past();
        let heard_at = pair.now;
        let [Segment { number, .. }] = segments;
        let unfinished = changed(&hello, |link| {
            link.segments = segments.map(|it| Segment { number: number + 2, ..it }).to_vec();
        });
        pair.hand_in(B, A.address(), &unfinished);
        pair.run_for(UNFINISHED_PACKET_AGE_MAX * 2);
        let lost = (UNFINISHED_PACKET_AGE_MAX, Event::Lost(vec![]));
        assert_eq!(pair.events_since(B, heard_at), [lost]);
        let lost = pair.send(A, b"to the forgotten link");
        pair.run();
        assert_eq!(pair.events(A), [Event::Lost(vec![lost])]);
        assert_they_talk(&mut pair);
    }
}
