//! The inputs of the server: records, datagrams, time, and notifications from storage.

use super::super::links::{Awaited, LinkEvent, PROBING};
use super::super::outputs::Output;
use super::super::registry::Verdict;
use super::super::report::Report;
use super::super::request::Connect;
use super::super::words::Notice;
use super::Server;
use crate::protocol::sabotage::{self, Bug};
use crate::protocol::{Address, Answer, ClientName, Fate, Machine, Packet, Receipt, Timestamp};
use crate::records::{ServerKey, ServerRecord, Ticket};

impl Server {
    /// Takes a record that an earlier run has stored, before anything else; they come in the
    /// order of their keys.
    pub fn restore(&mut self, record: &ServerRecord) {
        match record {
            ServerRecord::Client { name, address } => {
                self.registry.restore(*name, *address, self.now);
            }
            ServerRecord::Group { number, group } => self.groups.restore(*number, *group),
            ServerRecord::Member { client, group, number } => {
                self.groups.restore_member(*client, *group, *number);
            }
            ServerRecord::Mail { to, number, kept_at, text } => {
                self.mail.restore(*to, *number, *kept_at, text);
            }
            ServerRecord::Receipt { to, number, receipt } => {
                self.mail.restore_receipt(*to, *number, *receipt);
                if sabotage::has(Bug::ReceiptOutlivesOneRestart) {
                    self.outputs.record(ServerKey::Receipt(*to, *number).remove());
                }
            }
            ServerRecord::Handled { from, numbers } => self.mail.restore_handled(*from, numbers),
            ServerRecord::Kicked(name) => self.registry.restore_kicked(*name),
        }
    }

    /// Starts, after everything that an earlier run has stored was restored.
    pub fn start(&mut self, now: Timestamp) {
        self.now = self.clock.read(now);
        self.registry.start(self.now);
        self.mail.start(self.now);
    }

    /// Learns that a batch of changes, and all before it, are stored: what waited for them leaves.
    pub fn handle_stored(&mut self, ticket: Ticket, now: Timestamp) {
        self.now = self.clock.read(now);
        self.outputs.stored(ticket);
        while let Some(posting) = self.outputs.release() {
            self.send(posting);
        }
        self.take_events();
    }

    fn take_events(&mut self) {
        while let Some((from, event)) = self.links.poll_event() {
            match event {
                LinkEvent::Received(packet) => self.on_packet(from, packet),
                LinkEvent::Taken(awaited) => self.on_taken(from, awaited),
                LinkEvent::Silent => self.on_silent(from),
                LinkEvent::Lost => self.on_link_failed(from),
                LinkEvent::OtherVersion(version) => {
                    self.outputs.report(Report::OtherVersion { address: from, version });
                }
            }
        }
    }

    fn on_packet(&mut self, from: Address, packet: Packet) {
        match packet {
            Packet::Request(id, request) => self.on_request(from, id, request),
            Packet::Recovered(page) => {
                if let Some(name) = self.admit(from) {
                    self.on_recovered(name, page);
                }
            }
            // The acknowledgement is the answer, unless the client counts as offline.
            Packet::Probe => {
                if self.admit(from).is_some_and(|name| !self.registry.is_present(name)) {
                    self.links.refuse(from);
                }
            }
            // Clients do not send these to a server.
            Packet::Answer(..)
            | Packet::Update(_)
            | Packet::Group(_)
            | Packet::Relay(_)
            | Packet::Recover(_)
            | Packet::Receipt(_)
            | Packet::Direct { .. }
            | Packet::TableTooLarge(_)
            | Packet::Kicked
            | Packet::Closing => {
                if self.admit(from).is_some() {
                    self.links.count_malformed();
                }
            }
        }
    }

    /// A client has taken a packet.
    fn on_taken(&mut self, from: Address, awaited: Awaited) {
        match awaited {
            Awaited::Holder { connect, link } => {
                if self.links.is_current(connect.address, link) {
                    self.on_name_in_use(&connect);
                }
            }
            Awaited::Relay { to, caller, text } => self.on_relayed(to, caller, text.number),
            Awaited::Group { member, number, .. } => self.on_member_has(member, number),
            Awaited::Update { to } => {
                self.registry.page_of_table_taken(to);
                self.send_news(to);
            }
            Awaited::Receipt { to, number, .. } => self.on_receipt_taken(to, number),
            Awaited::Farewell => self.links.close(from),
        }
    }

    /// The holder of a name is online, and another client wants it.
    fn on_name_in_use(&mut self, connect: &Connect) {
        let Connect { name, address, request, .. } = *connect;
        self.outputs.report(Report::NameInUse { client: name, address });
        self.outputs.notify(Notice::DuplicateLogin);
        self.turn_away(address, request, Answer::NameInUse);
    }

    /// A member has a group message, which is no longer kept.
    fn on_member_has(&mut self, member: ClientName, number: u64) {
        self.mail.count_direct();
        if let Some(id) = self.mail.id(member, number) {
            self.outputs.report(Report::Direct { id, to: member });
        }
        self.remove_mail(member, number);
        self.outputs.notify(Notice::Listening);
    }

