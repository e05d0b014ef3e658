//! Screens show each message as its author wrote it, and nothing else as a message.
//!
//! The lines that were typed at the author's prompt are the truth. A client states the messages
//! that it shows in the order in which their lines are on its screen, so that both are read side by
//! side. Each author's messages to one audience are shown in the order in which they were typed;
//! typed lines that were refused are skipped.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use jiff::tz::TimeZone;
use machine::clean;

use super::evidence::Evidence;
use super::finding::Finding;
use super::past::Written;
use crate::client::Command;
use crate::console::{Asked, local, parse};
use crate::protocol::{Audience, ClientName, MessageId, Timestamp};
use chatsim::scenario::ActorName;
use chatsim::stage::{Line, Shown, Stage};

/// The maximum length of a line in a report, in characters.
const LINE_CHARS_MAX: usize = 60;

/// What a client states as shown stands on its screen, with its author, its text and, if it was
/// stored, its time; and no other line looks like a message. A client that was muted is not shown.
pub(super) fn on_screen(evidence: &Evidence<'_>) -> Result<(), Finding> {
    let Some(Breach { actor, due, line }) = &evidence.screens.breach else {
        return Ok(());
    };
    let line = line.as_deref().map(excerpt);
    let Some(id) = *due else {
        let line = line.unwrap_or_default();
        let reason = format!("the screen of `{actor}` has `{line}`, which nobody wrote to it");
        return Err(Finding::general(reason));
    };
    let instead = line.map_or_else(|| "does not".to_owned(), |line| format!("has `{line}`"));
    let message = evidence.name(id);
    let reason = format!("`{actor}` stated that it shows {message}, but its screen {instead}");
    Err(Finding::about(id, reason))
}

fn excerpt(line: &str) -> String {
    let mut chars = line.chars();
    let start: String = chars.by_ref().take(LINE_CHARS_MAX).collect();
    if chars.next().is_some() { format!("{start}...") } else { start }
}

/// The screens of all clients, as far as they were read.
#[derive(Default)]
pub(super) struct Screens {
    readers: BTreeMap<ActorName, Reader>,
    typed: TypedTexts,
    /// The first difference between what was written and what is shown.
    breach: Option<Breach>,
}

/// The texts that were typed at each client's prompt: for one person, or for its group.
type TypedTexts = BTreeMap<(ActorName, Option<ClientName>), Vec<Vec<String>>>;

/// A difference between what was written and what is shown.
struct Breach {
    actor: ActorName,
    /// The message that should be there.
    due: Option<MessageId>,
    /// The line that is there instead.
    line: Option<String>,
}

impl Screens {
    /// Expects a message that a client has stated as shown.
    pub(super) fn expect(&mut self, actor: ActorName, id: MessageId) {
        self.readers.entry(actor).or_default().due.push_back(id);
    }

    /// Reads what is new on the screens.
    pub(super) fn read(
        &mut self,
        stage: &dyn Stage,
        logins: &BTreeMap<ActorName, ClientName>,
        written: &BTreeMap<MessageId, Written>,
    ) {
        let mut new = Vec::new();
        for (&actor, &login) in logins {
            let screen = stage.screen(actor);
            // A recorded run may have no screens.
            if screen.is_empty() || self.breach.is_some() {
                continue;
            }
            let reader = self.readers.entry(actor).or_default();
            let entries: Vec<_> = screen.iter_from(reader.len).map(|entry| entry.shown).collect();
            reader.len = screen.len();
            for shown in &entries {
                if let Shown::Typed(line) = shown {
                    note_typed(&mut self.typed, actor, line);
                }
            }
            new.push((actor, login, entries));
        }
        for (actor, login, entries) in new {
            let Some(reader) = self.readers.get_mut(&actor) else { continue };
            let known = Known { actor, login, logins, written, typed: &self.typed };
            let found = entries.iter().try_for_each(|shown| reader.take(shown, &known));
            let found = found.and_then(|()| reader.finish(actor));
            if let Err(breach) = found {
                self.breach.get_or_insert(breach);
            }
        }
    }
}

