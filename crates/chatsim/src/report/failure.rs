//! One place for everything about a scenario that did not pass.

use std::io::{self, Write};
use std::time::Duration;

use annotate_snippets::{AnnotationKind, Element, Group, Level, Origin, Renderer, Snippet};

use super::context::Context;
use super::datagrams::write_datagrams;
use super::diff;
use super::words::{DIM, clock, duration, escaped, printable, styled};
use crate::Broken;
use crate::runner::{Failure, Verdict, What};
use crate::scenario::{Place, Scenario};

/// Writes the details of a verdict: what failed, where, what was shown instead, and the last
/// datagrams. Writes nothing about a scenario that passed.
pub(super) fn write_verdict(
    out: &mut dyn Write,
    context: &Context<'_>,
    verdict: &Verdict,
) -> io::Result<()> {
    match verdict {
        Verdict::Passed | Verdict::FailedAsExpected { .. } | Verdict::Skipped { .. } => {
            return Ok(());
        }
        Verdict::Failed(failure) => write_failure(out, context, failure),
        Verdict::Environment(trouble) | Verdict::Unknown(trouble) => {
            let title = title(verdict);
            let place = element_at(context.scenario, trouble.place, "during this step");
            let report = Level::ERROR.primary_title(&title).element(place);
            write_report(out, &notes(context, trouble.place), report)
        }
    }?;
    write_datagrams(out, context, verdict)
}

/// Returns what a verdict means, in a sentence.
pub(super) fn title(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Passed => "everything passed".to_owned(),
        Verdict::FailedAsExpected { reason, .. } => format!("it failed as expected: {reason}"),
        Verdict::Skipped { reason } => format!("it was skipped: {reason}"),
        Verdict::Failed(failure) => title_and_label(&failure.what).0,
        Verdict::Environment(trouble) => format!("the environment refused: {}", trouble.reason),
        Verdict::Unknown(trouble) => trouble.reason.clone(),
    }
}

fn write_failure(out: &mut dyn Write, context: &Context<'_>, failure: &Failure) -> io::Result<()> {
    let (title, label) = title_and_label(&failure.what);
    let place = match failure.what {
        What::SnapshotDiffers { .. } => Origin::path(escaped(&context.snapshot)).into(),
        What::ExpectationUnmet { .. }
        | What::CountDiffers { .. }
        | What::Forbidden { .. }
        | What::PassedUnexpectedly { .. }
        | What::StepRefused { .. }
        | What::NotDeterministic { .. }
        | What::PromiseBroken(_)
        | What::FaultNeverFired => element_at(context.scenario, failure.place, label),
    };
    let report = Level::ERROR.primary_title(&title).element(place);
    let mut notes = notes(context, failure.place);
    if let What::ExpectationUnmet { earlier: Some(at), .. } = failure.what {
        notes.push(format!(
            "the line was shown before the lines already matched, {} after the start: expect lines \
             in the order in which they are shown, or with `any_order: true`",
            clock(context.recording.after(at)),
        ));
    }
    notes.extend(other_than_expected(context.scenario, &failure.what));
    write_report(out, &notes, report)?;
    match &failure.what {
        What::ExpectationUnmet { pattern, unmatched, .. } => {
            diff::write_unmet(out, &pattern.matcher, unmatched)
        }
        What::CountDiffers { pattern, unmatched, .. } => {
            diff::write_counted(out, &pattern.matcher, unmatched)
        }
        What::Forbidden { shown, .. } => diff::write_forbidden(out, shown),
        What::PromiseBroken(broken) => {
            broken.way.iter().try_for_each(|line| writeln!(out, "{DIM}{}{DIM:#}", printable(line)))
        }
        What::StepRefused { .. } | What::PassedUnexpectedly { .. } | What::FaultNeverFired => {
            return Ok(());
        }
        What::NotDeterministic { hashes, differences } => {
            diff::write_differences(out, hashes, differences)
        }
        What::SnapshotDiffers { expected, shown, .. } => {
            diff::write_difference(out, expected.as_deref().unwrap_or_default(), shown)
        }
    }?;
    writeln!(out)
}

