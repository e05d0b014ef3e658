//! Two endpoints on a simulated network in virtual time.

use std::collections::BTreeMap;
use std::time::Duration;

use chatapp::delivery::{Endpoint, Event, Pace, ParcelId, SendError};
use chatapp::protocol::limits::DATAGRAM_LEN_MAX;
use chatapp::protocol::{Address, Datagram, Timestamp, codec};
use chatapp::sim::Chat;
use chatsim::network::{
    Aim, Chance, Conditions, Delivery, Effect, Fault, Faults, SimulatedNetwork,
};

/// The maximum time until a pair is at rest: far beyond what heavy loss needs.
const REST_AFTER_MAX: Duration = Duration::from_hours(1);

/// A pace whose timeout never ends within a test.
pub(crate) const PATIENT: Pace = Pace::Quiet { patience: Duration::from_hours(24) };

/// One of the two endpoints.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Peer {
    A,
    B,
}

pub(crate) use Peer::{A, B};

impl Peer {
    pub(crate) fn address(self) -> Address {
        match self {
            A => address(1),
            B => address(2),
        }
    }

    pub(crate) fn other(self) -> Self {
        match self {
            A => B,
            B => A,
        }
    }
}

pub(crate) fn address(port: u16) -> Address {
    Address::new(([10, 0, 0, 1], port).into())
}

/// Two endpoints, the datagrams between them, and their events.
#[derive(Debug)]
pub(crate) struct Pair {
    pub(crate) now: Timestamp,
    network: SimulatedNetwork,
    faults: Faults,
    endpoints: BTreeMap<Peer, Endpoint>,
    events: BTreeMap<Peer, Vec<(Timestamp, Event)>>,
    /// Every datagram that was sent, with its sender.
    pub(crate) sent: Vec<(Peer, Vec<u8>)>,
    lives: u64,
}

impl Pair {
    pub(crate) fn new() -> Self {
        Self::on(Conditions::GOOD, 1)
    }

    pub(crate) fn on(conditions: Conditions, seed: u64) -> Self {
        Self {
            now: Timestamp::from_micros(1_000_000_000),
            network: SimulatedNetwork::new(conditions),
            faults: Faults::new(&Chat, seed),
            endpoints: [(A, Endpoint::new(seed)), (B, Endpoint::new(!seed))].into(),
            events: BTreeMap::new(),
            sent: Vec::new(),
            lives: 0,
        }
    }

    /// Adds a fault to all links.
    pub(crate) fn with_fault(mut self, effect: Effect, chance: Option<Chance>) -> Self {
        let everywhere = Aim { from: None, to: None, packet: None };
        self.faults.arm(Fault { aims: vec![everywhere], nth: None, chance, effect });
        self
    }

    /// Drops everything that one of them sends from now on.
    pub(crate) fn mute(&mut self, peer: Peer) {
        let aim = Aim { from: Some(peer.address()), to: None, packet: None };
        self.faults.arm(Fault { aims: vec![aim], nth: None, chance: None, effect: Effect::Drop });
    }

    /// Makes a pair that has exchanged packets in both directions.
    pub(crate) fn acquainted() -> Self {
        let mut pair = Self::new();
        pair.send(A, b"hello");
        pair.run();
        pair.send(B, b"hello");
        pair.run();
        pair.forget_the_past();
        pair
    }

    /// Clears the recorded datagrams and events.
    pub(crate) fn forget_the_past(&mut self) {
        self.sent.clear();
        self.events.clear();
    }

    pub(crate) fn endpoint(&mut self, peer: Peer) -> &mut Endpoint {
        self.endpoints.get_mut(&peer).expect("the peer is alive")
    }

    /// Sends a packet to the other one, without a timeout.
    pub(crate) fn send(&mut self, from: Peer, packet: &[u8]) -> ParcelId {
        self.send_at(from, packet, PATIENT).expect("the link has room")
    }

    pub(crate) fn send_at(
        &mut self,
        from: Peer,
        packet: &[u8],
        pace: Pace,
    ) -> Result<ParcelId, SendError> {
        let now = self.now;
        self.endpoint(from).send(from.other().address(), packet.to_vec(), pace, now)
    }

    /// Delivers a datagram to one of them, from any sender.
    pub(crate) fn hand_in(&mut self, to: Peer, from: Address, bytes: &[u8]) {
        let now = self.now;
        self.endpoint(to).handle_datagram(from, bytes, now);
        self.drain();
    }

