//! Messages on their way: to a peer, through the server when the peer is silent, or to a group.
//!
//! The messages to one person are delivered one after the other, so that they arrive in the order
//! in which they were sent, whatever way each of them takes. Each is kept until it is delivered.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::machine::{Activity, Client};
use super::requests::Purpose;
use super::words::Notice;
use crate::delivery::{Pace, ParcelId};
use crate::protocol::limits::{OUTBOX_MESSAGES_MAX, PEER_PATIENCE, ROOM_AGAIN_AFTER};
use crate::protocol::sabotage::{self, Bug};
use crate::protocol::{
    Address, Answer, Audience, Bound, ClientName, Fact, GroupName, MessageId, Presence, Request,
    Text, Timestamp, codec,
};
use crate::records::{Key, State};

/// Messages that are not delivered yet, in their order.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    queues: BTreeMap<Audience, VecDeque<Text>>,
    direct: Option<DirectAttempt>,
    /// Who did not answer, so that the server has to see to what waits for them.
    silent: BTreeSet<ClientName>,
    /// For whom the server had no room, and when it is asked again.
    full: BTreeMap<Audience, Timestamp>,
    /// The numbers of messages that somebody may have got, although nobody has said so.
    tried: BTreeSet<u64>,
    /// The room of a queue that has become empty, for the next one.
    spare: VecDeque<Text>,
}

/// A message under way to its receiver.
#[derive(Clone, Copy, Debug)]
struct DirectAttempt {
    to: ClientName,
    address: Address,
    parcel: ParcelId,
    /// The end of the patience with this peer.
    until: Timestamp,
    /// Whether the peer has forgotten the link once: it may have restarted, but not twice.
    is_second: bool,
}

impl Outbox {
    /// Finds somebody with messages waiting that can be tried now.
    pub(super) fn next_recipient(&self, now: Timestamp) -> Option<Audience> {
        let is_again = |at: &Timestamp| *at <= now && !sabotage::has(Bug::NoRoomForEver);
        let may_try = |to: &Audience| self.full.get(to).is_none_or(is_again);
        self.queues.keys().copied().find(may_try)
    }

    /// Tells when the server is asked for room again.
    pub(super) fn room_again_at(&self) -> Option<Timestamp> {
        self.full.values().min().copied()
    }

    /// Expects that there is room for the messages to people who take theirs now, and that they
    /// answer.
    pub(super) fn expect_room(&mut self, is_online: impl Fn(ClientName) -> bool) {
        self.silent.retain(|name| !is_online(*name));
        if sabotage::has(Bug::NoRoomForEver) {
            return;
        }
        self.full.retain(|to, _| !matches!(to, Audience::Person(name) if is_online(*name)));
    }

    /// Tells all messages that wait, and for whom.
    pub(super) fn waiting(&self) -> impl Iterator<Item = (Audience, &Text)> {
        self.queues.iter().flat_map(|(to, queue)| queue.iter().map(|text| (*to, text)))
    }

    pub(super) fn push(&mut self, to: Audience, text: Text) {
        let spare = &mut self.spare;
        let queue = self.queues.entry(to).or_insert_with(|| std::mem::take(spare));
        if sabotage::has(Bug::NewestFirst) && queue.len() > 1 {
            queue.insert(1, text);
        } else {
            queue.push_back(text);
        }
    }

    /// Takes a message of an earlier run, which may have tried to deliver it.
    pub(super) fn restore(&mut self, to: Audience, text: Text) {
        self.tried.insert(text.number);
        self.push(to, text);
    }

    /// Tells whether somebody may have got a message that waits.
    pub(super) fn is_tried(&self, number: u64) -> bool {
        self.tried.contains(&number)
    }

    /// Takes a message out that waits, and tells for whom it was.
    pub(super) fn take(&mut self, number: u64) -> Option<(Audience, Text)> {
        let place = |queue: &VecDeque<Text>| queue.iter().position(|text| text.number == number);
        let (to, place) = self.queues.iter().find_map(|(to, it)| Some((*to, place(it)?)))?;
        if place == 0 {
            return Some((to, self.pop(to)?));
        }
        Some((to, self.queues.get_mut(&to)?.remove(place)?))
    }

    /// Gives the next message to somebody, who may have it from now on.
    fn try_front(&mut self, to: Audience) -> Option<&Text> {
        let text = self.queues.get(&to)?.front()?;
        self.tried.insert(text.number);
        Some(text)
    }

    fn is_full(&self, to: Audience) -> bool {
        self.queues.get(&to).is_some_and(|queue| queue.len() >= OUTBOX_MESSAGES_MAX)
    }

    fn front(&self, to: Audience) -> Option<&Text> {
        self.queues.get(&to)?.front()
    }

