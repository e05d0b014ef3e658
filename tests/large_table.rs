//! A register table that is too large to be broadcast.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use chatapp::protocol::{ClientName, packet_kinds};
use chatapp::sim::{self, server};
use chatsim::scenario::{ActorName, Source};
use chatsim::stage::simulated::Simulated;
use chatsim::stage::{Shown, Stage, TraceEvent, TraceKeeping};

/// The maximum number of rows that the server of these tests broadcasts.
const TOLD: usize = 3;

fn client(number: usize) -> ActorName {
    sim::client(ClientName::new(&format!("c{number}")).unwrap())
}

/// A stage with a server and this many clients, registered one after the other.
fn opened(clients: usize) -> Simulated {
    let text = format!(
        "chatsim: 1\nserver: {{ table: {TOLD} }}\nclients: [c1, c2, c3, c4, c5, c6, c7, c8]\n\
         steps: [{{ start: [server] }}]\n"
    );
    let scenario = sim::parse(&Source::new("large.yaml".into(), text.into())).unwrap().remove(0);
    let mut stage = Simulated::new(&scenario, 1);
    stage.keep_trace(TraceKeeping::Everything);
    stage.start(server()).unwrap();
    for number in 1..=clients {
        stage.start(client(number)).unwrap();
        stage.settle().unwrap();
    }
    stage
}

fn type_line(stage: &mut Simulated, number: usize, line: &str) {
    stage.type_line(client(number), line).unwrap();
    stage.settle().unwrap();
}

/// Returns the lines of a screen, without typed ones.
fn shown(stage: &Simulated, number: usize) -> Vec<String> {
    let lines = stage.screen(client(number)).iter().filter_map(|entry| {
        let Shown::Line(line) = entry.shown else { return None };
        Some(line.text.clone())
    });
    lines.collect()
}

/// Counts the datagrams with this kind of packet from one client to another.
fn sent(stage: &Simulated, kind: &'static str, ends: [usize; 2]) -> usize {
    let [sender, receiver] = ends.map(client);
    let is_it = |event: TraceEvent| {
        let TraceEvent::Sent { from, to, bytes, .. } = event else { return false };
        from == sender && to == Some(receiver) && packet_kinds(&bytes).contains(&kind)
    };
    stage.trace().iter().filter(|entry| is_it(entry.event.clone())).count()
}

const WELCOME: &str = "[Welcome, You are registered.]";
const UPDATED: &str = "[Client table updated.]";

#[test]
fn everybody_hears_once_that_the_table_is_too_large_and_nobody_of_later_changes() {
    let stage = opened(6);
    assert_eq!(shown(&stage, 1), [WELCOME, UPDATED, UPDATED, UPDATED, UPDATED]);
    assert_eq!(shown(&stage, 4), [WELCOME, UPDATED]);
    assert_eq!(shown(&stage, 5), [WELCOME, UPDATED]);
    assert_eq!(shown(&stage, 6), [WELCOME, UPDATED]);
}

#[test]
fn a_newcomer_costs_the_same_however_many_are_there() {
    let datagrams = [5, 6, 7, 8].map(|clients| opened(clients).datagrams());
    let costs: Vec<_> = datagrams.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert_eq!(costs, [costs[0]; 3]);
}

#[test]
fn the_first_message_to_somebody_unknown_goes_through_the_server_and_the_next_directly() {
    let mut stage = opened(6);
    type_line(&mut stage, 5, "send c1 one");
    assert_eq!(sent(&stage, "send", [5, 1]), 0);
    type_line(&mut stage, 5, "send c1 two");
    assert_eq!(sent(&stage, "send", [5, 1]), 1);
    let received = "[Message received by c1.]";
    assert_eq!(shown(&stage, 5), [WELCOME, UPDATED, received, received]);
    assert_eq!(shown(&stage, 1)[5..], ["c5: one", "c5: two"]);
}

#[test]
fn a_name_that_nobody_has_does_not_exist() {
    let mut stage = opened(5);
    type_line(&mut stage, 5, "send nobody hello");
    assert_eq!(shown(&stage, 5), [WELCOME, UPDATED, "[User does not exist.]"]);
}

#[test]
fn of_somebody_unknown_it_is_said_that_nothing_is_known() {
    let mut stage = opened(5);
    type_line(&mut stage, 5, "whois c1");
    type_line(&mut stage, 5, "send c1 hello");
    type_line(&mut stage, 5, "whois c1");
    let shown = shown(&stage, 5);
    let unknown = "[This client knows nothing about c1: the user list is too long to be sent.]";
    assert_eq!(shown[2..4], [unknown, "[Message received by c1.]"]);
    assert!(shown[4].starts_with("[c1 at 127.0.0.1:"), "{shown:?}");
}

#[test]
fn a_message_to_somebody_unknown_who_is_away_is_kept() {
    let mut stage = opened(6);
    type_line(&mut stage, 1, "dereg c1");
    type_line(&mut stage, 6, "send c1 later");
    let saved = "[Offline message sent at 2023-10-25 14:40:00 received by the server and saved.]";
    assert_eq!(shown(&stage, 6)[2..], [saved]);
    type_line(&mut stage, 1, "reg");
    assert!(shown(&stage, 1).contains(&"c6: 2023-10-25 14:40:00 later".to_owned()));
}

#[test]
fn a_row_that_became_wrong_is_noticed_by_the_next_message() {
    let mut stage = opened(6);
    type_line(&mut stage, 6, "send c5 one");
    stage.kill(client(5)).unwrap();
    type_line(&mut stage, 6, "send c5 two");
    let shown = shown(&stage, 6);
    assert_eq!(
        shown[2..4],
        ["[Message received by c5.]", "[No ACK from c5, message sent to server.]"]
    );
    assert!(shown[4].contains("received by the server and saved"), "{shown:?}");
}
