//! What the server keeps: each change goes into memory at once, and into storage before anybody
//! hears of it.

use super::machine::Server;
use super::postings::Held;
use super::report::Report;
use crate::protocol::sabotage::{self, Bug};
use crate::protocol::{ClientName, Fact, Fate, KeptText, MessageId, Receipt, Timestamp};
use crate::records::{Change, Key, Record, Ticket};

impl Server {
    /// Takes a record that an earlier run has stored, before anything else; they come in the
    /// order of their keys.
    pub fn restore(&mut self, record: &Record) {
        self.apply_put(record);
    }

    /// Learns that a batch of changes, and all before it, are stored.
    pub fn handle_stored(&mut self, ticket: Ticket, now: Timestamp) {
        self.now = self.clock.read(now);
        self.gate.stored(ticket);
        while let Some(held) = self.gate.release() {
            self.let_out(held);
        }
        self.take_events();
    }

    /// Keeps something.
    pub(super) fn put(&mut self, record: Record) {
        self.apply_put(&record);
        if !is_forgotten(&record) {
            self.gate.record(Change::put(record));
        }
    }

    /// Keeps something no longer.
    pub(super) fn remove(&mut self, key: Key) {
        match key {
            Key::Member(client) => self.groups.leave(client),
            Key::Receipt(to, number) => self.mail.remove_receipt(to, number),
            Key::Kicked(name) => drop(self.kicked.remove(&name)),
            // Nothing else is ever dropped but messages, for which see `drop_letter`.
            _ => return,
        }
        self.gate.record(Change::Remove(key));
    }

    fn apply_put(&mut self, record: &Record) {
        match record {
            Record::Client { name, address } => self.apply_registered(*name, *address),
            Record::Group { number, group } => self.groups.create(*number, *group),
            Record::Member { client, group, number } => {
                self.groups.join(*client, *group, *number);
            }
            Record::Mail { to, number, kept_at, text } => {
                self.handled.insert(text.id());
                self.mail.keep(*to, *number, *kept_at, text);
            }
            Record::Receipt { to, number, receipt } => {
                self.mail.keep_receipt(*to, *number, *receipt);
            }
            Record::Kicked(name) => drop(self.kicked.insert(*name)),
            Record::Handled { from, numbers } => self.handled.restore(*from, numbers),
            // A client's.
            _ => {}
        }
    }

    /// Keeps a message, and tells under which number.
    pub(super) fn keep(&mut self, to: ClientName, text: KeptText) -> u64 {
        let number = self.mail.next_number();
        let kept_at = self.clock.shown(self.now);
        self.put(Record::Mail { to, number, kept_at, text });
        self.watch_ages();
        number
    }

    /// Keeps a message no longer. Its author is not to bring it again.
    pub(super) fn drop_letter(&mut self, to: ClientName, number: u64) {
        let Some(id) = self.mail.remove(to, number) else { return };
        self.gate.record(Change::Remove(Key::Mail(to, number)));
        if let Some(numbers) = self.handled.deliver(id) {
            self.gate.record(Change::put(Record::Handled { from: id.from, numbers }));
        }
    }

    /// Drops a kept message and owes its author a receipt instead, in one batch. Tells the
    /// author, and the number of the receipt.
    pub(super) fn turn_into_receipt(
        &mut self,
        by: ClientName,
        number: u64,
        fate: Fate,
    ) -> Option<(ClientName, u64)> {
        let text = self.mail.letter(by, number)?.text();
        let to = text.from;
        let receipt = Receipt { number: text.text.number, at: text.text.at, by, fate };
        let id = text.id();
        self.drop_letter(by, number);
        let number = self.mail.next_number();
        self.put(Record::Receipt { to, number, receipt });
        self.report(Report::Settled { id, to: by, fate });
        Some((to, number))
    }

    /// A message waits for somebody who is away.
    pub(super) fn state_kept(&mut self, id: MessageId, to: ClientName) {
        self.messages.stored += 1;
        self.report(Report::Stored { id, to });
        self.state(Fact::Kept { id, to });
    }

    /// Tells a fact to whoever checks, once everything that it depends on is stored.
    pub(super) fn state(&mut self, fact: Fact) {
        self.pass(Held::Fact(fact));
    }
}

/// Tells whether a bug keeps a record from being kept.
fn is_forgotten(record: &Record) -> bool {
    let bug = match record {
        Record::Client { .. } => Bug::ClientNotKept,
        Record::Group { .. } => Bug::GroupNotKept,
        Record::Member { .. } => Bug::MemberNotKept,
        Record::Mail { .. } => Bug::MailNotKept,
        Record::Receipt { .. } => Bug::ReceiptNotKept,
        _ => return false,
    };
    sabotage::has(bug)
}
