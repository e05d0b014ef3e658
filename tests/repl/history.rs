//! The prompt history.

use tempfile::TempDir;

use crate::server::Server;
use crate::terminal::{Setting, Terminal};
use crate::{UP, client, welcomed};

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
fn each_name_has_a_history_of_its_own() {
    let (server, folder) = (Server::start(), TempDir::new().unwrap());
    let state = folder.path().to_str().unwrap();
    let setting = Setting { variables: &[("XDG_STATE_HOME", state)], ..Setting::default() };
    for name in ["c1", "c2"] {
        let server = format!("127.0.0.1:{}", server.port());
        let mut client = Terminal::start_in(&setting, &["client", name, &server]);
        client.wait_for_last_row(">>>");
        client.type_keys(&format!("send nobody {name}\rsend nobody {name}\rexit\r"));
        assert_eq!(client.wait_for_exit(), 0);
    }
    let kept = |name: &str| std::fs::read_to_string(folder.path().join("chatapp").join(name));
    assert_eq!(kept("history-c1").unwrap(), "#V2\nsend nobody c1\nexit\n");
    assert_eq!(kept("history-c2").unwrap(), "#V2\nsend nobody c2\nexit\n");
}

#[test]
fn a_history_of_a_newer_version_is_told_and_left_alone() {
    let (server, folder) = (Server::start(), TempDir::new().unwrap());
    let newer = "#V3\nsomething else\n";
    std::fs::write(folder.path().join("history"), newer).unwrap();
    let mut c1 = client(server.port(), "c1", &folder);
    c1.wait_for("the warning", |rows| rows.concat().contains("begins with `#V3` instead of `#V2`"));
    c1.type_keys("send nobody one\r");
    c1.wait_for_row(">>> [User does not exist.]");
    c1.type_keys("exit\r");
    assert_eq!(c1.wait_for_exit(), 0);
    let left = std::fs::read_to_string(folder.path().join("history")).unwrap();
    assert_eq!(left, newer);
}
