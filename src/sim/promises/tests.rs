//! Each checker finds the breach that it is for, and accepts what is allowed.

use std::time::Duration;

use super::testing::{Holding as _, check, client, scenario};
use super::tests_of_audience::screen;
use crate::protocol::limits::{DATAGRAM_LEN_MAX, OUTBOX_MESSAGES_MAX, WINDOW_SEGMENTS};
use crate::protocol::{
    Address, Audience, ClientName, Datagram, DirectText, Fact, Fate, Holdings, LinkDatagram,
    MessageId, Packet, Presence, Receipt, Row, Segment, Session, Text, Timestamp, VersionNotice,
    codec,
};
use crate::sim::server;
use chatsim::network::FaultId;
use chatsim::scenario::ActorName;
use chatsim::stage::{Change, Recorded, TraceEntry, TraceEvent};

pub(super) fn name(text: &str) -> ClientName {
    text.parse().unwrap()
}

pub(super) fn id(number: u64) -> MessageId {
    MessageId { from: name("c1"), number }
}

pub(super) fn to_c2() -> Audience {
    Audience::Person(name("c2"))
}

pub(super) fn to_group() -> Audience {
    Audience::Group("g".parse().unwrap())
}

pub(super) fn written(number: u64, to: Audience) -> TraceEvent {
    states("c1", Fact::Written { id: id(number), to, at: Timestamp::default() })
}

pub(super) fn states(actor: &str, fact: Fact) -> TraceEvent {
    TraceEvent::Fact(client(actor), fact.encode())
}

fn keeps(number: u64) -> TraceEvent {
    TraceEvent::Fact(server(), Fact::Kept { id: id(number), to: name("c2") }.encode())
}

fn saved(number: u64) -> TraceEvent {
    states("c1", Fact::Saved { id: id(number), to: name("c2") })
}

pub(super) fn online() -> Holdings {
    Holdings { is_online: true, ..Holdings::default() }
}

/// The server, c1 and c2 run and hold nothing.
pub(super) fn stage(events: impl IntoIterator<Item = TraceEvent>) -> Recorded {
    Recorded::default()
        .with_events(events)
        .holding(server(), Holdings::default())
        .holding(client("c1"), online())
        .holding(client("c2"), online())
}

/// Returns the breach of one promise; `None` if it was kept.
pub(super) fn checked(promise: &str, stage: &Recorded) -> String {
    match check(promise, &scenario(), stage) {
        Ok(()) => String::new(),
        Err(broken) => {
            assert_eq!(broken.promise.name, promise);
            broken.reason
        }
    }
}

pub(super) fn found(promise: &str, events: impl IntoIterator<Item = TraceEvent>) -> String {
    checked(promise, &stage(events))
}

#[test]
fn a_saved_message_that_is_nowhere_is_lost() {
    let lost = "`c2` did not show message c1/1, and it is not waiting anywhere";
    let events = || [written(1, to_c2()), keeps(1), saved(1)];
    assert_eq!(found("nothing_lost", events()), lost);
    let mailboxes = vec![(name("c2"), id(1))];
    let at_server = Holdings { mailboxes, ..Holdings::default() };
    let kept = stage(events()).holding(server(), at_server);
    assert_eq!(checked("nothing_lost", &kept), "");
    let shown = events().into_iter().chain([states("c2", Fact::Shown(id(1)))]);
    assert_eq!(found("nothing_lost", shown), "");
    let unshown = Holdings { unshown: vec![id(1)], ..online() };
    let taken = stage(events()).holding(client("c2"), unshown);
    assert_eq!(checked("nothing_lost", &taken), "");
}

#[test]
fn whatever_was_written_outlives_its_authors_program() {
    let killed = || TraceEvent::Program(client("c1"), Change::Killed);
    let lost = "`c2` did not show message c1/1, and it is not waiting anywhere";
    assert_eq!(found("nothing_lost", [written(1, to_c2())]), lost);
    assert_eq!(found("nothing_lost", [written(1, to_c2()), killed()]), lost);
    assert_eq!(found("nothing_lost", [written(1, to_c2()), saved(1), killed()]), lost);
    let refused = states("c1", Fact::Refused(id(1)));
    assert_eq!(found("nothing_lost", [written(1, to_c2()), refused]), "");
    let author = Holdings { outbox: vec![(id(1), to_c2())], ..online() };
    let waits = stage([written(1, to_c2())]).holding(client("c1"), author);
    assert_eq!(checked("nothing_lost", &waits), "");
}

