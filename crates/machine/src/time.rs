//! Points in time.
//!
//! Machines keep their timers in steady time ([`SteadyClock`]), so that setting a clock back does
//! not stop them. Dates are those of the clock.

use std::fmt;
use std::ops::{Add, AddAssign, Sub};
use std::time::Duration;

#[cfg(feature = "serde")]
use serde::{Deserialize, Serialize};

/// A point in time in whole microseconds since the Unix epoch (UTC).
///
/// Machines never read a clock: the time comes with each input.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
#[cfg_attr(feature = "serde", derive(Serialize, Deserialize))]
pub struct Timestamp(u64);

impl Timestamp {
    /// Returns the point in time `micros` microseconds after the Unix epoch.
    #[inline]
    pub const fn from_micros(micros: u64) -> Self {
        Self(micros)
    }

    /// Returns the microseconds since the Unix epoch.
    #[inline]
    pub const fn as_micros(self) -> u64 {
        self.0
    }

    /// Returns the earlier of two points in time; `None` means never.
    #[inline]
    pub fn earlier(a: Option<Self>, b: Option<Self>) -> Option<Self> {
        match (a, b) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        }
    }

    /// Returns the time since `earlier`; zero if that is later.
    #[inline]
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }
}

/// A time that never runs backwards, derived from a clock that may be set back.
///
/// A machine keeps its timers in steady time, so that they go on when the clock is set back.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct SteadyClock {
    latest: Timestamp,
    /// By how many microseconds the clock was set back in all.
    behind: u64,
}

impl SteadyClock {
    /// Takes what the clock shows, and returns the steady time.
    #[inline]
    pub fn read(&mut self, shown: Timestamp) -> Timestamp {
        let steady = Timestamp(shown.0.saturating_add(self.behind));
        self.behind = self.behind.saturating_add(self.latest.0.saturating_sub(steady.0));
        self.latest = self.latest.max(steady);
        self.latest
    }

    /// Returns what the clock shows at a steady time, as far as it is known.
    #[inline]
    pub fn shown(self, steady: Timestamp) -> Timestamp {
        Timestamp(steady.0.saturating_sub(self.behind))
    }
}

/// Moves forward in time, to the end of time at most.
impl Add<Duration> for Timestamp {
    type Output = Self;

    #[inline]
    fn add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(micros(duration)))
    }
}

impl AddAssign<Duration> for Timestamp {
    #[inline]
    fn add_assign(&mut self, duration: Duration) {
        *self = *self + duration;
    }
}

/// Moves back in time, to the Unix epoch at most.
impl Sub<Duration> for Timestamp {
    type Output = Self;

    #[inline]
    fn sub(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(micros(duration)))
    }
}

/// Returns the whole microseconds of a duration, in 64 bits for speed.
#[inline]
fn micros(duration: Duration) -> u64 {
    duration.as_secs().saturating_mul(1_000_000).saturating_add(duration.subsec_micros().into())
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:06}", self.0 / 1_000_000, self.0 % 1_000_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_set_back_does_not_stop_steady_time() {
        let at = Timestamp::from_micros;
        let mut clock = SteadyClock::default();
        assert_eq!(clock.read(at(100)), at(100));
        assert_eq!(clock.read(at(40)), at(100), "set back by 60");
        assert_eq!(clock.read(at(45)), at(105));
        assert_eq!(clock.shown(at(110)), at(50));
        assert_eq!(clock.read(at(30)), at(105), "and by 15 more");
        assert_eq!(clock.shown(at(105)), at(30));
        assert_eq!(clock.read(at(200)), at(275), "and set ahead");
    }
}
