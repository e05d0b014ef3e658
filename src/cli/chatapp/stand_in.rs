//! Stands in for the chat's own actors until they are there.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use crate::console::{Actor, Effect, Line, Outcome, Vocabulary};
use crate::protocol::limits::{REQUEST_RETRIES, REQUEST_RETRY_EVERY};
use crate::protocol::{Address, ClientName, Machine, Timestamp};
use crate::server::Ticket;

pub(super) struct Server {
    address: Address,
    clients: BTreeMap<String, Address>,
    output: VecDeque<Effect>,
}

impl Server {
    pub(super) fn new(address: Address) -> Self {
        Self {
            address,
            clients: BTreeMap::new(),
            output: VecDeque::new(),
        }
    }

    fn show(&mut self, prompt: &str, text: String) {
        let prompt = prompt.into();
        self.output.push_back(Effect::Show(Line { prompt, text }));
    }

    fn send(&mut self, to: Address, text: String) {
        let bytes = text.into_bytes();
        self.output.push_back(Effect::Transmit { to, bytes });
    }
}

impl Machine for Server {
    type Output = Effect;

    fn handle_datagram(&mut self, from: Address, bytes: &[u8], _: Timestamp) {
        let Ok(text) = std::str::from_utf8(bytes) else {
            return;
        };
        let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
        match word {
            "hello" if self.clients.get(rest).is_some_and(|&at| at != from) => {
                self.send(from, "taken".to_owned());
            }
            "hello" => {
                self.clients.insert(rest.to_owned(), from);
                self.send(from, "welcome".to_owned());
                let names: Vec<_> = self.clients.keys().cloned().collect();
                let table = format!("table {}", names.join(" "));
                for to in self.clients.clone().into_values() {
                    self.send(to, table.clone());
                }
                self.show(">>> ", "[Client table updated.]".to_owned());
            }
            "bye" => self.clients.retain(|_, &mut at| at != from),
            "send" => {
                let (to, text) = rest.split_once(' ').unwrap_or((rest, ""));
                let author = self.clients.iter().find(|&(_, &at)| at == from);
                let author = author.map_or("?", |(name, _)| name.as_str());
                let forwarded = format!("show {author}: {text}");
                match self.clients.get(to).copied() {
                    Some(at) => {
                        self.send(at, forwarded);
                        self.send(from, format!("answer [Message received by {to}.]"));
                    }
                    None => self.send(from, "answer [User does not exist.]".to_owned()),
                }
            }
            _ => {}
        }
    }

    fn handle_timeout(&mut self, _: Timestamp) {}

    fn poll_output(&mut self) -> Option<Effect> {
        self.output.pop_front()
    }

    fn poll_timeout(&self) -> Option<Timestamp> {
        None
    }

    fn is_busy(&self) -> bool {
        false
    }
}

impl Actor for Server {
    fn start(&mut self, _: Timestamp) {
        let (ip, port) = (self.address.ip(), self.address.port());
        self.show(">>> ", format!("[Server started at {ip} on port {port}]"));
        self.show("", "[Start listening...]".to_owned());
    }

    fn handle_line(&mut self, _: &str, _: Timestamp) {}

    fn handle_interrupt(&mut self, _: Timestamp) {
        self.output.push_back(Effect::Exit(Outcome::Left));
    }

    fn handle_stored(&mut self, _: Ticket, _: Timestamp) {}

    fn prompt(&self) -> Arc<str> {
        Arc::from("")
    }

    fn is_answering(&self) -> bool {
        false
    }

    fn vocabulary(&self) -> Vocabulary {
        Vocabulary::default()
    }
}

pub(super) struct Client {
    name: ClientName,
    server: Address,
    group: Option<String>,
    clients: Vec<String>,
    groups: BTreeSet<String>,
    waiting: Option<(String, u32, Timestamp)>,
    lines: VecDeque<String>,
    output: VecDeque<Effect>,
}

impl Client {
    pub(super) fn new(name: ClientName, server: Address) -> Self {
        Self {
            name,
            server,
            group: None,
            clients: Vec::new(),
            groups: BTreeSet::new(),
            waiting: None,
            lines: VecDeque::new(),
            output: VecDeque::new(),
        }
    }

    fn show(&mut self, text: impl Into<String>) {
        let prompt = self.prompt();
        let text = text.into();
        self.output.push_back(Effect::Show(Line { prompt, text }));
    }

