//! Generated scenarios, compared with only parsing them.

use chatapp::sim::{Chat, parse};
use chatsim::Guest as _;
use chatsim::fuzz::{self, Campaign};
use chatsim::scenario::Source;
use divan::Bencher;

use crate::comparison::timed;

/// The number of scenarios of one run.
const RUNS: u32 = 200;

/// A lower bound for a generated scenario: it is generated, written and parsed.
#[divan::bench(sample_size = 1, sample_count = 10)]
fn only_read(bencher: Bencher<'_, '_>) {
    bencher.bench_local(|| {
        timed("fuzz::only_read", RUNS, || {
            for seed in 0..RUNS {
                let text = Chat.workload().unwrap().scenario(seed.into()).write();
                let source = Source::new("fuzz.yaml".into(), text.into());
                assert_eq!(parse(&source).unwrap().len(), 1);
            }
        });
    });
}

/// They are run and checked, on all cores.
#[divan::bench(sample_size = 1, sample_count = 10)]
fn scenarios(bencher: Bencher<'_, '_>) {
    let workload = Chat.workload().unwrap();
    let campaign = Campaign::new(&Chat, workload, RUNS.try_into().unwrap());
    bencher
        .bench_local(|| timed("fuzz::scenarios", RUNS, || fuzz::run(&campaign, &mut |_| ()).runs));
}
