//! All links of one machine.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::agenda::{Agenda, Noted};
use super::event::Event;
use super::foreign::{ForeignPeers, Response};
use super::link::{Link, SendError};
use super::parcel::{Pace, ParcelId};
use crate::protocol::codec::{DecodeError, WIRE_VERSION};
use crate::protocol::limits::{LINK_QUEUE_BYTES_MAX, LINKS_MAX};
use crate::protocol::{Address, Datagram, LinkDatagram, Session, Timestamp, VersionNotice, codec};

/// Counts of ignored datagrams and of resends, for operators.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counters {
    /// Datagrams whose bytes are not valid.
    pub malformed: u64,
    /// Well-formed datagrams of forgotten or superseded links, or of peers beyond the bound.
    pub stray: u64,
    /// Datagrams of another version, and answers of peers that cannot read ours for that reason.
    pub other_version: u64,
    /// Resends of packets.
    pub resent: u64,
}

/// Keeps the links of one machine, by the peers' addresses.
#[derive(Debug)]
pub struct Endpoint {
    /// The maximum number of bytes that wait on one link.
    queue_bytes_max: usize,
    links: BTreeMap<Address, Entry>,
    agenda: Agenda,
    answers: VecDeque<(Address, Answer)>,
    foreign: ForeignPeers,
    events: VecDeque<(Address, Event)>,
    tokens: ChaCha8Rng,
    /// When the latest session was opened: no two have the same time.
    opened_at: Timestamp,
    /// Number of packets passed to links.
    parcels: u64,
    counters: Counters,
}

/// The answer to a datagram that belongs to no link.
#[derive(Debug)]
enum Answer {
    Reset { session: Session, after: Timestamp },
    Version(VersionNotice),
}

impl Answer {
    fn encode(self) -> Vec<u8> {
        match self {
            Self::Reset { session, after } => {
                codec::encode_datagram(&Datagram::Reset { session, after }, 32)
            }
            Self::Version(notice) => notice.encode(),
        }
    }
}

/// A link, and what the agenda has noted of it.
#[derive(Debug)]
struct Entry {
    link: Link,
    noted: Noted,
}

impl Entry {
    fn new(link: Link) -> Self {
        Self { link, noted: Noted::default() }
    }
}

impl Endpoint {
    /// Makes an endpoint without links. The seed makes its sessions hard to guess.
    pub fn new(seed: u64) -> Self {
        Self {
            queue_bytes_max: LINK_QUEUE_BYTES_MAX,
            links: BTreeMap::new(),
            agenda: Agenda::default(),
            answers: VecDeque::new(),
            foreign: ForeignPeers::default(),
            events: VecDeque::new(),
            tokens: ChaCha8Rng::seed_from_u64(seed),
            opened_at: Timestamp::default(),
            parcels: 0,
            counters: Counters::default(),
        }
    }

    /// Sets how many bytes may wait on each link opened from now on, at least
    /// [`PACKET_LEN_MAX`](crate::protocol::limits::PACKET_LEN_MAX). Beyond that, sending fails.
    pub fn set_queue_bytes_max(&mut self, bytes: usize) {
        self.queue_bytes_max = bytes;
    }

    /// Sends a packet to a peer on our own initiative, opening a link if there is none.
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
        if let Some(Entry { link, noted }) = self.links.get_mut(&to) {
            if link.is_limited() {
                link.speak_freely();
                self.agenda.note(to, noted, link.wants());
            }
        } else {
            let link = Link::open(self.new_session(now), now, self.queue_bytes_max);
            self.links.insert(to, Entry::new(link));
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
        let Entry { link, noted } = self.links.get_mut(&to).ok_or(SendError::NoLink)?;
        self.parcels += 1;
        let id = ParcelId::new(self.parcels);
        link.send(id, packet, pace, now)?;
        self.agenda.note(to, noted, link.wants());
        Ok(id)
    }

    /// Forgets a link. Its peer learns of it when it next sends something.
    pub fn close(&mut self, peer: Address) {
        if let Some(entry) = self.links.remove(&peer) {
            self.agenda.forget(peer, &entry.noted);
        }
    }

    /// Forgets a link and sends its peer a reset; what was not acknowledged on it is
    /// [lost](Event::Lost).
    pub fn refuse(&mut self, peer: Address) {
        self.refuse_late(peer, Timestamp::default());
    }

    /// Refuses a link because its peer has opened another one since, at `after`, which has ended:
    /// this one comes late. If the peer's clock was set back instead, the reset has it open its
    /// next link later than `after`.
    pub fn refuse_late(&mut self, peer: Address, after: Timestamp) {
        if let Some(session) = self.peer_session(peer) {
            self.reset(peer, session, after);
            self.lose(peer);
        }
    }

