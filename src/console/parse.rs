//! A typed line becomes a command.

use super::commands::{ADMIN_COMMANDS, Argument, COMMANDS, CommandSpec, commands_like};
use super::json;
use crate::client::Command;
use crate::protocol::limits::{
    HISTORY_LINES, HISTORY_LINES_MAX, SEARCH_LEN_MAX, SEARCH_LINES, TEXT_LEN_MAX,
};
use crate::protocol::{ClientName, GroupName, NameError};
use crate::records::Query;
use crate::server;

/// Says why a line is no command.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ParseError {
    /// The first word is none of the table.
    #[error("`{0}` is no command")]
    Unknown(String),
    /// The first word is the beginning of several.
    #[error("`{word}` may be {}", meanings.join(" or "))]
    Ambiguous {
        /// The word.
        word: String,
        /// What it may stand for.
        meanings: Vec<&'static str>,
    },
    /// It is an object, and something is wrong with that.
    #[error("{problem}; {cure}")]
    Json {
        /// What is wrong.
        problem: String,
        /// What would be right.
        cure: String,
    },
    /// The words behind it do not fit.
    #[error("{problem}; usage: `{usage}`")]
    Arguments {
        /// What is wrong.
        problem: String,
        /// What would be right.
        usage: String,
    },
}

/// What a typed line asks for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Asked<C> {
    /// Something of the program.
    Command(C),
    /// What there is to be typed.
    Help,
    /// To show the times of what is told, or not any more.
    Times,
    /// What a command does.
    HelpOn(&'static CommandSpec),
}

/// What stands behind a command's word, as its table says.
#[derive(Clone, Copy, Default)]
pub(super) struct Given<'l> {
    pub(super) name: &'l str,
    pub(super) text: &'l str,
    pub(super) count: Option<usize>,
}

/// Finds out what a line asks for that was typed at a client; `None` for a blank one. A command
/// may be typed by its beginning, if no other one of the present mode begins alike, and with a `/`
/// before it, as users of other chats do. It may be an object of JSON, too.
///
/// # Errors
///
/// Says what is wrong with the line, and what would be right.
pub fn parse(line: &str, in_group: bool) -> Result<Option<Asked<Command>>, ParseError> {
    if line.trim_start().starts_with('{') {
        return json::read(line).asked.map(Some);
    }
    read(COMMANDS, line, in_group, client_command)
}

/// Finds out what a line asks for that was typed at a server, in the same way.
///
/// # Errors
///
/// Says what is wrong with the line, and what would be right.
pub fn parse_admin(line: &str) -> Result<Option<Asked<server::Command>>, ParseError> {
    read(ADMIN_COMMANDS, line, false, admin_command)
}

fn read<C>(
    table: &'static [CommandSpec],
    line: &str,
    in_group: bool,
    asked: fn(&CommandSpec, Given<'_>) -> Result<Asked<C>, String>,
) -> Result<Option<Asked<C>>, ParseError> {
    let (word, rest) = split_word(command_of(line));
    if word.is_empty() {
        return Ok(None);
    }
    let spec = meant(table, word, in_group)?;
    if spec.arguments == [Argument::Command] {
        return match rest.trim() {
            "" => Ok(Some(Asked::Help)),
            rest => meant(table, rest, in_group).map(|spec| Some(Asked::HelpOn(spec))),
        };
    }
    let asked = given(spec, rest)
        .and_then(|given| asked(spec, given))
        .map_err(|problem| ParseError::Arguments { problem, usage: spec.usage() })?;
    Ok(Some(asked))
}

/// Tells where the command begins in a line: behind blanks and a `/`.
pub(super) fn command_of(line: &str) -> &str {
    let line = line.trim_start();
    line.strip_prefix('/').filter(|rest| rest.starts_with(char::is_alphabetic)).unwrap_or(line)
}

/// Finds the command that a word stands for.
fn meant(
    table: &'static [CommandSpec],
    word: &str,
    in_group: bool,
) -> Result<&'static CommandSpec, ParseError> {
    match commands_like(table, word, in_group).as_slice() {
        [] => Err(ParseError::Unknown(word.to_owned())),
        [spec] => Ok(spec),
        several => Err(ParseError::Ambiguous {
            word: word.to_owned(),
            meanings: several.iter().map(|spec| spec.word).collect(),
        }),
    }
}

