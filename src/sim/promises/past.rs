//! What has happened so far, read once from the trace, however often it is checked.

use std::collections::{BTreeMap, BTreeSet};

use super::greetings::Greetings;
use super::history::Lists;
use super::limits::Windows;
use super::reports::Fates;
use super::screens::Screens;
use super::stays_out::Goodbyes;
use super::strangers::Strangers;
use super::traffic::Traffic;
use crate::protocol::{
    Audience, ClientName, Datagram, Fact, LinkDatagram, MessageId, Packet, PacketTag, Segment,
    Session, Timestamp, VersionNotice, codec,
};
use crate::sim::roles::server;
use chatsim::scenario::ActorName;
use chatsim::stage::{Change, EntryView, EventView, Shown, Stage, Trace};

/// What has happened in a run, as far as it was read.
#[derive(Default)]
pub(super) struct Past {
    /// The number of entries of the trace that were read.
    len: usize,
    pub(super) sights: Vec<Sight>,
    /// The index of each sent datagram among the sights, by its number.
    sendings: BTreeMap<u64, usize>,
    pub(super) facts: Vec<Stated>,
    pub(super) of_message: BTreeMap<MessageId, Vec<Fact>>,
    pub(super) written: BTreeMap<MessageId, Written>,
    /// The messages and their receivers.
    pub(super) owed: BTreeSet<(MessageId, ClientName)>,
    /// The messages that were shown, and on whose screens.
    pub(super) shown: BTreeSet<(MessageId, ClientName)>,
    /// The indices in the trace at which programs ended.
    pub(super) ends: BTreeMap<ActorName, Vec<usize>>,
    /// Since when the server keeps each message, and for whom.
    pub(super) kept_at: BTreeMap<(MessageId, ClientName), Timestamp>,
    /// Since when the server runs without anything happening to its program, its clock or its disk;
    /// `None` while it is paused.
    pub(super) server_undisturbed_since: Option<Timestamp>,
    /// When the server has last received anything from each client.
    pub(super) heard_by_server: BTreeMap<ActorName, Timestamp>,
    /// When the server's clock was set last.
    pub(super) server_clock_set_at: Timestamp,
    /// The numbers of the entries of screens that were read.
    read: BTreeMap<ActorName, usize>,
    /// The screens of the clients.
    pub(super) screens: Screens,
    /// The lists of pending messages on them.
    pub(super) lists: Lists,
    /// How often users have typed `dereg`.
    pub(super) goodbyes: Goodbyes,
    /// The datagrams, as far as later ones are judged by them.
    pub(super) traffic: Traffic,
    pub(super) windows: Windows,
    pub(super) greetings: Greetings,
    pub(super) fates: Fates,
    pub(super) strangers: Strangers,
}

/// A fact that a program has stated.
#[derive(Clone, Copy)]
pub(super) struct Stated {
    /// The program.
    pub(super) actor: ActorName,
    pub(super) fact: Fact,
}

/// A message as its sender's program accepted it.
#[derive(Clone, Copy)]
pub(super) struct Written {
    pub(super) to: Audience,
    pub(super) by: ActorName,
    /// The index in the trace.
    pub(super) index: usize,
    /// When it was written, by its author's clock.
    pub(super) at: Timestamp,
    /// Its author was told that it is not delivered, or has taken it back. A datagram that is late may
    /// still bring it.
    pub(super) is_refused: bool,
}

/// The events that checkers need besides facts alone.
pub(super) enum Sight {
    /// A datagram was sent.
    Sent(Seen),
    /// A datagram arrived that was sent at this index.
    Arrived { sent: usize, by: ActorName },
    /// A program changed.
    Program(ActorName, Change),
    /// A program stated a fact.
    Fact(ActorName, Fact),
}

/// What a datagram carries.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Cargo {
    /// At most an acknowledgement.
    Nothing,
    /// A change of the register table, or the beginning of one, and perhaps more.
    Table,
    /// Something else.
    Other,
}

/// A datagram, with the parts that checkers need.
pub(super) struct Seen {
    pub(super) number: u64,
    /// When it was sent.
    pub(super) at: Timestamp,
    pub(super) from: ActorName,
    pub(super) to: Option<ActorName>,
    pub(super) len: usize,
    /// A fault has hit it.
    pub(super) is_hit: bool,
    /// A client sends this of its own accord.
    pub(super) speaks_first: bool,
    /// What it carries besides an acknowledgement.
    pub(super) cargo: Cargo,
    /// The sessions of its link; `None` if it belongs to no link.
    pub(super) source: Option<Session>,
    pub(super) destination: Option<Session>,
    /// The largest number of a segment in it.
    pub(super) last: u64,
    /// The largest number of a segment that it acknowledges.
    pub(super) acknowledged: Option<u64>,
    /// Which of the segments after the next one it acknowledges, too.
    pub(super) early: u64,
    /// The direct messages in it, and their receivers.
    pub(super) direct: Vec<(MessageId, ClientName)>,
}

