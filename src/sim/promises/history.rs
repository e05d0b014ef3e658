//! The history of a client, and its list of pending messages.
//!
//! What a client states of its messages is what its user was notified of, and it states nothing
//! before it is stored. So its history is at least as far as its facts. It is further only if the
//! program was killed before it could state what it had stored, or has stored it at this moment.

use std::collections::BTreeMap;

use super::evidence::Evidence;
use super::finding::Finding;
use crate::client::HISTORY_IN_MEMORY_MAX;
use crate::console::local;
use crate::protocol::limits::AWAITED_MAX;
use crate::protocol::{Audience, ClientName, Fact, MessageId, Text};
use crate::records::{ClientRecord, Entry, State};
use chatsim::scenario::ActorName;
use jiff::tz::TimeZone;
use machine::clean;

/// The stored history of each client has every message that its user was notified of, with the
/// state that they were notified of, and in the order in which they were written and shown; and
/// pending messages are listed in the order in which they were written.
pub(super) fn history_right(evidence: &Evidence<'_>) -> Result<(), Finding> {
    for (actor, login) in evidence.clients() {
        let Some(history) = History::of(evidence, actor, login) else { continue };
        history.check_own(evidence)?;
        history.check_order(evidence)?;
        history.check_pending(evidence)?;
        history.check_cancelled(evidence)?;
    }
    Ok(())
}

/// The history of a client as it is stored.
struct History {
    actor: ActorName,
    login: ClientName,
    entries: BTreeMap<u64, Entry>,
    /// The place of each message that has arrived.
    arrived: BTreeMap<MessageId, u64>,
    /// The numbers of the client's own messages by what lists have of each: its date, its audience
    /// and its first line. Of several that look alike it is not known which one is listed.
    listed: BTreeMap<String, Option<u64>>,
}

impl History {
    /// Returns `None` if it cannot be read, or older messages may have been removed.
    fn of(evidence: &Evidence<'_>, actor: ActorName, login: ClientName) -> Option<Self> {
        let mut entries = BTreeMap::new();
        let mut listed = BTreeMap::new();
        let mut list = |to: Audience, text: &Text| {
            let at = local(text.at, &TimeZone::UTC);
            if let Some(first) = clean(&text.body).next() {
                let number = listed.entry(listed_as(at.as_str(), to, first.as_str()));
                let number = number.or_insert(Some(text.number));
                *number = number.filter(|number| *number == text.number);
            }
        };
        let stored = evidence.stage.stored(actor)?;
        for record in stored.iter().filter_map(|(_, value)| ClientRecord::decode(value).ok()) {
            match record {
                ClientRecord::Said(entry) => {
                    if entry.from == login {
                        list(entry.with, &entry.text);
                    }
                    entries.insert(entry.number, entry);
                }
                ClientRecord::Outgoing { to, text } => list(to, &text),
                ClientRecord::Awaited { to, text } => list(Audience::Person(to), &text),
                ClientRecord::Numbered(_)
                | ClientRecord::Shown(_)
                | ClientRecord::Held { .. }
                | ClientRecord::Incoming { .. }
                | ClientRecord::Seen { .. }
                | ClientRecord::Receipted { .. }
                | ClientRecord::Muted(_) => {}
            }
        }
        if entries.len() >= HISTORY_IN_MEMORY_MAX.get() {
            return None;
        }
        let others = entries.values().filter(|entry| entry.from != login);
        let arrived = others.map(|entry| (entry.text.id(entry.from), entry.number)).collect();
        Some(Self { actor, login, entries, arrived, listed })
    }

    /// Compares the messages of the client's own with what its user was notified of.
    fn check_own(&self, evidence: &Evidence<'_>) -> Result<(), Finding> {
        let known = self.known(evidence);
        let own = evidence.written.iter().filter(|(_, written)| written.by == self.actor);
        let awaits = |entry: &&Entry| entry.state == State::Saved;
        // The client forgets the oldest of too many for which it awaits receipts.
        let is_complete = self.entries.values().filter(awaits).count() < AWAITED_MAX;
        for (&id, written) in own {
            let entry = self.entries.get(&id.number);
            let state = entry.map_or(State::Waiting, |entry| entry.state);
            if entry.is_some_and(|entry| entry.with != written.to) {
                return Err(self.wrong(evidence, id, "in another conversation"));
            }
            let known = known.get(&id).copied().unwrap_or(Known::Waiting);
            let is_ahead = || known.may_become(state) && is_true(evidence, id, written.to, state);
            let is_behind = || self.has_just_decided(evidence, id);
            if is_complete && !known.is(state) && !is_ahead() && !is_behind() {
                let how = format!("as {state:?}, but its author was notified otherwise: {known:?}");
                return Err(self.wrong(evidence, id, &how));
            }
        }
        Ok(())
    }

