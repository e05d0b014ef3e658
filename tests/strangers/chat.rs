//! A server and clients on a simulated network in virtual time.

use std::collections::BTreeMap;
use std::time::Duration;

use chatapp::client::{self, Client, Command, Notice};
use chatapp::protocol::codec::WIRE_VERSION;
use chatapp::protocol::{Address, ClientName, GroupName, Machine, Timestamp, VersionNotice};
use chatapp::server::{self, Report, Server};
use chatsim::network::{Conditions, Delivery, SimulatedNetwork};

use crate::foreign::{foreign, notice_of};

pub(crate) const SERVER: u16 = 1;

/// The maximum number of datagrams in a test: far beyond what any of them needs.
const SENT_MAX: usize = 5_000;

pub(crate) fn address(port: u16) -> Address {
    Address::new(([10, 0, 0, 1], port).into())
}

pub(crate) fn name(text: &str) -> ClientName {
    ClientName::new(text).unwrap()
}

pub(crate) fn group(text: &str) -> GroupName {
    GroupName::new(text).unwrap()
}

pub(crate) fn send(to: &str, body: &str) -> Command {
    Command::Send { to: name(to), body: body.to_owned() }
}

/// A server at port [`SERVER`] and clients at other ports.
pub(crate) struct Chat {
    pub(crate) now: Timestamp,
    network: SimulatedNetwork,
    pub(crate) server: Server,
    pub(crate) clients: BTreeMap<u16, Client>,
    notices: BTreeMap<u16, Vec<Notice>>,
    /// The version that the server appears to speak, to clients.
    version: u8,
    /// Datagrams whose version was changed on their way, and their original form.
    translations: Vec<(Vec<u8>, Vec<u8>)>,
    /// The events of the server.
    pub(crate) reports: Vec<Report>,
    /// Every datagram that was sent by the server or a client.
    pub(crate) sent: Vec<Delivery>,
}

impl Chat {
    pub(crate) fn new() -> Self {
        let now = Timestamp::from_micros(1_000_000_000);
        Self {
            now,
            network: SimulatedNetwork::new(Conditions::GOOD),
            server: Server::new(1, now).reporting(),
            clients: BTreeMap::new(),
            notices: BTreeMap::new(),
            version: WIRE_VERSION,
            translations: Vec::new(),
            reports: Vec::new(),
            sent: Vec::new(),
        }
    }

    /// Makes the server and clients appear to speak different versions to each other from now on,
    /// or the same one.
    pub(crate) fn speak_as(&mut self, server: u8) {
        self.version = server;
    }

    /// Starts a client, in place of an earlier one, and lets it register.
    pub(crate) fn start(&mut self, port: u16, client: &str) {
        let seed = self.now.as_micros() + u64::from(port);
        let mut client = Client::new(name(client), address(SERVER), seed);
        client.start(self.now);
        self.clients.insert(port, client);
        self.notices.remove(&port);
        self.run_for(Duration::from_millis(50));
    }

    /// Starts a client again, wherever its name was moved in the meantime.
    pub(crate) fn come_back(&mut self, port: u16, client: &str) {
        self.start(port, client);
        self.run_for(Duration::from_secs(1));
        if self.clients.get(&port).is_some_and(|client| client.group().is_some()) {
            self.command(port, Command::LeaveGroup);
        }
    }

    /// Removes a client without notice.
    pub(crate) fn kill(&mut self, port: u16) {
        self.clients.remove(&port);
    }

    /// Makes a client do something, if it is running, and waits for a tenth of a second.
    pub(crate) fn command(&mut self, port: u16, command: Command) {
        if let Some(client) = self.clients.get_mut(&port) {
            client.handle_command(command, self.now);
        }
        self.run_for(Duration::from_millis(100));
    }

    /// Sends a datagram from any address, some time from now.
    pub(crate) fn forge(&mut self, delivery: Delivery, after: Duration) {
        self.network.send(delivery, self.now + after);
    }