/// Adds the text of a typed message.
fn note_typed(typed: &mut TypedTexts, actor: ActorName, line: &Line) {
    let (to, body) = match command(line) {
        Some(Command::Send { to, body }) => (Some(to), body),
        Some(Command::SendAll(body)) => (None, body),
        Some(_) | None => return,
    };
    let lines = clean(&body).map(|line| line.as_str().to_owned()).collect();
    typed.entry((actor, to)).or_default().push(lines);
}

/// Returns the command that was typed, if it is one. In a group, other words are abbreviated.
fn command(line: &Line) -> Option<Command> {
    let in_group = line.prompt.contains('(');
    match parse(&line.text, in_group).or_else(|_| parse(&line.text, !in_group)).ok()?? {
        Asked::Command(command) => Some(command),
        Asked::Help | Asked::HelpOn(_) | Asked::Times => None,
    }
}

/// What is known besides one screen.
struct Known<'a> {
    actor: ActorName,
    login: ClientName,
    logins: &'a BTreeMap<ActorName, ClientName>,
    written: &'a BTreeMap<MessageId, Written>,
    typed: &'a TypedTexts,
}

/// Reads one screen.
#[derive(Default)]
struct Reader {
    /// The number of entries that were read.
    len: usize,
    /// The messages that were stated as shown, and not found on the screen yet.
    due: VecDeque<MessageId>,
    /// The lines that still belong to the last message.
    rest: VecDeque<String>,
    /// For each author and audience, how many typed texts were shown or skipped.
    next: BTreeMap<(ActorName, Option<ClientName>), usize>,
    muted: BTreeSet<ClientName>,
    /// The clients of which it is not known whether they are muted: a program may have ended
    /// before it answered.
    in_question: BTreeSet<ClientName>,
    /// The clients that may have been muted at some time since the last message.
    hidden: BTreeSet<ClientName>,
    /// How many messages of each client may still be missing: while some are hidden, a line may be
    /// taken for that of an earlier message.
    missing: BTreeMap<ClientName, usize>,
}

impl Reader {
    /// Takes an entry of the screen.
    fn take(&mut self, shown: &Shown, known: &Known<'_>) -> Result<(), Breach> {
        match shown {
            Shown::Typed(line) => {
                if let Some(Command::Mute(name) | Command::Unmute(name)) = command(line) {
                    self.in_question.insert(name);
                    self.hidden.insert(name);
                }
                Ok(())
            }
            Shown::Line(line) => self.take_line(without_time(&line.text), known),
            Shown::Started | Shown::Interrupted | Shown::Exited(_) | Shown::Killed => Ok(()),
        }
    }

    fn take_line(&mut self, line: &str, known: &Known<'_>) -> Result<(), Breach> {
        if let Some(next) = self.rest.pop_front() {
            let breach = || Breach { actor: known.actor, due: None, line: Some(line.to_owned()) };
            return if next == line { Ok(()) } else { Err(breach()) };
        }
        let Some(author) = author_of(line) else {
            self.note_muting(line);
            return Ok(());
        };
        if !known.logins.values().any(|login| *login == author) {
            return Ok(());
        }
        self.take_message(author, line, known)
    }

    /// Takes the first line of a message.
    fn take_message(
        &mut self,
        author: ClientName,
        line: &str,
        known: &Known<'_>,
    ) -> Result<(), Breach> {
        let breach = |due| Breach { actor: known.actor, due, line: Some(line.to_owned()) };
        while let Some(&id) = self.due.front() {
            let found = known.written.get(&id).filter(|_| id.from == author);
            let found = found.and_then(|written| self.find(id.from, *written, line, known.typed));
            if let Some(rest) = found {
                if self.muted.contains(&author) && !self.in_question.contains(&author) {
                    return Err(breach(Some(id)));
                }
                self.due.pop_front();
                self.rest = rest;
                if self.hidden.contains(&author) {
                    let others = self.due.iter().filter(|id| id.from == author).count();
                    self.missing.insert(author, others);
                }
                self.hidden = &self.muted | &self.in_question;
                return Ok(());
            }
            if author == known.login && id.from != author {
                break;
            }
            if !self.may_be_hidden(id.from) {
                return Err(breach(Some(id)));
            }
            self.due.pop_front();
        }
        // A message to oneself is shown at once.
        let own = (author == known.login).then(|| {
            let to = Audience::Person(author);
            let written = Written { to, by: known.actor, index: 0, at: Timestamp::default() };
            self.find(author, written, line, known.typed)
        });
        self.rest = own.flatten().ok_or_else(|| breach(None))?;
        Ok(())
    }

