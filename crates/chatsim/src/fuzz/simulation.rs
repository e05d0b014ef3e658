//! Runs one scenario on the simulated stage.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::coverage::Coverage;
use super::failure::Finding;
use crate::runner::{self, Patience, Recording, Sometimes};
use crate::scenario::{ActorName, Scenario};
use crate::stage::simulated::Simulated;
use crate::stage::{Stage as _, TraceKeeping};

/// Entries of the trace that are kept where no promise needs all of them: enough to say what kept a run
/// from coming to rest.
const LAST_ENTRIES: usize = 1000;

/// The result of one run.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Outcome {
    /// What is wrong, if anything is.
    pub finding: Option<Finding>,
    /// The number of steps that were run.
    pub steps: u64,
    /// How often faults of links and disks hit something.
    pub fired: u64,
    /// What faults have hit.
    pub coverage: Coverage,
    /// What has to happen in some scenarios, and whether it has happened in this one.
    pub sometimes: BTreeMap<String, bool>,
}

/// Runs a scenario, and collects what faults have hit.
pub(super) fn run(scenario: &Scenario) -> Outcome {
    guarded(|| {
        let mut stage = Simulated::new(scenario, scenario.seed.unwrap_or_default());
        stage.keep_trace(TraceKeeping::Last(LAST_ENTRIES));
        let (finding, recording) = run_on(&mut stage, scenario);
        let hits: u64 = recording.faults.iter().map(|fault| stage.fired(fault.id)).sum();
        let coverage = Coverage::of(&recording.faults, stage.trace(), scenario.guest);
        let (steps, fired) = (recording.steps.len() as u64, hits + stage.strikes());
        let mut sometimes = BTreeMap::new();
        for Sometimes { what, has_happened, .. } in recording.sometimes {
            *sometimes.entry(what.kind()).or_default() |= has_happened;
        }
        Outcome { finding, steps, fired, coverage, sometimes }
    })
    .unwrap_or_else(|finding| Outcome { finding: Some(finding), ..Outcome::default() })
}

/// Runs a scenario, and returns only what is wrong.
pub(super) fn finding(scenario: &Scenario) -> Option<Finding> {
    guarded(|| {
        let mut stage = Simulated::new(scenario, scenario.seed.unwrap_or_default());
        stage.keep_trace(TraceKeeping::Last(LAST_ENTRIES));
        run_on(&mut stage, scenario).0
    })
    .unwrap_or_else(Some)
}

/// Runs a scenario, and returns for each write of each actor the index of its step.
pub(super) fn writes(scenario: &Scenario) -> Result<Vec<(ActorName, Vec<usize>)>, Finding> {
    guarded(|| {
        let mut stage = Simulated::new(scenario, scenario.seed.unwrap_or_default());
        stage.note_writes();
        let (_, recording) = run_on(&mut stage, scenario);
        let lines: Vec<_> = scenario.steps.iter().map(|step| step.place.start).collect();
        // The last step that had begun by then; nested steps come after the one that holds them.
        let step_at = |at| {
            let begun = recording.steps.iter().rev().find(|step| step.began <= at);
            let start = begun.map_or(0, |step| step.place.start);
            lines.partition_point(|line| *line <= start).saturating_sub(1)
        };
        runner::actors(scenario)
            .map(|actor| (actor, stage.writes(actor).iter().map(|at| step_at(*at)).collect()))
            .collect()
    })
}

fn run_on(stage: &mut Simulated, scenario: &Scenario) -> (Option<Finding>, Recording) {
    let outcome = runner::run_scenario(scenario, stage, Patience::SIMULATED, &mut |_| ());
    (Finding::of(&outcome.verdict), outcome.recording)
}

/// Turns a panic into a finding.
fn guarded<T>(run: impl FnOnce() -> T) -> Result<T, Finding> {
    catch_unwind(AssertUnwindSafe(run)).map_err(|panic| {
        let message = panic.downcast_ref::<String>().map(String::as_str);
        let message = message.or_else(|| panic.downcast_ref::<&str>().copied());
        Finding::of_panic(message.unwrap_or("without a word"))
    })
}
