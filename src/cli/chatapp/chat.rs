//! The program of a client.

use std::io::{self, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use jiff::tz::TimeZone;
use tokio::sync::{mpsc, oneshot};

use super::Trouble;
use super::advice::Advice;
use super::arguments::{ClientArguments, ScriptArguments};
use super::data::Place;
use super::facts::Facts;
use super::inlet::Inputs;
use super::program::{INPUTS_WAITING_MAX, Program, seed};
use crate::client::HISTORY_IN_MEMORY_MAX;
use crate::console::{ClientConsole, Console};
use crate::host::resolve;
use crate::protocol::Address;
use crate::repl::{Editor, History, Plain, Screen, Script, ScriptError, read_script};
use driver::UdpChannel;
use driver::{RealClock, signals};
use machine::clean_lines;

/// Chats until the person, or the chat, ends it.
pub(super) async fn run(arguments: ClientArguments) -> Result<(), Trouble> {
    let script = read(&arguments.script)?;
    let server = resolve(&arguments.server, arguments.server_port).await;
    let server = server.map_err(Trouble::UnknownHost)?;
    let channel = UdpChannel::bind(own_address(server, arguments.port))?;
    let (name, host, port) = (arguments.name, &arguments.server, arguments.server_port);
    let advice = Advice::new(&arguments, server);
    let actor = build_client(&arguments, server);
    let store = arguments.place.open_for_client(name, host, port)?;
    let prompt = arguments.prompt;
    let clock = RealClock::start();
    let (sender, inputs) = mpsc::channel(INPUTS_WAITING_MAX);
    // The prompt expects that somebody else takes signals, so this comes before it.
    signals::forward(sender.clone())?;
    let inlet = Arc::new(Inputs::new(sender, clock));
    let facts = Facts::open(arguments.facts.as_deref(), clock)?;
    let (answering, answered) = oneshot::channel();
    let answering = Some(answering);
    let program = Program { actor, channel, store, inputs, clock, facts, answering };
    if Editor::is_possible() && !script.is_json && (script.statements.is_none() || script.stays) {
        let history = History::new("chatapp", &format!("history-{name}"), prompt.history.clone());
        let editor = Editor::start(inlet, history, prompt.manner(), script)?;
        let screen = Arc::clone(editor.screen());
        let tell = |advice: &str| screen.tell(advice);
        let ended = advice.over(program.drive(&screen), answered, tell).await;
        editor.finish();
        ended.and_then(|()| judge(&screen))
    } else {
        let plain = Plain::start(inlet, prompt.manner().look, script)?;
        let screen = Arc::clone(plain.screen());
        // Without a standard error there is nobody to tell.
        let tell =
            |advice: &str| writeln!(io::stderr(), "{}", clean_lines(advice)).unwrap_or_default();
        let ended = advice.over(program.drive(&screen), answered, tell).await;
        plain.finish()?;
        ended.and_then(|()| judge(&screen))
    }
}

/// Reads what is to be done without anybody typing it.
fn read(arguments: &ScriptArguments) -> Result<Script, ScriptError> {
    let ScriptArguments { parts, stops_on_error, stays, is_json } = arguments;
    let statements = match parts.as_slice() {
        [] => None,
        parts => Some(read_script(parts)?),
    };
    let (stops_on_error, is_json, stays) = (*stops_on_error, *is_json, *stays);
    Ok(Script { statements, stops_on_error, is_json, stays })
}

/// Fails if anything of the script did; each such thing was said.
fn judge(screen: &Screen) -> Result<(), Trouble> {
    if screen.has_script_failed() { Err(Trouble::Chat(None)) } else { Ok(()) }
}

/// Makes a client of the server at `server`.
fn build_client(arguments: &ClientArguments, server: Address) -> Box<dyn Console> {
    let client = ClientConsole::new(arguments.name, server, seed(), TimeZone::system());
    let client = client.with_times(arguments.prompt.times);
    let client = if arguments.keeps_history { client } else { client.without_history() };
    let client = match arguments.place {
        Place::Memory => client.with_history_limit(HISTORY_IN_MEMORY_MAX),
        Place::Default | Place::Folder(_) => client,
    };
    Box::new(if arguments.script.is_json { client.in_json() } else { client })
}

/// Returns where a client binds: on the loopback if its server is there, so that no firewall asks,
/// else on all addresses of the server's family.
pub(super) fn own_address(server: Address, port: u16) -> Address {
    let ip: IpAddr = match (server.ip(), server.ip().is_loopback()) {
        (IpAddr::V4(_), true) => Ipv4Addr::LOCALHOST.into(),
        (IpAddr::V4(_), false) => Ipv4Addr::UNSPECIFIED.into(),
        (IpAddr::V6(_), true) => Ipv6Addr::LOCALHOST.into(),
        (IpAddr::V6(_), false) => Ipv6Addr::UNSPECIFIED.into(),
    };
    Address::new(SocketAddr::new(ip, port))
}
