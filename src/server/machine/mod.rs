//! The server: routes inputs to its components and what they return to its outputs.
//!
//! What happens when a link fails is in this file, with all that it may lead to: a packet that
//! cannot be sent has consequences for its receiver, and these may lead to other packets. The files
//! below it take the inputs. They call this one; it calls none of them.

mod admin;
mod inputs;
mod invariants;
mod requests;

use super::groups::Groups;
use super::links::{Awaited, Links, PROBING, Posting, Sending, TO_CLIENT};
use super::mail::{Mail, Page};
use super::outputs::Outputs;
use super::registry::{Admission, Announcement, Registry};
use super::report::{Departure, Report};
use super::request::{Caller, Connect};
use super::settings::Settings;
use super::words::Notice;
use crate::delivery::Pace;
use crate::protocol::sabotage::{self, Bug};
use crate::protocol::{
    Address, Answer, Bound, ClientName, Fact, Fate, KeptText, MessageId, NameStatus, Packet,
    RequestId, SteadyClock, Text, Timestamp, codec,
};

/// A server: everything but the screen, the socket, the clock and the database.
#[derive(Debug)]
pub struct Server {
    /// What the machine's own clock shows; everything else is in steady time.
    clock: SteadyClock,
    now: Timestamp,
    registry: Registry,
    groups: Groups,
    mail: Mail,
    links: Links,
    outputs: Outputs,
    /// The latest time at which the server ends, once it shuts down.
    closing_until: Option<Timestamp>,
}

impl Server {
    /// Makes a server that starts at `now` and keeps nothing yet. The seed makes its sessions hard
    /// to guess.
    pub fn new(seed: u64, now: Timestamp) -> Self {
        let mut links = Links::new(seed);
        // Not the time: a clock that was set back may repeat it.
        let epoch = links.draw();
        Self {
            clock: SteadyClock::default(),
            now,
            registry: Registry::new(epoch),
            groups: Groups::default(),
            mail: Mail::default(),
            links,
            outputs: Outputs::default(),
            closing_until: None,
        }
    }

    /// Sets the bounds.
    #[must_use]
    pub fn with(mut self, settings: Settings) -> Self {
        self.registry.set_bounds(settings.rows_broadcast_max, settings.silence_max);
        self.links.set_queue_bytes_max(settings.link_queue_bytes_max);
        self.mail.set_bounds(settings);
        self
    }

    /// Turns reports on.
    #[must_use]
    pub fn reporting(mut self) -> Self {
        self.outputs.report_from_now_on();
        self
    }

    /// Returns the client at an address, or refuses its link: it has to register (again) first. One
    /// that was kicked has not learned of it, and has to ask whether it may return.
    fn admit(&mut self, from: Address) -> Option<ClientName> {
        let name = self.caller_at(from).filter(|name| !self.registry.is_kicked(*name));
        if name.is_none() {
            self.links.refuse(from);
        }
        name
    }

    /// Sends a packet as soon as everything that it depends on is stored.
    fn post(&mut self, to: Address, packet: &Packet, pace: Pace, awaited: Option<Awaited>) {
        self.post_encoded(to, codec::encode_packet(packet), pace, awaited);
    }

    /// Does the same with a packet that is encoded already.
    fn post_encoded(&mut self, to: Address, packet: Vec<u8>, pace: Pace, awaited: Option<Awaited>) {
        let posting = self.links.address(to, packet, pace, awaited);
        if let Some(posting) = self.outputs.post(posting) {
            self.send(posting);
        }
    }

    /// Answers a request.
    fn answer(&mut self, to: Address, id: RequestId, answer: Answer) {
        self.post(to, &Packet::Answer(id, answer), TO_CLIENT, None);
    }

    /// Answers a caller that is still registered, after it was sent what it lacks of the table.
    fn answer_caller(&mut self, caller: Caller, answer: Answer) {
        if self.registry.is_at(caller.name, caller.address) {
            self.send_news(caller.name);
            self.answer(caller.address, caller.request, answer);
        }
    }

    /// Sends a packet that depends on nothing that is not stored.
    fn send(&mut self, posting: Posting) {
        // A client that has registered again since has it with everything else that was kept.
        let session = posting.awaited().and_then(Awaited::session);
        if session.is_some_and(|(name, session)| session != self.registry.session_of(name)) {
            return;
        }
        let to = posting.to();
        let awaited = match self.links.send(posting, self.now) {
            Sending::Sent => return,
            Sending::LinkGone(awaited) => awaited,
            Sending::LinkFailed(awaited) => {
                self.on_link_failed(to);
                awaited
            }
        };
        if let Some(awaited) = awaited {
            self.on_undelivered(awaited);
        }
    }

    /// A client does not answer, or has begun a new session: what it did not take is rerouted.
    fn on_link_failed(&mut self, peer: Address) {
        let lost = self.links.take_lost(peer);
        self.on_lost(peer, lost);
    }

