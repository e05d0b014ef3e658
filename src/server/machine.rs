//! The server's state, and how inputs reach it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::groups::Groups;
use super::handled::Handled;
use super::mailboxes::Mailboxes;
use super::postings::Held;
use super::register::Registration;
use super::report::Report;
use super::settings::Settings;
use super::stats::Messages;
use super::table::RegisterTable;
use super::words::Notice;
use crate::delivery::{Endpoint, Event, ParcelId};
use crate::protocol::{
    Address, ClientName, Fact, Holdings, Initiative, Machine, Packet, Request, RequestId, Session,
    SteadyClock, TableVersion, Text, Timestamp, codec,
};
use crate::records::{Change, Gate, Ticket};

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
    /// Store changes, all of them or none, then call [`Server::handle_stored`].
    Store {
        /// Names this batch.
        ticket: Ticket,
        /// What to store, in this order.
        changes: Vec<Change>,
    },
    /// Tell the operator something.
    Notice(Notice),
    /// Tell whoever checks.
    Fact(Fact),
    /// Tell whoever reads the log.
    Report(Report),
}

/// Who asks something of the server.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Caller {
    pub(super) name: ClientName,
    pub(super) address: Address,
    pub(super) request: RequestId,
}

/// How somebody wants to be registered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Wish {
    /// The table that the client holds already.
    pub(super) known: Option<TableVersion>,
    pub(super) initiative: Initiative,
}

/// Who wants a name that somebody has: an address, and the link to it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Newcomer {
    pub(super) address: Address,
    pub(super) link: Option<Session>,
}

/// What the server learns when a client takes a packet, or does not.
#[derive(Debug)]
pub(super) enum Awaited {
    /// Whether the holder of a name is alive that a newcomer wants.
    Holder { name: ClientName, newcomer: Newcomer, request: RequestId, wish: Wish },
    /// Whether the receiver of a message, which its sender could not reach, is there.
    Relay { to: ClientName, caller: Caller, text: Text },
    /// Whether a group member is there.
    Group { member: ClientName, number: u64, life: u64 },
    /// Whether an author has a receipt.
    Receipt { to: ClientName, number: u64, life: u64 },
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
    /// Who was put out of the chat, and returns only when its person wants to.
    pub(super) kicked: BTreeSet<ClientName>,
    pub(super) table: RegisterTable,
    pub(super) groups: Groups,
    pub(super) settings: Settings,
    pub(super) mail: Mailboxes,
    pub(super) handled: Handled,
    pub(super) messages: Messages,
    /// When the server looks for messages that were kept too long.
    pub(super) age_check_at: Option<Timestamp>,
    /// When the server looks after silent clients.
    pub(super) look_at: Option<Timestamp>,
    /// When the gathered changes of the register table are told.
    pub(super) tell_at: Option<Timestamp>,
    /// Whether everybody who was there learns that the table has become too large to be told.
    pub(super) is_untold: bool,
    pub(super) gate: Gate<Held>,
    pub(super) awaited: BTreeMap<Address, BTreeMap<ParcelId, Awaited>>,
    pub(super) notices: VecDeque<Notice>,
    pub(super) facts: VecDeque<Fact>,
    pub(super) reports: VecDeque<Report>,
    pub(super) is_reporting: bool,
    /// When the server ends at the latest, once it is about to.
    pub(super) closing_until: Option<Timestamp>,
}

impl Server {
    /// Makes a server that starts at `now` and keeps nothing yet.
    pub fn new(seed: u64, now: Timestamp) -> Self {
        let mut endpoint = Endpoint::new(seed);
        // Not the time: a clock that was set back may show the same once more.
        let epoch = endpoint.draw();
        Self {
            endpoint,
            clock: SteadyClock::default(),
            now,
            clients: BTreeMap::new(),
            by_address: BTreeMap::new(),
            kicked: BTreeSet::new(),
            table: RegisterTable::new(epoch),
            groups: Groups::default(),
            settings: Settings::default(),
            mail: Mailboxes::default(),
            handled: Handled::default(),
            messages: Messages::default(),
            age_check_at: None,
            look_at: None,
            tell_at: None,
            is_untold: false,
            gate: Gate::default(),
            awaited: BTreeMap::new(),
            notices: VecDeque::new(),
            facts: VecDeque::new(),
            reports: VecDeque::new(),
            is_reporting: false,
            closing_until: None,
        }
    }

    /// Works within these bounds.
    #[must_use]
    pub fn with(mut self, settings: Settings) -> Self {
        self.table.tell_at_most(settings.rows_told_max);
        self.settings = settings;
        self
    }

    /// Begins, after everything was restored that an earlier run has stored.
    pub fn start(&mut self, now: Timestamp) {
        self.now = self.clock.read(now);
        for registration in self.clients.values_mut() {
            registration.since = self.now;
        }
        self.mail.shrink();
        if !self.mail.is_empty() {
            self.age_check_at = Some(self.now);
        }
    }

    /// Tells what the server holds.
    pub fn holdings(&self) -> Holdings {
        Holdings {
            table: self.table.rows().collect(),
            mailboxes: self.mail.ids().collect(),
            receipts: self.mail.receipts().collect(),
            groups: self.groups.names(),
            members: self.groups.memberships().collect(),
            ..Holdings::default()
        }
    }

