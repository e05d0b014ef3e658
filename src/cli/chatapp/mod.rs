//! `chatapp`: the server, and the client with its prompt.

mod advice;
mod arguments;
mod chat;
mod config;
mod data;
mod doctor;
mod exit;
mod export;
mod facts;
mod flags;
mod inlet;
mod log;
mod metrics;
mod program;
mod serve;
mod store;

use std::error::Error as _;
use std::ffi::OsString;
use std::io::{self, Write as _};

use anstream::{AutoStream, ColorChoice};
use tokio::runtime;

use crate::host::UnknownHost;
use crate::repl::{PlainError, ScriptError};
use crate::storage::StoreError;
use driver::BindError;
use machine::clean_lines;

use arguments::Arguments;
use config::ConfigError;
use data::DataError;
use flags::ArgumentsError;
use log::LogError;
use metrics::MetricsError;

pub use exit::Exit;

/// Says why `chatapp` did not do what it was asked to.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error(transparent)]
    Arguments(#[from] ArgumentsError),
    #[error(transparent)]
    Log(#[from] LogError),
    #[error(transparent)]
    Metrics(#[from] MetricsError),
    #[error(">>> [Invalid server-ip!]\n{0}")]
    UnknownHost(UnknownHost),
    #[error(transparent)]
    Script(#[from] ScriptError),
    #[error(transparent)]
    Bind(#[from] BindError),
    /// The chat could not go on, and what to check, or not all of a script was done; `None` if that
    /// was said.
    #[error("{}", .0.as_deref().unwrap_or_default())]
    Chat(Option<String>),
    #[error(transparent)]
    Plain(#[from] PlainError),
    #[error(transparent)]
    Data(#[from] DataError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(
        "the operating system refused a resource: check the limits on processes, memory and open \
         files (`ulimit -a`)"
    )]
    System(#[from] io::Error),
}

/// Runs `chatapp` with its arguments, the program's own name first. Tells how it ended; whatever
/// went wrong has been said on standard error.
pub fn run(args: impl IntoIterator<Item = OsString>) -> Exit {
    let done = match Arguments::parse(args.into_iter().collect()) {
        Ok(Arguments::Store(command)) => return command.run(),
        Ok(Arguments::Export(arguments)) => return export::run(&arguments),
        Ok(Arguments::Doctor(arguments)) => match block_on(doctor::run(*arguments)) {
            Ok(exit) => return exit,
            Err(trouble) => Err(trouble),
        },
        Ok(Arguments::Text(text)) => write(&text),
        Ok(Arguments::Server(arguments)) => block_on(serve::run(arguments)),
        Ok(Arguments::Client(arguments)) => block_on(chat::run(arguments)),
        Err(error) => Err(error.into()),
    };
    match done {
        Ok(()) => Exit::Success,
        Err(trouble) => trouble.tell(),
    }
}

/// Writes to standard output; a closed pipe is the wish to hear no more.
fn write(text: &[u8]) -> Result<(), Trouble> {
    match io::stdout().write_all(text) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(PlainError::Output(error).into())
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

fn block_on<T>(program: impl Future<Output = Result<T, Trouble>>) -> Result<T, Trouble> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    let done = runtime.block_on(program);
    // A host that is still being looked up must not hold up the end.
    runtime.shutdown_background();
    done
}

impl Trouble {
    /// Returns what went wrong, and tells the exit code.
    fn tell(self) -> Exit {
        let text = match &self {
            Self::Arguments(ArgumentsError::Form(error)) => {
                // Help goes to standard output, everything else to standard error.
                error.print().ok();
                return if error.use_stderr() { Exit::Usage } else { Exit::Success };
            }
            Self::Chat(None) => return Exit::Failure,
            Self::Arguments(ArgumentsError::Config(ConfigError::Mistakes(mistakes)))
            | Self::Script(ScriptError::Mistakes(mistakes)) => {
                let color = AutoStream::choice(&io::stderr());
                mistakes.render(color != ColorChoice::Never).trim_end().to_owned()
            }
            Self::Arguments(
                ArgumentsError::Mode
                | ArgumentsError::Port(_)
                | ArgumentsError::Name(_)
                | ArgumentsError::ServerIp(_),
            )
            | Self::UnknownHost(_)
            | Self::Chat(_) => clean_lines(&self.to_string()),
            Self::Arguments(_)
            | Self::Script(_)
            | Self::Bind(_)
            | Self::Plain(_)
            | Self::Data(_)
            | Self::Store(_)
            | Self::Log(_)
            | Self::Metrics(_)
            | Self::System(_) => clean_lines(&format!("chatapp: {self}")),
        };
        let cause =
            if let Self::UnknownHost(error) = &self { error.source() } else { self.source() };
        let cause = match cause {
            Some(cause) => clean_lines(&format!("\n  cause: {cause}")),
            None => String::new(),
        };
        // Without a standard error there is nobody to tell.
        writeln!(io::stderr(), "{text}{cause}").ok();
        match self {
            Self::Arguments(_)
            | Self::UnknownHost(_)
            | Self::Script(_)
            | Self::Log(LogError::Filter(_)) => Exit::Usage,
            Self::Chat(_) => Exit::Failure,
            Self::Plain(_)
            | Self::Bind(_)
            | Self::Data(_)
            | Self::Store(_)
            | Self::Log(LogError::Unwritable { .. })
            | Self::Metrics(_)
            | Self::System(_) => Exit::Environment,
        }
    }
}
