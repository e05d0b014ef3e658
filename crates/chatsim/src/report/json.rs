//! The report as lines of JSON: one for each event.

use std::io::{self, Write};
use std::time::Duration;

use serde::Serialize;

use super::account::{Account, Accountant};
use super::words::json;
use super::{Reporter, Setting};
use crate::runner::{Event, ScenarioRun, Summary, Verdict};

/// The version of the format: it is increased when something changes its meaning or is removed.
const VERSION: u32 = 1;

/// Writes each event as an object of JSON on a line of its own.
pub struct Json<W> {
    out: W,
    accountant: Accountant,
}

impl<W: Write> Json<W> {
    /// Makes a report that writes to `out`.
    pub const fn new(out: W, setting: Setting) -> Self {
        Self { out, accountant: Accountant::new(setting) }
    }
}

impl<W: Write> Reporter for Json<W> {
    fn handle(&mut self, event: Event<'_>) -> io::Result<()> {
        self.accountant.hear(event);
        let account = match event {
            Event::ScenarioFinished { run, verdict, recording, .. } => {
                self.accountant.account(run, verdict, recording)?
            }
            Event::RunStarted { .. }
            | Event::ScenarioStarted { .. }
            | Event::Noted { .. }
            | Event::Traced { .. }
            | Event::SnapshotAccepted { .. }
            | Event::RunFinished { .. } => None,
        };
        let setting = &self.accountant.setting;
        let line = match event {
            Event::RunStarted { runs } => {
                Line::RunStarted { version: VERSION, stage: &setting.stage, scenarios: runs.len() }
            }
            Event::ScenarioStarted { run } => Line::ScenarioStarted(Scenario::of(run)),
            Event::Noted { text } => Line::Noted { text },
            Event::Traced { after, text } => {
                Line::Traced { after_us: micros(after), text: text.to_owned() }
            }
            Event::SnapshotAccepted { case } => {
                Line::SnapshotAccepted { snapshot: setting.short(&case.location.snapshot) }
            }
            Event::ScenarioFinished { run, verdict, recording, took } => Line::ScenarioFinished {
                scenario: Scenario::of(run),
                verdict: word(verdict),
                played_us: micros(recording.stage_time()),
                took_us: micros(took),
                unchecked: recording.unchecked,
                problem: account.as_ref().map(Problem::of),
            },
            Event::RunFinished { summary } => Line::run_finished(summary),
        };
        writeln!(self.out, "{}", json(&serde_json::to_string(&line)?))?;
        self.out.flush()
    }
}

#[derive(Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum Line<'a> {
    RunStarted {
        version: u32,
        stage: &'a str,
        scenarios: usize,
    },
    ScenarioStarted(Scenario<'a>),
    Traced {
        after_us: u64,
        text: String,
    },
    Noted {
        text: &'a str,
    },
    SnapshotAccepted {
        snapshot: String,
    },
    ScenarioFinished {
        #[serde(flatten)]
        scenario: Scenario<'a>,
        verdict: &'static str,
        played_us: u64,
        took_us: u64,
        #[serde(skip_serializing_if = "is_zero")]
        unchecked: usize,
        #[serde(skip_serializing_if = "Option::is_none")]
        problem: Option<Problem<'a>>,
    },
    RunFinished {
        passed: usize,
        failed: usize,
        failed_as_expected: usize,
        skipped: usize,
        environment: usize,
        unknown: usize,
        left_out: usize,
        took_us: u64,
    },
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_zero(count: &usize) -> bool {
    *count == 0
}

impl Line<'_> {
    fn run_finished(summary: &Summary) -> Self {
        Self::RunFinished {
            passed: summary.passed,
            failed: summary.failed,
            failed_as_expected: summary.failed_as_expected,
            skipped: summary.skipped,
            environment: summary.environment,
            unknown: summary.unknown,
            left_out: summary.left_out,
            took_us: micros(summary.took),
        }
    }
}

#[derive(Serialize)]
struct Scenario<'a> {
    name: &'a str,
    file: String,
    seed: u64,
}

impl<'a> Scenario<'a> {
    fn of(run: ScenarioRun<'a>) -> Self {
        let file = run.case.scenario.source.path.display().to_string();
        Self { name: &run.case.location.name, file, seed: run.seed }
    }
}

#[derive(Serialize)]
struct Problem<'a> {
    kind: &'static str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<usize>,
    text: &'a str,
    again: &'a str,
}

impl<'a> Problem<'a> {
    fn of(account: &'a Account) -> Self {
        let Account { kind, message, place, text, again } = account;
        let (line, column) = (place.map(|place| place.line), place.map(|place| place.column));
        Self { kind, message, line, column, text, again }
    }
}

const fn word(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Passed => "passed",
        Verdict::FailedAsExpected { .. } => "failed_as_expected",
        Verdict::Skipped { .. } => "skipped",
        Verdict::Failed(_) => "failed",
        Verdict::Environment(_) => "environment",
        Verdict::Unknown(_) => "unknown",
    }
}

fn micros(duration: Duration) -> u64 {
    duration.as_micros().try_into().unwrap_or(u64::MAX)
}
