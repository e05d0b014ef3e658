//! Characters of all widths, terminals of all sizes.

use tempfile::TempDir;

use crate::server::Server;
use crate::terminal::{Setting, Terminal};
use crate::{BACKSPACE, ENTER, client_in, paste, welcomed};

const SIZES: [(u16, u16); 2] = [(24, 80), (10, 40)];

fn client_of_size(size: (u16, u16), server: &Server, folder: &TempDir) -> Terminal {
    let setting = Setting { size, ..Setting::default() };
    let mut c1 = client_in(&setting, server.port(), "c1", folder, &[]);
    c1.wait_for_row(">>> [Client table updated.]");
    c1.wait_for_last_row(">>>");
    c1
}

/// Waits until the last rows, joined, are this text; blanks at the ends of rows are not visible.
fn wait_for_end(terminal: &mut Terminal, text: &str) {
    let bare = |text: &str| text.replace(' ', "");
    terminal.wait_for(text, |rows| bare(&rows.concat()).ends_with(&bare(text)));
}

#[test]
fn the_screen_is_right_after_each_key() {
    for size in SIZES {
        let (server, folder) = (Server::start(), TempDir::new().unwrap());
        let mut c1 = client_of_size(size, &server, &folder);
        let text = "send c1 漢字 e\u{301} 🙂 and more and more and more";
        let mut typed = String::new();
        for key in text.chars() {
            c1.type_keys(key.encode_utf8(&mut [0; 4]));
            typed.push(key);
            if !key.is_whitespace() && typed.len() > 8 {
                wait_for_end(&mut c1, &typed);
            }
        }
        for _ in 0..5 {
            c1.type_keys(BACKSPACE);
            typed.pop();
        }
        wait_for_end(&mut c1, typed.trim_end());
        server.play_script("c2", "send c1 漢字漢字漢字漢字漢字漢字漢字漢字漢字 🙂 e\u{301}\n");
        c1.wait_for("the message", |rows| {
            rows.concat().contains(">>> c2: 漢字漢字漢字漢字漢字漢字漢字漢字漢字 🙂 e\u{301}")
        });
        wait_for_end(&mut c1, typed.trim_end());
        c1.type_keys(ENTER);
        c1.wait_for_row(">>> [Message received by c1.]");
        let said = typed.trim_end().replace("send c1 ", ">>> c1: ").replace(' ', "");
        c1.wait_for("the message itself", |rows| rows.concat().replace(' ', "").contains(&said));
    }
}

/// Returns the first row. If a prompt is the first thing on a screen, since the server answers
/// late, an empty row may precede it.
fn first_row(terminal: &Terminal) -> String {
    terminal.rows().into_iter().find(|row| !row.is_empty()).unwrap()
}

#[test]
fn a_half_typed_line_survives_a_change_of_size() {
    let (server, folder) = (Server::start(), TempDir::new().unwrap());
    let mut c1 = client_of_size((24, 80), &server, &folder);
    let line = "send c1 a line that is longer than forty columns are";
    c1.type_keys(line);
    c1.wait_for_last_row(&format!(">>> {line}"));
    for size in [(10, 40), (24, 80), (10, 20), (30, 100)] {
        c1.resize(size);
        c1.type_keys("x");
        c1.type_keys(BACKSPACE);
        c1.type_keys("!");
        wait_for_end(&mut c1, &format!("{line}!"));
        c1.type_keys(BACKSPACE);
        wait_for_end(&mut c1, line);
    }
    server.play_script("c2", "send c1 hi\n");
    c1.wait_for_row(">>> c2: hi");
    wait_for_end(&mut c1, line);
    let rows = c1.rows();
    assert_eq!(rows.iter().filter(|row| row.starts_with(">>> send c1")).count(), 1, "{rows:?}");
    assert_eq!(first_row(&c1), ">>> [Welcome, You are registered.]");
    c1.type_keys(ENTER);
    c1.wait_for_row(&line.replace("send c1 ", ">>> c1: "));
}

