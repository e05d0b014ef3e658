//! All links of one machine.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::agenda::Agenda;
use super::event::Event;
use super::link::{Link, SendError};
use super::outgoing::{Pace, ParcelId};
use crate::protocol::limits::LINKS_MAX;
use crate::protocol::{Address, Datagram, LinkDatagram, Session, Timestamp, codec};

/// Counts what was ignored and what was repeated, for operators.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counters {
    /// Datagrams that are none of ours, by their bytes.
    pub malformed: u64,
    /// Well-formed datagrams of forgotten or superseded links, or of one peer too many.
    pub stray: u64,
    /// Packets that were sent once more, each time.
    pub resent: u64,
}

/// Keeps the links of one machine, by the peers' addresses.
#[derive(Debug)]
pub struct Endpoint {
    links: BTreeMap<Address, Link>,
    agenda: Agenda,
    resets: VecDeque<(Address, Datagram<'static>)>,
    events: VecDeque<(Address, Event)>,
    tokens: ChaCha8Rng,
    opened_at: Timestamp,
    parcels: u64,
    counters: Counters,
}

impl Endpoint {
    /// Makes an endpoint without links. The seed makes its sessions hard to guess.
    pub fn new(seed: u64) -> Self {
        Self {
            links: BTreeMap::new(),
            agenda: Agenda::default(),
            resets: VecDeque::new(),
            events: VecDeque::new(),
            tokens: ChaCha8Rng::seed_from_u64(seed),
            opened_at: Timestamp::default(),
            parcels: 0,
            counters: Counters::default(),
        }
    }

    /// Sends a packet to a peer of our own accord, opening a link if there is none.
    ///
    /// # Errors
    ///
    /// Too much waits on that link already.
    pub fn send(
        &mut self,
        to: Address,
        packet: Vec<u8>,
        pace: Pace,
        now: Timestamp,
    ) -> Result<ParcelId, SendError> {
        if let Some(link) = self.links.get_mut(&to) {
            link.speak_freely();
        } else {
            let link = Link::open(self.new_session(now), now);
            self.links.insert(to, link);
        }
        self.reply(to, packet, pace, now)
    }

    /// Sends a packet because of what a peer has sent. Until the peer has shown that it receives
    /// what goes to its address, no more bytes go there than came from there.
    ///
    /// # Errors
    ///
    /// There is no link to that peer (any more), or too much waits on it already.
    pub fn reply(
        &mut self,
        to: Address,
        packet: Vec<u8>,
        pace: Pace,
        now: Timestamp,
    ) -> Result<ParcelId, SendError> {
        let link = self.links.get_mut(&to).ok_or(SendError::NoLink)?;
        self.parcels += 1;
        let id = ParcelId(self.parcels);
        link.send(id, packet, pace, now)?;
        self.agenda.note(to, link);
        Ok(id)
    }

    /// Forgets a link. Its peer learns of it when it next sends something.
    pub fn close(&mut self, peer: Address) {
        if let Some(link) = self.links.remove(&peer) {
            self.agenda.forget(peer, &link);
        }
    }

    /// Forgets a link and tells its peer so; what was not acknowledged on it is lost.
    pub fn refuse(&mut self, peer: Address) {
        self.refuse_late(peer, Timestamp::default());
    }

    /// Forgets a link that its peer has opened before another one which came to an end already,
    /// and tells the peer so. What is late does not count; if the peer's clock was set back, its
    /// next link counts as opened after that one.
    pub fn refuse_late(&mut self, peer: Address, after: Timestamp) {
        if let Some(session) = self.links.get(&peer).and_then(Link::peer_session) {
            self.reset(peer, session, after);
            self.lose(peer);
        }
    }

    /// Tells when a peer has opened the present link, by its own clock.
    pub fn opened_at(&self, peer: Address) -> Option<Timestamp> {
        self.links.get(&peer).and_then(Link::peer_session).map(|session| session.opened_at)
    }

    /// Names the present link to a peer, which no other link is named alike.
    pub fn link(&self, peer: Address) -> Option<Session> {
        self.links.get(&peer).map(Link::own_session)
    }

    /// Tells when a peer was last heard of; `None` without a link.
    pub fn heard_at(&self, peer: Address) -> Option<Timestamp> {
        self.links.get(&peer).map(Link::heard_at)
    }

    /// Tells whether a packet to this peer is not acknowledged yet.
    pub fn is_pending(&self, peer: Address) -> bool {
        self.links.get(&peer).is_some_and(Link::is_pending)
    }

    /// Tells whether any packet is not acknowledged yet.
    pub fn is_any_pending(&self) -> bool {
        self.agenda.is_any_pending()
    }

    /// Counts the packets that are not acknowledged yet, on all links.
    pub fn pending(&self) -> usize {
        self.links.values().map(Link::pending).sum()
    }

