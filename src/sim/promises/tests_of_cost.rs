//! The checkers of what travels find the breach that each is for, and accept what is allowed.

use super::testing::{Holding as _, client};
use super::tests::{checked, datagram, id, online, session, states, to_c2, written};
use crate::protocol::limits::{DATAGRAM_LEN_MAX, KEEPALIVE_AFTER, RESEND_MAX};
use crate::protocol::{
    Acknowledgement, Datagram, Fact, Holdings, LinkDatagram, Packet, Segment, Timestamp, Update,
    codec,
};
use crate::sim::server;
use chatsim::network::FaultId;
use chatsim::scenario::ActorName;
use chatsim::stage::{Change, Recorded, TraceEntry, TraceEvent};

/// A run with these events, each at its time in milliseconds.
fn run(events: impl IntoIterator<Item = (u64, TraceEvent)>) -> Recorded {
    let entries = events
        .into_iter()
        .map(|(millis, event)| TraceEntry { at: Timestamp::from_micros(millis * 1000), event });
    Recorded::new(entries.collect())
        .holding(server(), Holdings::default())
        .holding(client("c1"), online())
        .holding(client("c2"), online())
}

fn sent(number: u64, to: ActorName, bytes: Vec<u8>) -> TraceEvent {
    TraceEvent::Sent { number, from: client("c1"), to: Some(to), bytes, hit_by: Vec::new() }
}

fn part(number: u64) -> Vec<u8> {
    datagram(vec![Segment { number, last: false, bytes: b"hello" }], None)
}

#[test]
fn what_is_lost_is_sent_again_neither_too_early_nor_too_late() {
    let again = |after: u64, promise| {
        let events = [(0, sent(1, client("c2"), part(1))), (after, sent(2, client("c2"), part(1)))];
        checked(promise, &run(events))
    };
    assert_eq!(again(50, "thrifty"), "");
    assert_eq!(again(49, "thrifty"), "datagram #2 of `c1` repeats part 1 after 49ms");
    let max = u64::try_from(RESEND_MAX.as_millis()).unwrap();
    assert_eq!(again(max, "resent_in_time"), "");
    assert_eq!(
        again(max + 1, "resent_in_time"),
        "`c1` has sent part 1 again after 501ms, not within 500ms"
    );
}

#[test]
fn a_part_is_sent_again_before_others_of_its_link() {
    let max = u64::try_from(RESEND_MAX.as_millis()).unwrap() + 50;
    let second =
        |after| [(0, sent(1, client("c2"), part(1))), (after, sent(2, client("c2"), part(2)))];
    assert_eq!(checked("resent_in_time", &run(second(max))), "");
    let reason = "`c1` has not sent part 1 again after 551ms, though datagram #2 has left on the \
                  same link";
    assert_eq!(checked("resent_in_time", &run(second(max + 1))), reason);
    // c2 acknowledges parts 1 and 2, or part 2 alone.
    let acknowledged = |next, early, hit_by: Vec<FaultId>| {
        let link = LinkDatagram {
            source: session(2),
            destination: Some(session(1)),
            acknowledgement: Some(Acknowledgement { next, early }),
            segments: Vec::new(),
            padding: &[],
        };
        let bytes = codec::encode_datagram(&Datagram::Link(link), DATAGRAM_LEN_MAX);
        let (from, to) = (client("c2"), Some(client("c1")));
        let answer = TraceEvent::Sent { number: 8, from, to, bytes, hit_by };
        let parts = [(0, sent(1, client("c2"), part(1))), (0, sent(2, client("c2"), part(2)))];
        let answer = [(1, answer), (2, TraceEvent::Arrived { number: 8, by: client("c1") })];
        let next =
            [(60, sent(3, client("c2"), part(1))), (max + 1, sent(4, client("c2"), part(3)))];
        checked("resent_in_time", &run(parts.into_iter().chain(answer).chain(next)))
    };
    assert_eq!(acknowledged(3, 0, Vec::new()), "");
    assert_eq!(acknowledged(1, 1, Vec::new()), "", "part 1 was sent again");
    let reason = "`c1` has not sent part 2 again after 551ms, though datagram #4 has left on the \
                  same link";
    assert_eq!(acknowledged(2, 0, Vec::new()), reason);
    assert_eq!(acknowledged(3, 0, vec![FaultId(0)]), "", "the answer may be whole");
}

