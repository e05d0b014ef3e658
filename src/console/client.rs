//! A client with its prompt and its screen.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use jiff::tz::TimeZone;

use super::actor::{Actor, Effect, Line, prompt_in};
use super::answers::{complaint, help, help_on, time_of_day};
use super::client_lines::{Said, render, times_shown};
use super::commands::COMMANDS;
use super::parse::{Asked, parse};
use super::vocabulary::{Commands, Person, Vocabulary};
use crate::client::{Bearing, Client, Command, CommandNumber, Notice, Output};
use crate::protocol::{
    Address, ClientName, GroupName, Holdings, Machine, Presence, Row, Timestamp,
};
use crate::records::{Found, Record, Ticket};

/// Parser, client and renderer in one machine.
#[derive(Debug)]
pub struct ClientConsole {
    client: Client,
    zone: TimeZone,
    effects: VecDeque<Effect>,
    /// Why each typed line that is not done with was refused, if it was.
    lines: BTreeMap<CommandNumber, Option<String>>,
    /// The time of what is dealt with.
    now: Timestamp,
    /// Whether the time stands before what is told.
    times: bool,
    /// The prompt that was made last, and for which group.
    prompt: (Option<GroupName>, Arc<str>),
}

impl ClientConsole {
    /// Makes a client that is not started yet. Times are shown as the clocks of `zone` have them.
    pub fn new(name: ClientName, server: Address, seed: u64, zone: TimeZone) -> Self {
        let client = Client::new(name, server, seed);
        let (effects, lines) = (VecDeque::new(), BTreeMap::new());
        let (now, prompt) = (Timestamp::default(), (None, prompt_in(None)));
        Self { client, zone, effects, lines, now, times: false, prompt }
    }

    /// Keeps no history.
    #[must_use]
    pub fn without_history(mut self) -> Self {
        self.client = self.client.without_history();
        self
    }

    /// Says whether the time of day stands before what is told.
    #[must_use]
    pub fn with_times(self, times: bool) -> Self {
        Self { times, ..self }
    }

    /// Shows a notice that came up in a group, or outside of any.
    fn show(&mut self, group: Option<GroupName>, notice: Notice, answers: Option<CommandNumber>) {
        let prompt = prompt_for(&mut self.prompt, group);
        let time = self.times.then(|| time_of_day(self.now, &self.zone) + " ");
        let effects = &mut self.effects;
        let is_refusal = notice.bearing() == Bearing::Refusal;
        let answered = answers.and_then(|number| self.lines.get_mut(&number));
        let mut problem = answered.filter(|problem| is_refusal && problem.is_none());
        let show = |Said { text, marks }| {
            if let Some(problem) = problem.take() {
                *problem = Some(bare(&text).to_owned());
            }
            let mut line = Line { prompt: prompt.clone(), text, marks };
            if let Some(time) = &time {
                line.begin_with(time);
            }
            effects.push_back(Effect::Show(line));
        };
        render(notice, &self.zone, show);
    }

    /// Shows what comes of a line without the client's doing.
    fn show_lines_of(&mut self, lines: Vec<String>, done: Result<(), String>) {
        let prompt = prompt_for(&mut self.prompt, self.client.group());
        for text in lines {
            self.effects.push_back(Effect::Show(Line::new(prompt.clone(), text)));
        }
        self.effects.push_back(Effect::Done(done));
    }

    fn done(&mut self, command: CommandNumber, success: bool) -> Option<Effect> {
        let problem = self.lines.remove(&command)?;
        let abandoned = || "the chat ended before it was done".to_owned();
        Some(Effect::Done(if success { Ok(()) } else { Err(problem.unwrap_or_else(abandoned)) }))
    }
}

/// Takes the brackets off a line.
fn bare(text: &str) -> &str {
    text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text)
}

/// Makes the prompt, unless it was the last one.
fn prompt_for(last: &mut (Option<GroupName>, Arc<str>), group: Option<GroupName>) -> &Arc<str> {
    if last.0 != group {
        *last = (group, prompt_in(group));
    }
    &last.1
}

impl Machine for ClientConsole {
    type Output = Effect;

    fn handle_datagram(&mut self, from: Address, bytes: &[u8], now: Timestamp) {
        self.now = now;
        self.client.handle_datagram(from, bytes, now);
    }

    fn handle_timeout(&mut self, now: Timestamp) {
        self.now = now;
        self.client.handle_timeout(now);
    }

    fn poll_output(&mut self) -> Option<Effect> {
        loop {
            if let Some(effect) = self.effects.pop_front() {
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
                Some(Output::Exit(ending)) => Some(Effect::Exit(ending)),
                Some(Output::Notice { group, notice, answers }) => {
                    self.show(group, notice, answers);
                    continue;
                }
                Some(Output::Done { command, success }) => match self.done(command, success) {
                    None => continue,
                    done => done,
                },
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
        self.now = now;
        self.client.handle_stored(ticket, now);
    }

    fn handle_found(&mut self, found: Found, now: Timestamp) {
        self.now = now;
        self.client.handle_found(found, now);
    }

    fn start(&mut self, now: Timestamp) {
        self.now = now;
        self.client.start(now);
    }

    fn handle_line(&mut self, line: &str, now: Timestamp) {
        self.now = now;
        let in_group = self.client.group().is_some();
        match parse(line.strip_suffix('\r').unwrap_or(line), in_group) {
            Ok(Some(Asked::Command(command))) => {
                let number = self.client.handle_command(command, now);
                self.lines.insert(number, None);
            }
            Ok(Some(Asked::Help)) => self.show_lines_of(help(COMMANDS, in_group), Ok(())),
            Ok(Some(Asked::HelpOn(spec))) => self.show_lines_of(vec![help_on(spec)], Ok(())),
            Ok(Some(Asked::Times)) => {
                self.times = !self.times;
                self.show_lines_of(vec![times_shown(self.times).to_owned()], Ok(()));
            }
            Ok(None) => {}
            Err(error) => {
                let problem = error.to_string();
                self.show_lines_of(complaint(error), Err(problem));
            }
        }
    }

    fn handle_interrupt(&mut self, now: Timestamp) {
        self.now = now;
        // Nobody has typed it: nobody waits for its end.
        let _number = self.client.handle_command(Command::Exit, now);
    }

    fn prompt(&self) -> Arc<str> {
        match self.client.group() {
            group if group == self.prompt.0 => self.prompt.1.clone(),
            group => prompt_in(group),
        }
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
