//! How far each screen has been matched, and which lines match.

use std::collections::BTreeMap;

use crate::scenario::{ActorName, LinePattern, Matcher};
use crate::stage::{Entries, Screen, ScreenEntry, Shown};

/// How many entries of each screen lie behind the last match.
#[derive(Default)]
pub(super) struct Cursors(BTreeMap<ActorName, usize>);

impl Cursors {
    /// Leaves so many more entries behind.
    pub(super) fn advance(&mut self, actor: ActorName, entries: usize) {
        *self.0.entry(actor).or_default() += entries;
    }

    /// Returns how many entries of a screen lie behind the last match.
    pub(super) fn matched(&self, actor: ActorName) -> usize {
        self.0.get(&actor).copied().unwrap_or_default()
    }

    /// Returns what a screen showed after the lines already matched.
    pub(super) fn unmatched<'a>(&self, actor: ActorName, screen: &'a Screen) -> Entries<'a> {
        screen.iter_from(self.matched(actor))
    }
}

/// Returns which entry is the first line shown by the program that matches.
pub(super) fn position(mut screen: Entries<'_>, matcher: &Matcher) -> Option<usize> {
    screen.position(|entry| is_shown(&entry, matcher))
}

/// Returns whether an entry is a line shown by the program that matches.
pub(super) fn is_shown(entry: &ScreenEntry, matcher: &Matcher) -> bool {
    matches!(&entry.shown, Shown::Line(line) if matcher.matches(&line.text))
}

/// Finds a line of its own for each pattern; tells how many entries hold them all, at least.
///
/// Lines may match several patterns, so a pattern that has a line hands it over if it can have
/// another: nothing is called missing that some choice would find.
///
/// # Errors
///
/// A pattern that is left without a line.
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

/// Which line each pattern has.
struct Choice<'a> {
    patterns: &'a [LinePattern],
    held: Vec<Option<ScreenEntry>>,
}

impl Choice<'_> {
    fn is_complete(&self) -> bool {
        self.held.iter().all(Option::is_some)
    }

    /// Returns a line to a pattern, which may have to hand its own line on.
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