#[test]
fn what_arrives_again_is_acknowledged_again() {
    let hears = |number, at| {
        let bytes =
            datagram(vec![Segment { number: 1, last: true, bytes: b"hi" }], Some(session(1)));
        let (from, to) = (client("c2"), Some(client("c1")));
        let sent = TraceEvent::Sent { number, from, to, bytes, hit_by: Vec::new() };
        [(at, sent), (at + 1, TraceEvent::Arrived { number, by: client("c1") })]
    };
    let ends = [
        (0, states("c1", Fact::Online)),
        (0, sent(1, client("c2"), datagram(Vec::new(), Some(session(1))))),
    ];
    let twice = || ends.clone().into_iter().chain(hears(2, 10)).chain(hears(3, 100));
    let later = (200, TraceEvent::Timer(client("c2")));
    let reason = "`c1` has not acknowledged datagram #2, nor the next one on the same link";
    assert_eq!(checked("resent_in_time", &run(twice().chain([later.clone()]))), reason);
    let answer = LinkDatagram {
        source: session(1),
        destination: Some(session(1)),
        acknowledgement: Some(Acknowledgement { next: 2, early: 0 }),
        segments: Vec::new(),
        padding: &[],
    };
    let answer = codec::encode_datagram(&Datagram::Link(answer), DATAGRAM_LEN_MAX);
    let answer = (101, sent(4, client("c2"), answer));
    assert_eq!(checked("resent_in_time", &run(twice().chain([answer, later.clone()]))), "");
    let reset = Datagram::Reset { session: session(1), after: Timestamp::default() };
    let reset = codec::encode_datagram(&reset, DATAGRAM_LEN_MAX);
    let reset = (101, sent(4, client("c2"), reset));
    assert_eq!(checked("resent_in_time", &run(twice().chain([reset, later.clone()]))), "");
    let paused = (5, TraceEvent::Program(client("c1"), Change::Paused));
    let while_paused = ends.into_iter().chain([paused]).chain(hears(2, 10)).chain(hears(3, 100));
    assert_eq!(checked("resent_in_time", &run(while_paused.chain([later]))), "");
}

#[test]
fn an_acknowledgement_is_not_acknowledged() {
    let bare = |number| sent(number, client("c2"), datagram(Vec::new(), Some(session(1))));
    let hears = |number, bytes: Vec<u8>| {
        let (from, to) = (client("c2"), Some(client("c1")));
        let sent = TraceEvent::Sent { number, from, to, bytes, hit_by: Vec::new() };
        [(0, sent), (1, TraceEvent::Arrived { number, by: client("c1") })]
    };
    let once = hears(1, part(1)).into_iter().chain([(2, bare(2))]);
    assert_eq!(checked("thrifty", &run(once.clone())), "");
    assert_eq!(
        checked("thrifty", &run(once.chain([(3, bare(3))]))),
        "datagram #3 of `c1` acknowledges nothing that it has received"
    );
}

