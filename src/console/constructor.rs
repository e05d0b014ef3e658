//! What a line may ask for, and how that is made from the arguments.

use super::argument::{Argument, Problem, Values};
use super::spec::CommandSpec;
use crate::protocol::{ClientName, GroupName};

/// A parsed line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Asked<C> {
    /// A command of the program.
    Command(C),
    /// List the commands.
    Help,
    /// Turn timestamps on or off.
    Times,
    /// Explain a command.
    HelpOn(&'static CommandSpec),
}

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
    /// Takes a short text: this argument.
    Words(&'static Argument, fn(String) -> C),
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
            Self::Client(_) | Self::AnyName(_) => &[Argument::CLIENT],
            Self::Group(_) => &[Argument::GROUP],
            Self::Text(_) => &[Argument::MESSAGE],
            Self::Letter(_) => &[Argument::RECEIVER, Argument::MESSAGE],
            Self::Words(argument, _) => std::slice::from_ref(argument),
            Self::History(_) => &[Argument::CONVERSATION, Argument::COUNT],
            Self::Number(_) => &[Argument::NUMBER],
            Self::Help => &[Argument::COMMAND],
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
            Self::Text(make) => make(values.text(&Argument::MESSAGE)?.to_owned()),
            Self::Letter(make) => {
                make(values.client()?, values.text(&Argument::MESSAGE)?.to_owned())
            }
            Self::Words(argument, make) => make(values.text(argument)?.to_owned()),
            Self::History(make) => make(values.conversation(), values.count()?),
            Self::Number(make) => make(values.number()?),
            Self::Times => return Ok(Asked::Times),
            Self::Help => return Ok(values.command().map_or(Asked::Help, Asked::HelpOn)),
        }))
    }
}
