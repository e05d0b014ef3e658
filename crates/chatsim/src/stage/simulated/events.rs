//! The event loop of the simulated stage.

use super::disk::Write;
use super::{Place, Simulated, Waiting};
use crate::network::Delivery;
use crate::stage::Shown;
use crate::stage::trace_chunk::EventView;
use machine::{Outcome, Timestamp};

/// The next event.
enum Event {
    Arrival(Timestamp),
    Commit(Timestamp, usize),
    Timer(Timestamp, usize),
}

impl Simulated {
    fn next_event(&self) -> Option<Event> {
        let arrival = self.wire.poll_timeout();
        let timer = self.timers.first().copied();
        if let Some(&(commit, index)) = self.commits.first()
            && arrival.is_none_or(|arrival| commit < arrival)
            && timer.is_none_or(|(timer, _)| commit <= timer)
        {
            return Some(Event::Commit(commit, index));
        }
        match (arrival, timer) {
            (Some(arrival), Some((timer, _))) if arrival <= timer => Some(Event::Arrival(arrival)),
            (_, Some((timer, index))) => Some(Event::Timer(timer, index)),
            (Some(arrival), None) => Some(Event::Arrival(arrival)),
            (None, None) => None,
        }
    }

    /// Processes the next event, if it happens by `until`; returns whether there was one.
    pub(super) fn step(&mut self, until: Timestamp) -> bool {
        match self.next_event() {
            Some(Event::Arrival(at)) if at <= until => {
                self.now = self.now.max(at);
                if let Some(delivery) = self.wire.poll_delivery(self.now) {
                    self.deliver(delivery);
                }
                true
            }
            Some(Event::Commit(at, index)) if at <= until => {
                self.now = self.now.max(at);
                self.commits.remove(&(at, index));
                self.commit(index);
                true
            }
            Some(Event::Timer(at, index)) if at <= until => {
                self.now = self.now.max(at);
                self.timers.remove(&(at, index));
                if let Some(place) = self.places.get_mut(index)
                    && let Some(program) = &mut place.program
                {
                    program.timer = None;
                    self.wire.note(self.now, EventView::Timer(place.id));
                }
                self.handle(index, |actor, now| actor.handle_timeout(now));
                true
            }
            _ => false,
        }
    }

    fn deliver(&mut self, delivery: Delivery) {
        let number = delivery.number;
        let index = self.by_address.get(&delivery.to).map(|(index, _)| *index);
        let place = index.and_then(|index| self.places.get(index));
        match (index, place) {
            (Some(index), Some(Place { id, program: Some(program), .. })) => {
                self.wire.note(self.now, EventView::Arrived { number, by: *id });
                if program.paused.is_some() {
                    return self.hand_in(index, Waiting::Datagram(delivery));
                }
                let Delivery { from, bytes, .. } = &delivery;
                self.handle(index, |actor, now| actor.handle_datagram(*from, bytes, now));
            }
            _ => self.wire.note(self.now, EventView::Missed { number }),
        }
    }

    /// Completes the pending writes of a disk.
    fn commit(&mut self, index: usize) {
        let Some(place) = self.places.get_mut(index) else { return };
        let written = place.disk.commit(self.now);
        self.commits.extend(place.disk.due().map(|at| (at, index)));
        match written {
            Write::Stored(ticket) => self.hand_in(index, Waiting::Stored(ticket)),
            Write::Waits => {}
            Write::Failed => self.end(index, Shown::Exited(Outcome::Failed)),
            Write::Crash => self.end(index, Shown::Killed),
        }
    }
}
