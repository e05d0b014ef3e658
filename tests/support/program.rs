//! Programs of the chat, started for a test and ended when they are dropped.

use std::io::{Read as _, Write as _};
use std::process::{Child, Command, Stdio};

/// The program under test.
pub(crate) const CHATAPP: &str = env!("CARGO_BIN_EXE_chatapp");

/// A folder without settings files.
pub(crate) const NOWHERE: &str = "/nonexistent";

/// Returns the flag that keeps a program from writing to the data of the user who runs the tests.
pub(crate) fn ephemeral(args: &[&str]) -> Option<&'static str> {
    let is_chat = matches!(args.first(), Some(&("client" | "server")));
    (is_chat && !args.contains(&"--data")).then_some("--ephemeral")
}

/// A program that is killed, if it still runs, when it is dropped.
pub(crate) struct Program(pub(crate) Child);

impl Program {
    /// Starts `chatapp` with piped input and output. Its data end with it, unless the arguments
    /// name a folder.
    pub(crate) fn start(args: &[&str]) -> Self {
        let child = Command::new(CHATAPP)
            .args(args)
            .args(ephemeral(args))
            .env("XDG_CONFIG_HOME", NOWHERE)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        Self(child.unwrap())
    }

    /// Waits for the first line of standard output; the rest is not read.
    pub(crate) fn first_line(&mut self) -> String {
        let output = self.0.stdout.as_mut().unwrap();
        let mut line = Vec::new();
        let mut byte = [0];
        // Byte by byte: what follows is left for others.
        while line.last() != Some(&b'\n') && output.read(&mut byte).unwrap() == 1 {
            line.extend(byte);
        }
        String::from_utf8(line).unwrap()
    }

    /// Writes the whole input and waits for the end; returns what [`Self::wait`] returns.
    pub(crate) fn end_after(mut self, input: &str) -> (i32, String, String) {
        let mut pipe = self.0.stdin.take().unwrap();
        pipe.write_all(input.as_bytes()).unwrap();
        drop(pipe);
        self.wait()
    }

    /// Waits for the end; returns the exit code, standard output and standard error.
    pub(crate) fn wait(mut self) -> (i32, String, String) {
        // Two pipes: the longer one must not block the other.
        let errors = self.0.stderr.take().unwrap();
        let errors = std::thread::spawn(move || std::io::read_to_string(errors).unwrap());
        let output = self.0.stdout.take();
        let output =
            output.map_or_else(String::new, |output| std::io::read_to_string(output).unwrap());
        let status = self.0.wait().unwrap();
        (status.code().unwrap(), output, errors.join().unwrap())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

/// Runs a script, line by line, as the client `name` of a server on this machine, which then
/// leaves. Returns its output.
pub(crate) fn play_script(port: u16, name: &str, script: &str) -> String {
    let program = Program::start(&["client", name, &format!("127.0.0.1:{port}")]);
    let (code, output, errors) = program.end_after(script);
    assert_eq!((code, errors.as_str()), (0, ""), "{output}");
    output
}
