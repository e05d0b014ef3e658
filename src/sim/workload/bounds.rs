//! Small bounds: in some scenarios, programs have bounds that a few messages reach.

use std::collections::BTreeMap;

use super::generator::namesakes;
use crate::client;
use crate::server::Settings;
use crate::sim::bounds::{self, Options};
use chatsim::fuzz::Dice;
use chatsim::scenario::{Item, Script};

/// The small bounds of a server, each drawn independently.
const OF_SERVER: [(&str, &str); 9] = [
    ("mail_per_sender", "4"),
    ("mail_per_person", "6"),
    ("mail_bytes_per_person", "20KiB"),
    ("mail_bytes", "40KiB"),
    ("mail_age", "1h"),
    ("receipts", "20"),
    ("page", "3"),
    ("table", "3"),
    ("link_queue", "64KiB"),
];

/// The small bounds of a client.
const OF_CLIENT: [(&str, &str); 2] = [("outbox", "4"), ("held", "4")];

/// In one of this many scenarios there are small bounds.
const ONE_IN: u64 = 3;

/// The bounds of the programs of a scenario.
#[derive(Default)]
pub(super) struct Bounds {
    server: Options,
    /// Those of each client, by its name.
    clients: BTreeMap<String, Options>,
}

impl Bounds {
    /// Draws each bound: small, or the default. Where the queue of a link is small, the bounds of
    /// mail are not, which would keep it from becoming full.
    pub(super) fn drawn(dice: &mut Dice, people: &[String]) -> Self {
        if !dice.one_in(ONE_IN) {
            return Self::default();
        }
        let mut draw = |small: &[(&str, &str)]| -> Options {
            let drawn = small.iter().filter(|_| dice.one_in(2));
            drawn.map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
        };
        let mut server = draw(&OF_SERVER);
        if server.contains_key("link_queue") {
            server.retain(|key, _| !key.starts_with("mail_per") && !key.starts_with("mail_bytes"));
        }
        let clients = people.iter().map(|name| (name.clone(), draw(&OF_CLIENT))).collect();
        Self { server, clients }
    }

    /// Returns whether any of them is not the default.
    pub(super) fn are_small(&self) -> bool {
        !self.server.is_empty() || self.clients.values().any(|options| !options.is_empty())
    }

    /// Returns the bounds of the server.
    pub(super) fn settings(&self) -> Settings {
        bounds::of_server(&self.server)
    }

    /// Returns the bounds of a client.
    pub(super) fn of_client(&self, name: &str) -> client::Bounds {
        self.clients.get(name).map(bounds::of_client).unwrap_or_default()
    }

    /// Returns whether the server has this bound.
    pub(super) fn has(&self, key: &str) -> bool {
        self.server.contains_key(key)
    }

    /// Returns the number of short messages of one author that the server takes for a client.
    pub(super) fn mail_max(&self) -> u64 {
        let settings = self.settings();
        let least = settings.mail_per_sender_max.min(settings.mail_per_receiver_max);
        least.min(settings.receipts_max) as u64
    }

    /// Declares the actors with their bounds, and in some scenarios a second program with the name
    /// of the first client.
    pub(super) fn declare(&self, people: &[String], has_namesake: bool, script: &mut Script) {
        let traits = |options: &Options| {
            let pairs = options.iter().map(|(key, value)| (key, Item::text(value)));
            if options.is_empty() { Item::Nothing } else { Item::map(pairs) }
        };
        if !self.server.is_empty() {
            script.set("server", traits(&self.server));
        }
        let namesake = namesakes::declared(people).filter(|_| has_namesake);
        let clients = if self.clients.values().all(Options::is_empty) && namesake.is_none() {
            Item::texts(people)
        } else {
            let options = |name| self.clients.get(name).map_or(Item::Nothing, traits);
            let own = people.iter().map(|name| (name.clone(), options(name)));
            Item::map(own.chain(namesake))
        };
        script.set("clients", clients);
    }
}
