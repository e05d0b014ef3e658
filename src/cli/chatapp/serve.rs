//! The program of the server.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use jiff::tz::TimeZone;
use tokio::sync::mpsc;
use tracing::{error, info};

use super::config::{SettingsFile, host_and_port, port_or_any, setting};
use super::data::Place;
use super::facts::Facts;
use super::flags::{
    ArgumentsError, Bounds, PlaceArguments, PromptArguments, WrittenPrompt, check_port,
    check_port_or_any,
};
use super::inlet::{INPUTS_WAITING_MAX, Input, Inputs};
use super::log::{Log, LogArguments};
use super::metrics::{Metrics, TimedStore};
use super::program::{Program, seed};
use super::trouble::Trouble;
use crate::console::ServerConsole;
use crate::host::resolve;
use crate::repl::{Editor, History, Plain, Script};
use crate::server::{Server, Settings};
use crate::storage::AnyStore;
use driver::UdpChannel;
use driver::{Clock as _, RealClock, signals};

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
pub(super) struct ServerArguments {
    /// A host name or an address.
    pub(super) bind: String,
    /// 0 picks a free port.
    pub(super) port: u16,
    pub(super) place: Place,
    prompt: PromptArguments,
    /// Where metrics are served: a host name or an address, and a port.
    metrics: Option<(String, u16)>,
    log: Log,
    settings: Settings,
    /// The file for facts, for checkers.
    facts: Option<PathBuf>,
}

impl Written {
    pub(super) fn check(self) -> Result<ServerArguments, ArgumentsError> {
        self.check_with(None)
    }

    /// Sets the port if none is given.
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
    ArgumentsError::missing(
        "no port is given: write `--port PORT`, or `port: PORT` in the settings file",
    )
}

impl ServerArguments {
    /// Reads the original's form of the arguments, which has no settings file.
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

/// Serves until a signal, or the user at its terminal, ends it. Without a terminal it reads no
/// input.
pub(super) async fn run(arguments: ServerArguments) -> Result<(), Trouble> {
    arguments.log.start()?;
    let address = resolve(&arguments.bind, arguments.port).await;
    let channel = UdpChannel::bind(address.map_err(Trouble::UnknownHost)?)?;
    let store = arguments.place.open_for_server(arguments.port)?;
    let prompt = arguments.prompt;
    let clock = RealClock::start();
    let server = Server::new(seed(), clock.now()).with(arguments.settings);
    let server = if arguments.log.is_wanted() { server.reporting() } else { server };
    let actor = Box::new(ServerConsole::new(server, channel.address(), TimeZone::system()));
    info!(address = %channel.address(), "listening");
    let (sender, inputs) = mpsc::channel(INPUTS_WAITING_MAX);
    let store = match arguments.metrics {
        Some(place) => measure(store, place, &sender, clock).await?,
        None => store,
    };
    // The prompt expects that signals are handled elsewhere, so this comes before it.
    signals::forward(sender.clone())?;
    let facts = Facts::open(arguments.facts.as_deref(), clock)?;
    let program = Program { actor, channel, store, inputs, clock, facts, answering: None };
    let ended = if Editor::is_possible() {
        let history = History::new("chatapp", "server-history", prompt.history.clone());
        let inlet = Arc::new(Inputs::new(sender, clock));
        let editor = Editor::start(inlet, history, prompt.options(), Script::default())?;
        let ended = program.drive(editor.screen()).await;
        editor.finish();
        ended
    } else {
        let plain = Plain::output_only()?;
        let ended = program.drive(plain.screen()).await;
        plain.finish()?;
        ended
    };
    match &ended {
        Ok(_) => info!("ended"),
        Err(error) => error!(%error, "ended because data cannot be stored"),
    }
    ended?.map_err(|_| Trouble::Chat(None))
}

/// Serves metrics at an address, and measures storage for them.
async fn measure(
    store: Box<AnyStore>,
    (host, port): (String, u16),
    inputs: &mpsc::Sender<Input>,
    clock: RealClock,
) -> Result<Box<AnyStore>, Trouble> {
    let metrics = Metrics::new(inputs.clone());
    let store = TimedStore::new(store, clock, metrics.storing());
    let address = resolve(&host, port).await.map_err(Trouble::UnknownHost)?;
    let address = metrics.serve(SocketAddr::new(address.ip(), address.port())).await?;
    info!(%address, "metrics");
    Ok(Box::new(store))
}
