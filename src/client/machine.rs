//! The client's state, and how inputs reach it.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use super::answers::Running;
use super::history::Memory;
use super::keeping::Slots;
use super::outbox::Outbox;
use super::output::Output;
use super::pending::ReceiptsDue;
use super::requests::PendingRequest;
use super::table::Table;
use super::words::{Command, CommandNumber, Ending};
use crate::delivery::{Counters, Endpoint, Event, Seen};
use crate::protocol::limits::LOOKOUT_AFTER;
use crate::protocol::sabotage::{self, Bug};
use crate::protocol::{
    Address, Audience, ClientName, Fact, GroupName, Holdings, Initiative, KeptText, Machine,
    MessageId, Packet, Request, RequestId, Row, SteadyClock, Text, Timestamp, codec,
};
use crate::records::{Arrival, Gate, Record};

/// Where the client stands with the server.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Presence {
    /// The first registration is under way.
    Joining,
    /// Registered.
    Online,
    /// Offline by choice, the person's or the server's.
    Offline,
    /// Saying good-bye.
    Leaving,
}

/// What the person waits for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Activity {
    /// The answer to a request.
    Request(RequestId),
    /// The messages to somebody are on their way.
    Deliver(Audience),
}

/// A client: everything but the terminal, the socket and the clock.
#[derive(Debug)]
pub struct Client {
    pub(super) name: ClientName,
    pub(super) server: Address,
    pub(super) endpoint: Endpoint,
    /// What the machine's own clock shows; all else is in steady time.
    pub(super) clock: SteadyClock,
    pub(super) now: Timestamp,
    pub(super) presence: Presence,
    pub(super) group: Option<GroupName>,
    pub(super) groups_heard: Vec<GroupName>,
    pub(super) table: Table,
    pub(super) activity: Option<Activity>,
    /// The command that is being answered; messages of an earlier run go out without one.
    pub(super) running: Option<Running>,
    pub(super) last_command: u64,
    pub(super) waiting: VecDeque<(CommandNumber, Command)>,
    pub(super) requests: BTreeMap<RequestId, PendingRequest>,
    pub(super) outbox: Outbox,
    /// Direct messages that wait for the end of a group visit, each with its number.
    pub(super) held: Vec<(u64, KeptText)>,
    /// What an earlier run has kept and not shown, each with its number and its slot.
    pub(super) unshown: Vec<(u64, u32, Arrival)>,
    pub(super) slots: Slots,
    /// The number of what has arrived last.
    pub(super) last_arrival: u64,
    /// Up to which number an earlier run has shown what arrived.
    pub(super) shown: u64,
    pub(super) seen: Seen,
    pub(super) receipts_seen: Seen,
    pub(super) memory: Memory,
    pub(super) receipts_due: ReceiptsDue,
    /// When to look out again for the server; runs while it is silent.
    pub(super) lookout_at: Option<Timestamp>,
    /// When it looks whether a server that is not lost was silent for long.
    pub(super) keepalive_at: Timestamp,
    /// How long it waits between this look-out and the one before.
    pub(super) lookout_wait: Duration,
    /// How the program ends, once everything is said.
    pub(super) exit: Option<Ending>,
    exited: bool,
    pub(super) last_request: u64,
    pub(super) last_message: u64,
    /// What is stored of the numbers of messages: none is higher.
    pub(super) numbered: u64,
    /// Holds back whatever the client says after a change of what it keeps.
    pub(super) gate: Gate<Output>,
    /// Notices, and what is said about them.
    pub(super) told: VecDeque<Output>,
    facts: VecDeque<Fact>,
    /// What the person has decided, which is so whether it is stored or not.
    pub(super) decisions: VecDeque<Fact>,
}

