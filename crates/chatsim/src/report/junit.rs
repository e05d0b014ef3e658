//! The report as XML in the format that CI systems know from `JUnit`.

use std::io::{self, Write};

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::account::Accountant;
use super::words::xml;
use super::{Reporter, Setting};
use crate::runner::{Event, Verdict};

/// Writes one XML document when the run has ended: one suite, a test case for each scenario.
///
/// A scenario that failed has a failure; one that could not run or did not settle has an error.
pub struct Junit<W> {
    out: W,
    accountant: Accountant,
    suite: TestSuite,
}

impl<W: Write> Junit<W> {
    /// Makes a report that writes to `out`.
    pub fn new(out: W, setting: Setting) -> Self {
        let suite = TestSuite::new(&*xml(&format!("{} stage", setting.stage)));
        Self { out, accountant: Accountant::new(setting), suite }
    }
}

impl<W: Write> Reporter for Junit<W> {
    fn handle(&mut self, event: Event<'_>) -> io::Result<()> {
        self.accountant.hear(event);
        match event {
            Event::ScenarioFinished { run, verdict, recording, took } => {
                let mut status = match verdict {
                    Verdict::Passed | Verdict::FailedAsExpected { .. } => TestCaseStatus::success(),
                    Verdict::Skipped { .. } => TestCaseStatus::skipped(),
                    Verdict::Failed(_) => TestCaseStatus::non_success(NonSuccessKind::Failure),
                    Verdict::Environment(_) | Verdict::Unknown(_) => {
                        TestCaseStatus::non_success(NonSuccessKind::Error)
                    }
                };
                if let Some(excuse) = verdict.excuse() {
                    status.set_message(&*xml(excuse));
                }
                if let Some(account) = self.accountant.account(run, verdict, recording)? {
                    let text = format!("{}\n\nrun it: {}", account.text, account.again);
                    status.set_type(account.kind).set_message(&*xml(&account.message));
                    status.set_description(&*xml(&text));
                }
                let file = run.case.scenario.source.path.display().to_string();
                let mut test = TestCase::new(&*xml(&run.to_string()), status);
                test.set_classname(&*xml(&file));
                test.set_time(took);
                self.suite.add_test_case(test);
                Ok(())
            }
            Event::RunFinished { summary } => {
                let mut report = Report::new("chatsim");
                self.suite.set_time(summary.took);
                report.set_time(summary.took).add_test_suite(self.suite.clone());
                report.serialize(&mut self.out).map_err(io::Error::other)?;
                self.out.flush()
            }
            Event::RunStarted { .. }
            | Event::ScenarioStarted { .. }
            | Event::Noted { .. }
            | Event::Traced { .. }
            | Event::SnapshotAccepted { .. } => Ok(()),
        }
    }
}
