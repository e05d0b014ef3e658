//! A client with its prompt and its screen.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::tz::TimeZone;

use super::actor::{Actor, Effect};
use super::commands::COMMANDS;
use super::json::{self, Id, Read};
use super::parse::{Asked, ParseError, parse};
use super::vocabulary::{Commands, Person, Vocabulary};
use super::voice::Voice;
use crate::client::{Client, Command, CommandNumber, Notice, Output};
use crate::protocol::{
    Address, ClientName, GroupName, Holdings, Machine, Presence, Row, Timestamp,
};
use crate::records::{Found, Record, Ticket};

/// Parser, client and renderer in one machine.
#[derive(Debug)]
pub struct ClientConsole {
    client: Client,
    voice: Voice,
    /// The typed lines that are not done with.
    lines: BTreeMap<CommandNumber, Typed>,
}

/// A typed line that is being answered.
#[derive(Debug)]
struct Typed {
    /// How a program names it.
    id: Option<Id>,
    /// Why it was refused, if it was.
    problem: Option<String>,
}

impl ClientConsole {
    /// Makes a client that is not started yet. Times are shown as the clocks of `zone` have them.
    pub fn new(name: ClientName, server: Address, seed: u64, zone: TimeZone) -> Self {
        let client = Client::new(name, server, seed);
        Self { client, voice: Voice::new(zone), lines: BTreeMap::new() }
    }

    /// Tells everything in objects of JSON, one a line.
    #[must_use]
    pub fn in_json(self) -> Self {
        Self { voice: self.voice.in_json(), ..self }
    }

    /// Says whether the time of day stands before what is told.
    #[must_use]
    pub fn with_times(self, times: bool) -> Self {
        Self { voice: self.voice.with_times(times), ..self }
    }

    /// Keeps no history.
    #[must_use]
    pub fn without_history(mut self) -> Self {
        self.client = self.client.without_history();
        self
    }

    fn show(&mut self, group: Option<GroupName>, notice: Notice, answers: Option<CommandNumber>) {
        let mut typed = answers.and_then(|number| self.lines.get_mut(&number));
        let id = typed.as_ref().and_then(|typed| typed.id.clone());
        let problem = self.voice.notice(group, notice, id);
        if let Some(typed) = typed.as_mut().filter(|typed| typed.problem.is_none()) {
            typed.problem = problem;
        }
    }

    /// Says that a command is done with, if it was typed.
    fn finish(&mut self, command: CommandNumber, success: bool) {
        let Some(Typed { id, problem }) = self.lines.remove(&command) else { return };
        let abandoned = || "it was not answered".to_owned();
        let done = if success { Ok(()) } else { Err(problem.unwrap_or_else(abandoned)) };
        self.voice.done(self.client.group(), done, id);
    }

    /// Takes what a line asks for, which a program may have named.
    fn take(
        &mut self,
        asked: Result<Option<Asked<Command>>, ParseError>,
        id: Option<Id>,
        now: Timestamp,
    ) {
        let group = self.client.group();
        match asked {
            Ok(None) => {}
            Ok(Some(Asked::Command(command))) => {
                let number = self.client.handle_command(command, now);
                self.lines.insert(number, Typed { id, problem: None });
            }
            Ok(Some(Asked::Help)) => {
                self.voice.help(group, None, id.clone());
                self.voice.done(group, Ok(()), id);
            }
            Ok(Some(Asked::HelpOn(spec))) => {
                self.voice.help(group, Some(spec), id.clone());
                self.voice.done(group, Ok(()), id);
            }
            Ok(Some(Asked::Times)) => {
                self.voice.switch_times(group, id.clone());
                self.voice.done(group, Ok(()), id);
            }
            Err(error) => {
                let problem = error.to_string();
                self.voice.complaint(group, error, id.clone());
                self.voice.done(group, Err(problem), id);
            }
        }
    }
}

impl Machine for ClientConsole {
    type Output = Effect;

    fn handle_datagram(&mut self, from: Address, bytes: &[u8], now: Timestamp) {
        self.voice.now = now;
        self.client.handle_datagram(from, bytes, now);
    }

    fn handle_timeout(&mut self, now: Timestamp) {
        self.voice.now = now;
        self.client.handle_timeout(now);
    }

    fn poll_output(&mut self) -> Option<Effect> {
        loop {
            if let Some(effect) = self.voice.poll_effect() {
                return Some(effect);
            }
            // Each part is moved once: outputs are large.
            return match self.client.poll_output() {
                None => None,
                Some(Output::Transmit { to, bytes }) => Some(Effect::Transmit { to, bytes }),
                Some(Output::Store { ticket, changes }) => Some(Effect::Store { ticket, changes }),
                Some(Output::Shown { number, .. }) => Some(Effect::Shown(number)),
                Some(Output::Recall(query)) => Some(Effect::Recall(query)),
                Some(Output::Fact(fact)) => Some(Effect::Fact(fact)),
                Some(Output::Exit(ending)) => {
                    self.voice.end(self.client.group(), ending);
                    continue;
                }
                Some(Output::Notice { group, notice, answers }) => {
                    self.show(group, notice, answers);
                    continue;
                }
                Some(Output::Done { command, success }) => {
                    self.finish(command, success);
                    continue;
                }
            };
        }
    }

    fn poll_timeout(&self) -> Option<Timestamp> {
        self.client.poll_timeout()
    }

    fn is_busy(&self) -> bool {
        self.client.is_busy()
    }
}

impl Actor for ClientConsole {
    fn restore(&mut self, record: Record) {
        self.client.restore(record);
    }

    fn handle_stored(&mut self, ticket: Ticket, now: Timestamp) {
        self.voice.now = now;
        self.client.handle_stored(ticket, now);
    }

    fn handle_found(&mut self, found: Found, now: Timestamp) {
        self.voice.now = now;
        self.client.handle_found(found, now);
    }

    fn start(&mut self, now: Timestamp) {
        self.voice.now = now;
        self.client.start(now);
    }

    fn handle_line(&mut self, line: &str, now: Timestamp) {
        self.voice.now = now;
        let line = line.strip_suffix('\r').unwrap_or(line);
        if line.trim_start().starts_with('{') {
            let Read { id, asked } = json::read(line);
            self.take(asked.map(Some), id, now);
        } else {
            self.take(parse(line, self.client.group().is_some()), None, now);
        }
    }

    fn handle_interrupt(&mut self, now: Timestamp) {
        self.voice.now = now;
        // Nobody has typed it: nobody waits for its end.
        let _number = self.client.handle_command(Command::Exit, now);
    }

    fn prompt(&self) -> Arc<str> {
        self.voice.prompt(self.client.group())
    }

    fn is_answering(&self) -> bool {
        self.client.is_answering()
    }

    fn waiting(&self) -> usize {
        self.client.waiting()
    }

    fn holdings(&self) -> Holdings {
        self.client.holdings()
    }

    fn commands(&self) -> Commands {
        Commands::new(COMMANDS, self.client.group().is_some())
    }

    fn vocabulary(&self) -> Vocabulary {
        let person = |row: &Row| Person {
            name: row.name.to_string(),
            is_online: row.presence == Presence::Online,
        };
        Vocabulary {
            commands: self.commands(),
            clients: self.client.clients_known().map(person).collect(),
            groups: self.client.groups_heard().iter().map(ToString::to_string).collect(),
        }
    }
}
