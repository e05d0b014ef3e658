//! Commands of the operator, data for observers, and the shutdown.
//!
//! A server that ends notifies its clients: after all answers that wait for storage it sends
//! `Packet::Closing`, and ends when everything is stored and acknowledged, or after half a second.
//! A client shows nothing. It begins to reconnect, as it would after a time-out: a client that
//! leaves does not wait for an answer, and what cannot be delivered waits at the client. A typed
//! command is still tried, with the retries that the original shows, because the server may have
//! been started again.

use super::super::links::{CLOSING, TO_CLIENT};
use super::super::registry::Listed;
use super::super::report::{Departure, Report};
use super::super::stats::Stats;
use super::super::words::{Command, Notice, UserInfo};
use super::Server;
use crate::protocol::limits::CLOSING_PATIENCE;
use crate::protocol::{ClientName, Fact, Holdings, Packet, Row, Timestamp};

impl Server {
    /// Takes a command. To [`Command::Shutdown`] the driver calls [`close`](Self::close).
    pub fn handle_command(&mut self, command: Command, now: Timestamp) {
        self.now = self.clock.read(now);
        match command {
            Command::Users => self.outputs.notify(Notice::Users(self.users())),
            Command::Groups => self.outputs.notify(Notice::Groups(self.groups.infos())),
            Command::Kick(name) if self.registry.contains(name) => self.kick(name),
            Command::Kick(_) => self.outputs.notify(Notice::NoSuchUser),
            Command::Stats => self.outputs.notify(Notice::Stats(Box::new(self.stats()))),
            Command::Shutdown => {}
        }
    }

    /// Returns the rows of all registered clients, in the order of their names.
    pub fn rows(&self) -> impl Iterator<Item = Row> {
        self.registry.rows()
    }

    fn users(&self) -> Vec<UserInfo> {
        let info = |Listed { row, since, is_kicked }| UserInfo {
            row,
            since: self.clock.shown(since),
            group: self.groups.of(row.name),
            is_kicked,
        };
        self.registry.list().map(info).collect()
    }

    /// Kicks a client, out of its group as well. It is sent a notice, but need not receive it: its
    /// requests are refused from now on, until its user wants to return. Messages for it are kept.
    fn kick(&mut self, name: ClientName) {
        if let Some(change) = self.registry.kick(name) {
            self.outputs.record(change);
        }
        self.outputs.state(Fact::Kicked(name));
        self.outputs.extend(self.groups.expel(name).into_iter().flatten());
        let address = self.registry.address_of(name);
        let is_at = |address| self.caller_at(address) == Some(name);
        let address = address.filter(|it| is_at(*it) && self.registry.is_present(name));
        self.outputs.report(Report::Gone { client: name, how: Departure::Kicked });
        self.outputs.notify(Notice::Kicked(name));
        self.go_away(name);
        if let Some(address) = address {
            self.post(address, &Packet::Kicked, TO_CLIENT, None);
        }
    }

    /// Begins to shut down: present clients are sent a notice, after all answers that wait for
    /// storage. A second call ends the server without waiting for anything.
    pub fn close(&mut self, now: Timestamp) {
        self.now = self.clock.read(now);
        if self.closing_until.is_some() {
            self.closing_until = Some(self.now);
            return;
        }
        self.closing_until = Some(self.now + CLOSING_PATIENCE);
        self.outputs.report(Report::Closing);
        let present: Vec<_> = self.registry.present().collect();
        for (name, address) in present {
            if self.caller_at(address) == Some(name) {
                self.post(address, &Packet::Closing, CLOSING, None);
            }
        }
    }

    /// Returns whether there is nothing more to wait for, once the server is about to end.
    pub fn is_closed(&self) -> bool {
        let is_done = self.outputs.is_stored() && !self.links.is_any_pending();
        self.closing_until.is_some_and(|until| is_done || until <= self.now)
    }

    /// Returns what the server holds.
    pub fn holdings(&self) -> Holdings {
        Holdings {
            table: self.registry.rows().collect(),
            mailboxes: self.mail.ids().collect(),
            mail_bytes: self.mail.bytes_by_receiver().collect(),
            link_bytes: self.links.longest_queue() as u64,
            receipts: self.mail.receipts().collect(),
            groups: self.groups.names(),
            members: self.groups.memberships().collect(),
            ..Holdings::default()
        }
    }

    /// Returns the server's counters, and how much it holds.
    pub fn stats(&self) -> Stats {
        let (waiting, waiting_bytes) = self.mail.size();
        Stats {
            clients: self.registry.len(),
            clients_online: self.registry.present().count(),
            groups: self.groups.len(),
            waiting,
            waiting_bytes,
            messages: self.mail.messages(),
            unacknowledged: self.links.pending(),
            unstored: self.outputs.held(),
            links: self.links.counters(),
        }
    }
}
