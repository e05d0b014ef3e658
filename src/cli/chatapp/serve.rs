//! The program of the server.

use std::sync::Arc;

use jiff::tz::TimeZone;
use tokio::sync::mpsc;

use super::Trouble;
use super::arguments::ServerArguments;
use super::facts::Facts;
use super::inlet::Inputs;
use super::program::{INPUTS_WAITING_MAX, Program, seed};
use crate::app::{Clock as _, RealClock, signals};
use crate::console::{Actor, ServerConsole};
use crate::network::host::resolve;
use crate::network::udp::UdpChannel;
use crate::protocol::Address;
use crate::repl::{Editor, History, Plain, Script};
use crate::server::{Server, Settings};

/// Serves until a signal, or whoever sits at its terminal, ends it. Without a terminal it reads
/// nothing.
pub(super) async fn run(arguments: ServerArguments) -> Result<(), Trouble> {
    let address = resolve(&arguments.bind, arguments.port).await;
    let channel = UdpChannel::bind(address.map_err(Trouble::UnknownHost)?)?;
    let store = arguments.place.open_for_server(arguments.port)?;
    let prompt = arguments.prompt;
    let clock = RealClock::start();
    let actor = build_server(channel.address(), clock, arguments.settings);
    let (sender, inputs) = mpsc::channel(INPUTS_WAITING_MAX);
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
    ended?.map_err(|_| Trouble::Chat(None))
}

/// Makes the server that can be reached at `address`.
fn build_server(address: Address, clock: RealClock, settings: Settings) -> Box<dyn Actor> {
    let server = Server::new(seed(), clock.now()).with(settings);
    Box::new(ServerConsole::new(server, address, TimeZone::system()))
}