#[test]
fn a_group_message_is_owed_to_each_member_it_was_addressed_to() {
    let accepted = || states("c1", Fact::Accepted(id(1)));
    assert_eq!(found("nothing_lost", [written(1, to_group()), accepted()]), "");
    let addressed =
        TraceEvent::Fact(server(), Fact::Addressed { id: id(1), to: name("c2") }.encode());
    let events = [written(1, to_group()), addressed, accepted()];
    let lost = "`c2` did not show message c1/1, and it is not waiting anywhere";
    assert_eq!(found("nothing_lost", events), lost);
}

#[test]
fn a_message_is_shown_once_on_each_screen() {
    let (text, shown) = (written(1, to_group()), |actor| states(actor, Fact::Shown(id(1))));
    assert_eq!(found("shown_once", [text.clone(), shown("c1"), shown("c2")]), "");
    let (first, restarted) = (shown("c2"), TraceEvent::Program(client("c2"), Change::Killed));
    let twice = found("shown_once", [text, first, restarted, shown("c2")]);
    assert_eq!(twice, "`c2` showed message c1/1 twice");
    assert!(found("shown_once", [shown("c2")]).ends_with(", which no client wrote"));
}

#[test]
fn messages_to_one_audience_are_shown_in_their_order() {
    let shown = |number| states("c2", Fact::Shown(id(number)));
    let both = |first, second| [written(1, first), written(2, second), shown(2), shown(1)];
    assert_eq!(found("in_order", both(to_c2(), to_group())), "");
    assert_eq!(
        found("in_order", both(to_c2(), to_c2())),
        "`c2` showed message c1/1 after message c1/2"
    );
}

#[test]
fn members_see_one_order() {
    let shown = |actor, number| states(actor, Fact::Shown(id(number)));
    let texts = || [1, 2, 3].map(|number| written(number, to_group()));
    let c1 = || [1, 2, 3].map(|number| shown("c1", number));
    let with = |theirs: [u64; 2]| {
        let theirs = theirs.map(|number| shown("c2", number));
        found("same_order", texts().into_iter().chain(c1()).chain(theirs))
    };
    assert_eq!(with([1, 3]), "");
    assert_eq!(
        with([3, 1]),
        "in group g `c1` showed message c1/1 before message c1/3, and `c2` after it"
    );
}

#[test]
fn received_by_is_said_of_what_was_taken() {
    let confirmed = || states("c1", Fact::Confirmed { id: id(1), by: name("c2") });
    let taken = || states("c2", Fact::Taken(id(1)));
    assert_eq!(found("confirmed", [taken(), confirmed()]), "");
    assert_eq!(
        found("confirmed", [confirmed(), taken()]),
        "`c1` was notified that `c2` has message c1/1, but it does not"
    );
}

#[test]
fn nobody_has_what_was_not_delivered() {
    let refused = || states("c1", Fact::Refused(id(1)));
    let shown = || states("c2", Fact::Shown(id(1)));
    let reason = "`c1` was notified that message c1/1 is not delivered, but `c2` has it";
    for to in [to_c2(), to_group()] {
        assert_eq!(found("not_delivered", [written(1, to), refused(), shown()]), reason);
        assert_eq!(found("not_delivered", [written(1, to), shown(), refused()]), reason);
        assert_eq!(found("not_delivered", [written(1, to), shown()]), "");
    }
    let paused = || TraceEvent::Program(client("c2"), Change::Paused);
    let after_trouble = |to| [written(1, to), shown(), paused(), refused()];
    assert_eq!(found("not_delivered", after_trouble(to_c2())), "");
    assert_eq!(found("not_delivered", after_trouble(to_group())), reason);
    let again = [written(1, to_group()), refused(), written(1, to_group()), shown()];
    assert_eq!(found("not_delivered", again), "", "its author's program had forgotten it");
}

