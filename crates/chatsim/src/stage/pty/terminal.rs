//! A program at a pseudo-terminal of its own.

use std::io::{self, Read, Write};
use std::process::{Child, Command};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use pty_process::Size;
use pty_process::blocking::{self, Pty};

use super::screen::{COLUMNS, ROWS};
use super::signals::{Group, keep_output_at_signals};
use machine::Outcome;

/// The value of `TERM` for programs: one that every editor knows.
const TERM: &str = "xterm-256color";

/// The size of one read, in bytes.
const READ_LEN_MAX: usize = 8 * 1024;

/// Makes a terminal take the next key literally: Ctrl-V.
const QUOTE: char = '\x16';

const ENTER: char = '\r';

const CTRL_C: &str = "\x03";

/// An event of a terminal.
pub(super) enum Output {
    /// Output of the program.
    Bytes(Vec<u8>),
    /// The terminal was closed.
    Closed,
}

/// A program at a terminal. It is killed, with all processes that it has started, on drop.
pub(super) struct Terminal {
    child: Child,
    group: Group,
    /// How it ended, once that is known.
    ended: Option<Outcome>,
    /// Queued keys. A thread writes them, because a paused program reads nothing.
    keys: Sender<Vec<u8>>,
}

impl Terminal {
    /// Starts a program. Its output is passed to `tell`, on a thread of its own, until that returns
    /// `false`.
    ///
    /// # Errors
    ///
    /// The system refuses: e.g. there is no such program.
    pub(super) fn start(
        mut command: Command,
        tell: impl Fn(Output) -> bool + Send + 'static,
    ) -> Result<Self, String> {
        command.env("TERM", TERM);
        // Scenarios write times in UTC.
        command.env("TZ", "UTC");
        let (pty, terminal) = blocking::open().map_err(text)?;
        pty.resize(Size::new(ROWS.get(), COLUMNS.get())).map_err(text)?;
        keep_output_at_signals(&terminal).map_err(text)?;
        let screen = Arc::new(pty);
        let keyboard = Arc::clone(&screen);
        let (keys, typed) = channel();
        spawn("screen", move || read_all(&screen, tell)).map_err(text)?;
        spawn("keyboard", move || write_all(&keyboard, &typed)).map_err(text)?;
        let child = blocking::Command::from(command).spawn(terminal).map_err(text)?;
        let group = Group::led_by(child.id());
        Ok(Self { child, group, ended: None, keys })
    }

    /// Types a line and Enter.
    pub(super) fn type_line(&self, line: &str) {
        let mut keys = String::with_capacity(line.len() + 1);
        for key in line.chars() {
            keys.extend(key.is_ascii_control().then_some(QUOTE));
            keys.push(key);
        }
        keys.push(ENTER);
        self.type_keys(keys);
    }

    /// Types Ctrl-C.
    pub(super) fn interrupt(&self) {
        self.type_keys(CTRL_C.to_owned());
    }

    /// Pauses the program and all processes that it has started.
    pub(super) fn hold(&self) -> io::Result<()> {
        self.group.hold()
    }

    /// Resumes it.
    pub(super) fn go_on(&self) -> io::Result<()> {
        self.group.go_on()
    }

    /// Returns how the program ended, if it has.
    pub(super) fn outcome(&mut self) -> Option<Outcome> {
        if self.ended.is_none()
            && let Ok(Some(status)) = self.child.try_wait()
        {
            // Processes that it has left behind are killed as well.
            self.group.kill();
            self.ended = Some(outcome(status.success()));
        }
        self.ended
    }

    /// Kills the program and its processes, unless it has ended; returns how it ended.
    pub(super) fn kill(&mut self) -> Outcome {
        if let Some(outcome) = self.outcome() {
            return outcome;
        }
        self.group.kill();
        let status = self.child.wait();
        let outcome = outcome(status.is_ok_and(|status| status.success()));
        self.ended = Some(outcome);
        outcome
    }

    fn type_keys(&self, keys: String) {
        // A program that has ended needs no keys.
        self.keys.send(keys.into_bytes()).ok();
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.kill();
    }
}

const fn outcome(is_success: bool) -> Outcome {
    if is_success { Outcome::Left } else { Outcome::Failed }
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    thread::Builder::new().name(name.to_owned()).spawn(work).map(drop)
}

fn read_all(mut terminal: &Pty, tell: impl Fn(Output) -> bool) {
    let mut buffer = vec![0; READ_LEN_MAX];
    loop {
        match terminal.read(&mut buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Ok(len @ 1..) => {
                let bytes = buffer.get(..len).unwrap_or_default().to_vec();
                if !tell(Output::Bytes(bytes)) {
                    return;
                }
            }
            // Linux reports the end as an error.
            Ok(_) | Err(_) => {
                tell(Output::Closed);
                return;
            }
        }
    }
}

fn write_all(mut terminal: &Pty, typed: &Receiver<Vec<u8>>) {
    for keys in typed {
        if terminal.write_all(&keys).is_err() {
            return;
        }
    }
}
