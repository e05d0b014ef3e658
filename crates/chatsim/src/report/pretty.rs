//! The report for people.

use std::io::{self, Write};
use std::time::Duration;

use anstyle::Style;

use super::account::Accountant;
use super::failure::write_verdict;
use super::words::{
    BOLD, DIM, GREEN, RED, YELLOW, duration, escaped, passed_over, printable, quoted,
};
use super::{Reporter, Setting};
use crate::runner::{Case, Event, ScenarioRun, Summary, Verdict, What};

/// Writes a line for each scenario, everything about a failure in one place, and a summary.
///
/// The text carries styles; a plain reader needs a writer that strips them.
pub struct Pretty<W> {
    out: W,
    accountant: Accountant,
    name_len_max: usize,
}

impl<W: Write> Pretty<W> {
    /// Makes a report that writes to `out`.
    pub const fn new(out: W, setting: Setting) -> Self {
        Self { out, accountant: Accountant::new(setting), name_len_max: 0 }
    }

    /// Returns the writer back.
    pub fn into_inner(self) -> W {
        self.out
    }

    fn write_accepted(&mut self, case: &Case) -> io::Result<()> {
        let path = self.accountant.setting.short(&case.location.snapshot);
        writeln!(self.out, "{YELLOW}accepted{YELLOW:#} {}", escaped(&path))
    }

    fn write_verdict(
        &mut self,
        run: ScenarioRun<'_>,
        verdict: &Verdict,
        (took, unchecked): (Duration, usize),
    ) -> io::Result<()> {
        let (word, style) = match verdict {
            Verdict::Passed => ("PASS", GREEN),
            Verdict::Failed(_) => ("FAIL", RED),
            Verdict::FailedAsExpected { .. } => ("XFAIL", GREEN),
            Verdict::Skipped { .. } => ("SKIP", DIM),
            Verdict::Environment(_) => ("ERROR", YELLOW),
            Verdict::Unknown(_) => ("UNKNOWN", YELLOW),
        };
        let style = style.bold();
        let (name, took, width) = (name_of(run), duration(took), self.name_len_max);
        write!(self.out, "{style}{word:>7}{style:#} {name:<width$} {DIM}{took:>9}{DIM:#}")?;
        if let Some(reason) = verdict.excuse() {
            write!(self.out, "  {DIM}{}{DIM:#}", printable(reason))?;
        }
        if let Some(text) = passed_over(unchecked) {
            write!(self.out, "  {DIM}{text}{DIM:#}")?;
        }
        writeln!(self.out)
    }

    fn write_again(
        &mut self,
        run: ScenarioRun<'_>,
        verdict: &Verdict,
        stage_time: Duration,
    ) -> io::Result<()> {
        let setting = &self.accountant.setting;
        let Setting { stage, accept, .. } = setting;
        let (seed, path) = (run.seed, quoted(&run.case.scenario.source.path));
        let after = stage_time.as_secs_f64();
        writeln!(
            self.out,
            "  {DIM}{stage} stage, seed {seed}, {after:.3} s after the start{DIM:#}"
        )?;
        let again = setting.again(run);
        writeln!(self.out, "  run it:           {BOLD}{again}{BOLD:#}")?;
        if let Verdict::Failed(failure) = verdict
            && let What::SnapshotDiffers { pending, .. } = &failure.what
        {
            if let Some(accept) = accept {
                writeln!(self.out, "  accept what is +: {BOLD}{accept} {path}{BOLD:#}")?;
            }
            if let Some(pending) = pending {
                let pending = setting.short(pending);
                let pending = escaped(&pending);
                writeln!(self.out, "  {DIM}waits for `cargo insta review`: {pending}{DIM:#}")?;
            }
        }
        writeln!(self.out)
    }

    fn write_summary(&mut self, summary: &Summary) -> io::Result<()> {
        let total = summary.total() + summary.left_out;
        let counted = match total {
            1 => "1 scenario".to_owned(),
            total => format!("{total} scenarios"),
        };
        let counts = [
            (summary.passed, "passed", GREEN),
            (summary.failed, "failed", RED),
            (summary.failed_as_expected, "failed as expected", GREEN),
            (summary.skipped, "skipped", YELLOW),
            (summary.environment, "could not run", YELLOW),
            (summary.unknown, "unknown", YELLOW),
            (summary.left_out, "left out", YELLOW),
        ];
        let counts: Vec<_> = counts
            .into_iter()
            .filter(|(count, ..)| *count > 0)
            .map(|(count, word, style)| styled(style.bold(), &format!("{count} {word}")))
            .collect();
        let (stage, took) = (&self.accountant.setting.stage, duration(summary.took));
        // There is nothing to run in an empty shard.
        let counts =
            if counts.is_empty() { "nothing to run".to_owned() } else { counts.join(", ") };
        writeln!(self.out, "{counted} on the {stage} stage: {counts} ({took})")
    }
}

impl<W: Write> Reporter for Pretty<W> {
    fn handle(&mut self, event: Event<'_>) -> io::Result<()> {
        self.accountant.hear(event);
        match event {
            Event::RunStarted { runs } => {
                let names = runs.iter().map(|run| name_of(*run).chars().count());
                self.name_len_max = names.max().unwrap_or_default();
            }
            Event::ScenarioStarted { .. } | Event::Noted { .. } => {}
            Event::Traced { after, text } => {
                let (after, text) = (after.as_secs_f64(), escaped(text));
                writeln!(self.out, "{DIM}{after:>12.6} s{DIM:#}  {text}")?;
            }
            Event::SnapshotAccepted { case } => self.write_accepted(case)?,
            Event::ScenarioFinished { run, verdict, recording, took } => {
                self.write_verdict(run, verdict, (took, recording.unchecked))?;
                if !verdict.is_good() {
                    writeln!(self.out)?;
                    let context = self.accountant.context(run, recording);
                    write_verdict(&mut self.out, &context, verdict)?;
                    self.write_again(run, verdict, recording.stage_time())?;
                }
            }
            Event::RunFinished { summary } => self.write_summary(summary)?,
        }
        self.out.flush()
    }
}

/// Returns the name of a run as a terminal can show it.
fn name_of(run: ScenarioRun<'_>) -> String {
    escaped(&run.to_string()).into_owned()
}

fn styled(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}
