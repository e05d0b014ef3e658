//! The report as pages for a browser: one for each scenario, and one that lists them.

mod view;

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use super::account::Accountant;
use super::folder::Folder;
use super::picture::Drawing;
use super::pictures::has_run;
use super::sequence::Sequence;
use super::words::{duration, passed_over};
use super::{Reporter, Setting, templates};
use crate::runner::{Event, Recording, ScenarioRun, Summary, Verdict};

use view::{Index, Page, Row, VerdictView, counts, href, page_steps, root, screens};

/// The folder of the pages of scenarios, so that none can collide with the index.
const PAGES: &str = "scenarios";

/// Writes a folder of pages: `index.html`, and a page for each scenario as soon as it has ended.
///
/// The pages are self-contained. Their diagrams are complete only if the run keeps the whole trace
/// ([`TraceDepth::Full`]).
///
/// [`TraceDepth::Full`]: crate::runner::TraceDepth::Full
pub struct Html {
    folder: Folder,
    accountant: Accountant,
    rows: Vec<Row>,
}

impl Html {
    /// Makes a report that writes to a folder.
    pub const fn new(folder: PathBuf, setting: Setting) -> Self {
        Self { folder: Folder::new(folder), accountant: Accountant::new(setting), rows: Vec::new() }
    }

    fn write_page(
        &mut self,
        run: ScenarioRun<'_>,
        verdict: &Verdict,
        recording: &Recording,
        took: Duration,
    ) -> io::Result<()> {
        let name = self.folder.name(run);
        let path = format!("{PAGES}/{name}.html");
        let account = self.accountant.account(run, verdict, recording)?;
        let (scenario, setting) = (&run.case.scenario, &self.accountant.setting);
        let title = scenario.title.as_deref();
        let row = Row {
            verdict: VerdictView::of(verdict),
            href: href(&path),
            name: run.to_string(),
            title: title.map(str::to_owned),
            message: account.as_ref().map(|account| account.message.clone()),
            tags: scenario.terms.tags.clone(),
            stage_time: duration(recording.stage_time()),
            took: duration(took),
            seed: run.seed,
        };
        let sequence = has_run(recording).then(|| Sequence::new(run, recording));
        let page = Page {
            root: root(&path),
            title: title.unwrap_or(&run.case.location.name),
            row: &row,
            file: scenario.source.path.display().to_string(),
            stage: &setting.stage,
            excuse: verdict.excuse(),
            passed_over: passed_over(recording.unchecked),
            again: setting.again(run),
            failure: account.map(|account| account.text),
            steps: page_steps(sequence.as_ref(), verdict, recording),
            drawing: sequence.as_ref().map(Drawing::new),
            screens: screens(scenario, recording),
        };
        let text = templates::fill("scenario.html", &page)?;
        self.rows.push(row);
        self.folder.write(&path, &text)
    }

    fn write_index(&mut self, summary: &Summary) -> io::Result<()> {
        let total = summary.total() + summary.left_out;
        let counted =
            if total == 1 { "1 scenario".to_owned() } else { format!("{total} scenarios") };
        // The sort is stable: scenarios of the same rank stay in the order in which they were run.
        self.rows.sort_by_key(|row| row.verdict.rank);
        let index = Index {
            heading: counted,
            counts: counts(summary),
            stage: &self.accountant.setting.stage,
            took: duration(summary.took),
            rows: &self.rows,
        };
        self.folder.write("index.html", &templates::fill("index.html", &index)?)
    }
}

impl Reporter for Html {
    fn handle(&mut self, event: Event<'_>) -> io::Result<()> {
        self.accountant.hear(event);
        match event {
            Event::ScenarioFinished { run, verdict, recording, took } => {
                self.write_page(run, verdict, recording, took)
            }
            Event::RunFinished { summary } => self.write_index(summary),
            Event::RunStarted { .. }
            | Event::ScenarioStarted { .. }
            | Event::Noted { .. }
            | Event::Traced { .. }
            | Event::SnapshotAccepted { .. } => Ok(()),
        }
    }
}