#[test]
fn an_idle_client_does_not_probe() {
    let from_server = |number, packet: &Packet| {
        let packet = codec::encode_packet(packet);
        let segments = vec![Segment { number, last: true, bytes: &packet }];
        let (from, to) = (server(), Some(client("c1")));
        let bytes = datagram(segments, Some(session(1)));
        TraceEvent::Sent { number, from, to, bytes, hit_by: Vec::new() }
    };
    let update =
        Packet::Update(Update { epoch: 1, base: 0, version: 1, rows: Vec::new(), last: true });
    let packet = codec::encode_packet(&Packet::Probe);
    let link = LinkDatagram {
        source: session(1),
        destination: Some(session(1)),
        // The client has the table.
        acknowledgement: Some(Acknowledgement { next: 3, early: 0 }),
        segments: vec![Segment { number: 2, last: true, bytes: &packet }],
        padding: &[],
    };
    let probe = codec::encode_datagram(&Datagram::Link(link), DATAGRAM_LEN_MAX);
    let after = |millis| {
        let events = [
            (0, sent(1, server(), part(1))),
            (1, from_server(2, &update)),
            (1, TraceEvent::Arrived { number: 2, by: client("c1") }),
            (1 + millis, sent(3, server(), probe.clone())),
        ];
        checked("thrifty", &run(events))
    };
    let silence = u64::try_from(KEEPALIVE_AFTER.as_millis()).unwrap();
    assert_eq!(after(silence), "");
    // An earlier run of the server is heard, which the client does not take for the server.
    let acknowledgement = datagram(Vec::new(), Some(session(1)));
    let late = LinkDatagram {
        source: session(9),
        destination: Some(session(1)),
        acknowledgement: None,
        segments: vec![Segment { number: 1, last: true, bytes: &packet }],
        padding: &[],
    };
    let late = codec::encode_datagram(&Datagram::Link(late), DATAGRAM_LEN_MAX);
    let (from, to, hit_by) = (server(), Some(client("c1")), Vec::new());
    let events = [
        (0, sent(1, server(), part(1))),
        (1, from_server(2, &update)),
        (1, TraceEvent::Arrived { number: 2, by: client("c1") }),
        (2, sent(3, server(), acknowledgement)),
        (500, TraceEvent::Sent { number: 4, from, to, bytes: late, hit_by }),
        (501, TraceEvent::Arrived { number: 4, by: client("c1") }),
        (1 + silence, sent(5, server(), probe.clone())),
    ];
    assert_eq!(checked("thrifty", &run(events)), "");
    assert_eq!(
        after(1_000),
        "datagram #3 of `c1` asks after a silence of 1s whether there is anybody"
    );
}

#[test]
fn a_message_that_loses_one_datagram_is_shown_in_time() {
    let minutes = 10 * 60_000;
    let hit = |number| {
        let (from, to) = (client("c1"), Some(client("c2")));
        let hit_by = vec![FaultId(0)];
        TraceEvent::Sent { number, from, to, bytes: part(number), hit_by }
    };
    let shown = |losses: u64, after| {
        let start = [
            (0, TraceEvent::Program(server(), Change::Started)),
            (0, states("c1", Fact::Online)),
            (0, states("c2", Fact::Online)),
            (minutes, written(1, to_c2())),
        ];
        let lost = (1..=losses).map(|number| (minutes, hit(number)));
        let shown = [(minutes + after, states("c2", Fact::Shown(id(1))))];
        checked("resent_in_time", &run(start.into_iter().chain(lost).chain(shown)))
    };
    assert_eq!(shown(1, 500), "");
    assert_eq!(
        shown(1, 501),
        "`c1` wrote message c1/1 on a healed network with 1 datagrams lost, and `c2` showed it \
         after 501ms, not within 500ms"
    );
    assert_eq!(shown(2, 501), "", "two may take longer");
    let never = [
        (0, TraceEvent::Program(server(), Change::Started)),
        (0, states("c1", Fact::Online)),
        (0, states("c2", Fact::Online)),
        (minutes, written(1, to_c2())),
        (minutes + 1_000, TraceEvent::Timer(client("c1"))),
    ];
    assert!(
        checked("resent_in_time", &run(never.clone())).ends_with("did not show it within 500ms")
    );
    let disturbed = [(minutes + 1, TraceEvent::Program(server(), Change::Killed))];
    assert_eq!(checked("resent_in_time", &run(never.into_iter().chain(disturbed))), "");
}
