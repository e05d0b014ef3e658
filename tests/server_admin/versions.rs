//! Programs that speak another version of the protocol.

use std::fs;
use std::io::ErrorKind;
use std::net::UdpSocket;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use chatapp::protocol::codec::{self, WIRE_VERSION};
use chatapp::protocol::{Datagram, Session, Timestamp, VersionNotice};

use crate::foreign::{foreign, notice_of};
use crate::metrics;
use crate::program::{Program, play_script};
use crate::shutdown::start;

const NEWER: u8 = WIRE_VERSION + 1;
const OLDER: u8 = WIRE_VERSION - 1;

/// A server of another version, which answers once; its address.
fn server_of(version: u8) -> (JoinHandle<()>, String) {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let at = socket.local_addr().unwrap().to_string();
    let server = thread::spawn(move || {
        let mut buffer = [0; 2_000];
        let (len, from) = socket.recv_from(&mut buffer).unwrap();
        // An answer to another datagram comes from another client.
        let mut other = buffer[..len].to_vec();
        other.push(0);
        codec::seal(&mut other);
        socket.send_to(&notice_of(version + 7, &other), from).unwrap();
        socket.send_to(&notice_of(version, &buffer[..len]), from).unwrap();
    });
    (server, at)
}

fn said(server: u8, remedy: &str) -> String {
    format!("speaks protocol version {server}, this program version {WIRE_VERSION}: {remedy}")
}

#[test]
fn a_server_answers_a_client_of_another_version_and_logs_and_counts_it() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let (_server, port) = start(&["--metrics", "127.0.0.1:0", "--log", log.to_str().unwrap()]);
    let client = UdpSocket::bind("127.0.0.1:0").unwrap();
    client.connect(("127.0.0.1", port)).unwrap();
    let session = Session { opened_at: Timestamp::from_micros(1_577_836_800_000_001), token: 1 };
    let reset = Datagram::Reset { session, after: Timestamp::default() };
    let datagram = foreign(&codec::encode_datagram(&reset, 0));
    for _ in 0..3 {
        client.send(&datagram).unwrap();
    }
    // Earlier datagrams are handled before that.
    play_script(port, "c1", "");
    let mut buffer = [0; 100];
    client.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let len = client.recv(&mut buffer).unwrap();
    let notice = VersionNotice::decode(&buffer[..len]).unwrap();
    assert!(notice.answers(&datagram) && notice.version() == WIRE_VERSION, "{notice:?}");
    client.set_nonblocking(true).unwrap();
    let nothing = client.recv(&mut buffer).unwrap_err();
    assert_eq!(nothing.kind(), ErrorKind::WouldBlock, "it is answered once");

    let log = fs::read_to_string(log).unwrap();
    let about = "client of another protocol version";
    let lines: Vec<_> = log.lines().filter(|line| line.contains(about)).collect();
    let [line] = lines[..] else { panic!("it is logged once: {log}") };
    let address = client.local_addr().unwrap();
    let fields = format!("{about} address={address} version={NEWER} own={WIRE_VERSION}");
    assert!(line.contains(" WARN ") && line.ends_with(&fields), "{line}");
    let (_, at) = log.split_once("metrics address=").unwrap();
    let (_, page) = metrics::get(at.lines().next().unwrap(), "/metrics");
    let counted = "chatapp_bad_datagrams_total{kind=\"other_version\"} 3\n";
    assert!(page.contains(counted), "{page}");
}

#[test]
fn a_client_says_who_has_to_update_and_ends() {
    for (version, remedy) in
        [(NEWER, "update this program"), (OLDER, "ask the server's operator to update it")]
    {
        let (server, at) = server_of(version);
        let mut client = Program::start(&["client", "c1", &at]);
        drop(client.0.stdin.take());
        let (code, output, errors) = client.wait();
        server.join().unwrap();
        let text = said(version, remedy);
        assert_eq!(output, format!(">>> [The server {text}.]\n>>> [Exiting...]\n"));
        assert_eq!(errors, format!("chatapp: `{at}` {text}\n"));
        assert_eq!(code, 1);
    }
}

#[test]
fn a_program_learns_both_versions() {
    let (server, at) = server_of(NEWER);
    let (code, output, _) = Program::start(&["client", "c1", &at, "--json"]).wait();
    server.join().unwrap();
    let told = format!("\"kind\":\"other_version\",\"server\":{NEWER},\"own\":{WIRE_VERSION}");
    assert!(output.contains(&told), "{output}");
    assert!(output.contains("\"reason\":\"other_version\""), "{output}");
    assert_eq!(code, 1);
}

#[test]
fn the_doctor_says_who_has_to_update() {
    for (version, remedy) in
        [(NEWER, "update this program"), (OLDER, "ask the server's operator to update it")]
    {
        let (server, at) = server_of(version);
        let doctor = Program::start(&["doctor", "--port", "0", "--ephemeral", &at]);
        let (code, output, _) = doctor.wait();
        server.join().unwrap();
        let expected = format!("problem  server: {at} {}", said(version, remedy));
        assert_eq!((code, output.lines().last()), (1, Some(&*expected)), "{output}");
    }
}
