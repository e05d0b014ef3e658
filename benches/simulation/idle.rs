//! Virtual time without input.

use std::time::Duration;

use chatapp::sim::server;
use chatsim::stage::Stage;
use divan::Bencher;

use crate::comparison::timed;
use crate::opening::{client, opened};

const CLIENTS: usize = 4;
const DAY: Duration = Duration::from_hours(24);

/// A lower bound for a day: only the server is running.
#[divan::bench(sample_size = 1)]
fn empty_day(bencher: Bencher<'_, '_>) {
    bencher.with_inputs(|| opened(0)).bench_local_values(|mut stage| {
        timed("idle::empty_day", 1, || stage.advance(DAY).unwrap());
        stage
    });
}

/// Four clients are registered.
#[divan::bench(sample_size = 1)]
fn day(bencher: Bencher<'_, '_>) {
    bencher.with_inputs(|| opened(CLIENTS)).bench_local_values(|mut stage| {
        timed("idle::day", 1, || stage.advance(DAY).unwrap());
        stage
    });
}

/// Four clients try to reconnect to a server that vanished.
#[divan::bench(sample_size = 1)]
fn day_without_server(bencher: Bencher<'_, '_>) {
    let deserted = || {
        let mut stage = opened(CLIENTS);
        stage.kill(server()).unwrap();
        for index in 0..CLIENTS {
            stage.type_line(client(index), "list_groups").unwrap();
        }
        stage.settle().unwrap();
        stage
    };
    bencher.with_inputs(deserted).bench_local_values(|mut stage| {
        timed("idle::day_without_server", 1, || stage.advance(DAY).unwrap());
        stage
    });
}
