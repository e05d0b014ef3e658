//! One mailbox: what is kept for one client, in which pages it is delivered, and its bounds.

use std::collections::VecDeque;

use serde::Deserialize;

use super::super::settings::Settings;
use crate::protocol::limits::{
    MAIL_OVERHEAD_BYTES, RECOVERY_PAGE_BYTES_MAX, RECOVERY_PAGE_RECEIPTS_MAX,
    RECOVERY_PAGE_TEXTS_MAX,
};
use crate::protocol::sabotage::{self, Bug};
use crate::protocol::{
    Bound, ClientName, GroupName, KeptText, MessageId, Receipt, Recovery, Text, Timestamp, codec,
};

/// What is kept for one client, oldest first.
#[derive(Debug, Default)]
pub(super) struct Mailbox {
    letters: VecDeque<Letter>,
    /// Bytes of the texts of all letters.
    bytes: usize,
    receipts: VecDeque<KeptReceipt>,
    /// Numbers the pages in which it is delivered.
    pages: u64,
}

/// A kept message. A server has millions of them, so it is packed.
#[derive(Debug)]
pub(super) struct Letter {
    number: u64,
    kept_at: Timestamp,
    /// The encoded text.
    packed: Box<[u8]>,
    /// Whether it is being sent to its receiver on its own, outside of pages.
    is_under_way: bool,
}

/// A kept receipt.
#[derive(Debug)]
struct KeptReceipt {
    number: u64,
    receipt: Receipt,
    /// Whether it is being sent to its author on its own, outside of pages.
    is_under_way: bool,
}

/// A page of what was kept for a client, and the numbers under which it is kept.
#[derive(Debug)]
pub(in crate::server) struct Page {
    pub(in crate::server) recovery: Recovery,
    pub(in crate::server) numbers: PageNumbers,
}

/// The number of a page of what was kept for a client, and the numbers of its contents.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::server) struct PageNumbers {
    page: u64,
    letters: Vec<u64>,
    receipts: Vec<u64>,
}

impl PageNumbers {
    /// Returns the number of the page.
    pub(in crate::server) const fn number(&self) -> u64 {
        self.page
    }

    /// Returns the numbers of the messages in it.
    pub(in crate::server) fn letters(&self) -> &[u64] {
        &self.letters
    }

    /// Returns the numbers of the receipts in it.
    pub(in crate::server) fn receipts(&self) -> &[u64] {
        &self.receipts
    }

    /// Returns whether there are messages in it.
    pub(in crate::server) const fn has_letters(&self) -> bool {
        !self.letters.is_empty()
    }
}

/// A kept message, borrowed from its packed bytes. It is decoded like a [`KeptText`].
#[derive(Deserialize)]
struct Unpacked<'a> {
    from: ClientName,
    group: Option<GroupName>,
    number: u64,
    at: Timestamp,
    body: &'a str,
}

impl Letter {
    #[expect(clippy::expect_used, reason = "an encoding that cannot be read is a bug of the codec")]
    fn unpack(&self) -> Unpacked<'_> {
        codec::decode_kept(&self.packed).expect("what was encoded here can be decoded")
    }

    /// Returns the number under which it is kept.
    pub(super) const fn number(&self) -> u64 {
        self.number
    }

    /// Returns since when it is kept, by the clock.
    pub(super) const fn kept_at(&self) -> Timestamp {
        self.kept_at
    }

    /// Returns whether it is being sent to its receiver on its own.
    pub(super) const fn is_under_way(&self) -> bool {
        self.is_under_way
    }

    /// Returns the message.
    pub(super) fn text(&self) -> KeptText {
        let Unpacked { from, group, number, at, body } = self.unpack();
        KeptText { from, group, text: Text { number, at, body: body.to_owned() } }
    }

    /// Returns which message it is.
    pub(super) fn id(&self) -> MessageId {
        let Unpacked { from, number, .. } = self.unpack();
        MessageId { from, number }
    }
}

