//! The command line of `chatapp`: its verbs, and what all of them share. The arguments of a verb
//! are defined in the file that implements it: first as written, then checked.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory as _, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use super::chat::{self, ClientArguments};
use super::doctor::{self, DoctorArguments};
use super::export::{self, ExportArguments};
use super::flags::ArgumentsError;
use super::serve::{self, ServerArguments};
use super::store::StoreCommand;
use crate::cli::generated;
use crate::console::json;

const EXAMPLES: &str = "\
Examples:
  chatapp -s 2475                            a server for this machine
  chatapp -c alice 127.0.0.1 2475 2927       its first client
  chatapp server --port 2475 --bind 0.0.0.0  a server for the whole network
  chatapp client bob chat.example            a client, somewhere else
  chatapp client carol '[2001:db8::1]:2475'  the same through IPv6
  chatapp client dave chat.example -e 'send bob hello'
  chatapp doctor chat.example                can that server be reached?

Ports are between 1024 and 65535.

Exit codes:
  0  left politely
  1  the chat failed (e.g. the name is in use or the server does not answer), or a script failed
  2  the arguments, a script or a settings file are invalid
  3  the operating system refused (e.g. the port is taken or the data cannot be written)";

/// A chat for a network of your own: one small server, and clients that talk to each other
/// directly.
#[derive(Parser, Debug)]
#[command(
    name = "chatapp",
    version,
    after_help = EXAMPLES,
    arg_required_else_help = true,
    args_conflicts_with_subcommands = true,
    override_usage = "chatapp -s <SERVER-PORT>\n       \
        chatapp -c <CLIENT-NAME> <SERVER-IP> <SERVER-PORT> <CLIENT-PORT>\n       \
        chatapp server [--port <PORT>] [--bind <ADDR>] [--config <FILE>] [--data <DIR> | --ephemeral]\n       \
        chatapp client <NAME> <SERVER[:PORT]> [--port <PORT>] [--data <DIR> | --ephemeral]\n       \
        chatapp export <NAME> <SERVER[:PORT]> [--format <text | json>] [--output <FILE>]\n       \
        chatapp store <check | export | import> <DIR>\n       \
        chatapp doctor [SERVER[:PORT]] [flags of the server]\n       \
        chatapp completions <SHELL>\n       \
        chatapp schema [notices | commands]\n       \
        chatapp man [COMMAND]"
)]
struct Written {
    /// Run the server on this port, for this machine only.
    #[arg(short = 's', value_name = "SERVER-PORT", allow_hyphen_values = true)]
    serve: Option<String>,

    /// Run a client; the server's address may be a host name.
    #[arg(
        short = 'c',
        num_args = 4,
        value_names = ["CLIENT-NAME", "SERVER-IP", "SERVER-PORT", "CLIENT-PORT"],
        allow_hyphen_values = true,
        conflicts_with = "serve"
    )]
    connect: Option<Vec<String>>,

    #[command(subcommand)]
    mode: Option<Mode>,
}

#[derive(Subcommand, Debug)]
enum Mode {
    /// Run the server until a signal ends it (Ctrl-C, SIGTERM).
    Server(Box<serve::Written>),

    /// Run a client: with a prompt at a terminal, or with commands from a pipe, one per line.
    Client(Box<chat::Written>),

    /// Write the history of a client, as text or as lines of JSON. The client must not be running.
    Export(export::Written),

    /// Inspect, export or import a data folder. No program may be using it.
    Store {
        #[command(subcommand)]
        command: StoreCommand,
    },

    /// Check whether a server could run here with these arguments, and whether another one can be
    /// reached: one line per check, with a remedy.
    #[command(
        after_help = "Exit codes: 0 no problems (warnings at most), 1 there are problems, 2 the \
                      arguments or the settings file are invalid"
    )]
    Doctor(Box<doctor::Written>),

    /// Write the completions for a shell.
    Completions {
        /// The shell.
        #[arg(value_name = "SHELL")]
        shell: Shell,
    },

    /// Write the JSON Schema of the objects that `client --json` writes or reads.
    Schema {
        /// Which schema to write.
        #[arg(value_name = "WHAT", default_value = "notices")]
        what: Form,
    },

    /// Write the man page of the program, or of one command, as roff.
    Man {
        /// The command.
        #[arg(value_name = "COMMAND")]
        command: Option<String>,
    },
}

