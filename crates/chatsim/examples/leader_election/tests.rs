//! Runs the scenarios, and generated ones: without and with a planted bug.

use chatsim::fuzz::{self, Campaign, Shrunk, Tally};
use chatsim::suite::Suite;

use crate::guest::Election;
use crate::{ELECTION, HASTY};

/// The number of seeds in which the bug is found, and no failure of the correct nodes.
const SEEDS: usize = 300;

fn fuzz(guest: &'static Election, runs: usize, crash_points: bool) -> Tally {
    let campaign = Campaign::new(guest, guest, runs);
    let campaign = Campaign { crash_points, fails_fast: true, ..campaign };
    fuzz::run(&campaign, &mut |_| ())
}

#[test]
fn scenarios_pass() {
    Suite::new(&ELECTION, "examples/leader_election/scenarios").assert();
}

#[test]
fn promises_are_kept_whatever_happens() {
    let tally = fuzz(&ELECTION, SEEDS, false);
    assert_eq!(tally.first(), None);
    assert_eq!(tally.runs, SEEDS as u64);
    assert_eq!(tally.coverage.packets(), 5, "faults have met every kind of packet");
}

#[test]
fn promises_are_kept_at_every_crash_point() {
    let tally = fuzz(&ELECTION, 5, true);
    assert_eq!(tally.first(), None);
    assert_eq!(tally.runs, 224, "two for each write of each program");
}

#[test]
fn a_node_that_votes_before_it_has_stored_is_found() {
    let tally = fuzz(&HASTY, SEEDS, false);
    let found = tally.first().expect("one of the seeds shows the bug");
    let Shrunk { script, finding, .. } = fuzz::shrink(&found.script, &HASTY).unwrap();
    let expected = "chatsim: 1\nseed: 56\nnodes: [n1, n2, n3, n5]\nsteps:\n  - start: [n1, n5]\n  \
                    - disk: { n5: fails }\n  - advance: 3s\n  - start: [n2, n5]\n  - advance: 2s\n  \
                    - check: all\n";
    assert_eq!(script.write(), expected);
    let reason = "the promise `one_vote` is broken: `n5` votes for `n1` and `n2` in term 1";
    assert_eq!(finding.reason, reason);
}
