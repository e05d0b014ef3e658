//! A client from its start to its prompt.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, Command, Stdio};

use divan::Bencher;
use pty_process::blocking::{self, Pty};
use tempfile::TempDir;

use crate::comparison::timed;

pub(crate) const CHATAPP: &str = env!("CARGO_BIN_EXE_chatapp");
const CTRL_D: &[u8] = b"\x04";

/// In a pipe, until it is welcomed.
#[divan::bench(sample_size = 1)]
fn piped(bencher: Bencher<'_, '_>) {
    let server = Server::start();
    bencher.bench_local(|| {
        timed("prompt::piped", 1, || {
            let mut command = Command::new(CHATAPP);
            command.args(["client", "c1", &server.address, "--ephemeral"]);
            let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
            let line = first_line(&mut child);
            assert!(line.starts_with(">>> [Welcome"), "{line}");
            Leaving(child)
        })
    });
}

/// At a terminal, until it accepts a line.
#[divan::bench(sample_size = 1)]
fn at_a_terminal(bencher: Bencher<'_, '_>) {
    let (server, folder) = (Server::start(), TempDir::new().unwrap());
    let history = folder.path().join("history");
    let command = || {
        let command = blocking::Command::new(CHATAPP).env("TERM", "xterm-256color").arg("client");
        command.args(["c1", &server.address, "--ephemeral", "--history"]).arg(&history)
    };
    let inputs = || (command(), blocking::open().unwrap());
    bencher.with_inputs(inputs).bench_local_values(|(command, (mut pty, terminal))| {
        timed("prompt::at_a_terminal", 1, || {
            let child = command.spawn(terminal).unwrap();
            await_prompt(&mut pty);
            LeavingTerminal { child, pty }
        })
    });
}

fn await_prompt(output: &mut Pty) {
    let (mut screen, mut buffer) = (vt100::Parser::default(), [0; 4096]);
    let is_prompt = |line: &str| line.trim_end() == ">>>";
    while !screen.screen().contents().lines().last().is_some_and(is_prompt) {
        let len = output.read(&mut buffer).unwrap();
        assert_ne!(len, 0, "the client ended without a prompt");
        screen.process(buffer.get(..len).unwrap_or_default());
    }
}

fn first_line(child: &mut Child) -> String {
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    line
}

/// A server on a free port; ended when it is dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: String,
}

impl Server {
    /// Starts a server and waits until it listens.
    pub(crate) fn start() -> Self {
        let mut command = Command::new(CHATAPP);
        command.args(["server", "--port", "0"]).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let line = first_line(&mut child);
        let port = line.trim_end().trim_end_matches(']').rsplit(' ').next().unwrap();
        Self { address: format!("127.0.0.1:{port}"), child }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// A client in a pipe that leaves when it is dropped, which is not measured.
struct Leaving(Child);

impl Drop for Leaving {
    fn drop(&mut self) {
        assert!(self.0.wait().unwrap().success());
    }
}

/// A client at a terminal that leaves when it is dropped, which is not measured.
pub(crate) struct LeavingTerminal {
    pub(crate) child: Child,
    pub(crate) pty: Pty,
}

impl Drop for LeavingTerminal {
    fn drop(&mut self) {
        self.pty.write_all(CTRL_D).unwrap();
        assert!(self.child.wait().unwrap().success());
    }
}
