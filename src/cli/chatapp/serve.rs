//! The program of the server.

use tokio::sync::mpsc;

use super::Trouble;
use super::arguments::ServerArguments;
use super::facts::Facts;
use super::program::{INPUTS_WAITING_MAX, Program, seed};
use crate::app::{Clock as _, RealClock, signals};
use crate::console::{Actor, ServerConsole};
use crate::network::host::resolve;
use crate::network::udp::UdpChannel;
use crate::protocol::Address;
use crate::repl::Plain;
use crate::server::{Server, Settings};

/// Serves until a signal ends it.
pub(super) async fn run(arguments: ServerArguments) -> Result<(), Trouble> {
    let address = resolve(&arguments.bind, arguments.port).await;
    let channel = UdpChannel::bind(address.map_err(Trouble::UnknownHost)?)?;
    let store = arguments.place.open_for_server(arguments.port)?;
    let clock = RealClock::start();
    let actor = build_server(channel.address(), clock, arguments.settings);
    let (sender, inputs) = mpsc::channel(INPUTS_WAITING_MAX);
    signals::forward(sender)?;
    let plain = Plain::output_only()?;
    let facts = Facts::open(arguments.facts.as_deref(), clock)?;
    let program = Program { actor, channel, store, inputs, clock, facts, answering: None };
    let ended = program.drive(plain.screen()).await;
    plain.finish()?;
    ended?.map_err(|_| Trouble::Chat(None))
}

/// Makes the server that can be reached at `address`.
fn build_server(address: Address, clock: RealClock, settings: Settings) -> Box<dyn Actor> {
    let server = Server::new(seed(), clock.now()).with(settings);
    Box::new(ServerConsole::new(server, address))
}
