//! Messages kept for people who are away, and receipts for their authors.

use std::collections::VecDeque;

use super::machine::{Awaited, Caller, Server};
use super::record::Record;
use super::register::Standpoint;
use super::words::Notice;
use crate::protocol::limits::{
    CLIENT_PATIENCE, MAILBOX_BYTES_MAX, MAILBOX_MESSAGES_MAX, PROBE_PATIENCE,
    RECOVERY_PAGE_BYTES_MAX, RECOVERY_PAGE_RECEIPTS_MAX, RECOVERY_PAGE_TEXTS_MAX,
};
use crate::protocol::{
    Answer, Bound, ClientName, DirectText, KeptText, MessageId, Packet, Receipt, Recovery, Text,
};

/// What is kept for one client, oldest first.
#[derive(Debug, Default)]
pub(super) struct Mailbox {
    texts: VecDeque<KeptText>,
    bytes: usize,
    receipts: VecDeque<Receipt>,
    /// Numbers the pages in which it is delivered.
    pages: u64,
}

impl Mailbox {
    pub(super) fn keep(&mut self, text: KeptText) {
        self.bytes += text.text.body.len();
        self.texts.push_back(text);
    }

    pub(super) fn keep_receipt(&mut self, receipt: Receipt) {
        self.receipts.push_back(receipt);
    }

    pub(super) fn drop_oldest(&mut self, texts: usize, receipts: usize) {
        for text in self.texts.drain(..texts.min(self.texts.len())) {
            self.bytes -= text.text.body.len();
        }
        self.receipts.drain(..receipts.min(self.receipts.len()));
    }

    /// Tells the messages.
    pub(super) fn ids(&self) -> impl Iterator<Item = MessageId> {
        self.texts.iter().map(KeptText::id)
    }

    /// Tells the receipts.
    pub(super) fn receipts(&self) -> impl Iterator<Item = Receipt> {
        self.receipts.iter().copied()
    }

    fn has_room(&self, text: &Text) -> bool {
        self.texts.len() < MAILBOX_MESSAGES_MAX && self.bytes + text.body.len() <= MAILBOX_BYTES_MAX
    }

    /// Makes the next page; `None` when nothing is left.
    fn next_page(&mut self, first: bool) -> Option<Recovery> {
        let mut bytes = 0;
        let fits = |text: &&KeptText| {
            bytes += text.text.body.len();
            bytes <= RECOVERY_PAGE_BYTES_MAX
        };
        let texts = self.texts.iter().take(RECOVERY_PAGE_TEXTS_MAX);
        let texts: Vec<_> = texts.take_while(fits).cloned().collect();
        let receipts: Vec<_> =
            self.receipts.iter().take(RECOVERY_PAGE_RECEIPTS_MAX).copied().collect();
        if texts.is_empty() && receipts.is_empty() {
            return None;
        }
        self.pages += 1;
        Some(Recovery { page: self.pages, first, texts, receipts })
    }
}

impl Server {
    /// Deals with the wish to keep a message. A receiver that seems to be online is asked first,
    /// with the message itself.
    pub(super) fn on_save(&mut self, caller: Caller, to: ClientName, text: Text) {
        if !self.clients.contains_key(&to) {
            self.answer_caller(caller, Answer::NoSuchUser);
            self.tell(Notice::Listening);
        } else if let Some(receiver) = self.online_address(to) {
            self.tell_updates(to);
            let packet = Packet::Relay(DirectText { from: caller.name, text: text.clone() });
            let awaited = Awaited::Relay { to, caller, text };
            self.post(receiver, &packet, PROBE_PATIENCE.into(), Some(awaited));
        } else {
            self.keep_for(to, caller, text);
        }
    }

    /// The receiver was there and has the message now.
    pub(super) fn on_relayed(&mut self, to: ClientName, caller: Caller) {
        if let Some(row) = self.table.row(to) {
            self.answer_caller(caller, Answer::Exists(row));
        }
        self.tell(Notice::Listening);
    }

    /// Keeps a message for somebody who is away, and tells its author. One that was kept before,
    /// and is asked for again, is not kept twice.
    pub(super) fn keep_for(&mut self, to: ClientName, caller: Caller, text: Text) {
        let kept = KeptText { from: caller.name, group: None, text };
        if !self.kept.contains(kept.id()) {
            if !self.has_room_for(to, &kept.text) {
                self.answer_caller(caller, Answer::Full(Bound::Mailbox));
                return self.tell(Notice::Listening);
            }
            self.keep(to, kept);
        }
        self.answer_caller(caller, Answer::Saved);
        self.tell(Notice::SaveAnswered);
        self.tell(Notice::Listening);
    }

    pub(super) fn has_room_for(&self, to: ClientName, text: &Text) -> bool {
        self.mail.get(&to).is_none_or(|mailbox| mailbox.has_room(text))
    }

    pub(super) fn keep(&mut self, to: ClientName, text: KeptText) {
        self.record(Record::Kept { to, text });
    }

