//! What the reports for programs contain about a scenario that did not pass.

use std::io;

use anstream::StripStream;

use super::Setting;
use super::context::Context;
use super::failure::{title, write_verdict};
use crate::runner::{Event, Recording, ScenarioRun, Verdict, What};
use crate::scenario::Place;

/// A scenario that did not pass, in plain text.
pub(super) struct Account {
    /// The kind of failure, in the terms of these reports.
    pub(super) kind: &'static str,
    /// What it was, in a sentence.
    pub(super) message: String,
    /// The place in the scenario.
    pub(super) place: Option<Place>,
    /// The text of the report for people.
    pub(super) text: String,
    /// The command that runs it again.
    pub(super) again: String,
}

/// Makes accounts of scenarios as their events arrive.
pub(super) struct Accountant {
    /// The settings of the whole run.
    pub(super) setting: Setting,
    note: Option<String>,
}

impl Accountant {
    pub(super) const fn new(setting: Setting) -> Self {
        Self { setting, note: None }
    }

    /// Remembers the last note of the current scenario.
    pub(super) fn hear(&mut self, event: Event<'_>) {
        match event {
            Event::ScenarioStarted { .. } => self.note = None,
            Event::Noted { text } => self.note = Some(text.to_owned()),
            Event::RunStarted { .. }
            | Event::Traced { .. }
            | Event::SnapshotAccepted { .. }
            | Event::ScenarioFinished { .. }
            | Event::RunFinished { .. } => {}
        }
    }

    /// Returns what a report needs to write about a scenario.
    pub(super) fn context<'a>(
        &'a self,
        run: ScenarioRun<'a>,
        recording: &'a Recording,
    ) -> Context<'a> {
        Context {
            scenario: &run.case.scenario,
            recording,
            note: self.note.as_deref(),
            snapshot: self.setting.short(&run.case.location.snapshot),
        }
    }

    /// Returns an account of a scenario; `None` if there is nothing wrong.
    pub(super) fn account(
        &self,
        run: ScenarioRun<'_>,
        verdict: &Verdict,
        recording: &Recording,
    ) -> io::Result<Option<Account>> {
        let (kind, place) = match verdict {
            Verdict::Passed | Verdict::FailedAsExpected { .. } | Verdict::Skipped { .. } => {
                return Ok(None);
            }
            Verdict::Failed(failure) => (kind(&failure.what), failure.place),
            Verdict::Environment(trouble) => ("environment", trouble.place),
            Verdict::Unknown(trouble) => ("unknown", trouble.place),
        };
        let mut text = StripStream::new(Vec::new());
        write_verdict(&mut text, &self.context(run, recording), verdict)?;
        let text = String::from_utf8_lossy(&text.into_inner()).trim_end().to_owned();
        let (message, again) = (title(verdict), self.setting.again(run));
        Ok(Some(Account { kind, message, place, text, again }))
    }
}

const fn kind(what: &What) -> &'static str {
    match what {
        What::ExpectationUnmet { .. } => "expectation_unmet",
        What::CountDiffers { .. } => "count_differs",
        What::Forbidden { .. } => "forbidden",
        What::PassedUnexpectedly { .. } => "passed_unexpectedly",
        What::StepRefused { .. } => "step_refused",
        What::FaultNeverFired => "fault_never_fired",
        What::NotDeterministic { .. } => "not_deterministic",
        What::PromiseBroken(_) => "promise_broken",
        What::SnapshotDiffers { expected: None, .. } => "snapshot_missing",
        What::SnapshotDiffers { .. } => "snapshot_differs",
    }
}
