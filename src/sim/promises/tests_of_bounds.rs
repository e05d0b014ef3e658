//! The checkers use the bounds that a scenario sets.

use super::testing::{Holding as _, check, client, scenario};
use super::tests::{id, name, online, to_c2};
use crate::protocol::{
    Address, ClientName, Fact, Fate, Holdings, MessageId, Presence, Receipt, Row, Timestamp,
};
use crate::sim;
use chatsim::scenario::{Scenario, Source};
use chatsim::stage::{Change, Recorded, TraceEntry, TraceEvent};

/// A scenario with small bounds.
fn small() -> Scenario {
    let text = "chatsim: 1\nclock: 1970-01-01T00:00:00\n\
                server: { mail_per_sender: 1, mail_per_person: 2, mail_bytes_per_person: 30B, \
                mail_bytes: 400B, receipts: 3, table: 1, link_queue: 64KiB }\n\
                clients: { c1: { outbox: 2, held: 2 }, c2: null }\nsteps: [settle]\n";
    sim::parse(&Source::new("small.yaml".into(), text.into())).unwrap().remove(0)
}

fn breach(promise: &str, scenario: &Scenario, server: Holdings, c1: Holdings) -> String {
    let stage = Recorded::default().holding(sim::server(), server).holding(client("c1"), c1);
    let checked = check(promise, scenario, &stage);
    checked.err().map(|broken| broken.reason).unwrap_or_default()
}

fn kept(to: &str, from: &str, number: u64) -> (ClientName, MessageId) {
    (name(to), MessageId { from: name(from), number })
}

#[test]
fn a_client_keeps_to_the_bounds_of_its_declaration() {
    let of_c1 = |c1| breach("bounded", &small(), Holdings::default(), c1);
    let waiting = |count| Holdings { outbox: vec![(id(1), to_c2()); count], ..online() };
    assert_eq!(of_c1(waiting(2)), "");
    assert_eq!(of_c1(waiting(3)), "more than 2 messages wait at `c1` for c2");
    assert_eq!(breach("bounded", &scenario(), Holdings::default(), waiting(3)), "");
    let held = |count| Holdings { held: vec![id(1); count], ..online() };
    assert_eq!(of_c1(held(1)), "");
    let reason = "more than 1 messages wait at `c1` for the end of a group visit";
    assert_eq!(of_c1(held(2)), reason);
}

#[test]
fn a_server_keeps_to_the_bounds_of_its_declaration() {
    let of_server = |server| breach("bounded", &small(), server, online());
    let mail = |mailboxes| Holdings { mailboxes, ..Holdings::default() };
    let two = vec![kept("c2", "c1", 1), kept("c2", "c3", 1)];
    assert_eq!(of_server(mail(two.clone())), "");
    let three = [two, vec![kept("c2", "c4", 1)]].concat();
    assert_eq!(of_server(mail(three)), "more than 2 messages wait at the server for c2");
    let of_one = vec![kept("c2", "c1", 1), kept("c2", "c1", 2)];
    let reason = "more than 1 messages from c1 wait at the server for c2";
    assert_eq!(of_server(mail(of_one)), reason);
    let bytes = |bytes| Holdings { mail_bytes: vec![(name("c2"), bytes)], ..Holdings::default() };
    assert_eq!(of_server(bytes(30)), "");
    assert_eq!(of_server(bytes(31)), "more than 30 bytes wait at the server for c2");
    let each = ["c2", "c3", "c4"].map(|to| kept(to, to, 1)).to_vec();
    let store = |bytes| Holdings {
        mail_bytes: ["c2", "c3", "c4"].map(|to| (name(to), bytes)).to_vec(),
        ..mail(each.clone())
    };
    assert_eq!(of_server(store(5)), "");
    assert_eq!(of_server(store(6)), "more than 400 bytes wait at the server");
    let link = |link_bytes| Holdings { link_bytes, ..Holdings::default() };
    assert_eq!(of_server(link(65_536)), "");
    assert_eq!(of_server(link(65_537)), "more than 65536 bytes wait on a link of the server");
}

#[test]
fn messages_and_receipts_of_an_author_count_together() {
    let receipt = |number| Receipt {
        number,
        at: Timestamp::default(),
        by: name("c2"),
        fate: Fate::Delivered,
    };
    let owed = |count: u64| Holdings {
        mailboxes: vec![kept("c2", "c1", 9)],
        receipts: (0..count).map(|number| (name("c1"), receipt(number))).collect(),
        ..Holdings::default()
    };
    let of_server = |server| breach("bounded", &small(), server, online());
    assert_eq!(of_server(owed(2)), "");
    assert_eq!(of_server(owed(3)), "more than 3 receipts are or will be owed to c1");
}

