//! The programs that the stage `pty` plays with.

use std::borrow::Cow;
use std::env;
use std::path::{Path, PathBuf};

use clap::Args;

use super::Problem;
use super::arguments::StageKind;
use crate::stage::pty::{Programs, ProgramsError};

/// Which programs are played at terminals.
#[derive(Clone, PartialEq, Eq, Debug, Default, Args)]
#[command(next_help_heading = "Programs of `--stage pty`")]
pub(super) struct ProgramArguments {
    /// Play with this `chatapp` [default: the one beside `chatsim`].
    #[arg(long, value_name = "PATH")]
    program: Option<PathBuf>,
    /// Play with another server; it runs without a shell, and `{port}` and `{server_ip}` stand
    /// for where it is to listen.
    #[arg(long, value_name = "COMMAND")]
    server_command: Option<String>,
    /// Play with other clients; `{name}`, `{server_ip}`, `{server_port}` and `{port}` (the
    /// client's own) are put in.
    #[arg(long, value_name = "COMMAND")]
    client_command: Option<String>,
    /// What stands before a line and is no part of it, if it is not the prompt of the chat.
    #[arg(long, value_name = "REGEX")]
    prompt: Option<String>,
}

impl ProgramArguments {
    /// Tells the options that were given, each with its value in quotes for a shell where it
    /// needs them.
    pub(super) fn options(&self) -> impl Iterator<Item = (&'static str, String)> {
        let program = self.program.as_deref().map(Path::to_string_lossy);
        let options = [
            ("program", program),
            ("server-command", self.server_command.as_deref().map(Cow::from)),
            ("client-command", self.client_command.as_deref().map(Cow::from)),
            ("prompt", self.prompt.as_deref().map(Cow::from)),
        ];
        let quoted = |value: Cow<'_, str>| shell_words::quote(&value).into_owned();
        options.into_iter().filter_map(move |(name, value)| Some((name, value.map(quoted)?)))
    }

    /// Tells the programs.
    ///
    /// # Errors
    ///
    /// An option is no command, or means nothing on this stage; or there is no `chatapp`.
    pub(super) fn programs(&self, stage: StageKind) -> Result<Programs, Problem> {
        if let Some((option, _)) = self.options().next().filter(|_| stage != StageKind::Pty) {
            let text = format!("error: `--{option}` is for real programs; add `--stage pty`\n");
            return Err(Problem::usage(text));
        }
        let program = self.program.clone().unwrap_or_else(ours);
        let needs_ours = self.program.is_none()
            && (self.server_command.is_none() || self.client_command.is_none());
        if stage == StageKind::Pty && needs_ours && !program.exists() {
            let text = format!(
                "error: there is no `chatapp` beside `chatsim` to play with: {} is missing\n  \
                 help: build both with `cargo build --release --bins`, or name one with \
                 `--program PATH`\n",
                program.display(),
            );
            return Err(Problem::environment(text));
        }
        let mut programs = Programs::chatapp(&program);
        let refused = |option| {
            move |error: ProgramsError| Problem::usage(format!("error: `--{option}`: {error}\n"))
        };
        if let Some(command) = &self.server_command {
            programs = programs.with_server(command).map_err(refused("server-command"))?;
        }
        if let Some(command) = &self.client_command {
            programs = programs.with_client(command).map_err(refused("client-command"))?;
        }
        if let Some(prompt) = &self.prompt {
            programs = programs.with_prompt(prompt).map_err(refused("prompt"))?;
        }
        Ok(programs)
    }
}

/// Finds the program of the chat where both are installed: beside this one.
pub(super) fn ours() -> PathBuf {
    let name = format!("chatapp{}", env::consts::EXE_SUFFIX);
    env::current_exe().unwrap_or_default().with_file_name(name)
}
