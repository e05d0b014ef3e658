//! The client: it owns the components, hands inputs to them, and turns what they return into
//! effects.
//!
//! The files of this module are parts of one router, which call each other as one thing leads to
//! another: `commands` has what a user asks, `answers` what the server answers to requests,
//! `arrivals` what others send that is not an answer, `delivery` the client's own messages on their
//! way, and `invariants` what has to hold between the components.

mod answers;
mod arrivals;
mod commands;
mod delivery;
mod invariants;

use std::num::NonZeroUsize;

use super::bounds::Bounds;
use super::commands::Commands;
use super::effects::Effects;
use super::history::History;
use super::inbox::{Arrived, Inbox};
use super::membership::Membership;
use super::numbers::Numbers;
use super::outbox::Outbox;
use super::output::Output;
use super::server_link::ServerLink;
use super::table::Table;
use super::words::{Ending, Notice};
use crate::delivery::{Counters, Endpoint, Event};
use crate::protocol::sabotage::{self, Bug};
use crate::protocol::{
    Address, Audience, ClientName, Fact, GroupName, Holdings, Initiative, KeptText, Machine,
    MessageId, Packet, Request, RequestId, Row, SteadyClock, Timestamp, codec,
};
use crate::records::{ClientRecord, Ticket};

/// A client: everything but the terminal, the socket and the clock.
#[derive(Debug)]
pub struct Client {
    name: ClientName,
    /// What the machine's own clock shows; everything else is in steady time.
    clock: SteadyClock,
    now: Timestamp,
    endpoint: Endpoint,
    server: ServerLink,
    table: Table,
    membership: Membership,
    commands: Commands,
    /// What has to end before the next command begins.
    activity: Option<Activity>,
    inbox: Inbox,
    outbox: Outbox,
    history: History,
    numbers: Numbers,
    effects: Effects,
}

/// What commands wait for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Activity {
    /// The answer to a request.
    Request(RequestId),
    /// The messages to an audience are being delivered.
    Deliver(Audience),
}

impl Client {
    /// Makes a client that is not started. The seed makes its sessions hard to guess.
    pub fn new(name: ClientName, server: Address, seed: u64) -> Self {
        Self {
            name,
            clock: SteadyClock::default(),
            now: Timestamp::default(),
            endpoint: Endpoint::new(seed),
            server: ServerLink::new(server),
            table: Table::default(),
            membership: Membership::default(),
            commands: Commands::default(),
            activity: None,
            inbox: Inbox::default(),
            outbox: Outbox::default(),
            history: History::new(name),
            numbers: Numbers::default(),
            effects: Effects::default(),
        }
    }

    /// Sets the bounds. Call it before [`restore`](Self::restore).
    #[must_use]
    pub fn with(mut self, bounds: Bounds) -> Self {
        self.inbox.set_bounds(bounds);
        self.outbox.set_bounds(bounds);
        self
    }

    /// Keeps no history.
    #[must_use]
    pub fn without_history(mut self) -> Self {
        self.history.switch_off();
        self
    }

    /// Keeps only the latest messages of the history, and removes older ones from storage.
    #[must_use]
    pub fn with_history_limit(mut self, limit: NonZeroUsize) -> Self {
        self.history.limit(limit);
        self
    }

    /// Restores a record that an earlier session has stored. Call it before [`start`](Self::start),
    /// in the order of the records' keys.
    pub fn restore(&mut self, record: ClientRecord) {
        match record {
            ClientRecord::Outgoing { to, text } => self.outbox.restore(to, text),
            ClientRecord::Numbered(_) if sabotage::has(Bug::NumbersBeginAgain) => {}
            ClientRecord::Numbered(last) => {
                self.numbers.restore(last);
                self.server.restore(last);
            }
            ClientRecord::Shown(number) => self.inbox.restore_shown(number),
            ClientRecord::Held { number, message } => self.inbox.restore_held(number, message),
            ClientRecord::Incoming { slot, number, arrival } => {
                self.inbox.restore_arrival(Arrived { number, slot, arrival });
            }
            ClientRecord::Seen { place, id } => self.inbox.restore_seen(place, id),
            ClientRecord::Receipted { place, id } => self.inbox.restore_receipted(place, id),
            ClientRecord::Awaited { to, text } => self.outbox.restore_awaited(to, text),
            ClientRecord::Muted(name) => self.inbox.restore_muted(name),
            ClientRecord::Said(entry) => {
                self.numbers.note_entry(entry.number);
                self.history.restore(entry.number);
                if entry.from == self.name {
                    self.outbox.restore_fate(entry.with, entry.number, entry.state);
                }
            }
        }
    }