    /// Removes one of them without notice.
    pub(crate) fn kill(&mut self, peer: Peer) {
        self.endpoints.remove(&peer);
    }

    /// Restarts one of them at its old address.
    pub(crate) fn restart(&mut self, peer: Peer) {
        self.lives += 1;
        self.endpoints.insert(peer, Endpoint::new(self.lives + 100));
    }

    /// Lets time pass until nothing is under way any more.
    pub(crate) fn run(&mut self) {
        let until = self.now + REST_AFTER_MAX;
        self.drain();
        while self.is_busy() {
            assert!(self.step(until), "the pair does not come to rest");
        }
    }

    /// Lets a certain time pass.
    pub(crate) fn run_for(&mut self, duration: Duration) {
        let until = self.now + duration;
        self.drain();
        while self.step(until) {}
        self.now = until;
    }

    fn is_busy(&self) -> bool {
        self.network.in_flight() > 0 || self.endpoints.values().any(Endpoint::is_any_pending)
    }

    /// Processes the next event, if it happens by `until`.
    fn step(&mut self, until: Timestamp) -> bool {
        let timers = self.endpoints.values().filter_map(Endpoint::poll_timeout);
        let next = timers.chain(self.network.poll_timeout()).min();
        let Some(next) = next.filter(|next| *next <= until) else {
            return false;
        };
        self.now = self.now.max(next);
        match self.network.poll_delivery(self.now) {
            Some(delivery) => {
                let mut peers = self.endpoints.iter_mut();
                if let Some((_, endpoint)) = peers.find(|(to, _)| to.address() == delivery.to) {
                    endpoint.handle_datagram(delivery.from, &delivery.bytes, self.now);
                }
            }
            None => {
                for endpoint in self.endpoints.values_mut() {
                    endpoint.handle_timeout(self.now);
                }
            }
        }
        self.drain();
        true
    }

    fn drain(&mut self) {
        for (&peer, endpoint) in &mut self.endpoints {
            endpoint.assert_invariants();
            while let Some((_, event)) = endpoint.poll_event() {
                self.events.entry(peer).or_default().push((self.now, event));
            }
            while let Some((to, bytes)) = endpoint.poll_datagram() {
                assert!(bytes.len() <= DATAGRAM_LEN_MAX, "a datagram of {} bytes", bytes.len());
                self.sent.push((peer, bytes.clone()));
                let delivery = Delivery { from: peer.address(), to, bytes, number: 0 };
                let (network, now) = (&mut self.network, self.now);
                self.faults.pass(delivery, now, |delay, it| network.send(it, now + delay));
            }
        }
    }

    /// Returns the events of one of them, and when they happened since `since`.
    pub(crate) fn events_since(&self, peer: Peer, since: Timestamp) -> Vec<(Duration, Event)> {
        let events = self.events.get(&peer).into_iter().flatten();
        events.map(|(at, event)| (at.since(since), event.clone())).collect()
    }

    pub(crate) fn events(&self, peer: Peer) -> Vec<Event> {
        self.events_since(peer, self.now).into_iter().map(|(_, event)| event).collect()
    }

    /// Returns which packets arrived at one of them.
    pub(crate) fn received(&self, peer: Peer) -> Vec<Vec<u8>> {
        let packets = self.events(peer).into_iter();
        packets
            .filter_map(|event| {
                let Event::Received(packet) = event else { return None };
                Some(packet)
            })
            .collect()
    }

    /// Returns which parcels of one of them were acknowledged.
    pub(crate) fn acknowledged(&self, peer: Peer) -> Vec<ParcelId> {
        let events = self.events(peer).into_iter();
        events
            .filter_map(|event| {
                let Event::Acknowledged(parcel) = event else { return None };
                Some(parcel)
            })
            .collect()
    }

    /// Returns how many segments each datagram of one of them held.
    pub(crate) fn segments(&self, from: Peer) -> Vec<usize> {
        let sent = self.sent.iter().filter(|(peer, _)| *peer == from);
        sent.map(|(_, bytes)| match codec::decode_datagram(bytes).expect("our own") {
            Datagram::Link(link) => link.segments.len(),
            Datagram::Reset { .. } => 0,
        })
        .collect()
    }
}
