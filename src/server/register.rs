//! Who is registered, where, and whether anybody is there.

use std::mem;

use super::machine::{Awaited, Caller, Newcomer, Server, Wish};
use super::postings::{PROBING, TO_CLIENT};
use super::report::{Departure, Report};
use super::words::Notice;
use crate::protocol::limits::{CLIENTS_MAX, UPDATE_GATHERING};
use crate::protocol::sabotage::{self, Bug};
use crate::protocol::{
    Address, Answer, Bound, ClientName, Initiative, Packet, Presence, RequestId, Row, Session,
    Standing, TableVersion, Timestamp,
};
use crate::records::{Key, Record};

/// Pages of the register table that may be under way to one client.
const PAGES_UNDER_WAY_MAX: u32 = 16;

/// Where a registered client stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Standpoint {
    /// Offline, by choice or by silence.
    Away,
    /// Back, and taking what was kept for it; online for the others once it has.
    Returning,
    /// Online.
    Online,
}

/// What the server knows of a registered client.
#[derive(Debug)]
pub(super) struct Registration {
    pub(super) address: Address,
    /// The link on which it has registered: on another one somebody else may live at its address.
    link: Option<Session>,
    /// When it has opened that link, by its own clock.
    opened_at: Timestamp,
    pub(super) standpoint: Standpoint,
    /// Since when it is online or away for the others, in steady time.
    pub(super) since: Timestamp,
    /// Counts its registrations: what was to be sent before the last one is not sent any more.
    pub(super) life: u64,
    /// The page of kept messages that it has to confirm, and the numbers of the messages and of
    /// the receipts in it.
    pub(super) page: Option<(u64, Vec<u64>, Vec<u64>)>,
    /// The version of the register table that the client holds or is about to hold.
    known: u64,
    pages_under_way: u32,
    /// Whether the client was told that the table is too large to be told.
    is_untold: bool,
    /// The last answer to a request that changed something, in case it is asked again.
    pub(super) last_answer: Option<(RequestId, Answer)>,
}

impl Server {
    pub(super) fn apply_registered(&mut self, name: ClientName, address: Address) {
        let fresh = Registration {
            address,
            link: None,
            opened_at: Timestamp::default(),
            standpoint: Standpoint::Away,
            since: self.now,
            life: 0,
            page: None,
            known: 0,
            pages_under_way: 0,
            is_untold: false,
            last_answer: None,
        };
        let registration = self.clients.entry(name).or_insert(fresh);
        registration.address = address;
        if self.table.row(name).is_none() {
            self.table.set(Row { name, address, presence: Presence::Offline });
        }
    }

    /// Registers a name, or takes its owner back. A name in use goes to a newcomer only when its
    /// holder does not answer.
    pub(super) fn on_connect(
        &mut self,
        from: Address,
        id: RequestId,
        name: ClientName,
        wish: Wish,
    ) {
        let opened_at = self.endpoint.opened_at(from).unwrap_or_default();
        let held = self.clients.get(&name);
        if let Some(held) = held.filter(|held| opened_at < held.opened_at) {
            // It comes late, from a link that has ended.
            return self.endpoint.refuse_late(from, held.opened_at);
        }
        if wish.initiative == Initiative::Program && self.kicked.contains(&name) {
            self.report(Report::StillKicked { client: name, address: from });
            return self.turn_away(from, id, Answer::Kicked);
        }
        let holder = held.filter(|held| held.standpoint != Standpoint::Away);
        match holder.map(|holder| holder.address) {
            Some(holder) if holder != from => {
                let newcomer = Newcomer { address: from, link: self.endpoint.link(from) };
                let awaited = Awaited::Holder { name, newcomer, request: id, wish };
                self.post(holder, &Packet::Probe, PROBING, Some(awaited));
            }
            None if held.is_none() && self.clients.len() >= CLIENTS_MAX => {
                self.answer(from, id, Answer::Full(Bound::Clients));
                self.tell(Notice::Listening);
            }
            _ => self.accept(from, id, name, wish.known),
        }
    }

