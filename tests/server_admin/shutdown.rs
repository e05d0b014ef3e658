//! The end of a server.

use std::process::Command;

use crate::program::{Program, play_script};

/// A server on a free port, and that port.
pub(crate) fn start(args: &[&str]) -> (Program, u16) {
    let mut server = Program::start(&[&["server", "--port", "0"], args].concat());
    let first = server.first_line();
    let port = first.strip_prefix(">>> [Server started at 127.0.0.1 on port ").unwrap();
    let port = port.trim_end().trim_end_matches(']').parse().unwrap();
    (server, port)
}

/// Sends a program the signal to end.
pub(crate) fn terminate(program: &Program) {
    let status = Command::new("kill").arg(program.0.id().to_string()).status();
    assert!(status.unwrap().success());
}

#[test]
fn a_client_learns_that_its_server_ends_and_leaves_at_once() {
    let (server, port) = start(&[]);
    let mut client = Program::start(&["client", "c1", &format!("127.0.0.1:{port}")]);
    assert_eq!(client.first_line(), ">>> [Welcome, You are registered.]\n");
    assert_eq!(client.first_line(), ">>> [Client table updated.]\n");
    terminate(&server);
    let (code, output, errors) = server.wait();
    assert_eq!((code, errors.as_str()), (0, ""));
    assert!(!output.contains("ended"), "{output}");
    // With a server that does not answer, it would wait for a second.
    terminate(&client);
    assert_eq!(client.wait().0, 0);
}

#[test]
fn what_is_acknowledged_is_there_after_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let data = data.to_str().unwrap();
    let (server, port) = start(&["--data", data]);
    let output = play_script(port, "c1", "create_group kept\n");
    assert!(output.contains("[Group kept created by Server.]"), "{output}");
    terminate(&server);
    assert_eq!(server.wait().0, 0);
    let (_server, port) = start(&["--data", data]);
    let output = play_script(port, "c1", "list_groups\n");
    assert!(output.contains(">>> kept\n"), "{output}");
}
