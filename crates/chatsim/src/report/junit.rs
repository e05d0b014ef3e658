//! The report as XML in the format that CI systems know from `JUnit`.

use std::io::{self, Write};

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::account::{Account, Accountant};
use super::words::{passed_over, xml};
use super::{Reporter, Setting};
use crate::runner::{Event, ScenarioRun, Summary, Verdict};
use machine::Timestamp;

/// Writes one XML document when the run has ended: one suite, a test case for each scenario.
///
/// A scenario that failed has a failure; one that could not run or did not settle has an error. One
/// that failed as expected, does not fit the stage or was left out is skipped, with the reason.
pub struct Junit<W> {
    out: W,
    accountant: Accountant,
    /// The scenarios of the run, in their order.
    tests: Vec<Test>,
}

/// A scenario, and its result unless it was left out.
struct Test {
    name: String,
    file: String,
    case: Option<TestCase>,
}

impl Test {
    fn of(run: ScenarioRun<'_>) -> Self {
        let file = run.case.scenario.source.path.display().to_string();
        Self { name: run.to_string(), file, case: None }
    }

    /// Makes its test case. Viewers find the source by the attributes `file` and `line`.
    fn case(&self, line: usize, status: TestCaseStatus) -> TestCase {
        let file = xml(&self.file);
        let mut case = TestCase::new(&*xml(&self.name), status);
        case.set_classname(&*file);
        case.extra.insert("file".into(), (&*file).into());
        case.extra.insert("line".into(), line.to_string().into());
        case
    }

    /// Returns its result; without one it is skipped for this reason.
    fn into_case(mut self, reason: &str) -> TestCase {
        self.case.take().unwrap_or_else(|| {
            let mut status = TestCaseStatus::skipped();
            status.set_message(reason);
            self.case(1, status)
        })
    }
}

impl<W: Write> Junit<W> {
    /// Makes a report that writes to `out`.
    pub const fn new(out: W, setting: Setting) -> Self {
        Self { out, accountant: Accountant::new(setting), tests: Vec::new() }
    }

    /// Sets the result of the first of these tests that has none; adds it if there is no such test.
    fn finish(&mut self, finished: Test) {
        let is_it = |test: &&mut Test| {
            test.case.is_none() && (&test.name, &test.file) == (&finished.name, &finished.file)
        };
        match self.tests.iter_mut().find(is_it) {
            Some(test) => test.case = finished.case,
            None => self.tests.push(finished),
        }
    }

    fn write(&mut self, summary: &Summary) -> io::Result<()> {
        let Setting { stage, started_at, .. } = &self.accountant.setting;
        let mut suite = TestSuite::new(&*xml(&format!("{stage} stage")));
        suite.set_time(summary.took);
        suite.extra.insert("timestamp".into(), utc(*started_at).into());
        let reason = if summary.is_interrupted {
            "the run was interrupted"
        } else {
            "the run was stopped after a scenario that did not pass"
        };
        for test in self.tests.drain(..) {
            suite.add_test_case(test.into_case(reason));
        }
        let mut report = Report::new("chatsim");
        report.set_time(summary.took).add_test_suite(suite);
        report.serialize(&mut self.out).map_err(io::Error::other)?;
        self.out.flush()
    }
}

impl<W: Write> Reporter for Junit<W> {
    fn handle(&mut self, event: Event<'_>) -> io::Result<()> {
        self.accountant.hear(event);
        match event {
            Event::RunStarted { runs } => {
                self.tests = runs.iter().map(|run| Test::of(*run)).collect();
                Ok(())
            }
            Event::ScenarioFinished { run, verdict, recording, took } => {
                let account = self.accountant.account(run, verdict, recording)?;
                let place = account.as_ref().and_then(|account| account.place);
                // A line of an included file is not one of this file.
                let line = place.filter(|place| place.file == 0).map_or(1, |place| place.line);
                let test = Test::of(run);
                let mut case = test.case(line, status(verdict, account));
                case.set_time(took);
                if let Some(text) = passed_over(recording.unchecked) {
                    case.set_system_out(text);
                }
                self.finish(Test { case: Some(case), ..test });
                Ok(())
            }
            Event::RunFinished { summary } => self.write(summary),
            Event::ScenarioStarted { .. }
            | Event::Noted { .. }
            | Event::Traced { .. }
            | Event::SnapshotAccepted { .. } => Ok(()),
        }
    }
}

/// Returns the result of a scenario in terms of `JUnit`.
fn status(verdict: &Verdict, account: Option<Account>) -> TestCaseStatus {
    let mut status = match verdict {
        Verdict::Passed => TestCaseStatus::success(),
        Verdict::FailedAsExpected { .. } | Verdict::Skipped { .. } => TestCaseStatus::skipped(),
        Verdict::Failed(_) => TestCaseStatus::non_success(NonSuccessKind::Failure),
        Verdict::Environment(_) | Verdict::Unknown(_) => {
            TestCaseStatus::non_success(NonSuccessKind::Error)
        }
    };
    if let Some(excuse) = verdict.excuse() {
        status.set_message(&*xml(excuse));
    }
    if let Some(Account { kind, message, text, again, .. }) = account {
        let text = format!("{text}\n\nrun it: {again}");
        status.set_type(kind).set_message(&*xml(&message)).set_description(&*xml(&text));
    }
    status
}

/// Formats a time as RFC 3339 does, in UTC.
fn utc(at: Timestamp) -> String {
    let seconds = i64::try_from(at.as_micros() / 1_000_000).unwrap_or(i64::MAX);
    jiff::Timestamp::from_second(seconds).unwrap_or(jiff::Timestamp::MAX).to_string()
}
