//! Echoes on the simulated stage, compared with turmoil: the cost of the simulation itself.

use std::fmt;
use std::net::Ipv4Addr;
use std::time::Duration;

use chatapp::sim::{Chat, server};
use chatsim::network::{Aim, Chance, Conditions, Effect as FaultEffect, Fault};
use chatsim::scenario::ActorName;
use chatsim::stage::simulated::Simulated;
use chatsim::stage::{Stage, TraceKeeping};
use chatsim::{Guest, Part, Role};
use divan::Bencher;
use divan::counter::ItemsCount;
use machine::{Actor, Address, Effect, Machine, Timestamp};
use turmoil::net::UdpSocket;

use crate::comparison::timed;
use crate::opening::{client, scenario_of};

/// The approximate number of datagrams of one run: half of them are echoes.
const DATAGRAMS: u32 = 100_000;
const DATAGRAM_LEN: usize = 64;
const LATENCY: Duration = Duration::from_millis(5);
const PORT: u16 = 2475;

/// A measurement: a number of clients, each with a number of datagrams in flight.
pub(crate) struct Case {
    /// The name of the measurement on our stage.
    pub(crate) simulated: &'static str,
    /// The name of the measurement on turmoil.
    pub(crate) turmoil: &'static str,
    clients: u16,
    window: u32,
    guest: Echoes,
}

const fn quota(clients: u16) -> u32 {
    DATAGRAMS / 2 / clients as u32
}

pub(crate) static CASES: [Case; 4] = [
    Case {
        simulated: "echo: 3, window 1",
        turmoil: "turmoil: 3, window 1",
        clients: 3,
        window: 1,
        guest: Echoes::new(1, quota(3)),
    },
    Case {
        simulated: "echo: 3, window 64",
        turmoil: "turmoil: 3, window 64",
        clients: 3,
        window: 64,
        guest: Echoes::new(64, quota(3)),
    },
    Case {
        simulated: "echo: 50, window 1",
        turmoil: "turmoil: 50, window 1",
        clients: 50,
        window: 1,
        guest: Echoes::new(1, quota(50)),
    },
    Case {
        simulated: "echo: 50, window 64",
        turmoil: "turmoil: 50, window 64",
        clients: 50,
        window: 64,
        guest: Echoes::new(64, quota(50)),
    },
];

impl Case {
    fn datagrams(&self) -> u32 {
        quota(self.clients) * u32::from(self.clients) * 2
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} clients, window {}", self.clients, self.window)
    }
}

/// Our stage, with armed faults that hit nothing, and with its whole trace.
#[divan::bench(args = &CASES, sample_size = 1, sample_count = 5)]
fn simulated(bencher: Bencher<'_, '_>, case: &'static Case) {
    bencher.counter(ItemsCount::new(case.datagrams())).bench_local(|| {
        timed(case.simulated, case.datagrams(), || {
            let clients = usize::from(case.clients);
            let stage = played(clients, &case.guest, TraceKeeping::Everything);
            assert_eq!(stage.datagrams(), u64::from(case.datagrams()));
            let entries = usize::try_from(stage.datagrams() * 2).unwrap();
            assert!(stage.trace().len() > entries, "the whole trace is kept");
            stage
        })
    });
}

/// The same with turmoil.
#[divan::bench(args = &CASES, sample_size = 1, sample_count = 3)]
fn turmoil(bencher: Bencher<'_, '_>, case: &Case) {
    bencher.counter(ItemsCount::new(case.datagrams())).bench_local(|| {
        timed(case.turmoil, case.datagrams(), || {
            let mut builder = turmoil::Builder::new();
            builder.simulation_duration(Duration::from_hours(24));
            builder.min_message_latency(LATENCY).max_message_latency(LATENCY);
            builder.udp_capacity(usize::try_from(DATAGRAMS).unwrap());
            let mut sim = builder.build();
            sim.host("server", serve);
            for index in 0..case.clients {
                sim.client(format!("c{index}"), call(case.window, quota(case.clients)));
            }
            sim.run().unwrap();
        });
    });
}

async fn serve() -> turmoil::Result {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, PORT)).await?;
    let mut buffer = [0; DATAGRAM_LEN];
    loop {
        let (len, from) = socket.recv_from(&mut buffer).await?;
        socket.send_to(buffer.get(..len).unwrap_or_default(), from).await?;
    }
}

