//! One actor at a terminal: its program and its screen.

use std::collections::VecDeque;
use std::mem;
use std::time::Duration;

use super::screen::{Screen, as_shown, echoed};
use super::terminal::{Output, Terminal};
use crate::stage::{self, Line, ScreenEntry, Shown};
use machine::Outcome;
use machine::Timestamp;

/// What a terminal shows for Ctrl-C. An editor that suppresses it leaves its prompt alone in a row.
const INTERRUPTED: &str = "^C";

/// Splits a row of a terminal into the prompt and the text.
pub(super) type LineOf<'a> = &'a dyn Fn(&str) -> Line;

/// How long reading the last output of a program that has ended may take.
pub(super) const LAST_WORDS: Duration = Duration::from_secs(1);

/// The seat of an actor: its program, if it runs, and its screen.
pub(super) struct Seat {
    screen: Screen,
    program: Option<Terminal>,
    /// The number of starts, since a former program may still write something.
    life: u64,
    /// What was typed and is not yet on the screen.
    typed: VecDeque<Typed>,
    /// What has to arrive before the program can count as settled.
    awaited: Awaited,
    /// Whether lines are typed at a prompt that comes back.
    has_prompt: bool,
    /// Ctrl-C was typed, and is not yet on the screen.
    is_interrupting: bool,
    condition: Condition,
    entries: stage::Screen,
}

/// The state of a program that was started.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Condition {
    Running,
    Held,
    /// Its terminal was closed.
    Closed,
    /// When it was found to have ended although its terminal was not closed.
    Ended(Timestamp),
}

/// A line that was typed.
struct Typed {
    /// The number of entries before it.
    prompt: String,
    text: String,
}

/// The output that is expected from a program.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Awaited {
    Nothing,
    /// It was started.
    FirstWords,
    /// A line was typed.
    Echo,
    /// A line was typed at a prompt.
    Prompt,
    /// It was interrupted.
    End,
}

impl Default for Seat {
    fn default() -> Self {
        Self {
            screen: Screen::new(),
            program: None,
            life: 0,
            typed: VecDeque::new(),
            awaited: Awaited::Nothing,
            has_prompt: true,
            is_interrupting: false,
            condition: Condition::Running,
            entries: stage::Screen::new(),
        }
    }
}

impl Seat {
    /// Returns the running program.
    pub(super) const fn program(&self) -> Option<&Terminal> {
        self.program.as_ref()
    }

    /// Returns the number of the next start.
    pub(super) const fn next_life(&self) -> u64 {
        self.life + 1
    }

    /// Takes a program that was just started.
    pub(super) fn started(&mut self, program: Terminal, at: Timestamp) {
        let entries = mem::take(&mut self.entries);
        let (life, program) = (self.next_life(), Some(program));
        let awaited = Awaited::FirstWords;
        *self = Self { program, life, awaited, entries, ..Self::default() };
        self.note(at, Shown::Started);
    }

    /// Types a line; it is on the screen once the program or its terminal echoes it.
    pub(super) fn type_line(&mut self, line: &str) {
        let Some(program) = &self.program else { return };
        program.type_line(line);
        let prompt = self.screen.unfinished();
        let is_at_prompt = self.awaited == Awaited::Prompt || !prompt.is_empty();
        let comes_back = self.has_prompt && is_at_prompt;
        self.awaited = if comes_back { Awaited::Prompt } else { Awaited::Echo };
        self.typed.push_back(Typed { prompt, text: line.to_owned() });
    }

    /// Types Ctrl-C.
    pub(super) fn interrupt(&mut self, at: Timestamp) {
        let Some(program) = &self.program else { return };
        program.interrupt();
        (self.is_interrupting, self.awaited) = (true, Awaited::End);
        self.note(at, Shown::Interrupted);
    }

    /// Kills the program. Its remaining output comes first.
    pub(super) fn kill(&mut self) {
        if let Some(program) = &mut self.program {
            program.kill();
        }
    }

    /// Returns whether the program is paused.
    pub(super) fn is_held(&self) -> bool {
        self.condition == Condition::Held
    }

    /// Records whether the program is paused.
    pub(super) const fn set_held(&mut self, is_held: bool) {
        self.condition = if is_held { Condition::Held } else { Condition::Running };
    }

