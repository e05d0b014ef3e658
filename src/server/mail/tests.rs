//! Mailboxes: their pages and their bounds.

use super::super::settings::Settings;
use super::mailboxes::Mailboxes;
use crate::protocol::limits::{
    MAIL_OVERHEAD_BYTES, MAILBOX_BYTES_MAX, MAILBOX_MESSAGES_MAX, NAME_LEN_MAX, RECEIPTS_OWED_MAX,
    RECOVERY_PAGE_TEXTS_MAX, TEXT_LEN_MAX,
};
use crate::protocol::{
    Bound, ClientName, Fate, GroupName, KeptText, Packet, Receipt, Recovery, Text, Timestamp, codec,
};

const LATEST: Timestamp = Timestamp::from_micros(u64::MAX);

fn name(text: &str) -> ClientName {
    ClientName::new(text).unwrap()
}

fn longest() -> String {
    "x".repeat(NAME_LEN_MAX)
}

fn by(from: &str, number: u64, len: usize) -> KeptText {
    KeptText {
        from: name(from),
        group: Some(GroupName::new(&longest()).unwrap()),
        text: Text { number, at: LATEST, body: "x".repeat(len) },
    }
}

fn text(number: u64, len: usize) -> KeptText {
    by(&longest(), number, len)
}

fn receipt(number: u64) -> Receipt {
    Receipt { number, at: LATEST, by: name(&longest()), fate: Fate::Delivered }
}

/// Bounds that one sender cannot reach before its receiver's are.
fn settings() -> Settings {
    Settings { mail_per_sender_max: usize::MAX, ..Settings::default() }
}

fn room(mail: &Mailboxes, text: &KeptText, settings: &Settings) -> Result<(), Bound> {
    mail.room_for(&[name("r")], text, settings)
}

fn keep(mail: &mut Mailboxes, text: &KeptText) {
    let number = mail.next_number();
    mail.keep(name("r"), number, LATEST, text);
}

/// Delivers a whole mailbox as a receiver sees it: all pages go through the codec.
fn deliver(mut mail: Mailboxes) -> Vec<Recovery> {
    let mut pages = Vec::new();
    while let Some(page) = mail.next_page(name("r"), pages.is_empty(), RECOVERY_PAGE_TEXTS_MAX) {
        let packet = codec::encode_packet(&Packet::Recover(page.recovery));
        let Packet::Recover(recovery) = codec::decode_packet(&packet).unwrap() else {
            unreachable!()
        };
        for number in page.numbers.letters() {
            assert!(mail.remove(name("r"), *number).is_some());
        }
        page.numbers.receipts().iter().for_each(|number| mail.remove_receipt(name("r"), *number));
        mail.assert_invariants();
        pages.push(recovery);
    }
    assert!(mail.is_empty());
    pages
}

#[test]
fn a_full_mailbox_is_delivered_in_pages_that_can_be_read() {
    let count = MAILBOX_MESSAGES_MAX as u64;
    for len in [0, 1, 250, 300, 1_000] {
        let mut mail = Mailboxes::default();
        for number in 0..count {
            assert_eq!(room(&mail, &text(number, len), &settings()), Ok(()));
            keep(&mut mail, &text(number, len));
            let receipt_number = mail.next_number();
            mail.keep_receipt(name("r"), receipt_number, receipt(number));
        }
        assert_eq!(room(&mail, &text(0, 0), &settings()), Err(Bound::Mailbox));
        let pages = deliver(mail);
        let texts = pages.iter().flat_map(|page| &page.texts).map(|text| text.text.number);
        assert!(texts.eq(0..count), "texts of {len} bytes");
        let receipts = pages.iter().flat_map(|page| &page.receipts);
        assert!(receipts.map(|receipt| receipt.number).eq(0..count));
        assert!(pages.iter().map(|page| page.page).eq(1..=pages.len() as u64));
        assert!(pages.iter().map(|page| page.first).eq((0..pages.len()).map(|n| n == 0)));
    }
}

#[test]
fn the_longest_texts_travel_two_by_two() {
    let mut mail = Mailboxes::default();
    for number in 0..5 {
        keep(&mut mail, &text(number, TEXT_LEN_MAX));
    }
    let pages = deliver(mail);
    assert_eq!(pages.iter().map(|page| page.texts.len()).collect::<Vec<_>>(), [2, 2, 1]);
}

