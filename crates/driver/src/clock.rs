//! The clock of a loop.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use machine::Timestamp;

/// The clock of one loop.
pub trait Clock: Send + Sync {
    /// Returns the time. It never runs backwards.
    fn now(&self) -> Timestamp;

    /// Waits until `at`; for ever if there is none. Cancel safe.
    fn reach(&self, at: Option<Timestamp>) -> impl Future<Output = ()> + Send;
}

/// The system clock as it was at the start, continued monotonically: setting the system clock does
/// not disturb any timer.
#[derive(Clone, Copy, Debug)]
pub struct RealClock {
    started: Instant,
    started_at: Timestamp,
}

impl RealClock {
    /// Starts at the current system time.
    #[expect(clippy::disallowed_methods, reason = "this is where time comes in")]
    pub fn start() -> Self {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH);
        Self {
            started: Instant::now(),
            started_at: Timestamp::default() + since_epoch.unwrap_or(Duration::ZERO),
        }
    }
}

impl Clock for RealClock {
    #[expect(clippy::disallowed_methods, reason = "this is where time comes in")]
    fn now(&self) -> Timestamp {
        self.started_at + self.started.elapsed()
    }

    async fn reach(&self, at: Option<Timestamp>) {
        match at {
            Some(at) => tokio::time::sleep(at.since(self.now())).await,
            None => std::future::pending().await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_time_is_reached_when_it_has_come() {
        let clock = RealClock::start();
        let start = clock.now();
        clock.reach(Some(start - Duration::from_secs(1))).await;
        let soon = start + Duration::from_millis(2);
        clock.reach(Some(soon)).await;
        assert!(clock.now() >= soon);
    }
}
