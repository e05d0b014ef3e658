//! The links to clients, and what it means that a client has taken a packet.

use std::collections::BTreeMap;

use super::registry::SessionNumber;
use super::request::{Caller, Connect};
use crate::delivery::{Counters, Endpoint, Event, Pace, ParcelId};
use crate::protocol::limits::{CLIENT_PATIENCE, CLOSING_PATIENCE, PROBE_PATIENCE};
use crate::protocol::sabotage::{self, Bug};
use crate::protocol::{Address, ClientName, Packet, Session, Text, Timestamp, codec};

/// How the server sends something to a client.
pub(super) const TO_CLIENT: Pace = Pace::WhileHeard { patience: CLIENT_PATIENCE };

/// How the server probes a client.
pub(super) const PROBING: Pace = Pace::Quiet { patience: PROBE_PATIENCE };

/// How the server announces that it ends.
pub(super) const CLOSING: Pace = Pace::Quiet { patience: CLOSING_PATIENCE };

/// What the server learns when a client takes a packet, or does not.
#[derive(Debug)]
pub(super) enum Awaited {
    /// Whether the holder of a name is online, which another client on this link wants.
    Holder { connect: Connect, link: Option<Session> },
    /// Whether the receiver of a message, which its author could not reach, is online.
    Relay { to: ClientName, caller: Caller, text: Text },
    /// Whether a group member has its message.
    Group { member: ClientName, number: u64, session: SessionNumber },
    /// Whether an author has a receipt.
    Receipt { to: ClientName, number: u64, session: SessionNumber },
    /// That more changes of the register table may follow.
    Update { to: ClientName },
    /// That a departing client has the last packet to it.
    Farewell,
}

impl Awaited {
    /// Returns the client, and its session, to which a kept message or a receipt was to be sent. In
    /// a later session the client has it with everything else that was kept.
    pub(super) const fn session(&self) -> Option<(ClientName, SessionNumber)> {
        match *self {
            Self::Group { member: name, session, .. } | Self::Receipt { to: name, session, .. } => {
                Some((name, session))
            }
            Self::Holder { .. } | Self::Relay { .. } | Self::Update { .. } | Self::Farewell => None,
        }
    }
}

/// A packet to a client, and what its acknowledgement means.
#[derive(Debug)]
pub(super) struct Posting {
    to: Address,
    /// The link to that address; on another one another client may be there.
    link: Option<Session>,
    packet: Vec<u8>,
    pace: Pace,
    awaited: Option<Awaited>,
}

impl Posting {
    pub(super) const fn to(&self) -> Address {
        self.to
    }

    pub(super) const fn awaited(&self) -> Option<&Awaited> {
        self.awaited.as_ref()
    }
}

/// What became of a packet that was to be sent.
#[derive(Debug)]
#[must_use]
pub(super) enum Sending {
    /// It is on its way.
    Sent,
    /// The link for which it was meant is gone. What was awaited of it comes back.
    LinkGone(Option<Awaited>),
    /// The link has no room for it, or there is none. It is closed now, and
    /// [`Links::take_lost`] comes next. What was awaited of the packet comes back.
    LinkFailed(Option<Awaited>),
}

/// What happened on a link.
#[derive(Debug)]
pub(super) enum LinkEvent {
    /// A packet arrived.
    Received(Packet),
    /// A packet was taken whose acknowledgement the server waited for.
    Taken(Awaited),
    /// The client does not answer. The link is closed, and [`Links::take_lost`] comes next.
    Silent,
    /// The client has begun a new link, or given the current one up. [`Links::take_lost`] comes
    /// next.
    Lost,
    /// The first datagram of another version of the wire format came from this address.
    OtherVersion(u8),
}

/// All links to clients.
#[derive(Debug)]
pub(super) struct Links {
    endpoint: Endpoint,
    awaited: BTreeMap<Address, BTreeMap<ParcelId, Awaited>>,
}

impl Links {
    pub(super) fn new(seed: u64) -> Self {
        Self { endpoint: Endpoint::new(seed), awaited: BTreeMap::new() }
    }

    /// Sets how many bytes may wait to be sent to one client.
    pub(super) fn set_queue_bytes_max(&mut self, bytes: usize) {
        self.endpoint.set_queue_bytes_max(bytes);
    }

    /// Returns the most bytes that wait to be sent to one client.
    pub(super) fn longest_queue(&self) -> usize {
        self.endpoint.longest_queue()
    }

    /// Draws a number that cannot be guessed.
    pub(super) fn draw(&mut self) -> u64 {
        self.endpoint.draw()
    }

    /// Returns the current link to an address.
    pub(super) fn link(&self, address: Address) -> Option<Session> {
        self.endpoint.link(address)
    }

    /// Returns whether a link to an address is still the current one. On another one another client
    /// may be there.
    pub(super) fn is_current(&self, address: Address, link: Option<Session>) -> bool {
        self.link(address) == link
    }

    /// Returns when the client at an address opened the current link, by its own clock.
    pub(super) fn opened_at(&self, address: Address) -> Option<Timestamp> {
        self.endpoint.opened_at(address)
    }

    /// Returns when anything was last received from an address; `None` without a link.
    pub(super) fn heard_at(&self, address: Address) -> Option<Timestamp> {
        self.endpoint.heard_at(address)
    }

    /// Returns whether a packet to an address is not acknowledged yet.
    pub(super) fn is_pending(&self, address: Address) -> bool {
        self.endpoint.is_pending(address)
    }

    /// Returns whether any packet is not acknowledged yet.
    pub(super) fn is_any_pending(&self) -> bool {
        self.endpoint.is_any_pending()
    }