impl Client {
    /// Makes a client that is not started yet.
    pub fn new(name: ClientName, server: Address, seed: u64) -> Self {
        Self {
            name,
            server,
            endpoint: Endpoint::new(seed),
            clock: SteadyClock::default(),
            now: Timestamp::default(),
            presence: Presence::Joining,
            group: None,
            groups_heard: Vec::new(),
            table: Table::default(),
            activity: None,
            running: None,
            last_command: 0,
            waiting: VecDeque::new(),
            requests: BTreeMap::new(),
            outbox: Outbox::default(),
            held: Vec::new(),
            unshown: Vec::new(),
            slots: Slots::default(),
            last_arrival: 0,
            shown: 0,
            seen: Seen::default(),
            receipts_seen: Seen::default(),
            memory: Memory::default(),
            receipts_due: ReceiptsDue::default(),
            lookout_at: None,
            keepalive_at: Timestamp::default(),
            lookout_wait: LOOKOUT_AFTER,
            exit: None,
            exited: false,
            last_request: 0,
            last_message: 0,
            numbered: 0,
            gate: Gate::default(),
            told: VecDeque::new(),
            facts: VecDeque::new(),
            decisions: VecDeque::new(),
        }
    }

    /// Begins: registers with the server.
    pub fn start(&mut self, now: Timestamp) {
        self.now = self.clock.read(now);
        self.resume();
        self.command_request(self.connect_request(Initiative::Person));
    }

    /// Tells the group that the client is in.
    pub fn group(&self) -> Option<GroupName> {
        self.group
    }

    /// Tells the groups that the client has heard of.
    pub fn groups_heard(&self) -> &[GroupName] {
        &self.groups_heard
    }

    /// Tells all registered clients, in the order of their names.
    pub fn clients_known(&self) -> impl Iterator<Item = &Row> {
        self.table.rows()
    }

    /// Tells the datagrams that were ignored so far.
    pub fn counters(&self) -> Counters {
        self.endpoint.counters()
    }

    /// Tells whether a command waits for its answer.
    pub fn is_answering(&self) -> bool {
        let waits = self.activity.is_some()
            || !self.waiting.is_empty()
            || !self.memory.questions.is_empty()
            || self.awaits_table();
        self.exit.is_none() && waits
    }

    /// Tells whether the first register table is still on its way: until then nobody is known to
    /// whom a message could go. A silent server is not waited for.
    pub(super) fn awaits_table(&self) -> bool {
        self.presence == Presence::Online
            && self.table.version().is_none()
            && self.lookout_at.is_none()
    }

    /// Tells a fact to whoever checks.
    pub(super) fn state(&mut self, fact: Fact) {
        self.facts.push_back(fact);
    }

    /// Names a message of this client.
    pub(super) fn own(&self, number: u64) -> MessageId {
        MessageId { from: self.name, number }
    }

    /// Tells what the client holds.
    pub fn holdings(&self) -> Holdings {
        let held = self.held.iter().map(|(_, message)| message.id());
        let about_to = |is_such: fn(Fact) -> bool| {
            self.gate.held().filter_map(move |output| output.message(is_such))
        };
        let outbox = self.outbox.waiting().map(|(to, text)| (self.own(text.number), to));
        Holdings {
            table: self.table.rows().copied().collect(),
            is_online: self.presence == Presence::Online,
            outbox: outbox.collect(),
            untold: about_to(Fact::settles).collect(),
            unshown: held.chain(about_to(|fact| matches!(fact, Fact::Shown(_)))).collect(),
            members: self.group.map(|group| (self.name, group)).into_iter().collect(),
            ..Holdings::default()
        }
    }

    /// Names a request. Like messages, requests are numbered by the time, over restarts too.
    pub(super) fn next_request_id(&mut self) -> RequestId {
        self.last_request = self.now.as_micros().max(self.last_request + 1);
        RequestId(self.last_request)
    }

    /// Makes a message of now.
    pub(super) fn text_of_now(&mut self, body: String) -> Text {
        Text { number: self.next_message(), at: self.clock.shown(self.now), body }
    }

    /// Makes a message of now and keeps it until it is delivered.
    pub(super) fn compose(&mut self, body: String, to: Audience) {
        let text = self.text_of_now(body);
        let number = text.number;
        self.put(Record::Outgoing { to, text: text.clone() });
        self.state(Fact::Written { id: self.own(number), to });
        self.outbox.push(to, text);
    }

    pub(super) fn connect_request(&self, initiative: Initiative) -> Request {
        Request::Connect { name: self.name, known: self.table.version(), initiative }
    }

