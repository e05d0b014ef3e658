//! Promise 9: everything is bounded.

use std::collections::BTreeMap;

use super::bounds;
use super::evidence::Evidence;
use super::finding::{Finding, found};
use super::past::Seen;
use crate::protocol::limits::{DATAGRAM_LEN_MAX, WINDOW_SEGMENTS};
use crate::protocol::{Fact, Session};
use chatsim::scenario::ActorName;

/// Datagrams, windows and queues stay within their bounds, and a sender is notified of the fate of
/// each message that is not waiting any more.
pub(super) fn bounded(evidence: &Evidence<'_>) -> Result<(), Finding> {
    found(evidence.windows.breach.as_ref())?;
    bounds::keeps_to_bounds(evidence)?;
    for (&id, written) in &evidence.written {
        let waits = evidence.is_with_author(id);
        if evidence.author_goes_on(written) && !waits && !evidence.is_stated(id, Fact::settles) {
            let (author, message) = (written.by, evidence.name(id));
            let reason = format!("`{author}` was never notified of the fate of {message}");
            return Err(Finding::about(id, reason));
        }
    }
    Ok(())
}

/// How many segments each end of a link has under way.
#[derive(Default)]
pub(super) struct Windows {
    of: BTreeMap<(ActorName, Session), Window>,
    breach: Option<Finding>,
}

/// The numbers of segments that one end of a link has sent, and of those acknowledged to it.
#[derive(Default)]
struct Window {
    sent: u64,
    acknowledged: u64,
}

impl Windows {
    /// Takes a datagram that was sent.
    pub(super) fn on_sent(&mut self, sent: &Seen) {
        let Seen { number, from, len, .. } = *sent;
        if len > DATAGRAM_LEN_MAX {
            let reason = format!(
                "datagram #{number} of `{from}` has {len} bytes, more than {DATAGRAM_LEN_MAX}"
            );
            self.breach.get_or_insert_with(|| Finding::general(reason));
        }
        let Some(source) = sent.source else { return };
        let window = self.of.entry((from, source)).or_default();
        window.sent = window.sent.max(sent.last);
        if window.sent > window.acknowledged + WINDOW_SEGMENTS {
            let reason = format!("`{from}` has more than {WINDOW_SEGMENTS} segments under way");
            self.breach.get_or_insert_with(|| Finding::general(reason));
        }
    }

    /// Takes a datagram that has arrived.
    pub(super) fn on_arrived(&mut self, sent: &Seen, by: ActorName) {
        if let Some((session, acknowledged)) = sent.destination.zip(sent.acknowledged) {
            let window = self.of.entry((by, session)).or_default();
            window.acknowledged = window.acknowledged.max(acknowledged);
        }
    }
}
