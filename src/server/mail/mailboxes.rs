//! All mailboxes: what is kept for clients, and the bounds of all of it together.

use std::collections::BTreeMap;

use super::super::settings::Settings;
use super::mailbox::{Letter, Mailbox, Page, cost};
use crate::protocol::sabotage::{self, Bug};
use crate::protocol::{Bound, ClientName, KeptText, MessageId, Receipt, Timestamp};

/// All mailboxes, by their receivers.
#[derive(Debug, Default)]
pub(super) struct Mailboxes {
    boxes: BTreeMap<ClientName, Mailbox>,
    /// Bytes of all messages, including the overhead of each.
    bytes: u64,
    /// For each author the number of its kept messages and of receipts for it: each of these
    /// messages will cause a receipt, unless it is delivered without one. Never zero.
    owed: BTreeMap<ClientName, usize>,
    /// The highest number of anything that was ever kept.
    last_number: u64,
}

impl Mailboxes {
    /// Checks whether there is room for a message to each of these receivers, so that it may be kept
    /// for all of them.
    ///
    /// # Errors
    ///
    /// The bound that would be exceeded.
    pub(super) fn room_for(
        &self,
        to: &[ClientName],
        text: &KeptText,
        settings: &Settings,
    ) -> Result<(), Bound> {
        let copies = if sabotage::has(Bug::GroupCountsAsOne) { 1 } else { to.len() };
        let bytes = self.bytes + copies as u64 * cost(text.text.body.len());
        let owed = self.owed.get(&text.from).copied().unwrap_or_default() + copies;
        let is_store_full =
            bytes > settings.mail_bytes_in_all_max && !sabotage::has(Bug::StoreBoundIsIgnored);
        let is_owed_too_much =
            owed > settings.receipts_max && !sabotage::has(Bug::ReceiptsBoundIsIgnored);
        if is_store_full || is_owed_too_much {
            return Err(Bound::Store);
        }
        let mut boxes = to.iter().filter_map(|to| self.boxes.get(to));
        boxes.try_for_each(|mailbox| mailbox.room_for(text, settings))
    }

    /// Returns the number of the next message or receipt. No number is used twice.
    pub(super) fn next_number(&mut self) -> u64 {
        self.last_number += 1;
        self.last_number
    }

    /// Notes that nothing is under way to a client any more: everything has to be sent again.
    pub(super) fn recall(&mut self, to: ClientName) {
        if let Some(mailbox) = self.boxes.get_mut(&to) {
            mailbox.recall();
        }
    }

    /// Keeps a message. Numbers for one receiver must increase.
    pub(super) fn keep(
        &mut self,
        to: ClientName,
        number: u64,
        kept_at: Timestamp,
        text: &KeptText,
    ) {
        self.last_number = self.last_number.max(number);
        self.bytes += cost(text.text.body.len());
        *self.owed.entry(text.from).or_default() += 1;
        self.boxes.entry(to).or_default().keep(number, kept_at, text);
    }

    /// Keeps a receipt. Numbers for one author must increase.
    pub(super) fn keep_receipt(&mut self, to: ClientName, number: u64, receipt: Receipt) {
        self.last_number = self.last_number.max(number);
        *self.owed.entry(to).or_default() += 1;
        self.boxes.entry(to).or_default().keep_receipt(number, receipt);
    }

    /// Drops a message. Returns which one it was.
    pub(super) fn remove(&mut self, to: ClientName, number: u64) -> Option<MessageId> {
        let (id, len) = self.boxes.get_mut(&to)?.remove(number)?;
        self.bytes -= cost(len);
        count_down(&mut self.owed, id.from);
        self.forget_if_unused(to);
        Some(id)
    }

    /// Drops a receipt.
    pub(super) fn remove_receipt(&mut self, to: ClientName, number: u64) {
        if self.boxes.get_mut(&to).is_some_and(|mailbox| mailbox.remove_receipt(number)) {
            count_down(&mut self.owed, to);
            self.forget_if_unused(to);
        }
    }

    fn forget_if_unused(&mut self, to: ClientName) {
        if self.boxes.get(&to).is_some_and(Mailbox::is_unused) {
            self.boxes.remove(&to);
        }
    }

    /// Returns a message.
    pub(super) fn letter(&self, to: ClientName, number: u64) -> Option<&Letter> {
        self.boxes.get(&to)?.letter(number)
    }

    /// Returns the number under which a message is kept for a client; `None` if it is not, or is
    /// under way.
    pub(super) fn find(&self, to: ClientName, id: MessageId) -> Option<u64> {
        let mut waiting = self.boxes.get(&to)?.waiting();
        waiting.find(|letter| letter.id() == id).map(Letter::number)
    }

