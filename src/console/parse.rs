//! Parses typed lines into commands.

use super::argument::Problem;
use super::commands::{CLIENT_ROWS, Row, SERVER_ROWS};
use super::constructor::Asked;
use super::grammar::{Walk, command_of, first_word};
use super::json;
use super::parse_error::ParseError;
use super::spec::{CommandSpec, meant};
use crate::client::Command;
use crate::server;

/// Parses a line typed at a client; `None` if it is blank. A command may be abbreviated to a prefix
/// that no other command of the current mode shares, and may have a `/` in front of it, as in other
/// chats. The line may be a JSON object, too.
///
/// # Errors
///
/// The first word is not a command, or the arguments do not fit.
pub fn parse(line: &str, in_group: bool) -> Result<Option<Asked<Command>>, ParseError> {
    if line.trim_start().starts_with('{') {
        return json::read(line).asked.map(Some);
    }
    read(CLIENT_ROWS, line, in_group)
}

/// Parses a line typed at a server, in the same way, except that JSON is not accepted.
///
/// # Errors
///
/// The first word is not a command, or the arguments do not fit.
pub fn parse_admin(line: &str) -> Result<Option<Asked<server::Command>>, ParseError> {
    read(SERVER_ROWS, line, false)
}

fn read<C>(
    table: &'static [Row<C>],
    line: &str,
    in_group: bool,
) -> Result<Option<Asked<C>>, ParseError> {
    let typed = command_of(line);
    let word = first_word(typed);
    if word.is_empty() {
        return Ok(None);
    }
    let Row { spec, constructor } = meant(table, word, in_group)?;
    let after = line.len() - typed.len() + word.len();
    let find = |word: &str| meant(table, word, in_group).map(AsRef::as_ref);
    let values = Walk::new(spec.arguments, line, after, find).into_values();
    let asked = values.and_then(|values| constructor.make(&values));
    asked.map(Some).map_err(|problem| error(spec, problem))
}

fn error(spec: &CommandSpec, problem: Problem) -> ParseError {
    match problem {
        Problem::Command(error) => error,
        Problem::Missing(_)
        | Problem::Surplus(_)
        | Problem::Name(_)
        | Problem::TooLong { .. }
        | Problem::NoNumber(_)
        | Problem::TooMany(_) => {
            ParseError::Arguments { problem: problem.to_string(), usage: spec.usage() }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::commands::{ADMIN_COMMANDS, COMMANDS};
    use super::*;
    use crate::protocol::ClientName;

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
    fn a_slash_before_a_command_is_ignored() {
        assert_eq!(parsed(" /send c2 /hi"), Some(send("c2", "/hi")));
        assert_eq!(problem("/ reg"), "`/` is not a command");
        assert_eq!(problem("//reg"), "`//reg` is not a command");
    }

    #[test]
    fn blank_lines_ask_for_nothing() {
        assert_eq!(parsed(""), None);
        assert_eq!(parsed(" \t "), None);
    }

    #[test]
    fn every_word_of_the_table_is_a_command() {
        for spec in COMMANDS {
            let line = spec.example();
            assert!(matches!(parse(&line, false), Ok(Some(_))), "{line}");
        }
    }

    #[test]
    fn every_word_of_the_servers_table_is_a_command() {
        for spec in ADMIN_COMMANDS {
            let line = spec.example();
            assert!(matches!(parse_admin(&line), Ok(Some(_))), "{line}");
        }
        let command = |line| match parse_admin(line) {
            Ok(Some(Asked::Command(command))) => command,
            other => panic!("{other:?}"),
        };
        assert_eq!(command(" k c1"), server::Command::Kick(ClientName::new("c1").unwrap()));
        assert_eq!(command("sh"), server::Command::Shutdown);
        let problem = |line| parse_admin(line).unwrap_err().to_string();
        assert_eq!(problem("s"), "`s` is ambiguous: stats or shutdown");
        assert_eq!(problem("kick"), "a name is missing; usage: `kick <client-name>`");
        assert_eq!(problem("users all"), "unexpected argument `all`; usage: `users`");
        assert_eq!(problem("send c1 hi"), "`send` is not a command");
    }

    #[test]
    fn an_unambiguous_prefix_of_a_word_is_enough() {
        let command = |line, in_group| match parse(line, in_group) {
            Ok(Some(Asked::Command(command))) => command,
            other => panic!("{other:?}"),
        };
        assert_eq!(command("list_g", false), Command::ListGroups);
        assert_eq!(command("list_m", true), Command::ListMembers);
        assert_eq!(command("q", true), Command::Exit);
        assert_eq!(command("join_group g", true), command("j g", true), "no command of this mode");
        let several = parse("l", true).unwrap_err();
        assert_eq!(
            several.to_string(),
            "`l` is ambiguous: list_members or leave_group or list_users"
        );
        assert_eq!(parse("sen hi", true), parse("send_all hi", true));
        assert_eq!(
            parse("s hi", false).unwrap_err().to_string(),
            "`s` is ambiguous: send or search"
        );
        assert_eq!(parse("send c2 hi", true), parse("send c2 hi", false), "whole words are clear");
    }

    #[test]
    fn help_is_about_all_commands_or_one() {
        let spec = |word| COMMANDS.iter().find(|spec| spec.word == word).unwrap();
        assert_eq!(parsed("help"), Some(Asked::Help));
        assert_eq!(parsed("he  "), Some(Asked::Help));
        assert_eq!(parsed("help dereg"), Some(Asked::HelpOn(spec("dereg"))));
        assert_eq!(parsed("help cr"), Some(Asked::HelpOn(spec("create_group"))));
        assert_eq!(problem("help me"), "`me` is not a command");
    }

    #[test]
    fn errors_name_the_problem_and_the_remedy() {
        assert_eq!(problem("foo bar"), "`foo` is not a command");
        assert_eq!(problem("send"), "a name is missing; usage: `send <client-name> <message>`");
        assert_eq!(
            problem("send c2  "),
            "the message is missing; usage: `send <client-name> <message>`"
        );
        assert_eq!(problem("reg now"), "unexpected argument `now`; usage: `reg`");
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
        let no_name = Asked::Command(Command::Dereg { name: None });
        assert_eq!(parsed("dereg a/b"), Some(no_name));
    }
}
