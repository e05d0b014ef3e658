//! The face that clients and servers show to whatever drives them.

use std::fmt;
use std::sync::Arc;

use super::vocabulary::{Commands, Vocabulary};
use crate::client::Ending;
use crate::protocol::{Address, Fact, GroupName, Holdings, Machine, Timestamp};
use crate::records::{Change, Found, Query, Record, Ticket};
use crate::server::{Report, Stats};

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
    /// Tell whoever reads the log.
    Report(Report),
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
    /// What there is to know about it.
    pub marks: Marks,
}

/// What there is to know about a line, for whoever colours it or calls somebody.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Marks {
    name_at: u16,
    /// 0 where there is no name.
    name_len: u8,
    /// Whether it begins what somebody has written to this person alone.
    pub is_call: bool,
}

impl Marks {
    /// Tells that the name of a client stands at this place in the text, in bytes.
    pub(super) fn name(at: usize, name: &str) -> Self {
        // Names are short, and stand near the beginning: others stay without a mark.
        let place = (u16::try_from(at), u8::try_from(name.len()));
        let (Ok(name_at), Ok(name_len)) = place else { return Self::default() };
        Self { name_at, name_len, is_call: false }
    }
}

impl Line {
    /// Makes a line about which there is nothing more to know.
    pub fn new(prompt: Arc<str>, text: String) -> Self {
        Self { prompt, text, marks: Marks::default() }
    }

    /// Reads a row of a terminal: the prompt of the chat, if it begins with one, and the rest.
    pub fn of_row(row: &str) -> Self {
        let Some(rest) = row.strip_prefix(PROMPT).or_else(|| behind_badge(row)) else {
            return Self::new("".into(), row.to_owned());
        };
        let in_group = rest.strip_prefix('(').and_then(|rest| rest.split_once(") "));
        let in_group = in_group.and_then(|(group, text)| Some((GroupName::new(group).ok()?, text)));
        let (group, text) = in_group.map_or((None, rest), |(group, text)| (Some(group), text));
        Self::new(prompt_in(group), text.to_owned())
    }

    /// Puts a text before the line's own.
    pub(super) fn begin_with(&mut self, text: &str) {
        self.text.insert_str(0, text);
        if self.marks.name_len > 0 {
            let at = usize::from(self.marks.name_at) + text.len();
            self.marks.name_at = u16::try_from(at).unwrap_or(u16::MAX);
        }
    }

    /// Splits the text into what stands before a client's name, the name, and what stands behind.
    pub fn around_name(&self) -> Option<(&str, &str, &str)> {
        let (at, len) = (usize::from(self.marks.name_at), usize::from(self.marks.name_len));
        let (before, rest) = self.text.split_at_checked(at).filter(|_| len > 0)?;
        let (name, behind) = rest.split_at_checked(len)?;
        Some((before, name, behind))
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.prompt, self.text)
    }
}

/// What stands at the beginning of every prompt.
const PROMPT: &str = ">>> ";

/// What stands in the place of [`PROMPT`] while messages wait, and is as wide.
const BADGES: [&str; 10] =
    ["[1] ", "[2] ", "[3] ", "[4] ", "[5] ", "[6] ", "[7] ", "[8] ", "[9] ", "[9+]"];

/// Splits a prompt at which somebody types, while so many messages wait, into a badge that tells
/// of them and the rest; the badge is empty if there is nothing to tell. The whole is as wide as
/// the prompt.
pub fn badged(prompt: &str, waiting: usize) -> (&'static str, &str) {
    let badge = waiting.checked_sub(1).map(|at| BADGES[at.min(BADGES.len() - 1)]);
    match (badge, prompt.strip_prefix(PROMPT)) {
        (Some(badge), Some(rest)) => (badge, rest),
        _ => ("", prompt),
    }
}

fn behind_badge(row: &str) -> Option<&str> {
    let rest = BADGES.iter().find_map(|badge| row.strip_prefix(badge))?;
    // Only in a group messages wait.
    rest.starts_with('(').then_some(rest)
}

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

    /// Tells how many messages wait for the end of a group visit.
    fn waiting(&self) -> usize {
        0
    }

    /// Tells what the program holds, for whoever checks it; who holds nothing has no word for it.
    fn holdings(&self) -> Holdings {
        Holdings::default()
    }

    /// Tells what the program has counted, for whoever runs it; who counts nothing has no word.
    fn stats(&self) -> Option<Stats> {
        None
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

    #[test]
    fn a_badge_is_as_wide_as_what_it_takes_the_place_of() {
        for (waiting, badge) in [(1, "[1] "), (9, "[9] "), (10, "[9+]"), (12_345, "[9+]")] {
            assert_eq!(badged(">>> (g) ", waiting), (badge, "(g) "));
            let line = Line::of_row(&format!("{badge}(g) hi"));
            assert_eq!((&*line.prompt, &*line.text), (">>> (g) ", "hi"));
        }
        assert_eq!(badged(">>> (g) ", 0), ("", ">>> (g) "));
        assert_eq!(badged("", 1), ("", ""));
        assert_eq!(Line::of_row("[1] list").text, "[1] list");
    }

    #[test]
    fn a_name_is_found_behind_what_is_put_before_it() {
        let mut line = Line::new(">>> ".into(), "[Message received by c2.]".to_owned());
        assert_eq!(line.around_name(), None);
        line.marks = Marks::name(21, "c2");
        line.begin_with("14:40:07 ");
        assert_eq!(line.around_name(), Some(("14:40:07 [Message received by ", "c2", ".]")));
    }
}