    /// Starts: continues where an earlier session has ended, and registers with the server.
    pub fn start(&mut self, now: Timestamp) {
        self.now = self.clock.read(now);
        self.resume();
        self.command_request(self.connect_request(Initiative::Person));
    }

    fn resume(&mut self) {
        self.numbers.resume(self.now, &mut self.effects);
        // The earlier session may have ended after these were stored and before it stated so.
        for message in self.inbox.held() {
            self.effects.state(Fact::Taken(message.id()));
        }
        for (to, text) in self.outbox.waiting() {
            self.effects.state(Fact::Written { id: text.id(self.name), to, at: text.at });
        }
        let waiting = self.outbox.waiting().count();
        let unshown = self.inbox.take_unshown();
        if !unshown.is_empty() {
            self.tell(Notice::Recalling);
        }
        for arrived in unshown {
            self.present(arrived);
        }
        if waiting > 0 {
            self.tell(Notice::Resuming(waiting));
        }
    }

    /// Learns that a batch of changes, and all before it, are stored.
    pub fn handle_stored(&mut self, ticket: Ticket, now: Timestamp) {
        self.now = self.clock.read(now);
        self.effects.stored(ticket);
    }

    /// Returns the group that the client is in.
    pub fn group(&self) -> Option<GroupName> {
        self.membership.group()
    }

    /// Returns the groups that the client knows.
    pub fn groups_heard(&self) -> &[GroupName] {
        self.membership.heard()
    }

    /// Returns all registered clients, in the order of their names.
    pub fn clients_known(&self) -> impl Iterator<Item = &Row> {
        self.table.rows()
    }

    /// Returns the number of direct messages that wait for the end of a group visit.
    pub fn waiting(&self) -> usize {
        self.inbox.held().len()
    }

    /// Returns what was ignored and repeated so far.
    pub fn counters(&self) -> Counters {
        self.endpoint.counters()
    }

    /// Returns whether a command waits for its answer.
    pub fn is_answering(&self) -> bool {
        let waits = self.activity.is_some() || self.commands.is_waiting() || self.awaits_table();
        !self.effects.is_ending() && waits
    }

    /// Returns whether the first register table is still on its way: until then it is not known
    /// where a message could be sent. A silent server is not waited for.
    fn awaits_table(&self) -> bool {
        self.server.is_reachable() && self.table.version().is_none()
    }

    /// Returns what the client holds.
    pub fn holdings(&self) -> Holdings {
        let held: Vec<_> = self.inbox.held().map(KeptText::id).collect();
        let is_shown = |fact| matches!(fact, Fact::Shown(_));
        let outbox = self.outbox.waiting().map(|(to, text)| (text.id(self.name), to));
        let next = self.outbox.fronts().map(|(to, text)| (to, text.body.len() as u64));
        Holdings {
            table: self.table.rows().copied().collect(),
            is_online: self.server.is_online(),
            outbox: outbox.collect(),
            unreported: self.effects.held_messages(Fact::settles).collect(),
            unshown: held.iter().copied().chain(self.effects.held_messages(is_shown)).collect(),
            held,
            next_bytes: next.collect(),
            is_excerpt: self.table.is_excerpt(),
            members: self.group().map(|group| (self.name, group)).into_iter().collect(),
            ..Holdings::default()
        }
    }

    /// Returns the id of a message of this client.
    fn own(&self, number: u64) -> MessageId {
        MessageId { from: self.name, number }
    }

    fn state(&mut self, fact: Fact) {
        self.effects.state(fact);
    }

    fn tell(&mut self, notice: Notice) {
        let answers = self.commands.note(notice.bearing());
        self.effects.emit(Output::Notice { group: self.membership.group(), notice, answers });
    }

