//! The tables of commands, one for each program: they feed the parser, the completion and the
//! error texts.

use super::argument::Argument;
use super::constructor::Constructor;
use super::spec::{CommandSpec, Mode};
use crate::client;
use crate::protocol::ClientName;
use crate::protocol::limits::{HISTORY_LINES, SEARCH_LINES};
use crate::records::Query;
use crate::server;

/// A row of a program's table: a command, and its constructor from arguments.
pub(super) struct Row<C> {
    pub(super) spec: CommandSpec,
    pub(super) constructor: Constructor<C>,
}

impl<C> AsRef<CommandSpec> for Row<C> {
    fn as_ref(&self) -> &CommandSpec {
        &self.spec
    }
}

const fn row<C>(
    word: &'static str,
    constructor: Constructor<C>,
    mode: Mode,
    about: &'static str,
) -> Row<C> {
    let arguments = constructor.arguments();
    Row { spec: CommandSpec { word, arguments, mode, about }, constructor }
}

/// Returns the commands of a table of `N` rows.
const fn specs<C, const N: usize>(rows: &[Row<C>]) -> [CommandSpec; N] {
    assert!(rows.len() == N, "each row has its command");
    let mut specs = [rows[0].spec; N];
    let mut at = 1;
    while at < N {
        specs[at] = rows[at].spec;
        at += 1;
    }
    specs
}

/// All commands of a client, in the order in which users need them.
pub const COMMANDS: &[CommandSpec] = &specs::<_, { CLIENT_ROWS.len() }>(CLIENT_ROWS);

/// All commands of a server.
pub const ADMIN_COMMANDS: &[CommandSpec] = &specs::<_, { SERVER_ROWS.len() }>(SERVER_ROWS);

#[rustfmt::skip]
pub(super) const CLIENT_ROWS: &[Row<client::Command>] = &[
    row("reg", Constructor::Alone(|| client::Command::Register), Mode::Both, "register, or return after dereg"),
    row("send", Constructor::Letter(|to, body| client::Command::Send { to, body }), Mode::Normal, "send a message; a user who is offline gets it later"),
    row("dereg", Constructor::AnyName(|name| client::Command::Dereg { name }), Mode::Both, "go offline; the name must be your own"),
    row("create_group", Constructor::Group(client::Command::CreateGroup), Mode::Normal, "create a group"),
    row("list_groups", Constructor::Alone(|| client::Command::ListGroups), Mode::Normal, "show all groups"),
    row("join_group", Constructor::Group(client::Command::JoinGroup), Mode::Normal, "join a group"),
    row("send_all", Constructor::Text(client::Command::SendAll), Mode::Group, "send a message to all members of the group"),
    row("list_members", Constructor::Alone(|| client::Command::ListMembers), Mode::Group, "show the members of the group"),
    row("leave_group", Constructor::Alone(|| client::Command::LeaveGroup), Mode::Group, "leave the group and show the messages that arrived meanwhile"),
    row("list_users", Constructor::Alone(|| client::Command::ListUsers), Mode::Both, "show all registered users and who is online"),
    row("whois", Constructor::Client(client::Command::Whois), Mode::Both, "show a user's address and whether they are online"),
    row("history", Constructor::History(recent), Mode::Both, "show the last 20 (or n) messages, of all or of one user or group"),
    row("search", Constructor::Words(&Argument::SEARCHED, containing), Mode::Both, "show the messages that contain a text"),
    row("pending", Constructor::Alone(|| client::Command::Pending), Mode::Both, "show the messages that are not delivered yet"),
    row("cancel", Constructor::Number(client::Command::Cancel), Mode::Both, "cancel message n in the list of `pending`"),
    row("mute", Constructor::Client(client::Command::Mute), Mode::Both, "hide a user's messages (they stay in the history)"),
    row("unmute", Constructor::Client(client::Command::Unmute), Mode::Both, "show a user's messages again"),
    row("times", Constructor::Times, Mode::Both, "turn timestamps in front of incoming lines on or off"),
    row("help", Constructor::Help, Mode::Both, "list the commands, or explain one"),
    row("exit", Constructor::Alone(|| client::Command::Exit), Mode::Both, "leave the chat"),
    row("quit", Constructor::Alone(|| client::Command::Exit), Mode::Both, "same as `exit`"),
];

#[rustfmt::skip]
pub(super) const SERVER_ROWS: &[Row<server::Command>] = &[
    row("users", Constructor::Alone(|| server::Command::Users), Mode::Both, "show all registered users, their addresses and who is online"),
    row("groups", Constructor::Alone(|| server::Command::Groups), Mode::Both, "show all groups and their members"),
    row("kick", Constructor::Client(server::Command::Kick), Mode::Both, "disconnect a user; they can come back with `reg`"),
    row("stats", Constructor::Alone(|| server::Command::Stats), Mode::Both, "show the server's counters"),
    row("times", Constructor::Times, Mode::Both, "turn timestamps in front of lines on or off"),
    row("help", Constructor::Help, Mode::Both, "list the commands, or explain one"),
    row("shutdown", Constructor::Alone(|| server::Command::Shutdown), Mode::Both, "stop the server"),
];

/// Makes a query of the latest messages.
fn recent(with: Option<ClientName>, count: Option<usize>) -> client::Command {
    let with = with.map(|name| name.to_string());
    client::Command::Recall(Query { with, words: None, count: count.unwrap_or(HISTORY_LINES) })
}

