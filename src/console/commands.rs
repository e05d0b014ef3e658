//! The tables of commands, one for each program: they feed the parser, the completion and the
//! error texts.

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

/// What stands behind a command's word.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Argument {
    /// The name of a client.
    Client,
    /// The name of a group.
    Group,
    /// Everything up to the end of the line, as typed.
    Text,
    /// The word of a command, or nothing.
    Command,
    /// The name of a client or a group, or nothing.
    Conversation,
    /// How many, or nothing.
    Count,
    /// The number of something in a list.
    Number,
    /// Words that are looked for, up to the end of the line.
    Words,
}

impl Argument {
    /// Tells what stands in its place in a usage: in `<>` if it must be there, else in `[]`.
    pub fn placeholder(self) -> &'static str {
        match self {
            Self::Client => "<client-name>",
            Self::Group => "<group-name>",
            Self::Text => "<message>",
            Self::Command => "[command]",
            Self::Conversation => "[name]",
            Self::Count => "[n]",
            Self::Number => "<n>",
            Self::Words => "<text>",
        }
    }
}

/// One command.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CommandSpec {
    /// Its word.
    pub word: &'static str,
    /// What follows.
    pub arguments: &'static [Argument],
    /// Where it can be used.
    pub mode: Mode,
    /// What it does, in a few words.
    pub about: &'static str,
}

impl CommandSpec {
    /// Tells how the command is typed.
    pub fn usage(&self) -> String {
        let mut usage = self.word.to_owned();
        for argument in self.arguments {
            usage.push(' ');
            usage.push_str(argument.placeholder());
        }
        usage
    }

    /// Tells whether the command belongs to the mode of somebody who is in a group, or is not.
    pub fn fits(&self, in_group: bool) -> bool {
        match self.mode {
            Mode::Both => true,
            Mode::Normal => !in_group,
            Mode::Group => in_group,
        }
    }
}

/// Finds the commands of a table that a typed word may mean: the one of that word, or all that
/// begin with it. Those of the present mode come before others.
pub(super) fn commands_like(
    table: &'static [CommandSpec],
    word: &str,
    in_group: bool,
) -> Vec<&'static CommandSpec> {
    if let Some(spec) = table.iter().find(|spec| spec.word == word) {
        return vec![spec];
    }
    let likely = || table.iter().filter(|spec| spec.word.starts_with(word));
    let fitting: Vec<_> = likely().filter(|spec| spec.fits(in_group)).collect();
    if fitting.is_empty() { likely().collect() } else { fitting }
}

const fn command(
    word: &'static str,
    arguments: &'static [Argument],
    mode: Mode,
    about: &'static str,
) -> CommandSpec {
    CommandSpec { word, arguments, mode, about }
}

/// All commands of a client, in the order in which people meet them.
#[rustfmt::skip]
pub const COMMANDS: &[CommandSpec] = &[
    command("reg", &[], Mode::Both, "register, or return after dereg"),
    command("send", &[Argument::Client, Argument::Text], Mode::Normal, "write to somebody, who may be away"),
    command("dereg", &[Argument::Client], Mode::Both, "go offline; the name is your own"),
    command("create_group", &[Argument::Group], Mode::Normal, "make a group"),
    command("list_groups", &[], Mode::Normal, "show all groups"),
    command("join_group", &[Argument::Group], Mode::Normal, "enter a group"),
    command("send_all", &[Argument::Text], Mode::Group, "write to all members of the group"),
    command("list_members", &[], Mode::Group, "show who is in the group"),
    command("leave_group", &[], Mode::Group, "leave the group, and see what has waited meanwhile"),
    command("list_users", &[], Mode::Both, "show who is registered, and who is there"),
    command("whois", &[Argument::Client], Mode::Both, "show where somebody is, and since when"),
    command("history", &[Argument::Conversation, Argument::Count], Mode::Both, "show what was said, with somebody or in a group; the last 20, or n"),
    command("search", &[Argument::Words], Mode::Both, "show where a text was said"),
    command("pending", &[], Mode::Both, "show which messages are not delivered yet"),
    command("cancel", &[Argument::Number], Mode::Both, "take back the n-th of those messages"),
    command("mute", &[Argument::Client], Mode::Both, "hide what somebody writes; the history has it"),
    command("unmute", &[Argument::Client], Mode::Both, "show again what somebody writes"),
    command("times", &[], Mode::Both, "show the time of day before what arrives, or not any more"),
    command("help", &[Argument::Command], Mode::Both, "show the commands, or what one of them does"),
    command("exit", &[], Mode::Both, "leave the chat"),
    command("quit", &[], Mode::Both, "leave the chat, too"),
];

/// All commands of a server.
#[rustfmt::skip]
pub const ADMIN_COMMANDS: &[CommandSpec] = &[
    command("users", &[], Mode::Both, "show who is registered, where, and since when"),
    command("groups", &[], Mode::Both, "show all groups and their members"),
    command("kick", &[Argument::Client], Mode::Both, "put somebody out, until they return by reg"),
    command("stats", &[], Mode::Both, "show what the server has counted"),
    command("times", &[], Mode::Both, "show the time of day before what is told, or not any more"),
    command("help", &[Argument::Command], Mode::Both, "show the commands, or what one of them does"),
    command("shutdown", &[], Mode::Both, "end the server"),
];
