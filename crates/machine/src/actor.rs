//! Programs with a prompt, a screen and storage.

use std::fmt;
use std::sync::Arc;

use crate::{Address, Change, CleanText, Fact, Line, Machine, Outcome, Ticket, Timestamp};

/// What an actor asks its driver to do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Effect {
    /// Send these bytes as one datagram.
    Transmit {
        /// The receiver.
        to: Address,
        /// What the datagram holds.
        bytes: Vec<u8>,
    },
    /// Show a line on the actor's screen.
    Show(Line),
    /// Store all of these changes or none, then call [`Actor::handle_stored`] with the ticket.
    /// Further inputs may arrive before that.
    Store {
        /// Identifies this batch; tickets increase by one.
        ticket: Ticket,
        /// What changes, in this order.
        changes: Vec<Change>,
    },
    /// Remember this number in place of the one before, at once, before anything else is done. It
    /// survives the program, but need not survive the machine. See [`Actor::restore_mark`].
    Mark(u64),
    /// Answer a question about what is stored, then call [`Actor::handle_answer`]. The answer
    /// covers everything that is stored at this point. What the bytes mean is up to the program and
    /// its storage.
    Ask(Vec<u8>),
    /// A statement for checkers of the program. Others ignore it.
    Fact(Fact),
    /// A typed line was executed, or refused for a reason. Comes once for each line that is not
    /// blank, after everything that the line shows; not for lines that are still waiting when the
    /// program ends. Made for scripts; others ignore it.
    Done(Result<(), CleanText<'static>>),
    /// End the program.
    Exit(Outcome),
}

/// A record cannot be read: it is from another version of the program, or damaged.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RestoreError(pub String);

impl fmt::Display for RestoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for RestoreError {}

/// What the word in front of the cursor can become.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Completions {
    /// Where that word begins, in bytes.
    pub start: usize,
    /// What it can become, in the order in which it is offered.
    pub candidates: Vec<Completion>,
}

/// One candidate of a completion.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Completion {
    /// The text that replaces the word. It ends in a blank if something has to follow.
    pub word: String,
    /// The text that represents it in a list of candidates.
    pub shown: String,
}

/// A program with a prompt, a screen and storage.
///
/// The order of calls: [`restore_mark`](Self::restore_mark) if there is a mark,
/// [`restore`](Self::restore) for each stored record, in the order of keys, [`start`](Self::start),
/// then inputs in any order. The drain contract of [`Machine`] holds after `start` and after each input. An actor
/// whose `Exit` was returned gets no more input.
pub trait Actor: Machine<Output = Effect> + Send {
    /// Takes a record that an earlier run has stored. The default ignores it.
    ///
    /// # Errors
    ///
    /// The record cannot be read. The driver then ends the program.
    fn restore(&mut self, _key: &[u8], _value: &[u8]) -> Result<(), RestoreError> {
        Ok(())
    }

    /// Takes the last [`Effect::Mark`] of earlier runs. The default ignores it.
    fn restore_mark(&mut self, _mark: u64) {}

    /// Starts to work. The default does nothing.
    fn start(&mut self, _now: Timestamp) {}

    /// Takes a line typed at the prompt, without its line break. The default ignores it.
    fn handle_line(&mut self, _line: &str, _now: Timestamp) {}

    /// Takes the request to leave: Ctrl-C, Ctrl-D or a signal. A second one leaves at once.
    fn handle_interrupt(&mut self, now: Timestamp);

    /// Learns that the batch of `ticket`, and all batches before it, are stored.
    fn handle_stored(&mut self, _ticket: Ticket, _now: Timestamp) {}

    /// Takes the answer to an [`Effect::Ask`]. Answers arrive in the order of the questions.
    fn handle_answer(&mut self, _answer: Vec<u8>, _now: Timestamp) {}

    /// Returns the prompt at which the next line is typed. The default is empty.
    fn prompt(&self) -> Arc<str> {
        Arc::default()
    }

    /// Returns whether a typed line still waits for its answer, so that a script waits too.
    fn is_answering(&self) -> bool {
        self.is_busy()
    }

    /// Returns what the program holds at the moment, for checkers, in an encoding of its own. The
    /// default is empty.
    fn holdings(&self) -> Vec<u8> {
        Vec::new()
    }

    /// Returns what the last word of a line can become. The default offers nothing.
    fn completions(&self, _line: &str) -> Completions {
        Completions::default()
    }
}
