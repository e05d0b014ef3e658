//! The effects of a program, in an order in which no other program learns of anything that is not
//! stored yet.

use std::collections::VecDeque;

use chatsim::machine::{Change, Effect, Ticket};

/// The effects of a program that stores before it speaks.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    written: Ticket,
    stored: Ticket,
    /// Effects that wait until everything up to a ticket is stored; tickets never decrease.
    waiting: VecDeque<(Ticket, Effect)>,
    effects: VecDeque<Effect>,
}

impl Journal {
    /// Stores changes, all of them or none.
    pub(crate) fn store(&mut self, changes: Vec<Change>) {
        self.written.0 += 1;
        self.effects.push_back(Effect::Store { ticket: self.written, changes });
    }

    /// Asks for an effect at once.
    pub(crate) fn at_once(&mut self, effect: Effect) {
        self.effects.push_back(effect);
    }

    /// Asks for an effect as soon as everything written so far is stored.
    pub(crate) fn once_stored(&mut self, effect: Effect) {
        if self.is_stored() {
            self.effects.push_back(effect);
        } else {
            self.waiting.push_back((self.written, effect));
        }
    }

    /// Returns whether everything written so far is stored.
    pub(crate) fn is_stored(&self) -> bool {
        self.stored == self.written
    }

    /// Records that everything up to a ticket is stored.
    pub(crate) fn handle_stored(&mut self, ticket: Ticket) {
        self.stored = ticket;
        while let Some((_, effect)) = self.waiting.pop_front_if(|(until, _)| *until <= ticket) {
            self.effects.push_back(effect);
        }
    }

    /// Returns the next effect.
    pub(crate) fn poll(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    /// Checks that tickets are in order.
    ///
    /// # Panics
    ///
    /// They are not.
    pub(crate) fn assert_invariants(&self) {
        assert!(self.stored <= self.written, "only what was written can be stored");
        let is_due = |(until, _): &(Ticket, Effect)| *until <= self.stored;
        assert!(!self.waiting.iter().any(is_due), "what is stored holds nothing back");
        let tickets = self.waiting.iter().map(|(until, _)| *until);
        assert!(tickets.is_sorted(), "effects keep their order");
    }
}
