//! What is wrong with a file: where, why, and the remedy.

use std::collections::BTreeSet;
use std::fmt;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use crate::{Place, Source, way};

/// Mistakes of one file that are shown; the rest is counted.
const SHOWN_MISTAKES_MAX: usize = 50;

/// Characters of a quoted text that are shown.
const QUOTED_CHARS_MAX: usize = 60;

/// Names that a help offers at most.
const OFFERED_NAMES_MAX: usize = 32;

/// A longer list is left out if a name in it was probably meant.
const NAMES_BESIDE_AN_OFFER_MAX: usize = 20;

/// Bytes of a line that are considered after a place: a line may be as long as the file.
const CONTEXT_BYTES_MAX: usize = 400;

/// Something wrong at a place of a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mistake {
    /// What the mistake is about.
    pub place: Place,
    /// What is wrong.
    pub message: String,
    /// A note at the place itself.
    pub label: Option<String>,
    /// What would be right.
    pub help: Option<String>,
}

impl Mistake {
    /// Makes a mistake without label and help.
    pub fn new(place: Place, message: impl Into<String>) -> Self {
        Self { place, message: message.into(), label: None, help: None }
    }

    /// Sets the note at the place.
    #[must_use]
    pub fn with_label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// Sets the remedy.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Moves it to another file.
    #[must_use]
    pub const fn in_file(mut self, file: usize) -> Self {
        self.place.file = file;
        self
    }

    /// Renders the message, the path with line and column, the line itself, carets under the part
    /// of the place that is on it, and the include chain of the file. Ends without a line break.
    /// `sources` are all files in the order in which they were read, `color` adds ANSI styles.
    pub fn render(&self, sources: &[Source], color: bool) -> String {
        let Some(source) = sources.get(self.place.file) else {
            return visible(&self.message);
        };
        let path = visible(&source.path.display().to_string());
        let (line, first) = line_around(&source.text, self.place.start);
        let start = self.place.start.saturating_sub(first).min(line.len());
        let end = self.place.end.saturating_sub(first).clamp(start, line.len());
        let context = line.floor_char_boundary(end.saturating_add(CONTEXT_BYTES_MAX));
        let line = line.get(..context).unwrap_or(line);
        let annotation =
            AnnotationKind::Primary.span(start..end).label(self.label.as_deref().map(visible));
        let snippet =
            Snippet::source(line).line_start(self.place.line).path(&path).annotation(annotation);
        let help = self.help.as_deref().map(|help| Level::HELP.message(visible(help)));
        let way = way(sources, self.place.file).into_iter();
        let way = way.map(|include| Level::NOTE.message(visible(&include)));
        let title = Level::ERROR.primary_title(visible(&self.message));
        let report = title.element(snippet).elements(way).elements(help);
        draw(&[report], color)
    }
}

fn draw(report: &[Group<'_>], color: bool) -> String {
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    let drawn = renderer.render(report);
    // The renderer replaces the control characters of ASCII, so that only its own styles are left.
    escape(&drawn, |c| !matches!(c, '\n' | '\u{1b}') && is_invisible(c))
}

/// The line that holds a byte, and where the line starts.
fn line_around(text: &str, at: usize) -> (&str, usize) {
    let (before, after) = text.split_at_checked(at).unwrap_or_else(|| text.split_at(text.len()));
    let mark = if text.starts_with('\u{feff}') { 3 } else { 0 };
    let first = before.rfind(['\n', '\r']).map_or(mark, |at| at + 1);
    let len = after.find(['\n', '\r']).unwrap_or(after.len());
    let line = text.get(first..before.len() + len).unwrap_or_default();
    (line, first)
}

/// All mistakes of a file and of those that it includes, in the order of their places. There is
/// at least one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mistakes {
    sources: Vec<Source>,
    mistakes: Vec<Mistake>,
}

impl Mistakes {
    /// Sorts the mistakes of `sources`, of which the first is the file that was read first.
    pub fn new(sources: Vec<Source>, mut mistakes: Vec<Mistake>) -> Self {
        mistakes.sort_by_key(|mistake| (mistake.place.file, mistake.place.start));
        // A mistake repeated by an alias or a second include is reported once.
        let mut seen = BTreeSet::new();
        mistakes.retain(|mistake| {
            let path = sources.get(mistake.place.file).map(|source| source.path.clone());
            let Mistake { place, message, help, .. } = mistake;
            seen.insert((path, place.start, message.clone(), help.clone()))
        });
        Self { sources, mistakes }
    }

    /// Returns the files that were read; the first one includes the others.
    pub fn sources(&self) -> &[Source] {
        &self.sources
    }

    /// Returns them in order.
    pub fn as_slice(&self) -> &[Mistake] {
        &self.mistakes
    }

