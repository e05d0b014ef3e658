//! What a user sees when a chat does not begin: what failed, and what to check.
#![expect(clippy::unwrap_used, reason = "a failed step fails the test")]

#[path = "support/program.rs"]
mod program;
#[path = "support/server.rs"]
mod server;
#[path = "support/terminal.rs"]
mod terminal;

use std::io::{BufRead as _, BufReader};
use std::net::{Ipv4Addr, SocketAddr};

use program::Program;
use server::Server;
use socket2::{Domain, Socket, Type};
use terminal::Terminal;

const SUCCESS: i32 = 0;
const FAILURE: i32 = 1;

/// Runs a client to its end without input; returns exit code, standard output, standard error.
fn run(server: &str) -> (i32, String, String) {
    let mut program = Program::start(&["client", "c1", server]);
    drop(program.0.stdin.take());
    program.wait()
}

/// A client at a terminal.
fn at_terminal(server: &str) -> Terminal {
    Terminal::start(&["client", "c1", server, "--history", "/dev/null"])
}

/// A socket that holds a port and never answers.
fn silent_port() -> (Socket, u16) {
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, None).unwrap();
    let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    socket.bind(&any.into()).unwrap();
    let port = socket.local_addr().unwrap().as_socket().unwrap().port();
    (socket, port)
}

#[test]
fn a_server_that_answers_is_all_that_a_client_needs() {
    let output = Server::start().play_script("c1", "");
    let expected =
        ">>> [Welcome, You are registered.]\n>>> [Client table updated.]\n>>> [Exiting...]\n";
    assert_eq!(output, expected);
}

#[test]
fn who_does_not_want_to_wait_for_a_server_leaves_at_once() {
    let (_silent, port) = silent_port();
    let mut c1 = at_terminal(&format!("127.0.0.1:{port}"));
    c1.wait_for_row(">>> [Message sent! 1 times. Retrying...]");
    c1.terminate();
    assert_eq!(c1.wait_for_exit(), SUCCESS);
    c1.wait_for("the good-bye", |rows| rows.ends_with(&[">>> [Exiting...]".to_owned()]));
}

#[test]
fn a_silent_server_fails_the_chat_after_five_retries() {
    let (_silent, port) = silent_port();
    let (code, output, errors) = run(&format!("localhost:{port}"));
    assert_eq!(code, FAILURE);
    assert_eq!(
        errors,
        format!(
            "chatapp: `localhost:{port}` (127.0.0.1) does not answer; check\n  \
             - that host and port are right\n  \
             - that the server runs: `chatapp server --port {port}` starts one on this machine\n"
        )
    );
    let retries = (1..=5).map(|n| format!(">>> [Message sent! {n} times. Retrying...]\n"));
    let end = ">>> [Server not responding.]\n>>> [Exiting...]\n".to_owned();
    assert_eq!(output, retries.chain([end]).collect::<String>());
}

#[test]
fn a_port_without_a_program_is_told_while_the_client_still_tries() {
    let (silent, port) = silent_port();
    drop(silent);
    let mut program = Program::start(&["client", "c1", &format!("127.0.0.1:{port}")]);
    let mut errors = BufReader::new(program.0.stderr.take().unwrap());
    let mut told = String::new();
    errors.read_line(&mut told).unwrap();
    assert_eq!(told, format!("chatapp: no program listens at `127.0.0.1:{port}`; check\n"));
    // A client that is waiting need not be restarted when the server starts.
    let mut server = Program::start(&["server", "--port", &port.to_string()]);
    assert!(server.first_line().starts_with(">>> [Server started"));
    drop(program.0.stdin.take());
    program.0.stderr = Some(errors.into_inner());
    let (code, output, _) = program.wait();
    assert!(output.contains(">>> [Welcome, You are registered.]\n"), "{output}");
    assert_eq!(code, SUCCESS);
}

#[test]
fn a_name_in_use_fails_the_chat() {
    let server = Server::start();
    let server_at = format!("127.0.0.1:{}", server.port());
    let mut first = Program::start(&["client", "c1", &server_at]);
    assert_eq!(first.first_line(), ">>> [Welcome, You are registered.]\n");
    let expected = ">>> [You have already login somewhere else.]\n".to_owned();
    let errors = format!(
        "chatapp: the name `c1` is in use at `{server_at}`: end that client, or choose another \
         name\n"
    );
    assert_eq!(run(&server_at), (FAILURE, expected, errors));
}

#[test]
fn a_program_that_ends_by_itself_gives_the_terminal_back_from_a_half_typed_line() {
    let (_silent, port) = silent_port();
    let mut c1 = at_terminal(&format!("127.0.0.1:{port}"));
    c1.wait_for_last_row(">>>");
    c1.type_keys("half a li");
    c1.wait_for_row(&format!("chatapp: `127.0.0.1:{port}` does not answer; check"));
    c1.wait_for_row("  - that host and port are right");
    c1.wait_for_last_row(">>> half a li");
    assert_eq!(c1.wait_for_exit(), FAILURE);
    c1.wait_for("the last lines and nothing behind them", |rows| {
        rows.ends_with(&[
            ">>> [Message sent! 5 times. Retrying...]".to_owned(),
            ">>> [Server not responding.]".to_owned(),
            ">>> [Exiting...]".to_owned(),
        ])
    });
    c1.assert_settings_are_back();
}

#[test]
fn a_name_in_use_ends_the_program_with_its_reason() {
    let server = Server::start();
    let server_at = format!("127.0.0.1:{}", server.port());
    let mut first = Program::start(&["client", "c1", &server_at]);
    assert_eq!(first.first_line(), ">>> [Welcome, You are registered.]\n");
    let mut second = at_terminal(&server_at);
    assert_eq!(second.wait_for_exit(), FAILURE);
    second.wait_for_row(">>> [You have already login somewhere else.]");
    second.wait_for("what helps", |rows| {
        let expected = format!(
            "chatapp: the name `c1` is in use at `{server_at}`: end that client, or choose another \
             name"
        );
        rows.concat().contains(&expected)
    });
    second.assert_settings_are_back();
}
