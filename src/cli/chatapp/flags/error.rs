//! Why arguments cannot be used.

use clap::error::ErrorKind;

use crate::cli::chatapp::config::{ConfigError, FlagError};
use crate::cli::chatapp::data::DataError;
use crate::host::HostPortError;
use crate::protocol::NameError;

/// Why the arguments cannot be used, in the words of the original where it has some.
#[derive(Debug, thiserror::Error)]
pub(in crate::cli::chatapp) enum ArgumentsError {
    /// Help and version are also reported this way.
    #[error(transparent)]
    Form(#[from] clap::Error),
    #[error(">>> [Invalid mode. Please use '-c' as client mode or '-s' as server mode.]")]
    Mode,
    #[error(">>> [Invalid {0}. Ensure the {0} is between 1024 and 65535.]")]
    Port(&'static str),
    #[error(">>> [Invalid client-name!]\n{0}")]
    Name(NameError),
    #[error(">>> [Invalid server-ip!]\n{0}")]
    ServerIp(HostPortError),
    #[error(transparent)]
    Flag(#[from] FlagError),
    /// A settings file cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Data(#[from] DataError),
    #[error("unknown command `{0}`: `chatapp --help` lists all commands")]
    Command(String),
}

impl ArgumentsError {
    /// Makes an error about something missing, without the usage of the verb.
    pub(in crate::cli::chatapp) fn missing(what: &str) -> Self {
        clap::Error::raw(ErrorKind::MissingRequiredArgument, what).into()
    }
}
