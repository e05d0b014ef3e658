//! The server with its screen and its prompt.

use std::collections::VecDeque;
use std::sync::Arc;

use jiff::tz::TimeZone;
use machine::{Actor, Completions, Effect, Outcome, RestoreError};

use super::actor::{Console, prompt_in};
use super::answers::{complaint, help, help_on, time_of_day};
use super::client_lines::times_shown;
use super::commands::ADMIN_COMMANDS;
use super::completion::complete;
use super::constructor::Asked;
use super::line_text::{LineText, line};
use super::parse::parse_admin;
use super::server_lines::render;
use super::vocabulary::{Commands, Person, Vocabulary};
use crate::protocol::{Address, Machine, Timestamp};
use crate::records::{ServerRecord, Ticket};
use crate::server::{Command, Notice, Output, Report, Server, Stats};

/// Parser, server and renderer in one machine.
#[derive(Debug)]
pub struct ServerConsole {
    server: Server,
    address: Address,
    zone: TimeZone,
    /// Whether lines begin with the time of day.
    times: bool,
    /// The time of the current input.
    now: Timestamp,
    shown: VecDeque<Effect>,
    /// For the log.
    reports: VecDeque<Report>,
    has_ended: bool,
    prompt: Arc<str>,
    nothing: Arc<str>,
}

impl ServerConsole {
    /// Makes the console of a server that can be reached at `address`. Times are shown in `zone`.
    pub fn new(server: Server, address: Address, zone: TimeZone) -> Self {
        Self {
            server,
            address,
            zone,
            times: false,
            now: Timestamp::default(),
            shown: VecDeque::new(),
            reports: VecDeque::new(),
            has_ended: false,
            prompt: prompt_in(None),
            nothing: "".into(),
        }
    }

    fn show(&mut self, notice: Notice) {
        let prompt = if notice == Notice::Listening { &self.nothing } else { &self.prompt };
        let time = self.times.then(|| time_of_day(self.now, &self.zone));
        let shown = &mut self.shown;
        render(notice, &self.zone, |text| {
            let mut line = text.unmarked(prompt);
            if let Some(time) = &time {
                line.begin_with(time);
            }
            shown.push_back(Effect::Show(line));
        });
    }

    fn show_lines(&mut self, lines: impl IntoIterator<Item = LineText>) {
        let lines = lines.into_iter().map(|text| Effect::Show(text.unmarked(&self.prompt)));
        self.shown.extend(lines);
    }
}

impl Machine for ServerConsole {
    type Output = Effect;

    fn handle_datagram(&mut self, from: Address, bytes: &[u8], now: Timestamp) {
        self.now = now;
        self.server.handle_datagram(from, bytes, now);
    }

    fn handle_timeout(&mut self, now: Timestamp) {
        self.now = now;
        self.server.handle_timeout(now);
    }

    fn poll_output(&mut self) -> Option<Effect> {
        loop {
            if let Some(effect) = self.shown.pop_front() {
                return Some(effect);
            }
            // Each part is moved once: outputs are large.
            return match self.server.poll_output() {
                None if self.server.is_closed() && !self.has_ended => {
                    self.has_ended = true;
                    Some(Effect::Exit(Outcome::Left))
                }
                None => None,
                Some(Output::Transmit { to, bytes }) => Some(Effect::Transmit { to, bytes }),
                Some(Output::Store { ticket, changes }) => Some(Effect::Store { ticket, changes }),
                Some(Output::Fact(ref fact)) => Some(Effect::Fact(fact.encode())),
                Some(Output::Report(report)) => {
                    self.reports.push_back(report);
                    continue;
                }
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

    fn assert_invariants(&self) {
        self.server.assert_invariants();
    }

    fn is_busy(&self) -> bool {
        self.server.is_busy()
    }
}

impl Actor for ServerConsole {
    fn restore(&mut self, _key: &[u8], value: &[u8]) -> Result<(), RestoreError> {
        let record =
            ServerRecord::decode(value).map_err(|error| RestoreError(error.to_string()))?;
        self.server.restore(&record);
        Ok(())
    }

    fn start(&mut self, now: Timestamp) {
        self.now = now;
        self.server.start(now);
        let (ip, port) = (self.address.ip(), self.address.port());
        self.show_lines([line!["[Server started at ", ip, " on port ", port, "]"]]);
        self.show(Notice::Listening);
    }

    fn handle_line(&mut self, line: &str, now: Timestamp) {
        self.now = now;
        match parse_admin(line.strip_suffix('\r').unwrap_or(line)) {
            Ok(Some(Asked::Command(Command::Shutdown))) => self.handle_interrupt(now),
            Ok(Some(Asked::Command(command))) => self.server.handle_command(command, now),
            Ok(Some(Asked::Help)) => self.show_lines(help(ADMIN_COMMANDS, false)),
            Ok(Some(Asked::HelpOn(spec))) => self.show_lines([help_on(spec)]),
            Ok(Some(Asked::Times)) => {
                self.times = !self.times;
                self.show_lines([times_shown(self.times).into()]);
            }
            Ok(None) => {}
            Err(error) => self.show_lines(complaint(error)),
        }
    }

    fn handle_interrupt(&mut self, now: Timestamp) {
        self.now = now;
        self.server.close(now);
    }

    fn handle_stored(&mut self, ticket: Ticket, now: Timestamp) {
        self.now = now;
        self.server.handle_stored(ticket, now);
    }

    fn prompt(&self) -> Arc<str> {
        self.prompt.clone()
    }

    fn is_answering(&self) -> bool {
        false
    }

    fn holdings(&self) -> Vec<u8> {
        self.server.holdings().encode()
    }

    fn completions(&self, line: &str) -> Completions {
        complete(line, &self.vocabulary())
    }
}

impl Console for ServerConsole {
    fn commands(&self) -> Commands {
        Commands::new(ADMIN_COMMANDS, false)
    }

    fn vocabulary(&self) -> Vocabulary {
        let clients = self.server.rows().map(Person::from).collect();
        Vocabulary { commands: self.commands(), clients, groups: Vec::new() }
    }

    fn stats(&self) -> Option<Stats> {
        Some(self.server.stats())
    }

    fn poll_report(&mut self) -> Option<Report> {
        self.reports.pop_front()
    }
}