#[test]
fn who_ends_without_a_word_is_noticed() {
    let after = |secs: u64| {
        let row = row("c2", Presence::Online);
        let start = Timestamp::from_micros(0);
        let event = |at, event| TraceEntry { at, event };
        let end = start + Duration::from_secs(secs);
        let entries = vec![
            event(start, TraceEvent::Program(server(), Change::Started)),
            event(start, TraceEvent::Program(client("c2"), Change::Killed)),
            event(end, TraceEvent::Timer(server())),
        ];
        let table = Holdings { table: vec![row], ..Holdings::default() };
        checked("noticed", &Recorded::new(entries.into_iter().collect()).holding(server(), table))
    };
    assert_eq!(after(65), "");
    assert!(after(66).ends_with("from which it has heard nothing for 66s"), "{}", after(66));
}

#[test]
fn nobody_goes_offline_without_a_reason() {
    let offline = || states("c1", Fact::Offline);
    let reason = "`c1` went offline 1 times, though its user has asked for it 0 times, and it was \
                  kicked 0 times";
    assert_eq!(found("stays_out", [offline()]), reason);
    let typed = |actor: ActorName, line: &'static str| {
        let screen = screen([(true, line)]);
        checked("stays_out", &stage([offline()]).with_screen(actor, screen))
    };
    assert_eq!(typed(client("c1"), "dereg c1"), "");
    assert_eq!(typed(server(), "kick c1"), "");
    assert_eq!(typed(server(), "kick c2"), reason);
}

#[test]
fn who_was_kicked_is_in_no_group() {
    let kicked = TraceEvent::Fact(server(), Fact::Kicked(name("c1")).encode());
    let screen = || screen([(true, "kick c1")]);
    let after = |events: &[TraceEvent]| {
        let members = vec![(name("c1"), "g".parse().unwrap())];
        let holdings = Holdings { members, ..Holdings::default() };
        let stage = stage(events.to_vec()).holding(client("c1"), holdings);
        checked("stays_out", &stage.with_screen(server(), screen()))
    };
    let events = [kicked, states("c1", Fact::Offline), states("c1", Fact::Returns)];
    let reason = "`c1` was kicked and believes that it is in group `g`";
    assert_eq!(after(&events[..2]), reason);
    assert_eq!(after(&events), "", "it is coming back");
}

#[test]
fn a_new_name_is_not_welcomed_back() {
    let shown = |lines: &[&'static str]| {
        let screen = screen(lines.iter().map(|line| (false, *line)));
        let online = states("c1", Fact::Online);
        checked("on_screen", &stage([online]).with_screen(client("c1"), screen))
    };
    let (new, back) = ("[Welcome, You are registered.]", "[Welcome back!]");
    assert_eq!(shown(&[new, back]), "");
    let reason = "the screen of `c1` has `[Welcome back!]`, though its name is new";
    assert_eq!(shown(&[back]), reason);
    assert_eq!(shown(&["[Message sent! 5 times. Retrying...]"]), "");
    let reason = "the screen of `c1` has `[Message sent! 6 times. Retrying...]`, more than 5 times";
    assert_eq!(shown(&["[Message sent! 6 times. Retrying...]"]), reason);
}

#[test]
fn who_was_kicked_is_in_no_group_of_the_server() {
    let kicked = TraceEvent::Fact(server(), Fact::Kicked(name("c1")).encode());
    let members = vec![(name("c1"), "g".parse().unwrap())];
    let known = Holdings { members, ..Holdings::default() };
    let stage = |events: Vec<TraceEvent>| stage(events).holding(server(), known.clone());
    let reason = "`c1` was kicked, and the server has it in group `g`";
    assert_eq!(checked("stays_out", &stage(vec![kicked.clone()])), reason);
    let back = vec![kicked, states("c1", Fact::Returns)];
    assert_eq!(checked("stays_out", &stage(back)), "");
}