    /// Delivers what was kept for a client, page by page; then it is online.
    pub(super) fn recover(&mut self, name: ClientName, first: bool) {
        let page = self.mail.get_mut(&name).and_then(|mailbox| mailbox.next_page(first));
        let (Some(recovery), Some(registration)) = (page, self.clients.get_mut(&name)) else {
            return self.go_online(name);
        };
        registration.standpoint = Standpoint::Returning {
            page: recovery.page,
            texts: recovery.texts.len(),
            receipts: recovery.receipts.len(),
        };
        let to = registration.address;
        self.post(to, &Packet::Recover(recovery), CLIENT_PATIENCE.into(), None);
    }

    /// A client has taken a page of what was kept for it: the authors get their receipts.
    pub(super) fn on_recovered(&mut self, by: ClientName, taken: u64) {
        let standpoint = self.clients.get(&by).map(|registration| registration.standpoint);
        let Some(Standpoint::Returning { page, texts, receipts }) = standpoint else {
            return;
        };
        if page != taken {
            return;
        }
        let delivered = self.mail.get(&by).into_iter().flat_map(|mailbox| &mailbox.texts);
        let owed: Vec<_> = delivered
            .take(texts)
            .map(|kept| (kept.from, Receipt { number: kept.text.number, at: kept.text.at, by }))
            .collect();
        self.record(Record::Delivered { to: by, texts, receipts });
        self.recover(by, false);
        for (author, receipt) in owed {
            self.send_receipt(author, receipt);
        }
        self.tell(Notice::Listening);
    }

    /// Tells an author that a message was delivered: now, or when the author returns.
    fn send_receipt(&mut self, to: ClientName, receipt: Receipt) {
        self.tell_updates(to);
        match self.online_address(to) {
            Some(address) => {
                let awaited = Awaited::Receipt { to, receipt };
                let packet = Packet::Receipt(receipt);
                self.post(address, &packet, CLIENT_PATIENCE.into(), Some(awaited));
            }
            None => self.record(Record::ReceiptKept { to, receipt }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::limits::{NAME_LEN_MAX, TEXT_LEN_MAX};
    use crate::protocol::{GroupName, Timestamp, codec};

    const LATEST: Timestamp = Timestamp::from_micros(u64::MAX);

    fn text(number: u64, len: usize) -> KeptText {
        let name = "x".repeat(NAME_LEN_MAX);
        KeptText {
            from: ClientName::new(&name).unwrap(),
            group: Some(GroupName::new(&name).unwrap()),
            text: Text { number, at: LATEST, body: "x".repeat(len) },
        }
    }

    fn receipt(number: u64) -> Receipt {
        let by = ClientName::new(&"x".repeat(NAME_LEN_MAX)).unwrap();
        Receipt { number, at: LATEST, by }
    }

    /// Delivers a whole mailbox as a receiver sees it: all pages go through the codec.
    fn deliver(mut mailbox: Mailbox) -> Vec<Recovery> {
        let mut pages = Vec::new();
        while let Some(page) = mailbox.next_page(pages.is_empty()) {
            let packet = codec::decode_packet(&codec::encode_packet(&Packet::Recover(page)));
            let Packet::Recover(page) = packet.unwrap() else { unreachable!() };
            mailbox.drop_oldest(page.texts.len(), page.receipts.len());
            pages.push(page);
        }
        pages
    }

    #[test]
    fn a_full_mailbox_is_delivered_in_pages_that_can_be_read() {
        let count = MAILBOX_MESSAGES_MAX as u64;
        for len in [0, 1, 250, 300, 1_000] {
            let mut mailbox = Mailbox::default();
            for number in 0..count {
                assert!(mailbox.has_room(&text(number, len).text));
                mailbox.keep(text(number, len));
                mailbox.keep_receipt(receipt(number));
            }
            assert!(!mailbox.has_room(&text(0, 0).text));
            let pages = deliver(mailbox);
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
        let mut mailbox = Mailbox::default();
        for number in 0..5 {
            mailbox.keep(text(number, TEXT_LEN_MAX));
        }
        let pages = deliver(mailbox);
        assert_eq!(pages.iter().map(|page| page.texts.len()).collect::<Vec<_>>(), [2, 2, 1]);
    }

    #[test]
    fn a_mailbox_holds_a_mebibyte() {
        let mut mailbox = Mailbox::default();
        for number in 0..(MAILBOX_BYTES_MAX / TEXT_LEN_MAX) as u64 {
            assert!(mailbox.has_room(&text(number, TEXT_LEN_MAX).text));
            mailbox.keep(text(number, TEXT_LEN_MAX));
        }
        assert!(mailbox.has_room(&text(0, 0).text));
        assert!(!mailbox.has_room(&text(0, 1).text));
        mailbox.drop_oldest(1, 0);
        assert!(mailbox.has_room(&text(0, TEXT_LEN_MAX).text));
    }
}