    /// Takes everything that the links have to tell.
    fn take_events(&mut self) {
        while let Some((from, event)) = self.endpoint.poll_event() {
            match event {
                Event::Received(bytes) => match codec::decode_packet(&bytes) {
                    Ok(packet) => self.on_packet(from, packet),
                    Err(_) => self.endpoint.count_malformed(),
                },
                Event::Acknowledged(parcel) if from == self.server => self.on_taken(parcel),
                Event::Retried(parcel, n) if from == self.server => self.on_retried(parcel, n),
                Event::Expired(_) if from == self.server => self.on_server_silent(),
                Event::Lost(_) if from == self.server => self.on_server_restarted(),
                Event::Acknowledged(parcel) => self.on_peer_acknowledged(parcel),
                Event::Expired(parcel) => self.on_peer_silent(parcel),
                Event::Lost(parcels) => self.on_peer_restarted(&parcels),
                Event::Retried(..) => {}
            }
        }
    }

    fn on_packet(&mut self, from: Address, packet: Packet) {
        match packet {
            Packet::Direct { to, message }
                if to == self.name || sabotage::has(Bug::ShowsWhatIsForOthers) =>
            {
                self.on_direct(message);
            }
            // Its receiver was here before: unacknowledged, it goes to the server.
            Packet::Direct { .. } => self.endpoint.refuse(from),
            packet if from == self.server => self.on_server_packet(packet),
            _ => self.endpoint.count_malformed(),
        }
    }

    /// Gives the next thing to do that depends on no change that is not stored.
    fn next_passing(&mut self) -> Option<Output> {
        while let Some(output) = self.next_output() {
            if let Some(output) = self.gate.pass(output) {
                return Some(output);
            }
        }
        None
    }

    fn next_output(&mut self) -> Option<Output> {
        if let Some(fact) = self.facts.pop_front() {
            return Some(Output::Fact(fact));
        }
        if let Some(Output::Shown { slot, .. }) = self.told.front()
            && self.gate.is_open()
        {
            self.slots.free(*slot);
        }
        if let Some(told) = self.told.pop_front() {
            return Some(told);
        }
        if let Some((to, bytes)) = self.endpoint.poll_datagram() {
            return Some(Output::Transmit { to, bytes });
        }
        self.exit.filter(|_| !std::mem::replace(&mut self.exited, true)).map(Output::Exit)
    }
}

impl Machine for Client {
    type Output = Output;

    fn handle_datagram(&mut self, from: Address, bytes: &[u8], now: Timestamp) {
        self.now = self.clock.read(now);
        // Who is offline by choice takes nothing from peers: the server keeps it instead.
        if from == self.server || self.presence == Presence::Online {
            self.endpoint.handle_datagram(from, bytes, self.now);
        }
        self.take_events();
        self.proceed();
    }

    fn handle_timeout(&mut self, now: Timestamp) {
        self.now = self.clock.read(now);
        self.endpoint.handle_timeout(self.now);
        self.take_events();
        self.expire_answers();
        self.look_out();
        self.keep_alive();
        self.proceed();
    }

    fn poll_output(&mut self) -> Option<Output> {
        if let Some(fact) = self.decisions.pop_front() {
            return Some(Output::Fact(fact));
        }
        if let Some((ticket, changes)) = self.gate.poll_batch() {
            return Some(Output::Store { ticket, changes });
        }
        if self.gate.is_open() {
            return self.next_output();
        }
        let output = self.gate.release().or_else(|| self.next_passing());
        if let Some(Output::Shown { slot, .. }) = output {
            self.slots.free(slot);
        }
        output
    }

    fn poll_timeout(&self) -> Option<Timestamp> {
        if self.exit.is_some() {
            return None;
        }
        let answers = self.requests.values().map(|pending| pending.answer_until);
        let own = [self.lookout_at, self.keepalive_at(), self.room_again_at()];
        let timers = answers.chain(own).fold(self.endpoint.poll_timeout(), Timestamp::earlier);
        timers.map(|at| self.clock.shown(at))
    }

    fn is_busy(&self) -> bool {
        self.exit.is_none()
            && (self.is_answering()
                || self.gate.is_holding()
                || (self.lookout_at.is_none() && self.endpoint.is_any_pending()))
    }
}
