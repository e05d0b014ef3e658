//! Bugs on purpose: generated scenarios find each of them, and are made small.
//!
//! Only with the feature `sabotage`: `cargo test --release --features sabotage --test sabotage`.
//! `CHATSIM_BUGS` names those that are to be looked for, instead of all.

use chatapp::protocol::sabotage::{Bug, switch};
use chatapp::sim::Chat;
use chatsim::Guest as _;
use chatsim::fuzz::{Campaign, Tally, run, shrink};

/// Scenarios that a bug may need.
const RUNS: usize = 20_000;

/// Steps that may be left of one that fails.
const STEPS_MAX: usize = 12;

/// Bugs that there have to be.
const BUGS_MIN: usize = 36;

/// Scenarios without a bug, none of which fails; `chatsim fuzz` plays more of them.
const RUNS_WITHOUT: usize = 300;

/// Scenarios that are made small, at most, until one of them is small enough.
const TRIES: usize = 8;

fn search(from: u64, runs: usize) -> Tally {
    let workload = Chat.workload().expect("the chat has a workload");
    let campaign = Campaign { from, fails_fast: true, ..Campaign::new(&Chat, workload, runs) };
    run(&campaign, &mut |_| ())
}

/// What has been found of a bug.
#[derive(Default)]
struct Search {
    runs: usize,
    way: String,
    /// The fewest steps that a scenario was made small to, and these.
    steps: Option<usize>,
    script: String,
}

impl Search {
    fn is_small(&self) -> bool {
        self.steps.is_some_and(|steps| steps <= STEPS_MAX)
    }
}

/// Looks for a scenario that fails and can be made small.
fn look_for_small() -> Search {
    let mut search = Search::default();
    for _ in 0..TRIES {
        let tally = search_from(search.runs);
        search.runs += usize::try_from(tally.runs).unwrap_or(RUNS);
        let Some(small) = tally.first().and_then(|found| shrink(&found.script, &Chat)) else {
            break;
        };
        if search.steps.is_none_or(|steps| small.steps() < steps) {
            search.way = small.finding.way.to_string();
            search.steps = Some(small.steps());
            search.script = small.script.write();
        }
        if search.is_small() {
            break;
        }
    }
    search
}

fn search_from(runs: usize) -> Tally {
    search(runs as u64, RUNS - runs)
}

#[test]
fn every_bug_is_found_and_made_small() {
    let named = std::env::var("CHATSIM_BUGS").unwrap_or_default();
    let named: Vec<_> = named.split(',').filter(|name| !name.is_empty()).collect();
    let is_named = |bug: &&Bug| named.is_empty() || named.contains(&format!("{bug:?}").as_str());
    assert!(Bug::ALL.len() >= BUGS_MIN);
    switch(None);
    assert_eq!(search(0, RUNS_WITHOUT).found, [].into(), "without a bug nothing fails");
    let mut missed = Vec::new();
    println!("| bug | way | runs | steps |\n|---|---|---|---|");
    for &bug in Bug::ALL.iter().filter(is_named) {
        switch(Some(bug));
        let found = look_for_small();
        let Search { runs, way, .. } = &found;
        let way = if found.steps.is_some() { way } else { "not found" };
        let steps = found.steps.map_or_else(|| "-".to_owned(), |steps| steps.to_string());
        println!("| `{bug:?}` | {way} | {runs} | {steps} |");
        if !named.is_empty() || !found.is_small() {
            println!("{}", found.script);
        }
        if !found.is_small() {
            missed.push(bug);
        }
    }
    switch(None);
    assert_eq!(missed, []);
}
