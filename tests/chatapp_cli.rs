//! The command line of `chatapp`: its output on each stream, and its exit codes.
#![expect(clippy::unwrap_used, reason = "a failed step fails the test")]

#[path = "support/program.rs"]
mod program;
#[path = "support/server.rs"]
mod server;

use std::net::{Ipv4Addr, SocketAddr};
use std::process::{Command, Stdio};

use program::{CHATAPP, Program};
use server::Server;
use socket2::{Domain, Socket, Type};

/// The exit codes, as documented.
const SUCCESS: i32 = 0;
const FAILURE: i32 = 1;
const USAGE: i32 = 2;
const ENVIRONMENT: i32 = 3;

const PORT: &str = ">>> [Invalid port. Ensure the port is between 1024 and 65535.]\n";
const SERVER_PORT: &str =
    ">>> [Invalid server-port. Ensure the server-port is between 1024 and 65535.]\n";
const CLIENT_PORT: &str =
    ">>> [Invalid client-port. Ensure the client-port is between 1024 and 65535.]\n";
const MODE: &str = ">>> [Invalid mode. Please use '-c' as client mode or '-s' as server mode.]\n";

/// Runs `chatapp` to its end without input; returns exit code, standard output, standard error.
fn run(args: &[&str]) -> (i32, String, String) {
    let mut program = Program::start(args);
    drop(program.0.stdin.take());
    program.wait()
}

#[track_caller]
fn assert_refused(args: &[&str], code: i32, errors: &str) {
    assert_eq!(run(args), (code, String::new(), errors.to_owned()), "{args:?}");
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
fn ports_out_of_range_and_no_ports_are_refused_in_the_words_of_the_original() {
    for port in ["0", "80", "1023", "65536", "-5", "port", "", "2475.0"] {
        assert_refused(&["-s", port], USAGE, PORT);
        assert_refused(&["-c", "c1", "127.0.0.1", port, "2927"], USAGE, SERVER_PORT);
        assert_refused(&["-c", "c1", "127.0.0.1", "2475", port], USAGE, CLIENT_PORT);
    }
    for port in ["80", "65536", "-5", "port"] {
        assert_refused(&["server", "--port", port], USAGE, PORT);
        let server = format!("127.0.0.1:{port}");
        assert_refused(&["client", "c1", &server], USAGE, SERVER_PORT);
        assert_refused(&["client", "c1", "127.0.0.1", "--port", port], USAGE, CLIENT_PORT);
    }
}

#[test]
fn an_address_that_cannot_be_is_refused_with_its_reason() {
    assert_refused(
        &["client", "c1", ":2475"],
        USAGE,
        ">>> [Invalid server-ip!]\n`:2475` names no host: write `HOST` or `HOST:PORT`\n",
    );
    assert_refused(
        &["client", "c1", "[::1"],
        USAGE,
        ">>> [Invalid server-ip!]\n\
         `[::1` is not an IPv6 address in brackets: write `[ADDRESS]` or `[ADDRESS]:PORT`\n",
    );
}

#[test]
fn an_unknown_host_is_refused_with_its_reason() {
    // `.invalid` never exists (RFC 2606).
    for args in [
        &["-c", "c1", "nowhere.invalid", "2475", "2927"][..],
        &["client", "c1", "nowhere.invalid"],
        &["server", "--port", "0", "--bind", "nowhere.invalid"],
    ] {
        let (code, output, errors) = run(args);
        assert_eq!((code, output.as_str()), (USAGE, ""), "{args:?}");
        // The resolver's error text is that of the system.
        let lines: Vec<_> = errors.lines().take(2).collect();
        assert_eq!(
            lines,
            [
                ">>> [Invalid server-ip!]",
                "host `nowhere.invalid` is unknown: check its spelling, or write its IP address",
            ],
            "{args:?}"
        );
    }
}

#[test]
fn names_that_break_the_rules_are_refused_with_the_rule() {
    let cases = [
        ("", "a name needs at least one character"),
        ("two words", "a name has letters (a-z, A-Z), digits, `.`, `_` and `-`, not ` `"),
        ("123456789012345678901234567890123", "a name has at most 32 characters, not 33"),
    ];
    for (name, rule) in cases {
        let errors = format!(">>> [Invalid client-name!]\n{rule}\n");
        assert_refused(&["-c", name, "127.0.0.1", "2475", "2927"], USAGE, &errors);
        assert_refused(&["client", name, "127.0.0.1"], USAGE, &errors);
    }
}

#[test]
fn an_unknown_mode_is_refused_in_the_words_of_the_original() {
    assert_refused(&["-x"], USAGE, MODE);
    assert_refused(&["-x", "2475"], USAGE, MODE);
    assert_refused(&["--sever"], USAGE, MODE);
}

#[test]
fn a_wrong_number_of_arguments_is_answered_with_the_usage() {
    for args in [
        &[][..],
        &["-s"],
        &["-s", "2475", "2476"],
        &["-c"],
        &["-c", "c1", "127.0.0.1", "2475"],
        &["-c", "c1", "127.0.0.1", "2475", "2927", "more"],
        &["server"],
        &["server", "--port", "2475", "more"],
        &["client", "c1"],
        &["client", "c1", "127.0.0.1", "more"],
        &["-s", "2475", "-c", "c1", "127.0.0.1", "2475", "2927"],
    ] {
        let (code, output, errors) = run(args);
        assert_eq!((code, output.as_str()), (USAGE, ""), "{args:?}");
        assert!(errors.contains("Usage: chatapp "), "{args:?}: {errors}");
    }
}

#[test]
fn a_mistyped_mode_is_answered_with_the_one_that_was_meant() {
    let (code, output, errors) = run(&["sever", "--port", "2475"]);
    assert_eq!((code, output.as_str()), (USAGE, ""));
    assert!(errors.contains("a similar subcommand exists: 'server'"), "{errors}");
}

#[test]
fn completions_and_manual_pages_are_written() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let (code, script, errors) = run(&["completions", shell]);
        assert_eq!((code, errors.as_str()), (SUCCESS, ""));
        assert!(script.contains("ephemeral") && script.contains("chatapp"), "{shell}: {script}");
    }
    for (args, title) in
        [(&["man"][..], ".TH chatapp 1"), (&["man", "client"], ".TH chatapp-client 1")]
    {
        let (code, page, errors) = run(args);
        assert_eq!((code, errors.as_str()), (SUCCESS, ""));
        assert!(page.contains(title), "{page}");
    }
    let unknown = "chatapp: unknown command `sever`: `chatapp --help` lists all commands\n";
    assert_refused(&["man", "sever"], USAGE, unknown);
}

