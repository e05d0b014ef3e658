//! UDP sockets: the only socket code.
#![expect(clippy::disallowed_types, reason = "this is the module that opens sockets")]

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};
use std::ops::Range;
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};

use machine::Address;
use socket2::{Domain, Protocol, SockRef, Socket, Type};
use tokio::net::UdpSocket;

/// Bytes of room for one datagram: the maximum of UDP, so that one beyond our own limit is
/// recognized and not truncated to something that looks valid.
pub const DATAGRAM_ROOM: usize = 64 * 1024;

/// Socket buffer size to request from the operating system for each direction, so that the burst of
/// a whole fan-out is not lost. It may grant less.
const BUFFER_LEN_WANTED: usize = 1024 * 1024;

/// The range in which free ports are searched: above those of well-known services, below the
/// ephemeral ports of operating systems.
const FOUND_PORTS: Range<u16> = 10_000..32_000;

/// Number of ports tried so far.
static NEXT_PORT: AtomicU32 = AtomicU32::new(0);

/// Why a socket cannot be opened, with a remedy.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// Another socket is bound there.
    #[error("port `{0}` is taken: choose another port, or end the program that uses it")]
    PortTaken(u16),
    /// The address belongs to another machine, or to a family that this one does not support.
    #[error("`{0}` is not an address of this machine: choose one of its own, or `0.0.0.0` for all")]
    NotOurs(IpAddr),
    /// The port is reserved.
    #[error("port `{0}` needs privileges: choose a port between 1024 and 65535")]
    NotPermitted(u16),
    /// Anything else.
    #[error("`{address}` cannot be used for UDP: check whether this program may use the network")]
    Refused {
        /// Where the socket was to be bound.
        address: Address,
        /// The error of the operating system.
        source: io::Error,
    },
}

/// A bound UDP socket that uses [`Address`]es.
///
/// Errors that the network reports for earlier datagrams (refused, unreachable, too long) are
/// ignored: such a datagram counts as lost.
#[derive(Debug)]
pub struct UdpChannel {
    socket: UdpSocket,
    local: SocketAddr,
}

impl UdpChannel {
    /// Binds a socket; port 0 lets the system pick one. The IPv6 wildcard takes IPv4 as well.
    /// Works within a tokio runtime only.
    ///
    /// # Errors
    ///
    /// See [`BindError`].
    pub fn bind(address: Address) -> Result<Self, BindError> {
        open(address.socket()).map_err(|error| explain(address, error))
    }

    /// Binds a socket on all addresses of this machine, of both families if it supports both.
    ///
    /// # Errors
    ///
    /// See [`BindError`].
    pub fn bind_everywhere(port: u16) -> Result<Self, BindError> {
        let everywhere = |ip: IpAddr| Self::bind(Address::new(SocketAddr::new(ip, port)));
        match everywhere(Ipv6Addr::UNSPECIFIED.into()) {
            Err(BindError::NotOurs(_) | BindError::Refused { .. }) => {
                everywhere(Ipv4Addr::UNSPECIFIED.into())
            }
            bound => bound,
        }
    }

    /// Returns where the socket is bound, with the port that the system picked.
    pub fn address(&self) -> Address {
        Address::new(self.local)
    }

    /// Sends a datagram, waiting while the system's buffer is full. Returns whether the system
    /// accepted it; if not, it counts as lost.
    pub async fn send(&self, to: Address, bytes: &[u8]) -> bool {
        let to = match (self.local, to.socket()) {
            (SocketAddr::V6(_), SocketAddr::V4(to)) => {
                SocketAddrV6::new(to.ip().to_ipv6_mapped(), to.port(), 0, 0).into()
            }
            (_, to) => to,
        };
        // An error may belong to an earlier datagram, and then this one was not sent.
        for _ in 0..2 {
            if self.socket.send_to(bytes, to).await.is_ok() {
                return true;
            }
        }
        false
    }

    /// Waits for a datagram and puts it into `buffer`, which has room for [`DATAGRAM_ROOM`] bytes.
    /// Returns its length and its sender. Cancel safe.
    pub async fn receive(&self, buffer: &mut [u8]) -> (usize, Address) {
        loop {
            match self.socket.recv_from(buffer).await {
                Ok((len, from)) => return (len, Address::new(from)),
                // The error of a lost datagram; let other tasks run before the next one.
                Err(_) => tokio::task::yield_now().await,
            }
        }
    }

