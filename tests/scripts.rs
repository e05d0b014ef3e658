//! Scripts: their commands, waits, and ends.
#![expect(clippy::unwrap_used, reason = "a failed step fails the test")]

#[path = "support/program.rs"]
mod program;
#[path = "support/server.rs"]
mod server;

use std::fs;
use std::io::Write as _;

use program::Program;
use server::Server;

const SUCCESS: i32 = 0;
const FAILURE: i32 = 1;
const USAGE: i32 = 2;

const WELCOME: &str = ">>> [Welcome, You are registered.]\n>>> [Client table updated.]\n";

/// Runs c1 with these arguments; its standard input would make it fail. Returns the exit code,
/// standard output after the welcome, and standard error.
#[track_caller]
fn play(server: &Server, arguments: &[&str]) -> (i32, String, String) {
    let server_at = format!("127.0.0.1:{}", server.port());
    let mut program = Program::start(&[&["client", "c1", &server_at], arguments].concat());
    program.0.stdin.take().unwrap().write_all(b"nonsense\n").ok();
    let (code, output, errors) = program.wait();
    (code, output.replacen(WELCOME, "", 1), errors)
}

fn is(code: i32, output: &str, errors: &str) -> (i32, String, String) {
    (code, output.to_owned(), errors.to_owned())
}

#[test]
fn arguments_and_files_are_done_in_their_order_and_input_is_left_alone() {
    let (server, folder) = (Server::start(), tempfile::tempdir().unwrap());
    let path = folder.path().join("a.chat");
    fs::write(&path, "# the second\necho  two\nlist_groups\n").unwrap();
    let path = path.to_str().unwrap();
    assert_eq!(
        play(&server, &["-e", "create_group g", "--script", path, "-e", "echo three\nhelp quit"]),
        is(
            SUCCESS,
            ">>> [Group g created by Server.]\n two\n>>> [Available Group Chats:]\n>>> g\nthree\n\
             >>> [quit: same as `exit`]\n>>> [Exiting...]\n",
            ""
        )
    );
}

#[test]
fn an_answer_is_waited_for_and_not_missed() {
    let server = Server::start();
    let server_at = format!("127.0.0.1:{}", server.port());
    let answering = ["client", "c2", &server_at, "-e", "wait /^c1: ping$/", "-e", "send c1 pong"];
    let mut answering = Program::start(&answering);
    assert_eq!(answering.first_line(), ">>> [Welcome, You are registered.]\n");
    let script = "wait /Client table/\nsend c2 ping\nwait /by c2/\nwait /^c2: pong$/ 20s\nexit\n";
    let (code, output, errors) = play(&server, &["-e", script]);
    assert_eq!((code, errors.as_str()), (SUCCESS, ""), "{output}");
    assert!(output.contains(">>> c2: pong\n"), "{output}");
    assert_eq!(answering.wait().0, SUCCESS);
}

#[test]
fn what_a_wait_has_found_is_not_found_again() {
    let server = Server::start();
    let script = "send c1 hi\nsleep 1ms\necho x\nwait /hi/ 5s\nwait /hi|x/ 1ms";
    let errors = "chatapp: -e:5: `wait /hi|x/ 1ms` failed: no matching line within 1ms; \
                  these lines were shown instead:\n  | [Message received by c1.]\n";
    let output = ">>> c1: hi\n>>> [Message received by c1.]\nx\n>>> [Exiting...]\n";
    assert_eq!(play(&server, &["-e", script]), is(FAILURE, output, errors));
    // A command restarts the search.
    let script = "send c1 hi\ndereg c1\nwait /hi/ 1ms";
    let (code, _, errors) = play(&server, &["-e", script]);
    assert_eq!(code, FAILURE);
    assert!(errors.contains("-e:3: `wait /hi/ 1ms` failed: "), "{errors}");
}

#[test]
fn what_fails_is_named_and_the_script_goes_on() {
    let server = Server::start();
    let arguments = ["-e", "send nobody hi", "-e", "list_members\ncreate_group g"];
    let errors = "chatapp: -e:1: `send nobody hi` failed: User does not exist.\n\
                  chatapp: -e:1: `list_members` failed: You are not in a group.\n";
    let output = ">>> [User does not exist.]\n>>> [You are not in a group.]\n\
                  >>> [Group g created by Server.]\n>>> [Exiting...]\n";
    assert_eq!(play(&server, &arguments), is(FAILURE, output, errors));
}

#[test]
fn a_script_may_stop_at_what_fails() {
    let server = Server::start();
    let arguments = ["--stop-on-error", "-e", "send nobody hi\ncreate_group g"];
    let errors = "chatapp: -e:1: `send nobody hi` failed: User does not exist.\n";
    let output = ">>> [User does not exist.]\n>>> [Exiting...]\n";
    assert_eq!(play(&server, &arguments), is(FAILURE, output, errors));
}

#[test]
fn a_script_is_checked_before_anything_is_done() {
    let server = Server::start();
    let errors = "\
error: `1` has no unit
 --> -e:2:7
  |
2 | sleep 1
  |       ^
  |
  = help: did you mean `1s`? a duration is a number with a unit (`us`, `ms`, `s`, `m`, `h` or `d`), like `1.5s`
";
    let refused = play(&server, &["-e", "create_group g\nsleep 1"]);
    assert_eq!(refused, is(USAGE, "", errors));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    let errors = format!("chatapp: `{path}` is a folder: name a file of commands\n");
    assert_eq!(play(&server, &["--script", path]), is(USAGE, "", &errors));
}