    fn pop(&mut self, to: Audience) -> Option<Text> {
        self.full.remove(&to);
        let queue = self.queues.get_mut(&to)?;
        let text = queue.pop_front();
        self.tried.remove(&text.as_ref()?.number);
        if queue.is_empty() {
            self.spare = self.queues.remove(&to).unwrap_or_default();
            if let Audience::Person(name) = to {
                self.silent.remove(&name);
            }
        }
        text
    }
}

impl Client {
    /// Sends a message, after those to the same person that are still waiting.
    pub(super) fn send(&mut self, to: ClientName, body: String) {
        if to == self.name {
            let text = self.text_of_now(body);
            self.tell(Notice::Direct { from: to, body: text.body.clone() });
            self.tell(Notice::Received { by: to });
            self.remember_own(Audience::Person(to), text, State::Delivered);
        } else if self.table.version().is_none() {
            // The server went silent before it told who there is.
            self.tell(Notice::ServerSilent);
        } else if self.table.row(to).is_none() && !self.table.is_excerpt() {
            self.tell(Notice::NoSuchUser);
        } else {
            self.outbox.silent.remove(&to);
            self.send_to(Audience::Person(to), body);
        }
    }

    /// Sends a message to the client's group, after those to the same group.
    pub(super) fn send_all(&mut self, body: String) {
        match self.group {
            Some(group) => self.send_to(Audience::Group(group), body),
            None => self.tell(Notice::NotInGroup),
        }
    }

    fn send_to(&mut self, to: Audience, body: String) {
        if self.outbox.is_full(to) {
            return self.tell(Notice::OutboxFull(to));
        }
        self.outbox.full.remove(&to);
        self.compose(body, to);
        self.deliver(to);
    }

