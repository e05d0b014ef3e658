//! What a screen says of the client's own messages is what its program states of them.
//!
//! A client states a fact and shows its line in one step, so that facts and lines are in the same
//! order. Two kinds are not. That a message is not delivered is told in several ways, some of which
//! also tell other things, and what a user takes back is stated before it is stored: these facts
//! wait until a line tells them. And while the server is asked to take a message back, its receipt
//! is not shown, because the answer means the same.

use std::collections::{BTreeMap, VecDeque};

use jiff::tz::TimeZone;

use super::past::Written;
use crate::client::Command;
use crate::console::local;
use crate::protocol::{Audience, ClientName, Fact, MessageId};

/// Tell that a message is not delivered, or answer a command.
const NO_SUCH_USER: &str = "[User does not exist.]";
const NOT_IN_GROUP: &str = "[You are not in a group.]";

/// The messages that were written.
type AllWritten = BTreeMap<MessageId, Written>;

/// Reads the notices on one screen.
#[derive(Default)]
pub(super) struct Notices {
    /// What was stated, and not found on the screen yet.
    due: VecDeque<Due>,
    /// The typed commands that are not answered yet.
    asked: VecDeque<Asked>,
    /// How many of them have ended since, with or without an answer: each may have replaced a notice.
    excused: usize,
    /// The lines that may tell that a message to a person, or to a group, is not delivered.
    perhaps: (usize, usize),
    /// The messages to oneself that were shown, and not confirmed yet.
    own: usize,
}

/// What the screen has to show.
#[derive(Clone, Copy)]
enum Due {
    /// The notice of this fact.
    Notice(Fact),
    /// The end of the program.
    End,
}

/// A command about pending messages.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asked {
    Pending,
    Cancel(usize),
}

/// What is wrong with a screen.
#[derive(Clone, Copy)]
pub(super) enum Wrong {
    /// It does not have the notice of a fact.
    Missing(Fact),
    /// It has a notice without a fact.
    Unstated,
}

/// What a line is that tells something of a message.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    /// It has the place of its fact.
    Report,
    /// It tells that a message is not delivered.
    Refusal,
    /// It may tell that, or answer a command.
    PerhapsRefusal,
}

impl Sort {
    /// Returns the sort of a line, unless it tells nothing of a message.
    fn of(line: &str) -> Option<Self> {
        if line == NO_SUCH_USER || line == NOT_IN_GROUP {
            return Some(Self::PerhapsRefusal);
        }
        let is_refusal = line.starts_with("[Message ") && line.ends_with(" was cancelled.]")
            || line.starts_with("Offline Message sent at ") && line.ends_with(" was cancelled")
            || line.ends_with(": a message to it was not sent.]");
        if is_refusal {
            return Some(Self::Refusal);
        }
        let reports = [
            "[Message received by ",
            "[No ACK from ",
            "[Offline message sent at ",
            "[Group message received by server.]",
            "Offline Message sent at ",
        ];
        reports.iter().any(|start| line.starts_with(start)).then_some(Self::Report)
    }
}

impl Notices {
    /// Expects the notice of a fact, if it has one.
    pub(super) fn hear(&mut self, fact: Fact) {
        let is_told = fact.settles()
            || matches!(
                fact,
                Fact::FellBack { .. } | Fact::Receipted { .. } | Fact::Expired { .. }
            );
        if is_told {
            self.due.push_back(Due::Notice(fact));
        }
    }

    /// Expects that the program ends.
    pub(super) fn expect_end(&mut self) {
        self.due.push_back(Due::End);
    }

    /// Notes a typed command.
    pub(super) fn note_typed(&mut self, command: &Command) {
        if let Command::Cancel(n) = command {
            self.asked.push_back(Asked::Cancel(*n));
        } else if *command == Command::Pending {
            self.asked.push_back(Asked::Pending);
        }
    }

    /// Notes a message to oneself.
    pub(super) fn note_own(&mut self) {
        self.own += 1;
    }

