//! How far each screen has been matched, and which lines match.

use std::collections::BTreeMap;

use crate::scenario::{ActorName, LinePattern, Matcher};
use crate::stage::{Entries, Screen, ScreenEntry, Shown};

/// For each screen, the number of entries up to the last match.
#[derive(Default)]
pub(super) struct Cursors(BTreeMap<ActorName, usize>);

impl Cursors {
    /// Moves past this many entries.
    pub(super) fn advance(&mut self, actor: ActorName, entries: usize) {
        *self.0.entry(actor).or_default() += entries;
    }

    /// Returns the number of entries of a screen up to the last match.
    pub(super) fn matched(&self, actor: ActorName) -> usize {
        self.0.get(&actor).copied().unwrap_or_default()
    }

    /// Returns what a screen showed after the lines already matched.
    pub(super) fn unmatched<'a>(&self, actor: ActorName, screen: &'a Screen) -> Entries<'a> {
        screen.iter_from(self.matched(actor))
    }
}

/// Returns the index of the first line shown by the program that matches.
pub(super) fn position(mut screen: Entries<'_>, matcher: &Matcher) -> Option<usize> {
    screen.position(|entry| is_shown(&entry, matcher))
}

/// Returns whether an entry is a line shown by the program that matches.
pub(super) fn is_shown(entry: &ScreenEntry, matcher: &Matcher) -> bool {
    matches!(&entry.shown, Shown::Line(line) if matcher.matches(&line.text))
}

/// Finds a different line for each pattern; returns the smallest number of entries that hold them
/// all.
///
/// Lines may match several patterns, so a pattern with a line gives it up if it can have another: a
/// pattern is reported as missing only if no assignment finds it.
///
/// # Errors
///
/// A pattern that has no line.
pub(super) fn matches<'p>(
    screen: Entries<'_>,
    patterns: &'p [LinePattern],
) -> Result<usize, &'p LinePattern> {
    let len = screen.len();
    let mut choice = Choice { patterns, held: vec![None; patterns.len()] };
    for (before, entry) in screen.enumerate() {
        if choice.is_complete() {
            return Ok(before);
        }
        choice.place(&entry, &mut vec![false; patterns.len()]);
    }
    let mut missing = patterns.iter().zip(&choice.held).filter(|(_, held)| held.is_none());
    missing.next().map_or(Ok(len), |(pattern, _)| Err(pattern))
}

/// The line of each pattern.
struct Choice<'a> {
    patterns: &'a [LinePattern],
    held: Vec<Option<ScreenEntry>>,
}

impl Choice<'_> {
    fn is_complete(&self) -> bool {
        self.held.iter().all(Option::is_some)
    }

    /// Assigns a line to a pattern, which may have to pass its own line on.
    fn place(&mut self, entry: &ScreenEntry, was_asked: &mut [bool]) -> bool {
        for (index, pattern) in self.patterns.iter().enumerate() {
            let Some(asked) = was_asked.get_mut(index) else {
                return false;
            };
            if *asked || !is_shown(entry, &pattern.matcher) {
                continue;
            }
            *asked = true;
            let held = self.held.get(index).cloned().flatten();
            if held.is_none_or(|held| self.place(&held, was_asked)) {
                if let Some(slot) = self.held.get_mut(index) {
                    *slot = Some(entry.clone());
                }
                return true;
            }
        }
        false
    }
}
