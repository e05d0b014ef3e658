//! Runs many scenarios, each on a stage of its own.

use std::fs;
use std::io;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::determinism;
use super::fitness::misfit;
use super::snapshot::{self, Comparison};
use super::transcript::{actors, transcript};
use super::workers::{Ports, in_order};
use super::{
    Case, Event, Failure, Outcome, Patience, Recording, Redaction, ScenarioRun, Summary, Trouble,
    Update, Verdict,
};
use crate::scenario::{Scenario, StageName};
use crate::stage::{Stage, StageError, StageRecord, TraceKeeping};

/// Entries of the trace that a run keeps if no report needs all of it: enough to explain a failure.
const LAST_ENTRIES: usize = 1000;

/// How to run scenarios.
pub struct RunOptions<'a> {
    /// The stage; scenarios that cannot run on it are skipped.
    pub stage: StageName,
    /// How long to wait for expected lines.
    pub patience: Patience,
    /// The seeds to run with.
    pub seeds: Seeds,
    /// What to do with screens that differ from their snapshot; `None` does not compare.
    pub update: Option<Update>,
    /// How much of the trace is kept.
    pub trace: TraceDepth,
    /// Writes each screen to `<folder>/<scenario>/<actor>.txt`.
    pub transcripts: Option<PathBuf>,
    /// The number of scenarios that run at the same time, each on a thread of its own.
    pub jobs: NonZeroUsize,
    /// Whether the stage uses the ports and the time of this machine: scenarios with the same port
    /// cannot run at the same time, and screens differ from their snapshots in ports and times.
    pub is_real: bool,
    /// Whether to run each scenario twice, which has to give the same result.
    pub verifies_determinism: bool,
    /// Stop after the first scenario that does not pass.
    pub fails_fast: bool,
    /// Returns the time, from any start.
    pub clock: &'a (dyn Fn() -> Duration + Sync),
    /// Returns whether to end the run now. Scenarios that are still running do not count.
    pub is_interrupted: &'a (dyn Fn() -> bool + Sync),
}

/// How much of the trace is kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TraceDepth {
    /// The latest entries, which explain a failure.
    Latest,
    /// All entries, for a report that draws them.
    Full,
    /// All entries, which are also emitted as events.
    Reported,
}

/// The seeds that scenarios are run with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Seeds {
    /// Each is run once, with its own seed, or 0 if it has none.
    Own,
    /// Each is run once with this seed.
    Same(u64),
    /// Each is run `count` times with consecutive seeds. The snapshot is compared for the
    /// scenario's own seed.
    Many {
        /// The first seed; `None` for the scenario's own.
        from: Option<u64>,
        /// The number of seeds.
        count: NonZeroUsize,
    },
}

/// Builds the stage for a scenario and a seed.
pub type StageBuilder<'a> =
    dyn Fn(&Scenario, u64) -> Result<Box<dyn Stage>, StageError> + Sync + 'a;

/// The result of one run, before the snapshot is compared.
struct Done {
    notes: Vec<String>,
    verdict: Verdict,
    /// The screens, if nothing failed.
    shown: String,
    recording: Recording,
    /// Makes the screens comparable with the snapshot, if they may differ.
    redaction: Option<Redaction>,
    took: Duration,
}

impl Done {
    /// The scenario was not run at all.
    fn not_run(verdict: Verdict) -> Self {
        let (notes, shown, recording) = (Vec::new(), String::new(), Recording::default());
        Self { notes, verdict, shown, recording, redaction: None, took: Duration::ZERO }
    }
}

/// Runs scenarios and compares their screens with their snapshots.
///
/// Snapshots are compared and written in the order of the scenarios, before the event that reports
/// it; so a run that is stopped has changed nothing that it did not report.
pub fn run(
    cases: &[Case],
    options: &RunOptions<'_>,
    build_stage: &StageBuilder<'_>,
    events: &mut dyn FnMut(Event<'_>),
) -> Summary {
    let started_at = (options.clock)();
    let runs = runs(cases, options.seeds);
    let ports = Ports::default();
    let work = |index| {
        let done = runs.get(index).map(|run| run_one(*run, options, build_stage, &ports));
        // A run that was interrupted says nothing about its scenario.
        done.filter(|_| !(options.is_interrupted)())
    };
    events(Event::RunStarted { runs: &runs });
    in_order(runs.len(), options.jobs, work, options.is_interrupted, |done| {
        let mut summary = Summary::default();
        for (index, finished) in done {
            let (Some(run), Some(finished)) = (runs.get(index), finished) else {
                continue;
            };
            let verdict = finish(*run, finished, options, events);
            summary.count(&verdict);
            if options.fails_fast && !verdict.is_good() {
                break;
            }
        }
        summary.left_out = runs.len() - summary.total();
        summary.is_interrupted = (options.is_interrupted)();
        summary.took = (options.clock)().saturating_sub(started_at);
        events(Event::RunFinished { summary: &summary });
        summary
    })
}

fn runs(cases: &[Case], seeds: Seeds) -> Vec<ScenarioRun<'_>> {
    let each = |case| {
        let own = ScenarioRun { case, seed: case.scenario.seed.unwrap_or_default() };
        let (from, count) = match seeds {
            Seeds::Own => (own.seed, 1),
            Seeds::Same(seed) => (seed, 1),
            Seeds::Many { from, count } => (from.unwrap_or(own.seed), count.get()),
        };
        // The last seed is followed by the first.
        let next = |seed: &u64| Some(seed.wrapping_add(1));
        std::iter::successors(Some(from), next)
            .take(count)
            .map(move |seed| ScenarioRun { case, seed })
    };
    cases.iter().flat_map(each).collect()
}

