//! The arguments that set the script of a client.

use clap::{Arg, ArgAction, ArgMatches, Args, Command, Error, FromArgMatches, value_parser};
use std::path::PathBuf;

use crate::repl::ScriptPart;

const LINES: &str = "execute";
const FILE: &str = "script";
const STOP_ON_ERROR: &str = "stop-on-error";
const STAY: &str = "stay";
const JSON: &str = "json";
const HEADING: &str = "Scripts and programs";

/// The parts of the script, in the order in which they were written.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(in crate::cli::chatapp) struct ScriptArguments {
    pub(in crate::cli::chatapp) parts: Vec<ScriptPart>,
    pub(in crate::cli::chatapp) stops_on_error: bool,
    pub(in crate::cli::chatapp) stays: bool,
    /// Whether to write JSON instead of text.
    pub(in crate::cli::chatapp) is_json: bool,
}

// By hand, since a field does not know its order relative to others.
impl Args for ScriptArguments {
    fn augment_args(command: Command) -> Command {
        let lines = Arg::new(LINES)
            .short('e')
            .long(LINES)
            .value_name("COMMAND")
            .allow_hyphen_values(true)
            .action(ArgAction::Append)
            .help(
                "Run this chat command or script statement (`wait`, `sleep`, `echo`), then leave. \
                 May be repeated",
            );
        let file = Arg::new(FILE)
            .long(FILE)
            .value_name("FILE")
            .value_parser(value_parser!(PathBuf))
            .action(ArgAction::Append)
            .help(
                "Run the commands in this file, one per line, then leave. May be repeated; files \
                 run in the given order",
            );
        let stop = Arg::new(STOP_ON_ERROR)
            .long(STOP_ON_ERROR)
            .action(ArgAction::SetTrue)
            .help("Leave at the first statement that fails, instead of going on with the next one");
        let stay = Arg::new(STAY).long(STAY).action(ArgAction::SetTrue).help(
            "Do not leave at the end: go on at the prompt, or with standard input, until `exit` or \
             a signal",
        );
        let json = Arg::new(JSON).long(JSON).action(ArgAction::SetTrue).help(
            "Write all output as JSON objects, one per line, without a prompt; commands may be \
             JSON objects as well",
        );
        command.args([lines, file, stop, stay, json].map(|argument| argument.help_heading(HEADING)))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for ScriptArguments {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let indices = |id| matches.indices_of(id).into_iter().flatten();
        let lines = matches.get_many::<String>(LINES).into_iter().flatten();
        let lines = lines.map(|lines| ScriptPart::Lines(lines.clone()));
        let files = matches.get_many::<PathBuf>(FILE).into_iter().flatten();
        let files = files.map(|path| ScriptPart::File(path.clone()));
        let mut parts: Vec<_> = indices(LINES).zip(lines).chain(indices(FILE).zip(files)).collect();
        parts.sort_by_key(|(index, _)| *index);
        Ok(Self {
            parts: parts.into_iter().map(|(_, part)| part).collect(),
            stops_on_error: matches.get_flag(STOP_ON_ERROR),
            stays: matches.get_flag(STAY),
            is_json: matches.get_flag(JSON),
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_to_be_done_keeps_the_order_in_which_it_was_written() {
        let command = ScriptArguments::augment_args(Command::new("x"));
        let words = ["x", "-e", "reg", "--script", "a", "--execute=-x", "--script", "b", "--stay"];
        let matches = command.try_get_matches_from(words).unwrap();
        let arguments = ScriptArguments::from_arg_matches(&matches).unwrap();
        let lines = |text: &str| ScriptPart::Lines(text.to_owned());
        let file = |path: &str| ScriptPart::File(path.into());
        assert_eq!(arguments.parts, [lines("reg"), file("a"), lines("-x"), file("b")]);
        assert!(arguments.stays && !arguments.stops_on_error);
    }
}