    /// Delivers the next message that waits for somebody.
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
                match row.copied().filter(|_| !self.outbox.silent.contains(&name)) {
                    Some(row) => {
                        self.deliver_directly(name, row.address, self.now + PEER_PATIENCE, false);
                    }
                    None => self.deliver_through_server(name),
                }
            }
        }
    }

    fn deliver_directly(
        &mut self,
        to: ClientName,
        address: Address,
        until: Timestamp,
        is_second: bool,
    ) {
        let Some(text) = self.outbox.try_front(Audience::Person(to)) else {
            return;
        };
        let packet = codec::encode_direct(to, self.name, text);
        let pace = Pace::Quiet { patience: until.since(self.now) };
        match self.endpoint.send(address, packet, pace, self.now) {
            Ok(parcel) => {
                if sabotage::has(Bug::ConfirmedWhenSent) {
                    self.state_of_next(Audience::Person(to), |id| Fact::Confirmed { id, by: to });
                }
                self.outbox.direct = Some(DirectAttempt { to, address, parcel, until, is_second });
            }
            Err(_) => self.deliver_around(to, address),
        }
    }

    fn deliver_through_server(&mut self, to: ClientName) {
        if let Some(text) = self.outbox.try_front(Audience::Person(to)).cloned() {
            self.request(Request::Save { to, text }, Purpose::Command, Pace::Announced);
        }
    }

    fn deliver_to_group(&mut self, group: GroupName) {
        if let Some(text) = self.outbox.try_front(Audience::Group(group)).cloned() {
            self.request(Request::SendAll { group, text }, Purpose::Command, Pace::Announced);
        }
    }

    /// Gives up what is under way to a peer, for now: it is sent again some time.
    pub(super) fn stop_delivering(&mut self) {
        if let Some(attempt) = self.outbox.direct.take() {
            self.endpoint.close(attempt.address);
        }
    }

    /// The peer is silent: the message goes to the server, under the same id.
    fn deliver_around(&mut self, to: ClientName, address: Address) {
        self.outbox.direct = None;
        self.endpoint.close(address);
        self.outbox.silent.insert(to);
        if sabotage::has(Bug::FallsBackUnderNewId)
            && let Some(text) = self.outbox.pop(Audience::Person(to))
        {
            self.remove(Key::Outgoing(text.number));
            self.compose(text.body, Audience::Person(to));
        }
        self.state_of_next(Audience::Person(to), |id| Fact::FellBack { id, to });
        self.tell(Notice::NoAcknowledgement { by: to });
        self.deliver_through_server(to);
    }

    /// States a fact of the message that is next for somebody.
    fn state_of_next(&mut self, to: Audience, fact: impl Fn(MessageId) -> Fact) {
        if let Some(number) = self.outbox.front(to).map(|text| text.number) {
            self.state(fact(self.own(number)));
        }
    }

    /// It is known what became of the message: on to the next one.
    fn deliver_next(&mut self, to: Audience, state: State) {
        if let Some(text) = self.outbox.pop(to) {
            self.remove(Key::Outgoing(text.number));
            if let (State::Saved, Audience::Person(name)) = (state, to) {
                self.await_receipt(name, text.clone());
            }
            self.remember_own(to, text, state);
        }
        self.deliver(to);
    }

    /// The server has no room for the message: it waits here, and its author is told so once.
    fn wait_for_room(&mut self, to: Audience, bound: Bound) {
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
        if let Some(number) = self.outbox.front(to).map(|text| text.number) {
            self.outbox.tried.remove(&number);
        }
        let again_at = self.now + ROOM_AGAIN_AFTER;
        if self.outbox.full.insert(to, again_at).is_none() {
            self.tell(Notice::Full(bound));
        }
        self.activity = None;
    }

    /// Tells when the server is asked for room again, if nothing else is under way.
    pub(super) fn room_again_at(&self) -> Option<Timestamp> {
        let is_ready = self.is_ready_to_deliver() && self.activity.is_none();
        self.outbox.room_again_at().filter(|_| is_ready)
    }

    /// A peer has taken a packet.
    pub(super) fn on_peer_acknowledged(&mut self, parcel: ParcelId) {
        if let Some(attempt) = self.outbox.direct.take_if(|attempt| attempt.parcel == parcel) {
            let (by, to) = (attempt.to, Audience::Person(attempt.to));
            self.state_of_next(to, |id| Fact::Confirmed { id, by });
            self.tell(Notice::Received { by });
            self.deliver_next(to, State::Delivered);
        }
    }

    /// A peer did not acknowledge in time.
    pub(super) fn on_peer_silent(&mut self, parcel: ParcelId) {
        if let Some(attempt) = self.outbox.direct.take_if(|attempt| attempt.parcel == parcel) {
            self.deliver_around(attempt.to, attempt.address);
        }
    }

    /// A peer has forgotten the link, or it is somebody else: tries once more, as long as there is
    /// patience.
    pub(super) fn on_peer_restarted(&mut self, lost: &[ParcelId]) {
        let Some(attempt) = self.outbox.direct.take_if(|attempt| lost.contains(&attempt.parcel))
        else {
            return;
        };
        if sabotage::has(Bug::LostIsConfirmed) {
            self.outbox.direct = Some(attempt);
            self.on_peer_acknowledged(attempt.parcel);
        } else if attempt.until > self.now && !attempt.is_second {
            self.deliver_directly(attempt.to, attempt.address, attempt.until, true);
        } else {
            self.deliver_around(attempt.to, attempt.address);
        }
    }

    /// The server has dealt with a message that it was to keep.
    pub(super) fn on_save_answer(&mut self, to: ClientName, answer: &Answer) {
        let audience = Audience::Person(to);
        if let Answer::Full(bound) = answer {
            return self.wait_for_room(audience, *bound);
        }
        self.state_of_next(audience, |id| match answer {
            Answer::Saved => Fact::Saved { id, to },
            Answer::Exists(_) => Fact::Confirmed { id, by: to },
            _ => Fact::Refused(id),
        });
        match answer {
            Answer::Saved => {
                // The next one must not overtake it on the direct way.
                if sabotage::has(Bug::SavedIsNotAway) {
                    self.outbox.silent.remove(&to);
                } else {
                    self.table.mark_away(to, self.now);
                }
                if let Some(at) = self.outbox.front(audience).map(|text| text.at) {
                    self.tell(Notice::Saved { at });
                }
            }
            Answer::Exists(row) => {
                // Of an excerpt nobody expects that it knows everybody.
                if self.table.row(to).is_some() || !self.table.is_excerpt() {
                    self.tell(Notice::Exists(to));
                    self.tell(Notice::TableUpdated);
                }
                self.table.correct(*row, self.now);
                self.tell(Notice::Received { by: to });
            }
            _ => self.tell(Notice::NoSuchUser),
        }
        self.deliver_next(
            audience,
            match answer {
                Answer::Saved => State::Saved,
                Answer::Exists(_) => State::Delivered,
                _ => State::Refused,
            },
        );
    }

    /// The server has dealt with a message to a group.
    pub(super) fn on_send_all_answer(&mut self, group: GroupName, answer: &Answer) {
        let audience = Audience::Group(group);
        if let Answer::Full(bound) = answer {
            return self.wait_for_room(audience, *bound);
        }
        let is_taken = *answer == Answer::GroupMessageTaken;
        let fact = if is_taken { Fact::Accepted } else { Fact::Refused };
        self.state_of_next(audience, fact);
        if is_taken {
            self.tell(Notice::GroupMessageTaken);
        } else if self.group == Some(group) {
            self.group = None;
            self.tell(Notice::NotInGroup);
            self.release_held();
        } else {
            self.tell(Notice::Undelivered(group));
        }
        self.deliver_next(audience, if is_taken { State::Taken } else { State::Refused });
    }
}
