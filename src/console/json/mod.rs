//! The console for programs: each notice is one object on one line, and commands may be objects,
//! too. `docs/scripting.md` documents the forms and their compatibility.
//!
//! Programs get the same notices as people: one match turns each notice into lines, another one
//! into objects, whose types are the schema. Commands as objects are read with the table of
//! commands, which is their schema as well.

mod command;
mod form;
mod messages;
mod schema;
mod values;

use jiff::fmt::temporal::DateTimePrinter;

use super::commands::CommandSpec;
use super::parse::ParseError;
use crate::client::{Ending, Notice};
use crate::protocol::{GroupName, Timestamp};
use form::{Content, Object};
use machine::{CleanText, is_control};
use values::{At, Command, Name};

pub(super) use command::{Id, Read, read};
pub use schema::{commands_schema, notices_schema};

/// The version of the form of notices: it rises when a kind or a key goes or means something else.
pub const NOTICES_VERSION: u32 = 1;

/// What an object is about, besides what it tells.
#[derive(Clone, Debug)]
pub(super) struct Around {
    pub(super) now: Timestamp,
    /// The group that the client is in.
    pub(super) group: Option<GroupName>,
    /// How a program has named the command that is answered.
    pub(super) id: Option<Id>,
}

impl Around {
    /// Tells what has no prompt and answers nobody.
    const fn nothing(now: Timestamp) -> Self {
        Self { now, group: None, id: None }
    }

    pub(super) fn notice(self, notice: Notice) -> CleanText<'static> {
        self.write(notice.into())
    }

    pub(super) fn help(self, specs: &[&CommandSpec]) -> CleanText<'static> {
        let command = |spec: &&CommandSpec| Command { usage: spec.usage(), about: spec.about };
        self.write(Content::Help { commands: specs.iter().map(command).collect() })
    }

    pub(super) fn times(self, are_shown: bool) -> CleanText<'static> {
        self.write(Content::Times { are_shown })
    }

    pub(super) fn invalid_line(self, error: &ParseError) -> CleanText<'static> {
        let (problem, cure) = match error {
            ParseError::Arguments { problem, usage } => (problem.clone(), usage.clone()),
            ParseError::Json { problem, cure } => (problem.clone(), cure.clone()),
            ParseError::Unknown(_) | ParseError::Ambiguous { .. } => {
                (error.to_string(), "`help` lists all commands".to_owned())
            }
        };
        self.write(Content::InvalidLine { problem, cure })
    }

    pub(super) fn done(self, done: Result<(), &str>) -> CleanText<'static> {
        let problem = done.err().map(str::to_owned);
        self.write(Content::Done { success: done.is_ok(), problem })
    }

    pub(super) fn ended(self, ending: Ending) -> CleanText<'static> {
        let reason = ending.err().map(Into::into);
        self.write(Content::Ended { success: reason.is_none(), reason })
    }

    fn write(self, content: Content) -> CleanText<'static> {
        let Self { now, group, id } = self;
        let in_group = group.map(Name::from);
        write(&Object { v: NOTICES_VERSION, at: At::from(now), in_group, id, content })
    }
}

/// Writes what a script says by itself.
pub fn echo(text: &str, now: Timestamp) -> CleanText<'static> {
    Around::nothing(now).write(Content::Echo { text: text.to_owned() })
}

/// Writes that lines were too many to be shown.
pub fn lines_dropped(count: usize, now: Timestamp) -> CleanText<'static> {
    Around::nothing(now).write(Content::LinesDropped { count })
}

/// Writes an object on one line, with nothing in it that a terminal would obey.
#[expect(clippy::expect_used, reason = "a form that fails is a bug of these very types")]
fn write(object: &Object) -> CleanText<'static> {
    let text = serde_json::to_string(object).expect("no map has a key that is no text");
    if !text.contains(is_control) {
        return CleanText::one_line(text);
    }
    // Only texts hold such characters, and all of them have four digits.
    let escape =
        |c: char| if is_control(c) { format!("\\u{:04x}", u32::from(c)) } else { c.into() };
    CleanText::one_line(text.chars().map(escape).collect::<String>())
}

/// Writes a time as RFC 3339 has it.
fn rfc3339(at: Timestamp) -> String {
    const MICROS: DateTimePrinter = DateTimePrinter::new().precision(Some(6));
    let micros = i64::try_from(at.as_micros()).unwrap_or(i64::MAX);
    let at = jiff::Timestamp::from_microsecond(micros).unwrap_or(jiff::Timestamp::MAX);
    MICROS.timestamp_to_string(&at)
}

#[cfg(test)]
mod tests;