/// The available schemas.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum, Debug)]
enum Form {
    /// The objects that a client writes.
    Notices,
    /// The objects that a client reads.
    Commands,
}

/// A checked command line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Arguments {
    Server(ServerArguments),
    Client(ClientArguments),
    Export(ExportArguments),
    Store(StoreCommand),
    Doctor(Box<DoctorArguments>),
    /// Print this text.
    Text(Vec<u8>),
}

impl Arguments {
    /// Parses the arguments, the program's own name first.
    pub(super) fn parse(args: Vec<OsString>) -> Result<Self, ArgumentsError> {
        let mode = args.get(1).cloned();
        let written = Written::try_parse_from(args);
        written.map_err(|error| explain(error, mode.as_ref()))?.check()
    }
}

/// Returns the original's answer to an unknown option in place of a mode, and the usage with every
/// other error.
fn explain(mut error: clap::Error, mode: Option<&OsString>) -> ArgumentsError {
    if error.kind() == ErrorKind::UnknownArgument
        && let Some(ContextValue::String(unknown)) = error.get(ContextKind::InvalidArg)
        && let Some(mode) = mode.and_then(|mode| mode.to_str())
        && mode.starts_with(unknown.as_str())
    {
        return ArgumentsError::Mode;
    }
    if error.use_stderr() && error.get(ContextKind::Usage).is_none() {
        let usage = Written::command().render_usage();
        error.insert(ContextKind::Usage, ContextValue::StyledStr(usage));
    }
    error.into()
}

/// Adds the usage of a verb to an error about how its arguments were written.
fn with_usage(verb: &str) -> impl FnOnce(ArgumentsError) -> ArgumentsError {
    move |error| {
        let ArgumentsError::Form(error) = error else {
            return error;
        };
        let mut command = Written::command();
        command.build();
        let verb = command.find_subcommand(verb).cloned();
        error.format(&mut verb.unwrap_or(command)).into()
    }
}

impl Written {
    fn check(self) -> Result<Arguments, ArgumentsError> {
        if let Some(port) = self.serve {
            return Ok(Arguments::Server(ServerArguments::of_original(&port)?));
        }
        if let Some(values) = self.connect
            && let Ok(values) = values.try_into()
        {
            return Ok(Arguments::Client(ClientArguments::of_original(values)?));
        }
        match self.mode {
            Some(mode) => mode.check(),
            None => Err(ArgumentsError::Mode),
        }
    }
}

impl Mode {
    fn check(self) -> Result<Arguments, ArgumentsError> {
        match self {
            Self::Store { command } => Ok(Arguments::Store(command)),
            Self::Completions { shell } => {
                Ok(Arguments::Text(generated::completions(Written::command(), shell)))
            }
            Self::Schema { what } => Ok(Arguments::Text(match what {
                Form::Notices => json::notices_schema().into_bytes(),
                Form::Commands => json::commands_schema().into_bytes(),
            })),
            Self::Man { command } => {
                let page = generated::manual(Written::command(), command.as_deref());
                let page = page.and_then(Result::ok);
                let unknown = || ArgumentsError::Command(command.unwrap_or_default());
                page.map(Arguments::Text).ok_or_else(unknown)
            }
            Self::Doctor(written) => Ok(Arguments::Doctor(Box::new(written.check()?))),
            Self::Server(written) => {
                Ok(Arguments::Server(written.check().map_err(with_usage("server"))?))
            }
            Self::Client(written) => Ok(Arguments::Client(written.check()?)),
            Self::Export(written) => {
                Ok(Arguments::Export(written.check().map_err(with_usage("export"))?))
            }
        }
    }
}
