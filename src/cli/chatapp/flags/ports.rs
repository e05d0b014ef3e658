//! Ports and servers, refused in the words of the original.

use super::error::ArgumentsError;
use crate::cli::chatapp::config::{self, PORT_MIN};
use crate::host::{HostPort, HostPortError};

/// The default port of a server: the port of the original's examples.
pub(in crate::cli::chatapp) const DEFAULT_SERVER_PORT: u16 = 2475;

/// Parses a port of 1024 or higher.
pub(in crate::cli::chatapp) fn check_port(
    text: &str,
    which: &'static str,
) -> Result<u16, ArgumentsError> {
    config::port(text).map_err(|_| ArgumentsError::Port(which))
}

/// Parses a port of 1024 or higher, or 0 for a free port.
pub(in crate::cli::chatapp) fn check_port_or_any(
    text: &str,
    which: &'static str,
) -> Result<u16, ArgumentsError> {
    config::port_or_any(text).map_err(|_| ArgumentsError::Port(which))
}

/// Parses the address of a server.
pub(in crate::cli::chatapp) fn check_server(text: &str) -> Result<HostPort, ArgumentsError> {
    let server: HostPort = text.parse().map_err(|error| match error {
        HostPortError::Port(_) => ArgumentsError::Port("server-port"),
        HostPortError::NoHost(_) | HostPortError::Brackets(_) => ArgumentsError::ServerIp(error),
    })?;
    match server.port {
        Some(..PORT_MIN) => Err(ArgumentsError::Port("server-port")),
        _ => Ok(server),
    }
}
