//! Helpers for the tests of checkers.

use chatsim::scenario::{ActorName, Scenario, Source};
use chatsim::stage::{Recorded, Stage};
use chatsim::{Broken, Checker as _};

use super::{ALL, ChatChecker};
use crate::protocol::Holdings;
use crate::sim;

/// Checks the promise with this name.
pub(super) fn check(promise: &str, scenario: &Scenario, stage: &dyn Stage) -> Result<(), Broken> {
    let promise = ALL.iter().find(|known| known.name == promise).unwrap();
    ChatChecker::new(&sim::Chat).check(&[*promise], scenario, stage)
}

/// Returns the actor of a client.
pub(super) fn client(name: &str) -> ActorName {
    sim::client(name.parse().unwrap())
}

/// Makes a scenario with the clients c1 and c2 that begins in 1970.
pub(super) fn scenario() -> Scenario {
    let text = "chatsim: 1\nclock: 1970-01-01T00:00:00\nclients: [c1, c2]\nsteps: [settle]\n";
    sim::parse(&Source::new("short.yaml".into(), text.into())).unwrap().remove(0)
}

/// Sets what the programs of a finished run hold.
pub(super) trait Holding {
    /// Sets what a running actor holds.
    fn holding(self, actor: ActorName, holdings: Holdings) -> Self;
}

impl Holding for Recorded {
    fn holding(self, actor: ActorName, holdings: Holdings) -> Self {
        self.with_holdings(actor, holdings.encode())
    }
}
