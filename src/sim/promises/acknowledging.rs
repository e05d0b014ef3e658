//! What arrives is acknowledged in time.
//!
//! A program acknowledges a datagram as soon as it has stored what came with it, also one that has
//! arrived before: its first acknowledgement may be lost. One that has given up the link answers
//! with a reset instead. So a link on which datagrams arrive twice, without an answer to either, is
//! one on which everything is in vain.

use std::collections::BTreeMap;
use std::time::Duration;

use super::finding::Finding;
use super::past::{Cargo, Seen};
use crate::protocol::limits::RESEND_MIN;
use crate::protocol::{Session, Timestamp};
use chatsim::scenario::ActorName;

/// How long a program with a healthy disk may take for an acknowledgement.
const ANSWERED_WITHIN: Duration = RESEND_MIN;

/// What each program has to acknowledge.
#[derive(Default)]
pub(super) struct Acknowledgements {
    /// The session of each program on its latest link to another one, and that of the other one.
    links: BTreeMap<(ActorName, ActorName), (Session, Option<Session>)>,
    owed: BTreeMap<(ActorName, ActorName), Owed>,
}

/// A datagram that is not acknowledged yet.
struct Owed {
    number: u64,
    since: Timestamp,
    /// When another one has arrived after it should have been acknowledged.
    again_at: Option<Timestamp>,
}

impl Acknowledgements {
    /// Takes a datagram that is sent: an acknowledgement, or a reset.
    pub(super) fn on_sent(&mut self, seen: &Seen) {
        let Some(to) = seen.to else { return };
        if let Some(source) = seen.source {
            self.links.insert((seen.from, to), (source, seen.destination));
        }
        if seen.acknowledged.is_some() || seen.source.is_none() {
            self.owed.remove(&(seen.from, to));
        }
    }

    /// Takes a datagram that has arrived at a program with a healthy disk.
    pub(super) fn on_arrived(&mut self, seen: &Seen, by: ActorName, at: Timestamp) {
        let ends = (by, seen.from);
        if seen.destination.is_none() {
            // A new link, or a reset.
            self.owed.remove(&ends);
            return;
        }
        let is_current = self.links.get(&ends).is_some_and(|(own, peer)| {
            Some(*own) == seen.destination && (peer.is_none() || *peer == seen.source)
        });
        if !is_current || seen.is_hit || seen.cargo == Cargo::Nothing {
            return;
        }
        let owed = Owed { number: seen.number, since: at, again_at: None };
        let owed = self.owed.entry(ends).or_insert(owed);
        if at.since(owed.since) > ANSWERED_WITHIN {
            owed.again_at.get_or_insert(at);
        }
    }

    /// A program changes: what it has to acknowledge is open.
    pub(super) fn forget(&mut self, actor: ActorName) {
        self.owed.retain(|(by, _), _| *by != actor);
    }

    /// Returns what should have been acknowledged by now.
    pub(super) fn overdue(&self, now: Timestamp) -> Option<Finding> {
        let is_over = |owed: &Owed| owed.again_at.is_some_and(|at| now.since(at) > ANSWERED_WITHIN);
        let (&(by, _), owed) = self.owed.iter().find(|(_, owed)| is_over(owed))?;
        let Owed { number, .. } = owed;
        let reason = format!(
            "`{by}` has not acknowledged datagram #{number}, nor the next one on the same link"
        );
        Some(Finding::general(reason))
    }
}