    /// Shows a notice that has nothing to do with the command that is being answered.
    fn tell_unrelated(&mut self, notice: Notice) {
        let group = self.membership.group();
        self.effects.emit(Output::Notice { group, notice, answers: None });
    }

    fn connect_request(&self, initiative: Initiative) -> Request {
        Request::Connect { name: self.name, known: self.table.version(), initiative }
    }

    /// Sends a request whose answer commands wait for.
    fn command_request(&mut self, request: Request) {
        let id = self.request(request);
        self.activity = Some(Activity::Request(id));
    }

    fn request(&mut self, request: Request) -> RequestId {
        if let Request::JoinGroup(group) = request {
            self.state(Fact::Joins(group));
        } else if request.is_return() {
            self.state(Fact::Returns);
        } else if request == Request::LeaveGroup {
            self.state(Fact::Leaves);
        }
        self.server.request(request, &mut self.endpoint, self.now)
    }

    /// Ends the program after everything else has left; no command is answered any more.
    fn end(&mut self, ending: Ending) {
        if ending.is_ok() {
            self.finish();
        }
        self.abandon_commands();
        while let Some(done) = self.commands.abandon_next_query() {
            self.effects.emit(done);
        }
        self.effects.end(ending);
    }

    fn take_events(&mut self) {
        while let Some((from, event)) = self.endpoint.poll_event() {
            if let Event::Received(bytes) = event {
                match codec::decode_packet(&bytes) {
                    Ok(packet) => self.on_packet(from, packet),
                    Err(_) => self.endpoint.count_malformed(),
                }
            } else if from == self.server.address() {
                self.on_server_event(&event);
            } else {
                self.on_peer_event(&event);
            }
        }
    }

    fn on_packet(&mut self, from: Address, packet: Packet) {
        if let Packet::Direct { to, message } = packet {
            if to == self.name || sabotage::has(Bug::ShowsWhatIsForOthers) {
                self.on_direct(message);
            } else {
                // Its receiver had this address before: unacknowledged, it goes to the server.
                self.endpoint.refuse(from);
            }
        } else if from == self.server.address() {
            self.on_server_packet(packet);
        } else {
            self.endpoint.count_malformed();
        }
    }
}

impl Machine for Client {
    type Output = Output;

    fn handle_datagram(&mut self, from: Address, bytes: &[u8], now: Timestamp) {
        self.now = self.clock.read(now);
        // A client that is offline accepts nothing from peers: the server keeps it instead.
        if from == self.server.address() || self.server.is_online() {
            self.endpoint.handle_datagram(from, bytes, self.now);
        }
        self.take_events();
        self.proceed();
    }

    fn handle_timeout(&mut self, now: Timestamp) {
        self.now = self.clock.read(now);
        self.endpoint.handle_timeout(self.now);
        self.take_events();
        if self.server.is_overdue(self.now) {
            self.on_server_silent();
        }
        let connect = self.connect_request(Initiative::Program);
        self.server.try_to_reconnect(connect, &mut self.endpoint, self.now);
        let is_table_known = self.table.version().is_some();
        if self.server.keep_alive(is_table_known, &mut self.endpoint, self.now).is_err() {
            self.on_server_silent();
        }
        self.proceed();
    }

    fn poll_output(&mut self) -> Option<Output> {
        let output = self.effects.poll(&mut self.endpoint);
        if let Some(Output::Shown { slot, .. }) = output {
            self.inbox.shown(slot);
        }
        output
    }

    fn poll_timeout(&self) -> Option<Timestamp> {
        if self.effects.is_ending() {
            return None;
        }
        let own = [self.server.poll_timeout(), self.room_again_at()];
        let timers = own.into_iter().fold(self.endpoint.poll_timeout(), Timestamp::earlier);
        timers.map(|at| self.clock.shown(at))
    }

    fn is_busy(&self) -> bool {
        let is_sending = !self.server.is_reconnecting() && self.endpoint.is_any_pending();
        !self.effects.is_ending()
            && (self.is_answering() || self.effects.is_holding() || is_sending)
    }
}