    /// An author has its receipt.
    fn on_receipt_taken(&mut self, to: ClientName, number: u64) {
        let receipt = self.mail.receipt(to, number);
        self.outputs.record(self.mail.remove_receipt(to, number));
        if let Some(receipt) =
            receipt.filter(|it| sabotage::has(Bug::ReceiptForReceipt) && it.fate == Fate::Delivered)
        {
            let back_to = receipt.by;
            // A receipt with another fate, which does not cause this again.
            let receipt = Receipt { by: to, fate: Fate::Expired, ..receipt };
            let (number, change) = self.mail.keep_receipt(back_to, receipt);
            self.outputs.record(change);
            self.send_receipt(back_to, number);
        }
    }

    /// A client does not answer: it loses the membership of the group whose message it did not take.
    fn on_silent(&mut self, peer: Address) {
        let lost = self.links.take_lost(peer);
        let of_group = |awaited: &Awaited| match awaited {
            Awaited::Group { member, number, .. } => Some((*member, *number)),
            Awaited::Holder { .. }
            | Awaited::Relay { .. }
            | Awaited::Receipt { .. }
            | Awaited::Update { .. }
            | Awaited::Farewell => None,
        };
        let missed: Vec<_> = lost.iter().filter_map(of_group).collect();
        self.on_lost(peer, lost);
        for (member, number) in missed {
            if let Some(group) = self.mail.group(member, number) {
                self.outputs.extend(self.groups.expel_silent(member, group));
            }
        }
    }

    /// A client has taken a page of what was kept for it: the authors get their receipts.
    fn on_recovered(&mut self, by: ClientName, taken: u64) {
        let Some(page) = self.registry.take_page(by, taken) else { return };
        let all = sabotage::has(Bug::PageConfirmsAll).then(|| self.mail.waiting(by, self.now));
        let letters = all.as_deref().unwrap_or_else(|| page.letters());
        self.mail.count_delivered(letters.len());
        let mut owed = Vec::new();
        for number in letters {
            owed.extend(self.settle(by, *number, Fate::Delivered));
        }
        for number in page.receipts() {
            self.outputs.record(self.mail.remove_receipt(by, *number));
        }
        if self.registry.is_present(by) {
            self.recover(by, false);
        }
        if !sabotage::has(Bug::ReceiptsForgotten) {
            self.send_receipts(owed);
        }
        self.outputs.notify(Notice::Listening);
    }

    fn send_receipts(&mut self, owed: Vec<(ClientName, u64)>) {
        for (author, number) in owed {
            self.send_receipt(author, number);
        }
    }

    /// Probes clients that have been silent for long. One that does not answer is gone.
    fn check_silence(&mut self) {
        for (name, address) in self.registry.take_silence_check(self.now) {
            let heard_at = self.links.heard_at(address);
            let is_pending = self.links.is_pending(address);
            match self.registry.silence().check(heard_at, is_pending, self.now) {
                Verdict::Heard => {}
                Verdict::Silent => self.post(address, &Packet::Probe, PROBING, None),
                Verdict::Gone => self.vanish(name),
            }
        }
    }

    /// Drops messages that were kept too long, and sends their authors receipts.
    fn check_ages(&mut self) {
        let Some(aged) = self.mail.take_aged(self.now, self.clock.shown(self.now)) else { return };
        let mut owed = Vec::new();
        for (to, number) in aged {
            // While the receiver is fetching it, it does not expire.
            if !self.registry.is_present(to) {
                self.mail.count_expired();
                if sabotage::has(Bug::ExpiresSilently) {
                    self.remove_mail(to, number);
                    continue;
                }
                owed.extend(self.settle(to, number, Fate::Expired));
            }
        }
        self.send_receipts(owed);
        self.mail.watch_ages(self.now);
    }
}

impl Machine for Server {
    type Output = Output;

    fn handle_datagram(&mut self, from: Address, bytes: &[u8], now: Timestamp) {
        self.now = self.clock.read(now);
        self.links.handle_datagram(from, bytes, self.now);
        self.take_events();
    }

    fn handle_timeout(&mut self, now: Timestamp) {
        self.now = self.clock.read(now);
        self.links.handle_timeout(self.now);
        self.take_events();
        for name in self.registry.take_broadcast(self.now) {
            self.send_news(name);
        }
        self.check_silence();
        self.check_ages();
    }

    fn poll_output(&mut self) -> Option<Output> {
        if let Some(output) = self.outputs.poll() {
            return Some(output);
        }
        let (to, bytes) = self.links.poll_datagram()?;
        Some(Output::Transmit { to, bytes })
    }

    fn poll_timeout(&self) -> Option<Timestamp> {
        let own = [self.registry.poll_timeout(), self.mail.poll_timeout(), self.closing_until];
        let timers = own.into_iter().fold(self.links.poll_timeout(), Timestamp::earlier);
        timers.map(|at| self.clock.shown(at))
    }

    fn is_busy(&self) -> bool {
        self.outputs.is_holding()
            || self.registry.is_broadcast_planned()
            || self.links.is_any_pending()
    }
}
