//! The arguments that commands take: a row of data for each, and what the forms of their values
//! mean to parser, completion, colours, JSON objects and their schema.

use serde_json::{Value as Json, json};

use super::parse_error::ParseError;
use super::part::Part;
use super::spec::CommandSpec;
use crate::protocol::limits::{HISTORY_LINES_MAX, SEARCH_LEN_MAX, TEXT_LEN_MAX};
use crate::protocol::{ClientName, GroupName, NameError};

/// An argument of a command.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Argument {
    placeholder: &'static str,
    /// Its name in error texts.
    noun: &'static str,
    key: &'static str,
    form: Form,
}

impl Argument {
    /// The name of a client.
    pub(super) const CLIENT: Self =
        Self { placeholder: "<client-name>", noun: "a name", key: "name", form: Form::Client };

    /// The client to which a message is sent.
    pub(super) const RECEIVER: Self = Self { key: "to", ..Self::CLIENT };

    /// The name of a group.
    pub(super) const GROUP: Self =
        Self { placeholder: "<group-name>", noun: "a name", key: "group", form: Form::Group };

    /// The name of a client or a group.
    pub(super) const CONVERSATION: Self =
        Self { placeholder: "[name]", noun: "a name", key: "with", form: Form::Conversation };

    /// A message to send.
    pub(super) const MESSAGE: Self = Self {
        placeholder: "<message>",
        noun: "the message",
        key: "text",
        form: Form::Message(Bound {
            what: "the message",
            len_max: TEXT_LEN_MAX,
            participle: "sent",
        }),
    };

    /// A text to search for.
    pub(super) const SEARCHED: Self =
        Self::short_text("<text>", "the text to search for", SEARCH_LEN_MAX, "searched for");

    /// The word of a command.
    pub(super) const COMMAND: Self =
        Self { placeholder: "[command]", noun: "a command", key: "about", form: Form::Command };

    /// How many messages to show.
    pub(super) const COUNT: Self =
        Self { placeholder: "[n]", noun: "a number", key: "count", form: Form::Count };

    /// The number of something in a list.
    pub(super) const NUMBER: Self =
        Self { placeholder: "<n>", noun: "a number", key: "number", form: Form::Number };

    /// Makes an argument that takes the rest of a line without surrounding blanks, of at most
    /// `len_max` bytes. `participle` completes "at most 64 can be ...". If its placeholder is in
    /// `[]`, it may be left out, and is empty then.
    pub(super) const fn short_text(
        placeholder: &'static str,
        noun: &'static str,
        len_max: usize,
        participle: &'static str,
    ) -> Self {
        let form = Form::Words(Bound { what: "the text", len_max, participle });
        Self { placeholder, noun, key: "text", form }
    }

