//! The delivery of the client's own messages: to a peer, through the server if the peer is silent
//! or offline, or to a group.

use super::{Activity, Client};
use crate::client::outbox::{Attempt, Settled};
use crate::client::words::Notice;
use crate::delivery::Event;
use crate::protocol::limits::{DATAGRAM_LEN_MAX, ROOM_AGAIN_AFTER};
use crate::protocol::sabotage::{self, Bug};
use crate::protocol::{
    Audience, Bound, ClientName, Fact, GroupName, MessageId, Presence, Request, Row, Text,
    Timestamp,
};
use crate::records::State;

impl Client {
    /// Sends a message, after those to the same person that are still waiting.
    pub(super) fn send(&mut self, to: ClientName, body: String) {
        if self.group().is_some() {
            self.tell(Notice::InvalidCommand);
        } else if !self.server.is_online() {
            self.tell(Notice::Offline);
        } else if to == self.name {
            self.send_to_self(body);
        } else if self.table.version().is_none() {
            // The server went silent before it sent the table.
            self.tell(Notice::ServerSilent);
        } else if self.table.row(to).is_none() && !self.table.is_excerpt() {
            self.tell(Notice::NoSuchUser);
        } else {
            self.outbox.expect_answer(to);
            self.send_to(Audience::Person(to), body);
        }
    }

    fn send_to_self(&mut self, body: String) {
        let (to, text) = (self.name, self.write(body));
        self.tell(Notice::Direct { from: to, body: text.body.clone() });
        self.tell(Notice::Received { by: to });
        self.note_fate(Settled { to: Audience::Person(to), text, state: State::Delivered });
    }

    /// Sends a message to the client's group, after those to the same group.
    pub(super) fn send_all(&mut self, body: String) {
        if !self.server.is_online() {
            return self.tell(Notice::Offline);
        }
        match self.group() {
            Some(group) => self.send_to(Audience::Group(group), body),
            None => self.tell(Notice::NotInGroup),
        }
    }

    fn send_to(&mut self, to: Audience, body: String) {
        if self.outbox.is_full(to) {
            if !sabotage::has(Bug::OutboxDropsOldest) {
                return self.tell(Notice::OutboxFull(to));
            }
            self.outbox.take_next(to, &mut self.effects);
        }
        self.compose(body, to);
        self.deliver(to);
    }

    /// Makes a message with the current time, and records it until it is delivered.
    fn compose(&mut self, body: String, to: Audience) {
        let text = self.write(body);
        self.state(Fact::Written { id: text.id(self.name), to, at: text.at });
        self.outbox.push(to, text, &mut self.effects);
    }

    fn write(&mut self, mut body: String) -> Text {
        if sabotage::has(Bug::LongTextIsCut) && body.len() > DATAGRAM_LEN_MAX {
            body.pop();
        }
        if sabotage::has(Bug::BlanksAreTrimmed) {
            body = body.trim_start().to_owned();
        }
        let number = self.numbers.next_message(self.now, &mut self.effects);
        Text { number, at: self.clock.shown(self.now), body }
    }

    /// Returns an audience for whom messages wait here that can be delivered now: the server was
    /// silent or had no room for them, or they are of an earlier session.
    pub(super) fn next_recipient(&self) -> Option<Audience> {
        self.outbox.next_recipient(self.now).filter(|_| self.server.is_reachable())
    }

    /// Returns when the server is to be asked for room again, if nothing else is under way.
    pub(super) fn room_again_at(&self) -> Option<Timestamp> {
        let is_ready = self.server.is_reachable() && self.activity.is_none();
        self.outbox.room_again_at().filter(|_| is_ready)
    }

    /// Delivers the next message that waits for an audience.
    pub(super) fn deliver(&mut self, to: Audience) {
        if self.outbox.front(to).is_none() {
            self.activity = None;
            return;
        }
        self.activity = Some(Activity::Deliver(to));
        match to {
            Audience::Group(group) => self.deliver_to_group(group),
            Audience::Person(name) => {
                let row = self.table.row(name).filter(|row| row.presence == Presence::Online);
                match row.copied().filter(|_| !self.outbox.is_silent(name)) {
                    Some(Row { address, .. }) => {
                        self.deliver_directly(Attempt::new(name, address, self.now));
                    }
                    None => self.deliver_through_server(name),
                }
            }
        }
    }

