//! How far each screen has been matched.

use std::collections::BTreeMap;

use crate::scenario::{ActorName, Matcher};
use crate::stage::{ScreenEntry, Shown};

/// How many entries of each screen lie behind the last match.
#[derive(Default)]
pub(super) struct Cursors(BTreeMap<ActorName, usize>);

impl Cursors {
    /// Looks for a line after those already matched, and moves behind it.
    pub(super) fn find(
        &mut self,
        actor: ActorName,
        screen: &[ScreenEntry],
        matcher: &Matcher,
    ) -> bool {
        let unmatched = self.unmatched(actor, screen);
        let Some(found) = position(unmatched, matcher) else {
            return false;
        };
        *self.0.entry(actor).or_default() += found + 1;
        true
    }

    /// Tells what a screen showed after the lines already matched.
    pub(super) fn unmatched<'a>(
        &self,
        actor: ActorName,
        screen: &'a [ScreenEntry],
    ) -> &'a [ScreenEntry] {
        let cursor = self.0.get(&actor).copied().unwrap_or_default();
        screen.get(cursor..).unwrap_or_default()
    }
}

/// Tells which entry is the first line shown by the program that matches.
pub(super) fn position(screen: &[ScreenEntry], matcher: &Matcher) -> Option<usize> {
    screen
        .iter()
        .position(|entry| matches!(&entry.shown, Shown::Line(line) if matcher.matches(&line.text)))
}
