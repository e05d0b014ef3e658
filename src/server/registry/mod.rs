//! The registry: names, addresses and sessions, which clients are online or were kicked, and the
//! register table with its broadcasts.

mod admission;
mod invariants;
mod silence;
mod status;
mod table;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use self::silence::Silence;
use self::status::TableCopy;
use self::table::RegisterTable;
use super::mail::PageNumbers;
use super::request::Connect;
use crate::protocol::sabotage::{self, Bug};
use crate::protocol::{
    Address, ClientName, Packet, Presence, Row, Session, TableVersion, Timestamp,
};
use crate::records::{Change, ServerKey, ServerRecord};

pub(super) use self::admission::Admission;
pub(super) use self::silence::Verdict;
pub(super) use self::status::{SessionNumber, Status};
pub(super) use self::table::Announcement;

/// All registered clients.
#[derive(Debug)]
pub(super) struct Registry {
    clients: BTreeMap<ClientName, Registration>,
    /// The clients that are bound to their addresses, where they can be reached. A client that was
    /// never online in this run, or left, or vanished, is not bound.
    by_address: BTreeMap<Address, ClientName>,
    /// Clients that were kicked and return only when their user wants to.
    kicked: BTreeSet<ClientName>,
    table: RegisterTable,
    silence: Silence,
}

/// What the server knows of a registered client.
#[derive(Debug)]
struct Registration {
    address: Address,
    /// The link on which it has registered: on another one another client may be at its address.
    link: Option<Session>,
    /// When it opened that link, by its own clock.
    opened_at: Timestamp,
    status: Status,
    /// Since when it is online or offline for the others, in steady time.
    since: Timestamp,
    session: SessionNumber,
}

/// What a client is sent of the register table.
#[derive(Debug)]
pub(super) struct TableNews {
    pub(super) to: Address,
    pub(super) packet: Packet,
    /// Whether this is a page of the table, whose acknowledgement has to be noted.
    pub(super) is_page: bool,
}

/// A registered client as an operator sees it.
#[derive(Debug)]
pub(super) struct Listed {
    pub(super) row: Row,
    /// Since when it is online or offline, in steady time.
    pub(super) since: Timestamp,
    pub(super) is_kicked: bool,
}

impl Registry {
    /// Makes a registry without clients, whose table has the epoch of this run.
    pub(super) fn new(epoch: u64) -> Self {
        Self {
            clients: BTreeMap::new(),
            by_address: BTreeMap::new(),
            kicked: BTreeSet::new(),
            table: RegisterTable::new(epoch),
            silence: Silence::default(),
        }
    }

    pub(super) fn set_bounds(&mut self, rows_broadcast_max: usize, silence_max: Duration) {
        self.table.broadcast_at_most(rows_broadcast_max);
        self.silence.set_max(silence_max);
    }

    /// Takes a registration that an earlier run has stored.
    pub(super) fn restore(&mut self, name: ClientName, address: Address, now: Timestamp) {
        let fresh = || Registration::new(address, now);
        self.clients.entry(name).or_insert_with(fresh).address = address;
        self.table.add(name, address);
    }

    /// Takes a client that was kicked in an earlier run and has not returned.
    pub(super) fn restore_kicked(&mut self, name: ClientName) {
        self.kicked.insert(name);
    }

    /// Starts, after everything was restored.
    pub(super) fn start(&mut self, now: Timestamp) {
        for registration in self.clients.values_mut() {
            registration.since = now;
        }
    }

    pub(super) fn len(&self) -> usize {
        self.clients.len()
    }

    pub(super) fn contains(&self, name: ClientName) -> bool {
        self.clients.contains_key(&name)
    }

    pub(super) fn is_kicked(&self, name: ClientName) -> bool {
        self.kicked.contains(&name)
    }

    /// Returns the present clients with their addresses, in the order of their names.
    pub(super) fn present(&self) -> impl Iterator<Item = (ClientName, Address)> {
        let present = self.clients.iter().filter(|(_, it)| it.status.is_present());
        present.map(|(name, it)| (*name, it.address))
    }