#[test]
fn a_mailbox_holds_a_mebibyte() {
    let mut mail = Mailboxes::default();
    for number in 0..(MAILBOX_BYTES_MAX / TEXT_LEN_MAX) as u64 {
        assert_eq!(room(&mail, &text(number, TEXT_LEN_MAX), &settings()), Ok(()));
        keep(&mut mail, &text(number, TEXT_LEN_MAX));
    }
    assert_eq!(room(&mail, &text(0, 0), &settings()), Ok(()));
    assert_eq!(room(&mail, &text(0, 1), &settings()), Err(Bound::Mailbox));
    mail.remove(name("r"), 1);
    assert_eq!(room(&mail, &text(0, TEXT_LEN_MAX), &settings()), Ok(()));
}

#[test]
fn one_sender_leaves_room_for_others() {
    let mut mail = Mailboxes::default();
    let settings = Settings { mail_per_sender_max: 2, ..Settings::default() };
    for number in 0..2 {
        keep(&mut mail, &by("a", number, 1));
    }
    assert_eq!(room(&mail, &by("a", 2, 1), &settings), Err(Bound::Sender));
    assert_eq!(room(&mail, &by("b", 2, 1), &settings), Ok(()));
    assert_eq!(mail.remove(name("r"), 2), Some(by("a", 1, 1).id()));
    assert_eq!(room(&mail, &by("a", 2, 1), &settings), Ok(()));
}

#[test]
fn all_mailboxes_together_keep_to_the_bound_of_the_disk() {
    let mut mail = Mailboxes::default();
    let one = (100 + MAIL_OVERHEAD_BYTES) as u64;
    let settings = Settings { mail_bytes_in_all_max: 2 * one, ..settings() };
    mail.keep(name("p"), 1, LATEST, &text(0, 100));
    assert_eq!(room(&mail, &text(1, 100), &settings), Ok(()));
    assert_eq!(room(&mail, &text(1, 101), &settings), Err(Bound::Store));
    keep(&mut mail, &text(1, 100));
    assert_eq!(room(&mail, &text(2, 0), &settings), Err(Bound::Store));
}

#[test]
fn an_author_is_not_owed_receipts_without_bound() {
    let mut mail = Mailboxes::default();
    for number in 1..RECEIPTS_OWED_MAX as u64 {
        mail.keep_receipt(name("a"), number, receipt(number));
    }
    assert_eq!(room(&mail, &by("a", 0, 1), &settings()), Ok(()));
    keep(&mut mail, &by("a", 0, 1));
    assert_eq!(room(&mail, &by("a", 1, 1), &settings()), Err(Bound::Store));
    mail.remove_receipt(name("a"), 7);
    assert_eq!(room(&mail, &by("a", 1, 1), &settings()), Ok(()));
}

#[test]
fn the_copies_of_a_group_message_are_added_up() {
    let mut mail = Mailboxes::default();
    let three = [name("p"), name("q"), name("r")];
    let settings = Settings { receipts_max: 3, ..settings() };
    assert_eq!(mail.room_for(&three, &by("a", 0, 1), &settings), Ok(()));
    keep(&mut mail, &by("a", 0, 1));
    assert_eq!(mail.room_for(&three, &by("a", 1, 1), &settings), Err(Bound::Store));
    assert_eq!(mail.room_for(&three[1..], &by("a", 1, 1), &settings), Ok(()));
    let one = (1 + MAIL_OVERHEAD_BYTES) as u64;
    let settings = Settings { mail_bytes_in_all_max: 3 * one, ..Settings::default() };
    assert_eq!(mail.room_for(&three, &by("b", 0, 1), &settings), Err(Bound::Store));
    assert_eq!(mail.room_for(&three[1..], &by("b", 0, 1), &settings), Ok(()));
}

#[test]
fn a_page_has_as_many_texts_as_it_may() {
    let mut mail = Mailboxes::default();
    (0..4).for_each(|number| keep(&mut mail, &text(number, 1)));
    let page = mail.next_page(name("r"), true, 3).unwrap();
    assert_eq!(page.numbers.letters(), [1, 2, 3]);
}

#[test]
fn what_is_under_way_is_in_no_page_and_does_not_age() {
    let mut mail = Mailboxes::default();
    keep(&mut mail, &text(7, 1));
    keep(&mut mail, &text(8, 1));
    mail.set_under_way(name("r"), 1, true);
    assert_eq!(mail.older_than(LATEST), [(name("r"), 2)]);
    let page = mail.next_page(name("r"), true, 2).unwrap();
    assert_eq!((page.numbers.letters(), page.recovery.texts), ([2].as_slice(), vec![text(8, 1)]));
    mail.set_under_way(name("r"), 1, false);
    assert_eq!(mail.next_page(name("r"), true, 2).unwrap().numbers.letters(), [1, 2]);
}