    /// Returns its placeholder in a usage: in `<>` if it is required, else in `[]`.
    pub const fn placeholder(&self) -> &'static str {
        self.placeholder
    }

    /// Returns whether it is optional.
    pub(super) fn is_optional(&self) -> bool {
        self.placeholder.starts_with('[')
    }

    /// Returns its key in JSON objects.
    pub(super) const fn key(&self) -> &'static str {
        self.key
    }

    /// Returns the error of a line without it.
    pub(super) const fn missing(&self) -> Problem {
        Problem::Missing(self.noun)
    }

    /// Returns whether it is a message: it may have several lines, and names are completed in it.
    pub(super) const fn is_message(&self) -> bool {
        match self.form {
            Form::Message(_) => true,
            Form::Client
            | Form::Group
            | Form::Conversation
            | Form::Words(_)
            | Form::Command
            | Form::Count
            | Form::Number => false,
        }
    }

    /// Returns whether it is a number in JSON objects, else it is a string.
    pub(super) const fn is_number(&self) -> bool {
        match self.form {
            Form::Count | Form::Number => true,
            Form::Client
            | Form::Group
            | Form::Conversation
            | Form::Message(_)
            | Form::Words(_)
            | Form::Command => false,
        }
    }

    /// Returns how much of a line it takes, of which `rest` is left; `None` if it is left out.
    pub(super) fn extent(&self, rest: &str) -> Option<Extent> {
        match self.form {
            // A number alone is a count.
            Form::Conversation if rest.parse::<usize>().is_ok() => None,
            Form::Client | Form::Group | Form::Conversation | Form::Count | Form::Number => {
                Some(Extent::Word)
            }
            Form::Words(_) | Form::Command => Some(Extent::Rest),
            Form::Message(_) => Some(Extent::RestAsTyped),
        }
    }

    /// Returns what a valid value is coloured as.
    pub(super) const fn part(&self) -> Option<Part> {
        match self.form {
            Form::Client | Form::Conversation => Some(Part::Name),
            Form::Command => Some(Part::Command),
            Form::Group | Form::Message(_) | Form::Words(_) | Form::Count | Form::Number => None,
        }
    }

    /// Returns the words to which it is completed.
    pub(super) const fn sources(&self) -> &'static [Source] {
        match self.form {
            Form::Client => &[Source::Clients],
            Form::Group => &[Source::Groups],
            Form::Conversation => &[Source::Clients, Source::Groups],
            Form::Command => &[Source::Commands],
            Form::Message(_) | Form::Words(_) | Form::Count | Form::Number => &[],
        }
    }

    /// Returns the JSON Schema of its values, of which some are the words of `commands`.
    pub(super) fn schema(&self, commands: &[CommandSpec]) -> Json {
        match self.form {
            Form::Client | Form::Group | Form::Conversation => json!({ "$ref": "#/$defs/Name" }),
            // The bound is in bytes, which a schema cannot express.
            Form::Message(Bound { len_max, .. }) | Form::Words(Bound { len_max, .. }) => {
                json!({ "type": "string", "minLength": 1, "maxLength": len_max })
            }
            Form::Count | Form::Number => json!({ "type": "integer", "minimum": 1 }),
            Form::Command => {
                let words: Vec<_> = commands.iter().map(|spec| spec.word).collect();
                json!({ "enum": words })
            }
        }
    }

    /// Reads its text; `find` looks up a command by its word.
    ///
    /// # Errors
    ///
    /// The text does not have the argument's form.
    pub(super) fn read<'l>(
        &'static self,
        text: &'l str,
        find: impl FnOnce(&str) -> Result<&'static CommandSpec, ParseError>,
    ) -> Result<Value<'l>, Problem> {
        match &self.form {
            Form::Client => Ok(Value::Client(ClientName::new(text))),
            Form::Group => Ok(Value::Group(GroupName::new(text))),
            Form::Conversation => Ok(Value::Conversation(ClientName::new(text)?)),
            Form::Message(_) | Form::Words(_) if text.trim().is_empty() => Err(self.missing()),
            Form::Message(bound) => bound.check(text).map(Value::Text),
            Form::Words(bound) => bound.check(text.trim()).map(Value::Text),
            Form::Command => find(text).map(Value::Command).map_err(Problem::Command),
            Form::Count => number(text).map(Value::Count),
            Form::Number => number(text).map(Value::Number),
        }
    }

    /// Returns a word that is valid as each kind of argument.
    #[cfg(test)]
    pub(super) const fn example(&self) -> &'static str {
        match self.form {
            Form::Command => "help",
            Form::Client
            | Form::Group
            | Form::Conversation
            | Form::Message(_)
            | Form::Words(_)
            | Form::Count
            | Form::Number => "2",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_optional_text_may_be_left_out() {
        let values = Values::default();
        let optional = Argument::short_text("[text]", "the text", 60, "shown");
        assert_eq!(values.text(&optional), Ok(""));
        let missing = Err(Problem::Missing("the text to search for"));
        assert_eq!(values.text(&Argument::SEARCHED), missing);
    }
}

/// The form of a value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Form {
    /// The name of a client.
    Client,
    /// The name of a group.
    Group,
    /// The name of a client or a group, which have the same form.
    Conversation,
    /// Everything up to the end of the line, as typed.
    Message(Bound),
    /// Everything up to the end of the line, without surrounding blanks.
    Words(Bound),
    /// The word of a command.
    Command,
    /// A number from 1 to [`HISTORY_LINES_MAX`].
    Count,
    /// A number of at least 1.
    Number,
}

/// The bound of a text, and the words for it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Bound {
    what: &'static str,
    /// In bytes.
    pub(super) len_max: usize,
    /// What completes "at most 64 can be ...".
    participle: &'static str,
}

