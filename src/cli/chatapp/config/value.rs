//! Values as people write them, for flags and files alike.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use crate::host::HostPort;

/// Why a text is not a valid value, and what to write instead.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::cli::chatapp) struct Unfit {
    /// What is wrong with it: `not a valid number`, `too short`.
    pub(in crate::cli::chatapp) what: &'static str,
    /// The remedy.
    pub(in crate::cli::chatapp) cure: &'static str,
}

/// A unit and its factor.
type Unit = (&'static str, u64);

const SIZES: [Unit; 5] =
    [("B", 1), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40)];

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

/// Parses a number that is not 0.
pub(in crate::cli::chatapp) fn number(text: &str) -> Result<usize, Unfit> {
    let cure = "write a whole number, 1 or more, e.g. `100`";
    let number = text.parse().ok().filter(|number| *number > 0);
    number.ok_or(Unfit { what: "not a valid number", cure })
}

/// Parses a size in bytes, which is not 0.
pub(in crate::cli::chatapp) fn size(text: &str) -> Result<u64, Unfit> {
    let cure = "write a whole number, 1 or more, with a unit (`B`, `KiB`, `MiB`, `GiB`, `TiB`), \
                e.g. `64MiB`";
    with_unit(text, &SIZES).ok_or(Unfit { what: "not a valid size", cure })
}

/// Parses a duration, which is not 0.
pub(in crate::cli::chatapp) fn duration(text: &str) -> Result<Duration, Unfit> {
    let cure = "write a number above 0 with a unit (`ms`, `s`, `m`, `h`, `d`), e.g. `90s`";
    let duration = placed_yaml::duration::of_text(text).ok();
    duration.filter(|it| !it.is_zero()).ok_or(Unfit { what: "not a valid duration", cure })
}

/// Parses `true` or `false`.
pub(in crate::cli::chatapp) fn truth(text: &str) -> Result<bool, Unfit> {
    let cure = "write `true` or `false`";
    text.parse().map_err(|_| Unfit { what: "not a valid boolean", cure })
}

fn with_unit(text: &str, units: &[Unit]) -> Option<u64> {
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit())?);
    let (_, one) = units.iter().find(|(name, _)| *name == unit)?;
    number.parse::<u64>().ok()?.checked_mul(*one).filter(|product| *product > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_fit_is_read() {
        assert_eq!(port("1024"), Ok(1024));
        assert_eq!(port_or_any("0"), Ok(0));
        assert_eq!(number("5"), Ok(5));
        assert_eq!(size("7KiB"), Ok(7 * 1024));
        assert_eq!(size("8GiB"), Ok(8 << 30));
        assert_eq!(duration("9d"), Ok(Duration::from_hours(9 * 24)));
        assert_eq!(duration("1.5h"), Ok(Duration::from_mins(90)));
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
        for text in ["", "0", "-1", "1.5", "many", "99999999999999999999999"] {
            assert!(number(text).is_err(), "{text}");
        }
        for text in ["", "5", "0B", "1 MiB", "1mb", "-1B", "9999999999TiB"] {
            assert!(size(text).is_err(), "{text}");
        }
        for text in ["", "5", "0s", "1 h", "1w", "s", "-1s", "999999999999999999d"] {
            assert!(duration(text).is_err(), "{text}");
        }
        for text in ["", "yes", "True", "1"] {
            assert!(truth(text).is_err(), "{text}");
        }
    }
}
