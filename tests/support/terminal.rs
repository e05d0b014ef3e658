//! A program at a pseudo-terminal, seen as a person sees it.

use std::io::{Read as _, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use nix::sys::termios::tcgetattr;
use pty_process::Size;
use pty_process::blocking::{self, Pty};

use crate::program::{CHATAPP, NOWHERE, ephemeral};

/// How long a screen may stay unchanged before a wait for it fails. Generous: only a failing test
/// ever waits this long.
const SILENCE_MAX: Duration = Duration::from_secs(10);

/// The terminal and environment of a program.
pub(crate) struct Setting<'a> {
    /// The program.
    pub(crate) program: &'a str,
    /// The kind of its terminal.
    pub(crate) term: &'a str,
    /// Its rows and columns.
    pub(crate) size: (u16, u16),
    /// More environment variables.
    pub(crate) variables: &'a [(&'a str, &'a str)],
}

impl Default for Setting<'_> {
    fn default() -> Self {
        Self { program: CHATAPP, term: "xterm-256color", size: (40, 80), variables: &[] }
    }
}

/// Variables of the user who runs the tests that would change the screen.
const PERSONAL: [&str; 3] = ["NO_COLOR", "COLORTERM", "TERM_PROGRAM"];

/// What a terminal received besides the text of its screen.
#[derive(Default)]
pub(crate) struct Told {
    /// The number of bells.
    pub(crate) bells: usize,
    /// Its notices on the desktop.
    pub(crate) notices: Vec<String>,
}

impl vt100::Callbacks for Told {
    fn audible_bell(&mut self, _: &mut vt100::Screen) {
        self.bells += 1;
    }

    fn unhandled_osc(&mut self, _: &mut vt100::Screen, params: &[&[u8]]) {
        if let Some((&b"9", notice)) = params.split_first() {
            self.notices.push(String::from_utf8(notice.concat()).unwrap());
        }
    }
}

/// The size of the scrollback, in rows.
const SCROLLBACK: usize = 200_000;

/// A program at a terminal; killed, if it still runs, when dropped.
pub(crate) struct Terminal {
    pub(crate) pty: Arc<Pty>,
    settings: String,
    child: Child,
    output: Receiver<Vec<u8>>,
    pub(crate) parser: vt100::Parser<Told>,
}

impl Terminal {
    /// Starts `chatapp` at a usual terminal of 40 rows and 80 columns.
    pub(crate) fn start(args: &[&str]) -> Self {
        Self::start_in(&Setting::default(), args)
    }

    /// Starts a program in this setting.
    pub(crate) fn start_in(setting: &Setting<'_>, args: &[&str]) -> Self {
        let Setting { program, term, size: (rows, columns), variables } = *setting;
        let ephemeral = ephemeral(args).filter(|_| program == CHATAPP);
        let args = args.iter().copied().chain(ephemeral);
        let (pty, terminal) = blocking::open().unwrap();
        pty.resize(Size::new(rows, columns)).unwrap();
        let settings = settings(&pty);
        let pty = Arc::new(pty);
        let mut command = blocking::Command::new(program).args(args).env("TERM", term);
        command = command.env("XDG_CONFIG_HOME", NOWHERE);
        for variable in PERSONAL {
            command = command.env_remove(variable);
        }
        let command = command.env("XDG_CONFIG_HOME", NOWHERE).envs(variables.iter().copied());
        let child = command.spawn(terminal).unwrap();
        let (reader, (sender, output)) = (Arc::clone(&pty), channel());
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(len @ 1..) = (&*reader).read(&mut buffer) {
                if sender.send(buffer[..len].to_vec()).is_err() {
                    return;
                }
            }
        });
        let size = (rows.try_into().unwrap(), columns.try_into().unwrap());
        let parser = vt100::Parser::new_with_callbacks(size.0, size.1, SCROLLBACK, Told::default());
        Self { pty, settings, child, output, parser }
    }

    /// Types.
    pub(crate) fn type_keys(&mut self, keys: &str) {
        self.type_bytes(keys.as_bytes());
    }

    /// Types bytes that need not be valid text.
    pub(crate) fn type_bytes(&mut self, bytes: &[u8]) {
        (&*self.pty).write_all(bytes).unwrap();
    }

    /// Returns the rows of the screen up to the last that is not empty, without trailing blanks.
    pub(crate) fn rows(&self) -> Vec<String> {
        let screen = self.parser.screen();
        let contents = screen.rows(0, screen.size().1.into());
        let mut rows: Vec<_> = contents.map(|row| row.trim_end().to_owned()).collect();
        while rows.last().is_some_and(String::is_empty) {
            rows.pop();
        }
        rows
    }

    /// Waits until the screen's rows are as expected.
    pub(crate) fn wait_for(&mut self, wanted: &str, is_so: impl Fn(&[String]) -> bool) {
        self.wait_until(wanted, |terminal| is_so(&terminal.rows()));
    }

    /// Waits until a row is exactly this.
    pub(crate) fn wait_for_row(&mut self, row: &str) {
        self.wait_for(row, |rows| rows.iter().any(|seen| seen == row));
    }

    /// Waits until the last row is exactly this.
    pub(crate) fn wait_for_last_row(&mut self, row: &str) {
        self.wait_for(row, |rows| rows.last().is_some_and(|seen| seen == row));
    }

    /// Sends the signal that asks a program to end.
    pub(crate) fn terminate(&self) {
        let id = self.child.id().to_string();
        let status = Command::new("kill").arg(id).status();
        assert!(status.unwrap().success());
    }

    /// Waits for the end of the program; returns its exit code.
    pub(crate) fn wait_for_exit(&mut self) -> i32 {
        let (id, (ended, end)) = (self.child.id(), channel::<()>());
        let watch = thread::spawn(move || {
            if end.recv_timeout(SILENCE_MAX) == Err(RecvTimeoutError::Timeout) {
                Command::new("kill").args(["-9", &id.to_string()]).status().unwrap();
            }
        });
        let status = self.child.wait().unwrap();
        drop(ended);
        watch.join().unwrap();
        assert_eq!(status.signal(), None, "the program did not end by itself");
        status.code().unwrap()
    }

    /// Fails unless the program, which has ended, left the terminal as it found it.
    pub(crate) fn assert_settings_are_back(&mut self) {
        assert_eq!(settings(&self.pty), self.settings);
        self.wait_until("the end of bracketed paste", |terminal| {
            !terminal.parser.screen().bracketed_paste()
        });
    }

    /// Waits until a condition holds.
    pub(crate) fn wait_until(&mut self, wanted: &str, is_so: impl Fn(&Self) -> bool) {
        while !is_so(self) {
            let Ok(bytes) = self.output.recv_timeout(SILENCE_MAX) else {
                let Told { bells, notices } = self.parser.callbacks();
                let rows = self.rows().join("\n");
                panic!("waited for {wanted}, but saw ({bells} bells, {notices:?}):\n{rows}");
            };
            self.parser.process(&bytes);
        }
    }
}

fn settings(pty: &Pty) -> String {
    format!("{:?}", tcgetattr(pty).unwrap())
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // It may have ended already.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
