//! What an operator asks.

use super::machine::Server;
use super::postings::TO_CLIENT;
use super::register::Registration;
use super::report::{Departure, Report};
use super::words::{Command, Notice, UserInfo};
use crate::protocol::{ClientName, Fact, Packet, Row, Timestamp};
use crate::records::{Key, Record};

impl Server {
    /// Takes a command. The end of the server is its driver's matter.
    pub fn handle_command(&mut self, command: Command, now: Timestamp) {
        self.now = self.clock.read(now);
        match command {
            Command::Users => self.tell(Notice::Users(self.users())),
            Command::Groups => self.tell(Notice::Groups(self.groups.infos())),
            Command::Kick(name) if self.clients.contains_key(&name) => self.kick(name),
            Command::Kick(_) => self.tell(Notice::NoSuchUser),
            Command::Stats => self.tell(Notice::Stats(Box::new(self.stats()))),
            Command::Shutdown => {}
        }
    }

    /// Tells the rows of all registered clients, in the order of their names.
    pub fn rows(&self) -> impl Iterator<Item = Row> {
        self.table.rows()
    }

    fn users(&self) -> Vec<UserInfo> {
        let info = |(name, it): (&ClientName, &Registration)| {
            Some(UserInfo {
                row: self.table.row(*name)?,
                since: self.clock.shown(it.since),
                group: self.groups.of(*name),
                is_kicked: self.kicked.contains(name),
            })
        };
        self.clients.iter().filter_map(info).collect()
    }

    /// Puts a client out of the chat and out of its group. It is told so, but need not hear it:
    /// what it asks from now on is refused, until its person wants to return. Messages for it are
    /// kept.
    fn kick(&mut self, name: ClientName) {
        if !self.kicked.contains(&name) {
            self.put(Record::Kicked(name));
        }
        if self.groups.of(name).is_some() {
            // Said at once: after a crash nobody could tell whether that was stored.
            self.facts.push_back(Fact::Expelled(name));
            self.remove(Key::Member(name));
        }
        let address = self.clients.get(&name).map(|it| it.address);
        let is_at = |address| self.caller_at(address) == Some(name) && self.is_there(name);
        let address = address.filter(|address| is_at(*address));
        self.report(Report::Gone { client: name, how: Departure::Kicked });
        self.tell(Notice::Kicked(name));
        self.go_away(name);
        if let Some(address) = address {
            self.post(address, &Packet::Kicked, TO_CLIENT, None);
        }
    }
}
