//! The grammar of arguments: which part of a line is which argument, and its value.
//!
//! Typed lines, the highlighting of a line that is being typed, and JSON objects all read their
//! arguments here, so that all have the same bounds and error texts.

use std::ops::Range;

use super::commands::{Argument, CommandSpec};
use super::parse::ParseError;
use crate::protocol::limits::{HISTORY_LINES_MAX, SEARCH_LEN_MAX, TEXT_LEN_MAX};
use crate::protocol::{ClientName, GroupName, NameError};

/// What is wrong with the arguments of a command.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub(super) enum Problem {
    #[error("{} is missing", noun(*.0))]
    Missing(Argument),
    #[error("unexpected argument `{0}`")]
    Surplus(String),
    #[error(transparent)]
    Name(#[from] NameError),
    #[error("the message has {0} bytes, at most {TEXT_LEN_MAX} can be sent")]
    TextTooLong(usize),
    #[error("the text has {0} bytes, at most {SEARCH_LEN_MAX} can be searched for")]
    WordsTooLong(usize),
    #[error("`{0}` is not a number (1 or more)")]
    NoNumber(String),
    #[error(
        "at most {HISTORY_LINES_MAX} messages can be shown, not {0} (`chatapp export` writes all)"
    )]
    TooMany(usize),
    /// The argument of `help` is not a command.
    #[error(transparent)]
    Command(ParseError),
}

/// Returns the name of an argument in error texts.
const fn noun(argument: Argument) -> &'static str {
    match argument {
        Argument::Client | Argument::Group | Argument::Conversation => "a name",
        Argument::Text => "the message",
        Argument::Words => "the text to search for",
        Argument::Count | Argument::Number => "a number",
        Argument::Command => "a command",
    }
}

/// The value of an argument. Invalid names and counts are values, too: they are reported only if
/// nothing else is wrong with the line, and `dereg` accepts any name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Value<'l> {
    Client(Result<ClientName, NameError>),
    Group(Result<GroupName, NameError>),
    Text(&'l str),
    Words(&'l str),
    Command(&'static CommandSpec),
    /// The name of a client or a group, which have the same form.
    Conversation(ClientName),
    /// At least 1. A value above [`HISTORY_LINES_MAX`] is not valid.
    Count(usize),
    /// At least 1.
    Number(usize),
}

impl<'l> Value<'l> {
    /// Reads the text of an argument; `find` looks up a command by its word.
    ///
    /// # Errors
    ///
    /// The text does not have the argument's form.
    pub(super) fn read(
        argument: Argument,
        text: &'l str,
        find: impl FnOnce(&str) -> Result<&'static CommandSpec, ParseError>,
    ) -> Result<Self, Problem> {
        match argument {
            Argument::Client => Ok(Self::Client(ClientName::new(text))),
            Argument::Group => Ok(Self::Group(GroupName::new(text))),
            Argument::Conversation => Ok(Self::Conversation(ClientName::new(text)?)),
            Argument::Command => find(text).map(Self::Command).map_err(Problem::Command),
            Argument::Text if text.trim().is_empty() => Err(Problem::Missing(argument)),
            Argument::Text if text.len() > TEXT_LEN_MAX => Err(Problem::TextTooLong(text.len())),
            Argument::Text => Ok(Self::Text(text)),
            Argument::Words => match text.trim() {
                "" => Err(Problem::Missing(argument)),
                words if words.len() > SEARCH_LEN_MAX => Err(Problem::WordsTooLong(words.len())),
                words => Ok(Self::Words(words)),
            },
            Argument::Count => number(text).map(Self::Count),
            Argument::Number => number(text).map(Self::Number),
        }
    }

    /// Checks what [`read`](Self::read) does not.
    ///
    /// # Errors
    ///
    /// A name is not valid, or a count is too large.
    pub(super) fn valid(self) -> Result<(), Problem> {
        match self {
            Self::Client(name) => name.map(drop).map_err(Problem::Name),
            Self::Group(name) => name.map(drop).map_err(Problem::Name),
            Self::Count(count) => shown(count).map(drop),
            Self::Text(_)
            | Self::Words(_)
            | Self::Command(_)
            | Self::Conversation(_)
            | Self::Number(_) => Ok(()),
        }
    }
}

/// Reads a number of at least 1.
fn number(word: &str) -> Result<usize, Problem> {
    let number = word.parse().ok().filter(|number| *number > 0);
    number.ok_or_else(|| Problem::NoNumber(word.to_owned()))
}

/// Checks a number of messages to show.
fn shown(count: usize) -> Result<usize, Problem> {
    if count <= HISTORY_LINES_MAX { Ok(count) } else { Err(Problem::TooMany(count)) }
}

/// The values of a command's arguments.
#[derive(Default, Debug)]
pub(super) struct Values<'l> {
    client: Option<Result<ClientName, NameError>>,
    group: Option<Result<GroupName, NameError>>,
    text: Option<&'l str>,
    words: Option<&'l str>,
    count: Option<usize>,
    number: Option<usize>,
    pub(super) command: Option<&'static CommandSpec>,
    pub(super) conversation: Option<ClientName>,
}

impl<'l> Values<'l> {
    pub(super) fn put(&mut self, value: Value<'l>) {
        match value {
            Value::Client(name) => self.client = Some(name),
            Value::Group(name) => self.group = Some(name),
            Value::Text(text) => self.text = Some(text),
            Value::Words(words) => self.words = Some(words),
            Value::Command(spec) => self.command = Some(spec),
            Value::Conversation(name) => self.conversation = Some(name),
            Value::Count(count) => self.count = Some(count),
            Value::Number(number) => self.number = Some(number),
        }
    }

    pub(super) fn client(&self) -> Result<ClientName, Problem> {
        Ok(self.client.ok_or(Problem::Missing(Argument::Client))??)
    }

    pub(super) fn group(&self) -> Result<GroupName, Problem> {
        Ok(self.group.ok_or(Problem::Missing(Argument::Group))??)
    }

    pub(super) fn text(&self) -> Result<&'l str, Problem> {
        self.text.ok_or(Problem::Missing(Argument::Text))
    }

    pub(super) fn words(&self) -> Result<&'l str, Problem> {
        self.words.ok_or(Problem::Missing(Argument::Words))
    }

    pub(super) fn count(&self) -> Result<Option<usize>, Problem> {
        self.count.map(shown).transpose()
    }

    pub(super) fn number(&self) -> Result<usize, Problem> {
        self.number.ok_or(Problem::Missing(Argument::Number))
    }
}

