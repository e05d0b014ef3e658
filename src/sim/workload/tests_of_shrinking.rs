//! Shrinking of failures of the chat.

use chatsim::fuzz::{Shrunk, Way};
use chatsim::scenario::{Script, Source};

use crate::sim::{Chat, parse};

fn script(text: &str) -> Script {
    let scenario = parse(&Source::new("a.yaml".into(), text.into())).unwrap().remove(0);
    Script::of(&scenario).unwrap()
}

fn shrink(script: &Script) -> Option<Shrunk> {
    chatsim::fuzz::shrink(script, &Chat)
}

fn shrunk(text: &str) -> String {
    shrink(&script(text)).unwrap().script.write()
}

/// Steps that are unrelated to any failure.
fn noise(count: usize) -> String {
    let steps = (0..count).map(|n| match n % 4 {
        0 => format!("  - c3: send c2 noise {n}\n"),
        1 => "  - advance: 100ms\n".to_owned(),
        2 => format!("  - c2: send c3 more noise {n}\n    settle: none\n"),
        _ => "  - parallel: [[c1: list_groups], [c2: list_groups]]\n".to_owned(),
    });
    steps.collect()
}

#[test]
fn what_passes_is_not_made_small() {
    assert_eq!(shrink(&script("chatsim: 1\nsteps: [start: server]\n")), None);
}

#[test]
fn only_what_the_failure_needs_is_left() {
    let planted = "chatsim: 1\ntitle: planted\ntags: [a, b]\nclients: [c1, c2, c3]\nclock: 2023-10-25T14:40:00\nsteps:\n  \
                   - start: [server, c1, c2, c3]\n";
    let failure = "  - c1: send c2 the word that must not be said\n  \
                   - never: { c2: /the word/ }\n";
    let text = format!("{planted}{}{failure}{}", noise(40), noise(20));
    let expected = "chatsim: 1\nclients: [c1, c2]\nsteps:\n  \
                    - start: [server, c1, c2]\n  \
                    - c1: send c2 the word that must not be said\n  \
                    - never: { c2: /the word/ }\n";
    assert_eq!(shrunk(&text), expected);
}

#[test]
fn a_chance_becomes_a_number() {
    let text = "chatsim: 1\nclients: [c1, c2]\nseed: 3\nsteps:\n  \
                - start: [server, c1, c2]\n  \
                - fault: { loss: 40%, link: c1 -> server }\n  \
                - c1: [list_groups, list_groups, list_groups, list_groups, list_groups, list_groups, list_groups, list_groups]\n  \
                - advance: 1m\n  \
                - never: { c1: /Retrying/ }\n";
    let expected = "chatsim: 1\nclients: [c1]\nsteps:\n  \
                    - start: [server, c1]\n  \
                    - fault: { drop: c1 -> server }\n  \
                    - c1: list_groups\n  \
                    - never: { c1: /Retrying/ }\n";
    assert_eq!(shrunk(text), expected);
}

#[test]
fn a_failure_is_not_exchanged_for_another() {
    // Without the message, the last step would fail in its own way.
    let text = "chatsim: 1\nclients: [c1, c2]\nsteps:\n  - start: [server, c1, c2]\n  \
                - c1: send c2 hello\n  - never: { c2: /hello/ }\n  - kill: c9\n";
    let text = text.replace("kill: c9", "kill: [c1, c1]");
    let small = shrink(&script(&text)).unwrap();
    assert_eq!(small.finding.way, Way::Forbidden);
    assert!(!small.script.write().contains("kill"));
}

#[test]
fn two_hundred_steps_become_few_in_few_runs() {
    let failure = "  - c1: send c2 hello\n  - never: { c2: /hello/ }\n";
    let head = "chatsim: 1\nclients: [c1, c2, c3]\nsteps:\n  - start: [server, c1, c2, c3]\n";
    let text = format!("{head}{}{failure}", noise(200));
    let small = shrink(&script(&text)).unwrap();
    assert_eq!(small.steps_before, 303);
    assert_eq!(small.script.steps.len(), 3);
    assert!(small.runs < 200, "{}", small.runs);
    assert_eq!(shrink(&script(&text)), Some(small));
}
