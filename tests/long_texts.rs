//! Texts that need more than one datagram, on both stages.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::PathBuf;

use chatapp::protocol::limits::TEXT_LEN_MAX;
use chatapp::sim::{self, parse, server};
use chatsim::scenario::{ActorName, Scenario, Source};
use chatsim::stage::simulated::Simulated;
use chatsim::stage::udp::Udp;
use chatsim::stage::{Shown, Stage};

const CLIENTS: &str = "chatsim: 1\nclients: [c1, c2]\nsteps: [settle: ]\n";

fn scenario() -> Scenario {
    parse(&Source::new(PathBuf::from("long.yaml"), CLIENTS.into())).unwrap().remove(0)
}

fn client(name: &str) -> ActorName {
    sim::client(name.parse().unwrap())
}

/// Types a line at c1's prompt, and returns what both clients show from then on.
fn typed(stage: &mut dyn Stage, line: &str) -> [Vec<String>; 2] {
    let actors = ["c1", "c2"].map(client);
    for actor in [server(), actors[0], actors[1]] {
        if !stage.is_running(actor) {
            stage.start(actor).unwrap();
            stage.settle().unwrap();
        }
    }
    let before = actors.map(|actor| stage.screen(actor).len());
    stage.type_line(actors[0], line).unwrap();
    stage.settle().unwrap();
    [0, 1].map(|n| {
        let entries = stage.screen(actors[n]).iter_from(before[n]);
        let lines = entries.filter_map(|entry| {
            let Shown::Line(line) = entry.shown else { return None };
            Some(line.text.clone())
        });
        lines.collect()
    })
}

fn on_both_stages(check: impl Fn(&mut dyn Stage)) {
    check(&mut Simulated::new(&scenario(), 0));
    check(&mut Udp::new(&scenario(), 0).unwrap());
}

#[test]
fn a_text_of_the_greatest_length_arrives_whole() {
    on_both_stages(|stage| {
        for text in ["x".repeat(5_000), "漢".repeat(TEXT_LEN_MAX / 3), "y".repeat(TEXT_LEN_MAX)] {
            let [sender, receiver] = typed(stage, &format!("send c2 {text}"));
            assert_eq!(sender, ["[Message received by c2.]"]);
            assert_eq!(receiver, [format!("c1: {text}")]);
        }
    });
}

#[test]
fn a_longer_one_is_refused_and_nothing_is_sent() {
    on_both_stages(|stage| {
        for len in [TEXT_LEN_MAX + 1, 70_000] {
            let [sender, receiver] = typed(stage, &format!("send c2 {}", "x".repeat(len)));
            let problem = format!("[the message has {len} bytes, at most 16384 can be sent]");
            let usage = "[Usage: send <client-name> <message>]".to_owned();
            assert_eq!(sender, ["[Invalid input!]".to_owned(), problem, usage]);
            assert_eq!(receiver, [""; 0]);
        }
    });
}

#[test]
fn a_long_text_is_kept_and_delivered_whole() {
    on_both_stages(|stage| {
        typed(stage, "");
        stage.kill(client("c2")).unwrap();
        let texts: Vec<_> = ["a", "b", "c"].iter().map(|text| text.repeat(TEXT_LEN_MAX)).collect();
        for text in &texts {
            stage.type_line(client("c1"), &format!("send c2 {text}")).unwrap();
            stage.settle().unwrap();
        }
        let shown = stage.screen(client("c2")).len();
        stage.start(client("c2")).unwrap();
        stage.settle().unwrap();
        let kept = stage.screen(client("c2")).iter_from(shown).filter_map(|entry| {
            let Shown::Line(line) = &entry.shown else { return None };
            line.text.strip_prefix("c1: ")?.get("YYYY-MM-DD HH:MM:SS ".len()..).map(str::to_owned)
        });
        assert_eq!(kept.collect::<Vec<_>>(), texts);
    });
}
