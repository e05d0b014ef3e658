//! A folder in which `chatsim` runs.

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

/// A temporary folder in which `chatsim` runs.
pub(crate) struct Folder(pub(crate) tempfile::TempDir);

/// The result of a call of `chatsim`.
#[derive(PartialEq, Eq, Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// A folder with the scenario `scenarios/short.yaml`, whose snapshot is accepted.
    pub(crate) fn accepted() -> Self {
        let folder = Self::new();
        folder.write("scenarios/short.yaml", SHORT);
        let ended = folder.chatsim(&["run", "scenarios", "--accept"]);
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
        folder
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    pub(crate) fn write(&self, path: &str, contents: impl AsRef<[u8]>) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, contents).unwrap();
    }

    pub(crate) fn read(&self, path: &str) -> Option<String> {
        fs::read_to_string(self.path(path)).ok()
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_chatsim"));
        command.args(arguments).current_dir(self.0.path());
        for variable in ["CI", "TF_BUILD", "INSTA_UPDATE", "CLICOLOR_FORCE"] {
            command.env_remove(variable);
        }
        command
    }

    pub(crate) fn chatsim(&self, arguments: &[&str]) -> Ended {
        ended(&mut self.command(arguments))
    }

    /// Runs `chatsim` with a text at its standard input, which it must read to the end.
    pub(crate) fn chatsim_with_input(&self, arguments: &[&str], text: &str) -> Ended {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        Ended::of(child.wait_with_output().unwrap())
    }
}

impl Ended {
    pub(crate) fn of(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

pub(crate) fn ended(command: &mut Command) -> Ended {
    Ended::of(command.stdin(Stdio::null()).output().unwrap())
}

pub(crate) fn refused(code: i32, stderr: &str) -> Ended {
    Ended { code: Some(code), stdout: String::new(), stderr: stderr.to_owned() }
}

#[track_caller]
pub(crate) fn assert_contains(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "no `{part}` in:\n{text}");
    }
}

pub(crate) const SHORT: &str = "\
chatsim: 1
clients: [c1, c2]
steps:
  - start: [server, c1, c2]
  - c1: send c2 hello
  - expect: { c2: 'c1: hello' }
";
