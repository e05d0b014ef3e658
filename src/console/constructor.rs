//! How commands are made from their arguments.

use super::commands::Argument;
use super::grammar::{Problem, Values};
use super::parse::Asked;
use crate::protocol::{ClientName, GroupName};

/// The constructor of a command, by the arguments that it takes.
pub(super) enum Constructor<C> {
    /// Takes nothing.
    Alone(fn() -> C),
    /// Takes a client.
    Client(fn(ClientName) -> C),
    /// Takes a client, and `None` for a word that is not a valid name.
    AnyName(fn(Option<ClientName>) -> C),
    /// Takes a group.
    Group(fn(GroupName) -> C),
    /// Takes a message.
    Text(fn(String) -> C),
    /// Takes a client and a message.
    Letter(fn(ClientName, String) -> C),
    /// Takes a text to search for.
    Words(fn(String) -> C),
    /// Takes the name of a client or a group, which have the same form, and a number of messages.
    History(fn(Option<ClientName>, Option<usize>) -> C),
    /// Takes a number.
    Number(fn(usize) -> C),
    /// Shows or hides the times, which the console does itself.
    Times,
    /// Explains a command or lists all of them, which the console does itself.
    Help,
}

impl<C> Constructor<C> {
    /// Returns the arguments in the order of a line. All are different.
    pub(super) const fn arguments(&self) -> &'static [Argument] {
        match self {
            Self::Alone(_) | Self::Times => &[],
            Self::Client(_) | Self::AnyName(_) => &[Argument::Client],
            Self::Group(_) => &[Argument::Group],
            Self::Text(_) => &[Argument::Text],
            Self::Letter(_) => &[Argument::Client, Argument::Text],
            Self::Words(_) => &[Argument::Words],
            Self::History(_) => &[Argument::Conversation, Argument::Count],
            Self::Number(_) => &[Argument::Number],
            Self::Help => &[Argument::Command],
        }
    }

    /// Makes the command.
    ///
    /// # Errors
    ///
    /// A value is missing or out of bounds.
    pub(super) fn make(&self, values: &Values<'_>) -> Result<Asked<C>, Problem> {
        Ok(Asked::Command(match self {
            Self::Alone(make) => make(),
            Self::Client(make) => make(values.client()?),
            Self::AnyName(make) => make(values.client().ok()),
            Self::Group(make) => make(values.group()?),
            Self::Text(make) => make(values.text()?.to_owned()),
            Self::Letter(make) => make(values.client()?, values.text()?.to_owned()),
            Self::Words(make) => make(values.words()?.to_owned()),
            Self::History(make) => make(values.conversation, values.count()?),
            Self::Number(make) => make(values.number()?),
            Self::Times => return Ok(Asked::Times),
            Self::Help => return Ok(values.command.map_or(Asked::Help, Asked::HelpOn)),
        }))
    }
}
