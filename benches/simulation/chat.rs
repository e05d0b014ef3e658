//! Three chatting clients: real machines and real bytes on the simulated stage.

use chatapp::protocol::{Address, Timestamp};
use chatsim::network::{Conditions, Delivery, SimulatedNetwork};
use chatsim::scenario::ActorName;
use chatsim::stage::Stage;
use chatsim::stage::simulated::Simulated;
use divan::counter::ItemsCount;
use divan::{Bencher, black_box_drop};

use crate::comparison::timed;
use crate::opening::{client, opened};

const CLIENTS: usize = 3;

/// The number of lines that each client types in one run.
const LINES: usize = 2_000;

/// The datagrams of the network without machines, and their size: about those of a direct chat.
const BARE_DATAGRAMS: u32 = 3_000;
const BARE_DATAGRAM_LEN: usize = 80;

/// A lower bound for a chat: the datagrams pass through the network, and no program reads them.
#[divan::bench(sample_size = 1)]
fn bare_network(bencher: Bencher<'_, '_>) {
    let address = |port| Address::new(([127, 0, 0, 1], port).into());
    let mut now = Timestamp::default();
    bencher
        .counter(ItemsCount::new(BARE_DATAGRAMS))
        .with_inputs(|| SimulatedNetwork::new(Conditions::GOOD))
        .bench_local_values(|mut network| {
            timed("chat::bare_network", BARE_DATAGRAMS, || {
                for _ in 0..BARE_DATAGRAMS / 3 {
                    for port in 1..=3 {
                        let bytes = vec![0; BARE_DATAGRAM_LEN];
                        let (from, to) = (address(port), address(port + 1));
                        network.send(Delivery { from, to, bytes, number: 0 }, now);
                    }
                    while let Some(at) = network.poll_timeout() {
                        now = at;
                        black_box_drop(network.poll_delivery(now));
                    }
                }
            });
        });
}

/// Each client writes to the next one.
#[divan::bench(sample_size = 1)]
fn direct(bencher: Bencher<'_, '_>) {
    measure(bencher, "chat::direct", &[], direct_line);
}

/// The line typed for a message to a client.
pub(crate) fn direct_line(to: ActorName) -> String {
    format!("send {to} have you seen the tide tables for tomorrow?")
}

/// Types a line at each client at the same time, until everything is answered.
pub(crate) fn type_everywhere(stage: &mut Simulated, lines: &[(ActorName, String)]) {
    for (client, line) in lines {
        stage.type_line(*client, line).unwrap();
    }
    stage.settle().unwrap();
}

/// Each client writes to the group of all three, through the server.
#[divan::bench(sample_size = 1)]
fn in_a_group(bencher: Bencher<'_, '_>) {
    let line = |_| "send_all have you seen the tide tables for tomorrow?".to_owned();
    measure(bencher, "chat::in_a_group", &["create_group sea", "join_group sea"], line);
}

/// Types the lines of all clients at the same time, until everything is answered.
fn measure(
    bencher: Bencher<'_, '_>,
    name: &'static str,
    before: &[&str],
    line: fn(ActorName) -> String,
) {
    let ready = || {
        let mut stage = opened(CLIENTS);
        for text in before {
            for index in 0..CLIENTS {
                stage.type_line(client(index), text).unwrap();
                stage.settle().unwrap();
            }
        }
        stage
    };
    let lines: Vec<_> =
        (0..CLIENTS).map(|it| (client(it), line(client((it + 1) % CLIENTS)))).collect();
    let chat = |stage: &mut Simulated| {
        for _ in 0..LINES {
            type_everywhere(stage, &lines);
        }
    };
    let datagrams = datagrams(ready(), chat);
    bencher.counter(ItemsCount::new(datagrams)).with_inputs(ready).bench_local_values(
        |mut stage| {
            timed(name, datagrams, || chat(&mut stage));
            stage
        },
    );
}

/// Counts the datagrams of a chat; the number is deterministic.
fn datagrams(mut stage: Simulated, chat: impl Fn(&mut Simulated)) -> u32 {
    let before = stage.datagrams();
    chat(&mut stage);
    u32::try_from(stage.datagrams() - before).unwrap()
}
