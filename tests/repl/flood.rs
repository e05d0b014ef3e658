//! Many messages while the user types.

use std::thread;

use tempfile::TempDir;

use crate::program::play_script;
use crate::server::Server;
use crate::terminal::Setting;
use crate::{client_in, welcomed};

/// The clients that write as fast as they are answered, and the messages of each.
const AUTHORS: usize = 4;
const MESSAGES: usize = 500;

fn text(author: usize, n: usize) -> String {
    format!("number {n} of author {author}, which is a message that fills more than half a row")
}

/// Makes clients write to c1 while `act` runs.
fn under_a_flood<T>(server: &Server, act: impl FnOnce() -> T) -> T {
    let port = server.port();
    let write = |author: usize| {
        let lines = (0..MESSAGES).map(|n| format!("send c1 {}\n", text(author, n)));
        let script = lines.collect::<Vec<_>>().concat();
        thread::spawn(move || play_script(port, &format!("author{author}"), &script))
    };
    let authors: Vec<_> = (0..AUTHORS).map(write).collect();
    let result = act();
    for author in authors {
        author.join().unwrap();
    }
    result
}

/// Fails unless every message is shown once, complete, and those of each sender in order.
fn assert_all_are_there(shown: &[String]) {
    for author in 0..AUTHORS {
        let prefix = format!(">>> author{author}: ");
        let said: Vec<_> = shown.iter().filter_map(|line| line.strip_prefix(&prefix)).collect();
        let expected: Vec<_> = (0..MESSAGES).map(|n| text(author, n)).collect();
        assert!(said == expected, "{author}: {} of {MESSAGES}\n{said:#?}", said.len());
    }
}

#[test]
fn a_half_typed_line_survives_a_flood_and_no_message_is_lost_or_torn() {
    for size in [(24, 80), (10, 40)] {
        let (server, folder) = (Server::start(), TempDir::new().unwrap());
        let setting = Setting { size, ..Setting::default() };
        let mut c1 = client_in(&setting, server.port(), "c1", &folder, &[]);
        c1.wait_for_last_row(">>>");
        let line = "send author0 typed key by key, and it wraps";
        under_a_flood(&server, || {
            let mut typed = ">>>".to_owned();
            for key in line.chars() {
                c1.type_keys(key.encode_utf8(&mut [0; 4]));
                typed.extend([key].into_iter().filter(|key| !key.is_whitespace()));
                // Blanks at the ends of rows are not visible, and a hint may follow.
                c1.wait_for(&typed, |rows| {
                    let end = rows.get(rows.len().saturating_sub(2)..).unwrap_or_default();
                    end.concat().replace(' ', "").contains(&typed)
                });
            }
        });
        c1.wait_for("the last messages", |rows| rows.concat().ends_with(line) && rows.len() > 2);
        c1.type_keys("\x15");
        c1.wait_for_last_row(">>>");
        c1.type_keys("list_groups\r");
        c1.wait_for_row(">>> [Available Group Chats:]");
        c1.wait_for_last_row(">>>");
        assert_all_are_there(&c1.everything());
    }
}

#[test]
fn what_arrives_while_the_history_is_searched_is_shown_behind_it() {
    let (server, folder) = (Server::start(), TempDir::new().unwrap());
    let mut c1 = welcomed(&server, "c1", &folder);
    c1.type_keys("send nobody one\r");
    c1.wait_for_row(">>> [User does not exist.]");
    c1.wait_for_last_row(">>>");
    c1.type_keys("\x12no");
    c1.wait_for_last_row("(reverse-i-search)`no': send nobody one");
    under_a_flood(&server, || ());
    c1.type_keys("\x07");
    c1.wait_for_last_row(">>>");
    c1.type_keys("list_groups\r");
    c1.wait_for_row(">>> [Available Group Chats:]");
    c1.wait_for_last_row(">>>");
    assert_all_are_there(&c1.everything());
}