    /// Returns whether the user has taken a message back, and the program has ended before that was
    /// stored: the decision is stated before.
    fn has_just_decided(&self, evidence: &Evidence<'_>, id: MessageId) -> bool {
        let mut facts = evidence.facts.iter().rev();
        let last = facts.find(|stated| stated.actor == self.actor);
        let has_decided = last.is_some_and(|stated| stated.fact == Fact::Refused(id));
        has_decided && !evidence.running.contains(&self.actor)
    }

    /// Returns what the user was notified of about each message; another program with the same name
    /// may have been notified of something else.
    fn known(&self, evidence: &Evidence<'_>) -> BTreeMap<MessageId, Known> {
        let mut all: BTreeMap<MessageId, Known> = BTreeMap::new();
        for stated in evidence.facts.iter().filter(|stated| stated.actor == self.actor) {
            if let Some(id) = stated.fact.message()
                && let Some(written) = evidence.written.get(&id)
            {
                let known = all.entry(id).or_insert(Known::Waiting);
                *known = known.after(stated.fact, written.to);
            }
        }
        all
    }

    /// Looks whether messages have their places in the order in which they were written and shown.
    fn check_order(&self, evidence: &Evidence<'_>) -> Result<(), Finding> {
        let mut last = None;
        for stated in evidence.facts.iter().filter(|stated| stated.actor == self.actor) {
            let Fact::Shown(id) = stated.fact else { continue };
            let Some(&place) = self.arrived.get(&id) else {
                return Err(self.wrong(evidence, id, "not at all"));
            };
            if last.is_some_and(|(_, before)| place < before) {
                let before = last.map(|(before, _)| evidence.name(before)).unwrap_or_default();
                return Err(self.wrong(evidence, id, &format!("before {before}")));
            }
            last = Some((id, place));
        }
        Ok(())
    }

    /// Looks whether the lists on the screen are in the order in which messages were written.
    fn check_pending(&self, evidence: &Evidence<'_>) -> Result<(), Finding> {
        let mut last = 0;
        for Listed { n, text } in evidence.lists.of(self.actor) {
            if *n == 1 {
                last = 0;
            }
            let Some(&Some(number)) = self.listed.get(text) else { continue };
            if number < last {
                let id = MessageId { from: self.login, number };
                return Err(self.wrong(evidence, id, "after a later one that is pending"));
            }
            last = number;
        }
        Ok(())
    }

    /// Looks whether what the screen calls cancelled is the message that it had listed: its program
    /// may have ended before that was stored.
    fn check_cancelled(&self, evidence: &Evidence<'_>) -> Result<(), Finding> {
        let has_ended = evidence.ends.contains_key(&self.actor);
        for text in evidence.lists.cancelled(self.actor).iter().filter(|_| !has_ended) {
            let Some(&Some(number)) = self.listed.get(text) else { continue };
            let state = self.entries.get(&number).map_or(State::Waiting, |entry| entry.state);
            if state != State::Cancelled {
                let id = MessageId { from: self.login, number };
                let how = format!("as {state:?}, but its author was notified that it is cancelled");
                return Err(self.wrong(evidence, id, &how));
            }
        }
        Ok(())
    }

    fn wrong(&self, evidence: &Evidence<'_>, id: MessageId, how: &str) -> Finding {
        let reason = format!("the history of `{}` has {} {how}", self.actor, evidence.name(id));
        Finding::about(id, reason)
    }
}

/// What the user was notified of about a message of theirs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Known {
    Waiting,
    Saved,
    Taken,
    Delivered,
    Refused,
    Receipted,
    Expired,
}

impl Known {
    /// Returns what is known after a fact about a message to this audience.
    fn after(self, fact: Fact, to: Audience) -> Self {
        match (fact, to) {
            (Fact::Confirmed { .. }, _) => Self::Delivered,
            // Its receipt may have come before.
            (Fact::Saved { .. }, _) if !matches!(self, Self::Receipted | Self::Expired) => {
                Self::Saved
            }
            (Fact::Accepted(_), _) => Self::Taken,
            (Fact::Refused(_), _) => Self::Refused,
            // A program that starts states what still waits.
            (Fact::Written { .. }, _) => Self::Waiting,
            // Each member of a group that was offline sends one.
            (Fact::Receipted { .. }, Audience::Person(_)) => Self::Receipted,
            (Fact::Expired { .. }, Audience::Person(_)) => Self::Expired,
            (
                Fact::Receipted { .. }
                | Fact::Expired { .. }
                | Fact::Saved { .. }
                | Fact::Online
                | Fact::Offline
                | Fact::Taken(_)
                | Fact::Shown(_)
                | Fact::FellBack { .. }
                | Fact::Addressed { .. }
                | Fact::Kept { .. }
                | Fact::GroupTold(_)
                | Fact::Member(_)
                | Fact::Joins(_)
                | Fact::Leaves
                | Fact::Left
                | Fact::Expelled(_)
                | Fact::Returns
                | Fact::Kicked(_),
                _,
            ) => self,
        }
    }

