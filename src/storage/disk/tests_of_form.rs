//! The format of stored data, byte by byte, and its migrations.

use std::fmt::Write as _;

use redb::{ReadableTable as _, WriteTransaction};

use super::folder;
use super::tests::{filled, group, load, mail, name, open};
use super::{database, entry};
use crate::client::Client;
use crate::protocol::{
    Address, Audience, Fate, GroupName, KeptText, MessageId, Receipt, Text, Timestamp,
};
use crate::records::FORMAT_VERSION;
use crate::records::{Arrival, ClientRecord, Entry, Kind, ServerRecord, State, Way};
use crate::server::Server;
use crate::storage::{Owner, Record, lines};

/// The checksum of all examples in each version of the format, as bytes and as lines of JSON.
const CHECKSUMS: &[(u32, u32)] = &[(2, 0x5cf1_58c2)];

fn at(micros: u64) -> Timestamp {
    Timestamp::from_micros(micros)
}

fn sea() -> GroupName {
    GroupName::new("sea").unwrap()
}

fn text() -> Text {
    Text { number: 1_698_244_800_000_000, at: at(70_000), body: "hé!".to_owned() }
}

fn message() -> KeptText {
    KeptText { from: name("c1"), group: Some(sea()), text: text() }
}

fn receipt(fate: Fate) -> Receipt {
    Receipt { number: 300, at: at(5), by: name("c2"), fate }
}

