//! Who plays: the declared clients, their ports, and how names in steps are bound to them.

use std::collections::BTreeMap;

use super::model::{ActorName, ClientDeclaration};
use super::steps::{Verb, verbs};
use crate::protocol::ClientName;
use crate::yaml::{Entry, Findings, Mistake, Node, Value, expected, offer, quoted};

/// The name of the server in every scenario.
const SERVER: &str = "server";

/// Ports that a scenario may ask for: those below belong to the system.
pub(super) const PORT_MIN: u16 = 1024;

/// What is said about an actor.
#[derive(Clone, Copy, Default)]
struct Traits {
    port: Option<u16>,
    login: Option<ClientName>,
}

/// The actors of a scenario.
#[derive(Default)]
pub(super) struct Cast {
    pub(super) server_port: Option<u16>,
    pub(super) clients: Vec<ClientDeclaration>,
    /// All declared names, also those that are refused, so that their use is no second mistake.
    declared: BTreeMap<String, Option<ClientName>>,
    ports: BTreeMap<u16, String>,
    /// The declarations are unreadable: nothing is known about names.
    unreadable: bool,
}

impl Cast {
    /// Makes the cast of a scenario that was read.
    pub(super) fn of(clients: &[ClientDeclaration]) -> Self {
        let declared = |client: &ClientDeclaration| (client.name.to_string(), Some(client.name));
        let declared = clients.iter().map(declared).collect();
        Self { clients: clients.to_vec(), declared, ..Self::default() }
    }

    /// Reads `server: { port: 2475 }`.
    pub(super) fn declare_server(&mut self, node: &Node, findings: &mut Findings) {
        self.server_port = self.traits_of(SERVER, &["port"], node, findings).port;
    }

    /// Reads `clients: [c1, c2]` or `clients: { c1: { port: 2927 }, c2: }`.
    pub(super) fn declare_clients(&mut self, node: &Node, findings: &mut Findings) {
        match &node.value {
            Value::Null => {}
            Value::Sequence(names) => {
                for node in names {
                    if let Value::Scalar(name) = &node.value {
                        self.declare(name, node, Traits::default(), findings);
                    } else {
                        let help = "clients with ports are a mapping: `{ c1: { port: 2927 } }`";
                        findings.add(expected("the name of a client", node).with_help(help));
                    }
                }
            }
            Value::Mapping(_) => {
                for entry in findings.entries(node, "clients").unwrap_or_default() {
                    let traits =
                        self.traits_of(entry.name, &["port", "login"], entry.value, findings);
                    self.declare(entry.name, entry.key, traits, findings);
                }
            }
            Value::Scalar(text) => {
                self.unreadable = true;
                let help = format!("did you mean {}?", quoted(&format!("[{text}]")));
                findings.add(expected("a list of clients", node).with_help(help));
            }
        }
    }

    fn declare(&mut self, text: &str, node: &Node, traits: Traits, findings: &mut Findings) {
        if self.declared.contains_key(text) {
            let message = format!("the client {} is declared twice", quoted(text));
            findings.add(Mistake::new(node.place, message));
            return;
        }
        let name = findings.check(client_name(text, node));
        if let Some(name) = name {
            let Traits { port, login } = traits;
            let login = login.unwrap_or(name);
            self.clients.push(ClientDeclaration { name, login, port });
        }
        self.declared.insert(text.to_owned(), name);
    }

    /// Lets a client of an included file be played by one that is declared; `None` for a name
    /// that was refused.
    pub(super) fn assign(
        &mut self,
        text: &str,
        node: &Node,
        player: Option<ActorName>,
        findings: &mut Findings,
    ) {
        self.declare(text, node, Traits::default(), findings);
        match player {
            Some(ActorName::Client(name)) => {
                self.declared.insert(text.to_owned(), Some(name));
            }
            Some(ActorName::Server) => {
                let message = format!("the server cannot play the client {}", quoted(text));
                findings.add(Mistake::new(node.place, message));
            }
            None => {
                self.declared.insert(text.to_owned(), None);
            }
        }
    }

    /// Finds the actor of a name that is known.
    pub(super) fn named(&self, text: &str) -> Option<ActorName> {
        self.declared.get(text).copied().flatten().map(ActorName::Client)
    }

