//! A bad network between real programs: every datagram goes through this relay, which loses some,
//! repeats some and delays some.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

/// The probabilities of faults, in percent of all datagrams.
const LOST: u32 = 10;
const REPEATED: u32 = 5;
const OVERTAKEN: u32 = 20;

/// The maximum time that a datagram waits to be overtaken.
const HELD_BACK_MAX: Duration = Duration::from_millis(40);

/// The programs send to this relay instead of each other.
pub(crate) struct Relay {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

struct Shared {
    /// The address of the server, as each client sees it.
    doors: Vec<UdpSocket>,
    /// The address of each client, as the others see it.
    faces: Vec<UdpSocket>,
    homes: Mutex<Homes>,
}

/// The real addresses of the programs.
struct Homes {
    server: Option<SocketAddr>,
    clients: Vec<Option<SocketAddr>>,
    /// Whether the network is free of faults.
    is_healed: bool,
    has_ended: bool,
}

#[derive(Clone, Copy)]
enum Place {
    Door(usize),
    Face(usize),
}

/// The sender's and the receiver's address with which a datagram is passed on.
type Way = (Place, SocketAddr);

impl Relay {
    pub(crate) fn start(clients: usize, seed: u64) -> Self {
        let bind = |_| {
            let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
            socket.set_read_timeout(Some(HELD_BACK_MAX)).unwrap();
            socket
        };
        let homes = Homes {
            server: None,
            clients: vec![None; clients],
            is_healed: false,
            has_ended: false,
        };
        let shared = Arc::new(Shared {
            doors: (0..clients).map(bind).collect(),
            faces: (0..clients).map(bind).collect(),
            homes: Mutex::new(homes),
        });
        let places = (0..clients).flat_map(|client| [Place::Door(client), Place::Face(client)]);
        let threads = places.zip(seed..).map(|(place, seed)| {
            let shared = Arc::clone(&shared);
            std::thread::spawn(move || shared.relay(place, seed))
        });
        Self { threads: threads.collect(), shared }
    }

    /// Returns the address of the server, as a client sees it.
    pub(crate) fn door(&self, client: usize) -> SocketAddr {
        self.shared.doors[client].local_addr().unwrap()
    }

    /// Sets the real address of the server.
    pub(crate) fn serve(&self, port: u16) {
        self.shared.homes.lock().unwrap().server = Some((Ipv4Addr::LOCALHOST, port).into());
    }

    /// Ends all faults.
    pub(crate) fn heal(&self) {
        self.shared.homes.lock().unwrap().is_healed = true;
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.shared.homes.lock().unwrap().has_ended = true;
        for thread in self.threads.drain(..) {
            thread.join().unwrap();
        }
    }
}

impl Shared {
    fn socket(&self, place: Place) -> &UdpSocket {
        match place {
            Place::Door(client) => &self.doors[client],
            Place::Face(client) => &self.faces[client],
        }
    }

    /// Passes on the datagrams of one socket, until the end.
    fn relay(&self, place: Place, seed: u64) {
        let mut chance = ChaCha8Rng::seed_from_u64(seed);
        let mut held_back: Option<(Way, Vec<u8>)> = None;
        let mut buffer = vec![0; 64 * 1024];
        loop {
            // A time-out, or an earlier datagram did not reach a program: neither is an arrival.
            let arrival = self.socket(place).recv_from(&mut buffer);
            let (mut fate, way) = {
                let mut homes = self.homes.lock().unwrap();
                if homes.has_ended {
                    return;
                }
                let fate = if homes.is_healed { 99 } else { chance.next_u32() % 100 };
                let way = arrival.as_ref().ok().and_then(|(_, from)| homes.way(place, *from));
                (fate, way)
            };
            let len = arrival.map_or(0, |(len, _)| len);
            if let Some(way) = way.filter(|_| fate >= LOST) {
                fate -= LOST;
                let bytes = &buffer[..len];
                if (REPEATED..REPEATED + OVERTAKEN).contains(&fate) && held_back.is_none() {
                    held_back = Some((way, bytes.to_vec()));
                    continue;
                }
                self.send(way, bytes);
                if fate < REPEATED {
                    self.send(way, bytes);
                }
            }
            if let Some((way, bytes)) = held_back.take() {
                self.send(way, &bytes);
            }
        }
    }

    fn send(&self, (from, to): Way, bytes: &[u8]) {
        // A program that was killed a moment ago does not receive it.
        self.socket(from).send_to(bytes, to).ok();
    }
}

impl Homes {
    /// Returns how to pass on a datagram from `from`; `None` if the sender is unknown.
    fn way(&mut self, place: Place, from: SocketAddr) -> Option<Way> {
        match place {
            Place::Door(client) => {
                // The client may have moved there a moment ago.
                self.clients[client] = Some(from);
                Some((Place::Face(client), self.server?))
            }
            Place::Face(client) => {
                let to = self.clients[client]?;
                if self.server == Some(from) {
                    return Some((Place::Door(client), to));
                }
                let peer = self.clients.iter().position(|home| *home == Some(from))?;
                Some((Place::Face(peer), to))
            }
        }
    }
}
