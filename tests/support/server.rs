//! A server of the chat, started for a test and ended when it is dropped.

use crate::program::{Program, play_script};

/// A server on a free port.
pub(crate) struct Server {
    port: u16,
    _program: Program,
}

impl Server {
    /// Starts a server and waits until it listens.
    pub(crate) fn start() -> Self {
        let mut program = Program::start(&["server", "--port", "0"]);
        let line = program.first_line();
        let port = line
            .strip_prefix(">>> [Server started at 127.0.0.1 on port ")
            .and_then(|rest| rest.strip_suffix("]\n"))
            .unwrap_or_else(|| panic!("{line}"))
            .parse()
            .unwrap();
        Self { port, _program: program }
    }

    /// Returns the server's port.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Runs a script, line by line, as the client `name`, which then leaves. Returns its output.
    pub(crate) fn play_script(&self, name: &str, script: &str) -> String {
        play_script(self.port, name, script)
    }
}