    /// Returns a receipt.
    pub(super) fn receipt(&self, to: ClientName, number: u64) -> Option<Receipt> {
        self.boxes.get(&to)?.receipt(number)
    }

    /// Notes that a message is under way to its receiver on its own, or is not any more.
    pub(super) fn set_under_way(&mut self, to: ClientName, number: u64, is_under_way: bool) {
        if let Some(mailbox) = self.boxes.get_mut(&to) {
            mailbox.set_under_way(number, is_under_way);
        }
    }

    /// Notes that a receipt is under way to its author on its own, or is not any more.
    pub(super) fn set_receipt_under_way(
        &mut self,
        to: ClientName,
        number: u64,
        is_under_way: bool,
    ) {
        if let Some(mailbox) = self.boxes.get_mut(&to) {
            mailbox.set_receipt_under_way(number, is_under_way);
        }
    }

    /// Makes the next page for a client; `None` when everything is under way.
    pub(super) fn next_page(
        &mut self,
        to: ClientName,
        first: bool,
        texts_max: usize,
    ) -> Option<Page> {
        self.boxes.get_mut(&to)?.next_page(first, texts_max)
    }

    /// Returns the receivers and numbers of messages that have been kept since `oldest` or longer
    /// and are not under way.
    pub(super) fn older_than(&self, oldest: Timestamp) -> Vec<(ClientName, u64)> {
        let aged = |(to, mailbox): (&ClientName, &Mailbox)| {
            let aged = mailbox.waiting().take_while(|letter| letter.kept_at() <= oldest);
            aged.map(|letter| (*to, letter.number())).collect::<Vec<_>>()
        };
        self.boxes.iter().flat_map(aged).collect()
    }

    /// Returns whether no message is kept.
    pub(super) fn is_empty(&self) -> bool {
        self.bytes == 0
    }

    /// Returns how many messages are kept, and the bytes that they take up.
    pub(super) fn size(&self) -> (usize, u64) {
        (self.boxes.values().map(|mailbox| mailbox.letters().len()).sum(), self.bytes)
    }

    /// Returns all messages with their receivers.
    pub(super) fn letters(&self) -> impl Iterator<Item = (ClientName, &Letter)> {
        let all = self.boxes.iter();
        all.flat_map(|(to, mailbox)| mailbox.letters().map(|letter| (*to, letter)))
    }

    /// Returns the bytes of all texts that are kept for each receiver.
    pub(super) fn bytes_by_receiver(&self) -> impl Iterator<Item = (ClientName, u64)> {
        self.boxes.iter().map(|(to, mailbox)| (*to, mailbox.bytes() as u64))
    }

    /// Returns all receipts with the clients to which they go.
    pub(super) fn receipts(&self) -> impl Iterator<Item = (ClientName, Receipt)> {
        let all = self.boxes.iter();
        all.flat_map(|(to, mailbox)| mailbox.receipts().map(|receipt| (*to, receipt)))
    }

    /// Returns the authors and numbers of all receipts that are under way on their own.
    pub(super) fn receipts_under_way(&self) -> impl Iterator<Item = (ClientName, u64)> {
        let all = self.boxes.iter();
        all.flat_map(|(to, mailbox)| mailbox.receipts_under_way().map(|number| (*to, number)))
    }

    /// Frees spare capacity.
    pub(super) fn shrink(&mut self) {
        self.boxes.values_mut().for_each(Mailbox::shrink);
    }

    /// Panics unless counts and lists agree: a bound that is counted wrongly refuses messages for
    /// which there is room, or keeps them without end.
    pub(super) fn assert_invariants(&self) {
        let (mut bytes, mut owed) = (0, BTreeMap::<_, usize>::new());
        for (to, mailbox) in &self.boxes {
            bytes += mailbox.assert_invariants(*to, self.last_number);
        }
        let authors = self.letters().map(|(_, letter)| letter.id().from);
        for author in authors.chain(self.receipts().map(|(author, _)| author)) {
            *owed.entry(author).or_default() += 1;
        }
        assert_eq!(self.bytes, bytes, "the bytes of all messages are counted");
        assert_eq!(self.owed, owed, "what each author is owed is counted");
    }
}

fn count_down(counts: &mut BTreeMap<ClientName, usize>, name: ClientName) {
    if let Some(count) = counts.get_mut(&name) {
        *count -= 1;
        if *count == 0 {
            counts.remove(&name);
        }
    }
}
