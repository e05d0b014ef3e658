//! An active fault.

use std::collections::BTreeMap;
use std::time::Duration;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::conditions::share;
use super::fault::{Aim, Effect, Fault};
use super::simulated::Delivery;
use crate::Guest;
use machine::{Address, Timestamp};

/// A truncated datagram keeps its first `1 / TRUNCATED_SHARE`.
const TRUNCATED_SHARE: usize = 2;

/// An active fault.
#[derive(Debug)]
pub(super) struct Armed {
    fault: Fault<Address>,
    chances: ChaCha8Rng,
    /// The number of datagrams that matched.
    matched: u64,
    /// The datagrams that it holds until it is healed or (reordering) the next one has passed.
    held: Vec<Delivery>,
    /// When each link is free again.
    free_at: BTreeMap<(Address, Address), Timestamp>,
}

/// What happens to a datagram at a fault.
#[derive(Debug, Default)]
pub(super) struct Meeting {
    pub(super) is_hit: bool,
    /// Held before; this datagram overtakes it.
    overtaken: Vec<Delivery>,
}

impl Armed {
    pub(super) fn new(fault: Fault<Address>, seed: u64) -> Self {
        let chances = ChaCha8Rng::seed_from_u64(seed);
        Self { fault, chances, matched: 0, held: Vec::new(), free_at: BTreeMap::new() }
    }

    pub(super) fn aims_mut(&mut self) -> &mut [Aim<Address>] {
        &mut self.fault.aims
    }

    /// Returns the datagrams that it held.
    pub(super) fn into_held(self) -> Vec<Delivery> {
        self.held
    }

    /// Returns what happens to a datagram; `None` if it is not hit.
    pub(super) fn meet(&mut self, delivery: &Delivery, guest: &dyn Guest) -> Option<Meeting> {
        let overtaken = if self.held.is_empty() { Vec::new() } else { self.overtaken_by(delivery) };
        let is_hit = self.hits(delivery, guest);
        (is_hit || !overtaken.is_empty()).then_some(Meeting { is_hit, overtaken })
    }

    /// Applies the effect to a datagram, and releases what it overtakes.
    pub(super) fn let_through(
        &mut self,
        meeting: Meeting,
        (delay, delivery): (Duration, Delivery),
        now: Timestamp,
        onward: &mut Vec<(Duration, Delivery)>,
    ) {
        if meeting.is_hit {
            self.apply(delay, delivery, now, onward);
        } else {
            onward.push((delay, delivery));
        }
        onward.extend(meeting.overtaken.into_iter().map(|held| (delay, held)));
    }

    fn hits(&mut self, delivery: &Delivery, guest: &dyn Guest) -> bool {
        let is_aimed_at = |aim: &Aim<Address>| {
            aim.from.as_ref().is_none_or(|from| *from == delivery.from)
                && aim.to.as_ref().is_none_or(|to| *to == delivery.to)
                && aim.packet.is_none_or(|kind| guest.packets(&delivery.bytes).contains(&kind))
        };
        if !self.fault.aims.iter().any(is_aimed_at) {
            return false;
        }
        self.matched += 1;
        self.fault.nth.is_none_or(|nth| nth == self.matched)
            && self.fault.chance.is_none_or(|chance| chance.strikes(self.chances.next_u32()))
    }

    /// Returns the datagram that a reordering fault held for this one to overtake.
    fn overtaken_by(&mut self, delivery: &Delivery) -> Vec<Delivery> {
        if self.fault.effect != Effect::Reorder {
            return Vec::new();
        }
        let is_overtaken =
            |held: &mut Delivery| held.from == delivery.from && held.to == delivery.to;
        self.held.extract_if(.., is_overtaken).collect()
    }

    /// Applies the effect to a datagram.
    fn apply(
        &mut self,
        delay: Duration,
        mut delivery: Delivery,
        now: Timestamp,
        onward: &mut Vec<(Duration, Delivery)>,
    ) {
        match self.fault.effect {
            Effect::Drop => {}
            Effect::Hold | Effect::Reorder => self.held.push(delivery),
            Effect::Duplicate => {
                onward.push((delay, delivery.clone()));
                onward.push((delay, delivery));
            }
            Effect::Delay(longer) => onward.push((delay + longer, delivery)),
            Effect::Latency { base, spread } => {
                let longer = base + share(spread, self.chances.next_u32());
                onward.push((delay + longer, delivery));
            }
            Effect::Corrupt => {
                let bits = u64::try_from(delivery.bytes.len() * 8).unwrap_or(u64::MAX);
                let bit = self.chances.next_u64() % bits.max(1);
                let byte = usize::try_from(bit / 8).unwrap_or_default();
                if let Some(byte) = delivery.bytes.get_mut(byte) {
                    *byte ^= 1 << (bit % 8);
                }
                onward.push((delay, delivery));
            }
            Effect::Truncate => {
                delivery.bytes.truncate(delivery.bytes.len() / TRUNCATED_SHARE);
                onward.push((delay, delivery));
            }
            Effect::Rate(bytes_per_second) => {
                let micros = delivery.bytes.len() as u64 * 1_000_000 / bytes_per_second.max(1);
                let link = (delivery.from, delivery.to);
                let free_at = self.free_at.entry(link).or_default();
                *free_at = (*free_at).max(now + delay) + Duration::from_micros(micros);
                onward.push((free_at.since(now), delivery));
            }
        }
    }
}
