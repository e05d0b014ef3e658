//! Mail: what is stored for clients that are offline, what of it is being delivered, the receipts
//! for authors, which messages were stored before, and when messages expire.
//!
//! A message that waits for too long (21 days by default) becomes a receipt that says so.

mod handled;
mod mailbox;
mod mailboxes;
#[cfg(test)]
mod tests;

use self::handled::Handled;
use self::mailbox::Letter;
use self::mailboxes::Mailboxes;
use super::settings::Settings;
use super::stats::Messages;
use crate::protocol::limits::MAIL_AGE_CHECK_EVERY;
use crate::protocol::sabotage::{self, Bug};
use crate::protocol::{
    Bound, ClientName, Fate, GroupName, KeptText, MessageId, Receipt, Timestamp,
};
use crate::records::{Change, ServerKey, ServerRecord, ServerRecordRef};

pub(super) use self::mailbox::{Page, PageNumbers};

/// Everything that is kept for clients.
#[derive(Debug, Default)]
pub(super) struct Mail {
    boxes: Mailboxes,
    handled: Handled,
    messages: Messages,
    settings: Settings,
    /// When the server checks for messages that were kept too long; set while any is kept.
    age_check_at: Option<Timestamp>,
}

/// A message that is no longer kept, and the receipt that its author gets instead.
#[derive(Debug)]
pub(super) struct Settled {
    pub(super) id: MessageId,
    /// The number of the receipt.
    pub(super) number: u64,
    /// What is to be stored, in one batch.
    pub(super) changes: [Option<Change>; 3],
}

impl Mail {
    pub(super) fn set_bounds(&mut self, settings: Settings) {
        self.settings = settings;
    }

    /// Takes a message that an earlier run has stored.
    pub(super) fn restore(
        &mut self,
        to: ClientName,
        number: u64,
        kept_at: Timestamp,
        text: &KeptText,
    ) {
        self.handled.insert(text.id());
        self.boxes.keep(to, number, kept_at, text);
    }

    /// Takes a receipt that an earlier run has stored.
    pub(super) fn restore_receipt(&mut self, to: ClientName, number: u64, receipt: Receipt) {
        self.boxes.keep_receipt(to, number, receipt);
    }

    /// Takes the messages of an author that an earlier run has delivered.
    pub(super) fn restore_handled(&mut self, from: ClientName, numbers: &[u64]) {
        self.handled.restore(from, numbers);
    }

    /// Begins, after everything was restored.
    pub(super) fn start(&mut self, now: Timestamp) {
        self.boxes.shrink();
        if !self.boxes.is_empty() {
            self.age_check_at = Some(now);
        }
    }

    /// Returns whether a message was taken before.
    pub(super) fn has_taken(&self, id: MessageId) -> bool {
        self.handled.contains(id)
    }

    /// Checks whether there is room for a message to each of these receivers.
    ///
    /// # Errors
    ///
    /// The bound that would be exceeded.
    pub(super) fn room_for(&self, to: &[ClientName], text: &KeptText) -> Result<(), Bound> {
        self.boxes.room_for(to, text, &self.settings)
    }

    /// Keeps a message from `now` on, when the clock shows `kept_at`. Returns its number, and what
    /// is to be stored.
    pub(super) fn keep(
        &mut self,
        to: ClientName,
        text: &KeptText,
        kept_at: Timestamp,
        now: Timestamp,
    ) -> (u64, Change) {
        let number = self.boxes.next_number();
        self.restore(to, number, kept_at, text);
        self.watch_ages(now);
        (number, ServerRecordRef::Mail { to: &to, number: &number, kept_at: &kept_at, text }.put())
    }

    /// Keeps a receipt. Returns its number, and what is to be stored.
    pub(super) fn keep_receipt(&mut self, to: ClientName, receipt: Receipt) -> (u64, Change) {
        let number = self.boxes.next_number();
        self.boxes.keep_receipt(to, number, receipt);
        (number, ServerRecord::Receipt { to, number, receipt }.put())
    }

    /// Drops a message, and remembers it in case its author repeats it. Returns what is to be
    /// stored.
    pub(super) fn remove(&mut self, to: ClientName, number: u64) -> [Option<Change>; 2] {
        let Some(id) = self.boxes.remove(to, number) else { return [None, None] };
        let remembered = self.handled.deliver(id);
        let handled = |numbers| ServerRecord::Handled { from: id.from, numbers }.put();
        [Some(ServerKey::Mail(to, number).remove()), remembered.map(handled)]
    }

    /// Drops a message, and keeps a receipt for its author instead.
    pub(super) fn settle(&mut self, by: ClientName, number: u64, fate: Fate) -> Option<Settled> {
        let text = self.boxes.letter(by, number)?.text();
        let receipt = Receipt { number: text.text.number, at: text.text.at, by, fate };
        let [removed, remembered] = self.remove(by, number);
        let (number, owed) = self.keep_receipt(text.from, receipt);
        Some(Settled { id: text.id(), number, changes: [removed, remembered, Some(owed)] })
    }

    /// Returns the number of a message that its author may still take back; one that is under way
    /// cannot be.
    pub(super) fn withdrawable(&self, to: ClientName, id: MessageId) -> Option<u64> {
        self.boxes.find(to, id)
    }

    /// Returns which message is kept under a number.
    pub(super) fn id(&self, to: ClientName, number: u64) -> Option<MessageId> {
        self.boxes.letter(to, number).map(Letter::id)
    }