fn given<'l>(spec: &CommandSpec, mut rest: &'l str) -> Result<Given<'l>, String> {
    let mut given = Given::default();
    for argument in spec.arguments {
        match argument {
            Argument::Client | Argument::Group => {
                (given.name, rest) = split_word(rest.trim_start());
                if given.name.is_empty() {
                    return Err("a name is missing".to_owned());
                }
            }
            Argument::Text => {
                given.text = message(rest)?;
                rest = "";
            }
            Argument::Words => {
                given.text = words(rest)?;
                rest = "";
            }
            Argument::Conversation => {
                if !rest.trim().is_empty() && !is_count_alone(rest.trim()) {
                    (given.name, rest) = split_word(rest.trim_start());
                    ClientName::new(given.name).map_err(explain)?;
                }
            }
            Argument::Count | Argument::Number => {
                let word;
                (word, rest) = split_word(rest.trim_start());
                given.count = number(word, *argument == Argument::Number)?;
            }
            Argument::Command => {}
        }
    }
    match rest.trim() {
        "" => Ok(given),
        rest => Err(format!("`{rest}` is too much")),
    }
}

/// Finds out what a command of a client asks for, of which it is known what stands behind its word.
pub(super) fn client_command(
    spec: &CommandSpec,
    given: Given<'_>,
) -> Result<Asked<Command>, String> {
    let Given { name, text, count } = given;
    let client = || ClientName::new(name).map_err(explain);
    let group = || GroupName::new(name).map_err(explain);
    Ok(Asked::Command(match spec.word {
        "times" => return Ok(Asked::Times),
        "reg" => Command::Register,
        "send" => Command::Send { to: client()?, body: text.to_owned() },
        "dereg" => Command::Dereg { name: client().ok() },
        "create_group" => Command::CreateGroup(group()?),
        "list_groups" => Command::ListGroups,
        "join_group" => Command::JoinGroup(group()?),
        "send_all" => Command::SendAll(text.to_owned()),
        "list_members" => Command::ListMembers,
        "leave_group" => Command::LeaveGroup,
        "list_users" => Command::ListUsers,
        "history" => Command::Recall(Query {
            with: (!name.is_empty()).then(|| name.to_owned()),
            words: None,
            count: shown(count)?,
        }),
        "search" => {
            Command::Recall(Query { with: None, words: Some(text.to_owned()), count: SEARCH_LINES })
        }
        "pending" => Command::Pending,
        "cancel" => Command::Cancel(count.unwrap_or_default()),
        "mute" => Command::Mute(client()?),
        "unmute" => Command::Unmute(client()?),
        "whois" => Command::Whois(client()?),
        _ => Command::Exit,
    }))
}

fn admin_command(spec: &CommandSpec, given: Given<'_>) -> Result<Asked<server::Command>, String> {
    Ok(Asked::Command(match spec.word {
        "users" => server::Command::Users,
        "groups" => server::Command::Groups,
        "kick" => server::Command::Kick(ClientName::new(given.name).map_err(explain)?),
        "stats" => server::Command::Stats,
        "times" => return Ok(Asked::Times),
        _ => server::Command::Shutdown,
    }))
}

fn explain(error: NameError) -> String {
    error.to_string()
}

/// Splits a line behind its first word; one blank between belongs to neither.
fn split_word(line: &str) -> (&str, &str) {
    line.split_once(char::is_whitespace).unwrap_or((line, ""))
}

/// Tells whether what stands in the place of a name is a number with nothing behind it: it tells
/// how many.
pub(super) fn is_count_alone(text: &str) -> bool {
    text.parse::<usize>().is_ok()
}

/// Reads a number from 1 on.
fn number(word: &str, is_needed: bool) -> Result<Option<usize>, String> {
    match word.parse() {
        _ if word.is_empty() && !is_needed => Ok(None),
        _ if word.is_empty() => Err("a number is missing".to_owned()),
        Ok(number @ 1..) => Ok(Some(number)),
        Ok(_) | Err(_) => Err(format!("`{word}` is no number from 1 on")),
    }
}

/// Tells how many messages are shown.
fn shown(count: Option<usize>) -> Result<usize, String> {
    match count.unwrap_or(HISTORY_LINES) {
        count @ ..=HISTORY_LINES_MAX => Ok(count),
        count => Err(format!(
            "{count} are too many to show, {HISTORY_LINES_MAX} are not; `chatapp export` writes all"
        )),
    }
}

pub(super) fn words(text: &str) -> Result<&str, String> {
    let text = text.trim();
    if text.is_empty() {
        Err("the text to look for is missing".to_owned())
    } else if text.len() > SEARCH_LEN_MAX {
        Err(format!(
            "the text has {} bytes, at most {SEARCH_LEN_MAX} can be looked for",
            text.len()
        ))
    } else {
        Ok(text)
    }
}

