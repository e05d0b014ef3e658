//! Lines that screens showed lately, so that those that come again and again are kept once.

use std::sync::Arc;

use crate::console::Line;

/// How many lines are remembered; a power of two.
const SLOTS: usize = 256;

/// One line for each slot, the latest.
#[derive(Debug)]
pub(super) struct RecentLines(Vec<Option<Arc<Line>>>);

impl Default for RecentLines {
    fn default() -> Self {
        Self(vec![None; SLOTS])
    }
}

impl RecentLines {
    /// Gives the line of the same prompt and text that is kept already, if it is remembered.
    pub(super) fn share(&mut self, line: Line) -> Arc<Line> {
        match self.0.get_mut(slot(&line.text)) {
            Some(Some(held)) if **held == line => held.clone(),
            Some(slot) => slot.insert(line.into()).clone(),
            None => line.into(),
        }
    }
}

/// Lines differ at their beginning or at their end.
fn slot(text: &str) -> usize {
    let bytes = text.as_bytes();
    let number = |part: Option<&[u8; 8]>| part.map_or(0, |part| u64::from_le_bytes(*part));
    let mixed = number(bytes.first_chunk()) ^ number(bytes.last_chunk()).rotate_left(32);
    let mixed = (mixed ^ bytes.len() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    usize::try_from(mixed >> 32).unwrap_or_default() % SLOTS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(prompt: &str, text: &str) -> Line {
        Line { prompt: prompt.into(), text: text.to_owned() }
    }

    #[test]
    fn the_same_line_is_kept_once() {
        let mut lines = RecentLines::default();
        let first = lines.share(line(">>> ", "[Message received by c2.]"));
        let second = lines.share(line(">>> ", "[Message received by c2.]"));
        assert!(Arc::ptr_eq(&first, &second));
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
