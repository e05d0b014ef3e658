//! A client with its prompt and its screen.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::Arc;

use jiff::tz::TimeZone;
use machine::{Actor, Completions, Effect, RestoreError};

use super::actor::Console;
use super::commands::COMMANDS;
use super::completion::complete;
use super::constructor::Asked;
use super::json::{self, Id, Read};
use super::parse::parse;
use super::parse_error::ParseError;
use super::renderer::Renderer;
use super::vocabulary::{Commands, Person, Vocabulary};
use crate::client::{Bounds, Client, Command, CommandNumber, Failure, Notice, Output};
use crate::protocol::{Address, ClientName, GroupName, Machine, Timestamp};
use crate::records::{ClientRecord, Found, Ticket};

/// Parser, client and renderer in one machine.
#[derive(Debug)]
pub struct ClientConsole {
    client: Client,
    renderer: Renderer,
    /// The typed lines that are not finished.
    lines: BTreeMap<CommandNumber, Typed>,
    /// Why it has failed, if it has.
    failure: Option<Failure>,
}

/// A typed line that is being answered.
#[derive(Debug)]
struct Typed {
    /// The id that a program gave it.
    id: Option<Id>,
    /// Why it was refused, if it was.
    problem: Option<String>,
}

impl ClientConsole {
    /// Makes a client that is not started. Times are shown in `zone`.
    pub fn new(name: ClientName, server: Address, seed: u64, zone: TimeZone) -> Self {
        let client = Client::new(name, server, seed);
        Self { client, renderer: Renderer::new(zone), lines: BTreeMap::new(), failure: None }
    }

    /// Writes JSON objects instead of text, one per line.
    #[must_use]
    pub fn in_json(self) -> Self {
        Self { renderer: self.renderer.in_json(), ..self }
    }

    /// Sets whether lines begin with the time of day.
    #[must_use]
    pub fn with_times(self, times: bool) -> Self {
        Self { renderer: self.renderer.with_times(times), ..self }
    }

    /// Sets the bounds.
    #[must_use]
    pub fn with_bounds(mut self, bounds: Bounds) -> Self {
        self.client = self.client.with(bounds);
        self
    }

    /// Keeps no history.
    #[must_use]
    pub fn without_history(mut self) -> Self {
        self.client = self.client.without_history();
        self
    }

    /// Keeps only the latest messages of the history.
    #[must_use]
    pub fn with_history_limit(mut self, limit: NonZeroUsize) -> Self {
        self.client = self.client.with_history_limit(limit);
        self
    }

    #[inline(never)]
    fn show(&mut self, group: Option<GroupName>, notice: Notice, answers: Option<CommandNumber>) {
        let mut typed = answers.and_then(|number| self.lines.get_mut(&number));
        let id = typed.as_ref().and_then(|typed| typed.id.clone());
        let problem = self.renderer.notice(group, notice, id);
        if let Some(typed) = typed.as_mut().filter(|typed| typed.problem.is_none()) {
            typed.problem = problem;
        }
    }

    /// Reports the end of a command, if it was typed.
    fn finish(&mut self, command: CommandNumber, success: bool) {
        let Some(Typed { id, problem }) = self.lines.remove(&command) else { return };
        let abandoned = || "it was not answered".to_owned();
        let done = if success { Ok(()) } else { Err(problem.unwrap_or_else(abandoned)) };
        self.renderer.done(self.client.group(), done, id);
    }

    /// Executes a parsed line, to which a program may have given an id.
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
                self.renderer.help(group, None, id.clone());
                self.renderer.done(group, Ok(()), id);
            }
            Ok(Some(Asked::HelpOn(spec))) => {
                self.renderer.help(group, Some(spec), id.clone());
                self.renderer.done(group, Ok(()), id);
            }
            Ok(Some(Asked::Times)) => {
                self.renderer.switch_times(group, id.clone());
                self.renderer.done(group, Ok(()), id);
            }
            Err(error) => {
                let problem = error.to_string();
                self.renderer.complaint(group, error, id.clone());
                self.renderer.done(group, Err(problem), id);
            }
        }
    }
}

