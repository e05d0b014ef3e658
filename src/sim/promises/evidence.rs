//! The evidence of checkers: the trace, sorted by its subjects.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Deref;

use super::past::{Past, Written};
use crate::client;
use crate::protocol::{
    Address, ClientName, Datagram, Fact, Fate, GroupName, Holdings, LinkDatagram, MessageId,
    Packet, Receipt, Text, Timestamp, codec,
};
use crate::records::{Arrival, ClientRecord, ServerRecord};
use crate::server::Settings;
use crate::sim::bounds;
use crate::sim::roles::{CLIENT, server};
use chatsim::Guest;
use chatsim::scenario::{ActorName, Declaration, Scenario};
use chatsim::stage::{Stage, Trace, TraceEntry, TraceEvent};
use machine::Records;

/// The maximum number of lines of a message's journey in a report.
const WAY_LINES_MAX: usize = 24;

/// The maximum length of a text in a report, in characters.
const TEXT_CHARS_MAX: usize = 40;

/// The contents of a disk.
#[derive(Default)]
pub(super) struct Kept {
    /// Messages of its program's user, not delivered yet.
    outgoing: BTreeSet<MessageId>,
    /// Messages of others, which its program has to show.
    incoming: BTreeSet<MessageId>,
    /// Messages of others, for others.
    mail: BTreeSet<(MessageId, ClientName)>,
    /// Failed messages, of which the sender is still to be notified, with their receivers.
    refusals: BTreeSet<(MessageId, ClientName)>,
    /// The registered clients, the groups, and their members.
    pub(super) names: BTreeSet<ClientName>,
    pub(super) groups: BTreeSet<GroupName>,
    pub(super) members: BTreeMap<ClientName, GroupName>,
}

impl Kept {
    fn by_server(records: &Records) -> Self {
        let mut kept = Self::default();
        for record in records.iter().filter_map(|(_, value)| ServerRecord::decode(value).ok()) {
            match record {
                ServerRecord::Client { name, .. } => drop(kept.names.insert(name)),
                ServerRecord::Group { group, .. } => drop(kept.groups.insert(group)),
                ServerRecord::Member { client, group, .. } => {
                    kept.members.insert(client, group);
                }
                ServerRecord::Mail { to, text, .. } => drop(kept.mail.insert((text.id(), to))),
                ServerRecord::Receipt { to, receipt, .. } => {
                    if receipt.fate != Fate::Delivered {
                        let id = MessageId { from: to, number: receipt.number };
                        kept.refusals.insert((id, receipt.by));
                    }
                }
                ServerRecord::Handled { .. } | ServerRecord::Kicked(_) => {}
            }
        }
        kept
    }

    fn by_client(login: ClientName, records: &Records) -> Self {
        let mut kept = Self::default();
        for record in records.iter().filter_map(|(_, value)| ClientRecord::decode(value).ok()) {
            match record {
                ClientRecord::Outgoing { text, .. } => drop(kept.outgoing.insert(text.id(login))),
                ClientRecord::Incoming { arrival: Arrival::Message { message, .. }, .. }
                | ClientRecord::Held { message, .. } => drop(kept.incoming.insert(message.id())),
                ClientRecord::Incoming { arrival: Arrival::Receipt(_), .. }
                | ClientRecord::Numbered(_)
                | ClientRecord::Shown(_)
                | ClientRecord::Seen { .. }
                | ClientRecord::Receipted { .. }
                | ClientRecord::Awaited { .. }
                | ClientRecord::Muted(_)
                | ClientRecord::Said(_) => {}
            }
        }
        kept
    }
}

/// Everything that is known about a run so far.
pub(super) struct Evidence<'a> {
    trace: &'a Trace,
    began: Timestamp,
    pub(super) stage: &'a dyn Stage,
    /// The name under which each client's program registers.
    logins: BTreeMap<ActorName, ClientName>,
    past: &'a Past,
    /// The state of the running programs that can be asked.
    pub(super) holdings: BTreeMap<ActorName, Holdings>,
    /// The disks of programs that do not run, if they can be read.
    kept: BTreeMap<ActorName, Kept>,
    pub(super) running: BTreeSet<ActorName>,
    /// The bounds of the server.
    pub(super) settings: Settings,
    /// The bounds of the clients.
    pub(super) clients: BTreeMap<ActorName, client::Bounds>,
    /// The current time of the stage.
    pub(super) now: Timestamp,
    /// Where programs are reached, if the stage knows it.
    pub(super) addresses: BTreeMap<ActorName, Address>,
}

impl Deref for Evidence<'_> {
    type Target = Past;

    fn deref(&self) -> &Past {
        self.past
    }
}

