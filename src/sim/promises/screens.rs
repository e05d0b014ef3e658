//! Screens show each message as its author wrote it, nothing else as a message, and of each message
//! what the program states of it (`notices`).
//!
//! The lines that were typed at the author's prompt are the truth. A client states the messages
//! that it shows in the order in which their lines are on its screen, so that both are read side by
//! side. Each author's messages to one audience are shown in the order in which they were typed;
//! typed lines that were refused are skipped.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use jiff::tz::TimeZone;
use machine::clean;

use super::evidence::Evidence;
use super::finding::{Finding, found};
use super::notices::{Notices, Wrong};
use super::past::Written;
use crate::client::Command;
use crate::console::{Asked, local, parse};
use crate::protocol::{Audience, ClientName, Fact, MessageId, Timestamp};
use chatsim::scenario::ActorName;
use chatsim::stage::{Line, Shown, Stage};

/// The maximum length of a line in a report, in characters.
const LINE_CHARS_MAX: usize = 60;

/// Stands above stored messages.
const HEADING: &str = "[You have offline messages:]";

/// Stands above what an earlier program has perhaps not shown.
const HEADING_OF_EARLIER: &str = "[Received in your last session, possibly not shown yet:]";

/// The index of the frame of a stored message.
const STORED: usize = 1;

/// What a client states as shown stands on its screen, with its author, its text and, if it was
/// stored, its time and a heading above the first one; and no other line looks like a message. A
/// client that was muted is not shown. What a client states that its user is told of a message is
/// on the screen, too, and nothing else is.
pub(super) fn on_screen(evidence: &Evidence<'_>) -> Result<(), Finding> {
    found(evidence.greetings.breach.as_ref())?;
    let Some(Breach { actor, what, line }) = evidence.screens.breach.as_deref() else {
        return Ok(());
    };
    let line = line.as_deref().map(excerpt);
    let has = || format!("the screen of `{actor}` has `{}`", line.as_deref().unwrap_or_default());
    let instead =
        || line.as_ref().map_or_else(|| "does not".to_owned(), |line| format!("has `{line}`"));
    let message = |id| evidence.name(id);
    Err(match *what {
        What::Message(id) => {
            let shows = format!("`{actor}` stated that it shows {}", message(id));
            Finding::about(id, format!("{shows}, but its screen {}", instead()))
        }
        What::Notice(fact) => {
            let reason = format!("`{actor}` stated that it {fact}, but its screen {}", instead());
            match fact.message() {
                Some(id) => Finding::about(id, reason),
                None => Finding::general(reason),
            }
        }
        What::Unwritten => Finding::general(format!("{}, which nobody wrote to it", has())),
        What::Unstated => Finding::general(format!("{}, which its program did not state", has())),
        What::Bare => {
            let reason = "and no stored message below it";
            Finding::general(format!("the screen of `{actor}` has `{HEADING}` {reason}"))
        }
        What::Headless(id) => {
            Finding::about(id, format!("{} without a heading above the stored messages", has()))
        }
    })
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
    breach: Option<Box<Breach>>,
}

/// The texts that were typed at each client's prompt: for one person, or for its group.
type TypedTexts = BTreeMap<(ActorName, Option<ClientName>), Vec<Vec<String>>>;

/// A difference between what was written and what is shown.
struct Breach {
    actor: ActorName,
    what: What,
    /// The line that is there.
    line: Option<String>,
}

/// What is wrong.
#[derive(Clone, Copy)]
enum What {
    /// This message should be there.
    Message(MessageId),
    /// The notice of this fact should be there.
    Notice(Fact),
    /// The line looks like a message and is none.
    Unwritten,
    /// The line is the notice of a fact that was not stated.
    Unstated,
    /// The line is a heading without a message.
    Bare,
    /// This message should have a heading.
    Headless(MessageId),
}

impl Breach {
    fn of(actor: ActorName, what: What, line: &str) -> Box<Self> {
        Box::new(Self { actor, what, line: Some(line.to_owned()) })
    }

