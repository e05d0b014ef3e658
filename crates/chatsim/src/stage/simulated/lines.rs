//! A cache of lines, so that lines that are shown again and again are stored once.

use std::sync::Arc;

use crate::stage::Line;
use crate::stage::screen::digest;

/// The number of lines in the cache, as a power of two.
const SLOTS_LOG: u32 = 10;

/// One line for each slot, the latest.
#[derive(Debug)]
pub(super) struct RecentLines(Vec<Option<Arc<Line>>>);

impl Default for RecentLines {
    fn default() -> Self {
        Self(vec![None; 1 << SLOTS_LOG])
    }
}

impl RecentLines {
    /// Returns the stored line with the same prompt and text, if it is in the cache.
    pub(super) fn share(&mut self, line: Line) -> Arc<Line> {
        match self.0.get_mut(slot(&line.text)) {
            Some(Some(held)) if **held == line => held.clone(),
            Some(slot) => slot.insert(line.into()).clone(),
            None => line.into(),
        }
    }

    /// The same, but copies the text only if it is not in the cache.
    pub(super) fn share_text(&mut self, prompt: Arc<str>, text: &str) -> Arc<Line> {
        match self.0.get(slot(text)) {
            Some(Some(held)) if held.text == text && held.prompt == prompt => held.clone(),
            _ => self.share(Line::new(prompt, text.to_owned())),
        }
    }
}

fn slot(text: &str) -> usize {
    usize::try_from(digest(text) >> (u64::BITS - SLOTS_LOG)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(prompt: &str, text: &str) -> Line {
        Line::new(prompt.into(), text.to_owned())
    }

    #[test]
    fn the_same_line_is_kept_once() {
        let mut lines = RecentLines::default();
        let first = lines.share(line(">>> ", "[Message received by c2.]"));
        let second = lines.share(line(">>> ", "[Message received by c2.]"));
        assert!(Arc::ptr_eq(&first, &second));
        let third = lines.share_text(">>> ".into(), "[Message received by c2.]");
        assert!(Arc::ptr_eq(&first, &third));
    }

    #[test]
    fn lines_that_differ_by_a_name_have_slots_of_their_own() {
        let texts = |n| {
            [
                format!("send c{n} have you seen the tide tables for tomorrow?"),
                format!("[Message received by c{n}.]"),
                format!("c{n}: have you seen the tide tables for tomorrow?"),
            ]
        };
        let mut slots: Vec<_> = (1..9).flat_map(texts).map(|text| slot(&text)).collect();
        slots.sort_unstable();
        slots.dedup();
        assert_eq!(slots.len(), 24);
    }

    #[test]
    fn lines_that_differ_in_anything_stay_apart() {
        let mut lines = RecentLines::default();
        let all = [line(">>> ", "a"), line("", "a"), line(">>> ", ""), line(">>> ", "ab")];
        for line in all.iter().cycle().take(20) {
            assert_eq!(*lines.share(line.clone()), *line);
        }
    }
}