    /// Finds the typed text that a line shows the first line of, and returns the others.
    fn find(
        &mut self,
        from: ClientName,
        Written { to, by, at, .. }: Written,
        line: &str,
        typed: &TypedTexts,
    ) -> Option<VecDeque<String>> {
        let to_person = match to {
            Audience::Person(person) => Some(person),
            Audience::Group(_) => None,
        };
        let texts = typed.get(&(by, to_person))?;
        let next = self.next.entry((by, to_person)).or_default();
        let frames = Frame::all(from, to, at);
        for (place, lines) in texts.iter().enumerate().skip(*next) {
            let first = lines.first()?;
            if let Some(frame) = frames.iter().find(|frame| frame.holds(line, first)) {
                *next = place + 1;
                return Some(lines.iter().skip(1).map(|line| frame.around(line)).collect());
            }
        }
        None
    }

    /// Reads from an answer whether a client is muted.
    fn note_muting(&mut self, line: &str) {
        let Some((name, rest)) = line.strip_prefix('[').and_then(|line| line.split_once(' '))
        else {
            return;
        };
        let is_muted = rest == "is muted.]";
        if !is_muted && rest != "is not muted.]" && !rest.starts_with("is no longer muted.") {
            return;
        }
        let Ok(name) = ClientName::new(name) else { return };
        self.in_question.remove(&name);
        if is_muted {
            self.muted.insert(name);
            self.hidden.insert(name);
        } else {
            self.muted.remove(&name);
        }
    }

    /// Looks for messages that were stated as shown, and are not on the screen.
    fn finish(&mut self, actor: ActorName) -> Result<(), Breach> {
        while let Some(&id) = self.due.front() {
            if !self.may_be_hidden(id.from) {
                return Err(Breach { actor, due: Some(id), line: None });
            }
            self.due.pop_front();
        }
        Ok(())
    }

    /// Returns whether the next message, which is one of this client, need not be on the screen.
    fn may_be_hidden(&mut self, from: ClientName) -> bool {
        if self.hidden.contains(&from) {
            return true;
        }
        let missing = self.missing.get_mut(&from).filter(|missing| **missing > 0);
        missing.map(|missing| *missing -= 1).is_some()
    }
}

/// What stands before and after each line of a message.
struct Frame {
    before: String,
    after: &'static str,
}

impl Frame {
    /// Returns how a message is shown: when it arrives, or with its time if it was stored.
    fn all(from: ClientName, to: Audience, at: Timestamp) -> [Self; 2] {
        let at = local(at, &TimeZone::UTC);
        let frame = |before, after| Self { before, after };
        match to {
            Audience::Person(_) => {
                [frame(format!("{from}: "), ""), frame(format!("{from}: {at} "), "")]
            }
            Audience::Group(_) => [
                frame(format!("[Group Message {from}: "), "]"),
                frame(format!("Group Chat {from}: {at} "), ""),
            ],
        }
    }

    fn holds(&self, line: &str, text: &str) -> bool {
        let text_in = line.strip_prefix(self.before.as_str());
        text_in.and_then(|line| line.strip_suffix(self.after)) == Some(text)
    }

    fn around(&self, text: &str) -> String {
        format!("{}{text}{}", self.before, self.after)
    }
}

/// Returns the author of a line that looks like one of a message.
fn author_of(line: &str) -> Option<ClientName> {
    let to_group =
        line.strip_prefix("[Group Message ").or_else(|| line.strip_prefix("Group Chat "));
    ClientName::new(to_group.unwrap_or(line).split_once(": ")?.0).ok()
}

/// Returns a line without the time of day in front of it.
fn without_time(line: &str) -> &str {
    let Some((time, rest)) = line.split_at_checked(9) else { return line };
    let is_time = time.bytes().enumerate().all(|(place, byte)| match place {
        2 | 5 => byte == b':',
        8 => byte == b' ',
        _ => byte.is_ascii_digit(),
    });
    if is_time { rest } else { line }
}
