//! The conditions of links, and probabilities.

use std::time::Duration;

/// A probability in parts per million, so that it is exact everywhere.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Chance(u32);

impl Chance {
    /// It never happens.
    pub const NEVER: Self = Self(0);

    /// Makes a probability of this many parts per million; a million and more is certainty.
    pub const fn per_million(parts: u32) -> Self {
        Self(parts)
    }

    /// Makes a probability from a percentage.
    pub const fn percent(percent: u32) -> Self {
        Self(percent.saturating_mul(10_000))
    }

    /// Decides by a number drawn evenly from all of `u32`.
    pub(super) fn strikes(self, drawn: u32) -> bool {
        u64::from(drawn) * 1_000_000 < u64::from(self.0) << 32
    }
}

/// The conditions of the links of a simulated network, apart from faults.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Conditions {
    /// The delay of each datagram.
    pub latency: Duration,
}

impl Conditions {
    /// One millisecond each way.
    pub const GOOD: Self = Self { latency: Duration::from_millis(1) };
}

impl Default for Conditions {
    fn default() -> Self {
        Self::GOOD
    }
}

/// Returns the share of a duration that an evenly drawn number stands for.
pub(super) fn share(whole: Duration, drawn: u32) -> Duration {
    let micros = u64::try_from(whole.as_micros()).unwrap_or(u64::MAX);
    let share = (u128::from(micros) * u128::from(drawn)) >> 32;
    Duration::from_micros(u64::try_from(share).unwrap_or(u64::MAX))
}
