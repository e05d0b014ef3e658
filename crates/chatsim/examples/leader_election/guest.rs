//! The nodes as a guest of chatsim.

use chatsim::fuzz::Workload;
use chatsim::machine::{self, Actor};
use chatsim::{Checker, Guest, Hints, PacketKind, Part, Promise, Role};

use crate::fact::{Fact, What};
use crate::node::{Node, Peers};
use crate::packet::{self, Packet};
use crate::promises::{self, ElectionChecker};

/// Nodes know each other by their addresses.
static ROLES: [Role; 1] = [Role { can_move: false, ..Role::many("nodes", "node", 7000) }
    .about("All nodes of the cluster, which are equal.")];

/// The nodes as a guest of chatsim.
#[derive(Debug)]
pub(crate) struct Election {
    /// Whether nodes have the bug that the fuzzer has to find.
    pub(crate) votes_before_storing: bool,
}

impl Guest for Election {
    fn roles(&self) -> &'static [Role] {
        &ROLES
    }

    fn build(&self, part: &Part<'_>) -> Box<dyn Actor> {
        let others = part.addresses.iter().filter(|(name, _)| **name != part.name);
        let others = others.map(|(name, address)| (*address, name.name())).collect();
        let peers = Peers { own_name: part.name.name(), others };
        Box::new(Node::new(peers, part.seed, self.votes_before_storing))
    }

    fn packet_kinds(&self) -> &[PacketKind] {
        &packet::KINDS
    }

    fn packets(&self, datagram: &[u8]) -> Vec<PacketKind> {
        let packet = Packet::decode(datagram);
        packet.map(|packet| packet.kind.packet_kind()).into_iter().collect()
    }

    /// Every datagram is a line of text.
    fn contents(&self, datagram: &[u8]) -> Vec<String> {
        vec![String::from_utf8_lossy(datagram).into_owned()]
    }

    fn describe_fact(&self, fact: &machine::Fact) -> String {
        String::from_utf8_lossy(fact.bytes()).into_owned()
    }

    fn state_after(&self, fact: &machine::Fact) -> Option<&'static str> {
        match Fact::decode(fact.bytes())?.what {
            What::Stands => Some("candidate"),
            What::Votes(_) => None,
            What::Leads => Some("leader"),
            What::Follows(_) => Some("follower"),
        }
    }

    fn promises(&self) -> &[Promise] {
        &promises::ALL
    }

    fn checker(&self) -> Box<dyn Checker> {
        Box::<ElectionChecker>::default()
    }

    fn workload(&self) -> Option<&dyn Workload> {
        Some(self)
    }

    fn hints(&self) -> Hints {
        Hints {
            template: Some(include_str!("template.yaml")),
            unmovable: Some("nodes know each other by their addresses"),
            command: Some("cargo run -p chatsim --example leader_election --"),
        }
    }
}