    fn on_lost(&mut self, peer: Address, lost: Vec<Awaited>) {
        if let Some(name) = self.registry.name_at(peer) {
            self.vanish(name);
        }
        for awaited in lost {
            self.on_undelivered(awaited);
        }
    }

    fn on_undelivered(&mut self, awaited: Awaited) {
        match awaited {
            Awaited::Holder { connect, link } => {
                if self.links.is_current(connect.address, link) {
                    self.on_connect(connect);
                }
            }
            Awaited::Relay { to, caller, text } => self.keep_for(to, caller, text),
            Awaited::Group { member, number, .. } => self.on_member_missed(member, number),
            Awaited::Receipt { to, number, .. } => {
                self.mail.receipt_missed(to, number);
                self.deliver_if_online(to);
            }
            Awaited::Update { .. } | Awaited::Farewell => {}
        }
    }

    /// A client wants to be registered.
    fn on_connect(&mut self, connect: Connect) {
        let Connect { name, address, request, .. } = connect;
        let opened_at = self.links.opened_at(address).unwrap_or_default();
        match self.registry.admission(&connect, self.links.link(address), opened_at) {
            Admission::Granted => self.accept(&connect),
            Admission::Late(after) => self.links.refuse_late(address, after),
            Admission::StillKicked => {
                self.outputs.report(Report::StillKicked { client: name, address });
                self.turn_away(address, request, Answer::Kicked);
            }
            Admission::Held(holder) => {
                let awaited = Awaited::Holder { connect, link: self.links.link(address) };
                self.post(holder, &Packet::Probe, PROBING, Some(awaited));
            }
            Admission::Full => {
                self.answer(address, request, Answer::Full(Bound::Clients));
                self.outputs.notify(Notice::Listening);
            }
        }
    }

    /// Registers a client, or takes it back.
    fn accept(&mut self, connect: &Connect) {
        let Connect { name, address, .. } = *connect;
        let is_new = !self.registry.contains(name);
        // Another client may have been at this address before.
        if let Some(former) = self.registry.name_at(address).filter(|former| *former != name) {
            self.vanish(former);
        }
        if self.registry.address_of(name) != Some(address) {
            if let Some(former) = self.registry.unbind(name) {
                self.links.close(former);
                self.on_link_failed(former);
            }
            let change = self.registry.register(name, address, self.now);
            self.outputs.record(change);
        }
        if is_new {
            self.outputs.notify(Notice::TableUpdated);
        }
        if let Some(change) = self.registry.pardon(name) {
            self.outputs.record(change);
        }
        self.outputs.report(Report::Registered { client: name, address, is_new });
        self.registry.bind(name);
        self.answer(address, connect.request, self.registered(name, is_new));
        // A client that could not be answered is gone again already.
        if self.registry.is_at(name, address) {
            let (link, opened_at) = (self.links.link(address), self.links.opened_at(address));
            self.registry.begin_session(connect, link, opened_at);
            self.mail.recall(name);
            self.recover(name, true);
        }
        self.outputs.notify(Notice::Listening);
    }

    fn registered(&self, name: ClientName, is_new: bool) -> Answer {
        let status = if is_new { NameStatus::New } else { NameStatus::Known };
        let (epoch, group) = (self.registry.epoch(), self.groups.of(name));
        Answer::Registered { epoch, status, group }
    }

    /// Refuses to register a client. The link of a stranger is closed when it has the answer.
    fn turn_away(&mut self, from: Address, id: RequestId, answer: Answer) {
        let packet = Packet::Answer(id, answer);
        let is_stranger = self.registry.name_at(from).is_none();
        self.post(from, &packet, TO_CLIENT, is_stranger.then_some(Awaited::Farewell));
        self.outputs.notify(Notice::Listening);
    }

    /// A client is gone without notice.
    fn vanish(&mut self, name: ClientName) {
        self.registry.unbind(name);
        if self.registry.is_present(name) {
            self.outputs.report(Report::Gone { client: name, how: Departure::Vanished });
        }
        if sabotage::has(Bug::VanishedStaysOnline) {
            return self.registry.forget_session(name);
        }
        self.go_away(name);
    }

    /// Announces to all clients that a client is offline.
    fn go_away(&mut self, name: ClientName) {
        if let Some(announcement) = self.registry.go_away(name, self.now)
            && !sabotage::has(Bug::AwayIsNotBroadcast)
        {
            self.outputs.notify(Notice::TableUpdated);
            self.announce(announcement);
        }
    }

    /// Announces to all clients that a client is online.
    fn go_online(&mut self, name: ClientName) {
        let announcement = self.registry.go_online(name, self.now);
        self.announce(announcement);
    }

    /// Sends a row to all clients that are to have it.
    fn announce(&mut self, announcement: Announcement) {
        if let Some(name) = self.registry.announce(announcement, self.now) {
            self.send_news(name);
        }
    }

