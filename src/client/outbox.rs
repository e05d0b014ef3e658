//! Direct messages on their way: to the peer, or through the server when the peer is silent.
//!
//! The messages to one person are delivered one after the other, so that they arrive in the order
//! in which they were sent, whatever way each of them takes.

use std::collections::{BTreeMap, VecDeque};

use super::machine::{Activity, Client};
use super::requests::Purpose;
use super::words::Notice;
use crate::delivery::{Pace, ParcelId};
use crate::protocol::limits::{OUTBOX_MESSAGES_MAX, PEER_PATIENCE};
use crate::protocol::{
    Address, Answer, Audience, ClientName, DirectText, Fact, MessageId, Packet, Presence, Request,
    Text, Timestamp, codec,
};

/// Messages that are not delivered yet, in their order.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    queues: BTreeMap<ClientName, VecDeque<Text>>,
    direct: Option<DirectAttempt>,
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
    /// Finds somebody with messages waiting.
    pub(super) fn first_recipient(&self) -> Option<ClientName> {
        self.queues.keys().next().copied()
    }

    /// Tells all messages that wait, and for whom.
    pub(super) fn waiting(&self) -> impl Iterator<Item = (ClientName, &Text)> {
        self.queues.iter().flat_map(|(to, queue)| queue.iter().map(|text| (*to, text)))
    }

    fn queue_len(&self, to: ClientName) -> usize {
        self.queues.get(&to).map_or(0, VecDeque::len)
    }

    fn front(&self, to: ClientName) -> Option<&Text> {
        self.queues.get(&to)?.front()
    }

    fn push(&mut self, to: ClientName, text: Text) {
        self.queues.entry(to).or_default().push_back(text);
    }

    fn pop(&mut self, to: ClientName) -> Option<Text> {
        let queue = self.queues.get_mut(&to)?;
        let text = queue.pop_front();
        if queue.is_empty() {
            self.queues.remove(&to);
        }
        text
    }
}

impl Client {
    /// Sends a message, after those to the same person that are still waiting.
    pub(super) fn send(&mut self, to: ClientName, body: String) {
        if to == self.name {
            self.tell(Notice::Direct { from: to, body });
            self.tell(Notice::Received { by: to });
        } else if self.table.row(to).is_none() && !self.table.is_excerpt() {
            self.tell(Notice::NoSuchUser);
        } else if self.outbox.queue_len(to) >= OUTBOX_MESSAGES_MAX {
            self.tell(Notice::OutboxFull(to));
        } else {
            let text = self.compose(body, Audience::Person(to));
            self.outbox.push(to, text);
            self.activity = Some(Activity::Deliver(to));
            self.deliver(to);
        }
    }

    /// Delivers the next message that waits for somebody.
    pub(super) fn deliver(&mut self, to: ClientName) {
        let row = self.table.row(to).copied();
        match row {
            _ if self.outbox.front(to).is_none() => self.activity = None,
            Some(row) if row.presence == Presence::Online => {
                self.deliver_directly(to, row.address, self.now + PEER_PATIENCE, false);
            }
            _ => self.deliver_through_server(to),
        }
    }

    fn deliver_directly(
        &mut self,
        to: ClientName,
        address: Address,
        until: Timestamp,
        is_second: bool,
    ) {
        let Some(text) = self.outbox.front(to).cloned() else {
            return;
        };
        let packet = Packet::Direct { to, message: DirectText { from: self.name, text } };
        let pace = Pace::Quiet { patience: until.since(self.now) };
        match self.endpoint.send(address, codec::encode_packet(&packet), pace, self.now) {
            Ok(parcel) => {
                self.outbox.direct = Some(DirectAttempt { to, address, parcel, until, is_second });
            }
            Err(_) => self.deliver_around(to, address),
        }
    }

    pub(super) fn deliver_through_server(&mut self, to: ClientName) {
        let Some(text) = self.outbox.front(to).cloned() else {
            return;
        };
        self.request(Request::Save { to, text }, Purpose::Command, Pace::Announced);
    }

    /// The peer is silent: the message goes to the server, under the same id.
    fn deliver_around(&mut self, to: ClientName, address: Address) {
        self.outbox.direct = None;
        self.endpoint.close(address);
        self.state_of_next(to, |id| Fact::FellBack { id, to });
        self.tell(Notice::NoAcknowledgement { by: to });
        self.deliver_through_server(to);
    }

    /// States a fact of the message that is next for somebody.
    fn state_of_next(&mut self, to: ClientName, fact: impl Fn(MessageId) -> Fact) {
        if let Some(number) = self.outbox.front(to).map(|text| text.number) {
            self.state(fact(self.own(number)));
        }
    }

    /// The message has arrived, or the server has it: on to the next one.
    fn deliver_next(&mut self, to: ClientName) {
        self.outbox.pop(to);
        self.deliver(to);
    }

    /// A peer has taken a packet.
    pub(super) fn on_peer_acknowledged(&mut self, parcel: ParcelId) {
        if let Some(attempt) = self.outbox.direct.take_if(|attempt| attempt.parcel == parcel) {
            let by = attempt.to;
            self.state_of_next(by, |id| Fact::Confirmed { id, by });
            self.tell(Notice::Received { by });
            self.deliver_next(attempt.to);
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
        if attempt.until > self.now && !attempt.is_second {
            self.deliver_directly(attempt.to, attempt.address, attempt.until, true);
        } else {
            self.deliver_around(attempt.to, attempt.address);
        }
    }

    /// The server has dealt with a message that it was to keep.
    pub(super) fn on_save_answer(&mut self, to: ClientName, answer: &Answer) {
        self.state_of_next(to, |id| match answer {
            Answer::Saved => Fact::Saved { id, to },
            Answer::Exists(_) => Fact::Confirmed { id, by: to },
            _ => Fact::Refused(id),
        });
        match answer {
            Answer::Saved => {
                if let Some(at) = self.outbox.front(to).map(|text| text.at) {
                    self.tell(Notice::Saved { at });
                }
            }
            Answer::Exists(row) => {
                // Of an excerpt nobody expects that it knows everybody.
                if self.table.row(to).is_some() || !self.table.is_excerpt() {
                    self.tell(Notice::Exists(to));
                    self.tell(Notice::TableUpdated);
                }
                self.table.correct(*row);
                self.tell(Notice::Received { by: to });
            }
            Answer::Full(bound) => self.tell(Notice::Full(*bound)),
            _ => self.tell(Notice::NoSuchUser),
        }
        self.deliver_next(to);
    }
}
