//! The report in the Test Anything Protocol, version 14.

use std::io::{self, Write};

use super::account::{Account, Accountant};
use super::words::{escaped, json, printable};
use super::{Reporter, Setting};
use crate::runner::{Event, ScenarioRun, Verdict};

/// Writes a test point for each scenario, followed by a YAML block if it did not pass.
pub struct Tap<W> {
    out: W,
    accountant: Accountant,
    number: usize,
}

impl<W: Write> Tap<W> {
    /// Makes a report that writes to `out`.
    pub const fn new(out: W, setting: Setting) -> Self {
        Self { out, accountant: Accountant::new(setting), number: 0 }
    }

    fn write_point(
        &mut self,
        run: ScenarioRun<'_>,
        verdict: &Verdict,
        account: Option<&Account>,
    ) -> io::Result<()> {
        self.number += 1;
        let result = if matches!(verdict, Verdict::Passed | Verdict::Skipped { .. }) {
            "ok"
        } else {
            "not ok"
        };
        let directive = match verdict {
            Verdict::Skipped { reason } => format!(" # SKIP {}", printable(reason)),
            Verdict::FailedAsExpected { reason, .. } => format!(" # TODO {}", printable(reason)),
            Verdict::Passed
            | Verdict::Failed(_)
            | Verdict::Environment(_)
            | Verdict::Unknown(_) => String::new(),
        };
        // In a description, a `#` would begin a directive.
        let name = escaped(&run.to_string()).replace('\\', r"\\").replace('#', r"\#");
        writeln!(self.out, "{result} {} - {name}{directive}", self.number)?;
        match account {
            Some(account) => self.write_block(run, account),
            None => Ok(()),
        }
    }

    fn write_block(&mut self, run: ScenarioRun<'_>, account: &Account) -> io::Result<()> {
        let path = run.case.scenario.source.path.display();
        let at = match account.place {
            Some(place) => format!("{path}:{}:{}", place.line, place.column),
            None => path.to_string(),
        };
        writeln!(self.out, "  ---")?;
        let texts = [("message", &account.message), ("at", &at), ("again", &account.again)];
        writeln!(self.out, "  kind: {}", account.kind)?;
        for (key, text) in texts {
            // A string of JSON is one of YAML.
            writeln!(self.out, "  {key}: {}", json(&serde_json::to_string(text)?))?;
        }
        writeln!(self.out, "  text: |")?;
        for line in account.text.lines() {
            writeln!(self.out, "{}", format!("    {line}").trim_end())?;
        }
        writeln!(self.out, "  ...")
    }
}

impl<W: Write> Reporter for Tap<W> {
    fn handle(&mut self, event: Event<'_>) -> io::Result<()> {
        self.accountant.hear(event);
        match event {
            Event::RunStarted { runs } => {
                writeln!(self.out, "TAP version 14\n1..{}", runs.len())?;
            }
            Event::SnapshotAccepted { case } => {
                let path = self.accountant.setting.short(&case.location.snapshot);
                writeln!(self.out, "# accepted {}", escaped(&path))?;
            }
            Event::ScenarioFinished { run, verdict, recording, .. } => {
                let account = self.accountant.account(run, verdict, recording)?;
                self.write_point(run, verdict, account.as_ref())?;
            }
            Event::RunFinished { summary } if summary.left_out > 0 => {
                let (left_out, all) = (summary.left_out, summary.total() + summary.left_out);
                writeln!(self.out, "Bail out! {left_out} of {all} scenarios left out")?;
            }
            Event::ScenarioStarted { .. }
            | Event::Noted { .. }
            | Event::Traced { .. }
            | Event::RunFinished { .. } => {}
        }
        self.out.flush()
    }
}
