//! Output besides the texts of messages.

use tempfile::TempDir;
use vt100::Color;

use crate::server::Server;
use crate::terminal::Setting;
use crate::{client_in, welcomed};

#[test]
fn a_name_has_the_same_colour_wherever_it_stands() {
    let (server, folder) = (Server::start(), TempDir::new().unwrap());
    let mut c1 = welcomed(&server, "c1", &folder);
    let mut there = welcomed(&server, "carol", &folder);
    there.type_keys("send c1 from carol\r");
    c1.wait_for_row(">>> carol: from carol");
    let (carol, _) = c1.looks("carol: from");
    assert!(matches!(carol, Color::Idx(16..)), "{carol:?}");
    assert_eq!(c1.looks("from carol"), (Color::Default, false));
    c1.type_keys("send carol hi\r");
    c1.wait_for_row(">>> [Message received by carol.]");
    assert_eq!(c1.looks("carol.]").0, carol);
    assert_eq!(c1.looks("[Message"), (Color::Default, false));
    assert_eq!(c1.looks("carol hi").0, carol);
}

#[test]
fn what_waits_for_the_end_of_a_visit_is_counted_in_the_prompt() {
    let (server, folder) = (Server::start(), TempDir::new().unwrap());
    let mut c1 = welcomed(&server, "c1", &folder);
    c1.type_keys("create_group g\rjoin_group g\r");
    c1.wait_for_last_row(">>> (g)");
    c1.type_keys("send_all half");
    c1.wait_for_last_row(">>> (g) send_all half");
    server.play_script("c2", "send c1 one\nsend c1 two\n");
    c1.wait_for_last_row("[2] (g) send_all half");
    c1.wait_for_cursor(21);
    let script = (0..9).map(|n| format!("send c1 {n}\n"));
    server.play_script("c3", &script.collect::<Vec<_>>().concat());
    c1.wait_for_last_row("[9+](g) send_all half");
    c1.type_keys(" done\r");
    c1.wait_for_row(">>> (g) [Group message received by server.]");
    c1.wait_for_last_row("[9+](g)");
    c1.type_keys("leave_group\r");
    c1.wait_for_row(">>> c3: 8");
    c1.wait_for_last_row(">>>");
}

#[test]
fn the_time_of_day_stands_before_what_arrives_for_who_wants_it() {
    let (server, folder) = (Server::start(), TempDir::new().unwrap());
    let mut c1 = client_in(&Setting::default(), server.port(), "c1", &folder, &["--times"]);
    let is_time = |text: &str| {
        let digits: Vec<_> = text.split(':').collect();
        digits.len() == 3 && digits.iter().all(|it| it.len() == 2 && it.parse::<u8>().is_ok())
    };
    let begins_with_time = move |row: &str, end: &str| {
        let row = row.strip_prefix(">>> ").and_then(|row| row.strip_suffix(end));
        row.is_some_and(is_time)
    };
    c1.wait_for("a time before the welcome", move |rows| {
        rows.iter().any(|row| begins_with_time(row, " [Welcome, You are registered.]"))
    });
    server.play_script("c2", "send c1 hi\n");
    c1.wait_for("a time before the message", move |rows| {
        rows.iter().any(|row| begins_with_time(row, " c2: hi"))
    });
    c1.type_keys("/times\r");
    c1.wait_for_row(">>> [Timestamps are off.]");
}

#[test]
fn direct_messages_ring_and_send_a_notice_if_that_is_wanted() {
    let (server, folder) = (Server::start(), TempDir::new().unwrap());
    let wanted = ["--bell", "--notify"];
    let mut c1 = client_in(&Setting::default(), server.port(), "c1", &folder, &wanted);
    let mut quiet = welcomed(&server, "c2", &folder);
    c1.wait_for_last_row(">>>");
    server.play_script("c3", "send c1 hi\nsend c2 hi\n");
    for client in [&mut c1, &mut quiet] {
        client.wait_for_row(">>> c3: hi");
        client.wait_for_last_row(">>>");
    }
    assert_eq!(c1.calls(), (1, vec!["c3: hi".to_owned()]));
    assert_eq!(quiet.calls(), (0, vec![]));

    c1.type_keys("create_group g\rjoin_group g\r");
    c1.wait_for_last_row(">>> (g)");
    server.play_script("c4", "send c1 ho\n");
    c1.wait_for_last_row("[1] (g)");
    assert_eq!(c1.calls(), (2, vec!["c3: hi".to_owned(), "1 message waits".to_owned()]));
}