    /// Returns how many packets are not acknowledged yet.
    pub(super) fn pending(&self) -> usize {
        self.endpoint.pending()
    }

    pub(super) fn counters(&self) -> Counters {
        self.endpoint.counters()
    }

    /// Counts a packet that no client sends to a server.
    pub(super) fn count_malformed(&mut self) {
        self.endpoint.count_malformed();
    }

    /// Forgets a link; its client learns of it when it next sends something.
    pub(super) fn close(&mut self, address: Address) {
        self.endpoint.close(address);
    }

    /// Forgets a link and sends its client a reset: it has to register again.
    pub(super) fn refuse(&mut self, address: Address) {
        self.endpoint.refuse(address);
    }

    /// Refuses a link that comes late: its client has opened another one since, at `after`, which
    /// has ended.
    pub(super) fn refuse_late(&mut self, address: Address, after: Timestamp) {
        self.endpoint.refuse_late(address, after);
    }

    pub(super) fn handle_datagram(&mut self, from: Address, bytes: &[u8], now: Timestamp) {
        self.endpoint.handle_datagram(from, bytes, now);
    }

    pub(super) fn handle_timeout(&mut self, now: Timestamp) {
        self.endpoint.handle_timeout(now);
    }

    pub(super) fn poll_timeout(&self) -> Option<Timestamp> {
        self.endpoint.poll_timeout()
    }

    pub(super) fn poll_datagram(&mut self) -> Option<(Address, Vec<u8>)> {
        self.endpoint.poll_datagram()
    }

    /// Addresses an encoded packet to the other end of the current link to an address.
    pub(super) fn address(
        &self,
        to: Address,
        packet: Vec<u8>,
        pace: Pace,
        awaited: Option<Awaited>,
    ) -> Posting {
        Posting { to, link: self.link(to), packet, pace, awaited }
    }

    /// Sends a packet, to the link for which it was meant.
    pub(super) fn send(&mut self, posting: Posting, now: Timestamp) -> Sending {
        let Posting { to, link, packet, pace, awaited } = posting;
        if !self.is_current(to, link) && !sabotage::has(Bug::MeantForSomebodyElse) {
            return Sending::LinkGone(awaited);
        }
        // The server never speaks first: it may be made to speak to a forged address.
        let Ok(parcel) = self.endpoint.reply(to, packet, pace, now) else {
            if sabotage::has(Bug::FullLinkDropsPacket) {
                return Sending::Sent;
            }
            self.endpoint.close(to);
            return Sending::LinkFailed(awaited);
        };
        if let Some(awaited) = awaited {
            self.awaited.entry(to).or_default().insert(parcel, awaited);
        }
        Sending::Sent
    }

    /// Takes everything that was awaited of an address whose link is gone, in the order in which it
    /// was sent, except that requests for the name of the client there come last: a newcomer gets
    /// the name once everything for its holder is kept.
    pub(super) fn take_lost(&mut self, address: Address) -> Vec<Awaited> {
        let lost = self.awaited.remove(&address).unwrap_or_default();
        let is_of_holder = |awaited: &Awaited| matches!(awaited, Awaited::Holder { .. });
        let (holders, mut lost): (Vec<_>, Vec<_>) = lost.into_values().partition(is_of_holder);
        lost.extend(holders);
        lost
    }

    /// Returns the next thing that happened.
    pub(super) fn poll_event(&mut self) -> Option<(Address, LinkEvent)> {
        loop {
            let (from, event) = self.endpoint.poll_event()?;
            match event {
                Event::Received(bytes) => match codec::decode_packet(&bytes) {
                    Ok(packet) => return Some((from, LinkEvent::Received(packet))),
                    Err(_) => self.endpoint.count_malformed(),
                },
                Event::Acknowledged(parcel) => {
                    if let Some(awaited) = self.take_awaited(from, parcel) {
                        return Some((from, LinkEvent::Taken(awaited)));
                    }
                }
                Event::Expired(_) => {
                    self.endpoint.close(from);
                    return Some((from, LinkEvent::Silent));
                }
                Event::Lost(_) => return Some((from, LinkEvent::Lost)),
                Event::OtherVersion(version) => {
                    return Some((from, LinkEvent::OtherVersion(version)));
                }
                // The server announces no resends, and a client that was replaced by one of another
                // version counts as silent.
                Event::Retried(..) | Event::Misunderstood(_) => {}
            }
        }
    }

    fn take_awaited(&mut self, from: Address, parcel: ParcelId) -> Option<Awaited> {
        let awaited = self.awaited.get_mut(&from)?;
        let taken = awaited.remove(&parcel);
        if awaited.is_empty() {
            self.awaited.remove(&from);
        }
        taken
    }

    /// Returns what is awaited, and of which address.
    pub(super) fn awaited(&self) -> impl Iterator<Item = (Address, &Awaited)> {
        let all = self.awaited.iter();
        all.flat_map(|(address, awaited)| awaited.values().map(|it| (*address, it)))
    }

    /// Panics unless whatever is awaited may still come: otherwise the server would wait for ever.
    pub(super) fn assert_invariants(&self) {
        self.endpoint.assert_invariants();
        for (address, awaited) in &self.awaited {
            assert!(!awaited.is_empty(), "an address of which nothing is awaited has no entry");
            for (parcel, awaited) in awaited {
                assert!(
                    self.endpoint.is_parcel_pending(*address, *parcel),
                    "{awaited:?} is awaited of {address}, which is sent nothing that it could \
                     acknowledge"
                );
            }
        }
    }
}
