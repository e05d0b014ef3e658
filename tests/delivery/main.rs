//! Links between two endpoints: their guarantees under loss, duplication and reordering, timeouts,
//! restarts of a peer, and attacks by strangers.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

#[path = "../support/foreign.rs"]
mod foreign;
mod lives;
mod pair;
mod strangers;

use std::time::Duration;

use chatapp::delivery::{Event, Pace, SendError};
use chatapp::protocol::limits::LINK_QUEUE_BYTES_MAX;
use chatsim::network::{Chance, Conditions, Effect};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::pair::{A, B, PATIENT, Pair, Peer};

/// A pair on a bad network.
fn pair() -> impl Strategy<Value = Pair> {
    (0..200_u64, 0..300_u64, 0..60_u32, 0..50_u32, any::<u64>()).prop_map(
        |(latency, spread, loss, duplication, seed)| {
            let (base, spread) = (Duration::from_millis(latency), Duration::from_millis(spread));
            Pair::on(Conditions::GOOD, seed)
                .with_fault(Effect::Drop, Some(Chance::percent(loss)))
                .with_fault(Effect::Duplicate, Some(Chance::percent(duplication)))
                .with_fault(Effect::Latency { base, spread }, None)
        },
    )
}

/// Packets of all sizes, the sender of each, and the pause before it.
fn traffic() -> impl Strategy<Value = Vec<(Peer, usize, u64)>> {
    let peer = prop_oneof![Just(A), Just(B)];
    let len = prop_oneof![
        8 => 0..200_usize,
        2 => 1100..1250_usize,
        1 => 0..=64 * 1024_usize,
    ];
    let pause = prop_oneof![4 => Just(0), 1 => 0..1000_u64];
    vec((peer, len, pause), 1..30)
}

