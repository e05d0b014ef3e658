//! The one table of commands: it feeds the parser, the completion and the error texts.

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
}

impl CommandSpec {
    /// Tells how the command is typed.
    pub fn usage(&self) -> String {
        let mut usage = self.word.to_owned();
        for argument in self.arguments {
            usage.push_str(match argument {
                Argument::Client => " <client-name>",
                Argument::Group => " <group-name>",
                Argument::Text => " <message>",
            });
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

const fn command(word: &'static str, arguments: &'static [Argument], mode: Mode) -> CommandSpec {
    CommandSpec { word, arguments, mode }
}

/// All commands, in the order in which people meet them.
pub const COMMANDS: &[CommandSpec] = &[
    command("reg", &[], Mode::Both),
    command("send", &[Argument::Client, Argument::Text], Mode::Normal),
    command("dereg", &[Argument::Client], Mode::Both),
    command("create_group", &[Argument::Group], Mode::Normal),
    command("list_groups", &[], Mode::Normal),
    command("join_group", &[Argument::Group], Mode::Normal),
    command("send_all", &[Argument::Text], Mode::Group),
    command("list_members", &[], Mode::Group),
    command("leave_group", &[], Mode::Group),
    command("exit", &[], Mode::Both),
];
