//! Messages kept for people who are away, and receipts for their authors.

use super::machine::{Awaited, Caller, Server};
use super::mailboxes::Page;
use super::postings::{PROBING, TO_CLIENT};
use super::register::Standpoint;
use super::report::Report;
use super::words::Notice;
use crate::protocol::limits::MAIL_AGE_CHECK_EVERY;
use crate::protocol::sabotage::{self, Bug};
use crate::protocol::{
    Answer, ClientName, DirectText, Fate, KeptText, MessageId, Packet, Presence, Receipt, Text,
};
use crate::records::{Key, Record};

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
            if sabotage::has(Bug::RelayConfirmedUnasked) {
                let number = text.number;
                return self.on_relayed(to, caller, number);
            }
            let awaited = Awaited::Relay { to, caller, text };
            self.post(receiver, &packet, PROBING, Some(awaited));
        } else {
            self.keep_for(to, caller, text);
        }
    }

    /// The receiver was there and has the message now.
    pub(super) fn on_relayed(&mut self, to: ClientName, caller: Caller, number: u64) {
        self.messages.direct += 1;
        self.report(Report::Direct { id: MessageId { from: caller.name, number }, to });
        if let Some(row) = self.table.row(to) {
            self.answer_caller(caller, Answer::Exists(row));
        }
        self.tell(Notice::Listening);
    }

    /// Keeps a message for somebody who is away, and tells its author. One that was kept before,
    /// and is asked for again, is not kept twice.
    pub(super) fn keep_for(&mut self, to: ClientName, caller: Caller, text: Text) {
        let kept = KeptText { from: caller.name, group: None, text };
        let id = kept.id();
        if !self.handled.contains(id) {
            if let Err(bound) = self.mail.room_for(to, &kept, &self.settings) {
                self.report(Report::NoRoom { id, bound });
                self.answer_caller(caller, Answer::Full(bound));
                return self.tell(Notice::Listening);
            }
            self.keep(to, kept);
            self.state_kept(id, to);
            self.deliver_to_whoever_is_there(to);
        }
        self.answer_caller(caller, Answer::Saved);
        self.tell(Notice::SaveAnswered);
        self.tell(Notice::Listening);
    }

    /// Deals with the wish of an author to take a message back.
    pub(super) fn on_withdraw(&mut self, caller: Caller, to: ClientName, number: u64) {
        let id = MessageId { from: caller.name, number };
        // Whoever is taking it right now has it in a moment.
        let kept = self.mail.find(to, id).filter(|_| !self.is_there(to));
        // The author learns of it by a receipt: that comes, whatever becomes of this answer.
        let owed = kept.and_then(|kept| self.turn_into_receipt(to, kept, Fate::Withdrawn));
        let answer = if owed.is_some() { Answer::Withdrawn } else { Answer::NotKept };
        if let Some((author, number)) = owed {
            self.send_receipt(author, number);
        }
        self.answer_caller(caller, answer);
        self.tell(Notice::Listening);
    }

    /// Delivers what is kept for somebody who has come back before it was kept.
    pub(super) fn deliver_to_whoever_is_there(&mut self, name: ClientName) {
        if self.online_address(name).is_some() {
            self.recover(name, true);
        }
    }

    /// Delivers what was kept for a client, page by page; then it is online.
    pub(super) fn recover(&mut self, name: ClientName, first: bool) {
        let page = self.mail.next_page(name, first);
        let (Some(page), Some(registration)) = (page, self.clients.get_mut(&name)) else {
            return self.go_online(name);
        };
        let Page { recovery, letters, slips } = page;
        let has_letters = !letters.is_empty();
        registration.standpoint = Standpoint::Returning;
        registration.page = Some((recovery.page, letters.clone(), slips));
        let to = registration.address;
        // Who was told that a message is kept believes that its receiver is away, and is to learn
        // when it is back.
        if has_letters && self.set_presence(name, Presence::Offline) {
            self.gather_updates(name);
        }
        self.watch_silence();
        if sabotage::has(Bug::DropsPageWhenSent) {
            for number in letters {
                self.drop_letter(name, number);
            }
        }
        if sabotage::has(Bug::OnlineBeforeMail) {
            self.go_online(name);
        }
        self.post(to, &Packet::Recover(recovery), TO_CLIENT, None);
    }

    /// A client has taken a page of what was kept for it: the authors get their receipts.
    pub(super) fn on_recovered(&mut self, by: ClientName, taken: u64) {
        let registration = self.clients.get_mut(&by);
        let page = registration.and_then(|it| it.page.take_if(|(page, ..)| *page == taken));
        let Some((_, mut letters, slips)) = page else {
            return;
        };
        if sabotage::has(Bug::PageConfirmsAll) {
            let all = self.mail.older_than(self.now).into_iter();
            letters = all.filter(|(to, _)| *to == by).map(|(_, number)| number).collect();
        }
        self.messages.delivered += letters.len() as u64;
        let mut owed = Vec::new();
        for number in letters {
            owed.extend(self.turn_into_receipt(by, number, Fate::Delivered));
        }
        for number in slips {
            self.remove(Key::Receipt(by, number));
        }
        self.recover(by, false);
        for (author, number) in owed.into_iter().filter(|_| !sabotage::has(Bug::ReceiptsForgotten))
        {
            self.send_receipt(author, number);
        }
        self.tell(Notice::Listening);
    }

    /// Tells an author what became of a message: now, or when the author returns.
    fn send_receipt(&mut self, to: ClientName, number: u64) {
        self.tell_updates(to);
        let receipt = self.mail.receipt(to, number);
        if let (Some(address), Some(receipt)) = (self.online_address(to), receipt) {
            self.mail.set_receipt_under_way(to, number, true);
            let awaited = Awaited::Receipt { to, number, life: self.life_of(to) };
            self.post(address, &Packet::Receipt(receipt), TO_CLIENT, Some(awaited));
        }
    }

    /// An author has not taken its receipt, and finds it when it returns.
    pub(super) fn on_receipt_missed(&mut self, to: ClientName, number: u64) {
        self.mail.set_receipt_under_way(to, number, false);
        self.deliver_to_whoever_is_there(to);
    }

    /// An author has its receipt.
    pub(super) fn on_receipt_taken(&mut self, to: ClientName, number: u64) {
        let receipt = self.mail.receipt(to, number);
        self.remove(Key::Receipt(to, number));
        if let Some(receipt) =
            receipt.filter(|it| sabotage::has(Bug::ReceiptForReceipt) && it.fate == Fate::Delivered)
        {
            let (back_to, number) = (receipt.by, self.mail.next_number());
            // Another fate: this one is not answered again.
            let receipt = Receipt { by: to, fate: Fate::Expired, ..receipt };
            self.put(Record::Receipt { to: back_to, number, receipt });
            self.send_receipt(back_to, number);
        }
    }

    /// Begins to look for messages that were kept for too long.
    pub(super) fn watch_ages(&mut self) {
        self.age_check_at.get_or_insert(self.now + MAIL_AGE_CHECK_EVERY);
    }

    /// Keeps messages no longer that were kept for too long, and tells their authors.
    pub(super) fn drop_aged(&mut self) {
        if self.age_check_at.take_if(|at| *at <= self.now).is_none() {
            return;
        }
        let oldest = self.clock.shown(self.now) - self.settings.mail_age_max;
        let mut owed = Vec::new();
        for (to, number) in self.mail.older_than(oldest) {
            // Whoever is taking it right now has it in a moment.
            if !self.is_there(to) {
                self.messages.expired += 1;
                owed.extend(self.turn_into_receipt(to, number, Fate::Expired));
            }
        }
        for (author, number) in owed {
            self.send_receipt(author, number);
        }
        if !self.mail.is_empty() {
            self.watch_ages();
        }
    }
}
