//! What is kept for people: messages, and receipts for authors, each with its bounds.

use std::collections::{BTreeMap, VecDeque};

use serde::Deserialize;

use super::settings::Settings;
use crate::protocol::limits::{
    MAIL_OVERHEAD_BYTES, RECEIPTS_OWED_MAX, RECOVERY_PAGE_BYTES_MAX, RECOVERY_PAGE_RECEIPTS_MAX,
    RECOVERY_PAGE_TEXTS_MAX,
};
use crate::protocol::sabotage::{self, Bug};
use crate::protocol::{
    Bound, ClientName, GroupName, KeptText, MessageId, Receipt, Recovery, Text, Timestamp, codec,
};

/// Everything that is kept, for whom.
#[derive(Debug, Default)]
pub(super) struct Mailboxes {
    boxes: BTreeMap<ClientName, Mailbox>,
    /// Bytes of all messages, with what each costs besides its text.
    bytes: u64,
    /// How many messages of an author are kept, and receipts for it: for each of these messages
    /// it will have a receipt, unless it is delivered without one.
    owed: BTreeMap<ClientName, usize>,
    /// The highest number of anything that was ever kept.
    last_number: u64,
}

/// What is kept for one client, oldest first.
#[derive(Debug, Default)]
pub(super) struct Mailbox {
    letters: VecDeque<Letter>,
    bytes: usize,
    slips: VecDeque<Slip>,
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
    /// Whether it is on its way to its receiver.
    is_under_way: bool,
}

/// A kept receipt.
#[derive(Debug)]
struct Slip {
    number: u64,
    receipt: Receipt,
    /// Whether it is on its way to its author.
    is_under_way: bool,
}

impl Mailboxes {
    /// Tells whether there is room for a message.
    ///
    /// # Errors
    ///
    /// The bound that would be passed.
    pub(super) fn room_for(
        &self,
        to: ClientName,
        text: &KeptText,
        settings: &Settings,
    ) -> Result<(), Bound> {
        let len = text.text.body.len();
        if self.bytes + (len + MAIL_OVERHEAD_BYTES) as u64 > settings.mail_bytes_in_all_max
            || self.owed.get(&text.from).is_some_and(|owed| *owed >= RECEIPTS_OWED_MAX)
        {
            return Err(Bound::Store);
        }
        match self.boxes.get(&to) {
            Some(mailbox) => mailbox.room_for(text, settings),
            None => Ok(()),
        }
    }

    /// Numbers the next message or receipt. A number is never used for something else.
    pub(super) fn next_number(&mut self) -> u64 {
        self.last_number += 1;
        self.last_number
    }

    /// Expects that nothing is on its way to somebody any more: all of it has to be sent anew.
    pub(super) fn recall(&mut self, to: ClientName) {
        if let Some(mailbox) = self.boxes.get_mut(&to) {
            mailbox.letters.iter_mut().for_each(|letter| letter.is_under_way = false);
            mailbox.slips.iter_mut().for_each(|slip| slip.is_under_way = false);
        }
    }

    pub(super) fn keep(
        &mut self,
        to: ClientName,
        number: u64,
        kept_at: Timestamp,
        text: &KeptText,
    ) {
        let len = text.text.body.len();
        self.last_number = self.last_number.max(number);
        self.bytes += (len + MAIL_OVERHEAD_BYTES) as u64;
        *self.owed.entry(text.from).or_default() += 1;
        let mailbox = self.boxes.entry(to).or_default();
        mailbox.bytes += len;
        // As many bytes as it has, and little room for others: there may be a million mailboxes.
        let packed = codec::encode_kept(text).as_slice().into();
        if mailbox.letters.len() == mailbox.letters.capacity() {
            mailbox.letters.reserve_exact(4.max(mailbox.letters.len() / 4));
        }
        mailbox.letters.push_back(Letter { number, kept_at, packed, is_under_way: false });
    }

    pub(super) fn keep_receipt(&mut self, to: ClientName, number: u64, receipt: Receipt) {
        self.last_number = self.last_number.max(number);
        *self.owed.entry(to).or_default() += 1;
        let slip = Slip { number, receipt, is_under_way: false };
        self.boxes.entry(to).or_default().slips.push_back(slip);
    }

