//! The cast: the declared actors, their ports, and how names in steps are bound to them.

use std::collections::BTreeMap;

use machine::{Name, NameError};
use placed_yaml::{Entry, Findings, Mistake, Node, Place, Value, expected, offer, quoted};

use super::model::{ActorName, Declaration};
use super::verb::{Verb, verbs};
use crate::{BadValue, Guest, Role};

/// The ports that a scenario may ask for: those below belong to the system.
pub(super) const PORT_MIN: u16 = 1024;

/// Keys that are used beside the names of actors.
const BESIDE_NAMES: [&str; 2] = ["within", "for"];

/// A place where an actor is named, and its role.
#[derive(Clone, Copy)]
pub(super) struct Mention<'a> {
    /// The index of its role.
    pub(super) role: usize,
    /// Its name.
    pub(super) text: &'a str,
    /// The place of the name.
    pub(super) place: Place,
}

/// The settings of an actor.
#[derive(Clone, Default)]
struct Traits {
    port: Option<u16>,
    options: BTreeMap<String, String>,
}

/// The actors of a scenario.
pub(super) struct Cast {
    guest: &'static dyn Guest,
    actors: Vec<Declaration>,
    /// All declared names, including refused ones, so that using one is not reported again.
    declared: BTreeMap<String, Option<ActorName>>,
    ports: BTreeMap<u16, String>,
    /// The names that the programs of the including file use.
    own_names: BTreeMap<ActorName, String>,
    /// The declarations are unreadable: nothing is known about names.
    unreadable: bool,
}

impl Cast {
    /// Starts with the actors that take part in every scenario.
    pub(super) fn new(guest: &'static dyn Guest) -> Self {
        let mut cast = Self {
            guest,
            actors: Vec::new(),
            declared: BTreeMap::new(),
            ports: BTreeMap::new(),
            own_names: BTreeMap::new(),
            unreadable: false,
        };
        for (role, name) in singles(guest) {
            cast.add(ActorName::new(role, name), Traits::default());
        }
        cast
    }

    /// Starts with the actors that take part in every scenario, for a file that one with this cast
    /// includes.
    pub(super) fn included_by(including: &Self) -> Self {
        let own_names = including.declared.values().flatten();
        let own_names = own_names.map(|actor| (*actor, including.own_name(*actor)));
        Self { own_names: own_names.collect(), ..Self::new(including.guest) }
    }

    /// Returns the names of an included file with the names that the programs of those who stand in
    /// for them use.
    pub(super) fn stand_ins(&self) -> impl Iterator<Item = (String, String)> {
        let is_single = |actor: ActorName| {
            self.guest.roles().get(actor.role()).is_none_or(|role| role.is_single)
        };
        let actors = self.declared.iter().filter_map(|(name, actor)| Some((name, (*actor)?)));
        let stand_ins = actors.filter(move |(_, actor)| !is_single(*actor));
        stand_ins.map(|(name, actor)| (name.clone(), self.own_name(actor)))
    }

    /// Returns the name that an actor's program uses.
    fn own_name(&self, actor: ActorName) -> String {
        if let Some(name) = self.own_names.get(&actor) {
            return name.clone();
        }
        let declared = self.actors.iter().find(|declared| declared.name == actor);
        declared.map_or_else(|| actor.to_string(), |it| it.own_name(self.guest).to_owned())
    }

    /// Makes the cast of a parsed scenario.
    pub(super) fn of(guest: &'static dyn Guest, actors: &[Declaration]) -> Self {
        let mut cast = Self::new(guest);
        cast.actors = actors.to_vec();
        let declared = actors.iter().map(|it| (it.name.to_string(), Some(it.name)));
        cast.declared = declared.collect();
        cast
    }

