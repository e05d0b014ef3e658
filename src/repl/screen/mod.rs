//! The lines that wait to be written, and the status of the program for its prompt.

use std::borrow::Cow;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use machine::clean;

use super::queue::Queue;
use super::watch::Watch;
use super::{Calls, Look};
use crate::console::{CleanText, Commands, Line};

/// How long a script may take to notice that its program has ended.
const VERDICT_PATIENCE: Duration = Duration::from_secs(5);

/// The wake-ups of an editor at the end: one to write the remaining lines, one to know that they
/// are written.
const CLOSING_WAKES: u8 = 2;

/// The status of a program, for its prompt.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Standing {
    /// The prompt of the next line.
    pub prompt: Arc<str>,
    /// The commands that can be typed there.
    pub commands: Commands,
    /// Whether a command still waits for its answer.
    pub is_answering: bool,
    /// How many messages wait for the end of a group visit.
    pub waiting: usize,
}

/// Connects a program with the threads of its prompt. The program never waits here.
#[derive(Debug, Default)]
pub struct Screen {
    look: Look,
    calls: Calls,
    state: Mutex<State>,
    changed: Condvar,
    watch: Watch,
}

/// What the threads share.
#[derive(Debug)]
struct State {
    lines: Queue,
    /// `None` until the program has started.
    standing: Option<Standing>,
    /// Whether a script is running before the editor opens.
    is_script_playing: bool,
    phase: Phase,
    /// The remaining wake-ups of the editor; `None` while the program runs.
    closing_wakes: Option<u8>,
    /// Lines have arrived for which the editor was not woken yet.
    is_unannounced: bool,
}

/// What may write to the screen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Phase {
    /// The thread of the prompt, at any time.
    Between,
    /// The line editor is being set up.
    Opening,
    /// The line editor, which must be woken to write.
    Editing,
    /// Nothing: everything is written.
    Ended,
}

impl Default for State {
    fn default() -> Self {
        Self {
            lines: Queue::default(),
            standing: None,
            is_script_playing: false,
            phase: Phase::Between,
            closing_wakes: None,
            is_unannounced: false,
        }
    }
}

/// The program's side.
impl Screen {
    /// Makes a screen with these colors, bell and notifications.
    pub(super) fn new(look: Look, calls: Calls) -> Self {
        Self { look, calls, ..Self::default() }
    }

    /// Sets how dropped lines are reported (JSON instead of text).
    pub(super) fn with_dropped(
        self,
        say: impl Fn(usize) -> String + Send + Sync + 'static,
    ) -> Self {
        self.lock().lines.say_dropped(say);
        self
    }

    /// Queues a line for the screen.
    pub fn show(&self, line: &Line) {
        self.watch.show(line);
        let call = line.marks.is_call.then_some(&line.text);
        self.add(self.look.line(line), call);
    }

    /// Records that a submitted line is done, or why it was refused.
    pub fn finish(&self, done: Result<(), CleanText<'static>>) {
        self.watch.finish(done);
    }

    /// Returns whether a script has failed. Called when the program has ended and the screen was
    /// closed: waits a short time for the script to decide.
    pub fn has_script_failed(&self) -> bool {
        self.watch.await_verdict(VERDICT_PATIENCE)
    }

    /// Shows the output of a script itself: clean, but with its tabs.
    pub(super) fn echo(&self, text: &str) {
        let cells = text.split('\t').map(|cell| CleanText::one_line(cell).into_string());
        self.add(cells.collect::<Vec<_>>().join("\t"), None);
    }

    /// Queues a line in its final form.
    fn add(&self, line: String, call: Option<&CleanText<'_>>) {
        let mut state = self.lock();
        if let Some(call) = call {
            state.lines.call(self.calls.with(call));
        }
        state.lines.add(line);
        state.is_unannounced = true;
        self.changed.notify_all();
    }

    /// Shows a message of the program about itself, each of its lines clean for a terminal.
    pub fn tell(&self, text: &str) {
        for line in clean(text) {
            self.add(line.into_string(), None);
        }
    }

