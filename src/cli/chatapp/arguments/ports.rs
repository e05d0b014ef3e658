//! Ports, refused in the words of the original.

use super::ArgumentsError;
use crate::cli::chatapp::config;

pub(super) fn check_port(text: &str, which: &'static str) -> Result<u16, ArgumentsError> {
    config::port(text).map_err(|_| ArgumentsError::Port(which))
}

pub(super) fn check_port_or_any(text: &str, which: &'static str) -> Result<u16, ArgumentsError> {
    config::port_or_any(text).map_err(|_| ArgumentsError::Port(which))
}