#[test]
fn a_receipt_comes_once_and_only_for_what_was_shown() {
    let receipt = || states("c1", Fact::Receipted { id: id(1), by: name("c2") });
    let shown = || states("c2", Fact::Shown(id(1)));
    assert_eq!(found("receipts", [keeps(1), shown(), receipt()]), "");
    assert_eq!(
        found("receipts", [keeps(1), shown(), receipt(), receipt()]),
        "`c1` has two receipts from `c2` for message c1/1"
    );
    assert_eq!(
        found("receipts", [keeps(1), receipt()]),
        "`c1` has a receipt from `c2`, which did not show message c1/1"
    );
    let without = || [keeps(1), shown()];
    let missing = "`c1` has no receipt from `c2` for message c1/1";
    assert_eq!(found("receipts", without()), missing);
    let receipt =
        Receipt { number: 1, at: Timestamp::default(), by: name("c2"), fate: Fate::Delivered };
    let receipts = vec![(name("c1"), receipt)];
    let at_server = Holdings { receipts, ..Holdings::default() };
    let waits = stage(without()).holding(server(), at_server);
    assert_eq!(checked("receipts", &waits), "");
    let away = stage(without()).holding(client("c1"), Holdings::default());
    assert_eq!(checked("receipts", &away), "");
}

pub(super) fn row(text: &str, presence: Presence) -> Row {
    Row::new(name(text), Address::new(([127, 0, 0, 1], 9).into()), presence)
}

fn tables(server_table: &[Row], client_table: &[Row], is_online: bool) -> String {
    let at_server = Holdings { table: server_table.into(), ..Holdings::default() };
    let c1 = Holdings { table: client_table.into(), is_online, ..Holdings::default() };
    let stage = Recorded::default().holding(server(), at_server).holding(client("c1"), c1);
    checked("tables_agree", &stage)
}

#[test]
fn the_tables_of_all_who_are_online_agree() {
    let (here, away) = (row("c2", Presence::Online), row("c2", Presence::Offline));
    assert_eq!(tables(&[here], &[here], true), "");
    assert_eq!(tables(&[here], &[away], false), "");
    assert_eq!(
        tables(&[here], &[away], true),
        "`c1` knows `c2 offline, last at 127.0.0.1:9`, the server knows `c2 online at 127.0.0.1:9`"
    );
    let unknown = "`c1` does not know `c2 online at 127.0.0.1:9`";
    assert_eq!(tables(&[here], &[], true), unknown);
    assert_eq!(
        tables(&[], &[here], true),
        "`c1` knows `c2 online at 127.0.0.1:9`, which the server does not"
    );
}

/// A datagram of one link with these segments.
pub(super) fn datagram(segments: Vec<Segment<'_>>, destination: Option<Session>) -> Vec<u8> {
    let link = LinkDatagram {
        source: session(1),
        destination,
        acknowledgement: None,
        segments,
        padding: &[],
    };
    codec::encode_datagram(&Datagram::Link(link), DATAGRAM_LEN_MAX)
}

pub(super) fn session(token: u32) -> Session {
    Session { opened_at: Timestamp::default(), token }
}

fn sent(number: u64, (from, to): (ActorName, &str), bytes: Vec<u8>) -> TraceEvent {
    TraceEvent::Sent { number, from, to: Some(client(to)), bytes, hit_by: Vec::new() }
}

fn direct() -> Vec<u8> {
    let text = Text { number: 1, at: Timestamp::default(), body: "hello".into() };
    let packet = {
        let message = DirectText { from: name("c1"), text };
        codec::encode_packet(&Packet::Direct { to: name("c2"), message })
    };
    datagram(vec![Segment { number: 1, last: true, bytes: &packet }], None)
}

#[test]
fn what_reaches_a_peer_is_taken() {
    let events = |state: Fact, hit_by: Vec<FaultId>| {
        let (from, to) = (client("c1"), Some(client("c2")));
        let sent = TraceEvent::Sent { number: 1, from, to, bytes: direct(), hit_by };
        [states("c2", state), sent, TraceEvent::Arrived { number: 1, by: client("c2") }]
    };
    let broken = "`hello` from c1 has reached `c2`, which did not take it";
    assert_eq!(found("peers_talk", events(Fact::Online, Vec::new())), broken);
    assert_eq!(found("peers_talk", events(Fact::Online, vec![FaultId(0)])), "");
    assert_eq!(found("peers_talk", events(Fact::Offline, Vec::new())), "");
    let taken = events(Fact::Online, Vec::new()).into_iter();
    let taken = taken.chain([states("c2", Fact::Taken(id(1)))]);
    assert_eq!(found("peers_talk", taken), "");
}

