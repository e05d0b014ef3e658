//! The programs that the stage `pty` runs.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use clap::{Arg, ArgMatches, Args};

use super::problem::Problem;
use super::stages::StageKind;
use crate::Guest;
use crate::stage::pty::{Program, Programs, ProgramsError};

/// The heading of the options in the help.
const HEADING: &str = "Programs of `--stage pty`";

/// Which programs to run at terminals.
#[derive(Clone, PartialEq, Eq, Debug, Default, Args)]
#[command(next_help_heading = HEADING)]
pub(super) struct ProgramArguments {
    /// Run this program [default: the one next to `chatsim`].
    #[arg(long, value_name = "PATH")]
    program: Option<PathBuf>,
    /// The prompt in front of a line, which is not part of it [default: the prompt of the program].
    #[arg(long, value_name = "REGEX")]
    prompt: Option<String>,
    /// The options of the roles, and their commands.
    #[arg(skip)]
    commands: Vec<(&'static str, String)>,
}

/// Makes an option for each role that names another program for its actors.
pub(super) fn arguments(guest: &dyn Guest) -> Vec<Arg> {
    let of_role = |role: &'static crate::Role| {
        let option = option_of(role.title);
        let help = format!(
            "Run this command for the {}; it is started without a shell, and {} are replaced",
            role.title,
            Program::placeholders(guest),
        );
        Arg::new(option.clone()).long(option).value_name("COMMAND").help(help).help_heading(HEADING)
    };
    guest.roles().iter().map(of_role).collect()
}

fn option_of(title: &str) -> String {
    format!("{title}-command")
}

impl ProgramArguments {
    /// Takes the commands of the roles.
    pub(super) fn take_commands(&mut self, matches: &ArgMatches, guest: &dyn Guest) {
        for role in guest.roles() {
            let command = matches.get_one::<String>(&option_of(role.title));
            self.commands.extend(command.map(|command| (role.title, command.clone())));
        }
    }

    /// Returns the options that were given, each with its value in quotes for a shell where it
    /// needs them.
    pub(super) fn options(&self) -> impl Iterator<Item = (String, String)> {
        let program = self.program.as_deref().map(Path::to_string_lossy);
        let program = program.map(|path| ("program".to_owned(), path));
        let commands = self.commands.iter();
        let commands = commands.map(|(title, command)| (option_of(title), Cow::from(command)));
        let prompt = self.prompt.as_deref().map(|prompt| ("prompt".to_owned(), prompt.into()));
        let quoted =
            |(name, value): (String, Cow<'_, str>)| (name, shell_words::quote(&value).into_owned());
        program.into_iter().chain(commands).chain(prompt).map(quoted)
    }

    /// Returns the programs.
    ///
    /// # Errors
    ///
    /// An option is not a command, or does not apply to this stage; or a program is missing.
    pub(super) fn programs(
        &self,
        stage: StageKind,
        guest: &'static dyn Guest,
    ) -> Result<Programs, Problem> {
        if let Some((option, _)) = self.options().next().filter(|_| stage != StageKind::Pty) {
            let text = format!("error: `--{option}` is for real programs; add `--stage pty`\n");
            return Err(Problem::usage(text));
        }
        if stage != StageKind::Pty {
            return Ok(Programs::default());
        }
        let replaces = |title| self.commands.iter().any(|(replaced, _)| *replaced == title);
        let needs_default = guest.roles().iter().any(|role| !replaces(role.title));
        let defaults = guest.programs(self.program.as_deref());
        let mut programs = match defaults {
            Err(problem) if needs_default && self.program.is_none() => {
                return Err(Problem::environment(format!("error: {problem}\n")));
            }
            defaults => defaults.unwrap_or_default(),
        };
        let refused = |option: String| {
            move |error: ProgramsError| Problem::usage(format!("error: `--{option}`: {error}\n"))
        };
        for role in guest.roles() {
            let command = self.commands.iter().find(|(title, _)| *title == role.title);
            if let Some((title, command)) = command {
                let program = Program::parse(command, guest).map_err(refused(option_of(title)))?;
                programs = programs.with(role.key, program);
            }
        }
        if let Some(prompt) = &self.prompt {
            programs = programs.with_prompt(prompt).map_err(refused("prompt".to_owned()))?;
        }
        Ok(programs)
    }
}
