//! A small guest for tests: a server that echoes datagrams, and clients that ask it.

use std::time::Duration;

use driver::fake::Fake;
use machine::{Actor, Name};

use crate::fuzz::{Healing, Workload, healing_begins};
use crate::scenario::{self, ActorName, Item, Mistakes, Scenario, Script, Source};
use crate::stage::Line;
use crate::{Guest, PacketKind, Part, Promise, Role};

/// The guest.
#[derive(Debug)]
pub(crate) struct Fakes;

static ROLES: [Role; 2] =
    [Role::single("server", "server", 2475), Role::many("clients", "client", 2927)];

const KINDS: [PacketKind; 3] =
    [PacketKind::new("text"), PacketKind::probe("probe"), PacketKind::acknowledgement("ack")];

/// A promise that always holds, since it is not checked.
pub(crate) const ANSWERED: Promise = Promise::always("answered", "every question is answered");

impl Guest for Fakes {
    fn roles(&self) -> &'static [Role] {
        &ROLES
    }

    fn build(&self, part: &Part<'_>) -> Box<dyn Actor> {
        let server = part.address_of("server").filter(|_| !part.role.is_single);
        Box::new(Fake::new(server, Duration::from_millis(500)))
    }

    fn packet_kinds(&self) -> &[PacketKind] {
        &KINDS
    }

    fn packets(&self, datagram: &[u8]) -> Vec<PacketKind> {
        vec![match datagram {
            b"probe" => KINDS[1],
            b"ack" => KINDS[2],
            _ => KINDS[0],
        }]
    }

    fn promises(&self) -> &[Promise] {
        &[ANSWERED]
    }

    fn line_of_row(&self, row: &str) -> Line {
        let (prompt, text) = row.split_at(if row.starts_with(">>> ") { 4 } else { 0 });
        Line::new(prompt.into(), text.to_owned())
    }

    fn workload(&self) -> Option<&dyn Workload> {
        Some(self)
    }
}

impl Workload for Fakes {
    fn scenario(&self, seed: u64) -> Script {
        let mut script = Script::default();
        script.set("chatsim", Item::text("1"));
        script.set("clients", Item::texts(["c1"]));
        script.set("seed", Item::text(seed.to_string()));
        script.set("lenient", Item::text("true"));
        script.steps = vec![
            Item::step("start", Item::texts(["server", "c1"])),
            Item::step(
                "fault",
                Item::map([("drop", Item::text("c1 -> server")), ("nth", Item::text("1"))]),
            ),
            Item::step("c1", Item::text(format!("hello {seed}"))),
        ];
        script.steps.extend(self.healing(&["c1".to_owned()]));
        script
    }

    fn healing(&self, actors: &[String]) -> Vec<Item> {
        let all = ["server".to_owned()].into_iter().chain(actors.iter().cloned());
        vec![
            healing_begins(),
            Item::text("heal"),
            Item::step("start", Item::texts(all)),
            Item::step("check", Item::text("all")),
        ]
    }

    fn may_omit(&self, healing: &Healing<'_>, _line: &str) -> bool {
        healing.comes_again()
    }
}

/// Returns the name of the server.
pub(crate) fn server() -> ActorName {
    ActorName::new(0, Name::new("server").unwrap())
}

/// Returns the name of a client.
pub(crate) fn client(name: &str) -> ActorName {
    ActorName::new(1, Name::new(name).unwrap())
}

/// Parses a scenario of the guest.
pub(crate) fn parse(source: &Source) -> Result<Vec<Scenario>, Mistakes> {
    scenario::parse(source, &Fakes)
}