    /// Lets time pass.
    pub(crate) fn run_for(&mut self, duration: Duration) {
        let until = self.now + duration;
        self.drain();
        while let Some(at) = self.poll_timeout().filter(|at| *at <= until) {
            self.now = self.now.max(at);
            match self.network.poll_delivery(self.now) {
                Some(delivery) => self.deliver(&delivery),
                None => self.handle_timeout(),
            }
            self.drain();
            assert!(self.sent.len() < SENT_MAX, "an exchange without an end");
        }
        self.now = until;
    }

    fn poll_timeout(&self) -> Option<Timestamp> {
        let clients = self.clients.values().filter_map(Client::poll_timeout);
        clients.chain(self.server.poll_timeout()).chain(self.network.poll_timeout()).min()
    }

    fn deliver(&mut self, Delivery { from, to, bytes, .. }: &Delivery) {
        let bytes = &self.translate(*from, *to, bytes);
        if *to == address(SERVER) {
            self.server.handle_datagram(*from, bytes, self.now);
        } else if let Some(client) = self.clients.get_mut(&to.port()) {
            client.handle_datagram(*from, bytes, self.now);
        }
    }

    /// Changes the versions in a datagram on its way to or from the server.
    fn translate(&mut self, from: Address, to: Address, bytes: &[u8]) -> Vec<u8> {
        let server = address(SERVER);
        if self.version == WIRE_VERSION || (from != server && to != server) {
            return bytes.to_vec();
        }
        let Some(notice) = VersionNotice::decode(bytes) else {
            let translated = foreign(bytes);
            self.translations.push((translated.clone(), bytes.to_vec()));
            return translated;
        };
        let mut translations = self.translations.iter().rev();
        let (_, original) = translations.find(|(it, _)| notice.answers(it)).unwrap();
        let version = if from == server { self.version } else { WIRE_VERSION + 1 };
        notice_of(version, original)
    }

    fn handle_timeout(&mut self) {
        self.server.handle_timeout(self.now);
        for client in self.clients.values_mut() {
            client.handle_timeout(self.now);
        }
    }

    fn drain(&mut self) {
        let now = self.now;
        self.server.assert_invariants();
        let mut transmit = |from: u16, to, bytes| {
            let delivery = Delivery { from: address(from), to, bytes, number: 0 };
            self.sent.push(delivery.clone());
            self.network.send(delivery, now);
        };
        while let Some(output) = self.server.poll_output() {
            match output {
                server::Output::Transmit { to, bytes } => transmit(SERVER, to, bytes),
                server::Output::Store { ticket, .. } => self.server.handle_stored(ticket, now),
                server::Output::Report(report) => self.reports.push(report),
                server::Output::Notice(_) | server::Output::Fact(_) => {}
            }
        }
        self.clients.retain(|&port, client| {
            while let Some(output) = client.poll_output() {
                match output {
                    client::Output::Transmit { to, bytes } => transmit(port, to, bytes),
                    client::Output::Notice { notice, .. } => {
                        self.notices.entry(port).or_default().push(notice);
                    }
                    client::Output::Store { ticket, .. } => client.handle_stored(ticket, now),
                    client::Output::Fact(_)
                    | client::Output::Done { .. }
                    | client::Output::Shown { .. }
                    | client::Output::Recall(_) => {}
                    client::Output::Exit(_) => return false,
                }
            }
            true
        });
    }

    /// Returns what the user of a client has seen since it was started.
    pub(crate) fn notices(&self, port: u16) -> &[Notice] {
        self.notices.get(&port).map(Vec::as_slice).unwrap_or_default()
    }

    /// Asserts that a message goes from one client to another, and that its sender learns it.
    pub(crate) fn assert_delivers(&mut self, from: (u16, &str), to: (u16, &str), body: &str) {
        let before = [from.0, to.0].map(|port| self.notices(port).len());
        self.command(from.0, send(to.1, body));
        let told = &self.notices(from.0)[before[0]..];
        assert_eq!(told, [Notice::Received { by: name(to.1) }]);
        let shown = &self.notices(to.0)[before[1]..];
        assert_eq!(shown, [Notice::Direct { from: name(from.1), body: body.to_owned() }]);
    }
}
