//! Points in time.

use std::fmt;
use std::ops::{Add, AddAssign, Sub};
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Marks a point in time in whole microseconds since the Unix epoch (UTC).
///
/// Machines never read a clock: they are told the time with each input.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize,
)]
pub struct Timestamp(u64);

impl Timestamp {
    /// Makes the point in time that lies `micros` microseconds after the Unix epoch.
    pub const fn from_micros(micros: u64) -> Self {
        Self(micros)
    }

    /// Tells the microseconds since the Unix epoch.
    pub const fn as_micros(self) -> u64 {
        self.0
    }

    /// Tells how long `earlier` lies back; zero when it does not.
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }
}

/// A time that never runs backwards, made of what a clock shows that may be set back.
///
/// A machine keeps its timers in steady time, so that none of them is stuck when the clock is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct SteadyClock {
    latest: Timestamp,
    /// By how much the clock was set back in all.
    behind: Duration,
}

impl SteadyClock {
    /// Takes what the clock shows, and tells the steady time.
    pub fn read(&mut self, shown: Timestamp) -> Timestamp {
        let steady = shown + self.behind;
        self.behind += self.latest.since(steady);
        self.latest = self.latest.max(steady);
        self.latest
    }

    /// Tells what the clock shows at a steady time, as far as it is known.
    pub fn shown(self, steady: Timestamp) -> Timestamp {
        steady - self.behind
    }
}

/// Moves forward in time, to the end of time at most.
impl Add<Duration> for Timestamp {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        let micros = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        Self(self.0.saturating_add(micros))
    }
}

impl AddAssign<Duration> for Timestamp {
    fn add_assign(&mut self, duration: Duration) {
        *self = *self + duration;
    }
}

/// Moves back in time, to the Unix epoch at most.
impl Sub<Duration> for Timestamp {
    type Output = Self;

    fn sub(self, duration: Duration) -> Self {
        let micros = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        Self(self.0.saturating_sub(micros))
    }
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