    /// Returns the guest of the actors.
    pub(super) fn guest(&self) -> &'static dyn Guest {
        self.guest
    }

    /// Returns the declared actors, role by role.
    pub(super) fn into_actors(mut self) -> Vec<Declaration> {
        self.actors.sort_by_key(|actor| actor.name.role());
        self.actors
    }

    fn add(&mut self, name: ActorName, Traits { port, options }: Traits) {
        self.actors.push(Declaration { name, port, options });
        self.declared.insert(name.to_string(), Some(name));
    }

    /// Reads the value under the key of a role.
    pub(super) fn declare(&mut self, role: usize, node: &Node, findings: &mut Findings) {
        let Some(declared) = self.guest.roles().get(role) else { return };
        if declared.is_single {
            let Traits { port, options } = self.traits_of(declared.key, declared, node, findings);
            let single = self.actors.iter_mut().find(|actor| actor.name.role() == role);
            if let Some(single) = single {
                (single.port, single.options) = (port, options);
            }
        } else {
            self.declare_many(role, declared, node, findings);
        }
    }

    /// Reads `clients: [c1, c2]` or `clients: { c1: { port: 2927 }, c2: }`.
    fn declare_many(
        &mut self,
        role: usize,
        declared: &'static Role,
        node: &Node,
        findings: &mut Findings,
    ) {
        let Role { key, title, first_port, .. } = declared;
        match &node.value {
            Value::Null => {}
            Value::Sequence(names) => {
                for node in names {
                    if let Value::Scalar(name) = &node.value {
                        let mention = Mention { role, text: name, place: node.place };
                        self.declare_one(mention, Traits::default(), findings);
                    } else {
                        let help = format!(
                            "{key} with ports are a mapping: `{{ c1: {{ port: {first_port} }} }}`"
                        );
                        let what = format!("the name of a {title}");
                        findings.add(expected(&what, node).with_help(help));
                    }
                }
            }
            Value::Mapping(_) => {
                for entry in findings.entries(node, key).unwrap_or_default() {
                    let traits = self.traits_of(entry.name, declared, entry.value, findings);
                    let place = entry.key.place;
                    let mention = Mention { role, text: entry.name, place };
                    self.declare_one(mention, traits, findings);
                }
            }
            Value::Scalar(text) => {
                self.unreadable = true;
                let help = format!("did you mean {}?", quoted(&format!("[{text}]")));
                findings.add(expected(&format!("a list of {key}"), node).with_help(help));
            }
        }
    }

    /// Declares an actor, and returns whether its name was accepted.
    fn declare_one(
        &mut self,
        mention: Mention<'_>,
        traits: Traits,
        findings: &mut Findings,
    ) -> bool {
        let Mention { role, text, place } = mention;
        let title = self.guest.roles().get(role).map_or("actor", |role| role.title);
        // The actors that always take part are refused by their names.
        let is_single = singles(self.guest).any(|(_, name)| name.as_str() == text);
        if self.declared.contains_key(text) && !is_single {
            let message = format!("the {title} {} is declared twice", quoted(text));
            findings.add(Mistake::new(place, message));
            return false;
        }
        match findings.check(self.actor_name(mention)) {
            Some(name) => {
                self.add(name, traits);
                return true;
            }
            None if is_single => {}
            None => drop(self.declared.insert(text.to_owned(), None)),
        }
        false
    }

    fn actor_name(&self, mention: Mention<'_>) -> Result<ActorName, Mistake> {
        let Mention { role, text, place } = mention;
        let title = self.guest.roles().get(role).map_or("actor", |role| role.title);
        let refused = |why: &str| {
            let message = format!("a {title} cannot be called {}: {why}", quoted(text));
            Err(Mistake::new(place, message))
        };
        if let Some((role, _)) = singles(self.guest).find(|(_, name)| name.as_str() == text) {
            let title = self.guest.roles().get(role).map_or("actor", |role| role.title);
            return refused(&format!("that is the {title}"));
        }
        if BESIDE_NAMES.contains(&text) {
            return refused("that is a key of `expect` and `never`");
        }
        if Verb::named(text).is_some() {
            return refused("that is a verb");
        }
        let name = Name::new(text).map(|name| ActorName::new(role, name));
        name.or_else(|error: NameError| refused(&error.to_string()))
    }

    /// Binds an actor of an included file to a declared one; `None` for a name that was refused.
    pub(super) fn assign(
        &mut self,
        mention: Mention<'_>,
        actor: Option<ActorName>,
        findings: &mut Findings,
    ) {
        let Mention { role, text, place } = mention;
        let is_declared = self.declare_one(mention, Traits::default(), findings);
        match actor {
            Some(actor) if is_declared && actor.role() != role => {
                let title = |role: usize| self.guest.roles().get(role).map_or("", |it| it.title);
                let (actual, wanted) = (title(actor.role()), title(role));
                let message =
                    format!("the {actual} cannot stand in for the {wanted} {}", quoted(text));
                findings.add(Mistake::new(place, message));
            }
            actor => drop(self.declared.insert(text.to_owned(), actor)),
        }
    }

    /// Returns the actor of a known name.
    pub(super) fn named(&self, text: &str) -> Option<ActorName> {
        self.declared.get(text).copied().flatten()
    }

    /// Reads the settings of an actor: nothing, a port, or options of its role.
    fn traits_of(
        &mut self,
        owner: &str,
        role: &'static Role,
        node: &Node,
        findings: &mut Findings,
    ) -> Traits {
        let mut traits = Traits::default();
        if node.value == Value::Null {
            return traits;
        }
        let options = role.options.iter().map(|option| option.key);
        let allowed: Vec<_> = std::iter::once("port").chain(options).collect();
        let what = format!("a mapping like `{{ port: {} }}`", role.first_port);
        for entry in findings.entries(node, &what).unwrap_or_default() {
            if entry.name == "port" {
                traits.port = self.port(owner, entry, findings);
            } else if let Some(option) = role.options.iter().find(|it| it.key == entry.name) {
                let text = findings.text(entry.value, option.what);
                let checked = text.map(|text| {
                    let refused = |BadValue { problem, help }| {
                        let mistake = Mistake::new(entry.value.place, problem);
                        if let Some(help) = help { mistake.with_help(help) } else { mistake }
                    };
                    (option.check)(text).map(|()| text).map_err(refused)
                });
                let text = checked.and_then(|checked| findings.check(checked));
                traits.options.extend(text.map(|text| (option.key.to_owned(), text.to_owned())));
            } else {
                findings.unknown_key(entry, &allowed);
            }
        }
        traits
    }

    fn port(&mut self, owner: &str, entry: Entry<'_>, findings: &mut Findings) -> Option<u16> {
        let place = entry.value.place;
        let port = port(entry.value, findings)?;
        if let Some(other) = self.ports.insert(port, owner.to_owned()) {
            let message = format!("the port {port} is already used by {}", quoted(&other));
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

    /// Returns the actor of this name.
    pub(super) fn actor(
        &self,
        text: &str,
        node: &Node,
        findings: &mut Findings,
    ) -> Option<ActorName> {
        if !self.knows(text) {
            let message = format!("unknown actor {}", quoted(text));
            let known: Vec<&str> = self.names().collect();
            findings
                .add(Mistake::new(node.place, message).with_help(offer("actors", text, &known)));
        }
        self.named(text)
    }

    /// Returns whether a name may be used, as far as the declarations are readable.
    pub(super) fn knows(&self, text: &str) -> bool {
        self.unreadable || self.declared.contains_key(text)
    }

    /// Returns the names of all actors.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.actors.iter().map(|actor| actor.name.as_str())
    }

    /// Returns the names of the actors that the scenario declares.
    pub(super) fn names_of_many(&self) -> impl Iterator<Item = &str> {
        let roles = self.guest.roles();
        let is_many =
            |actor: &&Declaration| roles.get(actor.name.role()).is_none_or(|role| !role.is_single);
        self.actors.iter().filter(is_many).map(|actor| actor.name.as_str())
    }

    /// Returns what messages call an actor that the scenario declares: `client`, or `actor` if
    /// there are several roles.
    pub(super) fn title(&self) -> &'static str {
        title(self.guest)
    }
}