impl Past {
    /// Reads the new entries.
    pub(super) fn learn(&mut self, trace: &Trace, logins: &BTreeMap<ActorName, ClientName>) {
        for EntryView { at, event, hit_by } in trace.views(self.len) {
            let index = self.len;
            self.len += 1;
            let sight = match event {
                EventView::Sent { number, from, to, bytes } => {
                    let datagram = codec::decode_datagram(bytes);
                    let seen = Seen::of(datagram.as_ref().ok(), bytes, from);
                    let seen = Seen { number, at, to, is_hit: !hit_by.is_empty(), ..seen };
                    self.on_sent(&seen, datagram.as_ref().ok().and_then(link_of));
                    Sight::Sent(seen)
                }
                EventView::Arrived { number, by } => {
                    let Some(&sent) = self.sendings.get(&number) else { continue };
                    self.on_arrived(sent, by, at);
                    Sight::Arrived { sent, by }
                }
                EventView::Program(actor, change) => {
                    self.on_change(actor, change, at, index);
                    Sight::Program(actor, change)
                }
                EventView::Fact(actor, fact) => {
                    let Some(fact) = Fact::decode(&machine::Fact::new(fact)) else { continue };
                    if let Fact::Addressed { id, to } | Fact::Kept { id, to } = fact {
                        self.kept_at.entry((id, to)).or_insert(at);
                    }
                    self.hear(actor, fact, index, logins.get(&actor).copied());
                    self.traffic.on_fact(actor, fact, at, logins);
                    self.fates.on_fact(actor, fact);
                    Sight::Fact(actor, fact)
                }
                EventView::Missed { .. } | EventView::Timer(_) => continue,
            };
            self.sights.push(sight);
        }
    }

    fn on_sent(&mut self, seen: &Seen, link: Option<&LinkDatagram<'_>>) {
        self.sendings.insert(seen.number, self.sights.len());
        self.traffic.on_sent(seen, link);
        self.windows.on_sent(seen);
        self.strangers.on_sent(seen);
        if seen.is_hit {
            self.fates.on_hit();
        }
    }

    /// A datagram has arrived that was sent at this index of the sights.
    fn on_arrived(&mut self, sent: usize, by: ActorName, at: Timestamp) {
        let Some(Sight::Sent(seen)) = self.sights.get(sent) else { return };
        if by == server() {
            self.heard_by_server.insert(seen.from, at);
        }
        self.traffic.on_arrived(seen, by, at);
        self.windows.on_arrived(seen, by);
        self.strangers.on_arrived(seen, by);
    }

    fn on_change(&mut self, actor: ActorName, change: Change, at: Timestamp, index: usize) {
        if matches!(change, Change::Ended | Change::Killed) {
            self.ends.entry(actor).or_default().push(index);
            self.screens.expect_end(actor);
        }
        if actor == server() {
            let goes_on = match change {
                Change::Paused => false,
                Change::Started | Change::Resumed => true,
                Change::Ended
                | Change::Killed
                | Change::Moved(_)
                | Change::ClockJumped(_)
                | Change::Disk(_) => self.server_undisturbed_since.is_some(),
            };
            self.server_undisturbed_since = goes_on.then_some(at);
            if matches!(change, Change::ClockJumped(_)) {
                self.server_clock_set_at = at;
            }
        }
        self.traffic.on_change(actor, change, at);
        self.strangers.on_change(actor, change);
        self.fates.on_change(actor, change);
    }

    /// Reads what the screens have shown since, after [`learn`](Self::learn).
    pub(super) fn look(&mut self, stage: &dyn Stage, logins: &BTreeMap<ActorName, ClientName>) {
        self.screens.read(stage, logins, &self.written);
        for actor in logins.keys().copied().chain([server()]) {
            let screen = stage.screen(actor);
            let start = self.read.insert(actor, screen.len()).unwrap_or_default();
            for entry in screen.iter_from(start) {
                match &entry.shown {
                    Shown::Typed(line) => self.goodbyes.take(actor, &line.text),
                    Shown::Line(line) => self.take_line(actor, &line.text, logins),
                    Shown::Started | Shown::Interrupted | Shown::Exited(_) | Shown::Killed => {}
                }
            }
        }
    }

