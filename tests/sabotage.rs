//! Planted bugs: generated scenarios find each of them, and are shrunk.
//!
//! Only with the feature `sabotage`: `cargo test --release --features sabotage --test sabotage`.
//! `CHATSIM_BUGS` names the bugs to look for, instead of all.

use chatapp::protocol::sabotage::{Bug, switch};
use chatapp::sim::Chat;
use chatsim::Guest as _;
use chatsim::fuzz::{Campaign, Tally, run, shrink};

/// The maximum number of scenarios until a bug is found.
const RUNS: usize = 20_000;

/// The maximum number of steps of a shrunk scenario.
const STEPS_MAX: usize = 12;

/// The minimum number of bugs.
const BUGS_MIN: usize = 98;

/// The number of scenarios without a bug, none of which fails, and in which everything happens that
/// they watch for; `chatsim fuzz` runs more of them.
const RUNS_WITHOUT: usize = 3_000;

/// What happens only with a bug.
const GAP: &str = "packet `refresh`";

/// The maximum number of scenarios that are shrunk until one of them is small enough.
const TRIES: usize = 8;

fn search(from: u64, runs: usize) -> Tally {
    let workload = Chat.workload().expect("the chat has a workload");
    let campaign = Campaign { from, fails_fast: true, ..Campaign::new(&Chat, workload, runs) };
    run(&campaign, &mut |_| ())
}

/// The findings for a bug.
#[derive(Default)]
struct Search {
    runs: usize,
    way: String,
    /// The smallest shrunk scenario, and its number of steps.
    steps: Option<usize>,
    script: String,
}

impl Search {
    fn is_small(&self) -> bool {
        self.steps.is_some_and(|steps| steps <= STEPS_MAX)
    }
}

/// Looks for a scenario that fails and can be shrunk.
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
    let without = search(0, RUNS_WITHOUT);
    assert_eq!(without.found, [].into(), "without a bug nothing fails");
    // A client misses a change of the register table only if the server makes a mistake.
    let never = without.sometimes.iter().filter(|(what, times)| **times == 0 && *what != GAP);
    assert_eq!(never.collect::<Vec<_>>(), [], "everything that is watched for happens");
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