    fn current(&self, peer: Address) -> Option<&Link> {
        self.links.get(&peer).map(|entry| &entry.link)
    }

    fn peer_session(&self, peer: Address) -> Option<Session> {
        self.current(peer).and_then(Link::peer_session)
    }

    /// Returns when a peer has opened the current link, by its own clock.
    pub fn opened_at(&self, peer: Address) -> Option<Timestamp> {
        self.peer_session(peer).map(|session| session.opened_at)
    }

    /// Returns our session of the current link to a peer. No other link has the same.
    pub fn link(&self, peer: Address) -> Option<Session> {
        self.current(peer).map(Link::own_session)
    }

    /// Returns when a peer was last heard from; `None` without a link.
    pub fn heard_at(&self, peer: Address) -> Option<Timestamp> {
        self.current(peer).map(Link::heard_at)
    }

    /// Returns whether any packet to this peer is not acknowledged yet.
    pub fn is_pending(&self, peer: Address) -> bool {
        self.current(peer).is_some_and(Link::is_pending)
    }

    /// Returns whether this packet is under way: neither acknowledged nor given up.
    pub fn is_parcel_pending(&self, peer: Address, parcel: ParcelId) -> bool {
        self.current(peer).is_some_and(|link| link.is_parcel_pending(parcel))
    }

    /// Returns whether any packet is not acknowledged yet.
    pub fn is_any_pending(&self) -> bool {
        self.agenda.is_any_pending()
    }

    /// Returns how many packets are not acknowledged yet, on all links.
    pub fn pending(&self) -> usize {
        self.links.values().map(|entry| entry.link.pending()).sum()
    }

    /// Returns the most bytes that wait on one link.
    pub fn longest_queue(&self) -> usize {
        self.links.values().map(|entry| entry.link.queued_bytes()).max().unwrap_or_default()
    }

    /// Returns what was ignored and repeated so far.
    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// Counts a packet whose datagrams were valid but whose content is not.
    pub fn count_malformed(&mut self) {
        self.counters.malformed += 1;
    }

    /// Takes a datagram of any bytes.
    pub fn handle_datagram(&mut self, from: Address, bytes: &[u8], now: Timestamp) {
        match codec::decode_datagram(bytes) {
            Err(DecodeError::Version(version)) => {
                self.on_other_version(from, version, bytes, now);
            }
            Err(_) => self.counters.malformed += 1,
            Ok(Datagram::Reset { session, after }) => self.on_reset(from, session, after),
            Ok(Datagram::Link(datagram)) => self.on_link(from, &datagram, bytes.len(), now),
        }
    }

    fn on_other_version(&mut self, from: Address, version: u8, bytes: &[u8], now: Timestamp) {
        if let Some(notice) = VersionNotice::decode(bytes) {
            return self.on_version_notice(from, notice);
        }
        let Some(notice) = VersionNotice::answering(bytes) else {
            self.counters.malformed += 1;
            return;
        };
        self.counters.other_version += 1;
        match self.foreign.respond(from, now) {
            Response::Ignore => return,
            Response::Answer => {}
            Response::AnswerAndReport => {
                self.events.push_back((from, Event::OtherVersion(version)));
            }
        }
        self.answers.push_back((from, Answer::Version(notice)));
    }

    /// Takes the answer of a peer that could not read a datagram.
    fn on_version_notice(&mut self, from: Address, notice: VersionNotice) {
        let is_genuine = self.current(from).is_some_and(|link| link.has_just_sent(notice));
        // A peer of our own version can read our datagrams, so this notice is forged.
        if is_genuine && notice.version() != WIRE_VERSION {
            self.counters.other_version += 1;
            self.events.push_back((from, Event::Misunderstood(notice.version())));
        } else {
            self.counters.stray += 1;
        }
    }

    fn on_reset(&mut self, from: Address, session: Session, after: Timestamp) {
        if self.link(from) == Some(session) {
            self.opened_at = self.opened_at.max(after);
            self.lose(from);
        } else {
            self.counters.stray += 1;
        }
    }