/// A record, and its bytes in hexadecimal digits: the key, then the checksum and the value.
type Example = (Record, &'static str);

/// Each kind of record of the server, and each way to fill it.
fn of_server() -> Vec<Example> {
    vec![
        (
            ServerRecord::Client {
                name: name("c1"),
                address: Address::new("127.0.0.1:2475".parse().unwrap()),
            }
            .into(),
            "01633100 af049d5300026331007f000001fbab09",
        ),
        (
            ServerRecord::Client {
                name: name("c2"),
                address: Address::new("[::1]:2475".parse().unwrap()),
            }
            .into(),
            "01633200 5e1e64e2000263320100000000000000000000000000000001fbab09",
        ),
        (group(3), "020000000000000003 82017c0f0103026733"),
        (
            ServerRecord::Member { client: name("c1"), group: sea(), number: 4 }.into(),
            "03633100 754f8016020263310373656104",
        ),
        (
            mail("c1", 9, 2),
            "046331000000000000000009 670e69d203026331090706617574686f72000909027878",
        ),
        (
            ServerRecord::Mail { to: name("c2"), number: 251, kept_at: at(7), text: message() }
                .into(),
            "0463320000000000000000fb b643c7f203026332fbfb00070263310103736561fd00b00b6e8b080600fc701101000468c3a921",
        ),
        (
            ServerRecord::Receipt { to: name("c1"), number: 8, receipt: receipt(Fate::Expired) }
                .into(),
            "056331000000000000000008 b19642960402633108fb2c010502633201",
        ),
        (
            ServerRecord::Handled { from: name("c1"), numbers: vec![1, 251, 65_536] }.into(),
            "06633100 501f54e8050263310301fbfb00fc00000100",
        ),
        (ServerRecord::Kicked(name("c2")).into(), "10633200 89f4ef3f10026332"),
    ]
}

/// Each kind of record of a client but that of arrivals, and each way to fill it.
fn of_client() -> Vec<Example> {
    let person = Audience::Person(name("c2"));
    let id = MessageId { from: name("c2"), number: 250 };
    let said = Entry {
        number: 9,
        with: Audience::Group(sea()),
        from: name("c1"),
        text: text(),
        state: State::Arrived,
    };
    vec![
        (
            ClientRecord::Outgoing { to: person, text: text() }.into(),
            "070006088b6e0bb000 3ddf937c0600026332fd00b00b6e8b080600fc701101000468c3a921",
        ),
        (
            ClientRecord::Outgoing { to: Audience::Group(sea()), text: text() }.into(),
            "070006088b6e0bb000 11e44b56060103736561fd00b00b6e8b080600fc701101000468c3a921",
        ),
        (ClientRecord::Numbered(1_698_244_860_000_000).into(), "08 2c5e767307fd00379f718b080600"),
        (
            ClientRecord::Held { number: 6, message: message() }.into(),
            "0a0000000000000006 d391539b09060263310103736561fd00b00b6e8b080600fc701101000468c3a921",
        ),
        (ClientRecord::Shown(7).into(), "09 b49f1b940a07"),
        (
            ClientRecord::Seen { place: 1, id }.into(),
            "0c6332000000000000000001 0bfa758c0b01026332fa",
        ),
        (
            ClientRecord::Receipted { place: 2, id }.into(),
            "0d6332000000000000000002 1f1c6a080c02026332fa",
        ),
        (
            ClientRecord::Awaited { to: name("c2"), text: text() }.into(),
            "0e0006088b6e0bb000 b25e32c30d026332fd00b00b6e8b080600fc701101000468c3a921",
        ),
        (ClientRecord::Muted(name("c2")).into(), "0f633200 a2f7b22a0e026332"),
        (
            ClientRecord::Said(Entry {
                number: 10,
                with: person,
                state: State::Cancelled,
                ..said.clone()
            })
            .into(),
            "11000000000000000a 7c9573e40f0a00026332026331fd00b00b6e8b080600fc701101000468c3a92107",
        ),
        (
            ClientRecord::Said(said).into(),
            "110000000000000009 e37c94d20f090103736561026331fd00b00b6e8b080600fc701101000468c3a92100",
        ),
    ]
}

/// Each way to fill a record of an arrival.
fn of_arrivals() -> Vec<Example> {
    let message_of = |way| Arrival::Message { way, message: message() };
    vec![
        (
            ClientRecord::Incoming { slot: 1, number: 2, arrival: message_of(Way::Live) }.into(),
            "0b0000000000000001 e974f23608010200000263310103736561fd00b00b6e8b080600fc701101000468c3a921",
        ),
        (
            ClientRecord::Incoming { slot: 2, number: 3, arrival: message_of(Way::Kept) }.into(),
            "0b0000000000000002 9ae2184308020300010263310103736561fd00b00b6e8b080600fc701101000468c3a921",
        ),
        (
            ClientRecord::Incoming { slot: 3, number: 4, arrival: message_of(Way::FirstKept) }
                .into(),
            "0b0000000000000003 a734f1cc08030400020263310103736561fd00b00b6e8b080600fc701101000468c3a921",
        ),
        (
            ClientRecord::Incoming {
                slot: 4,
                number: 5,
                arrival: Arrival::Receipt(receipt(Fate::Delivered)),
            }
            .into(),
            "0b0000000000000004 51109e3c08040501fb2c010502633200",
        ),
    ]
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

#[test]
fn every_kind_of_record_has_an_example() {
    let check = |kinds: &[Kind], examples: Vec<Example>| {
        for kind in kinds {
            assert!(
                examples.iter().any(|(record, _)| record.kind() == kind),
                "`{}` has no example: add a record and its bytes",
                kind.name
            );
        }
    };
    check(ServerRecord::KINDS, of_server());
    check(ClientRecord::KINDS, [of_client(), of_arrivals()].concat());
}

#[test]
fn every_kind_of_record_is_restored() {
    let mut server = Server::new(1, at(0));
    let mut client = Client::new(name("c1"), Address::new("127.0.0.1:2".parse().unwrap()), 1);
    // A membership is restored after its group.
    server.restore(&ServerRecord::Group { number: 1, group: sea() });
    // Arrivals with numbers up to that of `Shown` count as shown.
    let examples = of_server().into_iter().chain(of_arrivals()).chain(of_client());
    let mut restored = Vec::new();
    for (record, _) in examples {
        let (kind, before) = (record.kind(), format!("{server:?} {client:?}"));
        match record {
            Record::Server(record) => server.restore(&record),
            Record::Client(record) => client.restore(record),
        }
        if format!("{server:?} {client:?}") != before {
            restored.push(kind);
        }
    }
    for kind in ServerRecord::KINDS.iter().chain(ClientRecord::KINDS) {
        assert!(
            restored.contains(&kind),
            "`{}` is stored but not restored: `restore` of its program ignores its examples",
            kind.name
        );
    }
}

#[test]
fn records_have_the_bytes_of_their_examples_and_are_read_by_their_owner_only() {
    let (server, client) = (Owner::Server, Owner::Client(name("c1")));
    let check = |examples: Vec<Example>, owner: Owner, other: Owner| {
        for (record, form) in examples {
            let (key, mut value) = (record.key().encode(), Vec::new());
            entry::seal(&key, &record.encode(), &mut value);
            assert_eq!(format!("{} {}", hex(&key), hex(&value)), form, "{record:?}");
            assert_eq!(entry::open_record(&key, &value, Some(other)), None, "{record:?}");
            for owner in [Some(owner), None] {
                assert_eq!(entry::open_record(&key, &value, owner).as_ref(), Some(&record));
            }
        }
    };
    check(of_server(), server, client);
    check(of_client(), client, server);
    check(of_arrivals(), client, server);
}

#[test]
fn the_form_is_that_of_its_version() {
    let examples = of_server().into_iter().chain(of_client()).chain(of_arrivals());
    let mut forms: Vec<_> = examples
        .map(|(record, bytes)| format!("{bytes} {}", lines::write_record(&record)))
        .collect();
    // Their order does not matter.
    forms.sort();
    let checksum = crc32fast::hash(forms.join("\n").as_bytes());
    let known = CHECKSUMS.iter().find(|(version, _)| *version == FORMAT_VERSION);
    assert_eq!(
        known.map(|(_, checksum)| *checksum),
        Some(checksum),
        "the form of records has changed: raise `FORMAT_VERSION` beside the records, and append \
         `(FORMAT_VERSION, {checksum:#010x})` to `CHECKSUMS`"
    );
}

/// Makes one record from another, as a migration does.
fn rename(transaction: &WriteTransaction) -> Result<(), redb::Error> {
    let mut table = transaction.open_table(database::RECORDS)?;
    let (old, new, mut value) = (group(1).key().encode(), group(100).key().encode(), Vec::new());
    entry::seal(&new, &group(100).encode(), &mut value);
    assert!(table.get(&*old)?.is_some());
    table.remove(&*old)?;
    table.insert(&*new, &*value)?;
    Ok(())
}

fn fail(transaction: &WriteTransaction) -> Result<(), redb::Error> {
    rename(transaction)?;
    Err(redb::Error::Corrupted("it is not as it should be".to_owned()))
}

#[test]
fn a_migration_is_taken_as_a_whole_or_not_at_all() {
    let folder = filled();
    let before = load(&mut open(folder.path()).unwrap());
    assert!(before.contains(&group(1)));
    let opened = || folder::open(folder.path(), Owner::Server).unwrap().kept.records;
    opened().migrate_by(&[rename, fail]).unwrap_err();
    assert_eq!(load(&mut open(folder.path()).unwrap()), before);
    opened().migrate_by(&[rename]).unwrap();
    let after = load(&mut open(folder.path()).unwrap());
    assert!(!after.contains(&group(1)) && after.contains(&group(100)));
    assert_eq!(after.len(), before.len());
}