    fn accept(
        &mut self,
        from: Address,
        id: RequestId,
        name: ClientName,
        known: Option<TableVersion>,
    ) {
        let standing = match self.clients.get(&name) {
            Some(_) => Standing::Known,
            None => Standing::New,
        };
        // Another name may have lived at this address before.
        if let Some(former) = self.by_address.get(&from).copied().filter(|held| *held != name) {
            self.vanish(former);
        }
        let former = self.clients.get(&name).map(|held| held.address);
        if former != Some(from) {
            if let Some(former) = former
                && self.by_address.get(&former) == Some(&name)
            {
                self.unseat(name, former);
                self.endpoint.close(former);
                self.on_link_failed(former);
            }
            self.put(Record::Client { name, address: from });
        }
        if standing == Standing::New {
            self.tell(Notice::TableUpdated);
        }
        if self.kicked.contains(&name) {
            self.remove(Key::Kicked(name));
        }
        let is_new = standing == Standing::New;
        self.report(Report::Registered { client: name, address: from, is_new });
        self.by_address.insert(from, name);
        let epoch = self.table.epoch();
        let group = self.groups.of(name);
        self.answer(from, id, Answer::Registered { epoch, standing, group });
        // Who could not be answered has vanished again already.
        if self.by_address.get(&from) == Some(&name)
            && let Some(registration) = self.clients.get_mut(&name)
        {
            let held = known.filter(|known| known.epoch == epoch);
            registration.known = held.map_or(0, |known| known.version);
            if sabotage::has(Bug::ReturnerIsUpToDate) && held.is_some() {
                registration.known = self.table.version();
            }
            registration.pages_under_way = 0;
            registration.is_untold = false;
            registration.life += 1;
            registration.link = self.endpoint.link(from);
            registration.opened_at = self.endpoint.opened_at(from).unwrap_or_default();
            self.mail.recall(name);
            self.recover(name, true);
        }
        self.tell(Notice::Listening);
    }

    /// Tells whether nobody else has come to a newcomer's address.
    pub(super) fn is_still_there(&self, newcomer: Newcomer) -> bool {
        self.endpoint.link(newcomer.address) == newcomer.link
    }

    /// Tells a newcomer that its name is in use.
    pub(super) fn refuse_name(&mut self, name: ClientName, newcomer: Newcomer, id: RequestId) {
        if !self.is_still_there(newcomer) {
            return;
        }
        self.report(Report::NameInUse { client: name, address: newcomer.address });
        self.tell(Notice::DuplicateLogin);
        self.turn_away(newcomer.address, id, Answer::NameInUse);
    }

    /// Refuses to register somebody.
    fn turn_away(&mut self, from: Address, id: RequestId, answer: Answer) {
        let packet = Packet::Answer(id, answer);
        let awaited = (!self.by_address.contains_key(&from)).then_some(Awaited::Farewell);
        self.post(from, &packet, TO_CLIENT, awaited);
        self.tell(Notice::Listening);
    }

    /// Notes in the table whether a client is there; tells whether that changed anything.
    pub(super) fn set_presence(&mut self, name: ClientName, presence: Presence) -> bool {
        let former = self.table.row(name).map(|row| row.presence);
        let Some(registration) = self.clients.get_mut(&name) else { return false };
        if former != Some(presence) {
            registration.since = self.now;
        }
        self.table.set(Row { name, address: registration.address, presence })
    }

    /// Lets everybody know that a client is there.
    pub(super) fn go_online(&mut self, name: ClientName) {
        if let Some(registration) = self.clients.get_mut(&name) {
            registration.standpoint = Standpoint::Online;
            registration.page = None;
            self.set_presence(name, Presence::Online);
            self.gather_updates(name);
            self.watch_silence();
        }
    }

    /// Lets everybody know that a client is away.
    pub(super) fn go_away(&mut self, name: ClientName) {
        if let Some(registration) = self.clients.get_mut(&name) {
            registration.standpoint = Standpoint::Away;
            registration.page = None;
            if self.set_presence(name, Presence::Offline) && !sabotage::has(Bug::AwayIsNotTold) {
                self.tell(Notice::TableUpdated);
                self.gather_updates(name);
            }
        }
    }

