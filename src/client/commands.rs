//! The commands that are not finished, and whether each of them succeeded.
//!
//! Commands are executed one after the other: a typed line waits for the answer to the one before,
//! except for `exit` and for questions about what is known here. Each command ends with one `Done`.
//! Whether it succeeded follows from the notices that answered it (`Notice::bearing`, one match
//! over all of them): a command that was refused has failed. Scripts and their exit codes depend on
//! this, not on texts.

use std::collections::VecDeque;

use super::output::Output;
use super::words::{Bearing, Command, CommandNumber};
use crate::protocol::limits::COMMANDS_WAITING_MAX;
use crate::records::Query;

/// The commands that are not finished. Each is in one place, and leaves it with one
/// [`Output::Done`].
#[derive(Debug, Default)]
pub(super) struct Commands {
    last: u64,
    /// The command that is being answered. Messages of an earlier session are sent without one.
    running: Option<Running>,
    /// Commands that wait for those before them.
    waiting: VecDeque<(CommandNumber, Command)>,
    /// Queries of the history that storage has not answered yet; it answers them in this order.
    queries: VecDeque<(CommandNumber, Query)>,
}

/// The command that is being answered.
#[derive(Clone, Copy, Debug)]
pub(super) struct Running {
    number: CommandNumber,
    is_refused: bool,
}

impl Commands {
    /// Returns the number of a new command.
    pub(super) fn number(&mut self) -> CommandNumber {
        self.last += 1;
        CommandNumber(self.last)
    }

    /// Returns whether a command waits for another one, or for storage.
    pub(super) fn is_waiting(&self) -> bool {
        !self.waiting.is_empty() || !self.queries.is_empty()
    }

    /// Starts to answer a command, in place of the one that is returned.
    pub(super) fn begin(&mut self, number: CommandNumber) -> Option<Running> {
        self.running.replace(Running { number, is_refused: false })
    }

    /// Continues to answer the command that another one has taken the place of.
    pub(super) fn resume(&mut self, running: Option<Running>) {
        self.running = running;
    }

    /// Returns the command that a notice of this bearing is about.
    pub(super) fn note(&mut self, bearing: Bearing) -> Option<CommandNumber> {
        let running = self.running.as_mut()?;
        match bearing {
            Bearing::News => return None,
            Bearing::Answer => {}
            Bearing::Refusal => running.is_refused = true,
        }
        Some(running.number)
    }

    /// Marks the command that is being answered as not done, without a notice that says why.
    pub(super) fn refuse(&mut self) {
        if let Some(running) = &mut self.running {
            running.is_refused = true;
        }
    }

    /// Finishes the command that is being answered.
    pub(super) fn finish(&mut self) -> Option<Output> {
        let Running { number, is_refused } = self.running.take()?;
        Some(Output::Done { command: number, success: !is_refused })
    }

    /// Lets a command wait for those before it. Returns `false` if too many wait already.
    pub(super) fn push(&mut self, number: CommandNumber, command: Command) -> bool {
        let has_room = self.waiting.len() < COMMANDS_WAITING_MAX;
        if has_room {
            self.waiting.push_back((number, command));
        }
        has_room
    }

    /// Takes out the next command that waits for those before it.
    pub(super) fn pop(&mut self) -> Option<(CommandNumber, Command)> {
        self.waiting.pop_front()
    }

    /// Finishes the next command that waits for those before it, without having begun it.
    pub(super) fn abandon_next(&mut self) -> Option<Output> {
        self.waiting.pop_front().map(|(command, _)| Output::Done { command, success: false })
    }

    /// Lets the command that is being answered wait for storage, which it has queried. Other
    /// commands continue.
    pub(super) fn await_found(&mut self, query: Query) {
        if let Some(Running { number, .. }) = self.running.take() {
            self.queries.push_back((number, query));
        }
    }

    /// Takes out the query that storage has answered.
    pub(super) fn pop_query(&mut self) -> Option<(CommandNumber, Query)> {
        self.queries.pop_front()
    }

    /// Finishes the next command that waits for storage, without an answer.
    pub(super) fn abandon_next_query(&mut self) -> Option<Output> {
        self.queries.pop_front().map(|(command, _)| Output::Done { command, success: false })
    }

    /// Returns whether a command is being answered or waits for that.
    pub(super) fn is_running(&self) -> bool {
        self.running.is_some() || !self.waiting.is_empty()
    }

    /// Asserts that every command ends once and in its turn:
    ///
    /// - no command is in two places, or it would be finished twice;
    /// - queries, and commands that wait, are in the order in which they were typed;
    /// - no more wait than may.
    pub(super) fn assert_invariants(&self) {
        let running = self.running.iter().map(|running| running.number);
        let waiting = self.waiting.iter().map(|(number, _)| *number);
        let queries = self.queries.iter().map(|(number, _)| *number);
        assert!(waiting.clone().is_sorted(), "waiting commands are out of order");
        assert!(queries.clone().is_sorted(), "queries are out of order");
        assert!(self.waiting.len() <= COMMANDS_WAITING_MAX, "too many commands wait");
        let mut numbers: Vec<_> = running.chain(waiting).chain(queries).collect();
        numbers.sort_unstable();
        let repeated = numbers.windows(2).find(|pair| pair[0] == pair[1]);
        assert!(repeated.is_none(), "a command is in two places: {repeated:?}");
        let newest = numbers.last().map_or(0, |number| number.0);
        assert!(newest <= self.last, "command {newest} was never given out");
    }
}
