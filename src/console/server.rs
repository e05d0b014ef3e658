//! The server with its screen.

use std::collections::VecDeque;
use std::sync::Arc;

use super::actor::{Actor, Effect, Line, prompt_in};
use super::server_lines::render;
use crate::protocol::{Address, Holdings, Machine, Timestamp};
use crate::records::{Record, Ticket};
use crate::server::{Notice, Output, Server};

/// The server and what its screen shows. Nothing can be typed there.
#[derive(Debug)]
pub struct ServerConsole {
    server: Server,
    address: Address,
    shown: VecDeque<Effect>,
    prompt: Arc<str>,
    nothing: Arc<str>,
}

impl ServerConsole {
    /// Gives a screen to a server that can be reached at `address`.
    pub fn new(server: Server, address: Address) -> Self {
        let (prompt, nothing) = (prompt_in(None), "".into());
        Self { server, address, shown: VecDeque::new(), prompt, nothing }
    }

    fn show(&mut self, notice: Notice) {
        let prompt = if notice == Notice::Listening { &self.nothing } else { &self.prompt };
        let shown = &mut self.shown;
        render(notice, |text| {
            shown.push_back(Effect::Show(Line::new(prompt.clone(), text)));
        });
    }
}

impl Machine for ServerConsole {
    type Output = Effect;

    fn handle_datagram(&mut self, from: Address, bytes: &[u8], now: Timestamp) {
        self.server.handle_datagram(from, bytes, now);
    }

    fn handle_timeout(&mut self, now: Timestamp) {
        self.server.handle_timeout(now);
    }

    fn poll_output(&mut self) -> Option<Effect> {
        loop {
            if let Some(effect) = self.shown.pop_front() {
                return Some(effect);
            }
            // Each part is moved once: outputs are large.
            return match self.server.poll_output() {
                None => None,
                Some(Output::Transmit { to, bytes }) => Some(Effect::Transmit { to, bytes }),
                Some(Output::Store { ticket, changes }) => Some(Effect::Store { ticket, changes }),
                Some(Output::Fact(fact)) => Some(Effect::Fact(fact)),
                Some(Output::Notice(notice)) => {
                    self.show(notice);
                    continue;
                }
            };
        }
    }

    fn poll_timeout(&self) -> Option<Timestamp> {
        self.server.poll_timeout()
    }

    fn is_busy(&self) -> bool {
        self.server.is_busy()
    }
}

impl Actor for ServerConsole {
    fn restore(&mut self, record: Record) {
        self.server.restore(&record);
    }

    fn start(&mut self, now: Timestamp) {
        self.server.start(now);
        let (ip, port) = (self.address.ip(), self.address.port());
        let text = format!("[Server started at {ip} on port {port}]");
        self.shown.push_back(Effect::Show(Line::new(self.prompt.clone(), text)));
        self.show(Notice::Listening);
    }

    fn handle_interrupt(&mut self, _now: Timestamp) {
        self.shown.push_back(Effect::Exit(Ok(())));
    }

    fn handle_stored(&mut self, ticket: Ticket, now: Timestamp) {
        self.server.handle_stored(ticket, now);
    }

    fn prompt(&self) -> Arc<str> {
        self.nothing.clone()
    }

    fn is_answering(&self) -> bool {
        false
    }

    fn holdings(&self) -> Holdings {
        self.server.holdings()
    }
}
