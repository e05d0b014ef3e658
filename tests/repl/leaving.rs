//! The end of a program, and the terminal after it.

use tempfile::TempDir;

use crate::server::Server;
use crate::{CTRL_C, CTRL_D, welcomed};

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
