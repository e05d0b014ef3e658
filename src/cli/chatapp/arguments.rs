//! The arguments of `chatapp`: first as written, then checked.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory as _, Parser, Subcommand};
use clap_complete::Shell;

use super::bounds::{BoundError, Bounds};
use super::data::{Place, PlaceArguments};
use super::store::StoreCommand;
use crate::cli::generated;
use crate::network::host::{HostPort, HostPortError};
use crate::protocol::{ClientName, NameError};
use crate::server::Settings;

/// Where a server is unless its port is said: the port of the original's examples.
const DEFAULT_SERVER_PORT: u16 = 2475;

/// The lowest port that is not reserved by the system.
const PORT_MIN: u16 = 1024;

const EXAMPLES: &str = "\
Examples:
  chatapp -s 2475                            a server for this machine
  chatapp -c alice 127.0.0.1 2475 2927       its first client
  chatapp server --port 2475 --bind 0.0.0.0  a server for the whole network
  chatapp client bob chat.example            a client, somewhere else
  chatapp client carol '[2001:db8::1]:2475'  the same through IPv6
  echo 'send bob hello' | chatapp client dave chat.example

Ports lie between 1024 and 65535.

Exit codes:
  0  left politely
  1  the chat failed: the name is in use, or the server does not answer
  2  the arguments are wrong
  3  this machine refused: the port is taken, the data cannot be kept, say";

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
        chatapp server --port <PORT> [--bind <ADDR>] [--data <DIR> | --ephemeral]\n       \
        chatapp client <NAME> <SERVER[:PORT]> [--port <PORT>] [--data <DIR> | --ephemeral]\n       \
        chatapp store <check | export | import> <DIR>\n       \
        chatapp completions <SHELL>\n       \
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
    Server {
        /// The port to listen on; 0 lets the system pick one, which the first line tells.
        #[arg(long, value_name = "PORT", allow_hyphen_values = true)]
        port: String,

        /// The address to listen on. The default is for programs of this machine only; `0.0.0.0`
        /// opens the chat to the whole network, through IPv4, `::` through IPv6 as well.
        #[arg(long, value_name = "ADDR", default_value = "127.0.0.1")]
        bind: String,

        #[command(flatten)]
        place: PlaceArguments,

        #[command(flatten)]
        bounds: Bounds,

        /// Write what becomes of each message to this file, as lines of JSON.
        #[arg(long, value_name = "FILE", hide = true)]
        facts: Option<PathBuf>,
    },

    /// Run a client: a prompt at a terminal; in a pipe, one line after the other.
    Client {
        /// Your name in the chat: 1 to 32 letters, digits, `.`, `_` or `-`.
        #[arg(value_name = "NAME", allow_hyphen_values = true)]
        name: String,

        /// The server's host name or address, an IPv6 address with a port in brackets. The port
        /// is 2475 if none is said.
        #[arg(value_name = "SERVER[:PORT]")]
        server: String,

        /// The port of this client; 0 lets the system pick one.
        #[arg(long, value_name = "PORT", default_value = "0", allow_hyphen_values = true)]
        port: String,

        /// Where the lines that you type are kept for the next time
        /// [default: `$XDG_STATE_HOME/chatapp/history` or `~/.local/state/chatapp/history`].
        #[arg(long, value_name = "FILE")]
        history: Option<PathBuf>,

        #[command(flatten)]
        place: PlaceArguments,

        /// Write what becomes of each message to this file, as lines of JSON.
        #[arg(long, value_name = "FILE", hide = true)]
        facts: Option<PathBuf>,
    },

    /// Look at the data in a folder, or save them. No program may be using it.
    Store {
        #[command(subcommand)]
        command: StoreCommand,
    },

    /// Write the completions for a shell.
    Completions {
        /// Which shell.
        #[arg(value_name = "SHELL")]
        shell: Shell,
    },

    /// Write the manual page, or that of a command, as roff.
    Man {
        /// Which command.
        #[arg(value_name = "COMMAND")]
        command: Option<String>,
    },
}