    fn ask(&mut self, text: String, tries: u32, now: Timestamp) {
        let bytes = text.clone().into_bytes();
        let to = self.server;
        self.output.push_back(Effect::Transmit { to, bytes });
        self.waiting = Some((text, tries, now + REQUEST_RETRY_EVERY));
    }

    fn answered(&mut self, now: Timestamp) {
        self.waiting = None;
        while self.waiting.is_none()
            && let Some(line) = self.lines.pop_front()
        {
            self.handle_line(&line, now);
        }
    }
}

impl Machine for Client {
    type Output = Effect;

    fn handle_datagram(&mut self, _: Address, bytes: &[u8], now: Timestamp) {
        let Ok(text) = std::str::from_utf8(bytes) else {
            return;
        };
        let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
        match word {
            "welcome" => {
                self.show("[Welcome, You are registered.]");
                self.answered(now);
            }
            "taken" => {
                self.show("[You have already login somewhere else.]");
                self.output.push_back(Effect::Exit(Outcome::Failed));
            }
            "table" => {
                self.clients = rest.split(' ').map(str::to_owned).collect();
                self.show("[Client table updated.]");
            }
            "show" => self.show(rest),
            "answer" => {
                self.show(rest);
                self.answered(now);
            }
            _ => {}
        }
    }

    fn handle_timeout(&mut self, now: Timestamp) {
        match self.waiting.take() {
            Some((_, REQUEST_RETRIES, at)) if at <= now => {
                self.show("[Server not responding.]");
                self.show("[Exiting...]");
                self.output.push_back(Effect::Exit(Outcome::Failed));
            }
            Some((text, tries, at)) if at <= now => {
                self.show(format!("[Message sent! {} times. Retrying...]", tries + 1));
                self.ask(text, tries + 1, now);
            }
            waiting => self.waiting = waiting,
        }
    }

    fn poll_output(&mut self) -> Option<Effect> {
        self.output.pop_front()
    }

    fn poll_timeout(&self) -> Option<Timestamp> {
        self.waiting.as_ref().map(|&(_, _, at)| at)
    }

    fn is_busy(&self) -> bool {
        self.waiting.is_some()
    }
}

impl Actor for Client {
    fn start(&mut self, now: Timestamp) {
        self.ask(format!("hello {}", self.name), 0, now);
    }

    fn handle_line(&mut self, line: &str, now: Timestamp) {
        if self.waiting.is_some() {
            self.lines.push_back(line.to_owned());
            return;
        }
        let line = line.trim();
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match word {
            "" => {}
            "exit" => self.handle_interrupt(now),
            "send" if self.group.is_none() => self.ask(format!("send {rest}"), 0, now),
            "create_group" => {
                self.groups.insert(rest.to_owned());
                self.show(format!("[Group {rest} created by Server.]"));
            }
            "join_group" => {
                self.group = Some(rest.to_owned());
                self.show(format!("[Entered group {rest} successfully.]"));
            }
            "leave_group" => match self.group.take() {
                Some(group) => self.show(format!("[Leave group chat {group}.]")),
                None => self.show("[You have not joined a group yet.]"),
            },
            _ => self.show("Invalid command!"),
        }
    }

    fn handle_interrupt(&mut self, _: Timestamp) {
        let (to, bytes) = (self.server, b"bye".to_vec());
        self.output.push_back(Effect::Transmit { to, bytes });
        self.output.push_back(Effect::Exit(Outcome::Left));
    }

    fn handle_stored(&mut self, _: Ticket, _: Timestamp) {}

    fn prompt(&self) -> Arc<str> {
        match &self.group {
            Some(group) => format!(">>> ({group}) ").into(),
            None => ">>> ".into(),
        }
    }

    fn is_answering(&self) -> bool {
        self.waiting.is_some()
    }

    fn vocabulary(&self) -> Vocabulary {
        let commands = match self.group {
            None => vec![
                "reg",
                "send",
                "dereg",
                "create_group",
                "list_groups",
                "join_group",
                "exit",
            ],
            Some(_) => vec![
                "reg",
                "send_all",
                "list_members",
                "leave_group",
                "dereg",
                "exit",
            ],
        };
        Vocabulary {
            commands,
            clients: self.clients.clone(),
            groups: self.groups.iter().cloned().collect(),
        }
    }
}
