//! A real server machine and a real store, with senders that each wait for the answer to their last
//! message. Datagrams are passed on directly, without a network.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

use chatapp::delivery::{Endpoint, Event, Pace};
use chatapp::protocol::{
    Address, Answer, ClientName, Initiative, Machine as _, Packet, Request, RequestId, Text,
    Timestamp, codec,
};
use chatapp::records::ServerRecord;
use chatapp::server::{Output, Server, Settings};
use chatapp::storage::Owner;
use chatapp::storage::disk::DiskStore;
use driver::Store as _;

/// The size of a text in bytes.
const TEXT_LEN: usize = 64;

/// The approximate size of an encoded key and of a sealed record of such a message.
pub(crate) const KEY_LEN: usize = 14;
pub(crate) const VALUE_LEN: usize = TEXT_LEN + 44;

pub(crate) struct Office {
    server: Server,
    store: DiskStore,
    senders: BTreeMap<Address, Sender>,
    waker: Waker,
    now: Timestamp,
    saved: u32,
    commits: u32,
}

struct Sender {
    name: ClientName,
    endpoint: Endpoint,
    requests: u64,
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

fn address(port: usize) -> Address {
    let port = u16::try_from(port).unwrap();
    Address::new(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
}

fn name(kind: &str, number: usize) -> ClientName {
    ClientName::new(&format!("{kind}{number}")).unwrap()
}

impl Office {
    /// Opens an office for this many senders, each with a receiver that is offline.
    pub(crate) fn open(folder: &Path, senders: usize) -> Self {
        let now = Timestamp::from_micros(1_700_000_000_000_000);
        let settings = Settings {
            mail_per_sender_max: usize::MAX,
            mail_per_receiver_max: usize::MAX,
            mail_bytes_per_receiver_max: usize::MAX,
            ..Settings::default()
        };
        let mut server = Server::new(1, now).with(settings);
        let mut store = DiskStore::open(folder, Owner::Server).unwrap();
        store.load(&mut |_, _| panic!("the folder is new")).unwrap();
        for number in 0..senders {
            let record = ServerRecord::Client { name: name("r", number), address: address(1) };
            server.restore(&record);
        }
        server.start(now);
        let sender = |number| Sender {
            name: name("s", number),
            endpoint: Endpoint::new(number as u64),
            requests: 0,
        };
        let mut office = Self {
            server,
            store,
            senders: (0..senders).map(|it| (address(2_000 + it), sender(it))).collect(),
            waker: Waker::from(Arc::new(Unpark(thread::current()))),
            now,
            saved: 0,
            commits: 0,
        };
        let registering = |sender: &Sender| Request::Connect {
            name: sender.name,
            known: None,
            initiative: Initiative::Person,
        };
        for sender in office.senders.values_mut() {
            let request = registering(sender);
            sender.ask(request, now);
        }
        while office.saved == 0 {
            office.work();
        }
        (office.saved, office.commits) = (0, 0);
        office
    }

    /// Passes on what there is, or waits for the disk; returns how many messages were acknowledged.
    pub(crate) fn work(&mut self) -> u32 {
        let before = self.saved;
        self.now += Duration::from_micros(10);
        let mut is_idle = true;
        for (from, sender) in &mut self.senders {
            while let Some((_, datagram)) = sender.endpoint.poll_datagram() {
                is_idle = false;
                self.server.handle_datagram(*from, &datagram, self.now);
            }
        }
        while let Some(output) = self.server.poll_output() {
            is_idle = false;
            match output {
                Output::Store { ticket, changes } => self.store.put(ticket, changes),
                Output::Transmit { to, bytes } => {
                    if let Some(sender) = self.senders.get_mut(&to) {
                        self.saved += sender.hear(&bytes, self.now);
                    }
                }
                Output::Notice(_) | Output::Fact(_) | Output::Report(_) => {}
            }
        }
        match self.store.poll_stored(&mut Context::from_waker(&self.waker)) {
            Poll::Ready(ticket) => {
                self.commits += 1;
                self.server.handle_stored(ticket.unwrap(), self.now);
            }
            Poll::Pending if is_idle && self.server.is_busy() => thread::park(),
            Poll::Pending if is_idle => self.let_timers_fire(),
            Poll::Pending => {}
        }
        self.saved - before
    }

    /// Returns the approximate number of messages per commit.
    pub(crate) fn messages_per_commit(&self) -> usize {
        usize::try_from(self.saved / self.commits.max(1)).unwrap().max(1)
    }

    fn let_timers_fire(&mut self) {
        let timers = self.senders.values().filter_map(|sender| sender.endpoint.poll_timeout());
        let Some(at) = timers.chain(self.server.poll_timeout()).min() else { return };
        self.now = self.now.max(at);
        self.server.handle_timeout(self.now);
        for sender in self.senders.values_mut() {
            sender.endpoint.handle_timeout(self.now);
        }
    }
}

impl Sender {
    fn ask(&mut self, request: Request, now: Timestamp) {
        self.requests += 1;
        let packet = Packet::Request(RequestId(self.requests), request);
        let pace = Pace::Quiet { patience: Duration::from_hours(1) };
        self.endpoint.send(address(1_000), codec::encode_packet(&packet), pace, now).unwrap();
    }

    /// Handles a datagram and writes the next message, once the last one is answered. Returns how
    /// many were acknowledged as stored.
    fn hear(&mut self, datagram: &[u8], now: Timestamp) -> u32 {
        self.endpoint.handle_datagram(address(1_000), datagram, now);
        let mut saved = 0;
        while let Some((_, event)) = self.endpoint.poll_event() {
            let Event::Received(packet) = event else { continue };
            let Packet::Answer(_, answer) = codec::decode_packet(&packet).unwrap() else {
                continue;
            };
            let is_saved = answer == Answer::Saved;
            let is_expected = is_saved || matches!(answer, Answer::Registered { .. });
            assert!(is_expected, "{answer:?}");
            saved += u32::from(is_saved);
            let to = self.name.as_str().replace('s', "r").parse().unwrap();
            let text = Text { number: self.requests, at: now, body: "x".repeat(TEXT_LEN) };
            self.ask(Request::Save { to, text }, now);
        }
        saved
    }
}