    /// Updates the status of the program.
    pub fn refresh(&self, standing: Standing) {
        let mut state = self.lock();
        if state.standing.as_ref() != Some(&standing) {
            let waiting = state.waiting();
            if standing.waiting > waiting {
                let messages =
                    if standing.waiting == 1 { " message waits" } else { " messages wait" };
                let words = [CleanText::from(standing.waiting), messages.into()];
                let call: CleanText<'_> = words.into_iter().collect();
                state.lines.call(self.calls.with(&call));
            }
            // The prompt shows their number, and the group.
            let is_other =
                state.standing.as_ref().is_some_and(|before| before.prompt != standing.prompt);
            state.is_unannounced |= standing.waiting != waiting || is_other;
            state.standing = Some(standing);
            self.changed.notify_all();
        }
    }

    /// Records that the program has ended, and waits until all its lines are written, or for
    /// `patience` at most. Returns what could not be written.
    pub(super) fn close(&self, patience: Duration) -> Option<String> {
        self.watch.end();
        let mut state = self.lock();
        state.closing_wakes = Some(CLOSING_WAKES);
        self.changed.notify_all();
        let is_unwritten = |state: &mut State| state.phase != Phase::Ended;
        let waited = self.changed.wait_timeout_while(state, patience, is_unwritten);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        state.phase = Phase::Ended;
        self.changed.notify_all();
        state.take_lines()
    }

    /// Returns more of what could not be written.
    pub(super) fn take_left(&self) -> Option<String> {
        self.lock().take_lines()
    }
}

/// The prompt's side.
impl Screen {
    /// Remembers a line that is on the screen because it was typed there.
    pub(super) fn remember(&self, line: String) {
        self.lock().lines.remember(line);
    }

    /// Returns the last `count` written lines, or fewer.
    pub(super) fn recent(&self, count: usize) -> String {
        self.lock().lines.recent(count)
    }

    /// Returns how many messages wait for the end of a group visit.
    pub(super) fn waiting(&self) -> usize {
        self.lock().waiting()
    }

