//! The report for people.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anstyle::Style;

use super::failure::{Context, write_failure, write_trouble};
use super::words::{BOLD, DIM, GREEN, RED, YELLOW, duration, printable, quoted};
use crate::runner::{Case, Event, Summary, Verdict, What};

/// What a report says about the run as a whole.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Setting {
    /// Where the scenarios play: `simulated`, say.
    pub stage: String,
    /// The command that plays a scenario again in the same way, without its path.
    pub play: String,
    /// The command that accepts what a scenario shows, without its path; `None` when that is
    /// not what the run showed.
    pub accept: Option<String>,
    /// Paths below this folder are shown relative to it.
    pub folder: PathBuf,
}

/// Writes a line for each scenario, everything about a failure in one place, and a summary.
///
/// The text carries styles; a plain reader needs a writer that strips them.
pub struct Pretty<W> {
    out: W,
    setting: Setting,
    name_len_max: usize,
    note: Option<String>,
}

impl<W: Write> Pretty<W> {
    /// Makes a report that writes to `out`.
    pub const fn new(out: W, setting: Setting) -> Self {
        Self { out, setting, name_len_max: 0, note: None }
    }

    /// Gives the writer back.
    pub fn into_inner(self) -> W {
        self.out
    }

    /// Writes what an event means to a reader.
    ///
    /// # Errors
    ///
    /// The writer refuses.
    pub fn handle(&mut self, event: Event<'_>) -> io::Result<()> {
        match event {
            Event::RunStarted { cases } => {
                let names = cases.iter().map(|case| case.location.name.chars().count());
                self.name_len_max = names.max().unwrap_or_default();
            }
            Event::ScenarioStarted { .. } => self.note = None,
            Event::Noted { text } => self.note = Some(text.to_owned()),
            Event::SnapshotAccepted { case } => self.write_accepted(case)?,
            Event::ScenarioFinished { case, seed, verdict, played, took } => {
                self.write_verdict(case, verdict, took)?;
                if is_bad(verdict) {
                    self.write_details(case, verdict)?;
                    self.write_again(case, verdict, seed, played)?;
                }
            }
            Event::RunFinished { summary } => self.write_summary(summary)?,
        }
        self.out.flush()
    }

    fn write_accepted(&mut self, case: &Case) -> io::Result<()> {
        let path = self.short(&case.location.snapshot);
        writeln!(self.out, "{YELLOW}accepted{YELLOW:#} {path}")
    }

    fn write_verdict(&mut self, case: &Case, verdict: &Verdict, took: Duration) -> io::Result<()> {
        let (word, style) = match verdict {
            Verdict::Passed => ("PASS", GREEN),
            Verdict::Failed(_) => ("FAIL", RED),
            Verdict::FailedAsExpected { .. } => ("XFAIL", GREEN),
            Verdict::Skipped { .. } => ("SKIP", DIM),
            Verdict::Environment(_) => ("ERROR", YELLOW),
            Verdict::Unknown(_) => ("UNKNOWN", YELLOW),
        };
        let style = style.bold();
        let (name, width) = (&case.location.name, self.name_len_max);
        let took = duration(took);
        write!(self.out, "{style}{word:>7}{style:#} {name:<width$} {DIM}{took:>9}{DIM:#}")?;
        match verdict {
            Verdict::FailedAsExpected { reason, .. } | Verdict::Skipped { reason } => {
                writeln!(self.out, "  {DIM}{}{DIM:#}", printable(reason))
            }
            _ => writeln!(self.out),
        }
    }

    fn write_details(&mut self, case: &Case, verdict: &Verdict) -> io::Result<()> {
        writeln!(self.out)?;
        let context = Context {
            scenario: &case.scenario,
            note: self.note.as_deref(),
            snapshot: self.short(&case.location.snapshot),
        };
        let out = &mut self.out;
        match verdict {
            Verdict::Passed | Verdict::FailedAsExpected { .. } | Verdict::Skipped { .. } => Ok(()),
            Verdict::Failed(failure) => write_failure(out, &context, failure),
            Verdict::Environment(trouble) => {
                write_trouble(out, &context, "the environment refused", trouble)
            }
            Verdict::Unknown(trouble) => {
                write_trouble(out, &context, "the run did not settle", trouble)
            }
        }
    }

    fn write_again(
        &mut self,
        case: &Case,
        verdict: &Verdict,
        seed: u64,
        played: Duration,
    ) -> io::Result<()> {
        let Setting { stage, play, accept, .. } = &self.setting;
        let path = quoted(&case.scenario.source.path);
        let after = played.as_secs_f64();
        writeln!(
            self.out,
            "  {DIM}{stage} stage, seed {seed}, {after:.3} s after the start{DIM:#}"
        )?;
        writeln!(self.out, "  play it again:    {BOLD}{play} {path}{BOLD:#}")?;
        if let Verdict::Failed(failure) = verdict
            && let What::SnapshotDiffers { pending, .. } = &failure.what
        {
            if let Some(accept) = accept {
                writeln!(self.out, "  accept what is +: {BOLD}{accept} {path}{BOLD:#}")?;
            }
            if let Some(pending) = pending {
                let pending = self.short(pending);
                writeln!(self.out, "  {DIM}waits for `cargo insta review`: {pending}{DIM:#}")?;
            }
        }
        writeln!(self.out)
    }

    fn write_summary(&mut self, summary: &Summary) -> io::Result<()> {
        let total = summary.total();
        let counted = match total {
            1 => "1 scenario".to_owned(),
            total => format!("{total} scenarios"),
        };
        let counts = [
            (summary.passed, "passed", GREEN),
            (summary.failed, "failed", RED),
            (summary.failed_as_expected, "failed as expected", GREEN),
            (summary.skipped, "skipped", YELLOW),
            (summary.environment, "kept from playing", YELLOW),
            (summary.unknown, "unknown", YELLOW),
        ];
        let counts: Vec<_> = counts
            .into_iter()
            .filter(|(count, ..)| *count > 0)
            .map(|(count, word, style)| styled(style.bold(), &format!("{count} {word}")))
            .collect();
        let (stage, took) = (&self.setting.stage, duration(summary.took));
        let counts = counts.join(", ");
        writeln!(self.out, "{counted} on the {stage} stage: {counts} ({took})")
    }

    /// Writes a path relative to the user's folder, if it lies below.
    fn short(&self, path: &Path) -> String {
        let short = path.strip_prefix(&self.setting.folder).unwrap_or(path);
        short.display().to_string()
    }
}

/// Tells whether a reader needs more than a line.
const fn is_bad(verdict: &Verdict) -> bool {
    !matches!(verdict, Verdict::Passed | Verdict::FailedAsExpected { .. } | Verdict::Skipped { .. })
}

fn styled(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}
