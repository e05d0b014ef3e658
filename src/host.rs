//! Hosts and ports as people write them, and their addresses.

use std::io;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::str::FromStr;
use std::time::Duration;

use tokio::time::timeout;

use crate::protocol::Address;

/// The limit for looking up a name: a mistyped name is reported within 3 seconds.
const LOOKUP_PATIENCE: Duration = Duration::from_millis(2_500);

/// A host with an optional port: `chat.example`, `chat.example:2000`, `192.0.2.1:2000`,
/// `[2001:db8::1]:2000`, `[::1]` or `::1`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HostPort {
    /// A name, or an address without brackets.
    pub host: String,
    /// The port, if one was written.
    pub port: Option<u16>,
}

/// Why a text is not a host with an optional port.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum HostPortError {
    /// There is no host.
    #[error("`{0}` names no host: write `HOST` or `HOST:PORT`")]
    NoHost(String),
    /// The port is invalid.
    #[error("`{0}` is not a port: it is a number between 1 and 65535")]
    Port(String),
    /// A bracket is missing.
    #[error("`{0}` is not an IPv6 address in brackets: write `[ADDRESS]` or `[ADDRESS]:PORT`")]
    Brackets(String),
}

/// Why the address of a host was not found.
#[derive(Debug, thiserror::Error)]
#[error("host `{host}` is unknown: check its spelling, or write its IP address")]
pub struct UnknownHost {
    /// The name that was looked for.
    pub host: String,
    /// The error of the resolver, if any.
    pub source: Option<io::Error>,
}

impl FromStr for HostPort {
    type Err = HostPortError;

    fn from_str(text: &str) -> Result<Self, HostPortError> {
        let (host, port) = if let Some(rest) = text.strip_prefix('[') {
            split_brackets(rest).ok_or_else(|| HostPortError::Brackets(text.to_owned()))?
        } else if text.parse::<Ipv6Addr>().is_ok() {
            (text, None)
        } else {
            match text.rsplit_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (text, None),
            }
        };
        if host.is_empty() {
            return Err(HostPortError::NoHost(text.to_owned()));
        }
        let port = port.map(parse_port).transpose()?;
        Ok(Self { host: host.to_owned(), port })
    }
}

fn split_brackets(rest: &str) -> Option<(&str, Option<&str>)> {
    let (host, after) = rest.split_once(']')?;
    host.parse::<Ipv6Addr>().ok()?;
    match after {
        "" => Some((host, None)),
        _ => Some((host, Some(after.strip_prefix(':')?))),
    }
}

fn parse_port(text: &str) -> Result<u16, HostPortError> {
    match text.parse() {
        Ok(port) if port != 0 => Ok(port),
        _ => Err(HostPortError::Port(text.to_owned())),
    }
}

/// Finds the address of a host, which is a name or an IP address; IPv4 is preferred if a name has
/// both. Must be called within a tokio runtime.
///
/// # Errors
///
/// The name is unknown, or the resolver does not answer in time.
pub async fn resolve(host: &str, port: u16) -> Result<Address, UnknownHost> {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    if let Ok(ip) = bare.parse::<IpAddr>() {
        return Ok(Address::new(SocketAddr::new(ip, port)));
    }
    let unknown = |source| UnknownHost { host: host.to_owned(), source };
    let found = timeout(LOOKUP_PATIENCE, tokio::net::lookup_host((host, port))).await;
    let found = found.unwrap_or_else(|_| Err(io::Error::other("no name service answers")));
    let found: Vec<_> = found.map_err(|error| unknown(Some(error)))?.collect();
    let preferred = found.iter().find(|address| address.is_ipv4());
    let chosen = preferred.or_else(|| found.first()).ok_or_else(|| unknown(None))?;
    Ok(Address::new(*chosen))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<(String, Option<u16>), HostPortError> {
        text.parse::<HostPort>().map(|end| (end.host, end.port))
    }

    #[test]
    fn every_usual_way_to_write_host_and_port_is_understood() {
        let cases = [
            ("localhost", "localhost", None),
            ("chat.example:2000", "chat.example", Some(2000)),
            ("192.0.2.1:65535", "192.0.2.1", Some(65535)),
            ("::1", "::1", None),
            ("[::1]", "::1", None),
            ("[2001:db8::1]:2000", "2001:db8::1", Some(2000)),
        ];
        for (text, host, port) in cases {
            assert_eq!(parsed(text), Ok((host.to_owned(), port)), "{text}");
        }
    }

    #[test]
    fn everything_else_is_refused_with_its_cure() {
        let cases = [
            ("", "`` names no host: write `HOST` or `HOST:PORT`"),
            (":2000", "`:2000` names no host: write `HOST` or `HOST:PORT`"),
            ("h:0", "`0` is not a port: it is a number between 1 and 65535"),
            ("h:70000", "`70000` is not a port: it is a number between 1 and 65535"),
            ("h:", "`` is not a port: it is a number between 1 and 65535"),
            (
                "[::1",
                "`[::1` is not an IPv6 address in brackets: write `[ADDRESS]` or `[ADDRESS]:PORT`",
            ),
            (
                "[::1]2000",
                "`[::1]2000` is not an IPv6 address in brackets: write `[ADDRESS]` or `[ADDRESS]:PORT`",
            ),
        ];
        for (text, message) in cases {
            assert_eq!(parsed(text).unwrap_err().to_string(), message);
        }
    }

    #[tokio::test]
    async fn addresses_are_found_without_asking_anybody() {
        let cases = [
            ("127.0.0.1", "127.0.0.1:9"),
            ("::1", "[::1]:9"),
            ("[::1]", "[::1]:9"),
            ("::ffff:127.0.0.1", "127.0.0.1:9"),
        ];
        for (host, address) in cases {
            assert_eq!(resolve(host, 9).await.unwrap().to_string(), address);
        }
    }

    #[tokio::test]
    async fn localhost_is_found_under_ipv4() {
        let address = resolve("localhost", 9).await.unwrap();
        assert_eq!(address.to_string(), "127.0.0.1:9");
    }

    #[tokio::test]
    async fn an_unknown_host_is_named_with_its_cure() {
        // `.invalid` never exists (RFC 2606).
        let error = resolve("nowhere.invalid", 9).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "host `nowhere.invalid` is unknown: check its spelling, or write its IP address"
        );
    }
}
