//! The page for Prometheus.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use crate::program::{Program, play_script};
use crate::shutdown::start;

/// Requests a page; returns the header and the body of the answer.
fn ask(address: &str, request: &str) -> (String, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_owned(), body.to_owned())
}

pub(crate) fn get(address: &str, path: &str) -> (String, String) {
    ask(address, &format!("GET {path} HTTP/1.1\r\nHost: chat\r\n\r\n"))
}

/// A server with metrics, its port, and the address of its metrics.
fn server(folder: &tempfile::TempDir) -> (Program, u16, String) {
    let log = folder.path().join("log");
    let args = ["--metrics", "127.0.0.1:0", "--log", log.to_str().unwrap()];
    let (server, port) = start(&args);
    let log = fs::read_to_string(log).unwrap();
    let (_, address) = log.split_once("metrics address=").unwrap();
    (server, port, address.lines().next().unwrap().to_owned())
}

#[test]
fn a_known_conversation_has_exact_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let (_server, port, address) = server(&folder);
    play_script(port, "c2", "dereg c2\n");
    play_script(port, "c1", "create_group g\nsend c2 one\nsend c2 two\n");
    play_script(port, "c2", "");
    let mut c3 = Program::start(&["client", "c3", &format!("127.0.0.1:{port}")]);
    assert_eq!(c3.first_line(), ">>> [Welcome, You are registered.]\n");
    assert_eq!(c3.first_line(), ">>> [Client table updated.]\n");

    let (head, page) = get(&address, "/metrics");
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    assert!(head.contains("content-type: application/openmetrics-text; version=1.0.0"), "{head}");
    let values: BTreeMap<&str, &str> = page
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.rsplit_once(' ').unwrap())
        .collect();
    for (name, value) in [
        ("chatapp_clients_registered", "3"),
        ("chatapp_clients_online", "1"),
        ("chatapp_groups", "1"),
        ("chatapp_messages_total{kind=\"direct\"}", "0"),
        ("chatapp_messages_total{kind=\"stored\"}", "2"),
        ("chatapp_messages_total{kind=\"delivered\"}", "2"),
        ("chatapp_messages_total{kind=\"expired\"}", "0"),
        ("chatapp_messages_waiting", "0"),
        ("chatapp_messages_waiting_bytes", "0"),
        ("chatapp_bad_datagrams_total{kind=\"malformed\"}", "0"),
        ("chatapp_queue_depth{queue=\"storage\"}", "0"),
    ] {
        assert_eq!(values.get(name), Some(&value), "{name}: {page}");
    }
    let stored: u64 = values["chatapp_store_latency_seconds_count"].parse().unwrap();
    assert!(stored > 0, "{page}");
    // Each metric has a description, and the page has an end.
    for name in values.keys().map(|name| name.split(['{', ' ']).next().unwrap()) {
        let family = ["_total", "_bucket", "_count", "_sum"]
            .iter()
            .find_map(|suffix| name.strip_suffix(suffix))
            .unwrap_or(name);
        assert!(page.contains(&format!("# HELP {family} ")), "{family}: {page}");
        assert!(page.contains(&format!("# TYPE {family} ")), "{family}: {page}");
    }
    assert!(page.ends_with("# EOF\n"), "{page}");
}

#[test]
fn whatever_else_is_asked_is_answered_and_harms_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let (_server, port, address) = server(&folder);
    assert!(get(&address, "/").0.starts_with("HTTP/1.1 404 "));
    let (head, _) = ask(&address, "POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
    assert!(head.starts_with("HTTP/1.1 405 "), "{head}");
    // A request that is not HTTP, and a connection that stays silent.
    let (head, _) = ask(&address, "\x16\x03\x01 hello\r\n\r\n");
    assert!(head.starts_with("HTTP/1.1 400 "), "{head}");
    let _silent = TcpStream::connect(&address).unwrap();
    assert!(get(&address, "/metrics").0.starts_with("HTTP/1.1 200 "));
    assert!(play_script(port, "c1", "list_groups\n").contains("Welcome"));
}

#[test]
fn a_taken_address_is_named_with_its_cure() {
    let folder = tempfile::tempdir().unwrap();
    let (_server, _, address) = server(&folder);
    let second = Program::start(&["server", "--port", "0", "--metrics", &address]);
    let (code, _, errors) = second.wait();
    assert_eq!(code, 3);
    assert_eq!(
        errors,
        format!(
            "chatapp: cannot listen for metrics on `{address}`: it is taken; choose another \
             address with `--metrics`, or end the program that uses it\n"
        )
    );
}
