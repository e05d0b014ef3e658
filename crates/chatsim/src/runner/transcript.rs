//! Screens as text.

use std::borrow::Borrow;
use std::collections::BTreeMap;

use crate::scenario::{ActorName, Scenario};
use crate::stage::{ScreenEntry, Shown, Stage};

/// Marks where a program was started again.
const STARTED_AGAIN: &str = "[started again]";

/// Marks where a program was killed.
const KILLED: &str = "[killed]";

/// Returns a screen as its actor saw it: one line for each line shown or typed, with its prompt,
/// each ended by a line break.
///
/// `^C` marks where the program was interrupted, `[killed]` where it was killed, and `[started
/// again]` where it was started again. How a program ended is not written: its last lines are.
pub fn transcript(entries: impl IntoIterator<Item: Borrow<ScreenEntry>>) -> String {
    let mut text = String::new();
    let mut has_started = false;
    for entry in entries {
        match &entry.borrow().shown {
            Shown::Started if !has_started => has_started = true,
            Shown::Started => push_line(&mut text, STARTED_AGAIN, ""),
            Shown::Typed(line) | Shown::Line(line) => {
                push_line(&mut text, &line.prompt, &line.text);
            }
            Shown::Interrupted => push_line(&mut text, "^C", ""),
            Shown::Killed => push_line(&mut text, KILLED, ""),
            Shown::Exited(_) => {}
        }
    }
    text
}

fn push_line(text: &mut String, prompt: &str, line: &str) {
    text.extend([prompt, line, "\n"]);
}

/// Collects the screens for a snapshot.
pub(super) struct Screens<'a> {
    scenario: &'a Scenario,
    /// The screens that were kept on the way, a section each.
    kept: Vec<String>,
    /// How often each name was used.
    names: BTreeMap<String, u32>,
}

impl<'a> Screens<'a> {
    pub(super) const fn new(scenario: &'a Scenario) -> Self {
        Self { scenario, kept: Vec::new(), names: BTreeMap::new() }
    }

    /// The actors, in order.
    pub(super) fn actors(&self) -> impl Iterator<Item = ActorName> + use<'a> {
        actors(self.scenario)
    }

    /// Keeps the current screens under a name. If the name was used before, it is numbered.
    pub(super) fn keep(&mut self, name: &str, stage: &dyn Stage) {
        let times = self.names.entry(name.to_owned()).or_default();
        *times += 1;
        let prefix = match *times {
            1 => format!("{name}: "),
            times => format!("{name} ({times}): "),
        };
        let sections = self.sections(&prefix, stage);
        self.kept.extend(sections);
    }

    /// Returns the current screens of all actors, role by role, in the order of their declaration:
    /// a section each, headed by `== name ==`, with a blank line between. The screens that were
    /// kept on the way follow, headed by `== kept name: name ==`.
    pub(super) fn text(self, stage: &dyn Stage) -> String {
        let last = self.sections("", stage);
        let sections: Vec<String> = last.into_iter().chain(self.kept).collect();
        sections.join("\n")
    }

    fn sections(&self, prefix: &str, stage: &dyn Stage) -> Vec<String> {
        let section = |actor| {
            let screen = self.redacted(transcript(stage.screen(actor)));
            format!("== {prefix}{actor} ==\n{screen}")
        };
        actors(self.scenario).map(section).collect()
    }

    /// Redacts each line by the rules of the scenario.
    fn redacted(&self, screen: String) -> String {
        let rules = &self.scenario.terms.redact;
        if rules.is_empty() {
            return screen;
        }
        let redact =
            |line: &str| rules.iter().fold(line.to_owned(), |line, rule| rule.apply(&line));
        screen.lines().map(|line| redact(line) + "\n").collect()
    }
}

/// Returns the actors of a scenario: role by role, in the order of their declaration.
pub fn actors(scenario: &Scenario) -> impl Iterator<Item = ActorName> {
    scenario.actors.iter().map(|declared| declared.name)
}

/// Splits a snapshot's text into its sections: each header line, and the lines below it.
///
/// Lines before the first header belong to a section with an empty header.
pub fn sections(text: &str) -> Vec<(&str, Vec<&str>)> {
    let mut sections = vec![("", Vec::new())];
    for line in text.lines() {
        if line.starts_with("== ") && line.ends_with(" ==") {
            sections.push((line, Vec::new()));
        } else if let Some((_, lines)) = sections.last_mut() {
            lines.push(line);
        }
    }
    // The blank line before the next header belongs to neither section.
    let before_headers = sections.len() - 1;
    for (_, lines) in sections.iter_mut().take(before_headers) {
        lines.pop_if(|line| line.is_empty());
    }
    sections.retain(|(header, lines)| !header.is_empty() || !lines.is_empty());
    sections
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::stage::Line;
    use machine::Outcome;
    use machine::Timestamp;

    fn entry(shown: Shown) -> ScreenEntry {
        let at = Timestamp::default();
        ScreenEntry { at, shown }
    }

    fn line(prompt: &str, text: &str) -> Arc<Line> {
        Line::new(prompt.into(), text.into()).into()
    }

    #[test]
    fn transcript_is_the_screen_as_it_was_seen() {
        let entries = [
            entry(Shown::Started),
            entry(Shown::Line(line(">>> ", "[Welcome, You are registered.]"))),
            entry(Shown::Typed(line(">>> (g) ", "send_all  two  blanks "))),
            entry(Shown::Line(line("", "[Start listening...]"))),
            entry(Shown::Killed),
            entry(Shown::Started),
            entry(Shown::Interrupted),
            entry(Shown::Exited(Outcome::Left)),
        ];
        assert_eq!(
            transcript(&entries),
            ">>> [Welcome, You are registered.]\n>>> (g) send_all  two  blanks \n\
             [Start listening...]\n[killed]\n[started again]\n^C\n"
        );
    }

    #[test]
    fn sections_are_split_at_their_headers() {
        let text = "== server ==\n>>> a\n\n== c1 ==\n\n== c2 ==\nb\n\nc\n";
        assert_eq!(
            sections(text),
            [
                ("== server ==", vec![">>> a"]),
                ("== c1 ==", vec![]),
                ("== c2 ==", vec!["b", "", "c"]),
            ]
        );
        assert_eq!(sections("stray"), [("", vec!["stray"])]);
        let blank = sections("== c1 ==\n\n\n== c2 ==");
        assert_eq!(blank, [("== c1 ==", vec![""]), ("== c2 ==", vec![])]);
    }
}
