//! Invariants between two inputs.

use super::{Activity, Client};
use crate::client::requests::Purpose;
use crate::protocol::Audience;
use crate::protocol::Timestamp;
use crate::protocol::sabotage::{self, Bug};

impl Client {
    /// Asserts what must hold after each input. It is for simulations and tests: it takes time that
    /// grows with what the client holds.
    ///
    /// Each component asserts what it alone holds. Between them:
    ///
    /// - **Everything that commands wait for is under way**, or they would wait for ever: the
    ///   request of an activity has no answer so far, and of a delivery the next message is on its
    ///   way directly or with the server.
    /// - **Nothing else is under way**: an answer would be shown to a command that has not asked,
    ///   and a message could overtake the one before it. Only a client that leaves may have a
    ///   message on its way as well.
    /// - **Nothing waits for nothing**: if there is nothing to wait for, no command is unfinished,
    ///   and no message that could be delivered waits.
    /// - **What the server is asked to deliver is the next message** of its queue, or its answer
    ///   would settle the wrong one.
    /// - **Numbers are given once**: those of all messages whose fate is not known were given in
    ///   this session or an earlier one.
    /// - **Messages are held back for a reason**: the client is in a group, or it is not known yet
    ///   whether an earlier session was.
    /// - **A slot of storage is taken until its arrival was shown**, and marked so.
    ///
    /// Nothing is asserted of a client that is about to end, which only has its last outputs left,
    /// nor of one with a deliberate bug, which is judged by promises.
    pub fn assert_invariants(&self) {
        if self.effects.is_ending() || Bug::ALL.iter().any(|bug| sabotage::has(*bug)) {
            return;
        }
        self.server.assert_invariants(&self.endpoint);
        self.table.assert_invariants();
        self.membership.assert_invariants();
        self.commands.assert_invariants();
        self.inbox.assert_invariants(self.effects.slots_to_mark());
        self.outbox.assert_invariants(&self.endpoint);
        self.numbers.assert_invariants();
        self.effects.assert_invariants();
        self.assert_activity();
        self.assert_idle();
        self.assert_messages();
    }

    fn assert_activity(&self) {
        let requests = self.server.requests();
        let direct = self.outbox.attempted().map(Audience::Person);
        let deliveries = || requests.deliveries().map(|(to, _)| to);
        match self.activity {
            Some(Activity::Request(id)) => {
                assert!(requests.contains(id), "commands wait for {id:?}, which is not asked");
            }
            Some(Activity::Deliver(to)) => {
                let under_way = direct.into_iter().chain(deliveries()).filter(|at| *at == to);
                assert!(under_way.count() == 1, "commands wait for one message to {to}");
            }
            None => {}
        }
        if self.server.is_leaving() {
            return;
        }
        let expected = match self.activity {
            Some(Activity::Deliver(_)) if direct.is_some() => (1, 0),
            Some(Activity::Deliver(_) | Activity::Request(_)) => (0, 1),
            None => (0, 0),
        };
        let found = (usize::from(direct.is_some()), requests.count(Purpose::Command));
        assert!(found == expected, "{:?}: {found:?} under way, not {expected:?}", self.activity);
    }

    fn assert_idle(&self) {
        if self.is_idle() {
            assert!(!self.commands.is_running(), "a command waits for nothing");
            // Those for whom the server had no room have a time at which they are tried again.
            let to = self.outbox.next_recipient(Timestamp::default());
            let to = to.filter(|_| self.server.is_reachable());
            assert!(to.is_none(), "a message to {to:?} waits for nothing");
        }
    }

    fn assert_messages(&self) {
        for (to, text) in self.server.requests().deliveries() {
            let next = self.outbox.front(to).map(|next| next.number);
            assert!(next == Some(text.number), "{} is not the next message to {to}", text.number);
        }
        for number in self.outbox.numbers() {
            assert!(self.numbers.is_given(number), "message {number} may be numbered once more");
        }
        let has_reason = self.group().is_some() || self.server.is_joining();
        let held = self.inbox.held().len();
        assert!(has_reason || held == 0, "{held} messages are held back outside of a group");
    }
}
