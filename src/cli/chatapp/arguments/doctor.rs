//! The arguments of the doctor.

use clap::Args;

use super::client::{DEFAULT_SERVER_PORT, check_server};
use super::{ArgumentsError, ServerArguments, server};
use crate::host::HostPort;

/// The arguments as written.
#[derive(Args, Debug)]
#[group(skip)]
pub(super) struct Written {
    /// A server to reach; the default port is 2475.
    #[arg(value_name = "SERVER[:PORT]")]
    server: Option<String>,

    #[command(flatten)]
    own: server::Written,
}

/// The arguments.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::cli::chatapp) struct DoctorArguments {
    /// A server that is to be reached.
    pub(in crate::cli::chatapp) server: Option<(String, u16)>,
    /// What a server that is to run here would be told.
    pub(in crate::cli::chatapp) own: ServerArguments,
}

impl Written {
    pub(super) fn check(self) -> Result<DoctorArguments, ArgumentsError> {
        let server = self.server.as_deref().map(check_server).transpose()?;
        let place = |HostPort { host, port }| (host, port.unwrap_or(DEFAULT_SERVER_PORT));
        let own = self.own.check_with(Some(DEFAULT_SERVER_PORT))?;
        Ok(DoctorArguments { server: server.map(place), own })
    }
}
