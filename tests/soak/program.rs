//! Real programs of the chat that are killed and started again, each with its folder.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::Sender;

use chatsim::scenario::ActorName;
use chatsim::stage::{Change, TraceEntry, TraceEvent};
use driver::{Clock as _, RealClock};

/// A program, running or not, and its record so far.
pub(crate) struct Program {
    pub(crate) name: ActorName,
    arguments: Vec<String>,
    folder: PathBuf,
    running: Option<(Child, ChildStdin)>,
    /// Its starts and its ends.
    pub(crate) changes: Vec<TraceEntry>,
    /// The channel for its lines.
    lines: Sender<Shown>,
}

/// A line that a program has shown.
pub(crate) struct Shown {
    pub(crate) by: ActorName,
    pub(crate) line: String,
}

impl Program {
    pub(crate) fn new(
        name: ActorName,
        arguments: &[&str],
        folder: &Path,
        lines: Sender<Shown>,
    ) -> Self {
        let arguments = arguments.iter().map(ToString::to_string).collect();
        let folder = folder.join(name.to_string());
        Self { name, arguments, folder, running: None, changes: Vec::new(), lines }
    }

    /// Returns the file of the program's facts.
    pub(crate) fn facts(&self) -> PathBuf {
        self.folder.with_extension("facts")
    }

    pub(crate) fn start(&mut self) {
        let mut child = Command::new(env!("CARGO_BIN_EXE_chatapp"))
            .args(&self.arguments)
            .arg("--data")
            .arg(&self.folder)
            .arg("--facts")
            .arg(self.facts())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let (by, lines) = (self.name, self.lines.clone());
        // It ends with the program.
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                if lines.send(Shown { by, line }).is_err() {
                    return;
                }
            }
        });
        let input = child.stdin.take().unwrap();
        self.changed(Change::Started);
        self.running = Some((child, input));
    }

    /// Types a line; a program that was killed in the meantime does not read it.
    pub(crate) fn type_line(&mut self, line: &str) {
        if let Some((_, input)) = &mut self.running {
            writeln!(input, "{line}").ok();
        }
    }

    /// Returns whether the program has ended by itself: a client does if no server answers at its
    /// start.
    pub(crate) fn has_ended(&mut self) -> bool {
        let ended = self.running.take_if(|(child, _)| child.try_wait().unwrap().is_some());
        if ended.is_some() {
            self.changed(Change::Ended);
        }
        ended.is_some()
    }

    /// Kills the program as `kill -9` does.
    pub(crate) fn kill(&mut self) {
        if let Some((mut child, _input)) = self.running.take() {
            child.kill().unwrap();
            child.wait().unwrap();
            self.changed(Change::Killed);
        }
    }

    fn changed(&mut self, change: Change) {
        let event = TraceEvent::Program(self.name, change);
        self.changes.push(TraceEntry { at: RealClock::start().now(), event });
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.kill();
    }
}