fn run_one(
    run: ScenarioRun<'_>,
    options: &RunOptions<'_>,
    build_stage: &StageBuilder<'_>,
    ports: &Ports,
) -> Done {
    let scenario = &run.case.scenario;
    if let Some(reason) = misfit(scenario, options.stage) {
        return Done::not_run(Verdict::Skipped { reason });
    }
    let _held = options.is_real.then(|| ports.hold(scenario.ports()));
    let started_at = (options.clock)();
    let mut done = match build_stage(scenario, run.seed) {
        Ok(mut stage) => {
            let mut notes = Vec::new();
            stage.keep_trace(kept(options));
            let Outcome { mut verdict, screens: shown, mut recording } =
                super::run_scenario(scenario, stage.as_mut(), options.patience, &mut |event| {
                    if let Event::Noted { text } = event {
                        notes.push(text.to_owned());
                    }
                });
            if let Err(refused) = write_transcripts(options, run.case, stage.as_ref()) {
                verdict = refused;
            }
            let redaction =
                options.is_real.then(|| Redaction::of(scenario, stage.as_ref(), recording.began));
            let record = stage.take_record();
            if options.verifies_determinism && !matches!(verdict, Verdict::Environment(_)) {
                verdict = run_again(run, options, build_stage, &record).unwrap_or(verdict);
            }
            recording.add_stage(record);
            Done { notes, verdict, shown, recording, redaction, took: Duration::ZERO }
        }
        Err(StageError::Unfit(reason)) => Done::not_run(Verdict::Skipped { reason }),
        Err(error) => Done::not_run(trouble(error.to_string())),
    };
    done.took = (options.clock)().saturating_sub(started_at);
    done
}

fn kept(options: &RunOptions<'_>) -> TraceKeeping {
    match options.trace {
        TraceDepth::Latest if !options.verifies_determinism => TraceKeeping::Last(LAST_ENTRIES),
        TraceDepth::Latest | TraceDepth::Full | TraceDepth::Reported => TraceKeeping::Everything,
    }
}

/// Runs a scenario once more; returns a failure if the result differs.
fn run_again(
    run: ScenarioRun<'_>,
    options: &RunOptions<'_>,
    build_stage: &StageBuilder<'_>,
    first: &StageRecord,
) -> Option<Verdict> {
    let scenario = &run.case.scenario;
    let mut stage = match build_stage(scenario, run.seed) {
        Ok(stage) => stage,
        Err(error) => return Some(trouble(error.to_string())),
    };
    stage.keep_trace(TraceKeeping::Everything);
    super::run_scenario(scenario, stage.as_mut(), options.patience, &mut |_| ());
    let what = determinism::difference(first, &stage.take_record(), scenario)?;
    Some(Verdict::Failed(Box::new(Failure { place: None, what })))
}

/// Compares the screens with the snapshot and emits the events of the scenario.
fn finish(
    run: ScenarioRun<'_>,
    done: Done,
    options: &RunOptions<'_>,
    events: &mut dyn FnMut(Event<'_>),
) -> Verdict {
    let Done { notes, mut verdict, shown, recording, redaction, took } = done;
    events(Event::ScenarioStarted { run });
    for text in &notes {
        events(Event::Noted { text });
    }
    for entry in recording.trace.iter().filter(|_| options.trace == TraceDepth::Reported) {
        let text = entry.event.describe(run.case.scenario.guest);
        events(Event::Traced { after: recording.after(entry.at), text: &text });
    }
    let is_compared = run.case.location.has_snapshot()
        && (run.has_own_seed() || !matches!(options.seeds, Seeds::Many { .. }));
    if let (Verdict::Passed, Some(update), true) = (&verdict, options.update, is_compared) {
        verdict = compare(run.case, &shown, update, redaction.as_ref(), events);
    }
    events(Event::ScenarioFinished { run, verdict: &verdict, recording: &recording, took });
    verdict
}

fn compare(
    case: &Case,
    shown: &str,
    update: Update,
    redaction: Option<&Redaction>,
    events: &mut dyn FnMut(Event<'_>),
) -> Verdict {
    match snapshot::compare(&case.location, shown, update, redaction) {
        Ok(Comparison::Same) => Verdict::Passed,
        Ok(Comparison::Accepted) => {
            events(Event::SnapshotAccepted { case });
            Verdict::Passed
        }
        Ok(Comparison::Differs(what)) => Verdict::Failed(Box::new(Failure { place: None, what })),
        Err(error) => trouble(error.to_string()),
    }
}

fn write_transcripts(
    options: &RunOptions<'_>,
    case: &Case,
    stage: &dyn Stage,
) -> Result<(), Verdict> {
    let Some(folder) = &options.transcripts else {
        return Ok(());
    };
    let folder = folder.join(&case.location.name);
    write_screens(&folder, &case.scenario, stage).map_err(|error| {
        let folder = folder.display();
        trouble(format!("the transcripts cannot be written to `{folder}` ({error})"))
    })
}

fn write_screens(folder: &Path, scenario: &Scenario, stage: &dyn Stage) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    for actor in actors(scenario) {
        let path = folder.join(format!("{actor}.txt"));
        fs::write(path, transcript(stage.screen(actor)))?;
    }
    Ok(())
}

const fn trouble(reason: String) -> Verdict {
    let place = None;
    Verdict::Environment(Trouble { place, reason })
}