    /// Returns whether the history says the same.
    const fn is(self, state: State) -> bool {
        match self {
            Self::Waiting => matches!(state, State::Waiting),
            Self::Saved => matches!(state, State::Saved),
            Self::Taken => matches!(state, State::Taken),
            Self::Delivered | Self::Receipted => matches!(state, State::Delivered),
            Self::Refused => matches!(state, State::Refused | State::Cancelled),
            Self::Expired => matches!(state, State::Expired),
        }
    }

    /// Returns whether this may have been stored since, without a notification so far.
    const fn may_become(self, state: State) -> bool {
        match self {
            Self::Waiting => true,
            Self::Saved => {
                matches!(state, State::Delivered | State::Expired | State::Cancelled)
            }
            Self::Taken | Self::Delivered | Self::Refused | Self::Receipted | Self::Expired => {
                false
            }
        }
    }
}

/// Returns whether the stored history of its author says that a message was not delivered: after a
/// crash, that may be all that its user learns.
pub(super) fn is_refused(evidence: &Evidence<'_>, id: MessageId) -> bool {
    let Some(written) = evidence.written.get(&id) else { return false };
    let stored = evidence.stage.stored(written.by);
    stored.iter().flat_map(|records| records.iter()).any(|(_, value)| {
        matches!(
            ClientRecord::decode(value),
            Ok(ClientRecord::Said(Entry { number, state: State::Refused, .. })) if number == id.number
        )
    })
}

/// Returns whether a state is true, as far as others have stated it.
fn is_true(evidence: &Evidence<'_>, id: MessageId, to: Audience, state: State) -> bool {
    match (state, to) {
        (State::Delivered, Audience::Person(_)) => {
            evidence.is_stated(id, |fact| fact.arrived() == Some(id))
        }
        (State::Delivered | State::Saved, Audience::Group(_))
        | (State::Taken, Audience::Person(_)) => false,
        (
            State::Arrived
            | State::Waiting
            | State::Saved
            | State::Taken
            | State::Expired
            | State::Refused
            | State::Cancelled,
            _,
        ) => true,
    }
}

/// Returns what a list has of a message, without its state.
fn listed_as(at: &str, to: Audience, body: &str) -> String {
    let to = match to {
        Audience::Person(name) => name.to_string(),
        Audience::Group(name) => name.to_string(),
    };
    format!("{at} to {to}: {body}")
}

/// The lists of pending messages on all screens.
#[derive(Default)]
pub(super) struct Lists {
    of: BTreeMap<ActorName, List>,
}

#[derive(Default)]
struct List {
    lines: Vec<Listed>,
    /// What the last list has of messages that were cancelled since.
    cancelled: Vec<String>,
}

/// A line of a list.
struct Listed {
    /// The place in the list, from 1.
    n: usize,
    /// The rest of the line, without the state.
    text: String,
}

impl Lists {
    /// Takes a line of a client's screen.
    pub(super) fn take(&mut self, actor: ActorName, line: &str) {
        let list = self.of.entry(actor).or_default();
        list.lines.extend(Listed::parse(line));
        let cancelled = cancelled(line).and_then(|n| list.last(n)).map(str::to_owned);
        list.cancelled.extend(cancelled);
    }

    fn of(&self, actor: ActorName) -> &[Listed] {
        self.of.get(&actor).map(|list| list.lines.as_slice()).unwrap_or_default()
    }

    fn cancelled(&self, actor: ActorName) -> &[String] {
        self.of.get(&actor).map(|list| list.cancelled.as_slice()).unwrap_or_default()
    }
}

impl List {
    /// Returns what the last list has of a message.
    fn last(&self, n: usize) -> Option<&str> {
        let start = self.lines.iter().rposition(|listed| listed.n == 1)?;
        let last = self.lines.get(start..)?;
        last.iter().find(|listed| listed.n == n).map(|listed| listed.text.as_str())
    }
}

/// Returns the place in the last list, if a line says that this message was cancelled.
fn cancelled(line: &str) -> Option<usize> {
    let (n, rest) = line.strip_prefix("[Message ")?.split_once(" to ")?;
    if rest.ends_with(" was cancelled.]") { n.parse().ok() } else { None }
}

impl Listed {
    /// Parses `[1. 2026-11-30 12:00:00 to c2, waiting: hello]`.
    fn parse(line: &str) -> Option<Self> {
        let (n, rest) = line.strip_prefix('[')?.strip_suffix(']')?.split_once(". ")?;
        let (head, rest) = rest.split_once(", ")?;
        let (_state, body) = rest.split_once(": ")?;
        Some(Self { n: n.parse().ok()?, text: format!("{head}: {body}") })
    }
}
