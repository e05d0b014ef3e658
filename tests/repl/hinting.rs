//! Hints in grey after the typed text.

use tempfile::TempDir;
use vt100::Color;

use crate::server::Server;
use crate::terminal::Setting;
use crate::{CTRL_R, ENTER, ESCAPE, RIGHT, client_in, welcomed};

const GREY: Color = Color::Idx(8);

#[test]
fn what_a_command_still_needs_stands_behind_it() {
    let (server, folder) = (Server::start(), TempDir::new().unwrap());
    let mut c1 = welcomed(&server, "c1", &folder);
    c1.type_keys("sen");
    c1.wait_for_last_row(">>> send <client-name> <message>");
    c1.wait_for_cursor(7);
    assert_eq!(c1.looks("d <client"), (GREY, false));
    c1.type_keys(RIGHT);
    c1.wait_for_cursor(9);
    c1.type_keys("c2");
    c1.wait_for_last_row(">>> send c2 <message>");
    c1.type_keys(" hi");
    c1.wait_for_last_row(">>> send c2 hi");
}

#[test]
fn the_last_line_that_began_alike_stands_behind_what_is_typed() {
    let (server, folder) = (Server::start(), TempDir::new().unwrap());
    let mut c1 = welcomed(&server, "c1", &folder);
    c1.type_keys("send nobody one\rsend nobody two\r");
    c1.wait_for("both answers", |rows| {
        rows.iter().filter(|row| *row == ">>> [User does not exist.]").count() == 2
    });
    c1.wait_for_last_row(">>>");
    c1.type_keys("send n");
    c1.wait_for_last_row(">>> send nobody two");
    assert_eq!(c1.looks("obody two"), (GREY, false));
    c1.type_keys(RIGHT);
    c1.wait_for_cursor(19);

    c1.type_keys(&format!("{ENTER}create_group g{ENTER}join_group g{ENTER}"));
    c1.wait_for_last_row(">>> (g)");
    c1.type_keys("send");
    c1.wait_for_last_row(">>> (g) send_all <message>");
}

#[test]
fn a_hint_is_not_handed_in() {
    let (server, folder) = (Server::start(), TempDir::new().unwrap());
    let mut c1 = welcomed(&server, "c1", &folder);
    c1.type_keys("send nobody one\r");
    c1.wait_for_row(">>> [User does not exist.]");
    c1.wait_for_last_row(">>>");
    c1.type_keys("send ");
    c1.wait_for_last_row(">>> send nobody one");
    c1.type_keys(ENTER);
    c1.wait_for_row(">>> [Usage: send <client-name> <message>]");
    assert!(c1.rows().contains(&">>> send".to_owned()));
}

#[test]
fn ctrl_r_finds_what_was_typed_earlier() {
    let (server, folder) = (Server::start(), TempDir::new().unwrap());
    let mut c1 = welcomed(&server, "c1", &folder);
    c1.type_keys("send nobody one\rlist_groups\r");
    c1.wait_for_row(">>> [Available Group Chats:]");
    c1.wait_for_last_row(">>>");
    c1.type_keys(&format!("{CTRL_R}body"));
    c1.wait_for_last_row("(reverse-i-search)`body': send nobody one");
    c1.type_keys(ENTER);
    c1.wait_for("the second answer", |rows| {
        rows.iter().filter(|row| *row == ">>> [User does not exist.]").count() == 2
    });
}

#[test]
fn the_keys_of_vi_can_be_chosen() {
    let (server, folder) = (Server::start(), TempDir::new().unwrap());
    let mut c1 = client_in(&Setting::default(), server.port(), "c1", &folder, &["--keys", "vi"]);
    c1.wait_for_last_row(">>>");
    c1.type_keys("send c1 hix");
    c1.wait_for_last_row(">>> send c1 hix");
    c1.type_keys(ESCAPE);
    c1.wait_for_cursor(14);
    c1.type_keys("x");
    c1.wait_for_last_row(">>> send c1 hi");
    c1.type_keys(ENTER);
    c1.wait_for_row(">>> c1: hi");
}
