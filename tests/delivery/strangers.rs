//! What strangers can do, and what they get for it.

use std::time::Duration;

use chatapp::delivery::{Endpoint, Event, Pace};
use chatapp::protocol::limits::{DATAGRAM_LEN_MAX, VERSION_PEERS_MAX};
use chatapp::protocol::{
    Acknowledgement, Datagram, LinkDatagram, Segment, Session, Timestamp, VersionNotice, codec,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use crate::foreign::{foreign, notice_of};
use crate::pair::{A, B, Pair, address};

/// A datagram from a forged address, and the pause before it.
#[derive(Clone, Debug)]
struct Forged {
    millis: u64,
    bytes: Vec<u8>,
}

fn session() -> impl Strategy<Value = Session> {
    (0..3_u64, 0..2_u32).prop_map(|(opened_at, token)| Session {
        opened_at: Timestamp::from_micros(opened_at),
        token,
    })
}

/// Any datagram of a sender that does not receive what is sent to that address.
fn forged() -> impl Strategy<Value = Forged> {
    let segment = (1..5_u64, any::<bool>(), vec(any::<u8>(), 0..50));
    let padding = prop_oneof![Just(0), 0..400_usize].prop_map(|len| vec![0; len]);
    let acknowledgement =
        (0..9_u64, any::<u64>()).prop_map(|(next, early)| Acknowledgement { next, early });
    let parts = (
        session(),
        prop_oneof![4 => Just(None), 1 => session().prop_map(Some)],
        option::of(acknowledgement),
        vec(segment, 0..5),
        padding,
    );
    let traffic = parts.prop_map(|(source, destination, acknowledgement, segments, padding)| {
        let segments = segments.iter().map(|(number, last, bytes)| Segment {
            number: *number,
            last: *last,
            bytes,
        });
        let datagram = Datagram::Link(LinkDatagram {
            source,
            destination,
            acknowledgement,
            segments: segments.collect(),
            padding: &padding,
        });
        codec::encode_datagram(&datagram, 0)
    });
    let reset = session().prop_map(|session| {
        codec::encode_datagram(&Datagram::Reset { session, after: session.opened_at }, 0)
    });
    let garbage = vec(any::<u8>(), 0..100);
    let ours = prop_oneof![8 => traffic, 1 => reset, 1 => garbage];
    let bytes = (ours, 0..4_u8).prop_map(|(bytes, kind)| match kind {
        0 if !bytes.is_empty() => foreign(&bytes),
        _ => bytes,
    });
    (0..2_000_u64, bytes).prop_map(|(millis, bytes)| Forged { millis, bytes })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Any answer of its application, however often it is sent again.
    #[test]
    fn a_forged_address_gets_no_more_bytes_than_it_seems_to_have_sent(
        datagrams in vec(forged(), 1..8),
        answer_len in prop_oneof![0..200_usize, 0..3_000_usize],
    ) {
        let victim = address(66);
        let mut endpoint = Endpoint::new(1);
        let mut now = Timestamp::from_micros(1_000_000);
        let (mut received, mut sent) = (0, 0);
        let mut drain = |endpoint: &mut Endpoint, received: usize, now| {
            while let Some((_, event)) = endpoint.poll_event() {
                if let Event::Received(_) = event {
                    let pace = Pace::Quiet { patience: Duration::from_secs(3) };
                    let answer = vec![7; answer_len];
                    endpoint.reply(victim, answer, pace, now).expect("it has just spoken");
                }
            }
            while let Some((to, bytes)) = endpoint.poll_datagram() {
                assert_eq!(to, victim);
                sent += bytes.len();
            }
            assert!(sent <= received, "{sent} bytes for {received}");
        };
        for Forged { millis, bytes } in datagrams {
            let until = now + Duration::from_millis(millis);
            while let Some(at) = endpoint.poll_timeout().filter(|at| *at <= until) {
                now = now.max(at);
                endpoint.handle_timeout(now);
                drain(&mut endpoint, received, now);
            }
            now = until;
            received += bytes.len();
            endpoint.handle_datagram(victim, &bytes, now);
            drain(&mut endpoint, received, now);
        }
        for _ in 0..1_000 {
            if let Some(at) = endpoint.poll_timeout() {
                now = now.max(at);
                endpoint.handle_timeout(now);
                drain(&mut endpoint, received, now);
            }
        }
    }
}

#[test]
fn a_datagram_of_more_than_1200_bytes_is_none_of_ours() {
    let hello = |padding: usize| {
        let padding = &vec![0; padding];
        let datagram = Datagram::Link(LinkDatagram {
            source: Session { opened_at: Timestamp::from_micros(1), token: 1 },
            destination: None,
            acknowledgement: None,
            segments: vec![Segment { number: 1, last: true, bytes: b"hello" }],
            padding,
        });
        codec::encode_datagram(&datagram, 0)
    };
    let hellos = (0..DATAGRAM_LEN_MAX).map(hello);
    let longest = hellos.take_while(|bytes| bytes.len() <= DATAGRAM_LEN_MAX).last();
    let mut pair = Pair::new();
    pair.hand_in(A, address(66), &longest.unwrap());
    assert_eq!(pair.received(A), [b"hello"]);
    pair.hand_in(A, address(67), &hello(DATAGRAM_LEN_MAX));
    assert_eq!(pair.received(A), [b"hello"]);
    assert_eq!(pair.endpoint(A).counters().malformed, 1);
}

#[test]
fn garbage_is_counted_and_not_answered() {
    let mut pair = Pair::acquainted();
    for bytes in [&b""[..], b"\x01", b"\x02", b"garbage", &[1; 1_200]] {
        pair.hand_in(A, address(66), bytes);
    }
    assert_eq!(pair.endpoint(A).counters().malformed, 5);
    assert_eq!((pair.events(A), pair.sent.len()), (vec![], 0));
}

#[test]
fn a_strangers_link_is_forgotten_after_30_seconds() {
    let mut pair = Pair::new();
    let datagram = Datagram::Link(LinkDatagram {
        source: Session { opened_at: Timestamp::from_micros(1), token: 1 },
        destination: None,
        acknowledgement: None,
        segments: vec![],
        padding: &[0; 300],
    });
    let heard_at = pair.now;
    pair.hand_in(A, address(66), &codec::encode_datagram(&datagram, 0));
    pair.run_for(Duration::from_mins(1));
    let forgotten = (Duration::from_secs(30), Event::Lost(vec![]));
    assert_eq!(pair.events_since(A, heard_at), [forgotten]);
}

/// A datagram of a sender that opens a link.
fn hello() -> Vec<u8> {
    let datagram = Datagram::Link(LinkDatagram {
        source: Session { opened_at: Timestamp::from_micros(1_577_836_800_000_001), token: 1 },
        destination: None,
        acknowledgement: None,
        segments: vec![],
        padding: &[0; 300],
    });
    codec::encode_datagram(&datagram, 0)
}

#[test]
fn another_version_is_answered_once_a_second_and_reported_once() {
    let mut pair = Pair::acquainted();
    let bytes = foreign(&hello());
    let notice = VersionNotice::answering(&bytes).unwrap().encode();
    assert!(notice.len() < bytes.len());
    for _ in 0..30 {
        pair.hand_in(A, address(66), &bytes);
        pair.run_for(Duration::from_millis(100));
    }
    assert_eq!(pair.events(A), [Event::OtherVersion(codec::WIRE_VERSION + 1)]);
    assert_eq!(pair.sent, vec![(A, notice); 3]);
    let counters = pair.endpoint(A).counters();
    assert_eq!((counters.other_version, counters.malformed, counters.stray), (30, 0, 0));
}

#[test]
fn a_notice_is_never_answered() {
    let mut pair = Pair::acquainted();
    for from in [B.address(), address(66)] {
        pair.hand_in(A, from, &notice_of(9, &hello()));
        pair.hand_in(A, from, &notice_of(codec::WIRE_VERSION, &hello()));
    }
    assert_eq!((pair.events(A), pair.sent.len()), (vec![], 0));
    assert_eq!(pair.endpoint(A).counters().stray, 4);
}

#[test]
fn a_flood_of_forged_addresses_is_answered_and_reported_within_bounds() {
    let mut pair = Pair::acquainted();
    let bytes = foreign(&hello());
    for port in 100..2_100 {
        pair.hand_in(A, address(port), &bytes);
    }
    assert_eq!((pair.events(A).len(), pair.sent.len()), (VERSION_PEERS_MAX, VERSION_PEERS_MAX));
    pair.run_for(Duration::from_mins(1));
    pair.hand_in(A, address(66), &bytes);
    assert_eq!(pair.sent.len(), VERSION_PEERS_MAX + 1);
    assert_eq!(pair.endpoint(A).counters().other_version, 2_001);
}

#[test]
fn a_peer_that_cannot_read_the_last_datagram_speaks_another_version() {
    for is_acquainted in [false, true] {
        let mut pair = if is_acquainted { Pair::acquainted() } else { Pair::new() };
        pair.kill(B);
        pair.send(A, b"hello");
        pair.run_for(Duration::ZERO);
        let (_, asked) = pair.sent.last().unwrap().clone();
        let genuine = notice_of(9, &asked);
        // From another address, of our own version, and about a datagram that was not sent.
        pair.hand_in(A, address(66), &genuine);
        pair.hand_in(A, B.address(), &notice_of(codec::WIRE_VERSION, &asked));
        pair.hand_in(A, B.address(), &notice_of(9, &hello()));
        assert_eq!(pair.events(A), []);
        assert_eq!(pair.endpoint(A).counters().stray, 3);
        pair.hand_in(A, B.address(), &genuine);
        assert_eq!(pair.events(A), [Event::Misunderstood(9)]);
        let counters = pair.endpoint(A).counters();
        assert_eq!((counters.other_version, counters.stray), (1, 3));
    }
}