    /// Returns whether a client is present: online, or fetching what was kept for it.
    pub(super) fn is_present(&self, name: ClientName) -> bool {
        self.clients.get(&name).is_some_and(|it| it.status.is_present())
    }

    /// Returns the address of a client that is online.
    pub(super) fn online_address(&self, name: ClientName) -> Option<Address> {
        self.clients.get(&name).filter(|it| it.status.is_online()).map(|it| it.address)
    }

    /// Returns the last known address of a client.
    pub(super) fn address_of(&self, name: ClientName) -> Option<Address> {
        self.clients.get(&name).map(|it| it.address)
    }

    /// Returns the current session of a client, or its last one.
    pub(super) fn session_of(&self, name: ClientName) -> SessionNumber {
        self.clients.get(&name).map_or_else(SessionNumber::default, |it| it.session)
    }

    /// Returns the client that is bound to an address.
    pub(super) fn name_at(&self, address: Address) -> Option<ClientName> {
        self.by_address.get(&address).copied()
    }

    /// Returns whether a client is bound to an address.
    pub(super) fn is_at(&self, name: ClientName, address: Address) -> bool {
        self.by_address.get(&address) == Some(&name)
    }

    /// Returns the client that has registered at an address, on the current link to it.
    pub(super) fn caller_at(&self, address: Address, link: Option<Session>) -> Option<ClientName> {
        let name = self.name_at(address)?;
        self.clients.get(&name).is_some_and(|it| it.link == link).then_some(name)
    }

    pub(super) fn epoch(&self) -> u64 {
        self.table.epoch()
    }

    pub(super) fn row(&self, name: ClientName) -> Option<Row> {
        self.table.row(name)
    }

    /// Returns all rows of the register table, in the order of their names.
    pub(super) fn rows(&self) -> impl Iterator<Item = Row> {
        self.table.rows()
    }

    /// Returns all registered clients as an operator sees them, in the order of their names.
    pub(super) fn list(&self) -> impl Iterator<Item = Listed> {
        self.clients.iter().filter_map(|(name, it)| {
            let (row, is_kicked) = (self.table.row(*name)?, self.is_kicked(*name));
            Some(Listed { row, since: it.since, is_kicked })
        })
    }

    /// Registers a name, or notes that its owner has moved. Call [`bind`](Self::bind) next.
    pub(super) fn register(
        &mut self,
        name: ClientName,
        address: Address,
        now: Timestamp,
    ) -> Change {
        self.unbind(name);
        self.restore(name, address, now);
        ServerRecord::Client { name, address }.put()
    }

    /// Binds a registered client to its address, where it can be reached.
    pub(super) fn bind(&mut self, name: ClientName) {
        if let Some(registration) = self.clients.get(&name) {
            self.by_address.insert(registration.address, name);
        }
    }

    /// Notes that a client cannot be reached at its address any more. Returns the address that it
    /// was bound to.
    pub(super) fn unbind(&mut self, name: ClientName) -> Option<Address> {
        let address = self.address_of(name).filter(|address| self.is_at(name, *address))?;
        self.by_address.remove(&address);
        Some(address)
    }

    /// Begins a session of a client, on a link that it opened at `opened_at`. It is returning, and
    /// [`begin_page`](Self::begin_page) or [`go_online`](Self::go_online) comes next.
    pub(super) fn begin_session(
        &mut self,
        connect: &Connect,
        link: Option<Session>,
        opened_at: Option<Timestamp>,
    ) {
        let Some(registration) = self.clients.get_mut(&connect.name) else { return };
        let held = self.table.version_held(connect.known);
        let is_up_to_date = sabotage::has(Bug::ReturnerIsUpToDate) && held.is_some();
        let version = if is_up_to_date { self.table.version() } else { held.unwrap_or(0) };
        registration.status = Status::Returning { page: None, copy: TableCopy::new(version) };
        registration.session = registration.session.next();
        registration.link = link;
        registration.opened_at = opened_at.unwrap_or_default();
    }

