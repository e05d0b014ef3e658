//! A typed line becomes a command.

use super::commands::{Argument, COMMANDS, CommandSpec};
use crate::client::Command;
use crate::protocol::limits::TEXT_LEN_MAX;
use crate::protocol::{ClientName, GroupName, NameError};

/// Says why a line is no command.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ParseError {
    /// The first word is none of the table.
    #[error("`{0}` is no command")]
    Unknown(String),
    /// The words behind it do not fit.
    #[error("{problem}; usage: `{usage}`")]
    Arguments {
        /// What is wrong.
        problem: String,
        /// What would be right.
        usage: String,
    },
}

/// Makes a command of a typed line; `None` for a blank one.
///
/// # Errors
///
/// Says what is wrong with the line, and what would be right.
pub fn parse(line: &str) -> Result<Option<Command>, ParseError> {
    let line = line.trim_start();
    let (word, rest) = split_word(line);
    if word.is_empty() {
        return Ok(None);
    }
    let Some(spec) = COMMANDS.iter().find(|spec| spec.word == word) else {
        return Err(ParseError::Unknown(word.to_owned()));
    };
    command(spec, rest)
        .map(Some)
        .map_err(|problem| ParseError::Arguments { problem, usage: spec.usage() })
}

fn command(spec: &CommandSpec, mut rest: &str) -> Result<Command, String> {
    let mut name = "";
    let mut text = String::new();
    for argument in spec.arguments {
        match argument {
            Argument::Client | Argument::Group => {
                (name, rest) = split_word(rest.trim_start());
                if name.is_empty() {
                    return Err("a name is missing".to_owned());
                }
            }
            Argument::Text => {
                text = message(rest)?;
                rest = "";
            }
        }
    }
    if !rest.trim().is_empty() {
        return Err(format!("`{}` is too much", rest.trim()));
    }
    let group = || GroupName::new(name).map_err(explain);
    Ok(match spec.word {
        "reg" => Command::Register,
        "send" => Command::Send { to: ClientName::new(name).map_err(explain)?, body: text },
        "dereg" => Command::Dereg { name: ClientName::new(name).ok() },
        "create_group" => Command::CreateGroup(group()?),
        "list_groups" => Command::ListGroups,
        "join_group" => Command::JoinGroup(group()?),
        "send_all" => Command::SendAll(text),
        "list_members" => Command::ListMembers,
        "leave_group" => Command::LeaveGroup,
        _ => Command::Exit,
    })
}

fn explain(error: NameError) -> String {
    error.to_string()
}

/// Splits a line behind its first word; one blank between belongs to neither.
fn split_word(line: &str) -> (&str, &str) {
    line.split_once(char::is_whitespace).unwrap_or((line, ""))
}

fn message(text: &str) -> Result<String, String> {
    if text.trim().is_empty() {
        Err("the message is missing".to_owned())
    } else if text.len() > TEXT_LEN_MAX {
        Err(format!("the message has {} bytes, at most {TEXT_LEN_MAX} can be sent", text.len()))
    } else {
        Ok(text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn send(to: &str, body: &str) -> Command {
        Command::Send { to: ClientName::new(to).unwrap(), body: body.to_owned() }
    }

    fn problem(line: &str) -> String {
        parse(line).unwrap_err().to_string()
    }

    #[test]
    fn a_message_is_kept_as_it_was_typed() {
        assert_eq!(parse("send c2 hi").unwrap(), Some(send("c2", "hi")));
        assert_eq!(parse("  send   c2  a  b\t漢 🙂 ").unwrap(), Some(send("c2", " a  b\t漢 🙂 ")));
        assert_eq!(parse("send_all  x ").unwrap(), Some(Command::SendAll(" x ".to_owned())));
    }

    #[test]
    fn blank_lines_ask_for_nothing() {
        assert_eq!(parse(""), Ok(None));
        assert_eq!(parse(" \t "), Ok(None));
    }

    #[test]
    fn every_word_of_the_table_is_a_command() {
        for spec in COMMANDS {
            let line = spec.usage().replace("<message>", "hi").replace(['<', '>'], "");
            assert!(matches!(parse(&line), Ok(Some(_))), "{line}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_with_what_would_be_right() {
        assert_eq!(problem("foo bar"), "`foo` is no command");
        assert_eq!(problem("send"), "a name is missing; usage: `send <client-name> <message>`");
        assert_eq!(
            problem("send c2  "),
            "the message is missing; usage: `send <client-name> <message>`"
        );
        assert_eq!(problem("reg now"), "`now` is too much; usage: `reg`");
        assert_eq!(
            problem("join_group a/b"),
            "a name has letters (a-z, A-Z), digits, `.`, `_` and `-`, not `/`; \
             usage: `join_group <group-name>`"
        );
        let long = format!("send c2 {}", "x".repeat(70_000));
        assert_eq!(
            problem(&long),
            "the message has 70000 bytes, at most 16384 can be sent; \
             usage: `send <client-name> <message>`"
        );
    }

    #[test]
    fn dereg_takes_any_text_since_only_ones_own_name_is_right() {
        assert_eq!(parse("dereg a/b"), Ok(Some(Command::Dereg { name: None })));
    }
}
