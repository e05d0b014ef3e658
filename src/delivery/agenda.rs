//! What the links of an endpoint want next, so that none of them is asked in vain.

use std::collections::{BTreeSet, VecDeque};
use std::mem;

use super::link::Link;
use crate::protocol::{Address, Timestamp};

/// Who wants to send, whose timer is due next, and how many wait for acknowledgements.
#[derive(Debug, Default)]
pub(super) struct Agenda {
    /// Links that may have something to send.
    ready: VecDeque<Address>,
    /// Links by the time of their next timer, each at most once, perhaps too early.
    timers: BTreeSet<(Timestamp, Address)>,
    /// How many links have packets that are not acknowledged yet.
    pending: usize,
}

impl Agenda {
    /// Notes what a link wants now. Called after each change of a link.
    pub(super) fn note(&mut self, peer: Address, link: &mut Link) {
        if link.is_ready() && !mem::replace(&mut link.listed, true) {
            self.ready.push_back(peer);
        }
        let is_pending = link.is_pending();
        self.pending += usize::from(is_pending);
        self.pending -= usize::from(mem::replace(&mut link.counted, is_pending));
        if let Some(due) = link.poll_timeout()
            && link.timer.is_none_or(|timer| due < timer)
        {
            if let Some(at) = link.timer.replace(due) {
                self.timers.remove(&(at, peer));
            }
            self.timers.insert((due, peer));
        }
    }

    /// Strikes out a link that is no more.
    pub(super) fn forget(&mut self, peer: Address, link: &Link) {
        self.pending -= usize::from(link.counted);
        if let Some(at) = link.timer {
            self.timers.remove(&(at, peer));
        }
    }

    /// Takes the link out that has waited longest to send something.
    pub(super) fn next_ready(&mut self) -> Option<Address> {
        self.ready.pop_front()
    }

    /// Lets a link go on sending before all others.
    pub(super) fn keep_ready(&mut self, peer: Address, link: &mut Link) {
        link.listed = link.is_ready();
        if link.listed {
            self.ready.push_front(peer);
        }
    }

    /// Takes a link out whose timer is due.
    pub(super) fn next_due(&mut self, now: Timestamp) -> Option<Address> {
        let is_due = self.poll_timeout().is_some_and(|at| at <= now);
        is_due.then(|| self.timers.pop_first()).flatten().map(|(_, peer)| peer)
    }

    /// Tells when the first timer is due; early does no harm.
    pub(super) fn poll_timeout(&self) -> Option<Timestamp> {
        self.timers.first().map(|&(at, _)| at)
    }

    /// Tells whether any link has a packet that is not acknowledged yet.
    pub(super) fn is_any_pending(&self) -> bool {
        self.pending > 0
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::outgoing::{Pace, ParcelId};
    use super::*;
    use crate::protocol::Session;

    fn peer(port: u16) -> Address {
        Address::new(([127, 0, 0, 1], port).into())
    }

    /// A link with packets under way, each with so many milliseconds of patience.
    fn link(patiences: &[u64]) -> Link {
        let now = Timestamp::default();
        let mut link = Link::open(Session { opened_at: now, token: 0 }, now);
        for &patience in patiences {
            let pace = Pace::Quiet { patience: Duration::from_millis(patience) };
            link.send(ParcelId(1), vec![0], pace, now).unwrap();
        }
        link
    }

    #[test]
    fn a_link_is_counted_once_and_no_more_when_forgotten() {
        let (mut agenda, mut waiting, mut idle) = (Agenda::default(), link(&[20, 10]), link(&[]));
        agenda.note(peer(1), &mut waiting);
        agenda.note(peer(1), &mut waiting);
        agenda.note(peer(2), &mut idle);
        assert!(agenda.is_any_pending());
        agenda.forget(peer(1), &waiting);
        assert!(!agenda.is_any_pending());
        assert_eq!(agenda.poll_timeout(), None);
    }

    #[test]
    fn timers_come_in_the_order_of_time_and_each_once() {
        let mut agenda = Agenda::default();
        agenda.note(peer(1), &mut link(&[20, 10]));
        agenda.note(peer(2), &mut link(&[5]));
        let at = |millis| Timestamp::default() + Duration::from_millis(millis);
        assert_eq!(agenda.next_due(at(4)), None);
        assert_eq!(agenda.next_due(at(10)), Some(peer(2)));
        assert_eq!(agenda.next_due(at(10)), Some(peer(1)));
        assert_eq!(agenda.next_due(at(90)), None);
    }

    #[test]
    fn a_link_that_has_not_finished_goes_on_sending_first() {
        let (mut agenda, mut long, mut short) = (Agenda::default(), link(&[10]), link(&[10]));
        agenda.note(peer(1), &mut long);
        agenda.note(peer(2), &mut short);
        assert_eq!(agenda.next_ready(), Some(peer(1)));
        agenda.keep_ready(peer(1), &mut long);
        assert_eq!(agenda.next_ready(), Some(peer(1)));
        while long.poll_datagram().is_some() {}
        agenda.keep_ready(peer(1), &mut long);
        assert_eq!(agenda.next_ready(), Some(peer(2)));
    }
}