    /// Makes one that no line shows.
    fn without_line(actor: ActorName, what: What) -> Box<Self> {
        Box::new(Self { actor, what, line: None })
    }
}

impl From<Wrong> for What {
    fn from(wrong: Wrong) -> Self {
        match wrong {
            Wrong::Missing(fact) => Self::Notice(fact),
            Wrong::Unstated => Self::Unstated,
        }
    }
}

impl Screens {
    /// Expects what a client has stated to be on its screen.
    pub(super) fn expect(&mut self, actor: ActorName, fact: Fact) {
        let reader = self.readers.entry(actor).or_default();
        if let Fact::Shown(id) = fact {
            reader.due.push_back((id, reader.returns));
        } else if fact == Fact::Online {
            reader.returns += 1;
        } else {
            reader.notices.hear(fact);
        }
    }

    /// Expects that a client's program ends.
    pub(super) fn expect_end(&mut self, actor: ActorName) {
        self.readers.entry(actor).or_default().notices.expect_end();
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
            let found = found.and_then(|()| reader.finish(actor, written));
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

/// The headings above stored messages.
#[derive(Default)]
struct Heading {
    /// The last line was one.
    is_last: bool,
    /// The last one was above messages that came after this registration.
    of: Option<u64>,
    /// There was a heading above all that an earlier program has not shown.
    is_of_earlier: bool,
}

/// Reads one screen.
#[derive(Default)]
struct Reader {
    /// The number of entries that were read.
    len: usize,
    /// The messages that were stated as shown, and not found on the screen yet; each with the number
    /// of times that the program had been registered by then.
    due: VecDeque<(MessageId, u64)>,
    /// The number of times that the program was registered.
    returns: u64,
    heading: Heading,
    /// What the screen says of the client's own messages.
    notices: Notices,
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
    fn take(&mut self, shown: &Shown, known: &Known<'_>) -> Result<(), Box<Breach>> {
        match shown {
            Shown::Typed(line) => {
                let command = command(line);
                if let Some(Command::Mute(name) | Command::Unmute(name)) = command {
                    self.in_question.insert(name);
                    self.hidden.insert(name);
                }
                if let Some(command) = command {
                    self.notices.note_typed(&command);
                }
                Ok(())
            }
            Shown::Line(line) => self.take_line(without_time(&line.text), known),
            Shown::Started => {
                self.heading = Heading::default();
                Ok(())
            }
            Shown::Exited(_) | Shown::Killed => {
                let ended = self.notices.end();
                ended.map_err(|wrong| Breach::without_line(known.actor, wrong.into()))
            }
            Shown::Interrupted => Ok(()),
        }
    }

    fn take_line(&mut self, line: &str, known: &Known<'_>) -> Result<(), Box<Breach>> {
        if let Some(next) = self.rest.pop_front() {
            let breach = || Breach::of(known.actor, What::Unwritten, line);
            return if next == line { Ok(()) } else { Err(breach()) };
        }
        let Some(author) = author_of(line) else {
            self.take_heading(line, known)?;
            self.note_muting(line);
            let taken = self.notices.take(line, known.login, known.written);
            return taken.map_err(|wrong| Breach::of(known.actor, wrong.into(), line));
        };
        if !known.logins.values().any(|login| *login == author) {
            return Ok(());
        }
        self.take_message(author, line, known)
    }

    /// Takes a line that is not one of a message, and may be a heading.
    fn take_heading(&mut self, line: &str, known: &Known<'_>) -> Result<(), Box<Breach>> {
        if self.heading.is_last {
            return Err(Breach::of(known.actor, What::Bare, HEADING));
        }
        self.heading.is_last = line == HEADING;
        self.heading.is_of_earlier |= line == HEADING_OF_EARLIER;
        Ok(())
    }

    /// Looks for the heading above a message, if it was stored.
    fn check_heading(&mut self, id: MessageId, returns: u64, is_stored: bool) -> Result<(), What> {
        let heading = &mut self.heading;
        let is_last = std::mem::take(&mut heading.is_last);
        if !is_stored {
            return if is_last { Err(What::Bare) } else { Ok(()) };
        }
        let is_of_earlier = std::mem::take(&mut heading.is_of_earlier);
        if is_last || is_of_earlier || heading.of == Some(returns) {
            heading.of = Some(returns);
            return Ok(());
        }
        Err(What::Headless(id))
    }

    /// Takes the first line of a message.
    fn take_message(
        &mut self,
        author: ClientName,
        line: &str,
        known: &Known<'_>,
    ) -> Result<(), Box<Breach>> {
        let breach = |what| Breach::of(known.actor, what, line);
        while let Some(&(id, returns)) = self.due.front() {
            let found = known.written.get(&id).filter(|_| id.from == author);
            let found = found.and_then(|written| self.find(id.from, *written, line, known.typed));
            if let Some((rest, is_stored)) = found {
                self.check_heading(id, returns, is_stored).map_err(breach)?;
                if self.muted.contains(&author) && !self.in_question.contains(&author) {
                    return Err(breach(What::Message(id)));
                }
                self.due.pop_front();
                self.rest = rest;
                if self.hidden.contains(&author) {
                    let others = self.due.iter().filter(|(id, _)| id.from == author).count();
                    self.missing.insert(author, others);
                }
                self.hidden = &self.muted | &self.in_question;
                return Ok(());
            }
            if author == known.login && id.from != author {
                break;
            }
            if !self.may_be_hidden(id.from) {
                return Err(breach(What::Message(id)));
            }
            self.due.pop_front();
        }
        // A message to oneself is shown at once.
        let own = (author == known.login).then(|| {
            let to = Audience::Person(author);
            let written = Written {
                to,
                by: known.actor,
                index: 0,
                at: Timestamp::default(),
                is_refused: false,
            };
            self.find(author, written, line, known.typed)
        });
        let (rest, _) = own.flatten().ok_or_else(|| breach(What::Unwritten))?;
        self.rest = rest;
        self.notices.note_own();
        Ok(())
    }

    /// Finds the typed text that a line shows the first line of, and returns the others, and whether
    /// it is shown as one that was stored.
    fn find(
        &mut self,
        from: ClientName,
        Written { to, by, at, is_refused, .. }: Written,
        line: &str,
        typed: &TypedTexts,
    ) -> Option<(VecDeque<String>, bool)> {
        let to_person = match to {
            Audience::Person(person) => Some(person),
            Audience::Group(_) => None,
        };
        let texts = typed.get(&(by, to_person))?;
        let next = self.next.entry((by, to_person)).or_default();
        let frames = Frame::all(from, to, at);
        let start = if is_refused { 0 } else { *next };
        for (place, lines) in texts.iter().enumerate().skip(start) {
            let first = lines.first()?;
            let fitting = frames.iter().position(|frame| frame.holds(line, first));
            if let Some((index, frame)) = fitting.and_then(|at| Some((at, frames.get(at)?))) {
                *next = (place + 1).max(*next);
                let others = lines.iter().skip(1).map(|line| frame.around(line));
                return Some((others.collect(), index == STORED));
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
    fn finish(
        &mut self,
        actor: ActorName,
        written: &BTreeMap<MessageId, Written>,
    ) -> Result<(), Box<Breach>> {
        let breach = |what| Breach::without_line(actor, what);
        while let Some(&(id, _)) = self.due.front() {
            if !self.may_be_hidden(id.from) {
                return Err(breach(What::Message(id)));
            }
            self.due.pop_front();
        }
        if self.heading.is_last {
            return Err(Breach::of(actor, What::Bare, HEADING));
        }
        self.notices.finish(written).map_err(|wrong| breach(wrong.into()))
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
pub(super) fn without_time(line: &str) -> &str {
    let Some((time, rest)) = line.split_at_checked(9) else { return line };
    let is_time = time.bytes().enumerate().all(|(place, byte)| match place {
        2 | 5 => byte == b':',
        8 => byte == b' ',
        _ => byte.is_ascii_digit(),
    });
    if is_time { rest } else { line }
}