#[test]
fn one_column_is_enough() {
    let (server, folder) = (Server::start(), TempDir::new().unwrap());
    // Enough rows for all output.
    let setting = Setting { size: (400, 1), ..Setting::default() };
    let mut c1 = client_in(&setting, server.port(), "c1", &folder, &[]);
    c1.wait_for("the table", |rows| rows.concat().contains("[Clienttableupdated.]"));
    c1.type_keys("send c1 hi\t");
    c1.wait_for("the line", |rows| rows.concat().ends_with("sendc1hi"));
    server.play_script("c2", "send c1 ho\n");
    c1.wait_for("the message", |rows| rows.concat().contains("c2:ho"));
    c1.wait_for("the line", |rows| rows.concat().ends_with("sendc1hi"));
    c1.type_keys(ENTER);
    c1.wait_for("the answer", |rows| rows.concat().contains("[Messagereceivedbyc1.]"));
    c1.type_keys("exit\r");
    assert_eq!(c1.wait_for_exit(), 0);
    c1.assert_settings_are_back();
}

#[test]
fn a_pasted_line_of_a_megabyte_is_refused_whole() {
    let (server, folder) = (Server::start(), TempDir::new().unwrap());
    let mut c1 = welcomed(&server, "c1", &folder);
    let text = "0123456789abcde ".repeat(64 * 1024);
    paste(&mut c1, &format!("send c1 {text}end"));
    wait_for_end(&mut c1, "abcde end");
    c1.type_keys("\x15");
    server.play_script("c2", "send c1 meanwhile\n");
    c1.type_keys(ENTER);
    c1.wait_for_row(">>> [the message has 1048579 bytes, at most 16384 can be sent]");
    c1.wait_for_last_row(">>>");
    let shown = c1.everything();
    let refusal = "[This line is too long to edit: Enter submits it, Ctrl-C leaves.]";
    assert!([">>> c2: meanwhile", refusal].iter().all(|row| shown.iter().any(|it| it == row)));
    c1.type_keys("exit\r");
    assert_eq!(c1.wait_for_exit(), 0);
}

#[test]
fn a_line_of_more_rows_than_the_editor_counts_ends_neither_prompt_nor_chat() {
    let (server, folder) = (Server::start(), TempDir::new().unwrap());
    let setting = Setting { size: (400, 3), ..Setting::default() };
    let mut c1 = client_in(&setting, server.port(), "c1", &folder, &[]);
    c1.wait_for("the prompt", |rows| rows.concat().ends_with("d.]>>>"));
    paste(&mut c1, &"x".repeat(1024 * 1024));
    c1.type_keys(ENTER);
    c1.wait_for("an answer", |rows| {
        let shown = rows.concat().replace(' ', "");
        shown.contains("Invalidcommand!") || shown.contains("typeitagain")
    });
    c1.type_keys("exit\r");
    assert_eq!(c1.wait_for_exit(), 0);
    c1.assert_settings_are_back();
}

#[test]
fn controls_in_what_is_typed_and_said_move_nothing() {
    let (server, folder) = (Server::start(), TempDir::new().unwrap());
    let mut c1 = welcomed(&server, "c1", &folder);
    paste(&mut c1, "send c1 a\x07b\u{9b}2Jc\x7fd");
    c1.wait_for_last_row(">>> send c1 ab2Jcd");
    assert_eq!(c1.calls().0, 0);
    c1.type_keys(ENTER);
    // The parser does not show replacement characters.
    c1.wait_for_row(">>> c1: ab2Jcd");
    server.play_script("c2", "send c1 \x1b[2J\x1b]0;x\x07\n");
    c1.wait_for_row(">>> c2: [2J]0;x");
    assert_eq!(c1.calls().0, 0);
    assert_eq!(first_row(&c1), ">>> [Welcome, You are registered.]");
}
