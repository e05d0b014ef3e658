//! Generated scenarios, beside the same ones that are only read.

use std::num::NonZeroUsize;
use std::thread;

use chatapp::fuzz::{self, Campaign};
use chatapp::scenario::{Source, parse};
use divan::Bencher;

use crate::comparison::timed;

/// Scenarios of one run.
const RUNS: u32 = 200;

/// The least that a generated scenario could cost: it is made, written and read.
#[divan::bench(sample_size = 1, sample_count = 10)]
fn only_read(bencher: Bencher<'_, '_>) {
    bencher.bench_local(|| {
        timed("fuzz::only_read", RUNS, || {
            for seed in 0..RUNS {
                let text = fuzz::scenario(seed.into()).write();
                let source = Source::new("fuzz.yaml".into(), text.into());
                assert_eq!(parse(&source).unwrap().len(), 1);
            }
        });
    });
}

/// They are played and checked, on all cores.
#[divan::bench(sample_size = 1, sample_count = 10)]
fn scenarios(bencher: Bencher<'_, '_>) {
    let campaign = Campaign {
        script: None,
        from: 0,
        runs: RUNS.try_into().unwrap(),
        crash_points: false,
        fails_fast: false,
        jobs: thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
        is_over: &|| false,
    };
    bencher
        .bench_local(|| timed("fuzz::scenarios", RUNS, || fuzz::run(&campaign, &mut |_| ()).runs));
}
