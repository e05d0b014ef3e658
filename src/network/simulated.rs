//! A network in virtual time: datagrams go in, and come out later, twice, or never.
//!
//! It is a machine like the others: no clock, no socket; the seed decides every chance. Each link
//! has a random stream of its own, so that one more datagram on one link reshuffles no other.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::conditions::{Conditions, share};
use crate::protocol::{Address, Timestamp};

/// A datagram that arrives.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Delivery {
    /// Who sent it.
    pub from: Address,
    /// Who gets it.
    pub to: Address,
    /// What it says.
    pub bytes: Vec<u8>,
    /// Counts the sendings of a run, for its trace.
    pub number: u64,
}

/// A datagram under way. Of two that arrive together, the one sent first comes first.
#[derive(PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Flight {
    arrives_at: Timestamp,
    sequence: u64,
    delivery: Delivery,
}

/// The simulated network.
#[derive(Debug)]
pub struct SimulatedNetwork {
    conditions: Conditions,
    seed: u64,
    chances: BTreeMap<(Address, Address), ChaCha8Rng>,
    /// Flights that arrive in the order in which they set out, as most do: they need no sorting.
    in_order: VecDeque<Flight>,
    /// Those that arrive before one that set out earlier.
    overtaking: BinaryHeap<Reverse<Flight>>,
    sent: u64,
}

impl SimulatedNetwork {
    /// Makes a network on which nothing is under way.
    pub fn new(conditions: Conditions, seed: u64) -> Self {
        Self {
            conditions,
            seed,
            chances: BTreeMap::new(),
            in_order: VecDeque::new(),
            overtaking: BinaryHeap::new(),
            sent: 0,
        }
    }

    /// Takes a datagram that sets out at `at`.
    pub fn send(&mut self, delivery: Delivery, at: Timestamp) {
        let arrives_at = at + self.conditions.latency;
        if self.conditions.is_certain() {
            return self.launch(delivery, arrives_at);
        }
        let (conditions, seed) = (self.conditions, self.seed);
        let link = (delivery.from, delivery.to);
        let chance = self.chances.entry(link).or_insert_with(|| stream(seed, link));
        // Always the same number of draws, so that one chance does not shift the others.
        let (lost, doubled) = (chance.next_u32(), chance.next_u32());
        let delays =
            [chance.next_u32(), chance.next_u32()].map(|drawn| share(conditions.spread, drawn));
        if conditions.loss.strikes(lost) {
            return;
        }
        if conditions.duplication.strikes(doubled) {
            self.launch(delivery.clone(), arrives_at + delays[1]);
        }
        self.launch(delivery, arrives_at + delays[0]);
    }

    fn launch(&mut self, delivery: Delivery, arrives_at: Timestamp) {
        self.sent += 1;
        let flight = Flight { arrives_at, sequence: self.sent, delivery };
        if self.in_order.back().is_none_or(|last| last.arrives_at <= arrives_at) {
            self.in_order.push_back(flight);
        } else {
            self.overtaking.push(Reverse(flight));
        }
    }

    /// Tells when the next datagram arrives.
    pub fn poll_timeout(&self) -> Option<Timestamp> {
        let overtaking = self.overtaking.peek().map(|Reverse(flight)| flight.arrives_at);
        match (self.in_order.front().map(|flight| flight.arrives_at), overtaking) {
            (Some(first), Some(second)) => Some(first.min(second)),
            (first, second) => first.or(second),
        }
    }

    /// Gives the next datagram that has arrived by `now`.
    pub fn poll_delivery(&mut self, now: Timestamp) -> Option<Delivery> {
        let is_here = |flight: &Flight| flight.arrives_at <= now;
        let key = |flight: &Flight| (flight.arrives_at, flight.sequence);
        let overtaking = self.overtaking.peek().map(|Reverse(flight)| flight);
        let overtaking = overtaking.filter(|flight| is_here(flight)).map(key);
        let in_order = self.in_order.front().filter(|flight| is_here(flight)).map(key);
        let flight = match (in_order, overtaking) {
            (Some(first), Some(second)) if second < first => self.overtaking.pop().map(|it| it.0),
            (None, Some(_)) => self.overtaking.pop().map(|it| it.0),
            (Some(_), _) => self.in_order.pop_front(),
            (None, None) => None,
        };
        flight.map(|flight| flight.delivery)
    }

    /// Tells how many datagrams were put on their way so far.
    pub fn sent(&self) -> u64 {
        self.sent
    }

    /// Tells how many datagrams are on their way.
    pub fn in_flight(&self) -> usize {
        self.in_order.len() + self.overtaking.len()
    }
}

/// Makes the random stream of one link.
fn stream(seed: u64, (from, to): (Address, Address)) -> ChaCha8Rng {
    let mut key = [0; 32];
    let ports = [from.port().to_le_bytes(), to.port().to_le_bytes()].concat();
    let hosts = [from.ip(), to.ip()].map(|ip| match ip {
        std::net::IpAddr::V4(ip) => u128::from(u32::from(ip)),
        std::net::IpAddr::V6(ip) => u128::from(ip),
    });
    let host = hosts[0].rotate_left(64) ^ hosts[1];
    let identity = [&seed.to_le_bytes()[..], &ports, &host.to_le_bytes()].concat();
    for (slot, byte) in key.iter_mut().zip(identity) {
        *slot = byte;
    }
    ChaCha8Rng::from_seed(key)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::conditions::Chance;
    use super::*;

    fn address(port: u16) -> Address {
        Address::new(([127, 0, 0, 1], port).into())
    }

    fn datagram(n: u8) -> Delivery {
        Delivery { from: address(1), to: address(2), bytes: vec![n], number: 0 }
    }

    fn arrivals(conditions: Conditions, seed: u64, count: u8) -> Vec<(u64, u8)> {
        let mut network = SimulatedNetwork::new(conditions, seed);
        for n in 0..count {
            network.send(datagram(n), Timestamp::from_micros(0));
        }
        let mut arrived = Vec::new();
        while let Some(at) = network.poll_timeout() {
            let delivery = network.poll_delivery(at).unwrap();
            arrived.push((at.as_micros(), delivery.bytes[0]));
        }
        arrived
    }

    #[test]
    fn a_good_link_keeps_the_order_and_takes_a_millisecond() {
        assert_eq!(arrivals(Conditions::GOOD, 1, 3), [(1000, 0), (1000, 1), (1000, 2)]);
    }

    #[test]
    fn the_seed_decides_every_chance() {
        let conditions = Conditions {
            spread: Duration::from_millis(5),
            loss: Chance::percent(30),
            duplication: Chance::percent(30),
            ..Conditions::GOOD
        };
        let first = arrivals(conditions, 7, 100);
        assert_eq!(first, arrivals(conditions, 7, 100));
        assert_ne!(first, arrivals(conditions, 8, 100));
        let mut numbers: Vec<_> = first.iter().map(|&(_, n)| n).collect();
        assert!(!numbers.is_sorted(), "a spread of five latencies reorders");
        numbers.sort_unstable();
        assert!(numbers.windows(2).any(|pair| pair[0] == pair[1]), "some come twice");
        numbers.dedup();
        assert!(numbers.len() < 100, "some are lost");
    }

    #[test]
    fn certainty_is_certain() {
        let lost = Conditions { loss: Chance::percent(100), ..Conditions::GOOD };
        assert_eq!(arrivals(lost, 1, 50), []);
        let doubled = Conditions { duplication: Chance::percent(100), ..Conditions::GOOD };
        assert_eq!(arrivals(doubled, 1, 50).len(), 100);
    }
}
