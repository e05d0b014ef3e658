//! Runs a script: submits its commands, waits, and reports failures.

use std::collections::VecDeque;
use std::io::{self, BufRead};
use std::sync::Arc;
use std::time::Duration;

use regex::Regex;

use super::language::LineAt;
use super::{Deed, Script, Spot, Statement};
use crate::console::{CleanText, json};
use crate::repl::input::{Piped, next_line};
use crate::repl::problem::{PROGRAM, complain};
use crate::repl::{Inlet, Screen};
use placed_yaml::{Mistake, quoted};

/// The name of standard input in messages.
const INPUT: &str = "standard input";

/// The number of lines that are reported when a `wait` fails.
const LINES_TOLD_MAX: usize = 5;

/// Runs statements one after the other.
pub(in crate::repl) struct Player<'a> {
    screen: &'a Screen,
    inlet: &'a dyn Inlet,
    stops_on_error: bool,
    is_json: bool,
    /// Lines that were shown since the last command was submitted, after the one that the last
    /// `wait` has matched.
    seen: VecDeque<CleanText<'static>>,
}

/// Whether to continue after a statement.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flow {
    GoesOn,
    /// The program is leaving or has ended.
    Ends,
}

/// Why a statement failed.
enum Failure {
    /// The reason.
    Refused(String),
    /// The program has ended.
    Ended,
}

impl<'a> Player<'a> {
    /// Starts to watch the program.
    pub(in crate::repl) fn new(
        screen: &'a Screen,
        inlet: &'a dyn Inlet,
        Script { stops_on_error, is_json, .. }: &Script,
    ) -> Self {
        screen.watch().enter();
        let (stops_on_error, is_json) = (*stops_on_error, *is_json);
        Self { screen, inlet, stops_on_error, is_json, seen: VecDeque::new() }
    }

    /// Returns whether a failure has ended the script.
    pub(in crate::repl) fn has_stopped(&self) -> bool {
        self.stops_on_error && self.screen.watch().has_failed()
    }

    /// Runs statements; returns whether the program accepts more.
    pub(in crate::repl) fn play(&mut self, statements: &[Statement]) -> bool {
        statements.iter().all(|statement| self.step(statement) == Flow::GoesOn)
    }

    fn step(&mut self, Statement { spot, text, deed }: &Statement) -> Flow {
        let done = match deed {
            Deed::Command { .. } => self.command(text),
            Deed::Wait { pattern, patience } => self.wait(pattern, *patience),
            Deed::Sleep(duration) => self.sleep(*duration),
            Deed::Echo(text) => {
                self.echo(text);
                Ok(())
            }
        };
        let leaves = matches!(deed, Deed::Command { leaves: true });
        match done {
            Ok(()) | Err(Failure::Ended) if leaves => return Flow::Ends,
            Ok(()) => {}
            Err(Failure::Refused(problem)) => {
                self.fail(spot, &format!("{} failed: {problem}", quoted(text.trim())));
            }
            Err(Failure::Ended) => {
                self.fail(
                    spot,
                    &format!("{} was not run: the chat has ended", quoted(text.trim())),
                );
                return Flow::Ends;
            }
        }
        if self.has_stopped() { Flow::Ends } else { Flow::GoesOn }
    }

    fn echo(&self, text: &str) {
        if self.is_json {
            self.screen.echo(json::echo(text, self.inlet.now()).as_str());
        } else {
            self.screen.echo(text);
        }
    }

    fn command(&mut self, line: &str) -> Result<(), Failure> {
        let watch = self.screen.watch();
        if !self.screen.await_answer() {
            return Err(Failure::Ended);
        }
        self.seen.clear();
        watch.take_lines();
        if !self.inlet.line(line.to_owned()) {
            return Err(Failure::Ended);
        }
        watch
            .await_done()
            .ok_or(Failure::Ended)?
            .map_err(|problem| Failure::Refused(problem.into_string()))
    }

    fn wait(&mut self, pattern: &Regex, patience: Duration) -> Result<(), Failure> {
        let until = self.inlet.now() + patience;
        let mut looked_at = 0;
        loop {
            self.seen.append(&mut self.screen.watch().take_lines());
            let found =
                self.seen.iter().skip(looked_at).position(|line| pattern.is_match(line.as_str()));
            if let Some(found) = found {
                self.seen.drain(..=looked_at + found);
                return Ok(());
            }
            looked_at = self.seen.len();
            let left = until.since(self.inlet.now());
            if left.is_zero() {
                return Err(Failure::Refused(in_vain(patience, &self.seen)));
            }
            // The last lines may have arrived with the end.
            if !self.screen.watch().await_line(left) && !self.screen.watch().has_lines() {
                return Err(Failure::Ended);
            }
        }
    }

    fn sleep(&self, duration: Duration) -> Result<(), Failure> {
        if self.screen.watch().sleep(duration) { Ok(()) } else { Err(Failure::Ended) }
    }

    fn fail(&self, spot: &Spot, problem: &str) {
        self.screen.watch().fail();
        complain(PROGRAM, &format!("{spot}: {problem}"));
    }
}

/// Runs the lines of a stream as they arrive.
pub(in crate::repl) fn read_input(player: &mut Player<'_>, input: &mut impl BufRead) {
    let path = Arc::new(INPUT.into());
    for line in 1.. {
        let spot = Spot { path: Arc::clone(&path), line };
        if !player.screen.await_answer() {
            return;
        }
        player.screen.watch().set_playing(false);
        let line = next_line(input);
        player.screen.watch().set_playing(true);
        match line {
            Ok(Some(Piped::Line(text))) => {
                if player.typed(spot, text) == Flow::Ends {
                    return;
                }
            }
            Ok(Some(Piped::Refused(why))) => player.fail(&spot, &format!("skipped: {why}")),
            Ok(None) => return,
            Err(error) => return player.fail(&spot, &unreadable(&error)),
        }
        if player.has_stopped() {
            return;
        }
    }
}

impl Drop for Player<'_> {
    fn drop(&mut self) {
        self.screen.watch().leave();
    }
}

impl Player<'_> {
    /// Parses and runs a line.
    fn typed(&mut self, spot: Spot, text: String) -> Flow {
        let line = LineAt { text: &text, file: 0, start: 0, number: spot.line };
        match line.read() {
            Ok(None) => Flow::GoesOn,
            Ok(Some(deed)) => self.step(&Statement { spot, text, deed }),
            Err(Mistake { message, help, .. }) => {
                let help = help.map_or_else(String::new, |help| format!("; {help}"));
                self.fail(&spot, &format!("{message}{help}"));
                Flow::GoesOn
            }
        }
    }
}

fn unreadable(error: &io::Error) -> String {
    format!("cannot be read any further: use a file or a pipe ({error})")
}

/// Returns the lines that were shown instead of the expected one.
fn in_vain(patience: Duration, seen: &VecDeque<CleanText<'_>>) -> String {
    if seen.is_empty() {
        return format!("nothing was shown within {patience:?}");
    }
    let mut text = format!("no matching line within {patience:?}; these lines were shown instead:");
    for line in seen.iter().skip(seen.len().saturating_sub(LINES_TOLD_MAX)) {
        text.push_str("\n  | ");
        text.push_str(line.as_str());
    }
    text
}
