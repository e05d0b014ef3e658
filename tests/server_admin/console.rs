//! The server's prompt.

use std::io::Write as _;

use tempfile::TempDir;

use crate::program::{Program, play_script};
use crate::terminal::{Setting, Terminal};

const TAB: &str = "\t";
const ENTER: &str = "\r";
const UP: &str = "\x1b[A";

/// A server at a terminal, with a history file in `folder`, and its port.
fn server(folder: &TempDir) -> (Terminal, u16) {
    let history = folder.path().join("history");
    let args = ["server", "--port", "0", "--history", history.to_str().unwrap()];
    let mut terminal = Terminal::start(&args);
    let first = ">>> [Server started at 127.0.0.1 on port ";
    terminal.wait_for("the port", |rows| rows.iter().any(|row| row.starts_with(first)));
    terminal.wait_for_last_row(">>>");
    let row = terminal.rows().into_iter().find(|row| row.starts_with(first)).unwrap();
    let port = row.strip_prefix(first).unwrap().trim_end_matches(']').parse().unwrap();
    (terminal, port)
}

#[test]
fn a_half_typed_command_survives_what_happens_and_names_are_completed() {
    let folder = TempDir::new().unwrap();
    let (mut server, port) = server(&folder);
    server.type_keys("ki");
    play_script(port, "carol", "create_group sea\n");
    server.wait_for_row(">>> [Client table updated.]");
    server.wait_for_last_row(">>> kick <client-name>");
    server.type_keys(TAB);
    server.type_keys("ca");
    server.type_keys(TAB);
    server.wait_for_last_row(">>> kick carol");
    server.type_keys(ENTER);
    server.wait_for_row(">>> [Client carol was kicked.]");
    server.type_keys("groups\r");
    server.wait_for_row(">>> [sea: no members]");
    server.wait_for_last_row(">>>");
    server.type_keys(UP);
    server.type_keys(UP);
    server.wait_for_last_row(">>> kick carol");
}

#[test]
fn the_prompt_of_who_is_put_out_of_a_group_shows_it_at_once() {
    let folder = TempDir::new().unwrap();
    let (mut server, port) = server(&folder);
    let history = folder.path().join("history of c1");
    let address = format!("127.0.0.1:{port}");
    let mut c1 =
        Terminal::start(&["client", "c1", &address, "--history", history.to_str().unwrap()]);
    c1.wait_for_row(">>> [Client table updated.]");
    c1.type_keys("create_group g\rjoin_group g\r");
    c1.wait_for_last_row(">>> (g)");
    c1.type_keys("send_all half");
    c1.wait_for_last_row(">>> (g) send_all half");
    server.type_keys("kick c1\r");
    c1.wait_for_last_row("    >>> send_all half");
    c1.type_keys("\x15reg\r");
    c1.wait_for_row(">>> [Welcome back!]");
    c1.wait_for_last_row(">>>");
}

#[test]
fn shutdown_ends_the_server() {
    let folder = TempDir::new().unwrap();
    let (mut server, _) = server(&folder);
    server.type_keys("shut\r");
    assert_eq!(server.wait_for_exit(), 0);
    server.assert_settings_are_back();
    let history = std::fs::read_to_string(folder.path().join("history")).unwrap();
    assert_eq!(history, "#V2\nshut\n");
}

#[test]
fn a_signal_ends_the_server_in_the_midst_of_a_command() {
    let folder = TempDir::new().unwrap();
    let (mut server, _) = server(&folder);
    server.type_keys("kick");
    server.wait_for_last_row(">>> kick <client-name>");
    server.terminate();
    assert_eq!(server.wait_for_exit(), 0);
    server.assert_settings_are_back();
}

#[test]
fn strange_bytes_and_long_lines_are_refused_and_change_nothing() {
    let folder = TempDir::new().unwrap();
    let (mut server, port) = server(&folder);
    server.type_bytes(b"kick \xff\xfe\r");
    server.wait_for("the refusal", |rows| rows.iter().any(|row| row.contains("not UTF-8")));
    server.type_keys(&format!("kick {}\r", "x".repeat(3_000)));
    server.wait_for_row(">>> [a name has at most 32 characters, not 3000]");
    play_script(port, "c1", "");
    server.wait_for_row(">>> [Client table updated.]");
    server.wait_for_last_row(">>>");
}

#[test]
fn a_terminal_that_cannot_move_its_cursor_shows_lines_and_takes_none() {
    let mut server = Terminal::start_in(
        &Setting { term: "dumb", ..Setting::default() },
        &["server", "--port", "0"],
    );
    server.wait_for_row("[Start listening...]");
    server.terminate();
    assert_eq!(server.wait_for_exit(), 0);
}

#[test]
fn a_terminal_of_one_column_is_narrow_and_no_trouble() {
    let setting = Setting { size: (40, 1), ..Setting::default() };
    let args = ["server", "--port", "0", "--history", "/dev/null"];
    let mut server = Terminal::start_in(&setting, &args);
    server.wait_for("the first letters", |rows| rows.concat().contains("ing...]"));
    server.type_keys("help\rshutdown\r");
    assert_eq!(server.wait_for_exit(), 0);
}

#[test]
fn a_server_without_a_terminal_reads_nothing() {
    let mut server = Program::start(&["server", "--port", "0"]);
    let mut input = server.0.stdin.take().unwrap();
    input.write_all(b"shutdown\n").unwrap();
    drop(input);
    let first = server.first_line();
    let port = first.strip_prefix(">>> [Server started at 127.0.0.1 on port ").unwrap();
    let output = play_script(port.trim_end().trim_end_matches(']').parse().unwrap(), "c1", "");
    assert!(output.starts_with(">>> [Welcome, You are registered.]\n"), "{output}");
}
