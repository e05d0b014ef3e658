//! What a command is: its word, its arguments, and where it can be used; and which command a typed
//! word means.

use super::argument::Argument;
use super::parse_error::ParseError;

/// Where a command can be used.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// Outside a group.
    Normal,
    /// In a group.
    Group,
    /// Everywhere.
    Both,
}

/// One command.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CommandSpec {
    /// Its word.
    pub word: &'static str,
    /// Its arguments.
    pub arguments: &'static [Argument],
    /// Where it can be used.
    pub mode: Mode,
    /// A short description.
    pub about: &'static str,
}

impl CommandSpec {
    /// Returns how the command is typed.
    pub fn usage(&self) -> String {
        let mut usage = self.word.to_owned();
        for argument in self.arguments {
            usage.push(' ');
            usage.push_str(argument.placeholder());
        }
        usage
    }

    /// Returns a line with the command and all arguments, which is valid where the command is.
    #[cfg(test)]
    pub(super) fn example(&self) -> String {
        let arguments = self.arguments.iter().map(Argument::example);
        std::iter::once(self.word).chain(arguments).collect::<Vec<_>>().join(" ")
    }

    /// Returns whether the command takes a message.
    pub fn takes_message(&self) -> bool {
        self.arguments.iter().any(Argument::is_message)
    }

    /// Returns whether the command can be used in a group, or outside of any.
    pub fn fits(&self, in_group: bool) -> bool {
        match self.mode {
            Mode::Both => true,
            Mode::Normal => !in_group,
            Mode::Group => in_group,
        }
    }
}

impl AsRef<Self> for CommandSpec {
    fn as_ref(&self) -> &Self {
        self
    }
}

/// Finds the commands of a table that a typed word may mean: an exact match, or all that begin with
/// it. If any of the latter are of the current mode, only these are returned.
pub(super) fn commands_like<T: AsRef<CommandSpec>>(
    table: &'static [T],
    word: &str,
    in_group: bool,
) -> Vec<&'static T> {
    if let Some(found) = table.iter().find(|row| row.as_ref().word == word) {
        return vec![found];
    }
    let likely = || table.iter().filter(|row| row.as_ref().word.starts_with(word));
    let fitting: Vec<_> = likely().filter(|row| row.as_ref().fits(in_group)).collect();
    if fitting.is_empty() { likely().collect() } else { fitting }
}

/// Finds the command that a word means.
pub(super) fn meant<T: AsRef<CommandSpec>>(
    table: &'static [T],
    word: &str,
    in_group: bool,
) -> Result<&'static T, ParseError> {
    match commands_like(table, word, in_group).as_slice() {
        [] => Err(ParseError::Unknown(word.to_owned())),
        [found] => Ok(found),
        several => Err(ParseError::Ambiguous {
            word: word.to_owned(),
            meanings: several.iter().map(|row| row.as_ref().word).collect(),
        }),
    }
}
