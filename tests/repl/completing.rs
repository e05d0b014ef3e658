//! The Tab key.

use tempfile::TempDir;

use crate::server::Server;
use crate::{BACKSPACE, ENTER, TAB, welcomed};

#[test]
fn tab_completes_commands_clients_and_groups() {
    let (server, folder) = (Server::start(), TempDir::new().unwrap());
    let mut c1 = welcomed(&server, "carol", &folder);

    c1.type_keys("cr");
    c1.type_keys(TAB);
    c1.wait_for_last_row(">>> create_group <group-name>");
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
    c1.wait_for_last_row(">>> join_group <group-name>");
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
fn tab_tells_who_is_there_and_finds_names_in_texts() {
    let (server, folder) = (Server::start(), TempDir::new().unwrap());
    let mut c1 = welcomed(&server, "c1", &folder);
    server.play_script("carl", "dereg carl\n");
    let _carol = welcomed(&server, "carol", &folder);
    // Changes of the table are combined into an unknown number of lines.
    while !["[carl: offline", "[carol: online"].iter().all(|it| c1.rows().concat().contains(it)) {
        c1.type_keys("\x0clist_users\r");
        c1.wait_for_row(">>> [Registered clients:]");
        c1.wait_for_last_row(">>>");
    }
    c1.type_keys("send ca");
    c1.type_keys(TAB);
    c1.wait_for_row("carl (offline)  carol (online)");
    c1.wait_for_last_row(">>> send car <message>");
    c1.type_keys("o");
    c1.type_keys(TAB);
    c1.type_keys("ask @carl");
    c1.type_keys(TAB);
    c1.type_keys(", @caro");
    c1.type_keys(TAB);
    c1.wait_for_last_row(">>> send carol ask @carl, @carol");
}
