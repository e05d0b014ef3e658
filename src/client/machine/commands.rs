//! What each command does in each mode.

use super::{Activity, Client};
use crate::client::outbox::Cancel;
use crate::client::output::Output;
use crate::client::table::Known;
use crate::client::words::{Command, CommandNumber, Notice, User};
use crate::protocol::{ClientName, Fact, Initiative, Request, Timestamp};
use crate::records::{Found, Query};

impl Client {
    /// Takes a command, and returns the number by which [`Output`]s name it.
    ///
    /// Commands are answered one after the other: a command waits while an answer to an earlier one
    /// is due. Leaving, and queries of what is known locally, do not wait.
    pub fn handle_command(&mut self, command: Command, now: Timestamp) -> CommandNumber {
        self.now = self.clock.read(now);
        let number = self.commands.number();
        if self.effects.is_ending() {
            return number;
        }
        match command {
            Command::ListUsers | Command::Whois(_) | Command::Recall(_) => {
                self.aside(number, |client| client.execute(command));
            }
            Command::Exit => self.leave(number),
            Command::Register
            | Command::Send { .. }
            | Command::Dereg { .. }
            | Command::CreateGroup(_)
            | Command::ListGroups
            | Command::JoinGroup(_)
            | Command::SendAll(_)
            | Command::ListMembers
            | Command::LeaveGroup
            | Command::Pending
            | Command::Cancel(_)
            | Command::Mute(_)
            | Command::Unmute(_) => self.take_turn(number, command),
        }
        self.proceed();
        number
    }

    fn take_turn(&mut self, number: CommandNumber, command: Command) {
        if !self.is_answering() {
            self.begin(number, command);
        } else if !self.commands.push(number, command) {
            self.aside(number, |client| client.tell(Notice::TooManyCommands));
        }
    }

    /// Answers a command at once, whatever else is being answered.
    fn aside(&mut self, number: CommandNumber, answer: impl FnOnce(&mut Self)) {
        let other = self.commands.begin(number);
        answer(self);
        self.finish();
        self.commands.resume(other);
    }

    /// Continues with waiting commands and messages, until there is an answer to wait for.
    pub(super) fn proceed(&mut self) {
        while self.is_idle() {
            self.finish();
            if let Some((number, command)) = self.commands.pop() {
                self.begin(number, command);
            } else if let Some(to) = self.next_recipient() {
                self.deliver(to);
            } else {
                return;
            }
        }
    }

    /// Returns whether the next command can begin.
    pub(super) fn is_idle(&self) -> bool {
        !self.effects.is_ending() && self.activity.is_none() && !self.awaits_table()
    }

    fn begin(&mut self, number: CommandNumber, command: Command) {
        self.commands.begin(number);
        self.execute(command);
    }

    /// Finishes the command that is being answered.
    pub(super) fn finish(&mut self) {
        if let Some(done) = self.commands.finish() {
            self.effects.emit(done);
        }
    }

    /// Finishes all commands that are being answered, or wait for that, as not done.
    pub(super) fn abandon_commands(&mut self) {
        self.commands.refuse();
        self.finish();
        while let Some(done) = self.commands.abandon_next() {
            self.effects.emit(done);
        }
    }

    fn execute(&mut self, command: Command) {
        match command {
            Command::Exit => self.say_good_bye(),
            Command::Register => self.command_request(self.connect_request(Initiative::Person)),
            Command::Dereg { name } if name != Some(self.name) => self.tell(Notice::IncorrectName),
            Command::Dereg { name: _ } => self.ask_if_online(Ok(Request::Dereg)),
            Command::Send { to, body } => self.send(to, body),
            Command::SendAll(body) => self.send_all(body),
            Command::CreateGroup(group) => self.ask_if_online(match self.group() {
                None => Ok(Request::CreateGroup(group)),
                Some(_) => Err(Notice::AlreadyInGroupRoom),
            }),
            Command::ListGroups => self.ask_if_online(match self.group() {
                None => Ok(Request::ListGroups),
                Some(_) => Err(Notice::NoListInGroup),
            }),
            Command::JoinGroup(group) => self.ask_if_online(match self.group() {
                None => Ok(Request::JoinGroup(group)),
                Some(_) => Err(Notice::AlreadyInGroup),
            }),
            Command::ListMembers => self.ask_if_online(match self.group() {
                Some(_) => Ok(Request::ListMembers),
                None => Err(Notice::NotInGroup),
            }),
            Command::LeaveGroup => self.ask_if_online(match self.group() {
                Some(_) => Ok(Request::LeaveGroup),
                None => Err(Notice::NoGroupToLeave),
            }),
            Command::ListUsers => self.list_users(),
            Command::Whois(name) => self.show_user(name),
            Command::Recall(query) => self.recall(query),
            Command::Pending => self.list_pending(),
            Command::Cancel(n) => self.cancel(n),
            Command::Mute(name) => self.mute(name),
            Command::Unmute(name) => self.unmute(name),
        }
    }

