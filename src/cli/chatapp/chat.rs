//! The program of a client.

use std::io::{self, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use jiff::tz::TimeZone;
use tokio::sync::{mpsc, oneshot};

use super::advice::Advice;
use super::config::{SettingsFile, port_or_any, truth};
use super::data::Place;
use super::facts::Facts;
use super::flags::{
    ArgumentsError, DEFAULT_SERVER_PORT, PlaceArguments, PromptArguments, ScriptArguments,
    WrittenPrompt, WrittenReading, check_port, check_port_or_any, check_server,
};
use super::inlet::{INPUTS_WAITING_MAX, Inputs};
use super::program::{Program, seed};
use super::trouble::Trouble;
use crate::client::HISTORY_IN_MEMORY_MAX;
use crate::console::{ClientConsole, Console};
use crate::host::resolve;
use crate::protocol::{Address, ClientName};
use crate::repl::{Editor, History, Plain, Screen, Script, ScriptError, read_script};
use driver::UdpChannel;
use driver::{RealClock, signals};
use machine::clean_lines;

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
pub(super) struct ClientArguments {
    name: ClientName,
    /// A host name or an address.
    server: String,
    server_port: u16,
    /// 0 picks a free port.
    port: u16,
    prompt: PromptArguments,
    place: Place,
    /// Whether to record conversations.
    keeps_history: bool,
    script: ScriptArguments,
    /// Whether to show advice when the chat fails.
    wants_advice: bool,
    /// The file for facts, for checkers.
    facts: Option<PathBuf>,
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
    /// Reads the original's form of the arguments, which has no settings file.
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

/// Chats until the user, or the chat, ends it.
pub(super) async fn run(arguments: ClientArguments) -> Result<(), Trouble> {
    let script = read(&arguments.script)?;
    let server = resolve(&arguments.server, arguments.server_port).await;
    let server = server.map_err(Trouble::UnknownHost)?;
    let channel = UdpChannel::bind(own_address(server, arguments.port))?;
    let (name, host, port) = (arguments.name, &arguments.server, arguments.server_port);
    let advice = Advice::new(name, host, server);
    let advice = if arguments.wants_advice { advice } else { advice.silent() };
    let actor = build_client(&arguments, server);
    let store = arguments.place.open_for_client(name, host, port)?;
    let prompt = arguments.prompt;
    let clock = RealClock::start();
    let (sender, inputs) = mpsc::channel(INPUTS_WAITING_MAX);
    // The prompt expects that signals are handled elsewhere, so this comes before it.
    signals::forward(sender.clone())?;
    let inlet = Arc::new(Inputs::new(sender, clock));
    let facts = Facts::open(arguments.facts.as_deref(), clock)?;
    let (answering, answered) = oneshot::channel();
    let answering = Some(answering);
    let program = Program { actor, channel, store, inputs, clock, facts, answering };
    if Editor::is_possible() && !script.is_json && (script.statements.is_none() || script.stays) {
        let history = History::new("chatapp", &format!("history-{name}"), prompt.history.clone());
        let editor = Editor::start(inlet, history, prompt.options(), script)?;
        let screen = Arc::clone(editor.screen());
        let tell = |advice: &str| screen.tell(advice);
        let ended = advice.over(program.drive(&screen), answered, tell).await;
        editor.finish();
        ended.and_then(|()| judge(&screen))
    } else {
        let plain = Plain::start(inlet, prompt.options().look, script)?;
        let screen = Arc::clone(plain.screen());
        // If standard error is gone, there is nowhere to report this.
        let tell =
            |advice: &str| writeln!(io::stderr(), "{}", clean_lines(advice)).unwrap_or_default();
        let ended = advice.over(program.drive(&screen), answered, tell).await;
        plain.finish()?;
        ended.and_then(|()| judge(&screen))
    }
}

/// Reads the script, if there is one.
fn read(arguments: &ScriptArguments) -> Result<Script, ScriptError> {
    let ScriptArguments { parts, stops_on_error, stays, is_json } = arguments;
    let statements = match parts.as_slice() {
        [] => None,
        parts => Some(read_script(parts)?),
    };
    let (stops_on_error, is_json, stays) = (*stops_on_error, *is_json, *stays);
    Ok(Script { statements, stops_on_error, is_json, stays })
}

/// Fails if a statement of the script did; the failures were reported already.
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

/// Returns the address that a client binds to: on the loopback if its server is there, so that no
/// firewall asks, otherwise on all addresses of the server's family.
pub(super) fn own_address(server: Address, port: u16) -> Address {
    let ip: IpAddr = match (server.ip(), server.ip().is_loopback()) {
        (IpAddr::V4(_), true) => Ipv4Addr::LOCALHOST.into(),
        (IpAddr::V4(_), false) => Ipv4Addr::UNSPECIFIED.into(),
        (IpAddr::V6(_), true) => Ipv6Addr::LOCALHOST.into(),
        (IpAddr::V6(_), false) => Ipv6Addr::UNSPECIFIED.into(),
    };
    Address::new(SocketAddr::new(ip, port))
}
