//! The settings file of a server.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::program::{CHATAPP, Program, play_script};

const USAGE: i32 = 2;

/// A folder with a settings file.
struct Folder(tempfile::TempDir);

impl Folder {
    fn with(file: &str, text: impl AsRef<[u8]>) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        fs::create_dir_all(folder.path(file).parent().unwrap()).unwrap();
        fs::write(folder.path(file), text).unwrap();
        folder
    }

    fn path(&self, file: &str) -> PathBuf {
        self.0.path().join(file)
    }

    /// Runs a server in the folder that has to refuse to start. Returns its error.
    fn refused(&self, args: &[&str]) -> String {
        let (code, output, errors) = self.start(args).wait();
        assert_eq!((code, output.as_str()), (USAGE, ""), "{errors}");
        errors
    }

    /// Starts a server in the folder, which is the user's settings folder as well.
    fn start(&self, args: &[&str]) -> Program {
        let program = Command::new(CHATAPP)
            .arg("server")
            .args(args)
            .current_dir(self.0.path())
            .env("XDG_CONFIG_HOME", self.0.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        Program(program.unwrap())
    }
}

fn example() -> String {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/server.md");
    let page = fs::read_to_string(page).unwrap();
    let (_, rest) = page.split_once("```yaml\n").unwrap();
    rest.split_once("```").unwrap().0.to_owned()
}

#[test]
fn the_documented_example_is_read_and_has_every_key() {
    let folder = Folder::with("server.yaml", example());
    let file = folder.path("server.yaml");
    let args = ["server", "--config", file.to_str().unwrap(), "--port", "0", "--log", "/dev/null"];
    let args = [&args[..], &["--metrics", "127.0.0.1:0"]].concat();
    let mut server = Program::start(&args);
    let first = server.first_line();
    let port = first.strip_prefix(">>> [Server started at 0.0.0.0 on port ").unwrap();
    let port = port.trim_end().trim_end_matches(']').parse().unwrap();
    let output = play_script(port, "c1", "list_groups\n");
    assert!(output.starts_with(">>> [Welcome, You are registered.]\n"), "{output}");

    let folder = Folder::with("server.yaml", "no-such-key: 1");
    let errors = folder.refused(&["--config", "server.yaml"]);
    let (_, keys) = errors.split_once("known keys: `").unwrap();
    let keys: Vec<&str> = keys.trim_end().trim_end_matches('`').split("`, `").collect();
    assert!(keys.len() > 8, "{keys:?}");
    for key in keys {
        assert!(example().contains(&format!("{key}: ")), "{key}");
    }
}

#[test]
fn a_broken_file_is_told_with_place_and_cure() {
    let folder = Folder::with("server.yaml", "# ours\nprot: 2475\nmail-bytes: 64 MB\n");
    assert_eq!(
        folder.refused(&["--config", "server.yaml", "--port", "0"]),
        "error: unknown key `prot`
 --> server.yaml:2:1
  |
2 | prot: 2475
  | ^^^^
  |
  = help: did you mean `port`? known keys: `port`, `bind`, `data`, `ephemeral`, `history`, `keys`, \
`color`, `name-colors`, `metrics`, `log`, `log-format`, `log-level`, `mail-per-sender`, \
`mail-per-person`, `mail-bytes-per-person`, `mail-bytes`, `mail-age`, `silence`

error: `64 MB` is not a valid size for `mail-bytes`
 --> server.yaml:3:13
  |
3 | mail-bytes: 64 MB
  |             ^^^^^
  |
  = help: write a whole number, 1 or more, with a unit (`B`, `KiB`, `MiB`, `GiB`, `TiB`), \
e.g. `64MiB`
"
    );
}

#[test]
fn control_characters_of_a_file_do_not_reach_the_terminal() {
    let folder = Folder::with("server.yaml", "\"a\u{1b}[2J\": 1\n\"\\e[2Jb\": 2\n");
    let errors = folder.refused(&["--config", "server.yaml", "--port", "0"]);
    assert!(!errors.contains('\u{1b}'), "{errors:?}");
}

#[test]
fn files_that_are_no_text_are_told() {
    let folder = Folder::with("server.yaml", b"port: 2475\nbind: \xff\n");
    assert_eq!(
        folder.refused(&["--config", "server.yaml"]),
        "chatapp: `server.yaml` is not UTF-8: line 2 has bytes that are not text\n"
    );
    let folder = Folder::with("server.yaml", vec![b'x'; 1024 * 1024]);
    assert_eq!(
        folder.refused(&["--config", "server.yaml"]),
        "chatapp: `server.yaml` is too large: it may have at most 262144 bytes\n"
    );
    assert_eq!(
        folder.refused(&["--config", "missing.yaml"]),
        "chatapp: `missing.yaml` cannot be read\n  cause: No such file or directory (os error 2)\n"
    );
}

#[test]
fn data_are_kept_in_one_way_only() {
    let folder = Folder::with("server.yaml", "port: 0\ndata: kept\nephemeral: true\n");
    assert_eq!(
        folder.refused(&["--config", "server.yaml"]),
        "error: `ephemeral` keeps data in memory only, but `data` names a folder
 --> server.yaml:3:1
  |
3 | ephemeral: true
  | ^^^^^^^^^
  |
  = help: delete `ephemeral` or `data`
"
    );
    assert!(!folder.path("kept").exists());
}

#[test]
fn without_any_port_the_usage_is_told() {
    let folder = Folder::with("server.yaml", "bind: 0.0.0.0\n");
    let errors = folder.refused(&["--config", "server.yaml"]);
    let first = "error: no port is given: write `--port PORT`, or `port: PORT` in the settings \
                 file\n";
    assert!(errors.starts_with(first), "{errors}");
    assert!(errors.contains("Usage: chatapp server "), "{errors}");
}

#[test]
fn the_users_own_file_is_read_unless_another_one_is_named() {
    let folder = Folder::with("chatapp/server.yaml", "port: 0\ndata: kept\n");
    let first = folder.start(&["--bind", "localhost"]).first_line();
    assert!(first.starts_with(">>> [Server started at 127.0.0.1 on port "), "{first}");
    // A path is relative to the folder of its file.
    assert!(folder.path("chatapp/kept/records.redb").exists());
    assert!(folder.refused(&["--config", "/dev/null"]).contains("no port is given"));
    fs::write(folder.path("chatapp/server.yaml"), "port: none").unwrap();
    assert!(folder.refused(&["--port", "0"]).contains("chatapp/server.yaml:1:7"));
    // The original's form of the arguments has no settings file.
    let ended =
        Command::new(CHATAPP).args(["-s", "80"]).env("XDG_CONFIG_HOME", folder.0.path()).output();
    let errors = String::from_utf8(ended.unwrap().stderr).unwrap();
    assert_eq!(errors, ">>> [Invalid port. Ensure the port is between 1024 and 65535.]\n");
}
