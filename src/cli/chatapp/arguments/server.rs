//! The arguments of a server.

use std::path::PathBuf;

use clap::Args;

use super::bounds::Bounds;
use super::ports::{check_port, check_port_or_any};
use super::prompt::{PromptArguments, WrittenPrompt};
use super::{ArgumentsError, PlaceArguments, incomplete};
use crate::cli::chatapp::config::{SettingsFile, host_and_port, port_or_any, setting};
use crate::cli::chatapp::data::Place;
use crate::cli::chatapp::log::{Log, LogArguments};
use crate::server::Settings;

/// The default of `--bind`, as in the original: only programs of this machine reach the server.
const BIND_DEFAULT: &str = "127.0.0.1";

/// The arguments as written.
#[derive(Args, Debug)]
pub(super) struct Written {
    /// A settings file: YAML with the flags below as keys. Flags override the file
    /// [default: `$XDG_CONFIG_HOME/chatapp/server.yaml` or `~/.config/chatapp/server.yaml`, if it
    /// exists].
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,

    /// The port to listen on; 0 picks a free port, which the first output line names.
    #[arg(long, value_name = "PORT", allow_hyphen_values = true)]
    port: Option<String>,

    /// The address to listen on. The default accepts only programs on this machine; `0.0.0.0`
    /// accepts the whole network over IPv4, `::` over IPv6 as well [default: 127.0.0.1].
    #[arg(long, value_name = "ADDR")]
    bind: Option<String>,

    #[command(flatten)]
    place: PlaceArguments,

    #[command(flatten)]
    prompt: WrittenPrompt,

    /// Serve metrics for Prometheus over HTTP at this address, under `/metrics`. A port alone (e.g.
    /// `9100`) listens on this machine only.
    #[arg(long, value_name = "[HOST:]PORT")]
    metrics: Option<String>,

    #[command(flatten)]
    log: LogArguments,

    #[command(flatten)]
    bounds: Bounds,

    /// Write the outcome of each message to this file, as lines of JSON.
    #[arg(long, value_name = "FILE", hide = true)]
    facts: Option<PathBuf>,
}

/// The arguments.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::cli::chatapp) struct ServerArguments {
    /// A host name or an address.
    pub(in crate::cli::chatapp) bind: String,
    /// 0 lets the system pick one.
    pub(in crate::cli::chatapp) port: u16,
    pub(in crate::cli::chatapp) place: Place,
    pub(in crate::cli::chatapp) prompt: PromptArguments,
    /// Where metrics are told: a host name or an address, and a port.
    pub(in crate::cli::chatapp) metrics: Option<(String, u16)>,
    pub(in crate::cli::chatapp) log: Log,
    pub(in crate::cli::chatapp) settings: Settings,
    /// Where facts are told, for whoever checks them.
    pub(in crate::cli::chatapp) facts: Option<PathBuf>,
}

impl Written {
    pub(super) fn check(self) -> Result<ServerArguments, ArgumentsError> {
        self.check_with(None)
    }

    /// Takes this port if none is said.
    pub(super) fn check_with(
        self,
        default_port: Option<u16>,
    ) -> Result<ServerArguments, ArgumentsError> {
        let mut file = SettingsFile::open(self.config.as_deref(), "server.yaml")?;
        let port = file.take("port", port_or_any);
        let bind = file.take("bind", |text| Ok(text.to_owned()));
        let place = self.place.choose(&mut file);
        let prompt = self.prompt.check(&mut file)?;
        let metrics = setting(self.metrics, "metrics", &mut file, host_and_port)?;
        let log = self.log.choose(&mut file)?;
        let settings = self.bounds.check(&mut file)?;
        file.finish()?;
        let port = match self.port {
            Some(port) => check_port_or_any(&port, "port")?,
            None => port.or(default_port).ok_or_else(no_port)?,
        };
        Ok(ServerArguments {
            bind: self.bind.or(bind).unwrap_or_else(|| BIND_DEFAULT.to_owned()),
            port,
            place,
            prompt,
            metrics,
            log,
            settings,
            facts: self.facts,
        })
    }
}

fn no_port() -> ArgumentsError {
    incomplete(
        "server",
        "no port is given: write `--port PORT`, or `port: PORT` in the settings file",
    )
}

impl ServerArguments {
    /// Reads the original's way of saying them, which knows no file.
    pub(super) fn of_original(port: &str) -> Result<Self, ArgumentsError> {
        Ok(Self {
            bind: BIND_DEFAULT.to_owned(),
            port: check_port(port, "port")?,
            place: Place::Default,
            prompt: PromptArguments::default(),
            metrics: None,
            log: Log::default(),
            settings: Settings::default(),
            facts: None,
        })
    }
}