#[test]
fn the_server_knows_whoever_was_registered() {
    let online = || states("c2", Fact::Online);
    let forgotten = "`c2` was registered, but the server does not know it";
    assert_eq!(found("nothing_lost", [online()]), forgotten);
    let table = vec![row("c2", Presence::Offline)];
    let holds = |table: &[Row]| Holdings { table: table.into(), ..Holdings::default() };
    let known = Recorded::default().with_events([online()]).holding(server(), holds(&table));
    assert_eq!(checked("nothing_lost", &known), "");
}

#[test]
fn nothing_waits_for_who_is_there() {
    let mailboxes = vec![(name("c2"), id(1))];
    let at_server = Holdings { mailboxes, ..Holdings::default() };
    let waits = || stage([]).holding(server(), at_server.clone());
    let reason = "message c1/1 waits at the server for `c2`, which is online";
    assert_eq!(checked("all_delivered", &waits()), reason);
    let away = waits().holding(client("c2"), Holdings::default());
    assert_eq!(checked("all_delivered", &away), "");
    let outbox = Holdings { outbox: vec![(id(1), to_c2())], ..online() };
    let waits = stage([]).holding(client("c1"), outbox);
    let reason = "message c1/1 for c2 waits at `c1`, which is online";
    assert_eq!(checked("all_delivered", &waits), reason);
    let unshown = Holdings { unshown: vec![id(1)], ..online() };
    let waits = stage([]).holding(client("c2"), unshown);
    let reason = "message c1/1 waits to be shown at `c2`";
    assert_eq!(checked("all_delivered", &waits), reason);
    assert_eq!(found("all_delivered", []), "");
}

#[test]
fn who_did_not_answer_counts_as_offline_until_it_is_back() {
    let fell_back = || states("c1", Fact::FellBack { id: id(1), to: name("c2") });
    let with = |events: Vec<TraceEvent>, presence| {
        let table = vec![row("c2", presence)];
        let at_server = Holdings { table, ..Holdings::default() };
        checked("peers_talk", &stage(events).holding(server(), at_server))
    };
    let events = || vec![fell_back(), saved(1)];
    assert_eq!(with(events(), Presence::Offline), "");
    assert_eq!(
        with(events(), Presence::Online),
        "`c2` did not answer to message c1/1, and still counts as online"
    );
    let back = [events(), vec![states("c2", Fact::Online)]].concat();
    assert_eq!(with(back, Presence::Online), "");
    // From a new address, it registers no second time.
    let takes = [events(), vec![states("c2", Fact::Taken(id(1)))]].concat();
    assert_eq!(with(takes, Presence::Online), "");
    let takes_another = [events(), vec![states("c2", Fact::Taken(id(2)))]].concat();
    assert_ne!(with(takes_another, Presence::Online), "");
}

#[test]
fn datagrams_windows_and_queues_keep_to_their_bounds() {
    let link = (client("c1"), "c2");
    let full = sent(1, link, vec![0; DATAGRAM_LEN_MAX]);
    assert_eq!(found("bounded", [full]), "");
    let long = sent(1, link, vec![0; DATAGRAM_LEN_MAX + 1]);
    let reason = "datagram #1 of `c1` has 1201 bytes, more than 1200";
    assert_eq!(found("bounded", [long]), reason);
    let segment = |number| datagram(vec![Segment { number, last: false, bytes: &[] }], None);
    assert_eq!(found("bounded", [sent(1, link, segment(WINDOW_SEGMENTS))]), "");
    let reason = "`c1` has more than 64 segments under way";
    assert_eq!(found("bounded", [sent(1, link, segment(WINDOW_SEGMENTS + 1))]), reason);
    let outbox = vec![(id(1), to_c2()); OUTBOX_MESSAGES_MAX + 1];
    let queues = stage([]).holding(client("c1"), Holdings { outbox, ..online() });
    assert_eq!(checked("bounded", &queues), "more than 128 messages wait at `c1` for c2");
}