    /// Discards every datagram that waits to be received, and returns the sender of each.
    pub fn discard_waiting(&self) -> Vec<Address> {
        let socket = SockRef::from(&self.socket);
        let mut room = [std::mem::MaybeUninit::uninit(); 1];
        let mut senders = Vec::new();
        loop {
            match socket.recv_from(&mut room) {
                Ok((_, from)) => senders.extend(from.as_socket().map(Address::new)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return senders,
                Err(_) => {}
            }
        }
    }
}

/// Probes an address and waits until its machine reports that no program listens there. Returns
/// `false` if the probe cannot be sent. Most machines report it at once, others and firewalls
/// never. Cancel safe. Works within a tokio runtime only.
///
/// The probe is an empty datagram, which programs ignore.
pub async fn is_refused(address: Address) -> bool {
    // Only a connected socket receives the error.
    let knock = async || {
        let unspecified: IpAddr = match address.ip() {
            IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
            IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
        };
        let socket = UdpSocket::bind(SocketAddr::new(unspecified, 0)).await?;
        socket.connect(address.socket()).await?;
        socket.send(&[]).await?;
        loop {
            socket.recv(&mut [0]).await?;
        }
    };
    let refused: io::Result<()> = knock().await;
    refused.is_err_and(|error| {
        matches!(error.kind(), io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionReset)
    })
}

/// Finds a UDP port that is free on the loopback, for a program that is about to bind it.
///
/// It is below the ephemeral ports, and no two calls in one program return the same one until all
/// were tried, so another program is unlikely to take it first.
///
/// # Errors
///
/// None is free, or the system refuses sockets.
pub fn find_port() -> io::Result<u16> {
    let count = FOUND_PORTS.end - FOUND_PORTS.start;
    // Programs that run in parallel begin at different ports.
    let first = process::id().wrapping_mul(7919);
    let mut problem = io::Error::from(io::ErrorKind::AddrInUse);
    for _ in 0..count {
        let next = NEXT_PORT.fetch_add(1, Ordering::Relaxed).wrapping_add(first) % u32::from(count);
        let port = FOUND_PORTS.start + u16::try_from(next).unwrap_or(0);
        let socket = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP))?;
        match socket.bind(&SocketAddr::new(Ipv4Addr::LOCALHOST.into(), port).into()) {
            Ok(()) => return Ok(port),
            Err(error) => problem = error,
        }
    }
    Err(problem)
}

fn open(address: SocketAddr) -> io::Result<UdpChannel> {
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
    if address.is_ipv6() {
        socket.set_only_v6(false)?;
    }
    socket.set_recv_buffer_size(BUFFER_LEN_WANTED).ok();
    socket.set_send_buffer_size(BUFFER_LEN_WANTED).ok();
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    let socket = UdpSocket::from_std(socket.into())?;
    let local = socket.local_addr()?;
    Ok(UdpChannel { socket, local })
}