    /// Renders at most 50 of them, separated by blank lines, and the number of the others. Ends
    /// with a line break. `color` adds ANSI styles.
    pub fn render(&self, color: bool) -> String {
        let mut drawn: Vec<String> = self
            .mistakes
            .iter()
            .take(SHOWN_MISTAKES_MAX)
            .map(|mistake| mistake.render(&self.sources, color))
            .collect();
        let hidden = self.mistakes.len().saturating_sub(SHOWN_MISTAKES_MAX);
        if hidden > 0 {
            let title = Level::ERROR.primary_title(format!("and {hidden} more mistakes"));
            drawn.push(draw(&[Group::with_title(title)], color));
        }
        drawn.join("\n\n") + "\n"
    }
}

/// Shows them as [`Mistakes::render`] does, without color.
impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.render(false).trim_end())
    }
}

impl std::error::Error for Mistakes {}

/// Quotes a text from a file in backticks: on one line, escaped for a terminal, and shortened.
pub fn quoted(text: &str) -> String {
    let cut = text.char_indices().nth(QUOTED_CHARS_MAX);
    let shown = cut.and_then(|(at, _)| text.get(..at));
    let dots = if shown.is_some() { "..." } else { "" };
    format!("`{}{dots}`", visible(shown.unwrap_or(text)))
}

/// Escapes characters that a terminal would not display as themselves.
fn visible(text: &str) -> String {
    escape(text, is_invisible)
}

/// Returns whether a character controls a terminal, ends a line or overrides the direction of text.
fn is_invisible(c: char) -> bool {
    let overrides_direction =
        matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    c.is_control() || overrides_direction || matches!(c, '\u{2028}' | '\u{2029}')
}

fn escape(text: &str, is_escaped: impl Fn(char) -> bool) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if is_escaped(c) {
            escaped.extend(c.escape_default());
        } else {
            escaped.push(c);
        }
    }
    escaped
}

/// Offers the known name that was probably meant, and lists what is known, unless the list is long.
pub fn offer(kind: &str, wrong: &str, known: &[&str]) -> String {
    let listed = list(kind, known);
    match nearest(wrong, known) {
        Some(name) if known.len() > NAMES_BESIDE_AN_OFFER_MAX => {
            format!("did you mean {}?", quoted(name))
        }
        Some(name) => format!("did you mean {}? {listed}", quoted(name)),
        None => listed,
    }
}

fn list(kind: &str, known: &[&str]) -> String {
    let shown = known.iter().take(OFFERED_NAMES_MAX);
    let shown: Vec<String> = shown.map(|name| quoted(name)).collect();
    let more = match known.len().saturating_sub(OFFERED_NAMES_MAX) {
        0 => String::new(),
        hidden => format!(" and {hidden} more"),
    };
    format!("{kind}: {}{more}", shown.join(", "))
}

/// Returns the known name with the fewest typing errors, if they are few enough to be typing errors.
pub fn nearest<'a>(wrong: &str, known: &[&'a str]) -> Option<&'a str> {
    let len = wrong.chars().count();
    let errors_max = (len / 3).clamp(1, 3);
    let wrong = wrong.to_lowercase();
    known
        .iter()
        .filter(|name| name.len().abs_diff(len) <= errors_max)
        .map(|name| (strsim::osa_distance(&wrong, &name.to_lowercase()), *name))
        .filter(|&(errors, _)| errors <= errors_max)
        .min_by_key(|&(errors, _)| errors)
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_offered_only_when_it_is_near() {
        let known = ["start", "stop", "restart", "settle", "note"];
        let near = |wrong| nearest(wrong, &known);
        assert_eq!(near("strat"), Some("start"));
        assert_eq!(near("Stop"), Some("stop"));
        assert_eq!(near("setle"), Some("settle"));
        assert_eq!(near("begin"), None);
        assert_eq!(near("noat"), None);
        assert_eq!(near(""), None);
    }

    #[test]
    fn quoted_texts_are_short_and_clean() {
        assert_eq!(quoted("naïve"), "`naïve`");
        assert_eq!(quoted("a\u{1b}[2J\n\u{202e}"), r"`a\u{1b}[2J\n\u{202e}`");
        assert_eq!(quoted(&"é".repeat(60)), format!("`{}`", "é".repeat(60)));
        assert_eq!(quoted(&"é".repeat(61)), format!("`{}...`", "é".repeat(60)));
    }

    #[test]
    fn long_lists_of_names_are_cut() {
        let names: Vec<String> = (0..40).map(|n| format!("c{n}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let offered = offer("actors", "nobody", &names);
        assert_eq!(offer("actors", "c99", &names), "did you mean `c9`?");
        assert!(offered.starts_with("actors: `c0`, `c1`, "), "{offered}");
        assert!(offered.ends_with("`c31` and 8 more"), "{offered}");
    }
}
