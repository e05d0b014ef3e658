//! The prompt at a real pseudo-terminal: what a person sees and can do.
#![expect(clippy::unwrap_used, reason = "a failed step fails the test")]

#[path = "support/program.rs"]
mod program;
#[path = "support/server.rs"]
mod server;
#[path = "support/terminal.rs"]
mod terminal;

use server::Server;
use tempfile::TempDir;
use terminal::Terminal;

/// What the keys send.
const TAB: &str = "\t";
const ENTER: &str = "\r";
const UP: &str = "\x1b[A";
const CTRL_C: &str = "\x03";
const CTRL_D: &str = "\x04";
const BACKSPACE: &str = "\x7f";

/// A client at a terminal that has been welcomed, with a history file in `folder`.
fn welcomed(server: &Server, name: &str, folder: &TempDir) -> Terminal {
    let mut terminal = client(server.port(), name, folder);
    terminal.wait_for_row(">>> [Welcome, You are registered.]");
    terminal.wait_for_row(">>> [Client table updated.]");
    terminal.wait_for_last_row(">>>");
    terminal
}

fn client(port: u16, name: &str, folder: &TempDir) -> Terminal {
    let history = folder.path().join("history");
    let server = format!("127.0.0.1:{port}");
    Terminal::start(&["client", name, &server, "--history", history.to_str().unwrap()])
}

#[test]
fn a_half_typed_line_survives_an_incoming_message() {
    let (server, folder) = (Server::start(), TempDir::new().unwrap());
    let mut c1 = welcomed(&server, "c1", &folder);
    c1.type_keys("send c2 half");
    c1.wait_for_last_row(">>> send c2 half");

    server.play_script("c2", "send c1 from c2\n");

    c1.wait_for_row(">>> c2: from c2");
    c1.wait_for_last_row(">>> send c2 half");
    c1.type_keys("-typed");
    c1.wait_for_last_row(">>> send c2 half-typed");
    assert!(c1.rows().iter().all(|row| row != ">>>"), "{:?}", c1.rows());
}

#[test]
fn a_line_over_several_rows_survives_an_incoming_message() {
    let (server, folder) = (Server::start(), TempDir::new().unwrap());
    let mut c1 = welcomed(&server, "c1", &folder);
    let text = "0123456789".repeat(20);
    c1.type_keys(&text);
    c1.wait_for("the whole line", |rows| rows.concat().ends_with(&text));

    server.play_script("c2", "send c1 from c2\n");

    c1.wait_for_row(">>> c2: from c2");
    let typed = format!(">>> {text}");
    c1.wait_for("the line in three rows at the end", |rows| rows.concat().ends_with(&typed));
    assert_eq!(c1.rows().concat().matches(&typed).count(), 1);
}

#[test]
fn a_wide_line_survives_with_its_cursor() {
    let (server, folder) = (Server::start(), TempDir::new().unwrap());
    let mut c1 = welcomed(&server, "c1", &folder);
    c1.type_keys("send c2 日本語!\x1b[D\x1b[D");
    c1.wait_for_last_row(">>> send c2 日本語!");

    server.play_script("c2", "send c1 from c2\n");

    c1.wait_for_row(">>> c2: from c2");
    c1.type_keys("x");
    c1.wait_for_last_row(">>> send c2 日本x語!");
}

#[test]
fn messages_keep_their_order_around_the_line_that_is_typed() {
    let (server, folder) = (Server::start(), TempDir::new().unwrap());
    let mut c1 = welcomed(&server, "c1", &folder);
    let lines = (0..15).map(|n| format!("send c1 number {n}\n"));
    c1.type_keys("ty");

    server.play_script("c2", &lines.collect::<String>());

    c1.type_keys("ped");
    c1.wait_for_row(">>> c2: number 14");
    c1.wait_for_last_row(">>> typed");
    let rows = c1.rows();
    let numbers: Vec<_> = rows.iter().filter(|row| row.contains("number")).collect();
    let expected: Vec<_> = (0..15).map(|n| format!(">>> c2: number {n}")).collect();
    assert_eq!(numbers, expected.iter().collect::<Vec<_>>());
}

#[test]
fn tab_completes_commands_clients_and_groups() {
    let (server, folder) = (Server::start(), TempDir::new().unwrap());
    let mut c1 = welcomed(&server, "carol", &folder);

    c1.type_keys("cr");
    c1.type_keys(TAB);
    c1.wait_for_last_row(">>> create_group");
    c1.type_keys("cellar");
    c1.type_keys(ENTER);
    c1.wait_for_row(">>> [Group cellar created by Server.]");
    c1.wait_for_last_row(">>>");

    c1.type_keys("sen");
    c1.type_keys(TAB);
    c1.type_keys("ca");
    c1.type_keys(TAB);
    c1.type_keys("hi");
    c1.wait_for_last_row(">>> send carol hi");
    c1.type_keys(ENTER);
    c1.wait_for_row(">>> carol: hi");
    c1.wait_for_last_row(">>>");

    c1.type_keys("j");
    c1.type_keys(TAB);
    c1.type_keys("c");
    c1.type_keys(TAB);
    c1.wait_for_last_row(">>> join_group cellar");
}

