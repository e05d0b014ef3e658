//! Runs many generated scenarios.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::thread;

use super::coverage::Coverage;
use super::crash_points;
use super::failure::{Finding, Way};
use super::simulation::{self, Outcome};
use super::workload::Workload;
use crate::Guest;
use crate::runner::in_order;
use crate::scenario::Script;

/// What to run, and how.
pub struct Campaign<'a> {
    /// The programs to run.
    pub guest: &'static dyn Guest,
    /// Generates the scenarios.
    pub workload: &'a dyn Workload,
    /// The scenario whose crash points are tried, instead of generated scenarios.
    pub script: Option<&'a Script>,
    /// The first seed.
    pub from: u64,
    /// The maximum number of seeds.
    pub runs: usize,
    /// Whether each scenario is run again for each write, with a crash at that write.
    pub crash_points: bool,
    /// Whether to stop after the first scenario that fails.
    pub fails_fast: bool,
    /// The number of scenarios that run at the same time.
    pub jobs: NonZeroUsize,
    /// Returns whether to stop now.
    pub is_over: &'a (dyn Fn() -> bool + Sync),
    /// Learns that this thread begins to run a seed (`true`), or has ended.
    pub observe: &'a (dyn Fn(u64, bool) + Sync),
}

impl<'a> Campaign<'a> {
    /// Runs generated scenarios with the first seeds, one on each core, to the end.
    pub fn new(guest: &'static dyn Guest, workload: &'a dyn Workload, runs: usize) -> Self {
        Self {
            guest,
            workload,
            script: None,
            from: 0,
            runs,
            crash_points: false,
            fails_fast: false,
            jobs: thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
            is_over: &|| false,
            observe: &|_, _| (),
        }
    }
}

/// Scenarios that fail in one way.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Found {
    /// The number of scenarios.
    pub count: u64,
    /// The seed of the first one.
    pub seed: u64,
    /// What went wrong in it.
    pub finding: Finding,
    /// The first scenario.
    pub script: Script,
}

/// The results of the scenarios so far.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Tally {
    /// The number of scenarios that were run.
    pub runs: u64,
    /// The number of scenarios that failed.
    pub failed: u64,
    /// The total number of their steps.
    pub steps: u64,
    /// How often faults of links and disks hit something.
    pub fired: u64,
    /// What faults have hit.
    pub coverage: Coverage,
    /// What has to happen in some scenarios, and in how many it has happened.
    pub sometimes: BTreeMap<String, u64>,
    /// The ways in which they failed.
    pub found: BTreeMap<Way, Found>,
}

/// A scenario that was run.
struct Run {
    script: Script,
    outcome: Outcome,
}

/// Runs scenarios until none is left or the campaign is over, and reports the state after each
/// seed.
pub fn run(campaign: &Campaign<'_>, tell: &mut dyn FnMut(&Tally)) -> Tally {
    let seed = |index: usize| campaign.from.wrapping_add(index as u64);
    let work = |index| {
        let script =
            campaign.script.cloned().unwrap_or_else(|| campaign.workload.scenario(seed(index)));
        (campaign.observe)(seed(index), true);
        let runs = run_script(campaign, script);
        (campaign.observe)(seed(index), false);
        runs
    };
    let mut tally = Tally::default();
    in_order(campaign.runs, campaign.jobs, work, campaign.is_over, |done| {
        for (index, runs) in done {
            for Run { script, outcome } in runs {
                tally.count(seed(index), script, outcome);
            }
            tell(&tally);
            if campaign.fails_fast && tally.failed > 0 {
                break;
            }
        }
    });
    tally
}

fn run_script(campaign: &Campaign<'_>, script: Script) -> Vec<Run> {
    let scripts = if campaign.crash_points {
        crash_points::of(&script, campaign.guest, campaign.workload)
    } else {
        vec![script]
    };
    let mut runs = Vec::with_capacity(scripts.len());
    for script in scripts {
        if (campaign.is_over)() && !runs.is_empty() {
            break;
        }
        // What was generated or read before is valid.
        if let Ok(scenario) = script.scenario("fuzz.yaml", campaign.guest) {
            let outcome = simulation::run(&scenario);
            // Only a failing scenario is run again.
            let script = if outcome.finding.is_some() { script } else { Script::default() };
            runs.push(Run { script, outcome });
        }
    }
    runs
}

impl Tally {
    fn count(&mut self, seed: u64, script: Script, outcome: Outcome) {
        let Outcome { finding, steps, fired, coverage, sometimes } = outcome;
        self.runs += 1;
        self.steps += steps;
        self.fired += fired;
        self.coverage.add(coverage);
        for (line, has_happened) in sometimes {
            *self.sometimes.entry(line).or_default() += u64::from(has_happened);
        }
        if let Some(finding) = finding {
            self.failed += 1;
            let way = finding.way.clone();
            let found = Found { count: 0, seed, finding, script };
            self.found.entry(way).or_insert(found).count += 1;
        }
    }

    /// Returns the failure with the lowest seed.
    pub fn first(&self) -> Option<&Found> {
        self.found.values().min_by_key(|found| found.seed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Fakes;

    fn campaign(jobs: usize, runs: usize) -> Tally {
        let campaign = Campaign {
            guest: &Fakes,
            workload: &Fakes,
            script: None,
            from: 7,
            runs,
            crash_points: false,
            fails_fast: false,
            jobs: NonZeroUsize::new(jobs).unwrap(),
            is_over: &|| false,
            observe: &|_, _| (),
        };
        run(&campaign, &mut |_| ())
    }

    #[test]
    fn however_many_run_at_once_the_result_is_the_same() {
        let alone = campaign(1, 12);
        assert_eq!(alone.runs, 12);
        assert_eq!((alone.fired, alone.steps), (12, 12 * 7));
        assert_eq!((alone.coverage.faults(), alone.coverage.packets()), (1, 1));
        assert_eq!(campaign(3, 12), alone);
    }

    #[test]
    fn nothing_is_begun_when_it_is_over() {
        let campaign = Campaign {
            guest: &Fakes,
            workload: &Fakes,
            script: None,
            from: 0,
            runs: usize::MAX,
            crash_points: false,
            fails_fast: false,
            jobs: NonZeroUsize::MIN,
            is_over: &|| true,
            observe: &|_, _| (),
        };
        assert_eq!(run(&campaign, &mut |_| ()).runs, 0);
    }
}