    fn take_line(
        &mut self,
        actor: ActorName,
        line: &str,
        logins: &BTreeMap<ActorName, ClientName>,
    ) {
        let Some(&login) = logins.get(&actor) else { return };
        self.lists.take(actor, line);
        if logins.values().filter(|other| **other == login).count() > 1 {
            return;
        }
        // A program may have been registered without an answer that it could show.
        let is_first = || {
            !self.fates.is_disturbed()
                && self.facts.iter().any(|it| it.actor == actor && it.fact == Fact::Online)
        };
        self.greetings.take((actor, login), line, is_first);
    }

    /// Returns the datagram that was sent at an index of the sights.
    pub(super) fn sent(&self, place: usize) -> Option<&Seen> {
        let Sight::Sent(seen) = self.sights.get(place)? else { return None };
        Some(seen)
    }

    fn hear(&mut self, actor: ActorName, fact: Fact, index: usize, login: Option<ClientName>) {
        self.facts.push(Stated { actor, fact });
        if login.is_some() {
            self.screens.expect(actor, fact);
        }
        if let Some(id) = fact.message() {
            self.of_message.entry(id).or_default().push(fact);
        }
        match fact {
            Fact::Written { id, to, at } => {
                self.written.insert(id, Written { to, by: actor, index, at, is_refused: false });
                if let Audience::Person(to) = to {
                    self.owed.insert((id, to));
                }
            }
            Fact::Addressed { id, to } | Fact::Kept { id, to } => {
                self.owed.insert((id, to));
            }
            Fact::Refused(id) => {
                if let Some(written) = self.written.get_mut(&id) {
                    written.is_refused = true;
                }
            }
            Fact::Shown(id) => {
                self.shown.extend(login.map(|login| (id, login)));
            }
            Fact::Online
            | Fact::Offline
            | Fact::Taken(_)
            | Fact::Confirmed { .. }
            | Fact::FellBack { .. }
            | Fact::Saved { .. }
            | Fact::Accepted(_)
            | Fact::Receipted { .. }
            | Fact::Expired { .. }
            | Fact::GroupTold(_)
            | Fact::Member(_)
            | Fact::Joins(_)
            | Fact::Leaves
            | Fact::Left
            | Fact::Returns
            | Fact::Kicked(_)
            | Fact::Expelled(_) => {}
        }
    }
}

impl Seen {
    /// Sorts a datagram of an actor.
    fn of(datagram: Option<&Datagram<'_>>, bytes: &[u8], from: ActorName) -> Self {
        let seen = Self {
            number: 0,
            at: Timestamp::default(),
            cargo: Cargo::Nothing,
            from,
            to: None,
            len: bytes.len(),
            is_hit: false,
            speaks_first: true,
            source: None,
            destination: None,
            last: 0,
            acknowledged: None,
            early: 0,
            direct: Vec::new(),
        };
        match datagram {
            Some(Datagram::Link(link)) => seen.of_link(link),
            Some(Datagram::Reset { .. }) => Self { speaks_first: false, ..seen },
            None if VersionNotice::decode(bytes).is_some() => Self { speaks_first: false, ..seen },
            None => seen,
        }
    }

    fn of_link(self, link: &LinkDatagram<'_>) -> Self {
        // Bare acknowledgements are answers, and so are acknowledgements of stored messages.
        let is_answer = |segment: &Segment<'_>| segment.kind() == PacketTag::Recovered.kind();
        let is_table = |segment: &Segment<'_>| segment.kind() == PacketTag::Update.kind();
        let cargo = if link.segments.iter().any(is_table) {
            Cargo::Table
        } else if link.segments.is_empty() {
            Cargo::Nothing
        } else {
            Cargo::Other
        };
        let sends =
            |segment: &&Segment<'_>| segment.last && segment.kind() == PacketTag::Direct.kind();
        let packets = link.segments.iter().filter(sends);
        let direct = packets.filter_map(|segment| match codec::decode_packet(segment.bytes) {
            Ok(Packet::Direct { to, message }) => Some((message.text.id(message.from), to)),
            _ => None,
        });
        Self {
            speaks_first: !link.segments.iter().all(is_answer),
            cargo,
            source: Some(link.source),
            destination: link.destination,
            last: link.segments.iter().map(|segment| segment.number).max().unwrap_or_default(),
            acknowledged: link.acknowledgement.map(|acked| acked.next.saturating_sub(1)),
            early: link.acknowledgement.map_or(0, |acked| acked.early),
            direct: direct.collect(),
            ..self
        }
    }
}

/// Returns the traffic of a link, if a datagram is some.
fn link_of<'a, 'b>(datagram: &'b Datagram<'a>) -> Option<&'b LinkDatagram<'a>> {
    match datagram {
        Datagram::Link(link) => Some(link),
        Datagram::Reset { .. } => None,
    }
}
