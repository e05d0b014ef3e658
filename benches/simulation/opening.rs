//! A simulated stage on which everybody is registered.

use std::path::PathBuf;

use chatapp::protocol::ClientName;
use chatapp::scenario::{ActorName, Scenario, Source, parse};
use chatapp::stage::simulated::Simulated;
use chatapp::stage::{Stage, TraceKeeping};

/// Tells the name of a client, counted from 0.
pub(crate) fn client(index: usize) -> ActorName {
    ActorName::Client(ClientName::new(&format!("c{}", index + 1)).unwrap())
}

/// Makes a scenario with so many clients.
pub(crate) fn scenario(clients: usize) -> Scenario {
    let names: Vec<_> = (0..clients).map(|index| client(index).to_string()).collect();
    let names = names.join(", ");
    let text = format!("chatsim: 1\nclients: [{names}]\nsteps: [{{ start: [server] }}]\n").into();
    parse(&Source::new(PathBuf::from("opening.yaml"), text)).unwrap().remove(0)
}

/// Opens a stage with a server and so many registered clients, and keeps its trace from there on.
pub(crate) fn opened(clients: usize) -> Simulated {
    let mut stage = Simulated::new(&scenario(clients), 1);
    stage.start(ActorName::Server).unwrap();
    for index in 0..clients {
        stage.start(client(index)).unwrap();
        stage.settle().unwrap();
    }
    stage.keep_trace(TraceKeeping::Everything);
    stage
}
