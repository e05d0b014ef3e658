//! What can be typed at a prompt.

use super::grammar::command_of;
use super::parse_error::ParseError;
use super::spec::{CommandSpec, commands_like, meant};
use crate::protocol::{Presence, Row};

/// The commands of a prompt, and whether it is in a group.
#[derive(Clone, Copy, Default, Debug)]
pub struct Commands {
    table: &'static [CommandSpec],
    in_group: bool,
}

impl Commands {
    /// Makes the commands of a table, in a group or outside of any.
    pub const fn new(table: &'static [CommandSpec], in_group: bool) -> Self {
        Self { table, in_group }
    }

    /// Returns the commands of the current mode, in the table's order.
    pub fn fitting(self) -> impl Iterator<Item = &'static CommandSpec> {
        self.table.iter().filter(move |spec| spec.fits(self.in_group))
    }

    /// Finds the one command of the current mode that a typed word means.
    pub fn meant(self, word: &str) -> Option<&'static CommandSpec> {
        match self.like(word).as_slice() {
            [spec] => Some(*spec),
            _ => None,
        }
    }

    /// Finds the one command that a typed word means, as the parser does.
    ///
    /// # Errors
    ///
    /// No command matches, or several do.
    pub(super) fn find(self, word: &str) -> Result<&'static CommandSpec, ParseError> {
        meant(self.table, word, self.in_group)
    }

    /// Finds the commands of the current mode that a word may become: an exact match, or all that
    /// begin with it.
    pub(super) fn beginning(self, word: &str) -> Vec<&'static CommandSpec> {
        match self.fitting().find(|spec| spec.word == word) {
            Some(spec) => vec![spec],
            None => self.fitting().filter(|spec| spec.word.starts_with(word)).collect(),
        }
    }

    /// Returns whether a line begins with the whole word of a command, of any mode.
    pub fn has_word_of(self, line: &str) -> bool {
        let word = command_of(line).split(char::is_whitespace).next();
        word.is_some_and(|word| self.table.iter().any(|spec| spec.word == word))
    }

    /// Finds the commands of the current mode that a typed word may mean.
    pub(super) fn like(self, word: &str) -> Vec<&'static CommandSpec> {
        let mut specs = commands_like(self.table, word, self.in_group);
        specs.retain(|spec| spec.fits(self.in_group));
        specs
    }
}

impl PartialEq for Commands {
    /// Compares tables by identity.
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.table, other.table) && self.in_group == other.in_group
    }
}

impl Eq for Commands {}

/// A client to which messages can be sent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Person {
    /// Its name.
    pub name: String,
    /// Whether it is online.
    pub is_online: bool,
}

impl From<Row> for Person {
    fn from(row: Row) -> Self {
        Self { name: row.name.to_string(), is_online: row.presence == Presence::Online }
    }
}

/// What can be completed at an actor's prompt.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Vocabulary {
    /// The commands.
    pub commands: Commands,
    /// All known clients, in the order of their names.
    pub clients: Vec<Person>,
    /// The names of all known groups.
    pub groups: Vec<String>,
}