    /// Takes a line that is not one of a message.
    pub(super) fn take(
        &mut self,
        line: &str,
        login: ClientName,
        written: &AllWritten,
    ) -> Result<(), Wrong> {
        // Most lines are about the register table.
        if !matches!(
            line.as_bytes(),
            [b'[', b'M' | b'N' | b'O' | b'G' | b'U' | b'Y' | b'P', ..] | [b'O', ..]
        ) {
            return Ok(());
        }
        if let Some(asked) = answered(line) {
            self.end_until(asked)?;
        }
        match Sort::of(line) {
            None => Ok(()),
            Some(Sort::Report) => self.take_report(line, login, written),
            Some(Sort::Refusal) => {
                self.take_refusal(line, written).then_some(()).ok_or(Wrong::Unstated)
            }
            Some(Sort::PerhapsRefusal) => {
                let (to_person, to_group) = &mut self.perhaps;
                *(if line == NOT_IN_GROUP { to_group } else { to_person }) += 1;
                Ok(())
            }
        }
    }

    /// Commands are answered in their order: those before this one have ended without an answer.
    fn end_until(&mut self, asked: Asked) -> Result<(), Wrong> {
        let place = self.asked.iter().position(|it| *it == asked);
        let Some(place) = place else {
            return if asked == Asked::Pending { Ok(()) } else { Err(Wrong::Unstated) };
        };
        let ended = self.asked.drain(..=place).filter(|it| *it != Asked::Pending);
        self.excused += ended.count();
        Ok(())
    }

    fn take_report(
        &mut self,
        line: &str,
        login: ClientName,
        written: &AllWritten,
    ) -> Result<(), Wrong> {
        if line == received(login) {
            self.own = self.own.checked_sub(1).ok_or(Wrong::Unstated)?;
            return Ok(());
        }
        let mut place = 0;
        while let Some(&Due::Notice(fact)) = self.due.get(place) {
            if matches!(fact, Fact::Refused(_)) {
                place += 1;
                continue;
            }
            let is_it = tells(line, fact, written);
            if !is_it && !self.is_excused(fact) {
                return Err(Wrong::Missing(fact));
            }
            self.due.remove(place);
            if is_it {
                return Ok(());
            }
        }
        Err(Wrong::Unstated)
    }

    /// Takes a line that tells that a message is not delivered; returns whether one is not.
    fn take_refusal(&mut self, line: &str, written: &AllWritten) -> bool {
        let mut stated = self.due.iter().map_while(|due| match due {
            Due::Notice(fact) => Some(*fact),
            Due::End => None,
        });
        let place = stated.position(|fact| {
            let Fact::Refused(id) = fact else { return false };
            written.get(&id).is_none_or(|written| refuses(line, written))
        });
        place.is_some_and(|place| self.due.remove(place).is_some())
    }

    /// Returns whether a receipt need not be shown, because of a question that means the same.
    fn is_excused(&mut self, fact: Fact) -> bool {
        if !matches!(fact, Fact::Receipted { .. } | Fact::Expired { .. }) {
            return false;
        }
        if self.is_cancelling() {
            return true;
        }
        let is_excused = self.excused > 0;
        self.excused -= usize::from(is_excused);
        is_excused
    }

    fn is_cancelling(&self) -> bool {
        self.asked.iter().any(|asked| *asked != Asked::Pending)
    }

    /// Returns whether a line has told that a message is not delivered, which also may tell other
    /// things.
    fn is_perhaps_told(&mut self, id: MessageId, written: &AllWritten) -> bool {
        let (to_person, to_group) = &mut self.perhaps;
        let lines = match written.get(&id).map(|written| written.to) {
            Some(Audience::Person(_)) => to_person,
            Some(Audience::Group(_)) => to_group,
            None => return true,
        };
        let is_told = *lines > 0;
        *lines -= usize::from(is_told);
        is_told
    }

