//! Lines that wait to be written.

use std::collections::VecDeque;
use std::fmt;

/// Lines that wait for a screen that takes them slowly; beyond, they are counted only.
pub(super) const WAITING_LINES_MAX: usize = 100_000;

/// Lines that are written again when a terminal changes its size: more than it has rows.
const RECENT_LINES: usize = 200;

/// The lines that wait, and what calls whoever does not look.
#[derive(Debug, Default)]
pub(super) struct Queue {
    lines: VecDeque<String>,
    dropped: usize,
    call: Option<String>,
    /// What was written last, for a terminal that changes its size.
    recent: VecDeque<String>,
    words: Words,
}

/// Says that so many lines were too many to be shown.
struct Words(Box<dyn Fn(usize) -> String + Send + Sync>);

impl Default for Words {
    fn default() -> Self {
        Self(Box::new(|count| format!("[{count} lines were too many to show.]")))
    }
}

impl fmt::Debug for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Words")
    }
}

impl Queue {
    /// Says in these words that so many lines were too many to be shown.
    pub(super) fn say_dropped(&mut self, words: impl Fn(usize) -> String + Send + Sync + 'static) {
        self.words = Words(Box::new(words));
    }

    pub(super) fn add(&mut self, line: String) {
        if self.lines.len() < WAITING_LINES_MAX {
            self.lines.push_back(line);
        } else {
            self.dropped += 1;
        }
    }

    /// Calls whoever does not look, in the place of a call that was not heard yet.
    pub(super) fn call(&mut self, call: String) {
        self.call = Some(call);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Takes everything as it is to be written.
    pub(super) fn take(&mut self) -> Option<String> {
        let call = self.call.take();
        if self.lines.is_empty() {
            return call.filter(|call| !call.is_empty());
        }
        let dropped = (self.dropped > 0).then(|| (self.words.0)(self.dropped));
        self.dropped = 0;
        let mut text = call.unwrap_or_default();
        for line in std::mem::take(&mut self.lines).into_iter().chain(dropped) {
            text.push_str(&line);
            text.push('\n');
            self.remember(line);
        }
        Some(text)
    }

    /// Learns of a line that stands on the screen.
    pub(super) fn remember(&mut self, line: String) {
        if self.recent.len() == RECENT_LINES {
            self.recent.pop_front();
        }
        self.recent.push_back(line);
    }

    /// Gives the last lines, at most so many, that stand on the screen.
    pub(super) fn recent(&self, count: usize) -> String {
        let skipped = self.recent.len().saturating_sub(count);
        self.recent.iter().skip(skipped).flat_map(|line| [line, "\n"]).collect()
    }
}