    /// Drops a message, and tells which one it was.
    pub(super) fn remove(&mut self, to: ClientName, number: u64) -> Option<MessageId> {
        let mailbox = self.boxes.get_mut(&to)?;
        let letter = mailbox.letters.remove(mailbox.place_of(number).ok()?)?;
        let Unpacked { from, number, body, .. } = letter.unpack();
        mailbox.bytes -= body.len();
        self.bytes -= (body.len() + MAIL_OVERHEAD_BYTES) as u64;
        count_down(&mut self.owed, from);
        self.forget_if_empty(to);
        Some(MessageId { from, number })
    }

    /// Drops a receipt.
    pub(super) fn remove_receipt(&mut self, to: ClientName, number: u64) {
        let Some(mailbox) = self.boxes.get_mut(&to) else { return };
        let Ok(place) = mailbox.slips.binary_search_by_key(&number, |slip| slip.number) else {
            return;
        };
        mailbox.slips.remove(place);
        count_down(&mut self.owed, to);
        self.forget_if_empty(to);
    }

    fn forget_if_empty(&mut self, to: ClientName) {
        let is_empty = |mailbox: &Mailbox| {
            mailbox.letters.is_empty() && mailbox.slips.is_empty() && mailbox.pages == 0
        };
        if self.boxes.get(&to).is_some_and(is_empty) {
            self.boxes.remove(&to);
        }
    }

    /// Finds a message.
    pub(super) fn letter(&self, to: ClientName, number: u64) -> Option<&Letter> {
        let mailbox = self.boxes.get(&to)?;
        mailbox.letters.get(mailbox.place_of(number).ok()?)
    }

    /// Finds the number under which a message is kept for somebody, if it is and does not go its
    /// way already.
    pub(super) fn find(&self, to: ClientName, id: MessageId) -> Option<u64> {
        let mut letters = self.boxes.get(&to)?.letters.iter();
        let letter = letters.find(|letter| !letter.is_under_way && letter.id() == id)?;
        Some(letter.number)
    }

    /// Finds a receipt.
    pub(super) fn receipt(&self, to: ClientName, number: u64) -> Option<Receipt> {
        let slips = &self.boxes.get(&to)?.slips;
        let place = slips.binary_search_by_key(&number, |slip| slip.number).ok()?;
        slips.get(place).map(|slip| slip.receipt)
    }

    /// Notes that a message is on its way to its receiver, or is not any more.
    pub(super) fn set_under_way(&mut self, to: ClientName, number: u64, is_under_way: bool) {
        let Some(mailbox) = self.boxes.get_mut(&to) else { return };
        let Ok(place) = mailbox.place_of(number) else { return };
        if let Some(letter) = mailbox.letters.get_mut(place) {
            letter.is_under_way = is_under_way;
        }
    }

    /// Notes that a receipt is on its way to its author, or is not any more.
    pub(super) fn set_receipt_under_way(&mut self, to: ClientName, number: u64, is: bool) {
        let Some(mailbox) = self.boxes.get_mut(&to) else { return };
        if let Ok(place) = mailbox.slips.binary_search_by_key(&number, |slip| slip.number)
            && let Some(slip) = mailbox.slips.get_mut(place)
        {
            slip.is_under_way = is;
        }
    }

    /// Makes the next page for somebody, with the numbers of what is in it; `None` when nothing
    /// is left that is not on its way.
    pub(super) fn next_page(&mut self, to: ClientName, first: bool) -> Option<Page> {
        self.boxes.get_mut(&to)?.next_page(first)
    }

    /// Tells the receivers of messages that are kept since `oldest` or longer, each with the
    /// numbers of those.
    pub(super) fn older_than(&self, oldest: Timestamp) -> Vec<(ClientName, u64)> {
        let aged = |mailbox: &Mailbox| {
            let letters = mailbox.letters.iter().filter(|letter| !letter.is_under_way);
            let aged = letters.take_while(|letter| letter.kept_at <= oldest);
            aged.map(|letter| letter.number).collect::<Vec<_>>()
        };
        let all = self.boxes.iter();
        all.flat_map(|(to, mailbox)| aged(mailbox).into_iter().map(|it| (*to, it))).collect()
    }

