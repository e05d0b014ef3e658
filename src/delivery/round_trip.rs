//! How long an acknowledgement takes, estimated as in RFC 6298.

use std::time::Duration;

use crate::protocol::limits::{RESEND_MAX, RESEND_MIN, ROUND_TRIP_GUESS};

/// Estimates the round trip of one link.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct RoundTrip {
    estimate: Option<Estimate>,
}

#[derive(Clone, Copy, Debug)]
struct Estimate {
    smoothed: Duration,
    variation: Duration,
}

impl RoundTrip {
    /// Takes a measurement. A segment that was sent twice must not be measured (Karn's algorithm).
    pub(super) fn measure(&mut self, sample: Duration) {
        self.estimate = Some(match self.estimate {
            None => Estimate { smoothed: sample, variation: sample / 2 },
            Some(Estimate { smoothed, variation }) => Estimate {
                smoothed: (smoothed * 7 + sample) / 8,
                variation: (variation * 3 + smoothed.abs_diff(sample)) / 4,
            },
        });
    }

    /// Returns how long to wait for an acknowledgement before the first resend.
    pub(super) fn patience(self) -> Duration {
        let patience = match self.estimate {
            None => ROUND_TRIP_GUESS,
            Some(Estimate { smoothed, variation }) => smoothed + variation * 4,
        };
        patience.clamp(RESEND_MIN, RESEND_MAX)
    }
}