#[test]
fn help_and_version_are_given_on_standard_output() {
    for args in [&["-h"][..], &["--help"], &["help"], &["server", "--help"], &["client", "--help"]]
    {
        let (code, output, errors) = run(args);
        assert_eq!((code, errors.as_str()), (SUCCESS, ""), "{args:?}");
        assert!(output.contains("Usage: chatapp "), "{args:?}: {output}");
    }
    let version = concat!("chatapp ", env!("CARGO_PKG_VERSION"), "\n");
    assert_eq!(run(&["--version"]), (SUCCESS, version.to_owned(), String::new()));
}

#[test]
fn a_taken_port_is_named_with_its_cure() {
    let (_holder, port) = silent_port();
    let port = port.to_string();
    let errors = format!(
        "chatapp: port `{port}` is taken: choose another port, or end the program that uses it\n"
    );
    assert_refused(&["-s", &port], ENVIRONMENT, &errors);
    assert_refused(&["server", "--port", &port], ENVIRONMENT, &errors);
    assert_refused(&["-c", "c1", "127.0.0.1", "2475", &port], ENVIRONMENT, &errors);
    assert_refused(&["client", "c1", "127.0.0.1", "--port", &port], ENVIRONMENT, &errors);
}

#[test]
fn an_address_of_another_machine_is_named_with_its_cure() {
    // 192.0.2.0/24 is reserved for documentation.
    assert_refused(
        &["server", "--port", "0", "--bind", "192.0.2.1"],
        ENVIRONMENT,
        "chatapp: `192.0.2.1` is not an address of this machine: \
         choose one of its own, or `0.0.0.0` for all\n",
    );
}

#[test]
fn open_input_does_not_hold_up_the_end() {
    let (_silent, port) = silent_port();
    let mut program = Program::start(&["client", "c1", &format!("127.0.0.1:{port}")]);
    let _open = program.0.stdin.take();
    assert_eq!(program.wait().0, FAILURE);
}

#[test]
fn output_that_nobody_reads_ends_a_client_politely() {
    let server = Server::start();
    let mut program = Program::start(&["client", "c1", &format!("127.0.0.1:{}", server.port())]);
    let _open = program.0.stdin.take();
    assert_eq!(program.first_line(), ">>> [Welcome, You are registered.]\n");
    drop(program.0.stdout.take());
    server.play_script("c2", "send c1 anybody there?\n");
    assert_eq!(program.wait(), (SUCCESS, String::new(), String::new()));
}

#[test]
#[cfg(target_os = "linux")]
fn output_that_cannot_be_written_is_told() {
    let server = Server::start();
    let full = std::fs::File::options().write(true).open("/dev/full");
    let program = Command::new(CHATAPP)
        .args(["client", "c1", &format!("127.0.0.1:{}", server.port()), "--ephemeral"])
        .stdin(Stdio::piped())
        .stdout(full.unwrap())
        .stderr(Stdio::piped())
        .spawn();
    let (code, _, errors) = Program(program.unwrap()).wait();
    assert_eq!(
        (code, errors.as_str()),
        (
            ENVIRONMENT,
            "chatapp: standard output cannot be written: free some disk space, or redirect it \
             elsewhere\n  \
             cause: No space left on device (os error 28)\n"
        )
    );
}

#[test]
fn a_server_works_without_input_until_a_signal() {
    for signal in ["-INT", "-TERM"] {
        let program = Command::new(CHATAPP)
            .args(["server", "--port", "0"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        let mut program = Program(program.unwrap());
        let first = program.first_line();
        assert!(first.starts_with(">>> [Server started at 127.0.0.1 on port "), "{first}");
        let id = program.0.id().to_string();
        let sent = Command::new("kill").args([signal, &id]).status();
        assert!(sent.unwrap().success());
        let (code, output, errors) = program.wait();
        assert_eq!(
            (code, output.as_str(), errors.as_str()),
            (SUCCESS, "[Start listening...]\n", "")
        );
    }
}

#[test]
fn ipv6_works_from_end_to_end() {
    let mut server = Program::start(&["server", "--port", "0", "--bind", "::1"]);
    let first = server.first_line();
    let Some(port) = first.strip_prefix(">>> [Server started at ::1 on port ") else {
        return; // no IPv6 on this machine
    };
    let port = port.trim_end().trim_end_matches(']');
    let (code, output, errors) = run(&["client", "c1", &format!("[::1]:{port}")]);
    assert_eq!((code, errors.as_str()), (SUCCESS, ""));
    assert!(output.starts_with(">>> [Welcome, You are registered.]\n"), "{output}");
}
