//! The findings of the doctor.

use std::net::UdpSocket;
use std::time::Duration;
use std::{fs, thread};

use chatapp::protocol::{Acknowledgement, Datagram, LinkDatagram, Session, Timestamp, codec};
use chatapp::storage::disk::FORMAT_VERSION;
use driver::{Clock as _, RealClock};

use crate::program::{Program, play_script};
use crate::shutdown::start;

/// Runs the doctor; returns its exit code and its lines, without the terminal's.
fn doctor(args: &[&str]) -> (i32, Vec<String>) {
    let (code, output, errors) = Program::start(&[&["doctor"], args].concat()).wait();
    assert_eq!(errors, "");
    let lines = output.lines().map(str::to_owned);
    (code, lines.filter(|line| !line.contains(" terminal: ")).collect())
}

#[test]
fn a_place_without_problems_is_well() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("not/yet");
    let data = data.to_str().unwrap();
    let (code, lines) = doctor(&["--port", "0", "--data", data]);
    assert_eq!(code, 0, "{lines:?}");
    assert_eq!(lines[0], "ok       port: 127.0.0.1:0 can be used");
    assert!(lines[1].starts_with("ok       clock: 20"), "{lines:?}");
    assert_eq!(lines[2], format!("ok       data: `{data}` does not exist yet and can be created"));
    assert!(lines[3].contains(" room: ") && lines[3].contains(" MiB are left"), "{lines:?}");
    assert!(!folder.path().join("not").exists(), "nothing was made");
}

#[test]
fn a_running_server_is_reached_and_holds_its_port_and_its_data() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let data = data.to_str().unwrap();
    let (server, port) = start(&["--data", data]);
    play_script(port, "c1", "");
    let at = format!("127.0.0.1:{port}");
    let (code, lines) = doctor(&["--port", &port.to_string(), "--data", data, &at]);
    assert_eq!(code, 1, "{lines:?}");
    assert_eq!(
        lines[0],
        format!(
            "problem  port: port `{port}` is taken: choose another port, or end the program that \
             uses it"
        )
    );
    assert_eq!(
        lines[2],
        format!(
            "problem  data: `{data}` is in use by another program: end that one, or choose another \
             folder with `--data DIR`"
        )
    );
    assert!(lines[4].starts_with(&format!("ok       server: {at} answers within ")), "{lines:?}");
    assert_eq!(lines[5], "ok       clock: the server's clock agrees with this one");

    crate::shutdown::terminate(&server);
    let (code, output, _) = server.wait();
    assert_eq!(code, 0);
    assert!(!output.contains("2 registered"), "the doctor left no trace: {output}");
    let (code, lines) = doctor(&["--port", &port.to_string(), "--data", data]);
    assert_eq!(code, 0, "{lines:?}");
    assert_eq!(
        lines[2],
        format!("ok       data: `{data}` is intact: 1 records (format version {FORMAT_VERSION})")
    );
    fs::write(folder.path().join("data/records.redb"), "nonsense").unwrap();
    let (code, lines) = doctor(&["--port", "0", "--data", data]);
    assert_eq!(code, 1, "{lines:?}");
    assert!(lines[2].starts_with("problem  data: "), "{lines:?}");
}

/// Answers requests like a server whose clock shows this time.
fn answer_once(socket: &UdpSocket, clock: Timestamp) {
    let mut buffer = [0; 2_000];
    let (len, from) = socket.recv_from(&mut buffer).unwrap();
    let Ok(Datagram::Link(asked)) = codec::decode_datagram(&buffer[..len]) else { panic!() };
    let answer = Datagram::Link(LinkDatagram {
        source: Session { opened_at: clock, token: 1 },
        destination: Some(asked.source),
        acknowledgement: Some(Acknowledgement { next: 2, early: 0 }),
        segments: Vec::new(),
        padding: &[],
    });
    socket.send_to(&codec::encode_datagram(&answer, 100), from).unwrap();
}

#[test]
fn a_clock_that_is_not_the_servers_is_told() {
    let now = RealClock::start().now();
    let (ahead, behind) = (Duration::from_mins(181), Duration::from_hours(40 * 24));
    let earlier = now.as_micros() - u64::try_from(behind.as_micros()).unwrap();
    let clocks =
        [(now + ahead, "3 hours ahead of"), (Timestamp::from_micros(earlier), "40 days behind")];
    for (clock, apart) in clocks {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let at = socket.local_addr().unwrap().to_string();
        let server = thread::spawn(move || answer_once(&socket, clock));
        let (code, lines) = doctor(&["--port", "0", "--ephemeral", &at]);
        server.join().unwrap();
        assert_eq!(code, 0, "{lines:?}");
        assert_eq!(
            lines.last().unwrap(),
            &format!(
                "warning  clock: the server's clock is {apart} this one: set the one that is \
                 wrong, because messages are dated by both"
            )
        );
    }
}

#[test]
fn what_cannot_be_reached_is_told_with_what_to_check() {
    let (_silent, port) = {
        let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::DGRAM, None);
        let socket = socket.unwrap();
        socket.bind(&std::net::SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
        let port = socket.local_addr().unwrap().as_socket().unwrap().port();
        (socket, port)
    };
    let at = format!("127.0.0.1:{port}");
    let (code, lines) = doctor(&["--port", "0", "--ephemeral", &at]);
    assert_eq!(code, 1, "{lines:?}");
    assert_eq!(
        lines.last().unwrap(),
        &format!(
            "problem  server: {at} did not answer within 3 s: is the server running, does it \
             listen there (`--bind 0.0.0.0`), and do firewalls let UDP to port {port} through?"
        )
    );
    let refused = Program::start(&["doctor", "--port", "80"]).wait();
    assert_eq!(refused.0, 2);
}
