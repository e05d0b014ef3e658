//! The server's state, and how inputs reach it.

use std::collections::{BTreeMap, VecDeque};

use super::gate::{Gate, Held, Ticket};
use super::groups::Groups;
use super::mail::Mailbox;
use super::record::Record;
use super::register::Registration;
use super::table::RegisterTable;
use super::words::Notice;
use crate::delivery::{Counters, Endpoint, Event, Pace, ParcelId, Seen};
use crate::protocol::limits::CLIENT_PATIENCE;
use crate::protocol::{
    Address, Answer, ClientName, Fact, Holdings, KeptText, Machine, Packet, Receipt, Request,
    RequestId, SteadyClock, TableVersion, Text, Timestamp, codec,
};

/// What the server asks its driver to do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Output {
    /// Send a datagram.
    Transmit {
        /// To whom.
        to: Address,
        /// Its bytes.
        bytes: Vec<u8>,
    },
    /// Store a record, then call [`Server::handle_stored`].
    Store {
        /// Names this request.
        ticket: Ticket,
        /// What to store.
        record: Record,
    },
    /// Tell the operator something.
    Notice(Notice),
    /// Tell whoever checks.
    Fact(Fact),
}

/// A packet to a client, and what its acknowledgement means.
#[derive(Debug)]
pub(super) struct Posting {
    to: Address,
    packet: Vec<u8>,
    pace: Pace,
    awaited: Option<Awaited>,
}

/// Who asks something of the server.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Caller {
    pub(super) name: ClientName,
    pub(super) address: Address,
    pub(super) request: RequestId,
}

/// What the server learns when a client takes a packet, or does not.
#[derive(Debug)]
pub(super) enum Awaited {
    /// Whether the holder of a name is alive that a newcomer wants.
    Holder { name: ClientName, newcomer: Address, request: RequestId, known: Option<TableVersion> },
    /// Whether the receiver of a message, which its sender could not reach, is there.
    Relay { to: ClientName, caller: Caller, text: Text },
    /// Whether a group member is there.
    Group { member: ClientName, text: KeptText },
    /// Whether an author has a receipt.
    Receipt { to: ClientName, receipt: Receipt },
    /// That more changes of the register table may follow.
    Update { to: ClientName },
    /// That a departing client has the good-bye.
    Farewell,
}

/// A server: everything but the screen, the socket, the clock and the database.
#[derive(Debug)]
pub struct Server {
    pub(super) endpoint: Endpoint,
    /// What the machine's own clock shows; all else is in steady time.
    pub(super) clock: SteadyClock,
    pub(super) now: Timestamp,
    pub(super) clients: BTreeMap<ClientName, Registration>,
    pub(super) by_address: BTreeMap<Address, ClientName>,
    pub(super) table: RegisterTable,
    pub(super) groups: Groups,
    pub(super) mail: BTreeMap<ClientName, Mailbox>,
    /// Messages that were given to this server for keeping.
    pub(super) kept: Seen,
    /// When the gathered changes of the register table are told.
    pub(super) tell_at: Option<Timestamp>,
    /// Whether everybody who was there learns that the table has become too large to be told.
    pub(super) is_untold: bool,
    pub(super) gate: Gate,
    awaited: BTreeMap<Address, BTreeMap<ParcelId, Awaited>>,
    notices: VecDeque<Notice>,
    facts: VecDeque<Fact>,
}

impl Server {
    /// Makes a server that starts at `now` and keeps nothing yet.
    pub fn new(seed: u64, now: Timestamp) -> Self {
        Self {
            endpoint: Endpoint::new(seed),
            clock: SteadyClock::default(),
            now,
            clients: BTreeMap::new(),
            by_address: BTreeMap::new(),
            table: RegisterTable::new(now.as_micros()),
            groups: Groups::default(),
            mail: BTreeMap::new(),
            kept: Seen::default(),
            tell_at: None,
            is_untold: false,
            gate: Gate::default(),
            awaited: BTreeMap::new(),
            notices: VecDeque::new(),
            facts: VecDeque::new(),
        }
    }

    /// Tells the whole register table to everybody only while it has at most so many rows;
    /// without this, [`TABLE_ROWS_TOLD_MAX`](crate::protocol::limits::TABLE_ROWS_TOLD_MAX).
    #[must_use]
    pub fn telling_at_most(mut self, rows: usize) -> Self {
        self.table.tell_at_most(rows);
        self
    }

    /// Takes what an earlier run has stored.
    pub fn restore(&mut self, records: impl IntoIterator<Item = Record>) {
        for record in records {
            self.apply(&record);
        }
    }

