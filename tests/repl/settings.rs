//! The settings file of a client.

use std::fs;
use std::path::Path;

use tempfile::TempDir;
use vt100::Color;

use crate::program::Program;
use crate::server::Server;
use crate::terminal::{Setting, Terminal};

const USAGE: i32 = 2;

/// A folder with a settings file.
fn folder_with(text: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::create_dir(folder.path().join("chatapp")).unwrap();
    fs::write(folder.path().join("chatapp/client.yaml"), text).unwrap();
    folder
}

/// A client that finds its settings in the folder, with more arguments.
fn client(server: &Server, folder: &TempDir, more: &[&str]) -> Terminal {
    let variables = [("XDG_CONFIG_HOME", folder.path().to_str().unwrap())];
    let setting = Setting { variables: &variables, ..Setting::default() };
    let mut client = Terminal::start_in(
        &setting,
        &[&["client", "c1", &format!("127.0.0.1:{}", server.port())], more].concat(),
    );
    client.wait_for_last_row(">>>");
    client
}

/// Returns the output of a client that refuses to start with these settings.
fn refused(text: &str, more: &[&str]) -> String {
    let folder = folder_with(text);
    let file = folder.path().join("chatapp/client.yaml");
    let file = file.to_str().unwrap();
    let args = [&["client", "c1", "127.0.0.1", "--config", file], more].concat();
    let (code, output, errors) = Program::start(&args).wait();
    assert_eq!((code, output.as_str()), (USAGE, ""));
    errors.replace(file, "client.yaml")
}

fn example() -> String {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/client.md");
    let page = fs::read_to_string(page).unwrap();
    let (_, rest) = page.split_once("```yaml\n").unwrap();
    rest.split_once("```").unwrap().0.to_owned()
}

#[test]
fn settings_are_those_of_the_file_unless_a_flag_says_otherwise() {
    let server = Server::start();
    let folder = folder_with(
        "keys: vi\nname-colors: 208\nhistory: typed\ntimes: true\nbell: true\nnotify: osc9\n",
    );
    let mut c1 = client(&server, &folder, &["--times=false", "--history", "/dev/null"]);
    c1.wait_for_row(">>> [Welcome, You are registered.]");
    c1.type_keys("send c2 hi");
    c1.wait_for_last_row(">>> send c2 hi");
    assert_eq!(c1.looks("c2").0, Color::Idx(208));
    server.play_script("c3", "send c1 hi\n");
    c1.wait_for_row(">>> c3: hi");
    assert_eq!(c1.calls(), (1, vec!["c3: hi".to_owned()]));
    // The keys are those of vi.
    c1.type_keys("\x1b");
    c1.wait_for_cursor(13);
    c1.type_keys("ddiexit\r");
    assert_eq!(c1.wait_for_exit(), 0);

    let mut c1 = client(&server, &folder, &["--color=never"]);
    c1.wait_for("a time", |rows| {
        rows.iter().any(|row| row.ends_with(" [Welcome back!]") && row.len() > 24)
    });
    c1.type_keys("send c2 hi");
    c1.wait_for_last_row(">>> send c2 hi");
    assert_eq!(c1.looks("c2 hi").0, Color::Default);
    c1.type_keys("\rexit\r");
    assert_eq!(c1.wait_for_exit(), 0);
    let typed = fs::read_to_string(folder.path().join("chatapp/typed")).unwrap();
    assert_eq!(typed, "#V2\nsend c2 hi\nexit\n");
}

#[test]
fn a_broken_file_is_told_with_place_and_cure() {
    assert_eq!(
        refused("# mine\nkeys: emcas\ncolour: never\n", &[]),
        "error: `emcas` is not a valid key binding for `keys`
 --> client.yaml:2:7
  |
2 | keys: emcas
  |       ^^^^^
  |
  = help: write `emacs` or `vi`

error: unknown key `colour`
 --> client.yaml:3:1
  |
3 | colour: never
  | ^^^^^^
  |
  = help: did you mean `color`? known keys: `port`, `data`, `ephemeral`, `no-history`, `history`, \
`keys`, `color`, `name-colors`, `bell`, `notify`, `times`
"
    );
    assert_eq!(
        refused("", &["--notify=loud"]),
        "chatapp: `loud` is not a valid notification method for `--notify`: write `osc9`, `osc777` \
         or `never`\n"
    );
}

#[test]
fn the_documented_example_is_read_and_has_every_key() {
    let (server, folder) = (Server::start(), folder_with(&example()));
    let mut c1 = client(&server, &folder, &[]);
    c1.type_keys("exit\r");
    assert_eq!(c1.wait_for_exit(), 0);
    let errors = refused("no-such-key: 1", &[]);
    let (_, keys) = errors.split_once("known keys: `").unwrap();
    for key in keys.trim_end().trim_end_matches('`').split("`, `") {
        assert!(example().contains(&format!("{key}: ")), "{key}");
    }
}