fn explain(address: Address, error: io::Error) -> BindError {
    let kind = error.kind();
    if kind == io::ErrorKind::AddrInUse {
        BindError::PortTaken(address.port())
    } else if kind == io::ErrorKind::AddrNotAvailable {
        BindError::NotOurs(address.ip())
    } else if kind == io::ErrorKind::PermissionDenied {
        BindError::NotPermitted(address.port())
    } else {
        BindError::Refused { address, source: error }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loopback(ip: &str) -> Address {
        Address::new(SocketAddr::new(ip.parse().unwrap(), 0))
    }

    async fn received(channel: &UdpChannel) -> (Vec<u8>, Address) {
        let mut buffer = vec![0; DATAGRAM_ROOM];
        let (len, from) = channel.receive(&mut buffer).await;
        buffer.truncate(len);
        (buffer, from)
    }

    #[tokio::test]
    async fn datagrams_arrive_whole_and_with_their_sender() {
        let a = UdpChannel::bind(loopback("127.0.0.1")).unwrap();
        let b = UdpChannel::bind(loopback("127.0.0.1")).unwrap();
        let long = vec![7; 60_000];
        assert!(a.send(b.address(), &long).await);
        assert!(a.send(b.address(), b"").await);
        assert_eq!(received(&b).await, (long, a.address()));
        assert_eq!(received(&b).await, (Vec::new(), a.address()));
    }

    #[tokio::test]
    async fn a_dual_stack_socket_speaks_ipv4_under_canonical_addresses() {
        let v4 = UdpChannel::bind(loopback("127.0.0.1")).unwrap();
        if open("[::1]:0".parse().unwrap()).is_err() {
            return; // no IPv6 on this machine
        }
        // Mapped, so that it stays on the loopback where `[::]` would not.
        let both = open("[::ffff:127.0.0.1]:0".parse().unwrap()).unwrap();
        assert!(both.local.is_ipv6());
        assert!(both.send(v4.address(), b"down").await);
        let (bytes, from) = received(&v4).await;
        assert_eq!(bytes, b"down");
        assert_eq!(from.to_string(), format!("127.0.0.1:{}", both.address().port()));
        assert!(v4.send(from, b"up").await);
        assert_eq!(received(&both).await, (b"up".to_vec(), v4.address()));
    }

    #[tokio::test]
    async fn a_taken_port_is_named_with_its_cure() {
        let first = UdpChannel::bind(loopback("127.0.0.1")).unwrap();
        let error = UdpChannel::bind(first.address()).unwrap_err();
        let port = first.address().port();
        assert_eq!(
            error.to_string(),
            format!("port `{port}` is taken: choose another port, or end the program that uses it")
        );
    }

    #[tokio::test]
    async fn an_address_of_another_machine_is_named_with_its_cure() {
        // 192.0.2.0/24 is reserved for documentation.
        let error = UdpChannel::bind(loopback("192.0.2.1")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "`192.0.2.1` is not an address of this machine: choose one of its own, or `0.0.0.0` for all"
        );
    }

    #[tokio::test]
    async fn a_datagram_that_cannot_be_sent_is_lost_and_nothing_else() {
        let a = UdpChannel::bind(loopback("127.0.0.1")).unwrap();
        let b = UdpChannel::bind(loopback("127.0.0.1")).unwrap();
        let gone = UdpChannel::bind(loopback("127.0.0.1")).unwrap();
        let address_of_gone = gone.address();
        drop(gone);
        a.send(address_of_gone, b"nobody is there").await;
        assert!(!a.send(b.address(), &vec![0; 70_000]).await);
        assert!(!a.send(Address::new("[2001:db8::1]:9".parse().unwrap()), b"family").await);
        assert!(b.send(a.address(), b"still here").await);
        assert_eq!(received(&a).await, (b"still here".to_vec(), b.address()));
    }

    #[tokio::test]
    async fn a_port_that_nobody_uses_refuses_and_one_in_use_does_not() {
        let there = UdpChannel::bind(loopback("127.0.0.1")).unwrap();
        let knock = tokio::spawn(is_refused(there.address()));
        assert_eq!(received(&there).await.0, b"");
        assert!(!knock.is_finished());
        knock.abort();
        let address = there.address();
        drop(there);
        assert!(is_refused(address).await);
    }

    #[tokio::test]
    async fn a_found_port_is_free_and_not_found_again() {
        let port = find_port().unwrap();
        let address = Address::new(SocketAddr::new(Ipv4Addr::LOCALHOST.into(), port));
        let _taken = UdpChannel::bind(address).unwrap();
        assert!((10_000..32_000).contains(&port));
        assert_ne!(find_port().unwrap(), port);
    }

    #[tokio::test]
    async fn discarded_datagrams_are_never_received() {
        let a = UdpChannel::bind(loopback("127.0.0.1")).unwrap();
        let b = UdpChannel::bind(loopback("127.0.0.1")).unwrap();
        for _ in 0..3 {
            assert!(a.send(b.address(), b"stale").await);
        }
        b.discard_waiting();
        assert!(a.send(b.address(), b"fresh").await);
        assert_eq!(received(&b).await.0, b"fresh");
    }
}