    /// Learns that the record of `ticket`, and all before it, are stored.
    pub fn handle_stored(&mut self, ticket: Ticket, now: Timestamp) {
        self.now = self.clock.read(now);
        self.gate.stored(ticket);
        while let Some(held) = self.gate.release() {
            self.let_out(held);
        }
        self.take_events();
    }

    /// Tells a fact to whoever checks.
    pub(super) fn state(&mut self, fact: Fact) {
        self.facts.push_back(fact);
    }

    /// Tells what the server holds.
    pub fn holdings(&self) -> Holdings {
        let mut holdings = Holdings { table: self.table.rows().collect(), ..Holdings::default() };
        for (to, mailbox) in &self.mail {
            holdings.mailboxes.extend(mailbox.ids().map(|id| (*to, id)));
            holdings.receipts.extend(mailbox.receipts().map(|receipt| (*to, receipt)));
        }
        holdings
    }

    /// Tells the datagrams that were ignored so far.
    pub fn counters(&self) -> Counters {
        self.endpoint.counters()
    }

    /// Changes what is kept: now in memory, and in storage before anybody hears of it.
    pub(super) fn record(&mut self, record: Record) {
        if let Record::Kept { to, text } = &record {
            self.state(Fact::Kept { id: text.id(), to: *to });
        }
        self.apply(&record);
        self.gate.record(record);
    }

    fn apply(&mut self, record: &Record) {
        match record {
            Record::Registered { name, address } => self.apply_registered(*name, *address),
            Record::GroupCreated(group) => self.groups.create(*group),
            Record::Joined { client, group } => self.groups.join(*group, *client),
            Record::Left { client, group } => self.groups.leave(*group, *client),
            Record::Kept { to, text } => {
                self.kept.insert(text.id());
                self.mail.entry(*to).or_default().keep(text.clone());
            }
            Record::ReceiptKept { to, receipt } => {
                self.mail.entry(*to).or_default().keep_receipt(*receipt);
            }
            Record::Delivered { to, texts, receipts } => {
                if let Some(mailbox) = self.mail.get_mut(to) {
                    mailbox.drop_oldest(*texts, *receipts);
                }
            }
        }
    }

    pub(super) fn tell(&mut self, notice: Notice) {
        if let Some(held) = self.gate.pass(Held::Notice(notice)) {
            self.let_out(held);
        }
    }

    /// Answers a request.
    pub(super) fn answer(&mut self, to: Address, id: RequestId, answer: Answer) {
        self.post(to, &Packet::Answer(id, answer), CLIENT_PATIENCE.into(), None);
    }

    /// Answers a caller that is still there, after what it has to know before.
    pub(super) fn answer_caller(&mut self, caller: Caller, answer: Answer) {
        if self.by_address.get(&caller.address) == Some(&caller.name) {
            self.tell_updates(caller.name);
            self.answer(caller.address, caller.request, answer);
        }
    }

    /// Sends a packet, once everything that it depends on is stored.
    pub(super) fn post(
        &mut self,
        to: Address,
        packet: &Packet,
        pace: Pace,
        awaited: Option<Awaited>,
    ) {
        let posting = Posting { to, packet: codec::encode_packet(packet), pace, awaited };
        if let Some(held) = self.gate.pass(Held::Posting(posting)) {
            self.let_out(held);
        }
    }

    fn let_out(&mut self, held: Held) {
        let Posting { to, packet, pace, awaited } = match held {
            Held::Notice(notice) => return self.notices.push_back(notice),
            Held::Posting(posting) => posting,
        };
        // The server never speaks first: it may be made to speak to a forged address.
        match (self.endpoint.reply(to, packet, pace, self.now), awaited) {
            (Ok(parcel), Some(awaited)) => {
                self.awaited.entry(to).or_default().insert(parcel, awaited);
            }
            (Ok(_), None) => {}
            (Err(_), awaited) => {
                self.endpoint.close(to);
                self.on_link_failed(to);
                if let Some(awaited) = awaited {
                    self.on_undelivered(awaited);
                }
            }
        }
    }

    fn take_events(&mut self) {
        while let Some((from, event)) = self.endpoint.poll_event() {
            match event {
                Event::Received(bytes) => match codec::decode_packet(&bytes) {
                    Ok(packet) => self.on_packet(from, packet),
                    Err(_) => self.endpoint.count_malformed(),
                },
                Event::Acknowledged(parcel) => {
                    if let Some(awaited) = self.take_awaited(from, parcel) {
                        self.on_delivered(from, &awaited);
                    }
                }
                Event::Expired(_) => {
                    self.endpoint.close(from);
                    self.on_link_failed(from);
                }
                Event::Lost(_) => self.on_link_failed(from),
                Event::Retried(..) => {}
            }
        }
    }

