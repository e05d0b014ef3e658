//! Which command a notice answers, and whether each command came to a good end.

use super::machine::Client;
use super::output::Output;
use super::words::{Command, CommandNumber, Ending, Notice};

/// The command that is being answered.
#[derive(Clone, Copy, Debug)]
pub(super) struct Running {
    number: CommandNumber,
    is_refused: bool,
}

/// What a notice means to the command that is being answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Bearing {
    /// It answers, or tells how far the answer is.
    Answer,
    /// It says why the command was not done.
    Refusal,
    /// It is about something else.
    News,
}

impl Notice {
    /// Tells what the notice means to the command that is being answered.
    pub const fn bearing(&self) -> Bearing {
        match self {
            Self::Welcome
            | Self::WelcomeBack
            | Self::Received { .. }
            | Self::NoAcknowledgement { .. }
            | Self::Saved { .. }
            | Self::Exists(_)
            | Self::Deregistered
            | Self::GroupCreated(_)
            | Self::Groups(_)
            | Self::GroupEntered(_)
            | Self::GroupMessageTaken
            | Self::Users { .. }
            | Self::User(_)
            | Self::Members { .. }
            | Self::GroupLeft(_)
            | Self::History { .. }
            | Self::Pending(_)
            | Self::Cancelled { .. }
            | Self::Muted(_)
            | Self::Unmuted { .. }
            | Self::Retrying(_)
            | Self::Exiting => Bearing::Answer,
            Self::AlreadyLoggedIn
            | Self::NoSuchUser
            | Self::NotKnownHere(_)
            | Self::IncorrectName
            | Self::Offline
            | Self::GroupExists(_)
            | Self::NoListInGroup
            | Self::NoSuchGroup(_)
            | Self::AlreadyInGroup
            | Self::AlreadyInGroupRoom
            | Self::NotInGroup
            | Self::NoGroupToLeave
            | Self::Undelivered(_)
            | Self::ServerSilent
            | Self::InvalidCommand
            // The message is not lost, but neither did it get anywhere.
            | Self::Full(_)
            | Self::OutboxFull(_)
            | Self::NoHistory
            | Self::UnderWay(_)
            | Self::TooLate(_)
            | Self::NothingToCancel(_)
            | Self::NotMuted(_)
            | Self::TooManyCommands => Bearing::Refusal,
            Self::TableUpdated
            | Self::Direct { .. }
            | Self::Group { .. }
            | Self::KeptMessages
            | Self::Kept(_)
            | Self::Receipt(_)
            | Self::GroupLost(_)
            | Self::Kicked
            | Self::Recalling
            | Self::Resuming(_) => Bearing::News,
        }
    }
}

impl Client {
    pub(super) fn tell(&mut self, notice: Notice) {
        let mut answers = None;
        let bearing = notice.bearing();
        if let Some(running) = self.running.as_mut().filter(|_| bearing != Bearing::News) {
            running.is_refused |= bearing == Bearing::Refusal;
            answers = Some(running.number);
        }
        self.told.push_back(Output::Notice { group: self.group, notice, answers });
    }

    /// Names a command.
    pub(super) fn next_command(&mut self) -> CommandNumber {
        self.last_command += 1;
        CommandNumber(self.last_command)
    }

    /// Takes a command up.
    pub(super) fn begin(&mut self, number: CommandNumber, command: Command) {
        self.running = Some(Running { number, is_refused: false });
        self.execute(command);
    }

    /// Answers a command at once, whatever else is being answered.
    pub(super) fn answer_aside(&mut self, number: CommandNumber, notice: Notice) {
        let others = self.running.replace(Running { number, is_refused: false });
        self.tell(notice);
        self.finish();
        self.running = others;
    }

    /// Says that the command that is being answered was not done, though nobody is told why.
    pub(super) fn refuse(&mut self) {
        if let Some(running) = &mut self.running {
            running.is_refused = true;
        }
    }

    /// The command that was being answered is done with.
    pub(super) fn finish(&mut self) {
        if let Some(Running { number, is_refused }) = self.running.take() {
            self.told.push_back(Output::Done { command: number, success: !is_refused });
        }
    }

    /// Nothing that was asked for will be answered any more.
    pub(super) fn abandon_commands(&mut self) {
        self.refuse();
        self.finish();
        for (command, _) in std::mem::take(&mut self.waiting) {
            self.told.push_back(Output::Done { command, success: false });
        }
    }

    /// Ends the program, once everything is said.
    pub(super) fn end(&mut self, ending: Ending) {
        if ending.is_ok() {
            self.finish();
        }
        self.abandon_commands();
        for (command, _) in std::mem::take(&mut self.memory.questions) {
            self.told.push_back(Output::Done { command, success: false });
        }
        self.exit = Some(ending);
    }
}
