//! The time from a key to its echo, with and without incoming messages.
#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock, and paces itself")]

use std::io::{Read as _, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use pty_process::Size;
use pty_process::blocking::{self, Pty};
use tempfile::TempDir;

use crate::comparison::{note_time, timed};
use crate::prompt::{CHATAPP, Server};

/// The number of keys, and the pause after each echo.
const KEYS: usize = 400;
const BETWEEN_KEYS: Duration = Duration::from_millis(8);

/// The length of a line in keys.
const LINE_LEN: usize = 40;

/// The clients that write 2,000 messages per second together.
const AUTHORS: usize = 4;
const MESSAGES_PER_TURN: usize = 5;
const TURN: Duration = Duration::from_millis(10);

const SIZE: (u16, u16) = (24, 80);
const CLEAR_LINE: &str = "\x15";

/// The echo of keys without incoming messages.
#[divan::bench(sample_count = 1, sample_size = 1)]
fn idle() {
    let server = Server::start();
    let mut typist = Typist::sit_down(&server);
    for _ in 0..KEYS / LINE_LEN {
        typist.type_line("keys::idle");
    }
}

/// The echo of keys while 2,000 messages per second arrive.
#[divan::bench(sample_count = 1, sample_size = 1)]
fn flooded() {
    let server = Server::start();
    let mut typist = Typist::sit_down(&server);
    let is_over = Arc::new(AtomicBool::new(false));
    let write = |n| Author::start(&server, n, Arc::clone(&is_over));
    let authors: Vec<_> = (0..AUTHORS).map(write).collect();
    typist.wait_for("the first messages", |screen| screen.contents().contains("author"));
    let (before, started_at) = (typist.messages(), Instant::now());
    for _ in 0..KEYS / LINE_LEN {
        typist.type_line("keys::flooded");
    }
    let messages = u32::try_from(typist.messages() - before).unwrap();
    note_time("keys::messages", messages, started_at.elapsed());
    is_over.store(true, Ordering::SeqCst);
    authors.into_iter().for_each(Author::finish);
}

/// A typing client.
struct Typist {
    pty: Arc<Pty>,
    child: Child,
    output: Receiver<Vec<u8>>,
    parser: vt100::Parser,
    /// The folder of its prompt history.
    _folder: TempDir,
}

impl Typist {
    fn sit_down(server: &Server) -> Self {
        let (pty, terminal) = blocking::open().unwrap();
        pty.resize(Size::new(SIZE.0, SIZE.1)).unwrap();
        let folder = TempDir::new().unwrap();
        let command = blocking::Command::new(CHATAPP).env("TERM", "xterm-256color").arg("client");
        let command = command.args(["c1", &server.address, "--ephemeral", "--history"]);
        let child = command.arg(folder.path().join("history")).spawn(terminal).unwrap();
        let pty = Arc::new(pty);
        let (reader, (sender, output)) = (Arc::clone(&pty), channel());
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(len @ 1..) = (&*reader).read(&mut buffer) {
                if sender.send(buffer[..len].to_vec()).is_err() {
                    return;
                }
            }
        });
        let (rows, columns) = (SIZE.0.try_into().unwrap(), SIZE.1.try_into().unwrap());
        let parser = vt100::Parser::new(rows, columns, 100_000);
        let mut typist = Self { pty, child, output, parser, _folder: folder };
        typist.wait_for("the table", |screen| screen.contents().contains("table updated"));
        typist.wait_for_line(">>>");
        typist
    }

    /// Types a line key by key, and measures the time until each echo is at the cursor.
    fn type_line(&mut self, name: &'static str) {
        let mut line = "send author0 ".to_owned();
        self.press(&line);
        self.wait_for_line(&format!(">>> {}", line.trim_end()));
        for key in ('a'..='z').cycle().take(LINE_LEN) {
            line.push(key);
            timed(name, 1, || {
                self.press(key.encode_utf8(&mut [0; 4]));
                self.wait_for_line(&format!(">>> {line}"));
            });
            self.rest();
        }
        self.press(CLEAR_LINE);
        self.wait_for_line(">>>");
    }

    fn press(&mut self, keys: &str) {
        (&*self.pty).write_all(keys.as_bytes()).unwrap();
    }

    /// Reads the screen for a while.
    fn rest(&mut self) {
        let until = Instant::now() + BETWEEN_KEYS;
        while let Ok(bytes) =
            self.output.recv_timeout(until.saturating_duration_since(Instant::now()))
        {
            self.parser.process(&bytes);
        }
    }

    /// Waits until the row of the cursor begins like this; a hint may follow.
    fn wait_for_line(&mut self, line: &str) {
        self.wait_for(line, |screen| {
            let (row, _) = screen.cursor_position();
            screen.rows(0, SIZE.1).nth(usize::from(row)).is_some_and(|row| row.starts_with(line))
        });
    }

    fn wait_for(&mut self, wanted: &str, is_so: impl Fn(&vt100::Screen) -> bool) {
        while !is_so(self.parser.screen()) {
            let bytes = self.output.recv_timeout(Duration::from_secs(10));
            let screen = self.parser.screen().contents();
            self.parser.process(&bytes.unwrap_or_else(|_| panic!("no {wanted}:\n{screen}")));
        }
    }

    /// Returns the number of rows that were shown, which is about the number of messages.
    fn messages(&self) -> usize {
        self.parser.screen().scrollback_len()
    }
}

impl Drop for Typist {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// A client that writes a quarter of a flood.
struct Author {
    child: Child,
    writing: JoinHandle<()>,
}

impl Author {
    fn start(server: &Server, n: usize, is_over: Arc<AtomicBool>) -> Self {
        let name = format!("author{n}");
        let mut command = Command::new(CHATAPP);
        command.args(["client", &name, &server.address, "--ephemeral"]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        let mut input = child.stdin.take().unwrap();
        let writing = thread::spawn(move || {
            let turn = "send c1 a message of some length, as people write them\n";
            let turn = turn.repeat(MESSAGES_PER_TURN);
            let mut next_at = Instant::now();
            while !is_over.load(Ordering::SeqCst) {
                input.write_all(turn.as_bytes()).unwrap();
                next_at += TURN;
                thread::sleep(next_at.saturating_duration_since(Instant::now()));
            }
        });
        Self { child, writing }
    }

    fn finish(mut self) {
        self.writing.join().unwrap();
        self.child.wait().unwrap();
    }
}
