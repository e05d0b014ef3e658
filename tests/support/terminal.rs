//! A program at a pseudo-terminal, seen as a person sees it.

use std::io::{Read as _, Write};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use portable_pty::{Child, CommandBuilder, PtyPair, PtySize, native_pty_system};

use crate::program::{CHATAPP, ephemeral};

/// How long a screen may stay unchanged before a wait for it fails. Generous: only a failing
/// test ever waits so long.
const SILENCE_MAX: Duration = Duration::from_secs(10);

const SIZE: PtySize = PtySize { rows: 40, cols: 80, pixel_width: 0, pixel_height: 0 };

/// A program at a terminal of 40 rows and 80 columns; killed, if it still runs, when dropped.
pub(crate) struct Terminal {
    pty: PtyPair,
    settings: String,
    child: Box<dyn Child + Send + Sync>,
    keys: Box<dyn Write + Send>,
    output: Receiver<Vec<u8>>,
    parser: vt100::Parser,
}

impl Terminal {
    /// Starts `chatapp` at a usual terminal.
    pub(crate) fn start(args: &[&str]) -> Self {
        Self::start_as("xterm-256color", args)
    }

    /// Starts `chatapp` at a terminal of this kind.
    pub(crate) fn start_as(term: &str, args: &[&str]) -> Self {
        let args: Vec<_> = args.iter().copied().chain(ephemeral(args)).collect();
        Self::start_program(CHATAPP, term, &args)
    }

    /// Starts a program at a terminal of this kind.
    pub(crate) fn start_program(program: &str, term: &str, args: &[&str]) -> Self {
        let pty = native_pty_system().openpty(SIZE).unwrap();
        let mut command = CommandBuilder::new(program);
        command.args(args);
        command.env("TERM", term);
        let settings = settings(&pty);
        let child = pty.slave.spawn_command(command).unwrap();
        let keys = pty.master.take_writer().unwrap();
        let mut reader = pty.master.try_clone_reader().unwrap();
        let (sender, output) = channel();
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(len @ 1..) = reader.read(&mut buffer) {
                if sender.send(buffer[..len].to_vec()).is_err() {
                    return;
                }
            }
        });
        Self {
            pty,
            settings,
            child,
            keys,
            output,
            parser: vt100::Parser::new(
                SIZE.rows.try_into().unwrap(),
                SIZE.cols.try_into().unwrap(),
                0,
            ),
        }
    }

    /// Types.
    pub(crate) fn type_keys(&mut self, keys: &str) {
        self.type_bytes(keys.as_bytes());
    }

    /// Types bytes that need not be text.
    pub(crate) fn type_bytes(&mut self, bytes: &[u8]) {
        self.keys.write_all(bytes).unwrap();
        self.keys.flush().unwrap();
    }

    /// Tells the rows of the screen up to the last that is not empty, without trailing blanks.
    pub(crate) fn rows(&self) -> Vec<String> {
        let contents = self.parser.screen().rows(0, SIZE.cols);
        let mut rows: Vec<_> = contents.map(|row| row.trim_end().to_owned()).collect();
        while rows.last().is_some_and(String::is_empty) {
            rows.pop();
        }
        rows
    }

    /// Waits until the screen's rows are as wanted.
    pub(crate) fn wait_for(&mut self, wanted: &str, is_so: impl Fn(&[String]) -> bool) {
        self.wait_until(wanted, |terminal| is_so(&terminal.rows()));
    }

    /// Waits until a row says exactly this.
    pub(crate) fn wait_for_row(&mut self, row: &str) {
        self.wait_for(row, |rows| rows.iter().any(|seen| seen == row));
    }

    /// Waits until the last row says exactly this.
    pub(crate) fn wait_for_last_row(&mut self, row: &str) {
        self.wait_for(row, |rows| rows.last().is_some_and(|seen| seen == row));
    }

    /// Sends the signal that asks a program to end.
    pub(crate) fn terminate(&self) {
        let id = self.child.process_id().unwrap().to_string();
        let status = std::process::Command::new("kill").arg(id).status();
        assert!(status.unwrap().success());
    }

    /// Waits for the end of the program; tells its exit code.
    pub(crate) fn wait_for_exit(&mut self) -> u32 {
        let mut killer = self.child.clone_killer();
        let (ended, end) = channel::<()>();
        let watch = thread::spawn(move || {
            if end
                .recv_timeout(SILENCE_MAX)
                .is_err_and(|error| error == std::sync::mpsc::RecvTimeoutError::Timeout)
            {
                killer.kill().unwrap();
            }
        });
        let status = self.child.wait().unwrap();
        drop(ended);
        watch.join().unwrap();
        assert_eq!(status.signal(), None, "the program did not end by itself");
        status.exit_code()
    }

    /// Fails unless the program, which has ended, left the terminal as it found it.
    pub(crate) fn assert_settings_are_back(&mut self) {
        assert_eq!(settings(&self.pty), self.settings);
        self.wait_until("the end of bracketed paste", |terminal| {
            !terminal.parser.screen().bracketed_paste()
        });
    }

    fn wait_until(&mut self, wanted: &str, is_so: impl Fn(&Self) -> bool) {
        while !is_so(self) {
            let Ok(bytes) = self.output.recv_timeout(SILENCE_MAX) else {
                panic!("waited for {wanted}, but saw:\n{}", self.rows().join("\n"));
            };
            self.parser.process(&bytes);
        }
    }
}

fn settings(pty: &PtyPair) -> String {
    format!("{:?}", pty.master.get_termios().unwrap())
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // It may have ended already.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