    /// Notes that a present client is sent a page of what was kept for it. If it contains messages,
    /// the client is offline for the others: the authors believe that it is offline, and are to
    /// learn when it is back.
    #[must_use]
    pub(super) fn begin_page(
        &mut self,
        name: ClientName,
        numbers: PageNumbers,
        now: Timestamp,
    ) -> Option<Announcement> {
        let registration = self.clients.get_mut(&name)?;
        let copy = *registration.status.copy()?;
        let has_letters = numbers.has_letters();
        registration.status = Status::Returning { page: Some(numbers), copy };
        self.silence.watch(now);
        if has_letters { self.set_presence(name, Presence::Offline, now) } else { None }
    }

    /// Takes the page that a client confirms, if that is the last one that was sent to it. It may
    /// have left since.
    pub(super) fn take_page(&mut self, name: ClientName, number: u64) -> Option<PageNumbers> {
        match &mut self.clients.get_mut(&name)?.status {
            Status::Returning { page, .. } | Status::Away { unconfirmed: page } => {
                page.take_if(|page| page.number() == number)
            }
            Status::Online { .. } => None,
        }
    }

    /// Returns whether a client may have a message that is kept for it: it is there, or was sent it
    /// in a page before it left.
    pub(super) fn may_have(&self, name: ClientName, letter: u64) -> bool {
        self.clients.get(&name).is_some_and(|it| match &it.status {
            Status::Away { unconfirmed } => {
                unconfirmed.as_ref().is_some_and(|page| page.letters().contains(&letter))
            }
            Status::Returning { .. } | Status::Online { .. } => true,
        })
    }

    /// Notes that a present client is online for the others. That is announced even if its row is
    /// unchanged: the client itself may lack rows of others.
    pub(super) fn go_online(&mut self, name: ClientName, now: Timestamp) -> Announcement {
        if let Some(registration) = self.clients.get_mut(&name)
            && let Some(copy) = registration.status.copy().copied()
        {
            registration.status = Status::Online { copy };
            self.silence.watch(now);
            if let Some(announcement) = self.set_presence(name, Presence::Online, now) {
                return announcement;
            }
        }
        Announcement::of(name)
    }

    /// Notes that a client is offline.
    #[must_use]
    pub(super) fn go_away(&mut self, name: ClientName, now: Timestamp) -> Option<Announcement> {
        self.forget_session(name);
        self.set_presence(name, Presence::Offline, now)
    }

    /// Notes that a client is offline, but not in the table.
    pub(super) fn forget_session(&mut self, name: ClientName) {
        if let Some(registration) = self.clients.get_mut(&name) {
            let unconfirmed = match &mut registration.status {
                Status::Returning { page, .. } | Status::Away { unconfirmed: page } => page.take(),
                Status::Online { .. } => None,
            };
            registration.status = Status::Away { unconfirmed };
        }
    }

    /// Notes in the table whether a client is online, and its address.
    #[must_use]
    fn set_presence(
        &mut self,
        name: ClientName,
        presence: Presence,
        now: Timestamp,
    ) -> Option<Announcement> {
        let former = self.table.row(name).map(|row| row.presence);
        let registration = self.clients.get_mut(&name)?;
        if former != Some(presence) {
            registration.since = now;
        }
        let mut address = registration.address;
        if sabotage::has(Bug::AddressStays) {
            address = self.table.row(name).map_or(address, |row| row.address);
        }
        self.table.update(name, |row| (row.address, row.presence) = (address, presence))
    }

    /// Notes that a client was kicked. Returns what is to be stored, if it was not before.
    pub(super) fn kick(&mut self, name: ClientName) -> Option<Change> {
        self.kicked.insert(name).then(|| ServerRecord::Kicked(name).put())
    }

    /// Notes that a kicked client is back. Returns what is to be stored.
    pub(super) fn pardon(&mut self, name: ClientName) -> Option<Change> {
        let was_kicked = self.kicked.remove(&name) && !sabotage::has(Bug::PardonNotKept);
        was_kicked.then_some(ServerKey::Kicked(name).remove())
    }

