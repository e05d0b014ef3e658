//! Plays many scenarios, each on a stage of its own.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::snapshot::{self, Comparison};
use super::transcript::{actors, transcript};
use super::{
    Case, Event, Failure, Patience, Played, Redaction, Summary, Trouble, Update, Verdict, play,
};
use crate::scenario::{Scenario, StageName};
use crate::stage::{Stage, StageError};

/// How scenarios are played.
pub struct RunOptions<'a> {
    /// On which stage; scenarios that are not for it are skipped.
    pub stage: StageName,
    /// How long to wait for expected lines.
    pub patience: Patience,
    /// Plays all scenarios with this seed instead of their own.
    pub seed: Option<u64>,
    /// What becomes of screens that differ from their snapshot.
    pub update: Update,
    /// Makes screens and snapshots comparable, on real stages.
    pub redaction: Option<Redaction>,
    /// Writes each screen to `<folder>/<scenario>/<actor>.txt`.
    pub transcripts: Option<PathBuf>,
    /// Tells the time, from any start.
    pub clock: &'a dyn Fn() -> Duration,
}

/// Builds the stage for a scenario and a seed.
pub type StageBuilder<'a> = dyn FnMut(&Scenario, u64) -> Result<Box<dyn Stage>, StageError> + 'a;

/// Plays scenarios one after the other and compares their screens with their snapshots.
pub fn run(
    cases: &[Case],
    options: &RunOptions<'_>,
    build_stage: &mut StageBuilder<'_>,
    events: &mut dyn FnMut(Event<'_>),
) -> Summary {
    let started_at = (options.clock)();
    let mut summary = Summary::default();
    events(Event::RunStarted { cases });
    for case in cases {
        let case_started_at = (options.clock)();
        let seed = options.seed.or(case.scenario.seed).unwrap_or_default();
        events(Event::ScenarioStarted { case });
        let (verdict, played) = match skipped(&case.scenario, options.stage) {
            Some(verdict) => (verdict, Duration::ZERO),
            None => match build_stage(&case.scenario, seed) {
                Ok(mut stage) => {
                    let started_at = stage.now();
                    let verdict = play_case(case, stage.as_mut(), options, events);
                    (verdict, stage.now().since(started_at))
                }
                Err(error) => (trouble(error.to_string()), Duration::ZERO),
            },
        };
        summary.count(&verdict);
        events(Event::ScenarioFinished {
            case,
            seed,
            verdict: &verdict,
            played,
            took: (options.clock)().saturating_sub(case_started_at),
        });
    }
    summary.took = (options.clock)().saturating_sub(started_at);
    events(Event::RunFinished { summary: &summary });
    summary
}

/// Tells why a scenario is not played.
fn skipped(scenario: &Scenario, stage: StageName) -> Option<Verdict> {
    let terms = &scenario.terms;
    let only: Vec<_> = terms.only.iter().map(|stage| stage.name()).collect();
    let reason = format!("only on {}", only.join(", "));
    (!terms.allow(stage)).then_some(Verdict::Skipped { reason })
}

fn play_case(
    case: &Case,
    stage: &mut dyn Stage,
    options: &RunOptions<'_>,
    events: &mut dyn FnMut(Event<'_>),
) -> Verdict {
    let Played { verdict, screens } = play(&case.scenario, stage, options.patience, events);
    if let Some(folder) = &options.transcripts {
        let folder = folder.join(&case.location.name);
        if let Err(error) = write_transcripts(&folder, &case.scenario, stage) {
            let folder = folder.display();
            return trouble(format!("the transcripts cannot be written to `{folder}` ({error})"));
        }
    }
    match verdict {
        Verdict::Passed => compare(case, &screens, options, events),
        Verdict::Failed(_)
        | Verdict::FailedAsExpected { .. }
        | Verdict::Skipped { .. }
        | Verdict::Environment(_)
        | Verdict::Unknown(_) => verdict,
    }
}

fn compare(
    case: &Case,
    shown: &str,
    options: &RunOptions<'_>,
    events: &mut dyn FnMut(Event<'_>),
) -> Verdict {
    let comparable = |text: &str| match &options.redaction {
        Some(redaction) => redaction.apply(text),
        None => text.to_owned(),
    };
    match snapshot::compare(&case.location, shown, options.update, comparable) {
        Ok(Comparison::Same) => Verdict::Passed,
        Ok(Comparison::Accepted) => {
            events(Event::SnapshotAccepted { case });
            Verdict::Passed
        }
        Ok(Comparison::Differs(what)) => Verdict::Failed(Box::new(Failure { place: None, what })),
        Err(error) => trouble(error.to_string()),
    }
}

fn write_transcripts(folder: &Path, scenario: &Scenario, stage: &dyn Stage) -> io::Result<()> {
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
