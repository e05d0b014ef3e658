//! Values as people write them, for flags and files alike.

use std::net::{Ipv4Addr, SocketAddr};

use crate::host::HostPort;

pub(in crate::cli::chatapp) use crate::values::{Unfit, duration, number, size};

/// The lowest port that is not reserved by the system.
pub(in crate::cli::chatapp) const PORT_MIN: u16 = 1024;

/// Parses a port.
pub(in crate::cli::chatapp) fn port(text: &str) -> Result<u16, Unfit> {
    match text.parse() {
        Ok(port @ PORT_MIN..) => Ok(port),
        _ => Err(Unfit { what: "not a valid port", cure: "write a number from 1024 to 65535" }),
    }
}

/// Parses a port, or 0 for a free port.
pub(in crate::cli::chatapp) fn port_or_any(text: &str) -> Result<u16, Unfit> {
    let any = "write a number from 1024 to 65535, or `0` for a free port";
    if text == "0" { Ok(0) } else { port(text).map_err(|unfit| Unfit { cure: any, ..unfit }) }
}

/// Parses an address to listen on: a host name or an address with a port, or a port of this machine
/// alone. Port 0 picks a free port.
pub(in crate::cli::chatapp) fn host_and_port(text: &str) -> Result<(String, u16), Unfit> {
    let unfit = Unfit {
        what: "not a valid address",
        cure: "write a port, e.g. `9100`, or a host and a port, e.g. `0.0.0.0:9100`",
    };
    if let Ok(port) = text.parse() {
        return Ok((Ipv4Addr::LOCALHOST.to_string(), port));
    }
    if let Ok(address) = text.parse::<SocketAddr>() {
        return Ok((address.ip().to_string(), address.port()));
    }
    match text.parse() {
        Ok(HostPort { host, port: Some(port) }) => Ok((host, port)),
        _ => Err(unfit),
    }
}

/// Parses `true` or `false`.
pub(in crate::cli::chatapp) fn truth(text: &str) -> Result<bool, Unfit> {
    let cure = "write `true` or `false`";
    text.parse().map_err(|_| Unfit { what: "not a valid boolean", cure })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_fit_is_read() {
        assert_eq!(port("1024"), Ok(1024));
        assert_eq!(port_or_any("0"), Ok(0));
        assert_eq!(truth("true"), Ok(true));
        assert_eq!(host_and_port("9100"), Ok(("127.0.0.1".to_owned(), 9100)));
        assert_eq!(host_and_port("[::]:9100"), Ok(("::".to_owned(), 9100)));
        assert_eq!(host_and_port("chat.example:9100"), Ok(("chat.example".to_owned(), 9100)));
    }

    #[test]
    fn what_is_not_is_refused() {
        for text in ["", "0", "80", "-5", "65536", "2475.0", "many"] {
            assert!(port(text).is_err(), "{text}");
        }
        for text in ["", "chat.example", "70000", "127.0.0.1:70000", ":9100"] {
            assert!(host_and_port(text).is_err(), "{text}");
        }
        for text in ["", "yes", "True", "1"] {
            assert!(truth(text).is_err(), "{text}");
        }
    }
}