#[test]
fn authors_are_told_what_becomes_of_their_messages() {
    let reason = "`c1` was never notified of the fate of message c1/1";
    assert_eq!(found("bounded", [written(1, to_c2())]), reason);
    assert_eq!(found("bounded", [written(1, to_c2()), saved(1)]), "");
    let gone = TraceEvent::Program(client("c1"), Change::Ended);
    assert_eq!(found("bounded", [written(1, to_c2()), gone]), "");
}

#[test]
fn strangers_get_no_more_than_they_sent() {
    let hello = || sent(1, (client("c1"), "c2"), vec![0; 100]);
    // c1 speaks first, to the server.
    let to_server = |number, bytes: Vec<u8>| {
        let (from, to) = (client("c1"), Some(server()));
        TraceEvent::Sent { number, from, to, bytes, hit_by: Vec::new() }
    };
    let arrives = |number| TraceEvent::Arrived { number, by: server() };
    let answer = |len| sent(2, (server(), "c1"), vec![0; len]);
    let with = |len| found("strangers", [to_server(1, vec![0; 100]), arrives(1), answer(len)]);
    assert_eq!(found("strangers", [hello()]), "");
    assert_eq!(with(100), "");
    let reason = "`server` has sent 101 bytes to `c1`, which has sent 100 and may be forged";
    assert_eq!(with(101), reason);
    // A peer that echoes the server's token has received it.
    let token = sent(2, (server(), "c1"), datagram(Vec::new(), None));
    let repeats = datagram(Vec::new(), Some(session(1)));
    let more = sent(4, (server(), "c1"), vec![0; 1200]);
    let events = |repeats| {
        let known = [to_server(3, repeats), arrives(3), more.clone()];
        [to_server(1, vec![0; 100]), arrives(1), token.clone()].into_iter().chain(known)
    };
    assert_eq!(found("strangers", events(repeats)), "");
    assert!(found("strangers", events(vec![0; 10])).ends_with("may be forged"));
}

#[test]
fn a_notice_of_the_version_is_an_answer_too() {
    let mut foreign = vec![codec::WIRE_VERSION + 1; 20];
    codec::seal(&mut foreign);
    let notice = VersionNotice::answering(&foreign).unwrap().encode();
    let unasked = found("strangers", [sent(1, (client("c1"), "c2"), notice.clone())]);
    assert_eq!(unasked, "`c1` has sent 14 bytes to `c2`, which has sent 0 and may be forged");
    let asked = [
        sent(1, (client("c2"), "c1"), foreign),
        TraceEvent::Arrived { number: 1, by: client("c1") },
        sent(2, (client("c1"), "c2"), notice),
    ];
    assert_eq!(found("strangers", asked), "");
}

#[test]
fn a_broken_promise_shows_the_messages_way() {
    let (c1, c2) = (client("c1"), client("c2"));
    let stage = stage([
        written(1, to_c2()),
        sent(7, (c1, "c2"), direct()),
        TraceEvent::Timer(c1),
        TraceEvent::Arrived { number: 7, by: c2 },
        states("c2", Fact::Taken(id(1))),
        states("c2", Fact::Taken(id(2))),
        TraceEvent::Program(c2, Change::Killed),
    ]);
    let broken = check("nothing_lost", &scenario(), &stage).unwrap_err();
    assert_eq!(broken.reason, "`c2` did not show `hello` from c1, and it is not waiting anywhere");
    let len = direct().len();
    let sent = format!("    0.002000 s  #7 c1 -> c2: send ({len} bytes)");
    assert_eq!(
        broken.way,
        [
            "    0.001000 s  c1 has message c1/1 for c2",
            &sent,
            "    0.004000 s  #7 arrives at c2",
            "    0.005000 s  c2 takes message c1/1",
            "    0.007000 s  c2: killed",
        ]
    );
}