    /// Reads what may be said about an actor: nothing, or some of the `allowed` keys.
    fn traits_of(
        &mut self,
        owner: &str,
        allowed: &[&str],
        node: &Node,
        findings: &mut Findings,
    ) -> Traits {
        let mut traits = Traits::default();
        if node.value == Value::Null {
            return traits;
        }
        for entry in findings.entries(node, "a mapping like `{ port: 2475 }`").unwrap_or_default() {
            match entry.name {
                "port" => traits.port = self.port(owner, entry, findings),
                "login" if allowed.contains(&"login") => traits.login = login(entry, findings),
                _ => findings.unknown_key(entry, allowed),
            }
        }
        traits
    }

    fn port(&mut self, owner: &str, entry: Entry<'_>, findings: &mut Findings) -> Option<u16> {
        let place = entry.value.place;
        let port = port(entry.value, findings)?;
        if let Some(other) = self.ports.insert(port, owner.to_owned()) {
            let message = format!("the port {port} belongs to {} already", quoted(&other));
            findings.add(Mistake::new(place, message));
        }
        Some(port)
    }

    /// Reads the name of an actor, or a list of them, at least one.
    pub(super) fn actors(&self, node: &Node, findings: &mut Findings) -> Vec<ActorName> {
        if node.items().is_empty() {
            findings.add(Mistake::new(node.place, "the list names no actor"));
        }
        let mut actors = Vec::new();
        for node in node.items() {
            let text = findings.text(node, "the name of an actor or a list of names");
            actors.extend(text.and_then(|text| self.actor(text, node, findings)));
        }
        actors
    }

    /// Finds the actor of this name.
    pub(super) fn actor(
        &self,
        text: &str,
        node: &Node,
        findings: &mut Findings,
    ) -> Option<ActorName> {
        if text == SERVER {
            return Some(ActorName::Server);
        }
        if !self.knows(text) {
            let message = format!("unknown actor {}", quoted(text));
            let known: Vec<&str> = std::iter::once(SERVER).chain(self.names()).collect();
            findings
                .add(Mistake::new(node.place, message).with_help(offer("actors", text, &known)));
        }
        let name = self.declared.get(text).copied().flatten();
        name.map(ActorName::Client)
    }

    /// Tells whether the use of a name can be right, as far as the declarations are readable.
    pub(super) fn knows(&self, text: &str) -> bool {
        self.unreadable || text == SERVER || self.declared.contains_key(text)
    }

    /// Tells the names of the clients.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.clients.iter().map(|client| client.name.as_str())
    }
}

/// Tells the names that no client has, since they mean something else where names stand.
pub(super) fn taken_names() -> impl Iterator<Item = &'static str> {
    [SERVER, "within", "for"].into_iter().chain(verbs())
}

/// Reads a port.
pub(super) fn port(node: &Node, findings: &mut Findings) -> Option<u16> {
    let text = findings.text(node, "a port")?;
    let port = text.parse().ok().filter(|port| *port >= PORT_MIN);
    if port.is_none() {
        let message = format!("{} is no port", quoted(text));
        let help = format!("a port is a whole number from {PORT_MIN} to {}", u16::MAX);
        findings.add(Mistake::new(node.place, message).with_help(help));
    }
    port
}

/// Reads the name under which a client registers.
fn login(entry: Entry<'_>, findings: &mut Findings) -> Option<ClientName> {
    let text = findings.text(entry.value, "the name under which the client registers")?;
    let name = ClientName::new(text).map_err(|error| {
        let message = format!("nobody can register as {}: {error}", quoted(text));
        Mistake::new(entry.value.place, message)
    });
    findings.check(name)
}

fn client_name(text: &str, node: &Node) -> Result<ClientName, Mistake> {
    let refused = |why: &str| {
        let message = format!("a client cannot be called {}: {why}", quoted(text));
        Err(Mistake::new(node.place, message))
    };
    match text {
        SERVER => refused("that is the server"),
        "within" | "for" => refused("that is a key of `expect` and `never`"),
        _ if Verb::named(text).is_some() => refused("that is a verb"),
        _ => ClientName::new(text).or_else(|error| refused(&error.to_string())),
    }
}
