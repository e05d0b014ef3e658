//! The bounds of ports.

use super::ArgumentsError;

/// The lowest port that is not reserved by the system.
pub(super) const PORT_MIN: u16 = 1024;

pub(super) fn check_port(text: &str, which: &'static str) -> Result<u16, ArgumentsError> {
    match text.parse() {
        Ok(port @ PORT_MIN..) => Ok(port),
        _ => Err(ArgumentsError::Port(which)),
    }
}

pub(super) fn check_port_or_any(text: &str, which: &'static str) -> Result<u16, ArgumentsError> {
    match text {
        "0" => Ok(0),
        _ => check_port(text, which),
    }
}