impl Mailbox {
    /// Returns whether nothing is kept in it, and it has never been delivered.
    pub(super) fn is_unused(&self) -> bool {
        self.letters.is_empty() && self.receipts.is_empty() && self.pages == 0
    }

    /// Keeps a message. Its number must be higher than all before it.
    pub(super) fn keep(&mut self, number: u64, kept_at: Timestamp, text: &KeptText) {
        self.bytes += text.text.body.len();
        // Without spare capacity: there may be a million mailboxes.
        let packed = codec::encode_kept(text).as_slice().into();
        if self.letters.len() == self.letters.capacity() {
            self.letters.reserve_exact(4.max(self.letters.len() / 4));
        }
        self.letters.push_back(Letter { number, kept_at, packed, is_under_way: false });
    }

    /// Keeps a receipt. Its number must be higher than all before it.
    pub(super) fn keep_receipt(&mut self, number: u64, receipt: Receipt) {
        self.receipts.push_back(KeptReceipt { number, receipt, is_under_way: false });
    }

    /// Drops a message. Returns which one it was, and the bytes of its text.
    pub(super) fn remove(&mut self, number: u64) -> Option<(MessageId, usize)> {
        let letter = self.letters.remove(self.place_of(number).ok()?)?;
        let Unpacked { from, number, body, .. } = letter.unpack();
        self.bytes -= body.len();
        Some((MessageId { from, number }, body.len()))
    }

    /// Drops a receipt. Returns whether there was one.
    pub(super) fn remove_receipt(&mut self, number: u64) -> bool {
        let place = self.place_of_receipt(number);
        place.is_ok_and(|place| self.receipts.remove(place).is_some())
    }

    /// Returns all messages, oldest first.
    pub(super) fn letters(&self) -> impl ExactSizeIterator<Item = &Letter> {
        self.letters.iter()
    }

    /// Returns all receipts, oldest first.
    pub(super) fn receipts(&self) -> impl ExactSizeIterator<Item = Receipt> {
        self.receipts.iter().map(|kept| kept.receipt)
    }

    /// Returns the numbers of all receipts that are under way on their own.
    pub(super) fn receipts_under_way(&self) -> impl Iterator<Item = u64> {
        self.receipts.iter().filter(|kept| kept.is_under_way).map(|kept| kept.number)
    }

    /// Returns a message.
    pub(super) fn letter(&self, number: u64) -> Option<&Letter> {
        self.letters.get(self.place_of(number).ok()?)
    }

    /// Returns a receipt.
    pub(super) fn receipt(&self, number: u64) -> Option<Receipt> {
        let place = self.place_of_receipt(number).ok()?;
        self.receipts.get(place).map(|kept| kept.receipt)
    }

    /// Returns the messages that are not under way on their own, oldest first.
    pub(super) fn waiting(&self) -> impl Iterator<Item = &Letter> {
        self.letters.iter().filter(|letter| !letter.is_under_way)
    }

    /// Notes whether a message is under way on its own.
    pub(super) fn set_under_way(&mut self, number: u64, is_under_way: bool) {
        if let Ok(place) = self.place_of(number)
            && let Some(letter) = self.letters.get_mut(place)
        {
            letter.is_under_way = is_under_way;
        }
    }

    /// Notes whether a receipt is under way on its own.
    pub(super) fn set_receipt_under_way(&mut self, number: u64, is_under_way: bool) {
        if let Ok(place) = self.place_of_receipt(number)
            && let Some(kept) = self.receipts.get_mut(place)
        {
            kept.is_under_way = is_under_way;
        }
    }

    /// Notes that nothing is under way any more: everything has to be sent again.
    pub(super) fn recall(&mut self) {
        self.letters.iter_mut().for_each(|letter| letter.is_under_way = false);
        self.receipts.iter_mut().for_each(|kept| kept.is_under_way = false);
    }

    /// Frees spare capacity.
    pub(super) fn shrink(&mut self) {
        self.letters.shrink_to_fit();
        self.receipts.shrink_to_fit();
    }

    fn place_of(&self, number: u64) -> Result<usize, usize> {
        self.letters.binary_search_by_key(&number, |letter| letter.number)
    }