    fn deliver_directly(&mut self, attempt: Attempt) {
        let sent = self.outbox.send_directly(attempt, self.name, &mut self.endpoint, self.now);
        if sent.is_err() {
            self.deliver_around(attempt);
        } else if sabotage::has(Bug::ConfirmedWhenSent) {
            let by = attempt.to();
            self.state_of_next(Audience::Person(by), |id| Fact::Confirmed { id, by });
        }
    }

    fn deliver_through_server(&mut self, to: ClientName) {
        if let Some(text) = self.outbox.try_through_server(to).cloned() {
            self.request(Request::Save { to, text });
        }
    }

    fn deliver_to_group(&mut self, group: GroupName) {
        if let Some(text) = self.outbox.try_next(Audience::Group(group)).cloned() {
            self.request(Request::SendAll { group, text });
        }
    }

    /// Delivers the next message to a peer that is silent through the server, under the same id.
    fn deliver_around(&mut self, attempt: Attempt) {
        let to = attempt.to();
        let audience = Audience::Person(to);
        self.endpoint.close(attempt.address());
        self.outbox.went_silent(to);
        if sabotage::has(Bug::FallsBackUnderNewId)
            && let Some(text) = self.outbox.take_next(audience, &mut self.effects)
        {
            self.compose(text.body, audience);
        }
        self.state_of_next(audience, |id| Fact::FellBack { id, to });
        self.tell(Notice::NoAcknowledgement { by: to });
        self.deliver_through_server(to);
    }

    /// Takes what happened to a link to a peer.
    pub(super) fn on_peer_event(&mut self, event: &Event) {
        match event {
            Event::Acknowledged(parcel) => {
                if let Some(attempt) = self.outbox.take_attempt(&[*parcel]) {
                    self.on_delivered(attempt);
                }
            }
            Event::Expired(parcel) => {
                if let Some(attempt) = self.outbox.take_attempt(&[*parcel]) {
                    self.deliver_around(attempt);
                }
            }
            Event::Lost(parcels) => {
                if let Some(attempt) = self.outbox.take_attempt(parcels) {
                    self.on_peer_restarted(attempt);
                }
            }
            // A peer of another version is treated as silent.
            Event::Retried(..)
            | Event::Received(_)
            | Event::OtherVersion(_)
            | Event::Misunderstood(_) => {}
        }
    }

    fn on_delivered(&mut self, attempt: Attempt) {
        let by = attempt.to();
        let to = Audience::Person(by);
        self.state_of_next(to, |id| Fact::Confirmed { id, by });
        self.tell(Notice::Received { by });
        self.deliver_next(to, State::Delivered);
    }

    /// A peer has forgotten the link, or is another client now: retries once, within the time-out.
    fn on_peer_restarted(&mut self, attempt: Attempt) {
        if sabotage::has(Bug::LostIsConfirmed) {
            self.on_delivered(attempt);
        } else if let Some(again) = attempt.again(self.now) {
            self.deliver_directly(again);
        } else {
            self.deliver_around(attempt);
        }
    }

    /// Takes out the message whose fate is known, and delivers the next one.
    pub(super) fn deliver_next(&mut self, to: Audience, state: State) {
        if let Some(settled) = self.outbox.settle(to, state, &mut self.effects) {
            self.note_fate(settled);
        }
        self.deliver(to);
    }

    /// The server has no room for the next message: it waits here, and its author is notified once.
    pub(super) fn wait_for_room(&mut self, to: Audience, bound: Bound) {
        if sabotage::has(Bug::FullIsSaved) {
            let by = |id| match to {
                Audience::Person(to) => Fact::Saved { id, to },
                Audience::Group(_) => Fact::Accepted(id),
            };
            self.state_of_next(to, by);
        }
        if sabotage::has(Bug::FullIsSaved) || sabotage::has(Bug::FullDropsMessage) {
            return self.deliver_next(to, State::Saved);
        }
        if self.outbox.wait_for_room(to, self.now + ROOM_AGAIN_AFTER) {
            self.tell(Notice::Full(bound));
        }
        self.activity = None;
    }

    /// States a fact of the next message to an audience.
    pub(super) fn state_of_next(&mut self, to: Audience, fact: impl Fn(MessageId) -> Fact) {
        if let Some(text) = self.outbox.front(to) {
            let fact = fact(text.id(self.name));
            self.state(fact);
        }
    }

    /// Keeps a message of the client's own in the history.
    pub(super) fn note_fate(&mut self, settled: Settled) {
        self.history.note_own(settled, &mut self.numbers, &mut self.effects);
    }
}
