//! The prompt of `chatsim`.

use tempfile::TempDir;

use crate::terminal::{Setting, Terminal};
use crate::{CTRL_C, CTRL_D, ENTER, TAB, UP};

/// The prompt of `chatsim`, with a history file in `folder`.
fn chatsim(arguments: &[&str], folder: &TempDir) -> Terminal {
    let history = folder.path().join("history");
    let arguments = [arguments, &["--history", history.to_str().unwrap()]].concat();
    let chatsim = env!("CARGO_BIN_EXE_chatsim");
    let mut terminal =
        Terminal::start_in(&Setting { program: chatsim, ..Setting::default() }, &arguments);
    terminal.wait_for_last_row("chatsim>");
    terminal
}

/// Types prefixes of words, each followed by Tab, and waits for the whole line.
fn complete(terminal: &mut Terminal, beginnings: &[&str], whole: &str) {
    for beginning in beginnings {
        terminal.type_keys(beginning);
        terminal.type_keys(TAB);
    }
    terminal.wait_for_last_row(&format!("chatsim> {whole}"));
    terminal.type_keys(ENTER);
}

#[test]
fn a_scenario_is_made_at_the_prompt() {
    let folder = TempDir::new().unwrap();
    let mut prompt = chatsim(&["play"], &folder);
    complete(&mut prompt, &["sta", "s", " c1", " c2"], "start server c1 c2");
    prompt.wait_for_row("  0.025 s      c2 │ [Client table updated.]");
    complete(&mut prompt, &["c1", "sen", "c2", "hi"], "c1: send c2 hi");
    prompt.wait_for_row("  0.027 s      c2 │ c1: hi");
    complete(
        &mut prompt,
        &["f", "dro", "c1", "->", "c2", "pa", "sen"],
        "fault drop c1 -> c2 packet=send",
    );
    prompt.wait_for_last_row("chatsim>");
    prompt.type_keys("undo\r");
    prompt.wait_for_row(
        "undone fault: { drop: c1 -> c2, packet: send } (the clock is back at 0.028 s)",
    );
    complete(&mut prompt, &["k", "se"], "kill server");
    prompt.wait_for_row("  0.028 s  server │ (killed)");

    prompt.type_keys("forget this");
    prompt.wait_for_last_row("chatsim> forget this");
    prompt.type_keys(CTRL_C);
    prompt.wait_for_last_row("chatsim>");
    let file = folder.path().join("a.yaml");
    prompt.type_keys(&format!("save {}\r", file.display()));
    prompt.wait_for("the file", |rows| rows.concat().contains(": 3 steps, 13 expected lines"));
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains("\n  - c1: send c2 hi\n  - expect:\n"), "{text}");
    assert!(text.ends_with("\n  - kill: server\n"), "{text}");
    prompt.wait_for_last_row("chatsim>");
    prompt.type_keys(CTRL_D);
    assert_eq!(prompt.wait_for_exit(), 0);
    prompt.assert_settings_are_back();
}

#[test]
fn a_recording_is_written_at_the_end() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("a.yaml");
    let mut prompt = chatsim(&["record", file.to_str().unwrap(), "--clients", "bob"], &folder);
    prompt.type_keys("start server bob\r");
    prompt.wait_for("the welcome", |rows| {
        rows.iter().any(|row| row.ends_with("bob │ [Welcome, You are registered.]"))
    });
    complete(&mut prompt, &["b", "list_g"], "bob: list_groups");
    prompt.wait_for_last_row("chatsim>");
    prompt.type_keys("quit\r");
    assert_eq!(prompt.wait_for_exit(), 0);
    assert!(std::fs::read_to_string(file).unwrap().contains("- bob: list_groups\n"));

    let mut prompt = chatsim(&["play"], &folder);
    prompt.type_keys(UP);
    prompt.type_keys(UP);
    prompt.wait_for_last_row("chatsim> bob: list_groups");
}
