//! Bugs on purpose: generated scenarios find them.
//!
//! Only with the feature `sabotage`: `cargo test --release --features sabotage --test sabotage`.

use std::num::NonZeroUsize;

use chatapp::fuzz::{Campaign, Tally, run};
use chatapp::protocol::sabotage::{Bug, switch};

/// Scenarios that a bug may need.
const RUNS: usize = 1_500;

/// Bugs that no scenario of a few people and steps can meet: they need a full mailbox, hundreds of
/// segments under way, a page of kept messages after another or two messages in a microsecond; and
/// those of which no promise speaks, that groups outlive the server.
const OUT_OF_REACH: &[Bug] = &[
    Bug::NumbersBeginAgain,
    Bug::MemberNotKept,
    Bug::GroupNotKept,
    Bug::FullIsSaved,
    Bug::FullDropsMessage,
    Bug::AnyPageConfirms,
    Bug::WindowIsIgnored,
];

/// Bugs that end the whole process: the server calls itself until the stack is full.
const FATAL: &[Bug] = &[Bug::VanishedStaysOnline];

fn search(runs: usize, crash_points: bool) -> Tally {
    let campaign = Campaign {
        script: None,
        from: 0,
        runs,
        crash_points,
        fails_fast: true,
        jobs: std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
        is_over: &|| false,
    };
    run(&campaign, &mut |_| ())
}

#[test]
fn every_bug_within_reach_is_found() {
    switch(None);
    assert_eq!(search(300, false).failed, 0, "without a bug nothing fails");
    let mut missed = Vec::new();
    for &bug in Bug::ALL.iter().filter(|bug| !FATAL.contains(bug)) {
        switch(Some(bug));
        let tally = search(RUNS, false);
        let way = tally
            .first()
            .map_or_else(|| "not found".to_owned(), |found| found.finding.way.to_string());
        println!("{bug:?}: {way} ({} runs)", tally.runs);
        if tally.failed == 0 && !OUT_OF_REACH.contains(&bug) {
            missed.push(bug);
        }
    }
    switch(None);
    assert_eq!(missed, []);
}
