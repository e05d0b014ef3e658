//! The face that clients and servers show to whatever drives them.

use std::fmt;
use std::sync::Arc;

use super::vocabulary::{Commands, Vocabulary};
use crate::client::Ending;
use crate::protocol::{Address, Fact, GroupName, Holdings, Machine, Timestamp};
use crate::records::{Change, Found, Query, Record, Ticket};

/// What an actor asks its driver to do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Effect {
    /// Send these bytes as one datagram.
    Transmit {
        /// The receiver.
        to: Address,
        /// At most [`DATAGRAM_LEN_MAX`](crate::protocol::limits::DATAGRAM_LEN_MAX) bytes.
        bytes: Vec<u8>,
    },
    /// Show a line on the actor's screen.
    Show(Line),
    /// Put changes into storage, all of them or none, then call [`Actor::handle_stored`] with the
    /// ticket. The actor may be driven on meanwhile.
    Store {
        /// Names this batch; tickets rise by one.
        ticket: Ticket,
        /// What changes, in this order.
        changes: Vec<Change>,
    },
    /// Look up what was said, then call [`Actor::handle_found`]. All that was stored by now is to
    /// be known.
    Recall(Query),
    /// Remember that what has arrived up to this number has been shown: at once, before anything
    /// else is done, but it need not survive more than the end of the program.
    Shown(u64),
    /// Tell whoever checks; everybody else may ignore it.
    Fact(Fact),
    /// A typed line is done with, or was refused for a reason: for scripts, which everybody else
    /// may ignore. Said once of each line that is not blank, behind all that it shows; not of
    /// lines that the program has not come to when it ends.
    Done(Result<(), String>),
    /// End the program.
    Exit(Ending),
}

/// One line of a screen: what stands before it and what it says.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Line {
    /// `>>> `, `>>> (group) ` or nothing.
    pub prompt: Arc<str>,
    /// The line itself, clean for a terminal and without a line break.
    pub text: String,
}

impl Line {
    /// Reads a row of a terminal: the prompt of the chat, if it begins with one, and the rest.
    pub fn of_row(row: &str) -> Self {
        let Some(rest) = row.strip_prefix(PROMPT) else {
            return Self { prompt: "".into(), text: row.to_owned() };
        };
        let in_group = rest.strip_prefix('(').and_then(|rest| rest.split_once(") "));
        let in_group = in_group.and_then(|(group, text)| Some((GroupName::new(group).ok()?, text)));
        let (group, text) = in_group.map_or((None, rest), |(group, text)| (Some(group), text));
        Self { prompt: prompt_in(group), text: text.to_owned() }
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.prompt, self.text)
    }
}

/// What stands at the beginning of every prompt.
const PROMPT: &str = ">>> ";

/// Makes the prompt of somebody who is in a group, or in none.
pub(super) fn prompt_in(group: Option<GroupName>) -> Arc<str> {
    match group {
        Some(group) => format!("{PROMPT}({group}) ").into(),
        None => PROMPT.into(),
    }
}

/// A client or a server with its screen and its prompt: lines and datagrams in, lines and
/// datagrams out. The REPL, every stage and the tests drive the same one.
pub trait Actor: Machine<Output = Effect> + Send {
    /// Takes a record that an earlier run has stored. Called before `start` for each of them, in
    /// the order of their keys; who keeps nothing ignores it.
    fn restore(&mut self, record: Record) {
        drop(record);
    }

    /// Begins to work. Called once, before everything else but `restore`.
    fn start(&mut self, _now: Timestamp) {}

    /// Takes a line typed at the prompt, without its line break; who takes no commands ignores it.
    fn handle_line(&mut self, _line: &str, _now: Timestamp) {}

    /// Takes the wish to leave: Ctrl-C, Ctrl-D or a signal. A second one leaves at once.
    fn handle_interrupt(&mut self, now: Timestamp);

    /// Learns that the batch of `ticket`, and all before it, are in storage.
    fn handle_stored(&mut self, _ticket: Ticket, _now: Timestamp) {}

    /// Learns what was found for a question; answers come in the order of questions.
    fn handle_found(&mut self, _found: Found, _now: Timestamp) {}

    /// Tells the prompt at which the next line is typed; nothing, unless it says otherwise.
    fn prompt(&self) -> Arc<str> {
        Arc::default()
    }

    /// Tells whether a command is still waiting for its answer, so that a script should wait too.
    fn is_answering(&self) -> bool {
        self.is_busy()
    }

    /// Tells what the program holds, for whoever checks it; who holds nothing has no word for it.
    fn holdings(&self) -> Holdings {
        Holdings::default()
    }

    /// Tells the commands that can be typed at the prompt now.
    fn commands(&self) -> Commands {
        Commands::default()
    }

    /// Tells what can be completed at the prompt.
    fn vocabulary(&self) -> Vocabulary {
        Vocabulary::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_a_prompt_and_what_it_says() {
        let line = |row: &str| {
            let line = Line::of_row(row);
            assert_eq!(line.to_string(), row);
            (line.prompt.to_string(), line.text)
        };
        let split = |prompt: &str, text: &str| (prompt.to_owned(), text.to_owned());
        assert_eq!(line("[Start listening...]"), split("", "[Start listening...]"));
        assert_eq!(line(">>> "), split(">>> ", ""));
        assert_eq!(line(">>> (g) (h) hi"), split(">>> (g) ", "(h) hi"));
        assert_eq!(line(">>> (no group) hi"), split(">>> ", "(no group) hi"));
        assert_eq!(line(">>> (g)"), split(">>> ", "(g)"));
    }
}