    /// Returns the current prompt, padded to the width of the one being edited; or that one itself
    /// if the current one is wider.
    pub(super) fn prompt_within<'a>(&self, edited: &'a str) -> Cow<'a, str> {
        match &self.lock().standing {
            Some(Standing { prompt, .. }) if prompt.len() < edited.len() => {
                Cow::Owned(format!("{prompt:>columns$}", columns = edited.len()))
            }
            _ => Cow::Borrowed(edited),
        }
    }

    /// Returns the commands that can be typed now.
    pub(super) fn commands(&self) -> Commands {
        self.lock().standing.as_ref().map_or_else(Commands::default, |standing| standing.commands)
    }

    /// Returns what a script sees of the program.
    pub(super) const fn watch(&self) -> &Watch {
        &self.watch
    }

    /// Waits for lines; `None` when the program has ended and all lines are taken.
    pub(super) fn next_lines(&self) -> Option<String> {
        let state = self.lock();
        let mut state =
            self.wait_while(state, |state| state.lines.is_empty() && state.closing_wakes.is_none());
        state.take_lines()
    }

    /// Waits until no command waits for an answer. Returns whether the program is still running.
    pub(super) fn await_answer(&self) -> bool {
        let state = self.lock();
        let state =
            self.wait_while(state, |state| state.is_answering() && state.closing_wakes.is_none());
        state.closing_wakes.is_none()
    }

    /// Waits for lines, or until no command waits for an answer, or for `patience` at most.
    pub(super) fn next_lines_of_answer(&self, patience: Duration) -> Option<String> {
        let state = self.lock();
        let waited = self.changed.wait_timeout_while(state, patience, |state| {
            state.lines.is_empty() && state.is_answering() && state.closing_wakes.is_none()
        });
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        state.take_lines()
    }

    /// Waits for lines while a script runs before the editor opens; `None` when it is over and all
    /// lines are taken, or the program has ended.
    pub(super) fn next_lines_of_script(&self) -> Option<String> {
        let state = self.lock();
        let mut state = self.wait_while(state, |state| {
            state.lines.is_empty() && state.is_script_playing && state.closing_wakes.is_none()
        });
        state.take_lines()
    }

    /// Sets whether a script is running before the editor opens.
    pub(super) fn set_script_playing(&self, is_playing: bool) {
        self.lock().is_script_playing = is_playing;
        self.changed.notify_all();
    }

    /// Hands the screen over to the line editor and returns its prompt, once the program has
    /// started; `None` when it has ended. Pending lines are written by the editor, above the
    /// prompt.
    pub(super) fn open_editor(&self) -> Option<Arc<str>> {
        let state = self.lock();
        let mut state = self
            .wait_while(state, |state| state.standing.is_none() && state.closing_wakes.is_none());
        if state.closing_wakes.is_some() {
            return None;
        }
        state.phase = Phase::Opening;
        state.standing.as_ref().map(|standing| Arc::clone(&standing.prompt))
    }

    /// Takes the lines that the editor, which is drawing right now, has to write above its prompt.
    /// Once the program has ended and nothing is left to write, this never returns, so that the
    /// editor leaves the terminal alone.
    pub(super) fn lines_above_editor(&self) -> Option<String> {
        let mut state = self.lock();
        if state.phase == Phase::Opening {
            state.phase = Phase::Editing;
            self.changed.notify_all();
        }
        let lines = state.take_lines();
        if lines.is_some() {
            // At the end, one more drawing is needed to know that nothing is left.
            state.closing_wakes = state.closing_wakes.map(|wakes| wakes.max(1));
            self.changed.notify_all();
        }
        if lines.is_none() && state.closing_wakes.is_some() {
            state.phase = Phase::Ended;
            self.changed.notify_all();
            drop(state);
            loop {
                std::thread::park();
            }
        }
        lines
    }

    /// Takes the screen back from the line editor.
    pub(super) fn close_editor(&self) {
        let mut state = self.lock();
        if state.phase != Phase::Ended {
            state.phase = Phase::Between;
        }
    }

    /// Waits until the editor should draw; returns `false` when it need not draw again.
    pub(super) fn await_wake(&self) -> bool {
        let state = self.lock();
        let mut state = self.wait_while(state, |state| match state.phase {
            Phase::Between | Phase::Opening => true,
            Phase::Editing => !state.is_unannounced && state.closing_wakes.unwrap_or(0) == 0,
            Phase::Ended => false,
        });
        state.is_unannounced = false;
        state.closing_wakes = state.closing_wakes.map(|wakes| wakes.saturating_sub(1));
        state.phase != Phase::Ended
    }

    /// Waits for `pause`, or until the program has ended.
    pub(super) fn rest(&self, pause: Duration) {
        let state = self.lock();
        let is_running =
            |state: &mut State| state.closing_wakes.is_none() && state.phase != Phase::Ended;
        // Neither a poisoned lock nor a time-out matters.
        drop(self.changed.wait_timeout_while(state, pause, is_running));
    }

    /// Records that everything is written.
    pub(super) fn end(&self) {
        self.lock().phase = Phase::Ended;
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait_while<'a>(
        &self,
        state: MutexGuard<'a, State>,
        condition: impl FnMut(&mut State) -> bool,
    ) -> MutexGuard<'a, State> {
        let waited = self.changed.wait_while(state, condition);
        waited.unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn take_lines(&mut self) -> Option<String> {
        let lines = self.lines.take();
        self.is_unannounced = !self.lines.is_empty();
        lines
    }

    /// Returns how many messages wait for the end of a group visit.
    fn waiting(&self) -> usize {
        self.standing.as_ref().map_or(0, |standing| standing.waiting)
    }

    /// Returns whether a command waits for its answer; the start counts as one.
    fn is_answering(&self) -> bool {
        self.standing.as_ref().is_none_or(|standing| standing.is_answering)
    }
}

#[cfg(test)]
mod tests;