/// What `chatapp` is to do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Arguments {
    Server(ServerArguments),
    Client(ClientArguments),
    Store(StoreCommand),
    /// Write this.
    Text(Vec<u8>),
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct ServerArguments {
    /// A host name or an address.
    pub(super) bind: String,
    /// 0 lets the system pick one.
    pub(super) port: u16,
    pub(super) place: Place,
    pub(super) settings: Settings,
    /// Where facts are told, for whoever checks them.
    pub(super) facts: Option<PathBuf>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct ClientArguments {
    pub(super) name: ClientName,
    /// A host name or an address.
    pub(super) server: String,
    pub(super) server_port: u16,
    /// 0 lets the system pick one.
    pub(super) port: u16,
    pub(super) history: Option<PathBuf>,
    pub(super) place: Place,
    /// Where facts are told, for whoever checks them.
    pub(super) facts: Option<PathBuf>,
}

/// Says why the arguments cannot be used, in the words of the original where it has some.
#[derive(Debug, thiserror::Error)]
pub(super) enum ArgumentsError {
    /// Help and version come this way, too.
    #[error(transparent)]
    Form(#[from] clap::Error),
    #[error(">>> [Invalid mode. Please use '-c' as client mode or '-s' as server mode.]")]
    Mode,
    #[error(">>> [Invalid {0}. Ensure the {0} is between 1024 and 65535.]")]
    Port(&'static str),
    #[error(">>> [Invalid client-name!]\n{0}")]
    Name(NameError),
    #[error(">>> [Invalid server-ip!]\n{0}")]
    ServerIp(HostPortError),
    #[error("chatapp: {0}")]
    Bound(#[from] BoundError),
    #[error("chatapp: there is no command `{0}`: `chatapp --help` lists all of them")]
    Command(String),
}

impl Arguments {
    /// Reads the arguments, the program's own name first.
    pub(super) fn parse(args: Vec<OsString>) -> Result<Self, ArgumentsError> {
        let mode = args.get(1).cloned();
        let written = Written::try_parse_from(args);
        written.map_err(|error| explain(error, mode.as_ref()))?.check()
    }
}

/// Gives the original's answer to an unknown option in the place of a mode, and the usage with
/// every other complaint.
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

impl Written {
    fn check(self) -> Result<Arguments, ArgumentsError> {
        if let Some(port) = self.serve {
            return Ok(Arguments::Server(ServerArguments {
                bind: "127.0.0.1".to_owned(),
                port: check_port(&port, "port")?,
                place: Place::Default,
                settings: Settings::default(),
                facts: None,
            }));
        }
        if let Some(values) = self.connect
            && let Ok([name, server, server_port, port]) = <[String; 4]>::try_from(values)
        {
            return Ok(Arguments::Client(ClientArguments {
                name: ClientName::new(&name).map_err(ArgumentsError::Name)?,
                server,
                server_port: check_port(&server_port, "server-port")?,
                port: check_port(&port, "client-port")?,
                history: None,
                place: Place::Default,
                facts: None,
            }));
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
            Self::Man { command } => {
                let page = generated::manual(Written::command(), command.as_deref());
                let page = page.and_then(Result::ok);
                let unknown = || ArgumentsError::Command(command.unwrap_or_default());
                page.map(Arguments::Text).ok_or_else(unknown)
            }
            Self::Server { port, bind, place, bounds, facts } => {
                Ok(Arguments::Server(ServerArguments {
                    bind,
                    port: check_port_or_any(&port, "port")?,
                    place: place.into(),
                    settings: bounds.check()?,
                    facts,
                }))
            }
            Self::Client { name, server, port, history, place, facts } => {
                let name = ClientName::new(&name).map_err(ArgumentsError::Name)?;
                let server = check_server(&server)?;
                Ok(Arguments::Client(ClientArguments {
                    name,
                    server: server.host,
                    server_port: server.port.unwrap_or(DEFAULT_SERVER_PORT),
                    port: check_port_or_any(&port, "client-port")?,
                    history,
                    place: place.into(),
                    facts,
                }))
            }
        }
    }
}

fn check_server(text: &str) -> Result<HostPort, ArgumentsError> {
    let server: HostPort = text.parse().map_err(|error| match error {
        HostPortError::Port(_) => ArgumentsError::Port("server-port"),
        HostPortError::NoHost(_) | HostPortError::Brackets(_) => ArgumentsError::ServerIp(error),
    })?;
    match server.port {
        Some(..PORT_MIN) => Err(ArgumentsError::Port("server-port")),
        _ => Ok(server),
    }
}

fn check_port(text: &str, which: &'static str) -> Result<u16, ArgumentsError> {
    match text.parse() {
        Ok(port @ PORT_MIN..) => Ok(port),
        _ => Err(ArgumentsError::Port(which)),
    }
}

fn check_port_or_any(text: &str, which: &'static str) -> Result<u16, ArgumentsError> {
    match text {
        "0" => Ok(0),
        _ => check_port(text, which),
    }
}
