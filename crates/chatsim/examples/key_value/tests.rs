//! Runs the scenarios, and generated ones: without and with a planted bug.

use chatsim::fuzz::{self, Campaign, Shrunk, Tally};
use chatsim::suite::Suite;

use crate::guest::KeyValue;
use crate::{HASTY, KEY_VALUE};

/// The number of seeds in which the bug is found, and no failure of the correct server.
const SEEDS: usize = 200;

fn fuzz(guest: &'static KeyValue, runs: usize, crash_points: bool) -> Tally {
    let campaign = Campaign::new(guest, guest, runs);
    let campaign = Campaign { crash_points, fails_fast: true, ..campaign };
    fuzz::run(&campaign, &mut |_| ())
}

#[test]
fn scenarios_pass() {
    Suite::new(&KEY_VALUE, "examples/key_value/scenarios").assert();
}

#[test]
fn promises_are_kept_whatever_happens() {
    let tally = fuzz(&KEY_VALUE, SEEDS, false);
    assert_eq!(tally.first(), None);
    assert_eq!(tally.runs, SEEDS as u64);
    assert_eq!(tally.coverage.packets(), 4, "faults have met every kind of packet");
}

#[test]
fn promises_are_kept_at_every_crash_point() {
    let tally = fuzz(&KEY_VALUE, 10, true);
    assert_eq!(tally.first(), None);
    assert_eq!(tally.runs, 114, "two for each write of each program");
}

#[test]
fn a_server_that_answers_before_it_has_stored_is_found() {
    let tally = fuzz(&HASTY, SEEDS, false);
    let found = tally.first().expect("one of the seeds shows the bug");
    let Shrunk { script, finding, .. } = fuzz::shrink(&found.script, &HASTY).unwrap();
    let expected = "chatsim: 1\nclients: [c1]\nsteps:\n  - start: [server, c1]\n  \
                    - disk: { server: fails }\n  - c1: put a v2\n  - check: all\n";
    assert_eq!(script.write(), expected);
    let reason = "the promise `nothing_lost` is broken: `c1` was told of version 1 of `a`, and the \
                  server has version 0";
    assert_eq!(finding.reason, reason);
}
