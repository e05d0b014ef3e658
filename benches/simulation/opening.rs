//! A simulated stage on which all clients are registered.

use std::path::PathBuf;

use chatapp::sim::{self, Chat, server};
use chatsim::Guest;
use chatsim::scenario::{ActorName, Scenario, Source, parse};
use chatsim::stage::simulated::Simulated;
use chatsim::stage::{Stage, TraceKeeping};

/// Returns the name of a client, counted from 0.
pub(crate) fn client(index: usize) -> ActorName {
    sim::client(format!("c{}", index + 1).parse().unwrap())
}

/// Makes a scenario of the chat with this many clients.
pub(crate) fn scenario(clients: usize) -> Scenario {
    scenario_of(&Chat, clients)
}

/// Makes a scenario with a server and this many clients.
pub(crate) fn scenario_of(guest: &'static dyn Guest, clients: usize) -> Scenario {
    let names: Vec<_> = (0..clients).map(|index| client(index).to_string()).collect();
    let names = names.join(", ");
    let text = format!("chatsim: 1\nclients: [{names}]\nsteps: [{{ start: [server] }}]\n").into();
    parse(&Source::new(PathBuf::from("opening.yaml"), text), guest).unwrap().remove(0)
}

/// Opens a stage with a server and this many registered clients, and keeps its trace from there on.
pub(crate) fn opened(clients: usize) -> Simulated {
    let mut stage = Simulated::new(&scenario(clients), 1);
    stage.start(server()).unwrap();
    for index in 0..clients {
        stage.start(client(index)).unwrap();
        stage.settle().unwrap();
    }
    stage.keep_trace(TraceKeeping::Everything);
    stage
}