impl Bound {
    fn check<'l>(&'static self, text: &'l str) -> Result<&'l str, Problem> {
        let bytes = text.len();
        if bytes <= self.len_max { Ok(text) } else { Err(Problem::TooLong { bytes, bound: self }) }
    }
}

/// How much of a line an argument takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Extent {
    /// The next word.
    Word,
    /// The rest without surrounding blanks.
    Rest,
    /// The rest after one blank.
    RestAsTyped,
}

/// Words to which an argument is completed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Source {
    /// The names of clients.
    Clients,
    /// The names of groups.
    Groups,
    /// The words of commands.
    Commands,
}

/// What is wrong with the arguments of a command.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub(super) enum Problem {
    #[error("{0} is missing")]
    Missing(&'static str),
    #[error("unexpected argument `{0}`")]
    Surplus(String),
    #[error(transparent)]
    Name(#[from] NameError),
    #[error("{} has {bytes} bytes, at most {} can be {}", bound.what, bound.len_max, bound.participle)]
    TooLong { bytes: usize, bound: &'static Bound },
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

/// The value of an argument. Invalid names and counts are values, too: they are reported only if
/// nothing else is wrong with the line, and `dereg` accepts any name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Value<'l> {
    Client(Result<ClientName, NameError>),
    Group(Result<GroupName, NameError>),
    /// The name of a client or a group, which have the same form.
    Conversation(ClientName),
    Text(&'l str),
    /// The argument of `help`. So this file and `spec.rs` name each other: a command has arguments,
    /// and the value of this one is a command.
    Command(&'static CommandSpec),
    /// At least 1. A value above [`HISTORY_LINES_MAX`] is not valid.
    Count(usize),
    /// At least 1.
    Number(usize),
}

impl Value<'_> {
    /// Checks what [`read`](Argument::read) does not.
    ///
    /// # Errors
    ///
    /// A name is not valid, or a count is too large.
    pub(super) fn valid(self) -> Result<(), Problem> {
        match self {
            Self::Client(name) => name.map(drop).map_err(Problem::Name),
            Self::Group(name) => name.map(drop).map_err(Problem::Name),
            Self::Count(count) => shown(count).map(drop),
            Self::Text(_) | Self::Command(_) | Self::Conversation(_) | Self::Number(_) => Ok(()),
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

/// The values of a command's arguments, of which each has another form.
#[derive(Default, Debug)]
pub(super) struct Values<'l> {
    client: Option<Result<ClientName, NameError>>,
    group: Option<Result<GroupName, NameError>>,
    conversation: Option<ClientName>,
    text: Option<&'l str>,
    command: Option<&'static CommandSpec>,
    count: Option<usize>,
    number: Option<usize>,
}

impl<'l> Values<'l> {
    pub(super) fn put(&mut self, value: Value<'l>) {
        match value {
            Value::Client(name) => self.client = Some(name),
            Value::Group(name) => self.group = Some(name),
            Value::Conversation(name) => self.conversation = Some(name),
            Value::Text(text) => self.text = Some(text),
            Value::Command(spec) => self.command = Some(spec),
            Value::Count(count) => self.count = Some(count),
            Value::Number(number) => self.number = Some(number),
        }
    }

    pub(super) fn client(&self) -> Result<ClientName, Problem> {
        Ok(self.client.ok_or(Argument::CLIENT.missing())??)
    }

    pub(super) fn group(&self) -> Result<GroupName, Problem> {
        Ok(self.group.ok_or(Argument::GROUP.missing())??)
    }

    pub(super) const fn conversation(&self) -> Option<ClientName> {
        self.conversation
    }

    /// Returns the text that was given for `argument`; an empty one if it may be left out.
    pub(super) fn text(&self, argument: &Argument) -> Result<&'l str, Problem> {
        let default = argument.is_optional().then_some("");
        self.text.or(default).ok_or_else(|| argument.missing())
    }

    pub(super) const fn command(&self) -> Option<&'static CommandSpec> {
        self.command
    }

    pub(super) fn count(&self) -> Result<Option<usize>, Problem> {
        self.count.map(shown).transpose()
    }

    pub(super) fn number(&self) -> Result<usize, Problem> {
        self.number.ok_or(Argument::NUMBER.missing())
    }
}
