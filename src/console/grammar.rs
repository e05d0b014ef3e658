//! Splits a line into arguments.
//!
//! Typed lines and the highlighting of a line that is being typed both read their arguments here,
//! and their values as JSON objects do, so that all have the same bounds and error texts.

use std::ops::Range;
use std::slice;

use super::argument::{Argument, Extent, Problem, Value, Values};
use super::parse_error::ParseError;
use super::spec::CommandSpec;

/// An argument as given in a line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Given<'l> {
    pub(super) argument: &'static Argument,
    /// Its bytes in the line.
    pub(super) place: Range<usize>,
    pub(super) value: Result<Value<'l>, Problem>,
}

impl Given<'_> {
    /// Returns the place of the mistake in it, if any: of a text that is too long, the part beyond
    /// the bound.
    pub(super) fn wrong(&self, line: &str) -> Option<Range<usize>> {
        let Range { start, end } = self.place;
        match self.value.clone().and_then(Value::valid) {
            Ok(()) => None,
            Err(Problem::TooLong { bound, .. }) => {
                Some(line.floor_char_boundary(start + bound.len_max)..end)
            }
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

/// An argument of a line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Step<'l> {
    Given(Given<'l>),
    /// The line ends before it.
    Missing(&'static Argument),
}

/// Splits a line into arguments, in their order. What is left at the end is the
/// [`surplus`](Self::surplus).
#[derive(Clone, Debug)]
pub(super) struct Walk<'l, F> {
    arguments: slice::Iter<'static, Argument>,
    line: &'l str,
    /// Where the rest of the line begins, in bytes.
    at: usize,
    find: F,
}

impl<'l, F: Fn(&str) -> Result<&'static CommandSpec, ParseError>> Walk<'l, F> {
    /// Begins at byte `at` of a line, which is the end of the command's word; `find` looks up a
    /// command by its word.
    pub(super) fn new(arguments: &'static [Argument], line: &'l str, at: usize, find: F) -> Self {
        Self { arguments: arguments.iter(), line, at, find }
    }

    /// Returns the place of the rest of the line; empty if nothing is left.
    pub(super) fn surplus(&self) -> Range<usize> {
        trimmed(self.line, self.at)
    }

    /// Returns the values of all arguments.
    ///
    /// # Errors
    ///
    /// The first malformed argument, else the first missing one, else the surplus.
    pub(super) fn into_values(mut self) -> Result<Values<'l>, Problem> {
        let (mut values, mut problem) = (Values::default(), None);
        for step in self.by_ref() {
            match step {
                Step::Given(given) => values.put(given.value?),
                Step::Missing(argument) if argument.is_optional() => {}
                Step::Missing(argument) => {
                    problem.get_or_insert_with(|| argument.missing());
                }
            }
        }
        if let Some(problem) = problem {
            return Err(problem);
        }
        match self.line.get(self.surplus()).unwrap_or_default() {
            "" => Ok(values),
            surplus => Err(Problem::Surplus(surplus.to_owned())),
        }
    }
}

impl<'l, F: Fn(&str) -> Result<&'static CommandSpec, ParseError>> Iterator for Walk<'l, F> {
    type Item = Step<'l>;

    fn next(&mut self) -> Option<Step<'l>> {
        let rest = self.surplus();
        let text = self.line.get(rest.clone()).unwrap_or_default();
        loop {
            let argument = self.arguments.next()?;
            if rest.is_empty() {
                return Some(Step::Missing(argument));
            }
            let Some(extent) = argument.extent(text) else { continue };
            let place = match extent {
                Extent::Word => rest.start..rest.start + first_word(text).len(),
                Extent::Rest => rest,
                Extent::RestAsTyped => after_blank(self.line, self.at)..self.line.len(),
            };
            self.at = place.end;
            let text = self.line.get(place.clone()).unwrap_or_default();
            let value = argument.read(text, &self.find);
            return Some(Step::Given(Given { argument, place, value }));
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

/// Returns the line from its command on: without leading blanks and a `/`.
pub(super) fn command_of(line: &str) -> &str {
    let line = line.trim_start();
    line.strip_prefix('/').filter(|rest| rest.starts_with(char::is_alphabetic)).unwrap_or(line)
}

/// Returns the first word of a text; empty if it begins with a blank.
pub(super) fn first_word(text: &str) -> &str {
    text.split(char::is_whitespace).next().unwrap_or_default()
}