    /// Sends a client what it lacks of the register table, before anything else.
    fn send_news(&mut self, name: ClientName) {
        while let Some(news) = self.registry.next_news(name) {
            let awaited = news.is_page.then_some(Awaited::Update { to: name });
            self.post(news.to, &news.packet, TO_CLIENT, awaited);
        }
    }

    /// Keeps a message. Returns its number.
    fn keep(&mut self, to: ClientName, text: &KeptText) -> u64 {
        let kept_at = self.clock.shown(self.now);
        let (number, change) = self.mail.keep(to, text, kept_at, self.now);
        self.outputs.record(change);
        number
    }

    /// Drops a message that its receiver has.
    fn remove_mail(&mut self, to: ClientName, number: u64) {
        let changes = self.mail.remove(to, number);
        self.outputs.record_all(changes.into_iter().flatten());
    }

    /// States that a message waits for a client that is offline.
    fn state_kept(&mut self, id: MessageId, to: ClientName) {
        self.mail.count_stored();
        self.outputs.report(Report::Stored { id, to });
        self.outputs.state(Fact::Kept { id, to });
    }

    /// Keeps a message for a client that is offline, and answers its author. A repeated message is
    /// not kept twice.
    fn keep_for(&mut self, to: ClientName, caller: Caller, text: Text) {
        let kept = KeptText { from: caller.name, group: None, text };
        let id = kept.id();
        if !self.mail.has_taken(id) {
            if let Err(bound) = self.mail.room_for(&[to], &kept) {
                self.outputs.report(Report::NoRoom { id, bound });
                return self.finish(caller, Answer::Full(bound));
            }
            self.keep(to, &kept);
            self.state_kept(id, to);
            self.deliver_if_online(to);
        }
        self.answer_caller(caller, Answer::Saved);
        self.outputs.notify(Notice::SaveAnswered);
        self.outputs.notify(Notice::Listening);
    }

    /// Answers a caller, which ends its request.
    fn finish(&mut self, caller: Caller, answer: Answer) {
        self.answer_caller(caller, answer);
        self.outputs.notify(Notice::Listening);
    }

    /// A member has not taken a group message, and fetches it when it returns.
    fn on_member_missed(&mut self, member: ClientName, number: u64) {
        if let Some(id) = self.mail.id(member, number) {
            if sabotage::has(Bug::MissedIsDropped) {
                return self.remove_mail(member, number);
            }
            self.mail.missed(member, number);
            self.state_kept(id, member);
            self.deliver_if_online(member);
        }
    }

    /// Delivers what is kept for a client that came back before it was kept.
    fn deliver_if_online(&mut self, name: ClientName) {
        if self.registry.online_address(name).is_some() {
            self.recover(name, true);
        }
    }

    /// Delivers what was kept for a present client, page by page; then it is online.
    fn recover(&mut self, name: ClientName, first: bool) {
        let page = self.mail.next_page(name, first);
        let page = page.filter(|_| first || !sabotage::has(Bug::FirstPageIsAll));
        let (Some(page), Some(to)) = (page, self.registry.address_of(name)) else {
            return self.go_online(name);
        };
        let Page { recovery, numbers } = page;
        let dropped = sabotage::has(Bug::DropsPageWhenSent).then(|| numbers.letters().to_vec());
        if let Some(announcement) = self.registry.begin_page(name, numbers, self.now) {
            self.announce(announcement);
        }
        for number in dropped.into_iter().flatten() {
            self.remove_mail(name, number);
        }
        if sabotage::has(Bug::OnlineBeforeMail) {
            self.go_online(name);
        }
        self.post(to, &Packet::Recover(recovery), TO_CLIENT, None);
    }

    /// Turns a message that is no longer kept into a receipt for its author. Returns the author and
    /// the number of the receipt.
    fn settle(&mut self, by: ClientName, number: u64, fate: Fate) -> Option<(ClientName, u64)> {
        let settled = self.mail.settle(by, number, fate)?;
        self.outputs.record_all(settled.changes.into_iter().flatten());
        self.outputs.report(Report::Settled { id: settled.id, to: by, fate });
        Some((settled.id.from, settled.number))
    }

    /// Sends an author its receipt: now, or when the author returns.
    fn send_receipt(&mut self, to: ClientName, number: u64) {
        self.send_news(to);
        let receipt = self.mail.receipt(to, number);
        if let (Some(address), Some(receipt)) = (self.registry.online_address(to), receipt) {
            self.mail.send_receipt(to, number);
            let awaited = Awaited::Receipt { to, number, session: self.registry.session_of(to) };
            self.post(address, &Packet::Receipt(receipt), TO_CLIENT, Some(awaited));
        }
    }

    /// Returns the client that has registered on the current link to an address.
    fn caller_at(&self, address: Address) -> Option<ClientName> {
        self.registry.caller_at(address, self.links.link(address))
    }
}
