//! The traces of both stages: complete, and the same for the same run.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use chatapp::sim::Chat;
use chatsim::cli::find;
use chatsim::runner::{Patience, Verdict, run_scenario};
use chatsim::scenario::{Includes, Scenario, StageName, load};
use chatsim::stage::simulated::Simulated;
use chatsim::stage::udp::Udp;
use chatsim::stage::{Change, Stage, TraceEntry, TraceEvent, TraceKeeping, fingerprint};

/// All scenarios that are for a stage, in all combinations.
fn scenarios(stage: StageName) -> Vec<(PathBuf, Scenario)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let paths = find(&[folder]).unwrap();
    assert!(paths.len() > 20, "the scenarios are found");
    let loaded = paths
        .into_iter()
        .map(|path| (path.clone(), load(&path, &Chat, Includes::Project).unwrap()));
    loaded
        .flat_map(|(path, scenarios)| scenarios.into_iter().map(move |it| (path.clone(), it)))
        .filter(|(_, scenario)| scenario.terms.allow(stage))
        .collect()
}

fn traced(scenario: &Scenario, stage: &mut dyn Stage) -> Vec<TraceEntry> {
    stage.keep_trace(TraceKeeping::Everything);
    let verdict = run_scenario(scenario, stage, Patience::SIMULATED, &mut |_| ()).verdict;
    assert!(matches!(verdict, Verdict::Passed | Verdict::FailedAsExpected { .. }), "{verdict:?}");
    stage.trace().to_vec()
}

/// Each datagram was sent once, and arrived, or found no program, or was hit by a fault, or was
/// still under way to a program that ended in the meantime.
fn assert_complete(path: &Path, trace: &[TraceEntry]) {
    let mut open = BTreeSet::new();
    let mut ended = false;
    for TraceEntry { event, .. } in trace {
        match event {
            TraceEvent::Sent { number, hit_by, .. } => {
                if hit_by.is_empty() {
                    assert!(open.insert(*number), "{}: #{number} is sent twice", path.display());
                }
            }
            TraceEvent::Arrived { number, .. } | TraceEvent::Missed { number } => {
                open.remove(number);
            }
            TraceEvent::Program(_, change) => {
                ended |= matches!(change, Change::Killed | Change::Ended);
            }
            TraceEvent::Timer(_) | TraceEvent::Fact(..) => {}
        }
    }
    assert!(ended || open.is_empty(), "{}: no word of {open:?}", path.display());
    assert!(trace.is_sorted_by_key(|entry| entry.at), "{}: time goes back", path.display());
}

#[test]
fn a_simulated_run_is_told_completely_and_twice_the_same() {
    for (path, scenario) in scenarios(StageName::Simulated) {
        let seed = scenario.seed.unwrap_or_default();
        let first = traced(&scenario, &mut Simulated::new(&scenario, seed));
        assert_complete(&path, &first);
        let second = traced(&scenario, &mut Simulated::new(&scenario, seed));
        assert_eq!(fingerprint(&first), fingerprint(&second), "{}", path.display());
    }
}

#[test]
fn another_seed_makes_another_trace() {
    let (_, scenario) = scenarios(StageName::Simulated).swap_remove(0);
    let traces = [0, 1].map(|seed| traced(&scenario, &mut Simulated::new(&scenario, seed)));
    assert_ne!(fingerprint(&traces[0]), fingerprint(&traces[1]));
}

#[test]
fn a_run_on_sockets_is_told_completely() {
    for (path, scenario) in scenarios(StageName::Udp) {
        let seed = scenario.seed.unwrap_or_default();
        let trace = traced(&scenario, &mut Udp::new(&scenario, seed).unwrap());
        assert_complete(&path, &trace);
    }
}
