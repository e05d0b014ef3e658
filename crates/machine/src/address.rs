//! Where a machine can be reached.

use std::cmp::Ordering;
use std::fmt;
use std::net::{IpAddr, SocketAddr, SocketAddrV4};

#[cfg(feature = "serde")]
use serde::{Deserialize, Serialize};

/// A place on the network where a machine can be reached.
///
/// Everything above the network layer treats it as an opaque key. An IPv4 address that arrives
/// mapped into IPv6 is made canonical, so that one peer never has two addresses.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(Serialize, Deserialize))]
#[cfg_attr(feature = "serde", serde(from = "SocketAddr"))]
pub struct Address(SocketAddr);

impl Address {
    /// Makes the canonical address of a socket address.
    #[inline]
    pub fn new(socket: SocketAddr) -> Self {
        Self(SocketAddr::new(socket.ip().to_canonical(), socket.port()))
    }

    /// Returns the socket address.
    #[inline]
    pub fn socket(self) -> SocketAddr {
        self.0
    }

    /// Returns the address without its port.
    #[inline]
    pub fn ip(self) -> IpAddr {
        self.0.ip()
    }

    /// Returns the port.
    #[inline]
    pub fn port(self) -> u16 {
        self.0.port()
    }
}

/// Orders as socket addresses do; two of IPv4, which are compared all the time, by one number.
impl Ord for Address {
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.0, other.0) {
            (SocketAddr::V4(a), SocketAddr::V4(b)) => number(a).cmp(&number(b)),
            (a, b) => a.cmp(&b),
        }
    }
}

impl PartialOrd for Address {
    #[inline]
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[inline]
fn number(address: SocketAddrV4) -> u64 {
    u64::from(u32::from(*address.ip())) << 16 | u64::from(address.port())
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