    /// Tells whether any message is kept.
    pub(super) fn is_empty(&self) -> bool {
        self.bytes == 0
    }

    /// Tells how many messages are kept, and the bytes that they take up.
    pub(super) fn size(&self) -> (usize, u64) {
        (self.boxes.values().map(|mailbox| mailbox.letters.len()).sum(), self.bytes)
    }

    /// Tells all messages, and for whom.
    pub(super) fn ids(&self) -> impl Iterator<Item = (ClientName, MessageId)> {
        let ids = |mailbox: &Mailbox| mailbox.letters.iter().map(Letter::id).collect::<Vec<_>>();
        self.boxes
            .iter()
            .flat_map(move |(to, mailbox)| ids(mailbox).into_iter().map(|id| (*to, id)))
    }

    /// Tells all receipts, and for whom.
    pub(super) fn receipts(&self) -> impl Iterator<Item = (ClientName, Receipt)> {
        self.boxes
            .iter()
            .flat_map(|(to, mailbox)| mailbox.slips.iter().map(|slip| (*to, slip.receipt)))
    }

    /// Gives back the room that growing has taken in advance.
    pub(super) fn shrink(&mut self) {
        for mailbox in self.boxes.values_mut() {
            mailbox.letters.shrink_to_fit();
            mailbox.slips.shrink_to_fit();
        }
    }
}

/// A page of what was kept, and the numbers under which it is kept.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) recovery: Recovery,
    pub(super) letters: Vec<u64>,
    pub(super) slips: Vec<u64>,
}

/// A kept message as it lies there: nothing of it is copied. It is read as a [`KeptText`] is.
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

    /// Tells the message.
    pub(super) fn text(&self) -> KeptText {
        let Unpacked { from, group, number, at, body } = self.unpack();
        KeptText { from, group, text: Text { number, at, body: body.to_owned() } }
    }

    /// Tells which message it is.
    pub(super) fn id(&self) -> MessageId {
        let Unpacked { from, number, .. } = self.unpack();
        MessageId { from, number }
    }
}

impl Mailbox {
    fn place_of(&self, number: u64) -> Result<usize, usize> {
        self.letters.binary_search_by_key(&number, |letter| letter.number)
    }

    fn room_for(&self, text: &KeptText, settings: &Settings) -> Result<(), Bound> {
        if self.has_of(text.from, settings.mail_per_sender_max) {
            return Err(Bound::Sender);
        }
        let has_room = self.letters.len() < settings.mail_per_receiver_max
            && self.bytes + text.text.body.len() <= settings.mail_bytes_per_receiver_max;
        if has_room { Ok(()) } else { Err(Bound::Mailbox) }
    }

    /// Tells whether there are so many messages of an author.
    fn has_of(&self, author: ClientName, count: usize) -> bool {
        if self.letters.len() < count {
            return false;
        }
        // An encoded text begins with its author.
        let author = codec::encode_kept(&author);
        self.letters.iter().filter(|letter| letter.packed.starts_with(&author)).count() >= count
    }

    fn next_page(&mut self, first: bool) -> Option<Page> {
        let mut bytes = 0;
        let fits = |(_, text): &(u64, KeptText)| {
            bytes += text.text.body.len();
            bytes <= RECOVERY_PAGE_BYTES_MAX
        };
        let waiting = self.letters.iter().filter(|letter| !letter.is_under_way);
        let (letters, texts): (Vec<_>, Vec<_>) = waiting
            .take(RECOVERY_PAGE_TEXTS_MAX)
            .map(|letter| (letter.number, letter.text()))
            .take_while(fits)
            .unzip();
        let waiting = self.slips.iter().filter(|slip| !slip.is_under_way);
        let (slips, receipts): (Vec<_>, Vec<_>) = waiting
            .take(RECOVERY_PAGE_RECEIPTS_MAX)
            .map(|slip| (slip.number, slip.receipt))
            .unzip();
        if texts.is_empty() && receipts.is_empty() {
            return None;
        }
        self.pages += 1;
        let mut texts = texts;
        if sabotage::has(Bug::LastPageFirst) {
            texts.reverse();
        }
        let recovery = Recovery { page: self.pages, first, texts, receipts };
        Some(Page { recovery, letters, slips })
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

#[cfg(test)]
mod tests;
