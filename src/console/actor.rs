//! The prompt of the chat, and the interface of a client or a server to front ends.

use std::sync::Arc;

use machine::Actor;

use super::vocabulary::{Commands, Vocabulary};
use crate::client::Failure;
use crate::protocol::GroupName;
use crate::server::{Report, Stats};

/// Splits a row of a terminal into the prompt of the chat, if it begins with one, and the rest.
pub fn split_row(row: &str) -> (Arc<str>, &str) {
    let Some(rest) = row.strip_prefix(PROMPT).or_else(|| after_badge(row)) else {
        return ("".into(), row);
    };
    let in_group = rest.strip_prefix('(').and_then(|rest| rest.split_once(") "));
    let in_group = in_group.and_then(|(group, text)| Some((GroupName::new(group).ok()?, text)));
    let (group, text) = in_group.map_or((None, rest), |(group, text)| (Some(group), text));
    (prompt_in(group), text)
}

/// The beginning of every prompt.
const PROMPT: &str = ">>> ";

/// Replaces [`PROMPT`] while messages wait, with the same width.
const BADGES: [&str; 10] =
    ["[1] ", "[2] ", "[3] ", "[4] ", "[5] ", "[6] ", "[7] ", "[8] ", "[9] ", "[9+]"];

/// Splits a prompt into a badge with the number of waiting messages and the rest; the badge is
/// empty if there are none. Together they are as wide as the prompt.
pub fn badged(prompt: &str, waiting: usize) -> (&'static str, &str) {
    let badge = waiting.checked_sub(1).map(|at| BADGES[at.min(BADGES.len() - 1)]);
    match (badge, prompt.strip_prefix(PROMPT)) {
        (Some(badge), Some(rest)) => (badge, rest),
        _ => ("", prompt),
    }
}

fn after_badge(row: &str) -> Option<&str> {
    let rest = BADGES.iter().find_map(|badge| row.strip_prefix(badge))?;
    // Messages wait only in a group.
    rest.starts_with('(').then_some(rest)
}

/// Makes the prompt in a group, or outside of any.
pub(super) fn prompt_in(group: Option<GroupName>) -> Arc<str> {
    match group {
        Some(group) => format!("{PROMPT}({group}) ").into(),
        None => PROMPT.into(),
    }
}

/// A client or a server with its prompt and its screen, as front ends of the chat see it.
pub trait Console: Actor {
    /// Returns the commands that can be typed at the prompt now.
    fn commands(&self) -> Commands;

    /// Returns what can be completed at the prompt.
    fn vocabulary(&self) -> Vocabulary;

    /// Returns how many messages wait for the end of a group visit. The default is none.
    fn waiting(&self) -> usize {
        0
    }

    /// Returns the counters of a server. The default is `None`.
    fn stats(&self) -> Option<Stats> {
        None
    }

    /// Returns the next entry for the log. The default logs nothing.
    fn poll_report(&mut self) -> Option<Report> {
        None
    }

    /// Returns why the program has ended, if it has failed.
    fn failure(&self) -> Option<Failure> {
        None
    }
}

#[cfg(test)]
mod tests {
    use machine::{Line, Marks};

    use super::*;

    #[test]
    fn a_row_is_split_into_its_prompt_and_its_text() {
        let line = |row: &'static str| {
            let (prompt, text) = split_row(row);
            assert_eq!(format!("{prompt}{text}"), row);
            (prompt.to_string(), text)
        };
        let split = |prompt: &str, text| (prompt.to_owned(), text);
        assert_eq!(line("[Start listening...]"), split("", "[Start listening...]"));
        assert_eq!(line(">>> "), split(">>> ", ""));
        assert_eq!(line(">>> (g) (h) hi"), split(">>> (g) ", "(h) hi"));
        assert_eq!(line(">>> (no group) hi"), split(">>> ", "(no group) hi"));
        assert_eq!(line(">>> (g)"), split(">>> ", "(g)"));
    }

    #[test]
    fn a_badge_is_as_wide_as_the_part_of_the_prompt_that_it_replaces() {
        for (waiting, badge) in [(1, "[1] "), (9, "[9] "), (10, "[9+]"), (12_345, "[9+]")] {
            assert_eq!(badged(">>> (g) ", waiting), (badge, "(g) "));
            let row = format!("{badge}(g) hi");
            let (prompt, text) = split_row(&row);
            assert_eq!((&*prompt, text), (">>> (g) ", "hi"));
        }
        assert_eq!(badged(">>> (g) ", 0), ("", ">>> (g) "));
        assert_eq!(badged("", 1), ("", ""));
        assert_eq!(split_row("[1] list").1, "[1] list");
    }

    #[test]
    fn a_name_is_found_after_a_timestamp() {
        let mut line = Line::new(">>> ".into(), "[Message received by c2.]");
        assert_eq!(line.around_name(), None);
        line.marks = Marks::name(21, "c2");
        line.begin_with(&"14:40:07 ".into());
        assert_eq!(line.around_name(), Some(("14:40:07 [Message received by ", "c2", ".]")));
    }
}
