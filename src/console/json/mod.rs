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

use super::parse_error::ParseError;
use super::spec::CommandSpec;
use crate::client::{Ending, Notice};
use crate::protocol::{GroupName, Timestamp};
use form::{Content, Object};
use machine::{CleanText, is_control};
use values::{At, Command, Name};

pub(super) use command::{Id, Read, read};
pub use form::NOTICES_VERSION;
pub use schema::{commands_schema, notices_schema};

/// The context of an object: all of its keys but the content.
#[derive(Clone, Debug)]
pub(super) struct Around {
    pub(super) now: Timestamp,
    /// The group that the client is in.
    pub(super) group: Option<GroupName>,
    /// The id of the command that is answered.
    pub(super) id: Option<Id>,
}

impl Around {
    /// Returns the context of an object outside of any group that answers no command.
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

/// Writes the text of `echo` in a script.
pub fn echo(text: &str, now: Timestamp) -> CleanText<'static> {
    Around::nothing(now).write(Content::Echo { text: text.to_owned() })
}

/// Writes the number of lines that were dropped.
pub fn lines_dropped(count: usize, now: Timestamp) -> CleanText<'static> {
    Around::nothing(now).write(Content::LinesDropped { count })
}

/// Writes an object on one line, without characters that a terminal would act on.
#[expect(clippy::expect_used, reason = "serialization fails only if one of these types is wrong")]
fn write(object: &Object) -> CleanText<'static> {
    let text = serde_json::to_string(object).expect("every key of a map is a string");
    if !text.contains(is_control) {
        return CleanText::one_line(text);
    }
    // Only texts hold such characters, and all of them have four digits.
    let escape =
        |c: char| if is_control(c) { format!("\\u{:04x}", u32::from(c)) } else { c.into() };
    CleanText::one_line(text.chars().map(escape).collect::<String>())
}

#[cfg(test)]
mod tests;
