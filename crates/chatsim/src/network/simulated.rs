//! A network in virtual time: datagrams go in, and come out later.
//!
//! A machine like the others: no clock, no socket, and nothing random. Datagrams pass the
//! [`Faults`](super::Faults) first.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use super::conditions::Conditions;
use machine::{Address, Timestamp};

/// A datagram that arrives.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Delivery {
    /// The sender.
    pub from: Address,
    /// The receiver.
    pub to: Address,
    /// The contents.
    pub bytes: Vec<u8>,
    /// The number of the datagram in its run, for the trace.
    pub number: u64,
}

/// A datagram in flight. Of two that arrive at the same time, the one sent first comes first.
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
    /// Flights in the order of arrival, as long as they are sent in that order: they need no
    /// sorting.
    in_order: VecDeque<Flight>,
    /// Flights that arrive before one that was sent earlier.
    overtaking: BinaryHeap<Reverse<Flight>>,
    sent: u64,
}

impl SimulatedNetwork {
    /// Makes a network with nothing in flight.
    pub fn new(conditions: Conditions) -> Self {
        Self { conditions, in_order: VecDeque::new(), overtaking: BinaryHeap::new(), sent: 0 }
    }

    /// Takes a datagram that is sent at `at`.
    pub fn send(&mut self, delivery: Delivery, at: Timestamp) {
        let arrives_at = at + self.conditions.latency;
        self.sent += 1;
        let flight = Flight { arrives_at, sequence: self.sent, delivery };
        if self.in_order.back().is_none_or(|last| last.arrives_at <= arrives_at) {
            self.in_order.push_back(flight);
        } else {
            self.overtaking.push(Reverse(flight));
        }
    }

    /// Returns when the next datagram arrives.
    pub fn poll_timeout(&self) -> Option<Timestamp> {
        let overtaking = self.overtaking.peek().map(|Reverse(flight)| flight.arrives_at);
        Timestamp::earlier(self.in_order.front().map(|flight| flight.arrives_at), overtaking)
    }

    /// Returns the next datagram that has arrived by `now`.
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

    /// Returns the number of datagrams that were sent so far.
    pub fn sent(&self) -> u64 {
        self.sent
    }

    /// Returns the number of datagrams in flight.
    pub fn in_flight(&self) -> usize {
        self.in_order.len() + self.overtaking.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_keeps_the_order_and_takes_a_millisecond() {
        let address = |port| Address::new(([127, 0, 0, 1], port).into());
        let mut network = SimulatedNetwork::new(Conditions::GOOD);
        for n in 0..3 {
            let delivery = Delivery { from: address(1), to: address(2), bytes: vec![n], number: 0 };
            network.send(delivery, Timestamp::from_micros(0));
        }
        let mut arrived = Vec::new();
        while let Some(at) = network.poll_timeout() {
            assert_eq!(network.poll_delivery(at - std::time::Duration::from_micros(1)), None);
            arrived.push((at.as_micros(), network.poll_delivery(at).unwrap().bytes[0]));
        }
        assert_eq!(arrived, [(1000, 0), (1000, 1), (1000, 2)]);
    }
}
