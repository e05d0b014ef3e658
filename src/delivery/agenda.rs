//! What the links of an endpoint have to do next, so that no link is polled in vain.

use std::collections::{BTreeSet, VecDeque};
use std::mem;

use crate::protocol::{Address, Timestamp};

/// Which links want to send, whose timer is due next, and how many wait for acknowledgements.
#[derive(Debug, Default)]
pub(super) struct Agenda {
    /// Links that may have something to send, and links that are closed by now.
    ready: VecDeque<Address>,
    /// Links by the time of their next timer, each at most once, perhaps too early.
    timers: BTreeSet<(Timestamp, Address)>,
    /// How many links have packets that are not acknowledged yet.
    pending: usize,
}

/// What a link wants.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wants {
    /// Whether it may have something to send.
    pub(super) is_ready: bool,
    /// Whether it has packets that are not acknowledged yet.
    pub(super) is_pending: bool,
    /// When it wants its timer to fire.
    pub(super) due: Option<Timestamp>,
}

/// What the agenda has noted about a link. It is stored with the link, and changed only here.
#[derive(Debug, Default)]
pub(super) struct Noted {
    /// The link's entry among the timers; early does no harm.
    timer: Option<Timestamp>,
    is_ready: bool,
    is_pending: bool,
}

impl Agenda {
    /// Notes what a link wants now. Called after each change of a link.
    pub(super) fn note(&mut self, peer: Address, noted: &mut Noted, wants: Wants) {
        if wants.is_ready && !mem::replace(&mut noted.is_ready, true) {
            self.ready.push_back(peer);
        }
        self.pending += usize::from(wants.is_pending);
        self.pending -= usize::from(mem::replace(&mut noted.is_pending, wants.is_pending));
        if let Some(due) = wants.due
            && noted.timer.is_none_or(|timer| due < timer)
        {
            if let Some(at) = noted.timer.replace(due) {
                self.timers.remove(&(at, peer));
            }
            self.timers.insert((due, peer));
        }
    }

    /// Forgets a link.
    pub(super) fn forget(&mut self, peer: Address, noted: &Noted) {
        self.pending -= usize::from(noted.is_pending);
        if let Some(at) = noted.timer {
            self.timers.remove(&(at, peer));
        }
    }

    /// Takes out the link that has waited longest to send something, if it still exists. Call
    /// [`polled`](Self::polled) next.
    pub(super) fn next_ready(&mut self) -> Option<Address> {
        self.ready.pop_front()
    }

    /// Notes that a link was polled, and whether it continues to send before all others.
    pub(super) fn polled(&mut self, peer: Address, noted: &mut Noted, is_ready: bool) {
        noted.is_ready = is_ready;
        if is_ready {
            self.ready.push_front(peer);
        }
    }

    /// Takes out a link whose timer is due. Call [`fired`](Noted::fired) next.
    pub(super) fn next_due(&mut self, now: Timestamp) -> Option<Address> {
        let is_due = self.poll_timeout().is_some_and(|at| at <= now);
        is_due.then(|| self.timers.pop_first()).flatten().map(|(_, peer)| peer)
    }

    /// Returns when the first timer is due; early does no harm.
    pub(super) fn poll_timeout(&self) -> Option<Timestamp> {
        self.timers.first().map(|&(at, _)| at)
    }

    /// Returns whether any link has a packet that is not acknowledged yet.
    pub(super) fn is_any_pending(&self) -> bool {
        self.pending > 0
    }

    /// Panics unless the notes about every link agree with what it wants: otherwise it would not
    /// send or resend.
    pub(super) fn assert_invariants(&self, links: &[(Address, &Noted, Wants)]) {
        let ready: BTreeSet<_> = self.ready.iter().collect();
        let (mut pending, mut timers) = (0, 0);
        for &(peer, noted, wants) in links {
            assert!(!noted.is_ready || ready.contains(&peer), "the link to {peer} is listed");
            assert_eq!(noted.is_pending, wants.is_pending, "the link to {peer} is counted");
            pending += usize::from(noted.is_pending);
            if let Some(at) = noted.timer {
                assert!(self.timers.contains(&(at, peer)), "the link to {peer} has its timer");
                timers += 1;
            }
            assert!(
                wants.due.is_none_or(|due| noted.timer.is_some_and(|at| at <= due)),
                "the link to {peer} is due at {:?}, and its timer at {:?}",
                wants.due,
                noted.timer
            );
        }
        assert_eq!(self.pending, pending, "the links that wait for acknowledgements are counted");
        assert_eq!(self.timers.len(), timers, "each timer is that of a link");
    }
}

impl Noted {
    /// Returns whether the link is listed among those that may have something to send.
    pub(super) fn is_ready(&self) -> bool {
        self.is_ready
    }

    /// Notes that the timer has fired.
    pub(super) fn fired(&mut self) {
        self.timer = None;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn peer(port: u16) -> Address {
        Address::new(([127, 0, 0, 1], port).into())
    }

    fn at(millis: u64) -> Timestamp {
        Timestamp::default() + Duration::from_millis(millis)
    }

    /// The wants of a link that has packets under way and something to send.
    fn busy(due: u64) -> Wants {
        Wants { is_ready: true, is_pending: true, due: Some(at(due)) }
    }

    const IDLE: Wants = Wants { is_ready: false, is_pending: false, due: None };

    #[test]
    fn a_link_is_counted_once_and_no_more_when_forgotten() {
        let mut agenda = Agenda::default();
        let (mut waiting, mut idle) = (Noted::default(), Noted::default());
        agenda.note(peer(1), &mut waiting, busy(10));
        agenda.note(peer(1), &mut waiting, busy(10));
        agenda.note(peer(2), &mut idle, IDLE);
        agenda.assert_invariants(&[(peer(1), &waiting, busy(10)), (peer(2), &idle, IDLE)]);
        assert!(agenda.is_any_pending());
        agenda.forget(peer(1), &waiting);
        assert!(!agenda.is_any_pending());
        assert_eq!(agenda.poll_timeout(), None);
    }

    #[test]
    fn timers_come_in_the_order_of_time_and_each_once() {
        let mut agenda = Agenda::default();
        let mut first = Noted::default();
        agenda.note(peer(1), &mut first, busy(20));
        agenda.note(peer(1), &mut first, busy(10));
        agenda.note(peer(2), &mut Noted::default(), busy(5));
        assert_eq!(agenda.next_due(at(4)), None);
        assert_eq!(agenda.next_due(at(10)), Some(peer(2)));
        assert_eq!(agenda.next_due(at(10)), Some(peer(1)));
        assert_eq!(agenda.next_due(at(90)), None);
    }

    #[test]
    fn a_link_that_has_not_finished_goes_on_sending_first() {
        let mut agenda = Agenda::default();
        let (mut long, mut short) = (Noted::default(), Noted::default());
        agenda.note(peer(1), &mut long, busy(10));
        agenda.note(peer(2), &mut short, busy(10));
        assert_eq!(agenda.next_ready(), Some(peer(1)));
        agenda.polled(peer(1), &mut long, true);
        assert_eq!(agenda.next_ready(), Some(peer(1)));
        agenda.polled(peer(1), &mut long, false);
        assert_eq!(agenda.next_ready(), Some(peer(2)));
    }

    #[test]
    #[should_panic(expected = "the link to 127.0.0.1:1 is due at Some")]
    fn a_link_whose_timer_would_fire_too_late_is_found() {
        let mut agenda = Agenda::default();
        let mut noted = Noted::default();
        agenda.note(peer(1), &mut noted, busy(20));
        agenda.assert_invariants(&[(peer(1), &noted, busy(10))]);
    }
}