    fn take_awaited(&mut self, from: Address, parcel: ParcelId) -> Option<Awaited> {
        let awaited = self.awaited.get_mut(&from)?;
        let taken = awaited.remove(&parcel);
        if awaited.is_empty() {
            self.awaited.remove(&from);
        }
        taken
    }

    fn on_packet(&mut self, from: Address, packet: Packet) {
        match (packet, self.by_address.get(&from).copied()) {
            (Packet::Request(id, Request::Connect { name, known }), _) => {
                self.on_connect(from, id, name, known);
            }
            (Packet::Request(request_id, request), Some(name)) => {
                self.on_request(Caller { name, address: from, request: request_id }, request);
            }
            (Packet::Recovered(page), Some(name)) => self.on_recovered(name, page),
            (_, Some(_)) => self.endpoint.count_malformed(),
            // The client must register (again) first.
            (_, None) => self.endpoint.refuse(from),
        }
    }

    fn on_request(&mut self, caller: Caller, request: Request) {
        match request {
            Request::Connect { name, known } => {
                self.on_connect(caller.address, caller.request, name, known);
            }
            Request::Dereg => self.on_dereg(caller),
            Request::Leave => self.on_leave(caller),
            Request::Refresh { known } => self.on_refresh(caller, known),
            Request::Save { to, text } => self.on_save(caller, to, text),
            request => self.on_group_request(caller, request),
        }
    }

    fn on_delivered(&mut self, from: Address, awaited: &Awaited) {
        match awaited {
            Awaited::Holder { newcomer, request, .. } => self.refuse_name(*newcomer, *request),
            Awaited::Relay { to, caller, .. } => self.on_relayed(*to, *caller),
            Awaited::Group { .. } => self.tell(Notice::Listening),
            Awaited::Update { to } => self.on_update_taken(*to),
            Awaited::Receipt { .. } => {}
            Awaited::Farewell => self.endpoint.close(from),
        }
    }

    /// A client does not answer, or has begun a new life: what it did not take goes other ways.
    fn on_link_failed(&mut self, peer: Address) {
        let lost = self.awaited.remove(&peer).unwrap_or_default();
        if let Some(name) = self.by_address.get(&peer).copied() {
            self.vanish(name);
        }
        for awaited in lost.into_values() {
            self.on_undelivered(awaited);
        }
    }

    fn on_undelivered(&mut self, awaited: Awaited) {
        match awaited {
            Awaited::Holder { name, newcomer, request, known } => {
                self.on_connect(newcomer, request, name, known);
            }
            Awaited::Relay { to, caller, text } => self.keep_for(to, caller, text),
            Awaited::Group { member, text } => self.on_member_silent(member, text),
            Awaited::Receipt { to, receipt } => self.record(Record::ReceiptKept { to, receipt }),
            Awaited::Update { .. } | Awaited::Farewell => {}
        }
    }
}

impl From<std::time::Duration> for Pace {
    fn from(patience: std::time::Duration) -> Self {
        Self::Quiet { patience }
    }
}

impl Machine for Server {
    type Output = Output;

    fn handle_datagram(&mut self, from: Address, bytes: &[u8], now: Timestamp) {
        self.now = self.clock.read(now);
        self.endpoint.handle_datagram(from, bytes, self.now);
        self.take_events();
    }

    fn handle_timeout(&mut self, now: Timestamp) {
        self.now = self.clock.read(now);
        self.endpoint.handle_timeout(self.now);
        self.take_events();
        if self.tell_at.take_if(|at| *at <= self.now).is_some() {
            self.tell_all_updates();
        }
    }

    fn poll_output(&mut self) -> Option<Output> {
        if let Some((ticket, record)) = self.gate.poll_record() {
            return Some(Output::Store { ticket, record });
        }
        if let Some(fact) = self.facts.pop_front() {
            return Some(Output::Fact(fact));
        }
        if let Some(notice) = self.notices.pop_front() {
            return Some(Output::Notice(notice));
        }
        let (to, bytes) = self.endpoint.poll_datagram()?;
        Some(Output::Transmit { to, bytes })
    }

    fn poll_timeout(&self) -> Option<Timestamp> {
        let timers = self.tell_at.into_iter().chain(self.endpoint.poll_timeout());
        timers.min().map(|at| self.clock.shown(at))
    }

    fn is_busy(&self) -> bool {
        self.gate.is_holding() || self.tell_at.is_some() || self.endpoint.is_any_pending()
    }
}