/// Makes a unique packet.
fn packet(n: usize, len: usize) -> Vec<u8> {
    (n..n + len).map(|byte| u8::try_from(byte % 251).unwrap()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 64,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn every_packet_arrives_once_in_order_and_unchanged(
        mut pair in pair(),
        traffic in traffic(),
    ) {
        let mut sent = Vec::new();
        for (n, &(from, len, pause)) in traffic.iter().enumerate() {
            pair.run_for(Duration::from_millis(pause));
            let packet = packet(n, len);
            let parcel = pair.send(from, &packet);
            sent.push((from, packet, parcel));
        }
        pair.run();
        for from in [A, B] {
            let sent = sent.iter().filter(|(sender, ..)| *sender == from);
            let (packets, parcels): (Vec<_>, Vec<_>) =
                sent.map(|(_, packet, parcel)| (packet.clone(), *parcel)).unzip();
            prop_assert!(pair.received(from.other()) == packets);
            prop_assert_eq!(pair.acknowledged(from), parcels);
        }
    }
}

#[test]
fn small_packets_share_a_datagram() {
    let mut pair = Pair::acquainted();
    for n in 0..10 {
        pair.send(A, &packet(n, 100));
    }
    pair.run();
    assert_eq!((pair.segments(A), pair.segments(B)), (vec![10], vec![0]));
}

#[test]
fn an_answer_takes_the_acknowledgement_along() {
    let mut pair = Pair::acquainted();
    let now = pair.now;
    let parcel = pair.send(A, b"question");
    let (_, question) = pair.endpoint(A).poll_datagram().unwrap();
    pair.endpoint(B).handle_datagram(A.address(), &question, now);
    pair.send(B, b"answer");
    pair.run();
    assert_eq!(pair.events(A), [Event::Acknowledged(parcel), Event::Received(b"answer".to_vec())]);
    assert_eq!((pair.segments(B), pair.segments(A)), (vec![1], vec![0]));
}

#[test]
fn a_large_packet_takes_as_few_datagrams_as_it_can() {
    let mut pair = Pair::acquainted();
    pair.send(A, &packet(0, 16 * 1024));
    pair.run();
    assert_eq!(pair.segments(A), vec![1; 15]);
    assert_eq!(pair.received(B), [packet(0, 16 * 1024)]);
}

#[test]
fn a_link_at_rest_is_silent() {
    let mut pair = Pair::acquainted();
    pair.run_for(Duration::from_hours(1));
    assert_eq!(pair.sent, []);
    assert_eq!((pair.events(A), pair.events(B)), (vec![], vec![]));
}

#[test]
fn a_first_packet_may_be_answered_by_a_large_one() {
    for len in [100, 300, 1_000, 64 * 1024] {
        let mut pair = Pair::new();
        pair.send(A, b"hi");
        pair.run();
        let sent_at = pair.now;
        let patience = Duration::from_millis(500);
        let parcel = pair.send_at(B, &packet(1, len), Pace::Quiet { patience }).unwrap();
        pair.run();
        assert_eq!(pair.received(A), [packet(1, len)], "{len} bytes");
        let acknowledged = Event::Acknowledged(parcel);
        let told = pair.events_since(B, sent_at);
        assert_eq!(told.last().unwrap().1, acknowledged, "{len} bytes");
    }
}

#[test]
fn quiet_patience_ends_at_its_end_and_not_before() {
    for millis in [1, 70, 100, 500, 1_499, 1_500, 60_000] {
        let patience = Duration::from_millis(millis);
        for mut pair in [Pair::new(), Pair::acquainted()] {
            pair.kill(B);
            let sent_at = pair.now;
            let parcel = pair.send_at(A, b"lost", Pace::Quiet { patience }).unwrap();
            pair.run_for(Duration::from_micros(millis * 1_000 - 1));
            assert_eq!(pair.events(A), []);
            pair.run_for(Duration::from_micros(1));
            assert_eq!(pair.events_since(A, sent_at), [(patience, Event::Expired(parcel))]);
        }
    }
}

#[test]
fn patience_with_a_peer_that_is_heard_of_ends_after_its_last_word_or_three_times_as_late() {
    let patience = Duration::from_secs(1);
    let expired_after = |last_word: Option<Duration>| {
        let mut pair = Pair::acquainted();
        pair.mute(A);
        let sent_at = pair.now;
        let parcel = pair.send_at(A, b"lost", Pace::WhileHeard { patience }).unwrap();
        if let Some(last_word) = last_word {
            // It is never acknowledged, so it is sent again and again.
            pair.send(B, b"here");
            pair.run_for(last_word);
        }
        pair.kill(B);
        pair.run_for(Duration::from_secs(9));
        let told = pair.events_since(A, sent_at);
        let expired = told.iter().filter(|(_, event)| *event == Event::Expired(parcel));
        expired.map(|(after, _)| *after).next().unwrap()
    };
    assert_eq!(expired_after(None), patience);
    let said_at = Duration::from_millis(1);
    assert_eq!(expired_after(Some(Duration::from_millis(10))), said_at + patience);
    assert_eq!(expired_after(Some(Duration::from_mins(1))), 3 * patience);
}

#[test]
fn quiet_tries_wait_twice_as_long_each_time_and_half_a_second_at_most() {
    let mut pair = Pair::new();
    pair.kill(B);
    pair.send(A, b"lost");
    let mut tries = Vec::new();
    for millis in 0..2_000_u64 {
        pair.run_for(Duration::from_millis(1));
        tries.extend(pair.sent.drain(..).map(|_| millis + 1));
    }
    assert_eq!(tries, [1, 100, 300, 700, 1_200, 1_700]);
}

#[test]
fn announced_tries_are_told_every_half_second_five_times() {
    let mut pair = Pair::new();
    pair.kill(B);
    let sent_at = pair.now;
    let parcel = pair.send_at(A, b"lost", Pace::Announced).unwrap();
    pair.run_for(Duration::from_secs(3));
    let mut told: Vec<_> =
        (1..=5).map(|n| (Duration::from_millis(500) * n, Event::Retried(parcel, n))).collect();
    told.push((Duration::from_secs(3), Event::Expired(parcel)));
    assert_eq!(pair.events_since(A, sent_at), told);
    assert_eq!(pair.sent.len(), 6);
}

#[test]
fn an_announced_packet_that_arrives_late_is_acknowledged_and_told_no_more() {
    let latency = Duration::from_millis(600);
    let mut pair = Pair::on(Conditions { latency }, 1);
    let sent_at = pair.now;
    let parcel = pair.send_at(A, b"slow", Pace::Announced).unwrap();
    pair.run_for(Duration::from_secs(10));
    let told = [
        (Duration::from_millis(500), Event::Retried(parcel, 1)),
        (Duration::from_secs(1), Event::Retried(parcel, 2)),
        (Duration::from_millis(1_200), Event::Acknowledged(parcel)),
    ];
    assert_eq!(pair.events_since(A, sent_at), told);
    assert_eq!(pair.received(B), [b"slow"]);
}

#[test]
fn a_link_takes_a_mebibyte_and_then_no_more() {
    let mut pair = Pair::acquainted();
    let full = LINK_QUEUE_BYTES_MAX / 4096;
    for n in 0..full {
        pair.send_at(A, &packet(n, 4096), PATIENT).unwrap();
    }
    assert_eq!(pair.send_at(A, b"x", PATIENT), Err(SendError::LinkFull));
    pair.run();
    assert_eq!(pair.received(B).len(), full);
    pair.send_at(A, &packet(0, 4096), PATIENT).unwrap();
}
