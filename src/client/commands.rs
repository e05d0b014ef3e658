//! What each command does in each mode.

use super::machine::{Client, Presence};
use super::table::Known;
use super::words::{Command, CommandNumber, Notice, User};
use crate::protocol::limits::COMMANDS_WAITING_MAX;
use crate::protocol::{Audience, Initiative, Request, Timestamp};

impl Client {
    /// Takes a command. One after the other: what comes while an answer is due waits for it, but
    /// neither the wish to leave nor a question about what is known here does. Tells the number by
    /// which [`Output`](super::Output)s name the command.
    pub fn handle_command(&mut self, command: Command, now: Timestamp) -> CommandNumber {
        self.now = self.clock.read(now);
        let number = self.next_command();
        if self.exit.is_some() {
            return number;
        }
        if let Some(notice) = self.known_here(&command) {
            self.answer_aside(number, notice);
        } else if let Command::Recall(query) = command {
            self.recall(number, query);
        } else if command == Command::Exit {
            self.leave(number);
        } else if !self.is_answering() {
            self.begin(number, command);
        } else if self.waiting.len() < COMMANDS_WAITING_MAX {
            self.waiting.push_back((number, command));
        } else {
            self.answer_aside(number, Notice::TooManyCommands);
        }
        self.proceed();
        number
    }

    /// Goes on with what waits, until there is an answer to wait for.
    pub(super) fn proceed(&mut self) {
        while self.exit.is_none() && self.activity.is_none() && !self.awaits_table() {
            self.finish();
            if let Some((number, command)) = self.waiting.pop_front() {
                self.begin(number, command);
            } else if let Some(to) = self.next_kept_recipient() {
                self.deliver(to);
            } else {
                return;
            }
        }
    }

    /// Finds somebody for whom messages wait here: the server was silent or had no room for them,
    /// or they are of an earlier run.
    fn next_kept_recipient(&self) -> Option<Audience> {
        self.outbox.next_recipient(self.now).filter(|_| self.is_ready_to_deliver())
    }

    /// Tells whether the server would take a message.
    pub(super) fn is_ready_to_deliver(&self) -> bool {
        self.presence == Presence::Online && self.lookout_at.is_none()
    }

    pub(super) fn execute(&mut self, command: Command) {
        match command {
            Command::Exit => self.say_good_bye(),
            Command::Register => self.command_request(self.connect_request(Initiative::Person)),
            Command::Dereg { name } if name != Some(self.name) => self.tell(Notice::IncorrectName),
            Command::Pending => self.list_pending(),
            Command::Cancel(n) => self.cancel(n),
            Command::Mute(name) => self.mute(name),
            Command::Unmute(name) => self.unmute(name),
            Command::Send { .. } if self.group.is_some() => self.tell(Notice::InvalidCommand),
            _ if self.presence != Presence::Online => self.tell(Notice::Offline),
            Command::Dereg { .. } => self.command_request(Request::Dereg),
            Command::Send { to, body } => self.send(to, body),
            Command::SendAll(body) => self.send_all(body),
            command => self.execute_group_command(command),
        }
    }

    /// Answers what nobody else has to be asked.
    fn known_here(&self, command: &Command) -> Option<Notice> {
        let user = |Known { row, since }| User {
            row,
            since: self.clock.shown(since),
            is_muted: self.memory.muted.contains_key(&row.name),
        };
        match command {
            Command::ListUsers | Command::Whois(_) if self.table.version().is_none() => {
                Some(if self.presence == Presence::Online {
                    Notice::ServerSilent
                } else {
                    Notice::Offline
                })
            }
            Command::ListUsers => Some(Notice::Users {
                users: self.table.everybody().map(user).collect(),
                is_excerpt: self.table.is_excerpt(),
            }),
            Command::Whois(name) => Some(match self.table.known(*name) {
                Some(known) => Notice::User(user(known)),
                None if self.table.is_excerpt() => Notice::NotKnownHere(*name),
                None => Notice::NoSuchUser,
            }),
            _ => None,
        }
    }

    fn execute_group_command(&mut self, command: Command) {
        let request = match (command, self.group) {
            (Command::CreateGroup(group), None) => Ok(Request::CreateGroup(group)),
            (Command::CreateGroup(_), Some(_)) => Err(Notice::AlreadyInGroupRoom),
            (Command::ListGroups, None) => Ok(Request::ListGroups),
            (Command::ListGroups, Some(_)) => Err(Notice::NoListInGroup),
            (Command::JoinGroup(group), None) => Ok(Request::JoinGroup(group)),
            (Command::JoinGroup(_), Some(_)) => Err(Notice::AlreadyInGroup),
            (Command::ListMembers, Some(_)) => Ok(Request::ListMembers),
            (Command::LeaveGroup, Some(_)) => Ok(Request::LeaveGroup),
            (Command::LeaveGroup, None) => Err(Notice::NoGroupToLeave),
            (Command::ListMembers, None) => Err(Notice::NotInGroup),
            _ => Err(Notice::InvalidCommand),
        };
        match request {
            Ok(request) => self.command_request(request),
            Err(notice) => self.tell(notice),
        }
    }

    /// Leaves. Nothing else that was asked for is answered any more.
    fn leave(&mut self, number: CommandNumber) {
        if self.presence == Presence::Leaving {
            self.finish();
        }
        self.abandon_commands();
        self.begin(number, Command::Exit);
    }

    /// Says good-bye to the server and ends; the second time, or with nobody to say it to, at once.
    fn say_good_bye(&mut self) {
        if self.presence != Presence::Leaving {
            self.tell(Notice::Exiting);
        }
        if self.presence == Presence::Online && self.lookout_at.is_none() {
            self.presence = Presence::Leaving;
            self.requests.clear();
            self.command_request(Request::Leave);
        } else {
            self.end(Ok(()));
        }
    }
}
