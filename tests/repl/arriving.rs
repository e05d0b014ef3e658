//! Lines that arrive while the user types.

use tempfile::TempDir;

use crate::server::Server;
use crate::welcomed;

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