/// Returns a note if a scenario that was expected to fail did so in another way.
fn other_than_expected(scenario: &Scenario, what: &What) -> Option<String> {
    let xfail = scenario.terms.xfail.as_ref()?;
    let is_another = !matches!(what, What::PassedUnexpectedly { .. });
    is_another.then(|| format!("this is not the expected failure: {}", xfail.reason))
}

fn title_and_label(what: &What) -> (String, &'static str) {
    match what {
        What::ExpectationUnmet { actor, unmatched, waited, .. } => {
            let within = match *waited {
                Duration::ZERO => String::new(),
                waited => format!(" within {}", duration(waited)),
            };
            let label = match unmatched.as_slice() {
                [] => "nothing was shown after the lines already matched",
                [..] => "not among the lines shown after those already matched",
            };
            (format!("`{actor}` did not show a line{within}"), label)
        }
        What::CountDiffers { actor, expected, found, .. } => {
            let title = format!("`{actor}` showed a line {}, not {expected}", times(*found));
            (title, "counted among the lines after those already matched")
        }
        What::Forbidden { actor, .. } => {
            let title = format!("`{actor}` showed a forbidden line");
            (title, "forbidden here")
        }
        What::StepRefused { reason } => (reason.clone(), "so this step cannot be done"),
        What::PassedUnexpectedly { reason } => {
            let title = format!("the scenario passed, but it was expected to fail: {reason}");
            (title, "remove this if it is fixed")
        }
        What::PromiseBroken(broken) => {
            let Broken { promise, reason, .. } = &**broken;
            (format!("the promise `{promise}` is broken: {reason}"), promise.sentence)
        }
        What::FaultNeverFired => (
            "the fault never hit anything".to_owned(),
            "so the scenario does not test what it claims to",
        ),
        What::NotDeterministic { .. } => ("two runs with the same seed differ".to_owned(), ""),
        What::SnapshotDiffers { expected: None, .. } => {
            ("the scenario has no snapshot yet".to_owned(), "")
        }
        What::SnapshotDiffers { .. } => ("the screens differ from the snapshot".to_owned(), ""),
    }
}

fn times(count: usize) -> String {
    match count {
        1 => "once".to_owned(),
        count => format!("{count} times"),
    }
}

/// Returns the line of a place in the scenario, or the file alone. The renderer writes paths as they
/// are.
fn element_at<'a>(scenario: &'a Scenario, place: Option<Place>, label: &'a str) -> Element<'a> {
    let Some(place) = place else {
        let path = scenario.source.path.display().to_string();
        return Origin::path(escaped(&path).into_owned()).into();
    };
    let source = scenario.source_of(place);
    let path = source.path.display().to_string();
    let path = escaped(&path).into_owned();
    let span = place.start..place.end;
    if source.text.get(span.clone()).is_none() {
        let origin = Origin::path(path).line(place.line);
        return origin.char_column(place.column).into();
    }
    let annotation = AnnotationKind::Primary.span(span).label(label);
    let snippet = Snippet::source(source.text.as_ref()).path(path);
    snippet.annotation(annotation).into()
}

/// Returns the include chain of a step and the last note; both need a step.
fn notes(context: &Context<'_>, place: Option<Place>) -> Vec<String> {
    let Some(place) = place else {
        return Vec::new();
    };
    let mut notes = context.scenario.way_to(place);
    notes.extend(context.note.map(str::to_owned));
    notes
}

fn write_report(out: &mut dyn Write, notes: &[String], report: Group<'_>) -> io::Result<()> {
    let note = |text: &String| {
        let lines: Vec<_> = text.lines().map(escaped).collect();
        Level::NOTE.message(lines.join("\n"))
    };
    let notes = notes.iter().map(note);
    let text = Renderer::styled().render(&[report.elements(notes)]);
    writeln!(out, "{}\n", styled(&text))
}
