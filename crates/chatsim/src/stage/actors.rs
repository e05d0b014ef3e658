//! The actors of a scenario, as every stage builds them.

use std::collections::BTreeMap;
use std::hash::Hasher as _;

use jiff::SignedDuration;
use machine::{Actor, Address, Timestamp};

use super::fingerprint::Fnv1a;
use crate::Part;
use crate::scenario::{ActorName, Scenario};

/// Builds the program of an actor, for a start at `now` by its own clock. `seed` is unique to this
/// start.
pub(super) fn build(
    scenario: &Scenario,
    name: ActorName,
    addresses: &BTreeMap<ActorName, Address>,
    seed: u64,
    now: Timestamp,
) -> Box<dyn Actor> {
    let none = BTreeMap::new();
    let options = scenario.declaration(name).map_or(&none, |declared| &declared.options);
    let (role, own_name) = (scenario.role_of(name), scenario.own_name(&name));
    let seed = seed_of(own_name, seed, now);
    scenario.guest.build(&Part { name, own_name, role, options, seed, now, addresses })
}

/// How far an actor's clock is ahead of the stage's; negative if it is slow.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) struct ClockOffset {
    micros: i64,
}

impl ClockOffset {
    /// Sets the clock forward or back, at `now` by the stage's clock; not to before 1970.
    pub(super) fn jump(&mut self, by: SignedDuration, now: Timestamp) {
        let by = i64::try_from(by.as_micros()).unwrap_or_default();
        let earliest = i64::try_from(now.as_micros()).map_or(i64::MIN, |now| -now);
        self.micros = self.micros.saturating_add(by).max(earliest);
    }

    /// Returns the time of this clock at `at` by the stage's clock.
    pub(super) const fn shown(self, at: Timestamp) -> Timestamp {
        Timestamp::from_micros(at.as_micros().saturating_add_signed(self.micros))
    }

    /// Returns the time of the stage's clock when this one shows `shown`.
    pub(super) const fn reached(self, shown: Timestamp) -> Timestamp {
        Timestamp::from_micros(shown.as_micros().saturating_sub_signed(self.micros))
    }
}

/// Returns a seed for a start of an actor, derived from everything that identifies the start.
fn seed_of(name: &str, seed: u64, now: Timestamp) -> u64 {
    let mut hasher = Fnv1a::new();
    hasher.write(name.as_bytes());
    hasher.write(&seed.to_le_bytes());
    hasher.write(&now.as_micros().to_le_bytes());
    hasher.finish()
}
