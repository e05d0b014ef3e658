//! Errors of the YAML library, reworded and with a place that can be rendered.

use serde_yaml::budget::BudgetBreach;
use serde_yaml::{Error, Location, MessageFormatter, UserMessageFormatter};

use crate::{Mistake, Place};

const TOO_DEEP: &str = "lists and mappings are nested too deeply";

/// Makes a mistake from an error of the library.
pub(super) fn mistake(text: &str, error: &Error) -> Mistake {
    let place = place(text, error.location().unwrap_or(Location::UNKNOWN));
    let mut error = error;
    while let Error::AliasError { error: inner, .. } | Error::WithSnippet { error: inner, .. } =
        error
    {
        error = inner;
    }
    if let Error::MultipleDocuments { .. } = error {
        return Mistake::new(place, "a second document begins in this file")
            .with_help("a file has one document: move the second one to a file of its own");
    }
    if let Error::UnknownAnchor { .. } = error {
        return Mistake::new(place, "there is no anchor of this name before this alias")
            .with_help("a text that begins with `*` needs quotes");
    }
    let point = Place { end: place.start, ..place };
    if let Error::Budget { breach, .. } = error {
        return Mistake::new(point, bound(breach));
    }
    if let Error::AliasReplayLimitExceeded { .. } = error {
        return Mistake::new(place, "aliases are expanded too often in this file");
    }
    let reason = UserMessageFormatter.format_message(error);
    if reason.contains("recursion limit") {
        return Mistake::new(point, TOO_DEEP);
    }
    let mistake = Mistake::new(place, format!("this is not YAML: {reason}"));
    match cure(&reason) {
        Some(help) => mistake.with_help(help),
        None => mistake,
    }
}

fn bound(breach: &BudgetBreach) -> &'static str {
    if let BudgetBreach::Depth { .. } = breach { TOO_DEEP } else { "this file holds too much" }
}

/// Returns the usual cause of a syntax error.
fn cure(reason: &str) -> Option<&'static str> {
    if reason.contains("mapping values") {
        Some("a text with `: ` in it needs quotes")
    } else if reason.contains("placement of ':'") {
        Some("is there a bracket or a brace before it that is not closed?")
    } else if reason.contains("',' or") {
        Some("a text with a bracket, a brace or a comma in it needs quotes")
    } else if reason.contains("unsupported tag") {
        Some("a text that begins with `!` needs quotes")
    } else if reason.contains("tabs") {
        Some("indent with spaces")
    } else {
        None
    }
}

/// Makes a place that covers a word: errors of the library mostly have a line and a column only.
fn place(text: &str, location: Location) -> Place {
    let count = |number: u64| usize::try_from(number).unwrap_or(usize::MAX).max(1);
    let (line, column) = (count(location.line()), count(location.column()));
    let mut rest = text.trim_start_matches('\u{feff}');
    for _ in 1..line {
        let line_len = rest.find(['\n', '\r']).unwrap_or(rest.len());
        let (_, line_break) = rest.split_at(line_len);
        let line_break_len = if line_break.starts_with("\r\n") { 2 } else { 1 };
        rest = line_break.get(line_break_len..).unwrap_or_default();
    }
    let line_len = rest.find(['\n', '\r']).unwrap_or(rest.len());
    let (on_line, _) = rest.split_at(line_len);
    let before = on_line.char_indices().nth(column - 1);
    let start = text.len() - rest.len() + before.map_or(line_len, |(at, _)| at);
    Place { file: 0, start, end: start + word_len(text, start), line, column }
}

/// Returns the number of bytes up to the next white space.
pub(super) fn word_len(text: &str, start: usize) -> usize {
    let rest = text.get(start..).unwrap_or_default();
    rest.find(char::is_whitespace).unwrap_or(rest.len())
}