#[test]
fn what_comes_from_a_pipe_is_a_script_as_well() {
    let server = Server::start();
    let mut program = Program::start(&["client", "c1", &format!("127.0.0.1:{}", server.port())]);
    let script =
        "# nothing\necho a\nwait /Welcome/\nsleep soon\nsnd c1 hi\nsend c1 hi\nquit\nreg\n";
    program.0.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
    let (code, output, errors) = program.wait();
    assert_eq!(
        (code, errors.as_str()),
        (
            FAILURE,
            "chatapp: standard input:4: `soon` is not a duration; a duration is a number with a \
             unit \
             (`us`, `ms`, `s`, `m`, `h` or `d`), like `1.5s`\n\
             chatapp: standard input:5: `snd c1 hi` failed: `snd` is not a command\n"
        )
    );
    let behind =
        "a\n>>> Invalid command!\n>>> c1: hi\n>>> [Message received by c1.]\n>>> [Exiting...]\n";
    assert_eq!(output, format!("{WELCOME}{behind}"));
}

#[test]
fn who_stays_goes_on_with_standard_input_and_does_not_leave_at_its_end() {
    let server = Server::start();
    let server_at = format!("127.0.0.1:{}", server.port());
    let mut program =
        Program::start(&["client", "c1", &server_at, "--stay", "-e", "create_group g"]);
    program.0.stdin.take().unwrap().write_all(b"create_group h\n").unwrap();
    let lines: Vec<_> = (0..4).map(|_| program.first_line()).collect();
    assert_eq!(
        lines[2..],
        [">>> [Group g created by Server.]\n", ">>> [Group h created by Server.]\n"]
    );
    // With `--stay`, it shows later messages.
    server.play_script("c2", "send c1 still there?\n");
    let heard = (0..3).map(|_| program.first_line()).any(|line| line == ">>> c2: still there?\n");
    assert!(heard);
    let id = program.0.id().to_string();
    assert!(std::process::Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    assert_eq!(program.wait().0, SUCCESS);
}

#[test]
fn what_a_script_has_not_come_to_when_the_chat_ends_has_failed() {
    let server = Server::start();
    let server_at = format!("127.0.0.1:{}", server.port());
    let script = "create_group g\nwait /never/ 1h\nlist_groups";
    let mut program = Program::start(&["client", "c1", &server_at, "-e", script]);
    for _ in 0..3 {
        program.first_line();
    }
    let id = program.0.id().to_string();
    assert!(std::process::Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    let (code, _, errors) = program.wait();
    assert_eq!(code, FAILURE);
    assert_eq!(errors, "chatapp: -e:2: `wait /never/ 1h` was not run: the chat has ended\n");
}

#[test]
fn a_script_takes_the_next_line_when_the_one_before_is_answered() {
    let server = Server::start();
    let output = server.play_script(
        "c1",
        "# to begin with\ncreate_group g\r\n\nlist_groups\njoin_group g\nleave_group\nsend c1 last",
    );
    assert_eq!(
        output,
        ">>> [Welcome, You are registered.]\n\
         >>> [Client table updated.]\n\
         >>> [Group g created by Server.]\n\
         >>> [Available Group Chats:]\n\
         >>> g\n\
         >>> [Entered group g successfully.]\n\
         >>> (g) [Leave group chat g.]\n\
         >>> c1: last\n\
         >>> [Message received by c1.]\n\
         >>> [Exiting...]\n"
    );
}

#[test]
fn a_long_script_waits_for_every_answer() {
    let server = Server::start();
    let output = server.play_script("c1", &"list_groups\n".repeat(1_200));
    assert_eq!(output.matches(">>> [Available Group Chats:]\n").count(), 1_200);
    // Only the welcome, the table and the end besides.
    assert_eq!(output.lines().count(), 1_203);
}

#[test]
fn a_script_that_exits_takes_no_more_lines() {
    let server = Server::start();
    let output = server.play_script("c1", "exit\ncreate_group g\n");
    assert!(output.starts_with(">>> [Welcome, You are registered.]\n"), "{output}");
    assert!(!output.contains("created"), "{output}");
}

#[test]
fn script_lines_that_cannot_be_taken_are_told_by_number_and_left_out() {
    let server = Server::start();
    let mut program = Program::start(&["client", "c1", &format!("127.0.0.1:{}", server.port())]);
    let mut input = program.0.stdin.take().unwrap();
    input.write_all(b"create_group a\nsend c1 \xff\n").unwrap();
    input.write_all(&vec![b'x'; 2 * 1024 * 1024]).unwrap();
    input.write_all(b"\ncreate_group b\n").unwrap();
    drop(input);
    let (code, output, errors) = program.wait();
    assert_eq!(
        errors,
        "chatapp: standard input:2: skipped: it is not UTF-8\n\
         chatapp: standard input:3: skipped: it is longer than 1 MiB\n"
    );
    assert_eq!(code, FAILURE);
    assert!(
        output.ends_with(
            ">>> [Group a created by Server.]\n>>> [Group b created by Server.]\n\
             >>> [Exiting...]\n"
        ),
        "{output}"
    );
}

#[test]
fn nothing_that_a_script_says_or_fails_with_is_acted_on_by_a_terminal() {
    let server = Server::start();
    let server_at = format!("127.0.0.1:{}", server.port());
    let mut program = Program::start(&["client", "c1", &server_at]);
    let script = b"echo a\tb\x1b[2J\nhi\x1b[31mhi\n";
    program.0.stdin.take().unwrap().write_all(script).unwrap();
    let (code, output, errors) = program.wait();
    assert_eq!(
        (code, output.replacen(WELCOME, "", 1), errors),
        is(
            FAILURE,
            "a\tb\u{fffd}[2J\n>>> Invalid command!\n>>> [Exiting...]\n",
            "chatapp: standard input:2: `hi\\u{1b}[31mhi` failed: `hi\u{fffd}[31mhi` is not a command\n"
        )
    );
}