impl<'a> Evidence<'a> {
    /// Gathers what the stage has recorded after the end of the past, and the state of its
    /// programs.
    pub(super) fn gather(past: &'a mut Past, scenario: &Scenario, stage: &'a dyn Stage) -> Self {
        let clients = clients_of(scenario);
        let login =
            |it: &Declaration| Some((it.name, ClientName::new(scenario.own_name(&it.name)).ok()?));
        let logins: BTreeMap<_, _> = clients.filter_map(login).collect();
        past.learn(stage.trace(), &logins);
        past.look(stage, &logins);
        let actors = || logins.keys().copied().chain([server()]);
        let holdings =
            actors().filter_map(|actor| Some((actor, Holdings::decode(&stage.holdings(actor)?)?)));
        let down = actors().filter(|actor| !stage.is_running(*actor));
        let kept = down.filter_map(|actor| {
            let stored = stage.stored(actor)?;
            let kept = match logins.get(&actor) {
                Some(login) => Kept::by_client(*login, stored),
                None => Kept::by_server(stored),
            };
            Some((actor, kept))
        });
        Self {
            past,
            kept: kept.collect(),
            trace: stage.trace(),
            began: scenario.clock,
            settings: scenario
                .declaration(server())
                .map(|server| bounds::of_server(&server.options))
                .unwrap_or_default(),
            clients: clients_of(scenario)
                .map(|client| (client.name, bounds::of_client(&client.options)))
                .collect(),
            now: stage.now(),
            stage,
            holdings: holdings.collect(),
            running: actors().filter(|actor| stage.is_running(*actor)).collect(),
            addresses: actors().filter_map(|it| Some((it, stage.address(it)?))).collect(),
            logins,
        }
    }

    /// Returns the name under which an actor's program registers; the server has none.
    pub(super) fn login(&self, actor: ActorName) -> Option<ClientName> {
        self.logins.get(&actor).copied()
    }

    /// Returns all clients, with the names under which they register.
    pub(super) fn clients(&self) -> impl Iterator<Item = (ActorName, ClientName)> {
        self.logins.iter().map(|(actor, login)| (*actor, *login))
    }

    /// Returns the actors whose programs register under a name.
    pub(super) fn actors_of(&self, login: ClientName) -> impl Iterator<Item = ActorName> {
        self.logins.iter().filter(move |(_, name)| **name == login).map(|(actor, _)| *actor)
    }

    /// Returns whether a screen of this name has shown a message.
    pub(super) fn is_shown(&self, id: MessageId, to: ClientName) -> bool {
        self.shown.contains(&(id, to))
    }

    /// Returns whether any program has stated such a fact about a message.
    pub(super) fn is_stated(&self, id: MessageId, is_it: impl Fn(Fact) -> bool) -> bool {
        self.of_message.get(&id).is_some_and(|facts| facts.iter().any(|fact| is_it(*fact)))
    }

    /// Returns the state of the server, if it can be asked.
    pub(super) fn server(&self) -> Option<&Holdings> {
        self.holdings.get(&server())
    }

    /// Returns the server's disk while the server is down, if it can be read.
    pub(super) fn kept_by_server(&self) -> Option<&Kept> {
        self.kept.get(&server())
    }

    /// Returns whether the program that accepted a message from its sender is still running.
    pub(super) fn author_goes_on(&self, written: &Written) -> bool {
        let mut ends = self.ends.get(&written.by).into_iter().flatten();
        self.running.contains(&written.by) && !ends.any(|end| *end > written.index)
    }

    /// Returns whether a message is still at its sender: according to its program, or to its disk
    /// while it is down; `true` if neither can be asked.
    pub(super) fn is_with_author(&self, id: MessageId) -> bool {
        let Some(Written { by, .. }) = self.written.get(&id) else {
            return false;
        };
        if !self.running.contains(by) {
            return self.kept.get(by).is_none_or(|kept| kept.outgoing.contains(&id));
        }
        let holdings = self.holdings.get(by);
        holdings.is_none_or(|Holdings { outbox, unreported, .. }| {
            unreported.contains(&id) || outbox.iter().any(|(held, _)| *held == id)
        })
    }

    /// Returns whether a message is at a program of its receiver that has yet to show it, in the
    /// same way. A program that is down and never took it does not have it.
    pub(super) fn is_with_receiver(&self, id: MessageId, to: ClientName) -> bool {
        self.actors_of(to).any(|actor| {
            if !self.running.contains(&actor) {
                return self.kept.get(&actor).is_some_and(|kept| kept.incoming.contains(&id));
            }
            let holdings = self.holdings.get(&actor);
            holdings.is_none_or(|holdings| holdings.unshown.contains(&id))
        })
    }

    /// Returns whether the server stores a message for a client, in the same way.
    pub(super) fn is_at_server(&self, id: MessageId, to: ClientName) -> bool {
        match (self.server(), self.kept.get(&server())) {
            (Some(server), _) => server.mailboxes.contains(&(to, id)),
            (None, Some(kept)) => kept.mail.contains(&(id, to)),
            // Everything that it had to deliver counts as stored.
            (None, None) => self.is_stated(id, |fact| {
                fact == Fact::Kept { id, to } || fact == Fact::Addressed { id, to }
            }),
        }
    }