    /// Returns the group that a message was sent to.
    pub(super) fn group(&self, to: ClientName, number: u64) -> Option<GroupName> {
        self.boxes.letter(to, number)?.text().group
    }

    /// Notes that a message is sent on its own.
    pub(super) fn send(&mut self, to: ClientName, number: u64) {
        self.boxes.set_under_way(to, number, true);
    }

    /// Notes that a message which was sent on its own was not taken and waits for a page.
    pub(super) fn missed(&mut self, to: ClientName, number: u64) {
        self.boxes.set_under_way(to, number, false);
    }

    /// Returns a receipt.
    pub(super) fn receipt(&self, to: ClientName, number: u64) -> Option<Receipt> {
        self.boxes.receipt(to, number)
    }

    /// Notes that a receipt is sent on its own.
    pub(super) fn send_receipt(&mut self, to: ClientName, number: u64) {
        self.boxes.set_receipt_under_way(to, number, true);
    }

    /// Notes that a receipt which was sent on its own was not taken, and waits for a page.
    pub(super) fn receipt_missed(&mut self, to: ClientName, number: u64) {
        self.boxes.set_receipt_under_way(to, number, false);
    }

    /// Drops a receipt. Returns what is to be stored.
    pub(super) fn remove_receipt(&mut self, to: ClientName, number: u64) -> Change {
        self.boxes.remove_receipt(to, number);
        ServerKey::Receipt(to, number).remove()
    }

    /// Notes that nothing is under way to a client any more: everything goes into pages.
    pub(super) fn recall(&mut self, to: ClientName) {
        self.boxes.recall(to);
    }

    /// Makes the next page for a client, the first one of its return or another one. Returns `None`
    /// when everything is under way.
    pub(super) fn next_page(&mut self, to: ClientName, first: bool) -> Option<Page> {
        self.boxes.next_page(to, first, self.settings.page_texts_max)
    }

    /// Returns the numbers of all messages that wait for a client and are not under way.
    pub(super) fn waiting(&self, to: ClientName, kept_until: Timestamp) -> Vec<u64> {
        let all = self.boxes.older_than(kept_until).into_iter();
        all.filter(|(receiver, _)| *receiver == to).map(|(_, number)| number).collect()
    }

    /// Plans a check for messages that were kept too long.
    pub(super) fn watch_ages(&mut self, now: Timestamp) {
        if !self.boxes.is_empty() {
            self.age_check_at.get_or_insert(now + MAIL_AGE_CHECK_EVERY);
        }
    }

    /// Returns the receivers and numbers of messages that were kept too long, if a check is due;
    /// the clock shows `shown`. Call [`watch_ages`](Self::watch_ages) after they were handled.
    pub(super) fn take_aged(
        &mut self,
        now: Timestamp,
        shown: Timestamp,
    ) -> Option<Vec<(ClientName, u64)>> {
        self.age_check_at.take_if(|at| *at <= now)?;
        if sabotage::has(Bug::MailNeverExpires) {
            return None;
        }
        Some(self.boxes.older_than(shown - self.settings.mail_age_max))
    }

    /// Returns when a check for messages that were kept too long is due.
    pub(super) fn poll_timeout(&self) -> Option<Timestamp> {
        self.age_check_at
    }

    /// Counts a message that a receiver has taken at once.
    pub(super) fn count_direct(&mut self) {
        self.messages.direct += 1;
    }

    /// Counts a message that waits for a receiver that is offline.
    pub(super) fn count_stored(&mut self) {
        self.messages.stored += 1;
    }

    /// Counts messages that their receiver has fetched.
    pub(super) fn count_delivered(&mut self, count: usize) {
        self.messages.delivered += count as u64;
    }

    /// Counts a message that was kept too long.
    pub(super) fn count_expired(&mut self) {
        self.messages.expired += 1;
    }

    /// Returns the counts of messages so far.
    pub(super) fn messages(&self) -> Messages {
        self.messages
    }

    /// Returns how many messages are kept, and the bytes that they take up.
    pub(super) fn size(&self) -> (usize, u64) {
        self.boxes.size()
    }

    /// Returns all messages with their receivers.
    pub(super) fn ids(&self) -> impl Iterator<Item = (ClientName, MessageId)> {
        self.boxes.letters().map(|(to, letter)| (to, letter.id()))
    }

    /// Returns the bytes of all texts that are kept for each receiver.
    pub(super) fn bytes_by_receiver(&self) -> impl Iterator<Item = (ClientName, u64)> {
        self.boxes.bytes_by_receiver()
    }

    /// Returns all receipts with the clients to which they go.
    pub(super) fn receipts(&self) -> impl Iterator<Item = (ClientName, Receipt)> {
        self.boxes.receipts()
    }

    /// Returns the receivers and numbers of all messages that are under way on their own.
    pub(super) fn under_way(&self) -> impl Iterator<Item = (ClientName, u64)> {
        let under_way = self.boxes.letters().filter(|(_, letter)| letter.is_under_way());
        under_way.map(|(to, letter)| (to, letter.number()))
    }

    /// Returns the authors and numbers of all receipts that are under way on their own.
    pub(super) fn receipts_under_way(&self) -> impl Iterator<Item = (ClientName, u64)> {
        self.boxes.receipts_under_way()
    }

    /// Panics unless the counts for bounds are right, and every kept message will expire.
    pub(super) fn assert_invariants(&self) {
        self.boxes.assert_invariants();
        self.handled.assert_invariants();
        assert!(
            self.boxes.is_empty() || self.age_check_at.is_some(),
            "messages are kept, but no check of their age is planned"
        );
    }
}
