//! The form of what is kept, byte by byte, and how an older one becomes the present one.

use std::fmt::Write as _;

use redb::{ReadableTable as _, WriteTransaction};

use super::folder;
use super::meta::FORMAT_VERSION;
use super::tests::{filled, group, load, mail, name, open};
use super::{database, entry};
use crate::protocol::{
    Address, Audience, Fate, GroupName, KeptText, MessageId, Receipt, Text, Timestamp,
};
use crate::records::{Arrival, Entry, Record, State, Way};
use crate::storage::Owner;

fn at(micros: u64) -> Timestamp {
    Timestamp::from_micros(micros)
}

/// One record of each kind, and each way to fill it.
fn records() -> Vec<Record> {
    let sea = GroupName::new("sea").unwrap();
    let text = Text { number: 1_698_244_800_000_000, at: at(70_000), body: "hé!".to_owned() };
    let message = KeptText { from: name("c1"), group: Some(sea), text: text.clone() };
    let said = Entry {
        number: 9,
        with: Audience::Group(sea),
        from: name("c1"),
        text: text.clone(),
        state: State::Arrived,
    };
    let person = Audience::Person(name("c2"));
    let receipt = Receipt { number: 300, at: at(5), by: name("c2"), fate: Fate::Expired };
    let message_of = |way| Arrival::Message { way, message: message.clone() };
    let id = MessageId { from: name("c2"), number: 250 };
    vec![
        Record::Client {
            name: name("c1"),
            address: Address::new("127.0.0.1:2475".parse().unwrap()),
        },
        Record::Client { name: name("c2"), address: Address::new("[::1]:2475".parse().unwrap()) },
        group(3),
        Record::Member { client: name("c1"), group: sea, number: 4 },
        mail("c1", 9, 2),
        Record::Mail { to: name("c2"), number: 251, kept_at: at(7), text: message.clone() },
        Record::Receipt { to: name("c1"), number: 8, receipt },
        Record::Handled { from: name("c1"), numbers: vec![1, 251, 65_536] },
        Record::Outgoing { to: Audience::Person(name("c2")), text: text.clone() },
        Record::Outgoing { to: Audience::Group(sea), text: text.clone() },
        Record::Numbered(1_698_244_860_000_000),
        Record::Incoming { slot: 1, number: 2, arrival: message_of(Way::Live) },
        Record::Incoming { slot: 2, number: 3, arrival: message_of(Way::Kept) },
        Record::Incoming { slot: 3, number: 4, arrival: message_of(Way::FirstKept) },
        Record::Incoming {
            slot: 4,
            number: 5,
            arrival: Arrival::Receipt(Receipt { fate: Fate::Delivered, ..receipt }),
        },
        Record::Held { number: 6, message },
        Record::Shown(7),
        Record::Seen { place: 1, id },
        Record::Receipted { place: 2, id },
        Record::Awaited { to: name("c2"), text },
        Record::Muted(name("c2")),
        Record::Said(Entry { number: 10, with: person, state: State::Cancelled, ..said.clone() }),
        Record::Said(said),
        Record::Kicked(name("c2")),
    ]
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

/// These records in version 2: the key, then the checksum and the value.
const FORM: [&str; 24] = [
    "01633100 af049d5300026331007f000001fbab09",
    "01633200 5e1e64e2000263320100000000000000000000000000000001fbab09",
    "020000000000000003 82017c0f0103026733",
    "03633100 754f8016020263310373656104",
    "046331000000000000000009 670e69d203026331090706617574686f72000909027878",
    "0463320000000000000000fb b643c7f203026332fbfb00070263310103736561fd00b00b6e8b080600fc701101000468c3a921",
    "056331000000000000000008 b19642960402633108fb2c010502633201",
    "06633100 501f54e8050263310301fbfb00fc00000100",
    "070006088b6e0bb000 3ddf937c0600026332fd00b00b6e8b080600fc701101000468c3a921",
    "070006088b6e0bb000 11e44b56060103736561fd00b00b6e8b080600fc701101000468c3a921",
    "08 2c5e767307fd00379f718b080600",
    "0b0000000000000001 e974f23608010200000263310103736561fd00b00b6e8b080600fc701101000468c3a921",
    "0b0000000000000002 9ae2184308020300010263310103736561fd00b00b6e8b080600fc701101000468c3a921",
    "0b0000000000000003 a734f1cc08030400020263310103736561fd00b00b6e8b080600fc701101000468c3a921",
    "0b0000000000000004 51109e3c08040501fb2c010502633200",
    "0a0000000000000006 d391539b09060263310103736561fd00b00b6e8b080600fc701101000468c3a921",
    "09 b49f1b940a07",
    "0c6332000000000000000001 0bfa758c0b01026332fa",
    "0d6332000000000000000002 1f1c6a080c02026332fa",
    "0e0006088b6e0bb000 b25e32c30d026332fd00b00b6e8b080600fc701101000468c3a921",
    "0f633200 a2f7b22a0e026332",
    "11000000000000000a 7c9573e40f0a00026332026331fd00b00b6e8b080600fc701101000468c3a92107",
    "110000000000000009 e37c94d20f090103736561026331fd00b00b6e8b080600fc701101000468c3a92100",
    "10633200 89f4ef3f10026332",
];

/// Whoever changes the form of a record, or makes a new kind in the midst of the others, raises
/// the version and writes a migration.
#[test]
fn the_form_is_that_of_its_version() {
    assert_eq!(FORMAT_VERSION, 2);
    let lines = records().into_iter().map(|record| {
        let (stored_key, mut value) = (record.key().encode(), Vec::new());
        entry::seal(&stored_key, &record.encode(), &mut value);
        assert_eq!(entry::open_record(&stored_key, &value), Some(record));
        format!("{} {}", hex(&stored_key), hex(&value))
    });
    assert_eq!(lines.collect::<Vec<_>>(), FORM);
}

/// Makes one record of another, as a migration does.
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
