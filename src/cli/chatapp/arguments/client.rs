//! The arguments of a client.

use std::path::PathBuf;

use clap::Args;

use super::ports::{check_port, check_port_or_any};
use super::prompt::{WrittenPrompt, WrittenReading};
use super::{ArgumentsError, PlaceArguments, PromptArguments, ScriptArguments};
use crate::cli::chatapp::config::{PORT_MIN, SettingsFile, port_or_any, truth};
use crate::cli::chatapp::data::Place;
use crate::host::{HostPort, HostPortError};
use crate::protocol::ClientName;

/// Where a server is unless its port is said: the port of the original's examples.
pub(super) const DEFAULT_SERVER_PORT: u16 = 2475;

/// The arguments as written.
#[derive(Args, Debug)]
pub(super) struct Written {
    /// Your name in the chat: 1 to 32 letters, digits, `.`, `_` or `-`.
    #[arg(value_name = "NAME", allow_hyphen_values = true)]
    name: String,

    /// The server's host name or address; an IPv6 address is in brackets if a port follows. The
    /// default port is 2475.
    #[arg(value_name = "SERVER[:PORT]")]
    server: String,

    /// A settings file: YAML with the flags below as keys. Flags override the file
    /// [default: `$XDG_CONFIG_HOME/chatapp/client.yaml` or `~/.config/chatapp/client.yaml`, if it
    /// exists].
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,

    /// The port of this client; 0 picks a free port [default: 0].
    #[arg(long, value_name = "PORT", allow_hyphen_values = true)]
    port: Option<String>,

    #[command(flatten)]
    prompt: WrittenPrompt,

    #[command(flatten)]
    reading: WrittenReading,

    #[command(flatten)]
    place: PlaceArguments,

    /// Record no conversations from now on; `history` and `search` find nothing.
    #[arg(long)]
    no_history: bool,

    #[command(flatten)]
    script: ScriptArguments,

    /// Print no advice when the chat fails, for programs that compare screens.
    #[arg(long, hide = true)]
    no_advice: bool,

    /// Write the outcome of each message to this file, as lines of JSON.
    #[arg(long, value_name = "FILE", hide = true)]
    facts: Option<PathBuf>,
}

/// The arguments.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::cli::chatapp) struct ClientArguments {
    pub(in crate::cli::chatapp) name: ClientName,
    /// A host name or an address.
    pub(in crate::cli::chatapp) server: String,
    pub(in crate::cli::chatapp) server_port: u16,
    /// 0 lets the system pick one.
    pub(in crate::cli::chatapp) port: u16,
    pub(in crate::cli::chatapp) prompt: PromptArguments,
    pub(in crate::cli::chatapp) place: Place,
    /// Whether to keep what is said.
    pub(in crate::cli::chatapp) keeps_history: bool,
    pub(in crate::cli::chatapp) script: ScriptArguments,
    /// Whether to say what to check when the chat fails.
    pub(in crate::cli::chatapp) wants_advice: bool,
    /// Where facts are told, for whoever checks them.
    pub(in crate::cli::chatapp) facts: Option<PathBuf>,
}

impl Written {
    pub(super) fn check(self) -> Result<ClientArguments, ArgumentsError> {
        let name = ClientName::new(&self.name).map_err(ArgumentsError::Name)?;
        let server = check_server(&self.server)?;
        let mut file = SettingsFile::open(self.config.as_deref(), "client.yaml")?;
        let port = file.take("port", port_or_any).unwrap_or_default();
        let place = self.place.choose(&mut file);
        let keeps_no_history = file.take("no-history", truth).unwrap_or_default();
        let prompt = self.reading.check(self.prompt.check(&mut file)?, &mut file)?;
        file.finish()?;
        Ok(ClientArguments {
            name,
            server: server.host,
            server_port: server.port.unwrap_or(DEFAULT_SERVER_PORT),
            port: match self.port {
                Some(port) => check_port_or_any(&port, "client-port")?,
                None => port,
            },
            prompt,
            place,
            keeps_history: !self.no_history && !keeps_no_history,
            script: self.script,
            wants_advice: !self.no_advice,
            facts: self.facts,
        })
    }
}

impl ClientArguments {
    /// Reads the original's way of saying them, which knows no file.
    pub(super) fn of_original(
        [name, server, server_port, port]: [String; 4],
    ) -> Result<Self, ArgumentsError> {
        Ok(Self {
            name: ClientName::new(&name).map_err(ArgumentsError::Name)?,
            server,
            server_port: check_port(&server_port, "server-port")?,
            port: check_port(&port, "client-port")?,
            prompt: PromptArguments::default(),
            place: Place::Default,
            keeps_history: true,
            script: ScriptArguments::default(),
            wants_advice: true,
            facts: None,
        })
    }
}

/// Reads where a server is.
pub(super) fn check_server(text: &str) -> Result<HostPort, ArgumentsError> {
    let server: HostPort = text.parse().map_err(|error| match error {
        HostPortError::Port(_) => ArgumentsError::Port("server-port"),
        HostPortError::NoHost(_) | HostPortError::Brackets(_) => ArgumentsError::ServerIp(error),
    })?;
    match server.port {
        Some(..PORT_MIN) => Err(ArgumentsError::Port("server-port")),
        _ => Ok(server),
    }
}