pub(super) fn message(text: &str) -> Result<&str, String> {
    if text.trim().is_empty() {
        Err("the message is missing".to_owned())
    } else if text.len() > TEXT_LEN_MAX {
        Err(format!("the message has {} bytes, at most {TEXT_LEN_MAX} can be sent", text.len()))
    } else {
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn send(to: &str, body: &str) -> Asked<Command> {
        Asked::Command(Command::Send { to: ClientName::new(to).unwrap(), body: body.to_owned() })
    }

    fn parsed(line: &str) -> Option<Asked<Command>> {
        parse(line, false).unwrap()
    }

    fn problem(line: &str) -> String {
        parse(line, false).unwrap_err().to_string()
    }

    #[test]
    fn a_message_is_kept_as_it_was_typed() {
        assert_eq!(parsed("send c2 hi"), Some(send("c2", "hi")));
        assert_eq!(parsed("  send   c2  a  b\t漢 🙂 "), Some(send("c2", " a  b\t漢 🙂 ")));
        let to_all = Asked::Command(Command::SendAll(" x ".to_owned()));
        assert_eq!(parsed("send_all  x "), Some(to_all));
    }

    #[test]
    fn a_slash_before_a_command_is_no_part_of_it() {
        assert_eq!(parsed(" /send c2 /hi"), Some(send("c2", "/hi")));
        assert_eq!(problem("/ reg"), "`/` is no command");
        assert_eq!(problem("//reg"), "`//reg` is no command");
    }

    #[test]
    fn blank_lines_ask_for_nothing() {
        assert_eq!(parsed(""), None);
        assert_eq!(parsed(" \t "), None);
    }

    #[test]
    fn every_word_of_the_table_is_a_command() {
        for spec in COMMANDS {
            let line = spec.usage().replace("<message>", "hi").replace("[command]", "send");
            let line = line.replace("<n>", "1").replace("[n]", "1").replace("[name]", "c1");
            let line = line.replace(['<', '>'], "");
            assert!(matches!(parse(&line, false), Ok(Some(_))), "{line}");
        }
    }

    #[test]
    fn every_word_of_the_servers_table_is_a_command() {
        for spec in ADMIN_COMMANDS {
            let line = spec.usage().replace("[command]", "kick").replace(['<', '>'], "");
            assert!(matches!(parse_admin(&line), Ok(Some(_))), "{line}");
        }
        let command = |line| match parse_admin(line) {
            Ok(Some(Asked::Command(command))) => command,
            other => panic!("{other:?}"),
        };
        assert_eq!(command(" k c1"), server::Command::Kick(ClientName::new("c1").unwrap()));
        assert_eq!(command("sh"), server::Command::Shutdown);
        let problem = |line| parse_admin(line).unwrap_err().to_string();
        assert_eq!(problem("s"), "`s` may be stats or shutdown");
        assert_eq!(problem("kick"), "a name is missing; usage: `kick <client-name>`");
        assert_eq!(problem("users all"), "`all` is too much; usage: `users`");
        assert_eq!(problem("send c1 hi"), "`send` is no command");
    }

    #[test]
    fn the_beginning_of_a_word_is_enough_where_no_other_begins_alike() {
        let command = |line, in_group| match parse(line, in_group) {
            Ok(Some(Asked::Command(command))) => command,
            other => panic!("{other:?}"),
        };
        assert_eq!(command("list_g", false), Command::ListGroups);
        assert_eq!(command("list_m", true), Command::ListMembers);
        assert_eq!(command("q", true), Command::Exit);
        assert_eq!(command("join_group g", true), command("j g", true), "no command of this mode");
        let several = parse("l", true).unwrap_err();
        assert_eq!(several.to_string(), "`l` may be list_members or leave_group or list_users");
        assert_eq!(parse("sen hi", true), parse("send_all hi", true));
        assert_eq!(parse("s hi", false).unwrap_err().to_string(), "`s` may be send or search");
        assert_eq!(parse("send c2 hi", true), parse("send c2 hi", false), "whole words are clear");
    }

    #[test]
    fn help_is_about_all_commands_or_one() {
        let spec = |word| COMMANDS.iter().find(|spec| spec.word == word).unwrap();
        assert_eq!(parsed("help"), Some(Asked::Help));
        assert_eq!(parsed("he  "), Some(Asked::Help));
        assert_eq!(parsed("help dereg"), Some(Asked::HelpOn(spec("dereg"))));
        assert_eq!(parsed("help cr"), Some(Asked::HelpOn(spec("create_group"))));
        assert_eq!(problem("help me"), "`me` is no command");
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
        let nobody = Asked::Command(Command::Dereg { name: None });
        assert_eq!(parsed("dereg a/b"), Some(nobody));
    }
}
