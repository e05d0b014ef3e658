//! Servers that are killed, or cannot write any more.

use std::fmt::Write as _;

use crate::program::Program;
use crate::{Keeper, on_a_small_disk};

/// Messages to a client that is offline.
const MESSAGES: usize = 50;

fn sends(count: usize) -> String {
    (0..count).fold(String::new(), |mut script, number| {
        writeln!(script, "send away message {number}").unwrap();
        script
    })
}

fn saved(output: &str) -> usize {
    output.matches("received by the server and saved.]").count()
}

#[test]
fn what_was_acknowledged_is_delivered_after_a_crash() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let server = Keeper::start(&data, 0);
    server.play_script("away", "");
    let output = server.play_script("c1", &sends(MESSAGES));
    assert_eq!(saved(&output), MESSAGES, "{output}");
    server.play_script("c1", "create_group films\n");
    server.kill();
    let server = Keeper::start(&data, 0);
    let output = server.play_script("away", "list_groups\n");
    for number in 0..MESSAGES {
        let text = format!("message {number}\n");
        assert_eq!(output.matches(&text).count(), 1, "{text}: {output}");
    }
    assert!(output.contains("films"), "{output}");
    // The receipts survive a second crash.
    server.kill();
    let server = Keeper::start(&data, 0);
    let output = server.play_script("c1", "");
    assert_eq!(output.matches("received by away").count(), MESSAGES, "{output}");
}

#[test]
fn a_server_that_is_killed_while_it_writes_keeps_what_it_has_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let server = Keeper::start(&data, 0);
    server.play_script("away", "");
    let at = format!("127.0.0.1:{}", server.port);
    let mut client = Program::start(&["client", "c1", &at]);
    let mut input = client.0.stdin.take().unwrap();
    std::io::Write::write_all(&mut input, sends(MESSAGES).as_bytes()).unwrap();
    let mut acknowledged = 0;
    while acknowledged < 10 {
        let line = client.first_line();
        assert_ne!(line, "", "the client has ended");
        acknowledged += saved(&line);
    }
    server.kill();
    let server = Keeper::start(&data, 0);
    let output = server.play_script("away", "");
    let delivered = (0..MESSAGES).filter(|it| output.contains(&format!("message {it}\n"))).count();
    assert!(delivered >= acknowledged, "{delivered} of {acknowledged}: {output}");
}

#[cfg(unix)]
#[test]
fn a_server_that_cannot_write_acknowledges_nothing_and_ends() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let args = ["server", "--port", "0", "--data", data.to_str().unwrap()];
    let mut program = on_a_small_disk(800, &args);
    let line = program.first_line();
    let port: u16 =
        line.trim_end().trim_end_matches(']').rsplit(' ').next().unwrap().parse().unwrap();
    crate::program::play_script(port, "away", "");
    let at = format!("127.0.0.1:{port}");
    let mut client = Program::start(&["client", "c1", &at]);
    let mut input = client.0.stdin.take().unwrap();
    let long = format!("send away {}\n", "x".repeat(10_000));
    // It ends before it has read all input.
    let typing = std::thread::spawn(move || {
        std::io::Write::write_all(&mut input, long.repeat(60).as_bytes()).ok();
    });
    let (code, _, errors) = program.wait();
    assert_eq!(code, 3, "{errors}");
    assert!(errors.contains("records.redb` cannot be written: "), "{errors}");
    let screen = client.0.stdout.take().unwrap();
    drop(client);
    typing.join().unwrap();
    let acknowledged = saved(&std::io::read_to_string(screen).unwrap());
    // Everything that was acknowledged is there.
    let server = Keeper::start(&data, 0);
    let output = server.play_script("away", "");
    let delivered = output.matches(&"x".repeat(10_000)).count();
    assert!(0 < acknowledged && acknowledged <= delivered, "{delivered} of {acknowledged}");
}