    pub(super) fn on_dereg(&mut self, caller: Caller) {
        self.report(Report::Gone { client: caller.name, how: Departure::Deregistered });
        self.go_away(caller.name);
        self.answer_caller(caller, Answer::Deregistered);
        self.tell(Notice::Answered);
        self.tell(Notice::Listening);
    }

    pub(super) fn on_leave(&mut self, caller: Caller) {
        self.report(Report::Gone { client: caller.name, how: Departure::Left });
        self.go_away(caller.name);
        self.by_address.remove(&caller.address);
        let packet = Packet::Answer(caller.request, Answer::Deregistered);
        let farewell = Some(Awaited::Farewell);
        self.post(caller.address, &packet, TO_CLIENT, farewell);
        self.tell(Notice::Listening);
    }

    /// A client has gone without a word.
    pub(super) fn vanish(&mut self, name: ClientName) {
        if let Some(registration) = self.clients.get(&name) {
            self.unseat(name, registration.address);
            if self.is_there(name) {
                self.report(Report::Gone { client: name, how: Departure::Vanished });
            }
            if sabotage::has(Bug::VanishedStaysOnline)
                && let Some(registration) = self.clients.get_mut(&name)
            {
                registration.standpoint = Standpoint::Away;
                registration.page = None;
                return;
            }
            self.go_away(name);
        }
    }

    /// Tells who is registered at an address, and lives there still.
    pub(super) fn caller_at(&self, address: Address) -> Option<ClientName> {
        let name = *self.by_address.get(&address)?;
        let registration = self.clients.get(&name)?;
        (registration.link == self.endpoint.link(address)).then_some(name)
    }

    /// Forgets that a name lives at an address, where another one may live by now.
    fn unseat(&mut self, name: ClientName, address: Address) {
        if self.by_address.get(&address) == Some(&name) {
            self.by_address.remove(&address);
        }
    }

    pub(super) fn on_refresh(&mut self, caller: Caller, known: Option<TableVersion>) {
        let held = known.filter(|known| known.epoch == self.table.epoch());
        if let Some(registration) = self.clients.get_mut(&caller.name) {
            registration.known = held.map_or(0, |known| known.version);
            registration.is_untold = false;
        }
        self.answer(caller.address, caller.request, Answer::Refreshed);
        self.tell_updates(caller.name);
        self.tell(Notice::Listening);
    }

    /// Tells everybody that a client's row has changed: soon, several changes as one. Of a table
    /// that is too large to be told only the client itself hears, once everybody knows that.
    pub(super) fn gather_updates(&mut self, name: ClientName) {
        if self.table.is_told() || !mem::replace(&mut self.is_untold, true) {
            self.tell_at.get_or_insert(self.now + UPDATE_GATHERING);
        } else {
            self.tell_updates(name);
        }
    }

    pub(super) fn tell_all_updates(&mut self) {
        let names: Vec<_> = self.clients.keys().copied().collect();
        for name in names {
            self.tell_updates(name);
        }
    }

    /// Tells a client what it does not know yet of the register table. Whatever else it is told
    /// comes after that.
    pub(super) fn tell_updates(&mut self, name: ClientName) {
        while let Some(registration) = self.clients.get_mut(&name) {
            if registration.standpoint != Standpoint::Online
                || registration.is_untold
                || registration.known >= self.table.version()
                || registration.pages_under_way >= PAGES_UNDER_WAY_MAX
            {
                return;
            }
            if !self.table.is_told() {
                registration.is_untold = true;
                let to = registration.address;
                let (epoch, version) = (self.table.epoch(), self.table.version());
                let packet = Packet::Untold(TableVersion { epoch, version });
                return self.post(to, &packet, TO_CLIENT, None);
            }
            let update = self.table.changes_after(registration.known);
            registration.known = update.version;
            registration.pages_under_way += 1;
            let awaited = Some(Awaited::Update { to: name });
            let to = registration.address;
            self.post(to, &Packet::Update(update), TO_CLIENT, awaited);
        }
    }

    pub(super) fn on_update_taken(&mut self, name: ClientName) {
        if let Some(registration) = self.clients.get_mut(&name) {
            registration.pages_under_way = registration.pages_under_way.saturating_sub(1);
        }
        self.tell_updates(name);
    }
}