    /// Takes the version of the table that a client claims to hold; later changes are sent to it.
    pub(super) fn refresh(&mut self, name: ClientName, known: Option<TableVersion>) {
        let version = self.table.version_held(known).unwrap_or(0);
        if let Some(registration) = self.clients.get_mut(&name)
            && let Some(copy) = registration.status.copy_mut()
        {
            copy.restart_at(version);
        }
    }

    /// Plans to send a row to all clients. If the table is too large for that, returns the row's
    /// client, which is to be sent now what it lacks.
    #[must_use]
    pub(super) fn announce(
        &mut self,
        announcement: Announcement,
        now: Timestamp,
    ) -> Option<ClientName> {
        self.table.announce(announcement, now)
    }

    /// Returns all clients, if a broadcast of the table is due.
    pub(super) fn take_broadcast(&mut self, now: Timestamp) -> Vec<ClientName> {
        if self.table.take_broadcast(now) {
            self.clients.keys().copied().collect()
        } else {
            Vec::new()
        }
    }

    /// Returns whether a broadcast of the table is planned.
    pub(super) fn is_broadcast_planned(&self) -> bool {
        self.table.broadcast_at().is_some()
    }

    /// Returns the next part of the register table that an online client lacks, and counts it as
    /// sent.
    pub(super) fn next_news(&mut self, name: ClientName) -> Option<TableNews> {
        let registration = self.clients.get_mut(&name)?;
        let to = registration.address;
        let copy = match &mut registration.status {
            Status::Online { copy } if copy.lacks(self.table.version()) => copy,
            Status::Away { .. } | Status::Returning { .. } | Status::Online { .. } => return None,
        };
        if !self.table.is_broadcast() {
            copy.become_excerpt();
            if sabotage::has(Bug::LargeTableIsNotReported) {
                return None;
            }
            let (epoch, version) = (self.table.epoch(), self.table.version());
            let packet = Packet::TableTooLarge(TableVersion { epoch, version });
            return Some(TableNews { to, packet, is_page: false });
        }
        let update = self.table.changes_after(copy.version());
        copy.send(&update);
        Some(TableNews { to, packet: Packet::Update(update), is_page: true })
    }

    /// Notes that a client has a page of the register table.
    pub(super) fn page_of_table_taken(&mut self, name: ClientName) {
        if let Some(copy) = self.clients.get_mut(&name).and_then(|it| it.status.copy_mut()) {
            copy.page_taken();
        }
    }

    /// Returns the present clients, if a check for silent ones is due.
    pub(super) fn take_silence_check(&mut self, now: Timestamp) -> Vec<(ClientName, Address)> {
        if !self.silence.take_check(now) {
            return Vec::new();
        }
        let present: Vec<_> = self.present().collect();
        if !present.is_empty() {
            self.silence.watch(now);
        }
        present
    }

    /// Returns the checks for silent clients.
    pub(super) fn silence(&self) -> &Silence {
        &self.silence
    }

    /// Returns when a broadcast or a check for silent clients is due.
    pub(super) fn poll_timeout(&self) -> Option<Timestamp> {
        Timestamp::earlier(self.table.broadcast_at(), self.silence.check_at())
    }

    /// Returns the present clients, each with the link on which it has registered and with its
    /// status.
    pub(super) fn sessions(&self) -> impl Iterator<Item = (ClientName, Option<Session>, &Status)> {
        let present = self.clients.iter().filter(|(_, it)| it.status.is_present());
        present.map(|(name, it)| (*name, it.link, &it.status))
    }
}

impl Registration {
    /// Makes the registration of a client that has not been online in this run.
    fn new(address: Address, now: Timestamp) -> Self {
        Self {
            address,
            link: None,
            opened_at: Timestamp::default(),
            status: Status::Away { unconfirmed: None },
            since: now,
            session: SessionNumber::default(),
        }
    }
}