    /// Tells what was ignored and repeated so far.
    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// Counts a packet that arrived in good order and says nothing.
    pub fn count_malformed(&mut self) {
        self.counters.malformed += 1;
    }

    /// Takes a datagram, whatever its bytes are.
    pub fn handle_datagram(&mut self, from: Address, bytes: &[u8], now: Timestamp) {
        match codec::decode_datagram(bytes) {
            Err(_) => self.counters.malformed += 1,
            Ok(Datagram::Reset { session, after }) => self.on_reset(from, session, after),
            Ok(Datagram::Link(datagram)) => self.on_link(from, &datagram, bytes.len(), now),
        }
    }

    fn on_reset(&mut self, from: Address, session: Session, after: Timestamp) {
        if self.links.get(&from).is_some_and(|link| link.own_session() == session) {
            self.opened_at = self.opened_at.max(after);
            self.lose(from);
        } else {
            self.counters.stray += 1;
        }
    }

    fn on_link(&mut self, from: Address, datagram: &LinkDatagram<'_>, len: usize, now: Timestamp) {
        let held = self.links.get(&from);
        let own = held.map(Link::own_session);
        if own == Some(datagram.source) {
            // We hear ourselves: whoever lived at this address has left it to us.
            self.counters.stray += 1;
            return self.lose(from);
        }
        if datagram.destination.is_some() && datagram.destination != own {
            self.counters.stray += 1;
            self.reset(from, datagram.source, Timestamp::default());
            return;
        }
        if let Some(link) = held
            && let Some(peer) = link.peer_session()
            && peer != datagram.source
        {
            // A new life of the peer does not know our session.
            if datagram.destination.is_some() {
                self.counters.stray += 1;
                return;
            }
            // It comes late from a former life, or the clock of a restarted peer was set back.
            if datagram.source < peer {
                self.counters.stray += 1;
                self.reset(from, datagram.source, peer.opened_at);
                return;
            }
            self.lose(from);
        }
        let link = if let Some(link) = self.links.get_mut(&from) {
            link
        } else if self.links.len() < LINKS_MAX {
            let session = self.new_session(now);
            self.links.entry(from).or_insert_with(|| Link::answer(session, now))
        } else {
            self.counters.stray += 1;
            return;
        };
        let events = &mut self.events;
        link.handle(datagram, len, now, &mut |event| events.push_back((from, event)));
        self.agenda.note(from, link);
    }

    fn reset(&mut self, peer: Address, session: Session, after: Timestamp) {
        self.resets.push_back((peer, Datagram::Reset { session, after }));
    }

    /// Drops a link whose peer has begun a new life.
    fn lose(&mut self, peer: Address) {
        let lost = self.links.get(&peer).map(Link::unacknowledged).unwrap_or_default();
        self.close(peer);
        self.events.push_back((peer, Event::Lost(lost)));
    }

    /// Lets every timer that is due fire.
    pub fn handle_timeout(&mut self, now: Timestamp) {
        while let Some(peer) = self.agenda.next_due(now) {
            let Some(link) = self.links.get_mut(&peer) else {
                continue;
            };
            link.timer = None;
            if link.is_abandoned(now) {
                self.lose(peer);
                continue;
            }
            let events = &mut self.events;
            let resent = link.handle_timeout(now, &mut |event| events.push_back((peer, event)));
            self.counters.resent += resent;
            self.agenda.note(peer, link);
        }
    }

    /// Tells when `handle_timeout` is due; early does no harm.
    pub fn poll_timeout(&self) -> Option<Timestamp> {
        self.agenda.poll_timeout()
    }

    /// Gives the next thing that happened.
    pub fn poll_event(&mut self) -> Option<(Address, Event)> {
        self.events.pop_front()
    }

    /// Gives the next datagram to send.
    pub fn poll_datagram(&mut self) -> Option<(Address, Vec<u8>)> {
        if let Some((to, reset)) = self.resets.pop_front() {
            return Some((to, codec::encode_datagram(&reset, 32)));
        }
        while let Some(peer) = self.agenda.next_ready() {
            let Some(link) = self.links.get_mut(&peer) else {
                continue;
            };
            link.listed = false;
            if let Some(bytes) = link.poll_datagram() {
                self.agenda.keep_ready(peer, link);
                return Some((peer, bytes));
            }
        }
        None
    }

    /// Draws a number that is as hard to guess as the sessions, and tells nothing of them.
    pub fn draw(&mut self) -> u64 {
        self.tokens.next_u64()
    }

    /// Makes a session, later than all before it.
    fn new_session(&mut self, now: Timestamp) -> Session {
        self.opened_at = now.max(self.opened_at + Duration::from_micros(1));
        Session { opened_at: self.opened_at, token: self.tokens.next_u32() }
    }
}