/// Returns what messages call an actor that scenarios of a guest declare.
pub(super) fn title(guest: &dyn Guest) -> &'static str {
    let mut many = guest.roles().iter().filter(|role| !role.is_single);
    match (many.next(), many.next()) {
        (Some(role), None) => role.title,
        _ => "actor",
    }
}

/// Returns the roles with a single actor, by index, with the name of that actor.
fn singles(guest: &dyn Guest) -> impl Iterator<Item = (usize, Name)> + use<> {
    let roles = guest.roles().iter().enumerate().filter(|(_, role)| role.is_single);
    roles.filter_map(|(index, role)| Some((index, Name::new(role.key).ok()?)))
}

/// Returns the keys of the roles whose actors scenarios declare.
pub(crate) fn keys_of_many(guest: &dyn Guest) -> impl Iterator<Item = &'static str> + use<> {
    guest.roles().iter().filter(|role| !role.is_single).map(|role| role.key)
}

/// Returns the names that cannot be declared, since they have another meaning where names are used.
pub(super) fn taken_names(guest: &dyn Guest) -> impl Iterator<Item = &'static str> + use<> {
    let singles = guest.roles().iter().filter(|role| role.is_single).map(|role| role.key);
    singles.chain(BESIDE_NAMES).chain(verbs())
}

/// Reads a port.
pub(super) fn port(node: &Node, findings: &mut Findings) -> Option<u16> {
    let text = findings.text(node, "a port")?;
    let port = text.parse().ok().filter(|port| *port >= PORT_MIN);
    if port.is_none() {
        let message = format!("{} is not a port", quoted(text));
        let help = format!("a port is a whole number from {PORT_MIN} to {}", u16::MAX);
        findings.add(Mistake::new(node.place, message).with_help(help));
    }
    port
}