/// Makes a query of the latest messages that contain a text.
fn containing(words: String) -> client::Command {
    client::Command::Recall(Query { with: None, words: Some(words), count: SEARCH_LINES })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::answers::help;
    use super::super::constructor::Asked;
    use super::super::parse::{parse, parse_admin};
    use super::*;

    /// Lists the words, and maps each command to its word. The compiler requires a row for each
    /// command.
    macro_rules! words {
        ($words:ident, $word_of:ident, $command:ty, $($pattern:pat => $word:literal,)+) => {
            const $words: &[&str] = &[$($word),+];

            fn $word_of(command: &$command) -> &'static str {
                match command {
                    $($pattern => $word,)+
                }
            }
        };
    }

    words! { CLIENT_WORDS, client_word, client::Command,
        client::Command::Register => "reg",
        client::Command::Send { .. } => "send",
        client::Command::Dereg { .. } => "dereg",
        client::Command::CreateGroup(_) => "create_group",
        client::Command::ListGroups => "list_groups",
        client::Command::JoinGroup(_) => "join_group",
        client::Command::SendAll(_) => "send_all",
        client::Command::ListMembers => "list_members",
        client::Command::LeaveGroup => "leave_group",
        client::Command::ListUsers => "list_users",
        client::Command::Whois(_) => "whois",
        client::Command::Recall(Query { words: None, .. }) => "history",
        client::Command::Recall(Query { words: Some(_), .. }) => "search",
        client::Command::Pending => "pending",
        client::Command::Cancel(_) => "cancel",
        client::Command::Mute(_) => "mute",
        client::Command::Unmute(_) => "unmute",
        client::Command::Exit => "exit",
    }

    words! { SERVER_WORDS, server_word, server::Command,
        server::Command::Users => "users",
        server::Command::Groups => "groups",
        server::Command::Kick(_) => "kick",
        server::Command::Stats => "stats",
        server::Command::Shutdown => "shutdown",
    }

    /// A line for each command of a table, with all arguments.
    fn typed<C>(rows: &[Row<C>]) -> impl Iterator<Item = (&'static str, String)> {
        rows.iter().map(|Row { spec, .. }| (spec.word, spec.example()))
    }

    #[test]
    fn each_command_of_a_client_is_made_by_its_word() {
        let mut made = BTreeSet::new();
        for (word, line) in typed(CLIENT_ROWS) {
            match parse(&line, false).unwrap().unwrap() {
                Asked::Command(command) => {
                    let expected = if word == "quit" { "exit" } else { word };
                    assert_eq!(client_word(&command), expected, "what `{line}` asks for");
                    made.insert(expected);
                }
                Asked::Times => assert_eq!(word, "times", "the word for times"),
                Asked::HelpOn(spec) => assert_eq!((word, spec.word), ("help", "help"), "help"),
                Asked::Help => panic!("`{line}` names a command"),
            }
        }
        assert_eq!(made, CLIENT_WORDS.iter().copied().collect(), "a row for each command");
    }

    #[test]
    fn each_command_of_a_server_is_made_by_its_word() {
        let mut made = BTreeSet::new();
        for (word, line) in typed(SERVER_ROWS) {
            match parse_admin(&line).unwrap().unwrap() {
                Asked::Command(command) => {
                    assert_eq!(server_word(&command), word, "what `{line}` asks for");
                    made.insert(word);
                }
                Asked::Times => assert_eq!(word, "times", "the word for times"),
                Asked::HelpOn(spec) => assert_eq!((word, spec.word), ("help", "help"), "help"),
                Asked::Help => panic!("`{line}` names a command"),
            }
        }
        assert_eq!(made, SERVER_WORDS.iter().copied().collect(), "a row for each command");
    }

    #[test]
    fn each_command_is_in_the_documentation_and_in_help() {
        let tables = [
            (COMMANDS, "docs/client.md", include_str!("../../docs/client.md")),
            (ADMIN_COMMANDS, "docs/server.md", include_str!("../../docs/server.md")),
        ];
        for (table, name, page) in tables {
            let shown = [false, true].into_iter().flat_map(|in_group| help(table, in_group));
            let shown: Vec<_> = shown.collect();
            for CommandSpec { word, arguments, about, .. } in table {
                let blank = if arguments.is_empty() { "`" } else { " " };
                assert!(page.contains(&format!("`{word}{blank}")), "{name} describes `{word}`");
                assert!(
                    shown.iter().any(|line| line.text.as_str().contains(about)),
                    "help shows `{word}`"
                );
            }
        }
    }

    #[test]
    fn no_word_of_a_table_comes_twice_and_no_argument_of_a_command() {
        for table in [COMMANDS, ADMIN_COMMANDS] {
            let words: BTreeSet<_> = table.iter().map(|spec| spec.word).collect();
            assert_eq!(words.len(), table.len(), "each word has one row");
            for CommandSpec { word, arguments, .. } in table {
                let placeholders: BTreeSet<_> =
                    arguments.iter().map(Argument::placeholder).collect();
                assert_eq!(placeholders.len(), arguments.len(), "the arguments of `{word}`");
                for argument in *arguments {
                    let placeholder = argument.placeholder();
                    let brackets = if argument.is_optional() { ('[', ']') } else { ('<', '>') };
                    assert!(
                        placeholder.starts_with(brackets.0) && placeholder.ends_with(brackets.1),
                        "{argument:?} of `{word}`"
                    );
                }
            }
        }
    }
}
