//! The actors of a scenario, as every stage starts them.

use std::hash::Hasher as _;

use jiff::SignedDuration;
use jiff::tz::TimeZone;

use super::fingerprint::Fnv1a;
use crate::console::{Actor, ClientConsole, ServerConsole};
use crate::protocol::{Address, Timestamp};
use crate::scenario::ActorName;
use crate::server::Server;

/// Makes an actor that has not been started: who it is, its own address, the server's, a seed that
/// no other program of the run has, and the time.
pub type Factory = fn(ActorName, Address, Address, u64, Timestamp) -> Box<dyn Actor>;

/// Makes an actor of the chat; a [`Factory`]. Screens show times as a scenario writes them, in
/// UTC.
pub fn build(
    name: ActorName,
    own: Address,
    server: Address,
    seed: u64,
    now: Timestamp,
) -> Box<dyn Actor> {
    let seed = seed_of(name, seed, now);
    match name {
        ActorName::Server => {
            Box::new(ServerConsole::new(Server::new(seed, now), own, TimeZone::UTC))
        }
        ActorName::Client(name) => Box::new(ClientConsole::new(name, server, seed, TimeZone::UTC)),
    }
}

/// How far an actor's clock is ahead of the stage's (negative: behind).
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) struct ClockOffset {
    micros: i64,
}

impl ClockOffset {
    /// Sets the clock forward or back, when the stage's shows `now`; not to before 1970.
    pub(super) fn jump(&mut self, by: SignedDuration, now: Timestamp) {
        let by = i64::try_from(by.as_micros()).unwrap_or_default();
        let earliest = i64::try_from(now.as_micros()).map_or(i64::MIN, |now| -now);
        self.micros = self.micros.saturating_add(by).max(earliest);
    }

    /// Tells what the clock shows, when the stage's shows `at`.
    pub(super) const fn shown(self, at: Timestamp) -> Timestamp {
        Timestamp::from_micros(at.as_micros().saturating_add_signed(self.micros))
    }

    /// Tells what the stage's clock shows, when this one shows `shown`.
    pub(super) const fn reached(self, shown: Timestamp) -> Timestamp {
        Timestamp::from_micros(shown.as_micros().saturating_sub_signed(self.micros))
    }
}

/// Gives each life of each actor a seed of its own, made of all that tells them apart.
fn seed_of(name: ActorName, seed: u64, now: Timestamp) -> u64 {
    let mut hasher = Fnv1a::new();
    hasher.write(name.to_string().as_bytes());
    hasher.write(&seed.to_le_bytes());
    hasher.write(&now.as_micros().to_le_bytes());
    hasher.finish()
}