    /// Returns whether the server will notify the sender that a message is not delivered.
    pub(super) fn is_refusal_waiting(&self, id: MessageId, to: ClientName) -> bool {
        let waits = |receipts: &[(ClientName, Receipt)]| {
            receipts.iter().any(|(author, receipt)| {
                receipt.fate != Fate::Delivered
                    && (*author, receipt.number, receipt.by) == (id.from, id.number, to)
            })
        };
        match (self.server(), self.kept.get(&server())) {
            (Some(server), _) => waits(&server.receipts),
            (None, Some(kept)) => kept.refusals.contains(&(id, to)),
            (None, None) => false,
        }
    }

    /// Returns a message by its text, if the text was seen in a datagram.
    pub(super) fn name(&self, id: MessageId) -> String {
        let mut sent = self.trace.iter().flat_map(|entry| self.messages_in(&entry.event));
        let text = sent.find(|(of, _)| *of == id).map(|(_, body)| body);
        match text {
            Some(text) if text.chars().count() > TEXT_CHARS_MAX => {
                let start: String = text.chars().take(TEXT_CHARS_MAX).collect();
                format!("`{start}...` from {}", id.from)
            }
            Some(text) => format!("`{text}` from {}", id.from),
            None => format!("message {id}"),
        }
    }

    /// Returns the messages that a datagram carries; none if the event is not a datagram.
    fn messages_in(&self, event: &TraceEvent) -> Vec<(MessageId, String)> {
        let TraceEvent::Sent { from, bytes, .. } = event else {
            return Vec::new();
        };
        let author = self.login(*from);
        packets(bytes).into_iter().flat_map(|packet| texts(packet, author)).collect()
    }

    /// Returns a message's journey, a line for each event, as `guest` describes it.
    pub(super) fn way(&self, id: MessageId, guest: &dyn Guest) -> Vec<String> {
        let mut carriers = BTreeSet::new();
        let mut lines = Vec::new();
        for TraceEntry { at, event } in self.trace {
            let is_part = match &event {
                TraceEvent::Fact(_, fact) => message_of(fact) == Some(id),
                TraceEvent::Sent { number, .. } => {
                    let is_on_board = self.messages_in(&event).iter().any(|(of, _)| *of == id);
                    is_on_board && carriers.insert(*number)
                }
                TraceEvent::Arrived { number, .. } | TraceEvent::Missed { number } => {
                    carriers.contains(number)
                }
                TraceEvent::Program(..) => !lines.is_empty(),
                TraceEvent::Timer(_) => false,
            };
            if is_part {
                let after = at.since(self.began).as_secs_f64();
                lines.push(format!("{after:>12.6} s  {}", event.describe(guest)));
            }
        }
        let more = lines.len().saturating_sub(WAY_LINES_MAX);
        if more > 0 {
            lines.drain(WAY_LINES_MAX / 2..WAY_LINES_MAX / 2 + more);
            lines.insert(WAY_LINES_MAX / 2, format!("               ... {more} more"));
        }
        lines
    }
}

fn clients_of(scenario: &Scenario) -> impl Iterator<Item = &Declaration> {
    scenario.actors.iter().filter(|it| it.name.role() == CLIENT)
}

/// Returns the message that an encoded fact is about.
fn message_of(fact: &machine::Fact) -> Option<MessageId> {
    Fact::decode(fact)?.message()
}

/// Returns the packets of a datagram, except those that come in several segments.
fn packets(bytes: &[u8]) -> Vec<Packet> {
    let Ok(Datagram::Link(LinkDatagram { segments, .. })) = codec::decode_datagram(bytes) else {
        return Vec::new();
    };
    let whole = segments.iter().filter(|segment| segment.last);
    whole.filter_map(|segment| codec::decode_packet(segment.bytes).ok()).collect()
}

/// Returns the messages of a packet that `author` sends; a request does not name its author.
fn texts(packet: Packet, author: Option<ClientName>) -> Vec<(MessageId, String)> {
    let entry = |from: ClientName, text: Text| (text.id(from), text.body);
    match packet {
        Packet::Direct { message, .. } | Packet::Relay(message) => {
            vec![entry(message.from, message.text)]
        }
        Packet::Group(group) => vec![entry(group.from, group.text)],
        Packet::Recover(page) => {
            page.texts.into_iter().map(|kept| entry(kept.from, kept.text)).collect()
        }
        Packet::Request(_, request) => {
            let text = request.text().cloned().zip(author);
            text.map(|(text, author)| entry(author, text)).into_iter().collect()
        }
        Packet::Answer(..)
        | Packet::Update(_)
        | Packet::Probe
        | Packet::Recovered(_)
        | Packet::Receipt(_)
        | Packet::TableTooLarge(_)
        | Packet::Kicked
        | Packet::Closing => Vec::new(),
    }
}