/// An argument as given in a line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Given<'l> {
    /// Its bytes in the line.
    pub(super) place: Range<usize>,
    pub(super) value: Result<Value<'l>, Problem>,
}

impl Given<'_> {
    /// Returns the place of the mistake in it, if any: of a text that is too long, the part beyond
    /// the bound.
    pub(super) fn wrong(&self, line: &str) -> Option<Range<usize>> {
        let Range { start, end } = self.place;
        let after = |len_max| line.floor_char_boundary(start + len_max)..end;
        match self.value.clone().and_then(Value::valid) {
            Ok(()) => None,
            Err(Problem::TextTooLong(_)) => Some(after(TEXT_LEN_MAX)),
            Err(Problem::WordsTooLong(_)) => Some(after(SEARCH_LEN_MAX)),
            Err(
                Problem::Missing(_)
                | Problem::Surplus(_)
                | Problem::Name(_)
                | Problem::NoNumber(_)
                | Problem::TooMany(_)
                | Problem::Command(_),
            ) => Some(start..end),
        }
    }
}

/// The arguments of a line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Walk<'l> {
    line: &'l str,
    /// In the order of the arguments.
    pub(super) given: Vec<Given<'l>>,
    /// The missing arguments, in their order.
    pub(super) missing: Vec<Argument>,
    /// The place of the rest of the line; empty if nothing is left.
    pub(super) surplus: Range<usize>,
}

/// Splits a line into arguments, from byte `at` on, which is the end of the command's word; `find`
/// looks up a command by its word.
pub(super) fn walk<'l>(
    arguments: &[Argument],
    line: &'l str,
    mut at: usize,
    find: impl Fn(&str) -> Result<&'static CommandSpec, ParseError>,
) -> Walk<'l> {
    let (mut given, mut missing) = (Vec::with_capacity(arguments.len()), Vec::new());
    for &argument in arguments {
        let rest = trimmed(line, at);
        let text = line.get(rest.clone()).unwrap_or_default();
        if rest.is_empty() {
            missing.push(argument);
            continue;
        }
        let place = match argument {
            // A number alone is a count.
            Argument::Conversation if text.parse::<usize>().is_ok() => continue,
            Argument::Client
            | Argument::Group
            | Argument::Conversation
            | Argument::Count
            | Argument::Number => rest.start..rest.start + first_word(text).len(),
            Argument::Words | Argument::Command => rest,
            Argument::Text => after_blank(line, at)..line.len(),
        };
        at = place.end;
        let value = Value::read(argument, line.get(place.clone()).unwrap_or_default(), &find);
        given.push(Given { place, value });
    }
    Walk { line, given, missing, surplus: trimmed(line, at) }
}

impl<'l> Walk<'l> {
    /// Returns the values of all arguments.
    ///
    /// # Errors
    ///
    /// The first malformed argument, else the first missing one, else the surplus.
    pub(super) fn into_values(self) -> Result<Values<'l>, Problem> {
        let mut values = Values::default();
        for given in self.given {
            values.put(given.value?);
        }
        if let Some(&argument) = self.missing.iter().find(|argument| !argument.is_optional()) {
            return Err(Problem::Missing(argument));
        }
        match self.line.get(self.surplus).unwrap_or_default() {
            "" => Ok(values),
            surplus => Err(Problem::Surplus(surplus.to_owned())),
        }
    }
}

/// Returns the range of a line from a byte on, without surrounding blanks.
fn trimmed(line: &str, at: usize) -> Range<usize> {
    let rest = line.get(at..).unwrap_or_default();
    let start = line.len() - rest.trim_start().len();
    start..start.max(line.trim_end().len())
}

/// Returns where a text begins after a command or name that ends at a byte: one blank between them
/// belongs to neither.
fn after_blank(line: &str, at: usize) -> usize {
    let blank = line.get(at..).and_then(|rest| rest.chars().next());
    at + blank.map_or(0, char::len_utf8)
}

/// Returns the first word of a text; empty if it begins with a blank.
pub(super) fn first_word(text: &str) -> &str {
    text.split(char::is_whitespace).next().unwrap_or_default()
}