    pub(super) fn take_events(&mut self) {
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
                    self.on_silent(from);
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
        match (packet, self.caller_at(from)) {
            (Packet::Request(id, Request::Connect { name, known, initiative }), _) => {
                self.on_connect(from, id, name, Wish { known, initiative });
            }
            // Its program has not heard of it, and asks whether it may return.
            (_, Some(name)) if self.kicked.contains(&name) => self.endpoint.refuse(from),
            (Packet::Request(request_id, request), Some(name)) => {
                self.on_request(Caller { name, address: from, request: request_id }, request);
            }
            (Packet::Recovered(page), Some(name)) => self.on_recovered(name, page),
            // That we have taken it is the answer, unless the client counts as away.
            (Packet::Probe, Some(name)) if self.is_there(name) => {}
            // The client must register (again) first.
            (Packet::Probe, _) | (_, None) => self.endpoint.refuse(from),
            (_, Some(_)) => self.endpoint.count_malformed(),
        }
    }

    fn on_request(&mut self, caller: Caller, request: Request) {
        match request {
            Request::Connect { name, known, initiative } => {
                let wish = Wish { known, initiative };
                self.on_connect(caller.address, caller.request, name, wish);
            }
            Request::Dereg => self.on_dereg(caller),
            Request::Leave => self.on_leave(caller),
            Request::Refresh { known } => self.on_refresh(caller, known),
            Request::Save { to, text } => self.on_save(caller, to, text),
            Request::Withdraw { to, number } => self.on_withdraw(caller, to, number),
            request => self.on_group_request(caller, request),
        }
    }

    fn on_delivered(&mut self, from: Address, awaited: &Awaited) {
        match awaited {
            Awaited::Holder { name, newcomer, request, .. } => {
                self.refuse_name(*name, *newcomer, *request);
            }
            Awaited::Relay { to, caller, text } => {
                self.on_relayed(*to, *caller, text.number);
            }
            Awaited::Group { member, number, .. } => {
                self.on_member_has(*member, *number);
                self.tell(Notice::Listening);
            }
            Awaited::Update { to } => self.on_update_taken(*to),
            Awaited::Receipt { to, number, .. } => self.on_receipt_taken(*to, *number),
            Awaited::Farewell => self.endpoint.close(from),
        }
    }

    /// A client does not answer: the group whose message it did not take loses it.
    fn on_silent(&mut self, peer: Address) {
        let missed = self.awaited.get(&peer).into_iter().flat_map(BTreeMap::values);
        let missed: Vec<_> = missed
            .filter_map(|awaited| match awaited {
                Awaited::Group { member, number, .. } => Some((*member, *number)),
                _ => None,
            })
            .collect();
        self.on_link_failed(peer);
        for (member, number) in missed {
            self.on_member_silent(member, number);
        }
    }

    /// A client does not answer, or has begun a new life: what it did not take goes other ways.
    pub(super) fn on_link_failed(&mut self, peer: Address) {
        let lost = self.awaited.remove(&peer).unwrap_or_default();
        if let Some(name) = self.by_address.get(&peer).copied() {
            self.vanish(name);
        }
        // A newcomer has the name once everything for its holder is kept: that is what it gets.
        let is_of_holder = |awaited: &Awaited| matches!(awaited, Awaited::Holder { .. });
        let (holders, others): (Vec<_>, Vec<_>) = lost.into_values().partition(is_of_holder);
        for awaited in others.into_iter().chain(holders) {
            self.on_undelivered(awaited);
        }
    }

    pub(super) fn on_undelivered(&mut self, awaited: Awaited) {
        match awaited {
            Awaited::Holder { name, newcomer, request, wish } => {
                if self.is_still_there(newcomer) {
                    self.on_connect(newcomer.address, request, name, wish);
                }
            }
            Awaited::Relay { to, caller, text } => self.keep_for(to, caller, text),
            Awaited::Group { member, number, .. } => self.on_member_missed(member, number),
            Awaited::Receipt { to, number, .. } => self.on_receipt_missed(to, number),
            Awaited::Update { .. } | Awaited::Farewell => {}
        }
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
        self.look_after_silent();
        self.drop_aged();
    }

    fn poll_output(&mut self) -> Option<Output> {
        if let Some(fact) = self.facts.pop_front() {
            return Some(Output::Fact(fact));
        }
        if let Some(report) = self.reports.pop_front() {
            return Some(Output::Report(report));
        }
        if let Some((ticket, changes)) = self.gate.poll_batch() {
            return Some(Output::Store { ticket, changes });
        }
        if let Some(notice) = self.notices.pop_front() {
            return Some(Output::Notice(notice));
        }
        let (to, bytes) = self.endpoint.poll_datagram()?;
        Some(Output::Transmit { to, bytes })
    }

    fn poll_timeout(&self) -> Option<Timestamp> {
        let own = [self.tell_at, self.look_at, self.age_check_at, self.closing_until];
        let timers = own.into_iter().fold(self.endpoint.poll_timeout(), Timestamp::earlier);
        timers.map(|at| self.clock.shown(at))
    }

    fn is_busy(&self) -> bool {
        self.gate.is_holding() || self.tell_at.is_some() || self.endpoint.is_any_pending()
    }
}