async fn call(window: u32, quota: u32) -> turmoil::Result {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, PORT)).await?;
    let mut buffer = [0; DATAGRAM_LEN];
    for _ in 0..window {
        socket.send_to(&buffer, ("server", PORT)).await?;
    }
    for received in 1..=quota {
        socket.recv_from(&mut buffer).await?;
        if received + window <= quota {
            socket.send_to(&buffer, ("server", PORT)).await?;
        }
    }
    Ok(())
}

/// Runs until all clients have all their echoes.
pub(crate) fn played(clients: usize, guest: &'static Echoes, keeping: TraceKeeping) -> Simulated {
    let conditions = Conditions { latency: LATENCY };
    let mut stage = Simulated::with(&scenario_of(guest, clients), 1, conditions);
    stage.keep_trace(keeping);
    for fault in faults() {
        stage.arm(&fault).unwrap();
    }
    stage.start(server()).unwrap();
    for index in 0..clients {
        stage.start(client(index)).unwrap();
    }
    stage.settle().unwrap();
    stage
}

/// A kind of packet that never occurs.
fn update() -> chatsim::PacketKind {
    *Chat.packet_kinds().iter().find(|kind| kind.name == "update").unwrap()
}

/// Three faults that have to check each datagram: by its link and its kind, by its number, and by
/// chance.
fn faults() -> [Fault<ActorName>; 3] {
    let everything = Aim { from: None, to: None, packet: None };
    let link = Aim { from: Some(server()), to: Some(client(0)), ..everything };
    let kind = Aim { packet: Some(update()), ..link };
    let fault = |aim, effect| Fault { aims: vec![aim], nth: None, chance: None, effect };
    [
        fault(kind, FaultEffect::Drop),
        Fault { nth: Some(u64::MAX), ..fault(everything, FaultEffect::Duplicate) },
        Fault { chance: Some(Chance::NEVER), ..fault(everything, FaultEffect::Drop) },
    ]
}

/// The workload of a large run: about a million datagrams with three clients.
pub(crate) static MILLION: Echoes = Echoes::new(64, DATAGRAMS * 5 / 3 + 1);

/// A server that echoes everything, and clients with a number of datagrams in flight, and in total.
/// Packet kinds are those of the chat.
#[derive(Debug)]
pub(crate) struct Echoes {
    window: u32,
    quota: u32,
}

impl Echoes {
    const fn new(window: u32, quota: u32) -> Self {
        Self { window, quota }
    }
}

impl Guest for Echoes {
    fn roles(&self) -> &'static [Role] {
        Chat.roles()
    }

    fn build(&self, part: &Part<'_>) -> Box<dyn Actor> {
        let caller = part.address_of("server").filter(|_| !part.role.is_single);
        let (window, quota) = (self.window, self.quota);
        Box::new(Echo { caller, sent: 0, received: 0, window, quota, next: Vec::new() })
    }

    fn packet_kinds(&self) -> &[chatsim::PacketKind] {
        Chat.packet_kinds()
    }

    fn packets(&self, datagram: &[u8]) -> Vec<chatsim::PacketKind> {
        Chat.packets(datagram)
    }
}

/// Echoes datagrams; a caller also begins, and stops at its quota.
struct Echo {
    /// The server, for a caller.
    caller: Option<Address>,
    sent: u32,
    received: u32,
    window: u32,
    quota: u32,
    next: Vec<Effect>,
}

impl Machine for Echo {
    type Output = Effect;

    fn handle_datagram(&mut self, from: Address, bytes: &[u8], _now: Timestamp) {
        self.received += 1;
        if self.caller.is_none() || self.sent < self.quota {
            self.sent += 1;
            self.next.push(Effect::Transmit { to: from, bytes: bytes.to_vec() });
        }
    }

    fn poll_output(&mut self) -> Option<Effect> {
        self.next.pop()
    }

    fn is_busy(&self) -> bool {
        self.caller.is_some() && self.received < self.quota
    }
}

impl Actor for Echo {
    fn start(&mut self, _now: Timestamp) {
        if let Some(server) = self.caller {
            self.sent = self.window.min(self.quota);
            let datagram = || Effect::Transmit { to: server, bytes: vec![0; DATAGRAM_LEN] };
            self.next.extend((0..self.sent).map(|_| datagram()));
        }
    }

    fn handle_line(&mut self, _line: &str, _now: Timestamp) {}

    fn handle_interrupt(&mut self, _now: Timestamp) {}
}
