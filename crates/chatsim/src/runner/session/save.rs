//! Turns a session into a scenario file that expects what was observed.

use std::io;
use std::path::Path;

use super::blank::{DASH, declared, head};
use super::reply::{Proof, Refusal, Saved};
use super::{Session, Taken};
use crate::runner::snapshot::{self, Update};
use crate::runner::{Location, Patience, Redaction, Verdict, replace_file, run_scenario};
use crate::scenario::{ActorName, Scenario, formatted, parse, written_line, written_pattern};
use crate::stage::{ScreenEntry, Shown};

/// The desired maximum length of a line of the file, in characters.
const LINE_CHARS_MAX: usize = 100;

impl Session<'_> {
    /// Writes a formatted scenario that does the same and expects what was observed, and accepts what it
    /// shows on the simulated stage as its snapshot. Unless `is_forced` is set, it neither overwrites
    /// another file nor writes a scenario that does not pass there.
    ///
    /// # Errors
    ///
    /// Nothing was written; the error says why.
    pub fn save(&self, path: &Path, is_forced: bool) -> Result<Saved, Refusal> {
        let unwritable = |error: io::Error| {
            let path = path.display();
            Refusal::Environment(format!("`{path}` cannot be written: {error}"))
        };
        let location = Location::of_new(path).map_err(unwritable)?;
        if !is_forced && (path.exists() || location.snapshot.exists()) {
            let text = format!(
                "`{}` or its snapshot exists already; `save! FILE` overwrites it",
                path.display()
            );
            return Err(Refusal::Request(text));
        }
        if self.steps.is_empty() {
            return Err(Refusal::Request("there is no step to save".to_owned()));
        }
        let (text, lines) = self.text(path)?;
        let source = formatted(path, text);
        let mut scenarios = parse(&source, self.scenario.guest).map_err(Refusal::mistakes)?;
        let scenario = Box::new(scenarios.remove(0));
        let (verdict, screens) = self.prove(&scenario)?;
        if !verdict.is_good() && !is_forced {
            return Err(Refusal::Step { scenario, verdict });
        }
        replace_file(path, source.text.as_bytes()).map_err(unwritable)?;
        let proof = if verdict.is_good() {
            snapshot::compare(&location, &screens, Update::Accept, None)
                .map_err(|error| Refusal::Environment(error.to_string()))?;
            Proof::Passed { snapshot: location.snapshot }
        } else {
            Proof::Failed { scenario, verdict }
        };
        Ok(Saved { path: path.to_owned(), steps: self.scenario.steps.len(), lines, proof })
    }

    /// Runs a scenario on the simulated stage; returns its verdict and its screens.
    fn prove(&self, scenario: &Scenario) -> Result<(Verdict, String), Refusal> {
        let mut stage = (self.stages.proof)(scenario, scenario.seed.unwrap_or_default())?;
        let outcome = run_scenario(scenario, stage.as_mut(), Patience::SIMULATED, &mut |_| ());
        Ok((outcome.verdict, outcome.screens))
    }

    /// Returns the text of the scenario, and the number of lines that it expects in addition.
    pub(super) fn text(&self, path: &Path) -> Result<(String, usize), Refusal> {
        let (mut text, dash) = self.beginning(path)?;
        let mut expected = Expected::new(self);
        let mut lines = 0;
        for (at, taken) in self.steps.iter().enumerate() {
            text.extend([&dash, taken.text.as_str(), "\n"]);
            let news = expected.after(at, taken);
            lines += news.iter().map(|(_, lines)| lines.len()).sum::<usize>();
            text.push_str(&expectation(&dash, &news));
        }
        Ok((text, lines))
    }

    /// Returns the text before the typed steps, and the prefix of a step there.
    fn beginning(&self, path: &Path) -> Result<(String, String), Refusal> {
        let guest = self.scenario.guest;
        if self.steps_before == 0 {
            let title = path.file_stem().unwrap_or_default().to_string_lossy();
            let title = title.replace(['_', '-'], " ");
            return Ok((
                head(guest, Some(&title), &self.actors_used(), self.scenario.seed),
                DASH.to_owned(),
            ));
        }
        let source = &self.scenario.source;
        let own = self.scenario.steps.iter().take(self.steps_before);
        let dash = own.filter(|step| step.place.file == 0).find_map(|step| {
            let before = source.text.get(..step.place.start)?;
            let line_start = before.rfind('\n').map_or(0, |at| at + 1);
            before.get(line_start..).filter(|before| before.trim() == "-")
        });
        let Some(dash) = dash else {
            let path = source.path.display();
            let text = format!(
                "the steps of `{path}` are not a list with `- `, so none can be added after them"
            );
            return Err(Refusal::Request(text));
        };
        Ok((source.text.trim_end().to_owned() + "\n", dash.to_owned()))
    }

    /// Returns the actors that the file has to declare: those up to the last one that a step names,
    /// so that the others keep their places.
    fn actors_used(&self) -> Vec<(usize, String)> {
        let mut actors = declared(&self.scenario);
        let is_named = |name: &String| self.steps.iter().any(|taken| taken.text.contains(name));
        while actors.pop_if(|(_, name)| !is_named(name)).is_some() {}
        actors
    }
}