#[test]
fn a_message_waits_only_where_a_bound_is_reached() {
    let waits = |bytes| Holdings {
        outbox: vec![(id(2), to_c2())],
        next_bytes: vec![(to_c2(), bytes)],
        ..online()
    };
    let delivered = |server, bytes| breach("all_delivered", &small(), server, waits(bytes));
    let reason = "message c1/2 for c2 waits at `c1`, which is online";
    assert_eq!(delivered(Holdings::default(), 30), reason);
    assert_eq!(delivered(Holdings::default(), 31), "", "the text is too large");
    let mailboxes = vec![kept("c2", "c1", 1)];
    let full = || Holdings { mailboxes: mailboxes.clone(), ..Holdings::default() };
    assert_eq!(delivered(full(), 1), "");
    assert_eq!(breach("all_delivered", &scenario(), full(), waits(1)), reason);
}

#[test]
fn a_client_knows_whether_its_table_is_complete() {
    let address = Address::new(([127, 0, 0, 1], 1).into());
    let row = |text: &str| Row::new(name(text), address, Presence::Online);
    let server = |names: &[&str]| Holdings {
        table: names.iter().map(|name| row(name)).collect(),
        ..Holdings::default()
    };
    let table = vec![row("c1")];
    let c1 = |is_excerpt| Holdings { table: table.clone(), is_excerpt, ..online() };
    let agree = |server, c1| breach("tables_agree", &small(), server, c1);
    assert_eq!(agree(server(&["c1"]), c1(false)), "");
    assert_eq!(agree(server(&["c1", "c3"]), c1(true)), "");
    let reason = "`c1` believes that a register table of 2 rows is complete";
    assert_eq!(agree(server(&["c1", "c3"]), c1(false)), reason);
    let reason = "`c1` believes that a register table of 1 rows is not broadcast";
    assert_eq!(agree(server(&["c1"]), c1(true)), reason);
}

#[test]
fn an_expired_message_is_not_lost_and_told_once() {
    let states = |fact: Fact| TraceEvent::Fact(client("c1"), fact.encode());
    let written = states(Fact::Written { id: id(1), to: to_c2(), at: Timestamp::default() });
    let saved = states(Fact::Saved { id: id(1), to: name("c2") });
    let expired = || states(Fact::Expired { id: id(1), by: name("c2") });
    let found = |promise, events: Vec<TraceEvent>| {
        let stage = Recorded::default()
            .with_events(events)
            .holding(sim::server(), Holdings::default())
            .holding(client("c1"), online());
        check(promise, &scenario(), &stage).err().map(|it| it.reason).unwrap_or_default()
    };
    let lost = "`c2` did not show message c1/1, and it is not waiting anywhere";
    assert_eq!(found("nothing_lost", vec![written.clone(), saved.clone()]), lost);
    assert_eq!(found("nothing_lost", vec![written, saved, expired()]), "");
    assert_eq!(found("receipts", vec![expired()]), "");
    let twice = "`c1` has two receipts from `c2` for message c1/1";
    assert_eq!(found("receipts", vec![expired(), expired()]), twice);
}

#[test]
fn a_message_expires_unless_the_server_is_hindered() {
    let text = "chatsim: 1\nserver: { mail_age: 1h }\nclients: [c1, c2]\nsteps: [settle]\n";
    let scenario = sim::parse(&Source::new("age.yaml".into(), text.into())).unwrap().remove(0);
    let happens = |hours: u64, event| {
        let at = Timestamp::from_micros(hours * 3_600_000_000);
        TraceEntry { at, event }
    };
    let server = |change| TraceEvent::Program(sim::server(), change);
    let stored = Fact::Kept { id: id(1), to: name("c2") };
    let stored = || happens(2, TraceEvent::Fact(sim::server(), stored.encode()));
    let found = |hours, between: Vec<TraceEntry>| {
        let start = [happens(1, server(Change::Started)), stored()];
        let end = happens(hours, TraceEvent::Fact(client("c1"), Fact::Online.encode()));
        let trace = start.into_iter().chain(between).chain([end]).collect();
        let mailboxes = vec![kept("c2", "c1", 1)];
        let stage = Recorded::new(trace)
            .holding(sim::server(), Holdings { mailboxes, ..Holdings::default() });
        check("bounded", &scenario, &stage).err().map(|it| it.reason).unwrap_or_default()
    };
    let late = "message c1/1 waits for c2 at the server for longer than 3600s";
    assert_eq!(found(5, vec![]), "");
    assert_eq!(found(6, vec![]), late);
    assert_eq!(found(6, vec![happens(3, server(Change::Started))]), "");
    assert_eq!(found(9, vec![happens(3, server(Change::Paused))]), "");
    let set_back = Change::ClockJumped(jiff::SignedDuration::from_hours(-2));
    assert_eq!(found(9, vec![happens(3, server(set_back))]), "");
}
