//! What the server says, and to whom: everything waits until what it depends on is stored.

use super::machine::{Awaited, Caller, Server};
use super::report::Report;
use super::words::Notice;
use crate::delivery::Pace;
use crate::protocol::limits::{CLIENT_PATIENCE, PROBE_PATIENCE};
use crate::protocol::sabotage::{self, Bug};
use crate::protocol::{Address, Answer, Fact, Packet, RequestId, Session, codec};

/// How the server sends something to a client.
pub(super) const TO_CLIENT: Pace = Pace::WhileHeard { patience: CLIENT_PATIENCE };

/// How the server asks somebody for a sign of life.
pub(super) const PROBING: Pace = Pace::Quiet { patience: PROBE_PATIENCE };

/// A packet to a client, and what its acknowledgement means.
#[derive(Debug)]
pub(super) struct Posting {
    to: Address,
    /// The link to that address; on another one somebody else may live there.
    link: Option<Session>,
    packet: Vec<u8>,
    pace: Pace,
    awaited: Option<Awaited>,
}

/// What waits for storage.
#[derive(Debug)]
pub(super) enum Held {
    Posting(Posting),
    Notice(Notice),
    Fact(Fact),
    Report(Report),
}

impl Server {
    pub(super) fn tell(&mut self, notice: Notice) {
        self.pass(Held::Notice(notice));
    }

    /// Lets something out, once everything that it depends on is stored.
    pub(super) fn pass(&mut self, held: Held) {
        if let Some(held) = self.gate.pass(held) {
            self.let_out(held);
        }
    }

    /// Answers a request.
    pub(super) fn answer(&mut self, to: Address, id: RequestId, answer: Answer) {
        self.post(to, &Packet::Answer(id, answer), TO_CLIENT, None);
    }

    /// Answers a caller that is still there, after what it has to know before.
    pub(super) fn answer_caller(&mut self, caller: Caller, answer: Answer) {
        if self.by_address.get(&caller.address) == Some(&caller.name) {
            self.tell_updates(caller.name);
            self.answer(caller.address, caller.request, answer);
        }
    }

    /// Sends a packet, once everything that it depends on is stored.
    pub(super) fn post(
        &mut self,
        to: Address,
        packet: &Packet,
        pace: Pace,
        awaited: Option<Awaited>,
    ) {
        self.post_encoded(to, codec::encode_packet(packet), pace, awaited);
    }

    /// Does the same with a packet that is encoded already.
    pub(super) fn post_encoded(
        &mut self,
        to: Address,
        packet: Vec<u8>,
        pace: Pace,
        awaited: Option<Awaited>,
    ) {
        let link = self.endpoint.link(to);
        self.pass(Held::Posting(Posting { to, link, packet, pace, awaited }));
    }

    pub(super) fn let_out(&mut self, held: Held) {
        let posting = match held {
            Held::Notice(notice) => return self.notices.push_back(notice),
            Held::Fact(fact) => return self.facts.push_back(fact),
            Held::Report(report) => return self.reports.push_back(report),
            Held::Posting(posting) => posting,
        };
        if self.is_of_former_life(&posting) {
            return;
        }
        let Posting { to, link, packet, pace, awaited } = posting;
        if link != self.endpoint.link(to) && !sabotage::has(Bug::MeantForSomebodyElse) {
            // Whoever it was for is gone from there already, as far as the server knows.
            return awaited.map_or((), |awaited| self.on_undelivered(awaited));
        }
        // The server never speaks first: it may be made to speak to a forged address.
        match (self.endpoint.reply(to, packet, pace, self.now), awaited) {
            (Ok(parcel), Some(awaited)) => {
                self.awaited.entry(to).or_default().insert(parcel, awaited);
            }
            (Ok(_), None) => {}
            (Err(_), awaited) => {
                self.endpoint.close(to);
                self.on_link_failed(to);
                if let Some(awaited) = awaited {
                    self.on_undelivered(awaited);
                }
            }
        }
    }

    /// Tells whether a receiver has registered anew since a kept message or a receipt was to be
    /// sent to it. Then it has that with everything else that was kept.
    fn is_of_former_life(&self, posting: &Posting) -> bool {
        match posting.awaited {
            Some(
                Awaited::Group { member: name, life, .. } | Awaited::Receipt { to: name, life, .. },
            ) => life != self.life_of(name),
            _ => false,
        }
    }
}
