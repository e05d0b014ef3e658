//! Why `chatapp` failed.

use std::error::Error as _;
use std::io::{self, Write as _};

use anstream::{AutoStream, ColorChoice};

use super::config::ConfigError;
use super::data::DataError;
use super::exit::Exit;
use super::flags::ArgumentsError;
use super::log::LogError;
use super::metrics::MetricsError;
use crate::host::UnknownHost;
use crate::repl::{PlainError, ScriptError};
use crate::storage::StoreError;
use driver::BindError;
use machine::clean_lines;

/// Why `chatapp` failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum Trouble {
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
    /// The chat could not go on (with advice), or not all of a script was done; `None` if that was
    /// reported already.
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

impl Trouble {
    /// Reports the error, and returns the exit code.
    pub(super) fn tell(self) -> Exit {
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
        // If standard error is gone, there is nowhere to report this.
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
