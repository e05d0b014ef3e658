//! What the pages show, ready for their templates.

use serde::Serialize;

use crate::report::picture::Drawing;
use crate::report::sequence::Sequence;
use crate::report::words::clock;
use crate::runner::{Recording, Summary, Verdict, What, actors, transcript};
use crate::scenario::{Place, Scenario};

/// The page of a scenario.
#[derive(Serialize)]
pub(super) struct Page<'a> {
    /// The way to the index.
    pub(super) root: String,
    pub(super) title: &'a str,
    pub(super) row: &'a Row,
    pub(super) file: String,
    pub(super) stage: &'a str,
    pub(super) excuse: Option<&'a str>,
    /// How many `check` steps were passed over.
    pub(super) passed_over: Option<String>,
    pub(super) again: String,
    pub(super) failure: Option<String>,
    pub(super) steps: Vec<StepView>,
    pub(super) drawing: Option<Drawing>,
    pub(super) screens: Vec<ScreenView>,
}

/// The page that lists all scenarios.
#[derive(Serialize)]
pub(super) struct Index<'a> {
    pub(super) heading: String,
    pub(super) counts: Vec<Count>,
    pub(super) stage: &'a str,
    pub(super) took: String,
    pub(super) rows: &'a [Row],
}

/// A line of the index.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    pub(super) verdict: VerdictView,
    pub(super) href: String,
    pub(super) name: String,
    pub(super) title: Option<String>,
    pub(super) message: Option<String>,
    pub(super) tags: Vec<String>,
    pub(super) stage_time: String,
    pub(super) took: String,
    pub(super) seed: u64,
}

/// How a scenario ended.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct VerdictView {
    word: &'static str,
    class: &'static str,
    /// The most important verdict comes first.
    #[serde(skip)]
    pub(super) rank: u8,
}

impl VerdictView {
    pub(super) const fn of(verdict: &Verdict) -> Self {
        let (word, class, rank) = match verdict {
            Verdict::Failed(_) => ("failed", "bad", 0),
            Verdict::Environment(_) => ("could not run", "odd", 1),
            Verdict::Unknown(_) => ("unknown", "odd", 2),
            Verdict::Passed => ("passed", "good", 3),
            Verdict::FailedAsExpected { .. } => ("failed as expected", "good", 3),
            Verdict::Skipped { .. } => ("skipped", "idle", 4),
        };
        Self { word, class, rank }
    }
}

/// How many scenarios ended in a way.
#[derive(Debug, Serialize)]
pub(super) struct Count {
    text: String,
    class: &'static str,
}

/// Counts the verdicts that occurred.
pub(super) fn counts(summary: &Summary) -> Vec<Count> {
    let counts = [
        (summary.failed, "failed", "bad"),
        (summary.environment, "could not run", "odd"),
        (summary.unknown, "unknown", "odd"),
        (summary.passed, "passed", "good"),
        (summary.failed_as_expected, "failed as expected", "good"),
        (summary.skipped, "skipped", "idle"),
        (summary.left_out, "left out", "odd"),
    ];
    let counts = counts.into_iter().filter(|(count, ..)| *count > 0);
    counts.map(|(count, word, class)| Count { text: format!("{count} {word}"), class }).collect()
}

/// A step of the list.
#[derive(Debug, Serialize)]
pub(super) struct StepView {
    number: usize,
    class: Option<&'static str>,
    source: String,
    place: String,
    at: String,
}

/// Lists the steps that are drawn.
pub(super) fn page_steps(
    sequence: Option<&Sequence>,
    verdict: &Verdict,
    recording: &Recording,
) -> Vec<StepView> {
    let failed = failed_step(verdict, recording);
    let view = |step: &crate::report::sequence::Step| {
        let index = step.number.saturating_sub(1);
        let class = match failed {
            Some(failed) if failed == index => Some("failed"),
            _ => step.is_note.then_some("note"),
        };
        let file = step.file.as_ref().map_or_else(String::new, |file| format!("{file}, "));
        StepView {
            number: step.number,
            class,
            source: step.source.clone(),
            place: format!("{file}line {}", step.line),
            at: clock(step.at),
        }
    };
    sequence.map_or_else(Vec::new, |sequence| sequence.steps.iter().map(view).collect())
}

/// Returns the step that failed: the one at that place, or the last one, which is nested in it.
fn failed_step(verdict: &Verdict, recording: &Recording) -> Option<usize> {
    let place: Option<Place> = match verdict {
        Verdict::Failed(failure) if matches!(failure.what, What::PassedUnexpectedly { .. }) => None,
        Verdict::Failed(failure) | Verdict::FailedAsExpected { failure, .. } => failure.place,
        Verdict::Environment(trouble) | Verdict::Unknown(trouble) => trouble.place,
        Verdict::Passed | Verdict::Skipped { .. } => None,
    };
    let place = place?;
    let same = recording.steps.iter().rposition(|step| step.place == place);
    same.or_else(|| recording.steps.len().checked_sub(1))
}

/// A screen.
#[derive(Debug, Serialize)]
pub(super) struct ScreenView {
    actor: String,
    text: String,
}

/// Returns the screen of each actor.
pub(super) fn screens(scenario: &Scenario, recording: &Recording) -> Vec<ScreenView> {
    let screen = |actor| {
        let text = recording.screens.get(&actor).map_or_else(String::new, transcript);
        ScreenView { actor: format!("{actor}"), text }
    };
    actors(scenario).map(screen).collect()
}

/// Returns the path of a file as the address of a page.
pub(super) fn href(path: &str) -> String {
    let mut href = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-_.~".contains(&byte) {
            href.push(char::from(byte));
        } else {
            href.extend(["%".to_owned(), format!("{byte:02X}")]);
        }
    }
    href
}

/// Returns the relative path from a page back to the folder of the report.
pub(super) fn root(page: &str) -> String {
    "../".repeat(page.matches('/').count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_lead_to_the_page_and_back() {
        assert_eq!(href("scenarios/a b/c[x=1%20].html"), "scenarios/a%20b/c%5Bx%3D1%2520%5D.html");
        assert_eq!([root("index.html"), root("scenarios/a/b.html")], ["", "../../"]);
    }
}