#[test]
fn tab_lists_what_is_possible_in_the_present_mode() {
    let (server, folder) = (Server::start(), TempDir::new().unwrap());
    let mut c1 = welcomed(&server, "c1", &folder);

    c1.type_keys("j");
    c1.type_keys(TAB);
    c1.wait_for_last_row(">>> join_group");
    c1.type_keys(&BACKSPACE.repeat(11));
    c1.wait_for_last_row(">>>");

    c1.type_keys("create_group g\rjoin_group g\r");
    c1.wait_for_last_row(">>> (g)");
    c1.type_keys("l");
    c1.type_keys(TAB);
    c1.wait_for("both commands that begin so", |rows| {
        rows.iter().any(|row| row.contains("leave_group") && row.contains("list_members"))
    });
    c1.wait_for_last_row(">>> (g) l");
}

#[test]
fn the_prompt_shows_the_group() {
    let (server, folder) = (Server::start(), TempDir::new().unwrap());
    let mut c1 = welcomed(&server, "c1", &folder);
    c1.type_keys("create_group g\r");
    c1.wait_for_row(">>> [Group g created by Server.]");
    c1.type_keys("join_group g\r");
    c1.wait_for_row(">>> [Entered group g successfully.]");
    c1.wait_for_last_row(">>> (g)");
    c1.type_keys("leave_group\r");
    c1.wait_for_last_row(">>>");
}

#[test]
fn ctrl_d_leaves_and_gives_the_terminal_back() {
    let (server, folder) = (Server::start(), TempDir::new().unwrap());
    let mut c1 = welcomed(&server, "c1", &folder);
    c1.type_keys(CTRL_D);
    assert_eq!(c1.wait_for_exit(), 0);
    c1.assert_settings_are_back();
}

#[test]
fn ctrl_c_leaves_and_gives_the_terminal_back() {
    let (server, folder) = (Server::start(), TempDir::new().unwrap());
    let mut c1 = welcomed(&server, "c1", &folder);
    c1.type_keys("half a li");
    c1.wait_for_last_row(">>> half a li");
    c1.type_keys(CTRL_C);
    assert_eq!(c1.wait_for_exit(), 0);
    c1.assert_settings_are_back();
}

#[test]
fn exit_leaves_and_gives_the_terminal_back() {
    let (server, folder) = (Server::start(), TempDir::new().unwrap());
    let mut c1 = welcomed(&server, "c1", &folder);
    c1.type_keys("exit\r");
    assert_eq!(c1.wait_for_exit(), 0);
    c1.assert_settings_are_back();
}

#[test]
fn a_signal_leaves_and_gives_the_terminal_back() {
    let (server, folder) = (Server::start(), TempDir::new().unwrap());
    let mut c1 = welcomed(&server, "c1", &folder);
    c1.terminate();
    assert_eq!(c1.wait_for_exit(), 0);
    c1.assert_settings_are_back();
}

#[test]
fn lines_typed_earlier_come_back_after_a_restart() {
    let (server, folder) = (Server::start(), TempDir::new().unwrap());
    let mut c1 = welcomed(&server, "c1", &folder);
    c1.type_keys("send nobody one\rsend nobody two\rexit\r");
    assert_eq!(c1.wait_for_exit(), 0);

    let mut c1 = client(server.port(), "c1", &folder);
    c1.wait_for_row(">>> [Welcome back!]");
    c1.type_keys(UP);
    c1.wait_for_last_row(">>> exit");
    c1.type_keys(UP);
    c1.wait_for_last_row(">>> send nobody two");
    c1.type_keys(UP);
    c1.wait_for_last_row(">>> send nobody one");
}

#[test]
fn a_history_that_cannot_be_kept_is_told_once_and_the_chat_goes_on() {
    let (server, folder) = (Server::start(), TempDir::new().unwrap());
    let server_at = format!("127.0.0.1:{}", server.port());
    let no_file = folder.path().to_str().unwrap();
    let mut c1 = Terminal::start(&["client", "c1", &server_at, "--history", no_file]);
    c1.wait_for_row(">>> [Welcome, You are registered.]");
    c1.type_keys("send nobody one\rsend nobody two\r");
    c1.wait_for("both answers, and one warning", |rows| {
        let count = |text| rows.iter().filter(|row| row.contains(text)).count();
        count("[User does not exist.]") == 2 && count("lines are not kept") == 1
    });
}

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
    c1.wait_for_row("chatapp: what was typed is not UTF-8 and was dropped: type the line again");
    c1.wait_for_last_row(">>>");
    c1.type_keys("create_group g\r");
    c1.wait_for_row(">>> [Group g created by Server.]");
}

#[test]
fn a_dumb_terminal_gets_plain_lines() {
    let server = Server::start();
    let server_at = format!("127.0.0.1:{}", server.port());
    let mut c1 = Terminal::start_as("dumb", &["client", "c1", &server_at]);
    c1.wait_for_row(">>> [Welcome, You are registered.]");
    c1.type_keys("create_group g\r");
    c1.wait_for_row(">>> [Group g created by Server.]");
    c1.type_keys(CTRL_D);
    assert_eq!(c1.wait_for_exit(), 0);
    c1.assert_settings_are_back();
}

/// The prompt of `chatsim`, with a history file in `folder`.
fn chatsim(arguments: &[&str], folder: &TempDir) -> Terminal {
    let history = folder.path().join("history");
    let arguments = [arguments, &["--history", history.to_str().unwrap()]].concat();
    let chatsim = env!("CARGO_BIN_EXE_chatsim");
    let mut terminal = Terminal::start_program(chatsim, "xterm-256color", &arguments);
    terminal.wait_for_last_row("chatsim>");
    terminal
}

/// Types the beginnings of words, each with a Tab behind it, and waits for the whole line.
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
    prompt.wait_for_row("undone fault: { drop: c1 -> c2, packet: send } (it is 0.028 s again)");
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