    /// Sends a request to the server, or shows why it is not possible in the current mode.
    fn ask_if_online(&mut self, request: Result<Request, Notice>) {
        if !self.server.is_online() {
            return self.tell(Notice::Offline);
        }
        match request {
            Ok(request) => self.command_request(request),
            Err(notice) => self.tell(notice),
        }
    }

    fn list_users(&mut self) {
        let notice = self.table_problem().unwrap_or_else(|| Notice::Users {
            users: self.table.clients().map(|known| self.user(known)).collect(),
            is_excerpt: self.table.is_excerpt(),
        });
        self.tell(notice);
    }

    fn show_user(&mut self, name: ClientName) {
        let notice = self.table_problem().unwrap_or_else(|| match self.table.known(name) {
            Some(known) => Notice::User(Box::new(self.user(known))),
            None if self.table.is_excerpt() => Notice::NotKnownHere(name),
            None => Notice::NoSuchUser,
        });
        self.tell(notice);
    }

    /// Returns why there is no register table.
    fn table_problem(&self) -> Option<Notice> {
        let is_online = self.server.is_online();
        let problem = || if is_online { Notice::ServerSilent } else { Notice::Offline };
        self.table.version().is_none().then(problem)
    }

    fn user(&self, Known { row, since }: Known) -> User {
        User { row, since: self.clock.shown(since), is_muted: self.inbox.is_muted(row.name) }
    }

    fn recall(&mut self, query: Query) {
        if self.history.is_kept() {
            // It passes the gate after everything that it is to find.
            self.effects.emit(Output::Recall(query.clone()));
            self.commands.await_found(query);
        } else {
            self.tell(Notice::NoHistory);
        }
    }

    /// Takes what storage has found for the first query that is not answered yet.
    pub fn handle_found(&mut self, found: Found, now: Timestamp) {
        self.now = self.clock.read(now);
        let Some((number, query)) = self.commands.pop_query() else {
            return;
        };
        let found = self.history.complete(found, &query, &self.outbox);
        self.aside(number, |client| client.tell(Notice::History { query: Box::new(query), found }));
        self.proceed();
    }

    fn list_pending(&mut self) {
        let pending = self.outbox.list();
        self.tell(Notice::Pending(pending));
    }

    fn cancel(&mut self, n: usize) {
        match self.outbox.cancel(n, &mut self.effects) {
            Cancel::Done(settled) => {
                let to = settled.to;
                self.effects.decide(Fact::Refused(self.own(settled.text.number)));
                self.note_fate(settled);
                self.tell(Notice::Cancelled { n, to });
            }
            Cancel::Ask { to, number } => {
                self.ask_if_online(Ok(Request::Withdraw { to, number }));
            }
            Cancel::UnderWay => self.tell(Notice::UnderWay(n)),
            Cancel::TooLate => self.tell(Notice::TooLate(n)),
            Cancel::NotListed => self.tell(Notice::NothingToCancel(n)),
        }
    }

    fn mute(&mut self, name: ClientName) {
        self.inbox.mute(name, &mut self.effects);
        self.tell(Notice::Muted(name));
    }

    fn unmute(&mut self, name: ClientName) {
        let hidden = self.inbox.unmute(name, &mut self.effects);
        self.tell(match hidden {
            Some(hidden) => Notice::Unmuted { name, hidden },
            None => Notice::NotMuted(name),
        });
    }

    /// Leaves. No other command is answered any more.
    fn leave(&mut self, number: CommandNumber) {
        if self.server.is_leaving() {
            self.finish();
        }
        self.abandon_commands();
        self.begin(number, Command::Exit);
    }

    /// Deregisters from the server and ends; at once if that was tried before, or the server cannot
    /// be reached.
    fn say_good_bye(&mut self) {
        if !self.server.is_leaving() {
            self.tell(Notice::Exiting);
        }
        match self.server.leave(&mut self.endpoint, self.now) {
            Some(id) => self.activity = Some(Activity::Request(id)),
            None => self.end(Ok(())),
        }
    }
}
