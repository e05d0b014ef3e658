//! The commands of the prompt besides steps.

use std::borrow::Cow;

use super::Refusal;
use crate::Guest;
use crate::scenario::{Scenario, verbs};

/// A command of the prompt.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RequestSpec {
    /// Its word.
    pub word: &'static str,
    /// Its argument in the help; empty if it has none.
    pub argument: &'static str,
    /// What it does.
    pub help: Cow<'static, str>,
}

const fn spec(word: &'static str, argument: &'static str, help: &'static str) -> RequestSpec {
    RequestSpec { word, argument, help: Cow::Borrowed(help) }
}

/// The commands in front of those that depend on the guest.
const FIRST: [RequestSpec; 5] = [
    spec("undo", "", "takes back the last step"),
    spec("redo", "", "runs the undone step again"),
    spec("steps", "", "lists the steps so far"),
    spec("screen", "NAME", "shows a screen as its actor sees it"),
    spec("time", "", "shows the time on the stage"),
];

/// The commands after that.
const LAST: [RequestSpec; 5] = [
    spec("trace", "on|off", "shows every datagram and timer as well"),
    spec("save", "FILE", "writes a scenario (`.yaml`) that expects what was shown"),
    spec("save!", "FILE", "does the same, overwriting a file, even if the scenario does not pass"),
    spec("help", "", "shows this help"),
    spec("quit", "", "leaves, as Ctrl-D does"),
];

/// Returns all commands: `client NAME` declares one more client, for each role whose actors
/// scenarios declare.
pub fn requests(guest: &dyn Guest) -> Vec<RequestSpec> {
    let many = guest.roles().iter().filter(|role| !role.is_single);
    let declare = many.map(|role| RequestSpec {
        word: role.title,
        argument: "NAME",
        help: format!("declares one more {}", role.title).into(),
    });
    FIRST.into_iter().chain(declare).chain(LAST).collect()
}

/// A parsed command.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Request<'l> {
    Nothing,
    Step,
    Undo,
    Redo,
    Steps,
    Screen(&'l str),
    Time,
    /// The index of a role, and the name of one more actor of it.
    Declare(usize, &'l str),
    Trace(bool),
    Save {
        file: &'l str,
        is_forced: bool,
    },
    Help,
    Quit,
}

impl<'l> Request<'l> {
    /// Parses a line. A line that is not a command is a step.
    pub(super) fn parse(line: &'l str, guest: &dyn Guest) -> Result<Self, Refusal> {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            return Ok(Self::Nothing);
        }
        let (word, argument) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let argument = argument.trim();
        let requests = requests(guest);
        let Some(spec) = requests.iter().find(|spec| spec.word == word) else {
            return Ok(Self::Step);
        };
        if spec.argument.is_empty() != argument.is_empty() {
            let usage = format!("{word} {}", spec.argument);
            return Err(Refusal::Request(format!("write `{}`", usage.trim_end())));
        }
        Ok(match word {
            "undo" => Self::Undo,
            "redo" => Self::Redo,
            "steps" => Self::Steps,
            "screen" => Self::Screen(argument),
            "time" => Self::Time,
            "trace" if argument == "on" || argument == "off" => Self::Trace(argument == "on"),
            "trace" => return Err(Refusal::Request("write `trace on` or `trace off`".to_owned())),
            "save" | "save!" => Self::Save { file: argument, is_forced: word == "save!" },
            "help" => Self::Help,
            "quit" => Self::Quit,
            title => match guest.roles().iter().position(|role| role.title == title) {
                Some(role) => Self::Declare(role, argument),
                None => Self::Step,
            },
        })
    }
}

/// Returns whether a line that is not a step may have been meant as a command: its first word is
/// neither a verb nor the name of a client.
pub(super) fn is_unknown(line: &str, scenario: &Scenario) -> bool {
    let word = line.split([':', ' ', '\t']).find(|word| !word.is_empty()).unwrap_or_default();
    let is_actor = scenario.actors.iter().any(|actor| actor.name.as_str() == word);
    let is_word = word.chars().all(|c| c.is_alphanumeric() || "._-!?".contains(c));
    is_word && !is_actor && !verbs().any(|verb| verb == word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Fakes;

    #[test]
    fn whatever_is_no_request_is_a_step() {
        let parsed = |line| Request::parse(line, &Fakes).unwrap();
        assert_eq!(parsed(""), Request::Nothing);
        assert_eq!(parsed("  # undo"), Request::Nothing);
        assert_eq!(parsed(" undo "), Request::Undo);
        assert_eq!(parsed("time: hi"), Request::Step);
        assert_eq!(parsed("trace on"), Request::Trace(true));
        assert_eq!(
            parsed("save! my file.yaml"),
            Request::Save { file: "my file.yaml", is_forced: true }
        );
        assert_eq!(parsed("unod"), Request::Step);
    }

    #[test]
    fn what_is_missing_or_too_much_is_told() {
        let refused = |line| Request::parse(line, &Fakes).unwrap_err().to_string();
        assert_eq!(refused("undo 3"), "write `undo`");
        assert_eq!(refused("save"), "write `save FILE`");
        assert_eq!(refused("trace maybe"), "write `trace on` or `trace off`");
    }

    #[test]
    fn every_word_of_the_table_is_a_request() {
        for spec in requests(&Fakes) {
            let line = format!("{} {}", spec.word, spec.argument).replace("on|off", "on");
            assert_ne!(Request::parse(&line, &Fakes).unwrap(), Request::Step, "{line}");
        }
    }
}