impl Machine for ClientConsole {
    type Output = Effect;

    fn handle_datagram(&mut self, from: Address, bytes: &[u8], now: Timestamp) {
        self.renderer.now = now;
        self.client.handle_datagram(from, bytes, now);
    }

    fn handle_timeout(&mut self, now: Timestamp) {
        self.renderer.now = now;
        self.client.handle_timeout(now);
    }

    fn poll_output(&mut self) -> Option<Effect> {
        loop {
            if let Some(effect) = self.renderer.poll_effect() {
                return Some(effect);
            }
            // Each part is moved once: outputs are large.
            return match self.client.poll_output() {
                None => None,
                Some(Output::Transmit { to, bytes }) => Some(Effect::Transmit { to, bytes }),
                Some(Output::Store { ticket, changes }) => Some(Effect::Store { ticket, changes }),
                Some(Output::Shown { number, .. }) => Some(Effect::Mark(number)),
                Some(Output::Recall(query)) => Some(Effect::Ask(query.encode())),
                // Borrowed, because a fact that is moved right after it was made stalls the processor.
                Some(Output::Fact(ref fact)) => Some(Effect::Fact(fact.encode())),
                Some(Output::Exit(ending)) => {
                    self.failure = ending.err();
                    self.renderer.end(self.client.group(), ending);
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

    fn assert_invariants(&self) {
        self.client.assert_invariants();
    }

    fn is_busy(&self) -> bool {
        self.client.is_busy()
    }
}

impl Actor for ClientConsole {
    fn restore(&mut self, _key: &[u8], value: &[u8]) -> Result<(), RestoreError> {
        let record =
            ClientRecord::decode(value).map_err(|error| RestoreError(error.to_string()))?;
        self.client.restore(record);
        Ok(())
    }

    fn restore_mark(&mut self, mark: u64) {
        self.client.restore(ClientRecord::Shown(mark));
    }

    fn handle_stored(&mut self, ticket: Ticket, now: Timestamp) {
        self.renderer.now = now;
        self.client.handle_stored(ticket, now);
    }

    fn handle_answer(&mut self, answer: Vec<u8>, now: Timestamp) {
        self.renderer.now = now;
        self.client.handle_found(Found::decode(&answer), now);
    }

    fn start(&mut self, now: Timestamp) {
        self.renderer.now = now;
        self.client.start(now);
    }

    fn handle_line(&mut self, line: &str, now: Timestamp) {
        self.renderer.now = now;
        let line = line.strip_suffix('\r').unwrap_or(line);
        if line.trim_start().starts_with('{') {
            let Read { id, asked } = json::read(line);
            self.take(asked.map(Some), id, now);
        } else {
            self.take(parse(line, self.client.group().is_some()), None, now);
        }
    }

    fn handle_interrupt(&mut self, now: Timestamp) {
        self.renderer.now = now;
        // It was not typed, so nothing waits for its end.
        let _number = self.client.handle_command(Command::Exit, now);
    }

    fn prompt(&self) -> Arc<str> {
        self.renderer.prompt(self.client.group())
    }

    fn is_answering(&self) -> bool {
        self.client.is_answering()
    }

    fn holdings(&self) -> Vec<u8> {
        self.client.holdings().encode()
    }

    fn completions(&self, line: &str) -> Completions {
        complete(line, &self.vocabulary())
    }
}

impl Console for ClientConsole {
    fn commands(&self) -> Commands {
        Commands::new(COMMANDS, self.client.group().is_some())
    }

    fn vocabulary(&self) -> Vocabulary {
        Vocabulary {
            commands: self.commands(),
            clients: self.client.clients_known().map(|row| Person::from(*row)).collect(),
            groups: self.client.groups_heard().iter().map(ToString::to_string).collect(),
        }
    }

    fn waiting(&self) -> usize {
        self.client.waiting()
    }

    fn failure(&self) -> Option<Failure> {
        self.failure
    }
}
