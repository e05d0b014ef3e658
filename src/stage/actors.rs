//! The actors of a scenario, as every stage starts them.

use crate::console::{Actor, Effect, Outcome, Vocabulary};
use crate::protocol::{Address, Machine, Timestamp};
use crate::scenario::ActorName;
use crate::server::Ticket;

/// Makes an actor that has not been started: who it is, its own address, the server's, the seed
/// of the run, and the time.
pub type Factory = fn(ActorName, Address, Address, u64, Timestamp) -> Box<dyn Actor>;

/// Makes an actor of the chat; a [`Factory`].
pub fn build(
    _name: ActorName,
    _own: Address,
    _server: Address,
    _seed: u64,
    _now: Timestamp,
) -> Box<dyn Actor> {
    Box::new(Absent(None))
}

/// Stands in for an actor that does not exist yet: it ends at once.
struct Absent(Option<Effect>);

impl Machine for Absent {
    type Output = Effect;

    fn handle_datagram(&mut self, _from: Address, _bytes: &[u8], _now: Timestamp) {}

    fn handle_timeout(&mut self, _now: Timestamp) {}

    fn poll_output(&mut self) -> Option<Effect> {
        self.0.take()
    }

    fn poll_timeout(&self) -> Option<Timestamp> {
        None
    }

    fn is_busy(&self) -> bool {
        false
    }
}

impl Actor for Absent {
    fn start(&mut self, _now: Timestamp) {
        self.0 = Some(Effect::Exit(Outcome::Failed));
    }

    fn handle_line(&mut self, _line: &str, _now: Timestamp) {}

    fn handle_interrupt(&mut self, _now: Timestamp) {}

    fn handle_stored(&mut self, _ticket: Ticket, _now: Timestamp) {}

    fn prompt(&self) -> std::sync::Arc<str> {
        "".into()
    }

    fn is_answering(&self) -> bool {
        false
    }

    fn vocabulary(&self) -> Vocabulary {
        Vocabulary::default()
    }
}
