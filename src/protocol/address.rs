//! Where a machine can be reached.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use serde::{Deserialize, Serialize};

/// Names a place on the network where a machine can be reached.
///
/// Everything above the network layer treats it as an opaque key. An IPv4 address that arrives
/// mapped into IPv6 is made canonical, so that one peer never has two addresses.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(from = "SocketAddr")]
pub struct Address(SocketAddr);

impl Address {
    /// Makes the canonical address of a socket address.
    pub fn new(socket: SocketAddr) -> Self {
        Self(SocketAddr::new(socket.ip().to_canonical(), socket.port()))
    }

    /// Tells the socket address.
    pub fn socket(self) -> SocketAddr {
        self.0
    }

    /// Tells the address without its port.
    pub fn ip(self) -> IpAddr {
        self.0.ip()
    }

    /// Tells the port.
    pub fn port(self) -> u16 {
        self.0.port()
    }
}

impl From<SocketAddr> for Address {
    fn from(socket: SocketAddr) -> Self {
        Self::new(socket)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
