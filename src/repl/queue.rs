//! Lines that wait to be written.

use std::collections::VecDeque;
use std::{fmt, io};

use super::overflow::Overflow;

/// The maximum size of the lines that wait in memory for a slow screen; others wait in a file.
pub(super) const WAITING_BYTES_MAX: usize = 4 << 20;

/// The number of lines that are written again when a terminal is resized: more than it has rows.
const RECENT_LINES: usize = 200;

/// The lines that wait, and the pending bell or notification.
#[derive(Debug, Default)]
pub(super) struct Queue {
    /// The first lines, empty only if there are no others.
    lines: VecDeque<String>,
    /// The total size of those.
    bytes: usize,
    /// The lines after them, if there are many.
    others: Option<Overflow>,
    /// The number of lines that were lost because the disk refused them.
    dropped: usize,
    call: Option<String>,
    /// The lines that were written last, for a terminal that is resized.
    recent: VecDeque<String>,
    words: Words,
}

/// Formats the report about dropped lines.
struct Words(Box<dyn Fn(usize) -> String + Send + Sync>);

impl Default for Words {
    fn default() -> Self {
        Self(Box::new(|count| {
            format!("[{count} lines were dropped: there were too many to show.]")
        }))
    }
}

impl fmt::Debug for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Words")
    }
}

impl Queue {
    /// Sets how dropped lines are reported.
    pub(super) fn say_dropped(&mut self, words: impl Fn(usize) -> String + Send + Sync + 'static) {
        self.words = Words(Box::new(words));
    }

    pub(super) fn add(&mut self, line: String) {
        if self.others.is_none() && self.bytes < WAITING_BYTES_MAX {
            self.bytes += line.len();
            self.lines.push_back(line);
        } else if self.put_aside(&line).is_err() {
            self.dropped += 1;
        }
    }

    fn put_aside(&mut self, line: &str) -> io::Result<()> {
        match &mut self.others {
            Some(others) => others.add(line),
            None => self.others.insert(Overflow::new()?).add(line),
        }
    }

    /// Moves lines from the file to memory, which is empty.
    fn go_on(&mut self) {
        self.bytes = 0;
        let Some(others) = &mut self.others else { return };
        match others.take(WAITING_BYTES_MAX) {
            Ok(lines) => {
                self.bytes = lines.iter().map(String::len).sum();
                self.lines = lines.into();
            }
            Err(_) => self.dropped += others.count(),
        }
        if self.lines.is_empty() || others.count() == 0 {
            self.others = None;
        }
    }

    /// Sets the bell or notification, in place of a pending one.
    pub(super) fn call(&mut self, call: String) {
        self.call = Some(call);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Takes the lines in memory, ready to be written.
    pub(super) fn take(&mut self) -> Option<String> {
        let call = self.call.take();
        if self.lines.is_empty() {
            return call.filter(|call| !call.is_empty());
        }
        let lines = std::mem::take(&mut self.lines);
        self.go_on();
        let is_last = self.lines.is_empty() && self.dropped > 0;
        let dropped = is_last.then(|| (self.words.0)(std::mem::take(&mut self.dropped)));
        let mut text = call.unwrap_or_default();
        for line in lines.into_iter().chain(dropped) {
            text.push_str(&line);
            text.push('\n');
            self.remember(line);
        }
        Some(text)
    }

    /// Remembers a line that is on the screen.
    pub(super) fn remember(&mut self, line: String) {
        if self.recent.len() == RECENT_LINES {
            self.recent.pop_front();
        }
        self.recent.push_back(line);
    }

    /// Returns the last `count` lines on the screen, or fewer.
    pub(super) fn recent(&self, count: usize) -> String {
        let skipped = self.recent.len().saturating_sub(count);
        self.recent.iter().skip(skipped).flat_map(|line| [line, "\n"]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_memory_and_disk_do_not_take_are_counted_for_the_reader() {
        let mut queue = Queue { others: Some(Overflow::broken()), ..Queue::default() };
        queue.lines.push_back("one".to_owned());
        queue.add("two".to_owned());
        queue.add("three".to_owned());
        assert_eq!(
            queue.take().unwrap(),
            "one\n[2 lines were dropped: there were too many to show.]\n"
        );
        queue.add("four".to_owned());
        assert_eq!(queue.take().unwrap(), "four\n");
        assert_eq!(queue.take(), None);
    }
}
