//! A client reconnects to a silent server: soon, then with backoff.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::PathBuf;
use std::time::Duration;

use chatapp::protocol::{Holdings, Presence, Timestamp, packet_kinds};
use chatapp::sim::{self, parse, server};
use chatsim::scenario::{ActorName, Source};
use chatsim::stage::simulated::Simulated;
use chatsim::stage::{Stage, TraceEvent, TraceKeeping};

const DAY: Duration = Duration::from_hours(24);

fn client() -> ActorName {
    sim::client("c1".parse().unwrap())
}

/// A client that was just notified that its server does not respond.
fn deserted() -> Simulated {
    let text = "chatsim: 1\nclients: [c1]\nsteps: [{ start: [server, c1] }]\n".into();
    let scenario = parse(&Source::new(PathBuf::from("reconnect.yaml"), text)).unwrap().remove(0);
    let mut stage = Simulated::new(&scenario, 0);
    stage.start(server()).unwrap();
    stage.start(client()).unwrap();
    stage.settle().unwrap();
    stage.kill(server()).unwrap();
    stage.type_line(client(), "list_groups").unwrap();
    stage.settle().unwrap();
    stage
}

/// Returns the seconds at which each try to reconnect began, without resent datagrams.
fn tries(stage: &Simulated, since: Timestamp) -> Vec<u64> {
    let sent = stage.trace().iter().filter_map(|entry| {
        let TraceEvent::Sent { from, bytes, .. } = entry.event else { return None };
        (from == client()).then_some((entry.at, bytes))
    });
    let connects = sent.filter(|(_, bytes)| packet_kinds(bytes).contains(&"connect"));
    let mut began: Vec<u64> = connects.map(|(at, _)| at.since(since).as_secs()).collect();
    // One try lasts two seconds.
    began.dedup_by(|later, earlier| *later < *earlier + 2);
    began
}

#[test]
fn waits_between_tries_double_up_to_a_minute() {
    let mut stage = deserted();
    let since = stage.now();
    stage.keep_trace(TraceKeeping::Everything);
    stage.advance(Duration::from_secs(250)).unwrap();
    assert_eq!(tries(&stage, since), [2, 6, 14, 30, 62, 122, 182, 242]);
}

#[test]
fn a_server_that_was_away_for_a_day_has_its_clients_back_within_a_minute() {
    let mut stage = deserted();
    stage.advance(DAY).unwrap();
    stage.start(server()).unwrap();
    stage.advance(Duration::from_mins(1)).unwrap();
    stage.settle().unwrap();
    let table = Holdings::decode(&stage.holdings(server()).unwrap()).unwrap().table;
    assert_eq!(table.iter().map(|row| row.presence).collect::<Vec<_>>(), [Presence::Online]);
}

#[test]
fn a_command_that_is_answered_ends_reconnecting() {
    let mut stage = deserted();
    stage.advance(DAY).unwrap();
    stage.start(server()).unwrap();
    stage.type_line(client(), "list_groups").unwrap();
    stage.settle().unwrap();
    stage.keep_trace(TraceKeeping::Everything);
    let since = stage.now();
    stage.advance(DAY).unwrap();
    assert_eq!(tries(&stage, since), [0; 0]);
}
