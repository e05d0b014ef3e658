//! The program of the server.

use std::net::SocketAddr;
use std::sync::Arc;

use jiff::tz::TimeZone;
use tokio::sync::mpsc;
use tracing::{error, info};

use super::Trouble;
use super::arguments::ServerArguments;
use super::facts::Facts;
use super::inlet::Inputs;
use super::metrics::{Metrics, TimedStore};
use super::program::Input;
use super::program::{INPUTS_WAITING_MAX, Program, seed};
use crate::console::ServerConsole;
use crate::host::resolve;
use crate::repl::{Editor, History, Plain, Script};
use crate::server::Server;
use crate::storage::AnyStore;
use driver::UdpChannel;
use driver::{Clock as _, RealClock, signals};

/// Serves until a signal, or whoever sits at its terminal, ends it. Without a terminal it reads
/// nothing.
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
    // The prompt expects that somebody else takes signals, so this comes before it.
    signals::forward(sender.clone())?;
    let facts = Facts::open(arguments.facts.as_deref(), clock)?;
    let program = Program { actor, channel, store, inputs, clock, facts, answering: None };
    let ended = if Editor::is_possible() {
        let history = History::new("chatapp", "server-history", prompt.history.clone());
        let inlet = Arc::new(Inputs::new(sender, clock));
        let editor = Editor::start(inlet, history, prompt.manner(), Script::default())?;
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

/// Tells metrics at a place, and measures storage for them.
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