    /// Handles output from the terminal of a start.
    pub(super) fn handle(
        &mut self,
        (life, output): (u64, Output),
        line_of: LineOf<'_>,
        at: Timestamp,
    ) {
        match output {
            // Closing a terminal makes it write something.
            _ if life != self.life || self.program.is_none() => {}
            Output::Bytes(bytes) => {
                if self.awaited == Awaited::FirstWords {
                    self.awaited = Awaited::Nothing;
                }
                for row in self.screen.feed(&bytes) {
                    self.take_row(&row, line_of, at);
                }
            }
            Output::Closed => (self.condition, self.awaited) = (Condition::Closed, Awaited::End),
        }
    }

    /// Records how the program ended: the text in its last row, and `how`.
    pub(super) fn ended(
        &mut self,
        how: impl FnOnce(Outcome) -> Shown,
        line_of: LineOf<'_>,
        at: Timestamp,
    ) {
        let Some(mut program) = self.program.take() else { return };
        let row = self.screen.unfinished();
        if !line_of(&row).text.is_empty() {
            self.take_row(&row, line_of, at);
        }
        self.note(at, how(program.kill()));
        self.typed.clear();
    }

    /// Returns whether the program has ended and its last output was handled. Another process may
    /// keep its terminal open for ever, so that is not waited for without end.
    pub(super) fn has_ended(&mut self, now: Timestamp) -> bool {
        if self.program.as_mut().is_none_or(|program| program.outcome().is_none()) {
            return false;
        }
        match self.condition {
            Condition::Closed => true,
            Condition::Ended(at) => now > at + LAST_WORDS,
            Condition::Running | Condition::Held => {
                (self.condition, self.awaited) = (Condition::Ended(now), Awaited::End);
                false
            }
        }
    }

    /// Returns whether something has to arrive before everything can have settled.
    pub(super) fn is_awaited(&self) -> bool {
        self.program.is_some()
            && self.condition != Condition::Held
            && match self.awaited {
                Awaited::Nothing => false,
                Awaited::FirstWords | Awaited::End => true,
                Awaited::Echo => !self.typed.is_empty(),
                Awaited::Prompt => !self.typed.is_empty() || self.screen.unfinished().is_empty(),
            }
    }

    /// Stops waiting for what has not arrived.
    pub(super) fn give_up(&mut self) {
        if self.awaited == Awaited::Prompt && self.is_awaited() {
            self.has_prompt = !self.typed.is_empty();
        }
        self.awaited = Awaited::Nothing;
    }

    /// Returns the screen.
    pub(super) fn entries(&self) -> &stage::Screen {
        &self.entries
    }

    /// Takes the whole screen.
    pub(super) fn take_entries(&mut self) -> stage::Screen {
        mem::take(&mut self.entries)
    }

    fn take_row(&mut self, row: &str, line_of: LineOf<'_>, at: Timestamp) {
        let mut line = line_of(row);
        if let Some(echo) = self.typed.front().and_then(|typed| typed.echo(row, &line)) {
            self.typed.pop_front();
            return self.note(at, Shown::Typed(echo.into()));
        }
        if self.is_interrupting {
            let is_marked = line.text.starts_with(INTERRUPTED);
            self.is_interrupting = !is_marked && !line.text.is_empty();
            if is_marked {
                line.text.drain(..INTERRUPTED.len());
            }
            // The screen contains it already, since the step that typed it.
            if !self.is_interrupting && line.text.is_empty() {
                return;
            }
        }
        self.note(at, Shown::Line(line.into()));
    }

    fn note(&mut self, at: Timestamp, shown: Shown) {
        self.entries.push(ScreenEntry { at, shown });
    }
}

impl Typed {
    /// Returns the typed line, if a row shows it.
    fn echo(&self, row: &str, line: &Line) -> Option<Line> {
        // A badge in the row is not part of the prompt.
        let (prompts, rows) = ([&*line.prompt, &self.prompt], [&*line.to_string(), row]);
        let is_echo = |prompt: &&str| rows.iter().any(|row| is_echo(row, prompt, &self.text));
        let prompt = prompts.into_iter().find(is_echo)?;
        Some(Line::new(prompt.into(), self.text.clone()))
    }
}

/// Returns whether a row shows a line typed at a prompt, whether an editor or the system echoes it.
fn is_echo(row: &str, prompt: &str, typed: &str) -> bool {
    as_shown(&format!("{prompt}{typed}")) == row
        || as_shown(&format!("{prompt}{}", echoed(typed))) == row
}
