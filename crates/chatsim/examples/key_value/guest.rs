//! The store as a guest of chatsim.

use chatsim::fuzz::Workload;
use chatsim::machine::{self, Actor, Name};
use chatsim::{Checker, Guest, Hints, PacketKind, Part, Promise, Role};

use crate::client::Client;
use crate::fact::Fact;
use crate::packet::{self, Packet};
use crate::promises::{self, KeyValueChecker};
use crate::server::Server;

/// The index of the server's role.
pub(crate) const SERVER: usize = 0;

/// The index of the clients' role.
pub(crate) const CLIENT: usize = 1;

static ROLES: [Role; 2] = [
    Role::single("server", "server", 4000).about("Keeps the values."),
    Role::many("clients", "client", 5000).about("Put values, and get them."),
];

/// The store as a guest of chatsim.
#[derive(Debug)]
pub(crate) struct KeyValue {
    /// Whether the server has the bug that the fuzzer has to find.
    pub(crate) answers_before_storing: bool,
}

impl Guest for KeyValue {
    fn roles(&self) -> &'static [Role] {
        &ROLES
    }

    fn build(&self, part: &Part<'_>) -> Box<dyn Actor> {
        let server = part.address_of(ROLES[SERVER].key);
        match (Name::new(part.own_name), server) {
            (Ok(name), Some(server)) if !part.role.is_single => Box::new(Client::new(name, server)),
            _ => Box::new(Server::new(self.answers_before_storing)),
        }
    }

    fn packet_kinds(&self) -> &[PacketKind] {
        &packet::KINDS
    }

    fn packets(&self, datagram: &[u8]) -> Vec<PacketKind> {
        Packet::decode(datagram).map(|packet| packet.kind()).into_iter().collect()
    }

    /// Every datagram is a line of text.
    fn contents(&self, datagram: &[u8]) -> Vec<String> {
        vec![String::from_utf8_lossy(datagram).into_owned()]
    }

    fn describe_fact(&self, fact: &machine::Fact) -> String {
        String::from_utf8_lossy(fact.bytes()).into_owned()
    }

    /// Coverage distinguishes whether faults hit a client that waits for an answer.
    fn state_after(&self, fact: &machine::Fact) -> Option<&'static str> {
        match Fact::decode(fact.bytes())? {
            Fact::Stores { .. } => None,
            Fact::Asks { .. } => Some("asking"),
            Fact::Acknowledged { .. } | Fact::Reads { .. } => Some("answered"),
        }
    }

    fn promises(&self) -> &[Promise] {
        &promises::ALL
    }

    fn checker(&self) -> Box<dyn Checker> {
        Box::<KeyValueChecker>::default()
    }

    fn workload(&self) -> Option<&dyn Workload> {
        Some(self)
    }

    fn hints(&self) -> Hints {
        Hints {
            template: Some(include_str!("template.yaml")),
            unmovable: Some("clients know it by its address"),
            command: Some("cargo run -p chatsim --example key_value --"),
        }
    }
}