    fn on_link(&mut self, from: Address, datagram: &LinkDatagram<'_>, len: usize, now: Timestamp) {
        let held = self.current(from);
        let own = held.map(Link::own_session);
        if own == Some(datagram.source) {
            // Our own datagram came back: we now have the address that the peer had.
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
            // A new session of the peer does not know ours, unless the peer has given up its former
            // one, and has answered a datagram of ours that came late.
            if datagram.destination.is_some() {
                self.counters.stray += 1;
                self.reset(from, datagram.source, Timestamp::default());
                return;
            }
            // It comes late from an earlier session, or a restarted peer's clock was set back.
            if datagram.source < peer {
                self.counters.stray += 1;
                self.reset(from, datagram.source, peer.opened_at);
                return;
            }
            self.lose(from);
        }
        let Entry { link, noted } = if let Some(entry) = self.links.get_mut(&from) {
            entry
        } else if self.links.len() < LINKS_MAX {
            let session = self.new_session(now);
            let link = Link::answer(session, now, self.queue_bytes_max);
            self.links.entry(from).or_insert_with(|| Entry::new(link))
        } else {
            self.counters.stray += 1;
            return;
        };
        let events = &mut self.events;
        link.handle(datagram, len, now, &mut |event| events.push_back((from, event)));
        self.agenda.note(from, noted, link.wants());
    }

    fn reset(&mut self, peer: Address, session: Session, after: Timestamp) {
        self.answers.push_back((peer, Answer::Reset { session, after }));
    }

    /// Forgets a link whose peer has begun a new session, or given this one up.
    fn lose(&mut self, peer: Address) {
        let lost = self.current(peer).map(Link::unacknowledged).unwrap_or_default();
        self.close(peer);
        self.events.push_back((peer, Event::Lost(lost)));
    }

    /// Fires every timer that is due.
    pub fn handle_timeout(&mut self, now: Timestamp) {
        while let Some(peer) = self.agenda.next_due(now) {
            let Some(Entry { link, noted }) = self.links.get_mut(&peer) else {
                continue;
            };
            noted.fired();
            if link.is_abandoned(now) {
                self.lose(peer);
                continue;
            }
            let events = &mut self.events;
            let resent = link.handle_timeout(now, &mut |event| events.push_back((peer, event)));
            self.counters.resent += resent;
            self.agenda.note(peer, noted, link.wants());
        }
    }

    /// Returns when `handle_timeout` is due; early does no harm.
    pub fn poll_timeout(&self) -> Option<Timestamp> {
        self.agenda.poll_timeout()
    }

    /// Returns the next thing that happened.
    pub fn poll_event(&mut self) -> Option<(Address, Event)> {
        self.events.pop_front()
    }

    /// Returns the next datagram to send.
    pub fn poll_datagram(&mut self) -> Option<(Address, Vec<u8>)> {
        if let Some((to, answer)) = self.answers.pop_front() {
            return Some((to, answer.encode()));
        }
        while let Some(peer) = self.agenda.next_ready() {
            let Some(Entry { link, noted }) = self.links.get_mut(&peer) else {
                continue;
            };
            let bytes = link.poll_datagram();
            self.agenda.polled(peer, noted, bytes.is_some() && link.is_ready());
            if let Some(bytes) = bytes {
                return Some((peer, bytes));
            }
        }
        None
    }

    /// Checks what has to hold between two inputs. For tests and debug builds: it reads everything
    /// that waits on all links.
    ///
    /// - Each link is listed, counted and has a timer if it has to send or to resend something.
    ///   Otherwise that would wait until something else happens on the link.
    /// - Each segment belongs to a packet, within its window and its bounds, and will be sent.
    /// - No two links have the same session, so what was meant for one is not taken on another.
    ///
    /// # Panics
    ///
    /// If one of these does not hold, which is a bug.
    pub fn assert_invariants(&self) {
        let links = self.links.iter();
        let links: Vec<_> = links.map(|(peer, it)| (*peer, &it.noted, it.link.wants())).collect();
        self.agenda.assert_invariants(&links);
        self.foreign.assert_invariants();
        let mut sessions = BTreeSet::new();
        for (peer, Entry { link, noted }) in &self.links {
            link.assert_invariants();
            assert!(
                noted.is_ready() || !link.is_ready() || link.is_limited(),
                "the link to {peer} has something to send, and is not listed"
            );
            let own = link.own_session();
            assert!(own.opened_at <= self.opened_at, "the link to {peer} is of a later time");
            assert!(sessions.insert(own.opened_at), "the link to {peer} is named like another");
        }
    }

    /// Draws a number that is as hard to guess as the sessions, and reveals nothing of them.
    pub fn draw(&mut self) -> u64 {
        self.tokens.next_u64()
    }

    /// Makes a session, opened later than all before it.
    fn new_session(&mut self, now: Timestamp) -> Session {
        self.opened_at = now.max(self.opened_at + Duration::from_micros(1));
        Session { opened_at: self.opened_at, token: self.tokens.next_u32() }
    }
}