    /// Takes the end of the program.
    pub(super) fn end(&mut self) -> Result<(), Wrong> {
        while let Some(Due::Notice(fact)) = self.due.pop_front() {
            // It may have ended before it had stored what its user took back.
            if !matches!(fact, Fact::Refused(_)) && !self.is_excused(fact) {
                return Err(Wrong::Missing(fact));
            }
        }
        self.asked.clear();
        (self.excused, self.perhaps, self.own) = (0, (0, 0), 0);
        Ok(())
    }

    /// Looks for what was stated and is not on the screen.
    pub(super) fn finish(&mut self, written: &AllWritten) -> Result<(), Wrong> {
        let may_come = self.is_cancelling() || self.excused > 0;
        let mut waiting = VecDeque::new();
        for due in std::mem::take(&mut self.due) {
            let Due::Notice(fact) = due else { continue };
            if let Fact::Refused(id) = fact
                && (may_come || self.is_perhaps_told(id, written))
            {
                waiting.push_back(due);
            } else if !self.is_excused(fact) {
                return Err(Wrong::Missing(fact));
            }
        }
        if self.is_cancelling() {
            self.due = waiting;
        }
        (self.excused, self.perhaps) = (0, (0, 0));
        Ok(())
    }
}

/// Returns the command that a line answers.
fn answered(line: &str) -> Option<Asked> {
    if line == "[Pending messages:]" || line == "[Nothing is pending.]" {
        return Some(Asked::Pending);
    }
    let rest = line.strip_prefix("[Message ").or_else(|| line.strip_prefix("[No message "))?;
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    Some(Asked::Cancel(rest.get(..digits)?.parse().ok()?))
}

fn received(by: ClientName) -> String {
    format!("[Message received by {by}.]")
}

/// Returns whether a line is the notice of a fact.
fn tells(line: &str, fact: Fact, written: &AllWritten) -> bool {
    let at = fact.message().and_then(|id| Some(local(written.get(&id)?.at, &TimeZone::UTC)));
    let Some(at) = at else { return true };
    let notice = match fact {
        Fact::Confirmed { id: _, by } => received(by),
        Fact::FellBack { id: _, to } => format!("[No ACK from {to}, message sent to server.]"),
        Fact::Saved { .. } => {
            format!("[Offline message sent at {at} received by the server and saved.]")
        }
        Fact::Accepted(_) => "[Group message received by server.]".to_owned(),
        Fact::Receipted { id: _, by } => format!("Offline Message sent at {at} received by {by}"),
        Fact::Expired { id: _, by } => {
            let end = "who was offline for too long";
            format!("Offline Message sent at {at} not received by {by}, {end}")
        }
        Fact::Refused(_)
        | Fact::Online
        | Fact::Offline
        | Fact::Written { .. }
        | Fact::Taken(_)
        | Fact::Shown(_)
        | Fact::Addressed { .. }
        | Fact::Kept { .. }
        | Fact::GroupTold(_)
        | Fact::Member(_)
        | Fact::Joins(_)
        | Fact::Leaves
        | Fact::Left
        | Fact::Expelled(_)
        | Fact::Returns
        | Fact::Kicked(_) => return false,
    };
    line == notice
}

/// Returns whether a line tells that this message is not delivered, as far as it names it.
fn refuses(line: &str, Written { to, at, .. }: &Written) -> bool {
    let is_taken_back = |to: &str| {
        line.strip_suffix(" was cancelled.]")
            .is_some_and(|line| line.ends_with(&format!(" to {to}")))
    };
    match to {
        Audience::Person(to) => {
            let at = local(*at, &TimeZone::UTC);
            is_taken_back(to.as_str())
                || line == format!("Offline Message sent at {at} to {to} was cancelled")
        }
        Audience::Group(to) => {
            is_taken_back(to.as_str())
                || line
                    == format!("[You are no longer in group {to}: a message to it was not sent.]")
        }
    }
}