/// Observed output that is not expected yet.
///
/// What a step of the user expects is left to that step: only lines before its first one are
/// expected earlier, and lines after its last one later.
struct Expected<'s> {
    session: &'s Session<'s>,
    /// The number of entries of each screen that are handled.
    done: Vec<usize>,
    redaction: Option<Redaction>,
}

/// The lines that screens showed, as a scenario expects them.
type News = Vec<(ActorName, Vec<String>)>;

impl<'s> Expected<'s> {
    fn new(session: &'s Session<'s>) -> Self {
        let before = session.lens_before.iter().copied().chain(std::iter::repeat(0));
        let done = session.actors().zip(before).map(|(_, len)| len).collect();
        let Session { scenario, stage, .. } = session;
        let stage = stage.as_ref();
        let redaction = stage.map(|it| Redaction::of(scenario, it.as_ref(), scenario.clock));
        Self { session, done, redaction }
    }

    /// Returns what to expect after a step.
    fn after(&mut self, at: usize, taken: &Taken) -> News {
        let mut news = News::new();
        let Some(stage) = &self.session.stage else {
            return news;
        };
        let later = self.session.steps.get(at + 1..).unwrap_or_default();
        let bounds = taken.lens.iter().zip(&taken.expected).enumerate();
        let actors = self.session.actors().zip(&mut self.done);
        for ((actor, done), (index, (&len, expected))) in actors.zip(bounds) {
            if !expected.is_empty() {
                *done = expected.end;
            }
            if !taken.has_settled {
                continue;
            }
            let ahead = later.iter().filter_map(|taken| taken.expected.get(index));
            let ahead = ahead.filter(|range| !range.is_empty()).map(|range| range.start).min();
            let end = ahead.unwrap_or(len).min(len);
            let entries = stage.screen(actor).iter_from(*done).take(end.saturating_sub(*done));
            *done = end.max(*done);
            let lines: Vec<_> = entries
                .filter_map(|entry| written_entry(&entry, self.redaction.as_ref()))
                .collect();
            if !lines.is_empty() {
                news.push((actor, lines));
            }
        }
        news
    }
}

/// Returns a line of a program as a pattern that matches it on every stage.
fn written_entry(entry: &ScreenEntry, redaction: Option<&Redaction>) -> Option<String> {
    let Shown::Line(line) = &entry.shown else {
        return None;
    };
    Some(match redaction.and_then(|redaction| redaction.pattern(&line.text)) {
        Some(pattern) => written_pattern(&pattern),
        None => written_line(&line.text),
    })
}

/// Returns a step that expects lines, as a person would write it.
fn expectation(dash: &str, news: &[(ActorName, Vec<String>)]) -> String {
    let value = |lines: &[String]| match lines {
        [line] => line.clone(),
        lines => format!("[{}]", lines.join(", ")),
    };
    let short: Vec<_> =
        news.iter().map(|(actor, lines)| format!("{actor}: {}", value(lines))).collect();
    let one_line = format!("{dash}expect: {{ {} }}\n", short.join(", "));
    if news.is_empty() {
        return String::new();
    }
    if news.len() == 1 && one_line.chars().count() <= LINE_CHARS_MAX {
        return one_line;
    }
    let mut text = format!("{dash}expect:\n");
    let indent = " ".repeat(dash.chars().count() + 2);
    for ((actor, lines), short) in news.iter().zip(&short) {
        if lines.len() == 1 || indent.len() + short.chars().count() <= LINE_CHARS_MAX {
            text.extend([&indent, short.as_str(), "\n"]);
        } else {
            text.extend([&indent, actor.to_string().as_str(), ":\n"]);
            for line in lines {
                text.extend([&indent, "  - ", line, "\n"]);
            }
        }
    }
    text
}
