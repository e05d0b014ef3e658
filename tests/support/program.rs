//! Programs of the chat, started for a test and ended when they are dropped.

use std::io::{Read as _, Write as _};
use std::process::{Child, Command, Stdio};

/// The program under test.
pub(crate) const CHATAPP: &str = env!("CARGO_BIN_EXE_chatapp");

/// Where nobody has files of settings.
pub(crate) const NOWHERE: &str = "/nonexistent";

/// Returns what keeps a program from writing into the data of whoever runs the tests.
pub(crate) fn ephemeral(args: &[&str]) -> Option<&'static str> {
    let is_chat = matches!(args.first(), Some(&("client" | "server")));
    (is_chat && !args.contains(&"--data")).then_some("--ephemeral")
}

/// A program that is killed, if it still runs, when it is dropped.
pub(crate) struct Program(pub(crate) Child);

impl Program {
    /// Starts `chatapp` with piped input and output. What it keeps ends with it, unless the
    /// arguments say where it is kept.
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

    /// Waits for the first line of standard output; nothing behind it is read.
    pub(crate) fn first_line(&mut self) -> String {
        let output = self.0.stdout.as_mut().unwrap();
        let mut line = Vec::new();
        let mut byte = [0];
        // One by one: what follows is left for others.
        while line.last() != Some(&b'\n') && output.read(&mut byte).unwrap() == 1 {
            line.extend(byte);
        }
        String::from_utf8(line).unwrap()
    }

    /// Writes the whole input and waits for the end; gives what [`Self::wait`] gives.
    pub(crate) fn end_after(mut self, input: &str) -> (i32, String, String) {
        let mut pipe = self.0.stdin.take().unwrap();
        pipe.write_all(input.as_bytes()).unwrap();
        drop(pipe);
        self.wait()
    }

    /// Waits for the end; gives the exit code, standard output and standard error.
    pub(crate) fn wait(mut self) -> (i32, String, String) {
        // Two pipes: the longer one must not wait for the other.
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

/// Lets the client `name` of a server of this machine do what `script` says, line by line, and
/// leave. Gives its output.
pub(crate) fn play_script(port: u16, name: &str, script: &str) -> String {
    let program = Program::start(&["client", name, &format!("127.0.0.1:{port}")]);
    let (code, output, errors) = program.end_after(script);
    assert_eq!((code, errors.as_str()), (0, ""), "{output}");
    output
}
