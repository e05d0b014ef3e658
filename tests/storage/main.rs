//! The stored data of programs: through crashes, and in folders that cannot be used.
#![expect(clippy::unwrap_used, reason = "a failed step fails the test")]

mod crashes;
mod folders;
mod histories;
#[path = "../support/program.rs"]
mod program;
mod saving;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use program::Program;

/// A server on a free port that keeps its data in a folder.
struct Keeper {
    program: Program,
    port: u16,
}

impl Keeper {
    /// Starts a server and waits until it listens.
    fn start(folder: &Path, port: u16) -> Self {
        let data = folder.to_str().unwrap();
        let mut program = Program::start(&["server", "--port", &port.to_string(), "--data", data]);
        let line = program.first_line();
        let port = line.trim_end().trim_end_matches(']').rsplit(' ').next().unwrap();
        let port = port.parse().unwrap_or_else(|_| panic!("{line}"));
        Self { program, port }
    }

    /// Runs a script as the client `name`, which then leaves. Returns its output.
    fn play_script(&self, name: &str, script: &str) -> String {
        program::play_script(self.port, name, script)
    }

    /// Kills the server.
    fn kill(mut self) {
        self.program.0.kill().unwrap();
        self.program.0.wait().unwrap();
    }
}

/// Starts a program that cannot write a file beyond this many blocks of 512 bytes, as on a full
/// disk.
fn on_a_small_disk(blocks: u32, args: &[&str]) -> Program {
    let limited = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
    let mut command = Command::new("sh");
    command.args(["-c", &limited, program::CHATAPP]).args(args);
    command.env("XDG_CONFIG_HOME", program::NOWHERE);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    Program(command.spawn().unwrap())
}

/// Returns the bytes of all files of a folder, by name.
fn contents(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries.map(|path| (path.clone(), fs::read(path).unwrap())).collect();
    files.sort();
    files
}
