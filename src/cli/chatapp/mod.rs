//! `chatapp`: the server, and the client with its prompt.

mod arguments;
mod bounds;
mod data;
mod exit;
mod facts;
mod inlet;
mod store;

use std::error::Error as _;
use std::ffi::OsString;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::io::{self, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use jiff::tz::TimeZone;
use tokio::runtime;
use tokio::sync::mpsc;

use crate::app::{Clock as _, Driver, Input, RealClock, signals};
use crate::console::{Actor, ClientConsole, Outcome, ServerConsole};
use crate::network::host::{UnknownHost, resolve};
use crate::network::udp::{BindError, UdpChannel};
use crate::protocol::{Address, ClientName};
use crate::repl::{Editor, History, Plain, PlainError, Screen};
use crate::server::{Server, Settings};
use crate::storage::{Store, StoreError};

use arguments::{Arguments, ArgumentsError, ClientArguments, ServerArguments};
use data::DataError;
use facts::Facts;
use inlet::{Inputs, OnScreen};

pub use exit::Exit;

/// Inputs that wait for the program; a prompt or a pipe waits while there are more.
const INPUTS_WAITING_MAX: usize = 64;

/// Says why `chatapp` did not do what it was asked to.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error(transparent)]
    Arguments(#[from] ArgumentsError),
    #[error(">>> [Invalid server-ip!]\n{0}")]
    UnknownHost(UnknownHost),
    #[error(transparent)]
    Bind(#[from] BindError),
    #[error(transparent)]
    Plain(#[from] PlainError),
    #[error(transparent)]
    Data(#[from] DataError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("this system refuses what a chat needs")]
    System(#[from] io::Error),
}

/// Runs `chatapp` with its arguments, the program's own name first. Tells how it ended; whatever
/// went wrong has been said on standard error.
pub fn run(args: impl IntoIterator<Item = OsString>) -> Exit {
    let done = match Arguments::parse(args.into_iter().collect()) {
        Ok(Arguments::Store(command)) => return command.run(),
        Ok(Arguments::Text(text)) => write(&text),
        Ok(Arguments::Server(arguments)) => block_on(serve(arguments)),
        Ok(Arguments::Client(arguments)) => block_on(chat(arguments)),
        Err(error) => Err(error.into()),
    };
    match done {
        Ok(outcome) => outcome.into(),
        Err(trouble) => trouble.tell(),
    }
}

/// Writes to standard output; a closed pipe is the wish to hear no more.
fn write(text: &[u8]) -> Result<Outcome, Trouble> {
    match io::stdout().write_all(text) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(PlainError::Output(error).into())
        }
        Ok(()) | Err(_) => Ok(Outcome::Left),
    }
}

fn block_on(program: impl Future<Output = Result<Outcome, Trouble>>) -> Result<Outcome, Trouble> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    let done = runtime.block_on(program);
    // A host that is still being looked up must not hold up the end.
    runtime.shutdown_background();
    done
}

/// Makes the server that can be reached at `address`.
fn build_server(address: Address, clock: RealClock, settings: Settings) -> Box<dyn Actor> {
    let server = Server::new(seed(), clock.now()).with(settings);
    Box::new(ServerConsole::new(server, address))
}

/// Makes the client `name` of the server at `server`.
fn build_client(name: ClientName, server: Address) -> Box<dyn Actor> {
    Box::new(ClientConsole::new(name, server, seed(), TimeZone::system()))
}

/// Draws a seed that nobody can foresee.
fn seed() -> u64 {
    RandomState::new().build_hasher().finish()
}

async fn serve(arguments: ServerArguments) -> Result<Outcome, Trouble> {
    let address = resolve(&arguments.bind, arguments.port).await;
    let channel = UdpChannel::bind(address.map_err(Trouble::UnknownHost)?)?;
    let store = arguments.place.open_for_server(arguments.port)?;
    let clock = RealClock::start();
    let actor = build_server(channel.address(), clock, arguments.settings);
    let (sender, inputs) = mpsc::channel(INPUTS_WAITING_MAX);
    signals::forward(sender)?;
    let plain = Plain::output_only()?;
    let facts = Facts::open(arguments.facts.as_deref(), clock)?;
    let program = Program { actor, channel, store, inputs, clock, facts };
    let outcome = program.drive(plain.screen()).await;
    plain.finish()?;
    Ok(outcome?)
}

async fn chat(arguments: ClientArguments) -> Result<Outcome, Trouble> {
    let server = resolve(&arguments.server, arguments.server_port).await;
    let server = server.map_err(Trouble::UnknownHost)?;
    let channel = UdpChannel::bind(own_address(server, arguments.port))?;
    let (name, host, port) = (arguments.name, &arguments.server, arguments.server_port);
    let store = arguments.place.open_for_client(name, host, port)?;
    let clock = RealClock::start();
    let actor = build_client(arguments.name, server);
    let (sender, inputs) = mpsc::channel(INPUTS_WAITING_MAX);
    // The prompt expects that somebody else takes signals, so this comes before it.
    signals::forward(sender.clone())?;
    let inlet = Arc::new(Inputs::new(sender, clock));
    let facts = Facts::open(arguments.facts.as_deref(), clock)?;
    let program = Program { actor, channel, store, inputs, clock, facts };
    if Editor::is_possible() {
        let editor = Editor::start(inlet, History::new("chatapp", arguments.history))?;
        let outcome = program.drive(editor.screen()).await;
        editor.finish();
        Ok(outcome?)
    } else {
        let plain = Plain::start(inlet)?;
        let outcome = program.drive(plain.screen()).await;
        plain.finish()?;
        Ok(outcome?)
    }
}

/// A program that has everything but a screen.
struct Program {
    actor: Box<dyn Actor>,
    channel: UdpChannel,
    store: Box<dyn Store>,
    inputs: mpsc::Receiver<Input>,
    clock: RealClock,
    facts: Facts,
}

impl Program {
    async fn drive(self, screen: &Arc<Screen>) -> Result<Outcome, StoreError> {
        let Self { actor, channel, store, inputs, clock, facts } = self;
        let frontend = OnScreen::new(screen, facts);
        Driver { actor, channel, inputs, frontend, clock, store }.run().await
    }
}

/// Tells where a client binds: on the loopback if its server is there, so that no firewall asks,
/// else on all addresses of the server's family.
fn own_address(server: Address, port: u16) -> Address {
    let ip: IpAddr = match (server.ip(), server.ip().is_loopback()) {
        (IpAddr::V4(_), true) => Ipv4Addr::LOCALHOST.into(),
        (IpAddr::V4(_), false) => Ipv4Addr::UNSPECIFIED.into(),
        (IpAddr::V6(_), true) => Ipv6Addr::LOCALHOST.into(),
        (IpAddr::V6(_), false) => Ipv6Addr::UNSPECIFIED.into(),
    };
    Address::new(SocketAddr::new(ip, port))
}

impl Trouble {
    /// Says what went wrong, and tells the exit code.
    fn tell(self) -> Exit {
        let text = match &self {
            Self::Arguments(ArgumentsError::Form(error)) => {
                // Help goes to standard output, everything else to standard error.
                error.print().ok();
                return if error.use_stderr() { Exit::Usage } else { Exit::Success };
            }
            Self::Arguments(_) | Self::UnknownHost(_) => self.to_string(),
            Self::Bind(_) | Self::Plain(_) | Self::Data(_) | Self::Store(_) | Self::System(_) => {
                format!("chatapp: {self}")
            }
        };
        let cause = match &self {
            Self::UnknownHost(error) => error.source(),
            _ => self.source(),
        };
        let cause = match cause {
            Some(cause) => format!("\n  cause: {cause}"),
            None => String::new(),
        };
        // Without a standard error there is nobody to tell.
        writeln!(io::stderr(), "{text}{cause}").ok();
        match self {
            Self::Arguments(_) | Self::UnknownHost(_) => Exit::Usage,
            Self::Plain(PlainError::Input) => Exit::Failure,
            Self::Plain(PlainError::Output(_))
            | Self::Bind(_)
            | Self::Data(_)
            | Self::Store(_)
            | Self::System(_) => Exit::Environment,
        }
    }
}
