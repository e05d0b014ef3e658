//! Typed and pasted entries.

use tempfile::TempDir;

use crate::server::Server;
use crate::terminal::{Setting, Terminal};
use crate::{ALT_ENTER, CTRL_C, CTRL_D, ENTER, UP, paste, welcomed};

#[test]
fn typed_ahead_and_pasted_lines_are_commands_one_after_the_other() {
    let (server, folder) = (Server::start(), TempDir::new().unwrap());
    let mut c1 = welcomed(&server, "c1", &folder);
    let answers = [
        "[Group a created by Server.]",
        "[Group b created by Server.]",
        "[Group c created by Server.]",
        "[Group d created by Server.]",
    ];
    c1.type_keys("create_group a\rcreate_group b\r");
    c1.wait_for_row(">>> [Group b created by Server.]");
    c1.wait_for_last_row(">>>");
    c1.type_keys("\x1b[200~create_group c\ncreate_group d\x1b[201~\r");
    c1.wait_for_row(">>> [Group d created by Server.]");
    let rows = c1.rows();
    let shown: Vec<_> = rows.iter().filter(|row| row.contains("[Group")).collect();
    assert_eq!(shown, answers.map(|answer| format!(">>> {answer}")).each_ref());
}

#[test]
fn a_very_long_typed_line_arrives_whole() {
    let (server, folder) = (Server::start(), TempDir::new().unwrap());
    let mut c1 = welcomed(&server, "c1", &folder);
    let text = "0123456789".repeat(500);
    c1.type_keys(&format!("send c1 {text}\r"));
    c1.wait_for_row(">>> [Message received by c1.]");
    c1.type_keys("exit\r");
    assert_eq!(c1.wait_for_exit(), 0);
    let history = std::fs::read_to_string(folder.path().join("history")).unwrap();
    assert_eq!(history, format!("#V2\nsend c1 {text}\nexit\n"));
}

#[test]
fn bytes_that_are_not_utf8_are_told_and_the_prompt_goes_on() {
    let (server, folder) = (Server::start(), TempDir::new().unwrap());
    let mut c1 = welcomed(&server, "c1", &folder);
    c1.type_bytes(b"send c1 \xff\xfe");
    c1.wait_for_row("chatapp: the input is not UTF-8 and was dropped: type the line again");
    c1.wait_for_last_row(">>>");
    c1.type_keys("create_group g\r");
    c1.wait_for_row(">>> [Group g created by Server.]");
}

#[test]
fn a_dumb_terminal_gets_plain_lines() {
    let server = Server::start();
    let dumb = Setting { term: "dumb", ..Setting::default() };
    let server_at = format!("127.0.0.1:{}", server.port());
    let mut c1 = Terminal::start_in(&dumb, &["client", "c1", &server_at]);
    c1.wait_for_row(">>> [Welcome, You are registered.]");
    c1.type_keys("create_group g\r");
    c1.wait_for_row(">>> [Group g created by Server.]");
    c1.type_keys(CTRL_D);
    assert_eq!(c1.wait_for_exit(), 0);
    c1.assert_settings_are_back();
}

#[test]
fn a_pasted_text_is_one_message() {
    let (server, folder) = (Server::start(), TempDir::new().unwrap());
    let mut c1 = welcomed(&server, "c1", &folder);
    paste(&mut c1, "send c1 one\r\n  two\r\nexit\r\n");
    c1.wait_for("all of it, and nothing done", |rows| {
        rows.ends_with(&[">>> send c1 one".into(), "  two".into(), "exit".into()])
    });
    c1.type_keys(ENTER);
    c1.wait_for_row(">>> [Message received by c1.]");
    let rows = c1.rows();
    let said: Vec<_> = rows.iter().filter(|row| row.contains("c1: ")).collect();
    assert_eq!(said, [">>> c1: one", ">>> c1:   two", ">>> c1: exit"]);
}

#[test]
fn a_backslash_at_the_end_of_a_line_goes_on() {
    let (server, folder) = (Server::start(), TempDir::new().unwrap());
    let mut c1 = welcomed(&server, "c1", &folder);
    c1.type_keys("send c1 one\\\rtwo");
    c1.wait_for_last_row("two");
    c1.type_keys(ENTER);
    c1.wait_for_row(">>> c1: one");
    c1.wait_for_row(">>> c1: two");
    c1.wait_for_last_row(">>>");
    c1.type_keys(UP);
    c1.wait_for("the line as it was typed", |rows| {
        rows.ends_with(&[r">>> send c1 one\".into(), "two".into()])
    });
}

#[test]
fn a_paste_that_may_be_commands_or_a_text_asks_first() {
    let (server, folder) = (Server::start(), TempDir::new().unwrap());
    let mut c1 = welcomed(&server, "c1", &folder);
    let question = "[2 commands? Enter runs them one by one, Alt-Enter sends one text.]";
    paste(&mut c1, "send c1 one\nsend c2 two");
    c1.type_keys(ENTER);
    c1.wait_for_row(question);
    c1.wait_for_last_row("send c2 two");
    assert!(!c1.rows().concat().contains("c1: "));
    c1.type_keys(ENTER);
    c1.wait_for_row(">>> c1: one");
    c1.wait_for_row(">>> [User does not exist.]");
    c1.wait_for_last_row(">>>");

    paste(&mut c1, "send c1 three\nsend c2 four");
    c1.type_keys(ENTER);
    c1.type_keys(ALT_ENTER);
    c1.wait_for_row(">>> c1: three");
    c1.wait_for_row(">>> c1: send c2 four");
}

#[test]
fn of_pasted_lines_that_are_not_all_commands_none_is_done() {
    let (server, folder) = (Server::start(), TempDir::new().unwrap());
    let mut c1 = welcomed(&server, "c1", &folder);
    paste(&mut c1, "create_group a\nhello\ncreate_group b");
    c1.type_keys(ENTER);
    c1.wait_for_row(
        "[Line 2 is not a command, so nothing was run. A text begins with its command.]",
    );
    c1.wait_for_last_row("create_group b");
    c1.type_keys(CTRL_C);
    assert_eq!(c1.wait_for_exit(), 0);
    assert!(!c1.rows().concat().contains("[Group"));
}
