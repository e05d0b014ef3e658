//! The view that a script has of its program.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::console::{CleanText, Line};

/// The maximum number of lines that are kept for a script; beyond that, the oldest are dropped.
const LINES_KEPT_MAX: usize = 10_000;

/// The maximum size of these lines in bytes.
const BYTES_KEPT_MAX: usize = 8 * 1024 * 1024;

/// Connects a program with its script. The program never waits here.
#[derive(Debug, Default)]
pub(super) struct Watch {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    watcher: Watcher,
    has_failed: bool,
    lines: VecDeque<CleanText<'static>>,
    bytes: usize,
    done: VecDeque<Result<(), CleanText<'static>>>,
    has_ended: bool,
}

/// The state of the script.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum Watcher {
    #[default]
    Nobody,
    /// A script whose next statement has not arrived yet.
    Waiting,
    /// A script that runs a statement, or is about to.
    Playing,
}

/// The program's side.
impl Watch {
    pub(super) fn show(&self, line: &Line) {
        let mut state = self.lock();
        if state.watcher == Watcher::Nobody {
            return;
        }
        state.bytes += line.text.as_str().len();
        state.lines.push_back(line.text.clone());
        while state.lines.len() > LINES_KEPT_MAX || state.bytes > BYTES_KEPT_MAX {
            let Some(forgotten) = state.lines.pop_front() else { break };
            state.bytes -= forgotten.as_str().len();
        }
        self.changed.notify_all();
    }

    pub(super) fn finish(&self, done: Result<(), CleanText<'static>>) {
        let mut state = self.lock();
        if state.watcher != Watcher::Nobody {
            state.done.push_back(done);
            self.changed.notify_all();
        }
    }

    pub(super) fn end(&self) {
        self.lock().has_ended = true;
        self.changed.notify_all();
    }

    /// Waits until no statement is running, or for `patience` at most. Returns whether any has
    /// failed.
    pub(super) fn await_verdict(&self, patience: Duration) -> bool {
        let waited = self
            .changed
            .wait_timeout_while(self.lock(), patience, |state| state.watcher == Watcher::Playing);
        waited.unwrap_or_else(PoisonError::into_inner).0.has_failed
    }
}

/// The script's side.
impl Watch {
    /// Starts to watch.
    pub(super) fn enter(&self) {
        self.lock().watcher = Watcher::Playing;
    }

    /// Stops watching.
    pub(super) fn leave(&self) {
        let mut state = self.lock();
        let State { has_failed, has_ended, .. } = *state;
        *state = State { has_failed, has_ended, ..State::default() };
        self.changed.notify_all();
    }

    /// Sets whether a statement is running; if not, the script waits for input.
    pub(super) fn set_playing(&self, is_playing: bool) {
        self.lock().watcher = if is_playing { Watcher::Playing } else { Watcher::Waiting };
        self.changed.notify_all();
    }

    /// Records that a statement has failed.
    pub(super) fn fail(&self) {
        self.lock().has_failed = true;
    }

    pub(super) fn has_failed(&self) -> bool {
        self.lock().has_failed
    }

    /// Takes the lines that were shown since the last call, in order.
    pub(super) fn take_lines(&self) -> VecDeque<CleanText<'static>> {
        let mut state = self.lock();
        state.bytes = 0;
        std::mem::take(&mut state.lines)
    }

    /// Returns whether there are lines to take.
    pub(super) fn has_lines(&self) -> bool {
        !self.lock().lines.is_empty()
    }

    /// Waits until the submitted line is done; `None` if the program ends before that.
    pub(super) fn await_done(&self) -> Option<Result<(), CleanText<'static>>> {
        let waits = |state: &mut State| state.done.is_empty() && !state.has_ended;
        let waited = self.changed.wait_while(self.lock(), waits);
        waited.unwrap_or_else(PoisonError::into_inner).done.pop_front()
    }

    /// Waits until a line is shown, for `patience` at most. Returns whether the program is still
    /// running.
    pub(super) fn await_line(&self, patience: Duration) -> bool {
        self.wait(patience, |state| state.lines.is_empty())
    }

    /// Pauses. Returns whether the program is still running.
    pub(super) fn sleep(&self, duration: Duration) -> bool {
        self.wait(duration, |_| true)
    }

    fn wait(&self, patience: Duration, waits: impl Fn(&State) -> bool) -> bool {
        let waits = |state: &mut State| waits(state) && !state.has_ended;
        let waited = self.changed.wait_timeout_while(self.lock(), patience, waits);
        !waited.unwrap_or_else(PoisonError::into_inner).0.has_ended
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(watch: &Watch, text: &str) {
        watch.show(&Line::new(">>> ".into(), CleanText::one_line(text.to_owned())));
    }

    #[test]
    fn lines_are_kept_while_somebody_looks_the_oldest_forgotten_first() {
        let watch = Watch::default();
        show(&watch, "before");
        watch.enter();
        for number in 0..=LINES_KEPT_MAX {
            show(&watch, &number.to_string());
        }
        let lines = watch.take_lines();
        assert_eq!((lines.len(), lines[0].as_str()), (LINES_KEPT_MAX, "1"));
        let half = "x".repeat(BYTES_KEPT_MAX / 2);
        for text in ["a", &half, &half] {
            show(&watch, text);
        }
        let lines: Vec<_> = watch.take_lines().into_iter().map(CleanText::into_string).collect();
        assert_eq!(lines, [half.clone(), half]);
    }

    #[test]
    fn nothing_is_waited_for_that_cannot_come_any_more() {
        let watch = Watch::default();
        watch.enter();
        watch.finish(Ok(()));
        watch.end();
        assert_eq!(watch.await_done(), Some(Ok(())));
        assert_eq!(watch.await_done(), None);
        assert!(!watch.await_line(Duration::MAX));
        assert!(!watch.sleep(Duration::MAX));
    }
}
