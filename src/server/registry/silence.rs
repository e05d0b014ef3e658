//! How clients that have vanished are noticed.
//!
//! A client that was silent for two thirds of `silence_max` (a minute by default) is probed. So a
//! client that has vanished is offline for all clients within that time.

use std::time::Duration;

use crate::protocol::Timestamp;
use crate::protocol::limits::SILENCE_MAX;
use crate::protocol::sabotage::{self, Bug};

/// The server checks for silent clients this often within the silence that is allowed.
const CHECKS: u32 = 6;

/// After this many of these checks a silent client is probed; the rest of the time is for its
/// answer.
const CHECKS_BEFORE_ASKING: u32 = 4;

/// The checks for silent clients.
#[derive(Debug)]
pub(in crate::server) struct Silence {
    /// How long a client may be silent before it counts as gone.
    max: Duration,
    /// When the next check is due.
    check_at: Option<Timestamp>,
}

/// The result of the check of a client.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::server) enum Verdict {
    /// It was heard from recently, or is being probed already.
    Heard,
    /// It is to be probed.
    Silent,
    /// The link to it is gone.
    Gone,
}

impl Default for Silence {
    fn default() -> Self {
        Self { max: SILENCE_MAX, check_at: None }
    }
}

impl Silence {
    pub(in crate::server) fn set_max(&mut self, max: Duration) {
        self.max = max;
    }

    /// Plans a check, if none is planned.
    pub(in crate::server) fn watch(&mut self, now: Timestamp) {
        let checks = if sabotage::has(Bug::SilenceIsSeldomChecked) { 1 } else { CHECKS };
        self.check_at.get_or_insert(now + self.max / checks);
    }

    /// Returns whether a check is due, and removes it from the plan.
    pub(in crate::server) fn take_check(&mut self, now: Timestamp) -> bool {
        self.check_at.take_if(|at| *at <= now).is_some()
    }

    /// Returns when the next check is due, if one is planned.
    pub(in crate::server) fn check_at(&self) -> Option<Timestamp> {
        self.check_at
    }

    /// Checks a client that was last heard from at `heard_at`, if there is a link to it.
    /// `is_pending` is whether a packet to it is not acknowledged yet.
    pub(in crate::server) fn check(
        &self,
        heard_at: Option<Timestamp>,
        is_pending: bool,
        now: Timestamp,
    ) -> Verdict {
        let asked_after = self.max / CHECKS * CHECKS_BEFORE_ASKING;
        match heard_at {
            None => Verdict::Gone,
            Some(heard_at) if heard_at + asked_after > now || is_pending => Verdict::Heard,
            Some(_) => Verdict::Silent,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_is_asked_after_two_thirds_of_the_silence_that_is_allowed() {
        let at = |seconds| Timestamp::default() + Duration::from_secs(seconds);
        let mut silence = Silence::default();
        silence.set_max(Duration::from_mins(1));
        assert_eq!(silence.check(Some(at(0)), false, at(39)), Verdict::Heard);
        assert_eq!(silence.check(Some(at(0)), false, at(40)), Verdict::Silent);
        assert_eq!(silence.check(Some(at(0)), true, at(40)), Verdict::Heard, "it is being asked");
        assert_eq!(silence.check(None, false, at(0)), Verdict::Gone);
    }

    #[test]
    fn a_check_that_is_planned_is_not_put_off() {
        let at = |seconds| Timestamp::default() + Duration::from_secs(seconds);
        let mut silence = Silence::default();
        silence.set_max(Duration::from_mins(1));
        silence.watch(at(0));
        silence.watch(at(5));
        assert_eq!(silence.check_at(), Some(at(10)));
        assert!(!silence.take_check(at(9)));
        assert!(silence.take_check(at(10)));
        assert_eq!(silence.check_at(), None);
    }
}
