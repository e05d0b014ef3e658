//! What a scenario says about the actors of the stage.

use std::collections::BTreeMap;

use crate::scenario::{ActorName, Scenario};

/// Tells the ports that a scenario fixes.
pub(super) fn fixed_ports(scenario: &Scenario) -> BTreeMap<ActorName, u16> {
    let server = scenario.server_port.map(|port| (ActorName::Server, port));
    let clients = scenario.clients.iter().filter_map(|client| {
        let port = client.port?;
        Some((ActorName::Client(client.name), port))
    });
    server.into_iter().chain(clients).collect()
}

/// Tells the names under which clients register.
pub(super) fn logins(scenario: &Scenario) -> BTreeMap<ActorName, ActorName> {
    let client = |name, login| (ActorName::Client(name), ActorName::Client(login));
    scenario.clients.iter().map(|declared| client(declared.name, declared.login)).collect()
}