    fn place_of_receipt(&self, number: u64) -> Result<usize, usize> {
        self.receipts.binary_search_by_key(&number, |receipt| receipt.number)
    }

    /// Checks whether there is room for a message.
    ///
    /// # Errors
    ///
    /// The bound that would be exceeded.
    pub(super) fn room_for(&self, text: &KeptText, settings: &Settings) -> Result<(), Bound> {
        if self.has_of(text.from, settings.mail_per_sender_max)
            && !sabotage::has(Bug::SenderBoundIsIgnored)
        {
            return Err(Bound::Sender);
        }
        let has_room = self.letters.len() < settings.mail_per_receiver_max
            && self.bytes + text.text.body.len() <= settings.mail_bytes_per_receiver_max;
        if has_room { Ok(()) } else { Err(Bound::Mailbox) }
    }

    /// Returns whether at least `count` messages are from this author.
    fn has_of(&self, author: ClientName, count: usize) -> bool {
        if self.letters.len() < count {
            return false;
        }
        // An encoded text begins with its author.
        let author = codec::encode_kept(&author);
        self.letters.iter().filter(|letter| letter.packed.starts_with(&author)).count() >= count
    }

    /// Makes the next page; `None` when everything is under way.
    pub(super) fn next_page(&mut self, first: bool) -> Option<Page> {
        let mut bytes = 0;
        let fits = |(_, text): &(u64, KeptText)| {
            bytes += text.text.body.len();
            bytes <= RECOVERY_PAGE_BYTES_MAX
        };
        let waiting = self.waiting();
        let (letters, texts): (Vec<_>, Vec<_>) = waiting
            .take(RECOVERY_PAGE_TEXTS_MAX)
            .map(|letter| (letter.number, letter.text()))
            .take_while(fits)
            .unzip();
        let waiting = self.receipts.iter().filter(|receipt| !receipt.is_under_way);
        let (numbers, receipts): (Vec<_>, Vec<_>) = waiting
            .take(RECOVERY_PAGE_RECEIPTS_MAX)
            .map(|kept| (kept.number, kept.receipt))
            .unzip();
        if texts.is_empty() && receipts.is_empty() {
            return None;
        }
        self.pages += 1;
        let mut texts = texts;
        if sabotage::has(Bug::LastPageFirst) {
            texts.reverse();
        }
        let numbers = PageNumbers { page: self.pages, letters, receipts: numbers };
        let recovery = Recovery { page: self.pages, first, texts, receipts };
        Some(Page { recovery, numbers })
    }

    /// Panics unless what is kept can be found by its number, and is counted. Returns the bytes
    /// that the messages take up.
    pub(super) fn assert_invariants(&self, to: ClientName, last_number: u64) -> u64 {
        assert!(
            self.letters.iter().is_sorted_by(|a, b| a.number < b.number),
            "the numbers of messages for {to} increase"
        );
        assert!(
            self.receipts.iter().is_sorted_by(|a, b| a.number < b.number),
            "the numbers of receipts for {to} increase"
        );
        let newest = [self.letters.back().map(|letter| letter.number)]
            .into_iter()
            .chain([self.receipts.back().map(|receipt| receipt.number)])
            .flatten()
            .max();
        assert!(
            newest.is_none_or(|newest| newest <= last_number),
            "{newest:?} is kept for {to}, and no number is higher than {last_number}"
        );
        assert!(
            newest.is_some() || self.pages > 0,
            "a mailbox that was never delivered is there for what is in it"
        );
        let lens: Vec<_> = self.letters.iter().map(|letter| letter.unpack().body.len()).collect();
        assert_eq!(self.bytes, lens.iter().sum::<usize>(), "the bytes for {to} are counted");
        lens.into_iter().map(cost).sum()
    }
}

/// Returns the bytes that a message takes up whose text has `len` bytes.
pub(super) const fn cost(len: usize) -> u64 {
    (len + MAIL_OVERHEAD_BYTES) as u64
}
