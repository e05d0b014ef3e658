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
fn only_the_bounds_that_the_failure_needs_are_left() {
    let head = "chatsim: 1\nserver: { mail_per_person: 1, page: 3 }\n";
    let steps = "steps:\n  - start: [server, c1, c2]\n  - c2: dereg c2\n  - c1: [send c2 hi, send c2 ho]\n  \
                 - never: { c1: /mailbox is full/ }\n";
    let text = format!("{head}clients: {{ c1: {{ outbox: 4 }}, c2: {{ held: 4 }} }}\n{steps}");
    let small = shrunk(&text);
    let expected = "chatsim: 1\nserver: { mail_per_person: 1 }\nclients: [c1, c2]\nsteps:\n";
    assert!(small.starts_with(expected), "{small}");
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
fn what_is_to_blame_for_a_missing_line_stays() {
    let text = "chatsim: 1\nclients: [c1, c2]\nlenient: true\nsteps:\n  \
                - start: [server, c1, c2]\n  - c2: mute c1\n  - heal\n  \
                - resume: [server, c1, c2]\n  - start: [server, c1, c2]\n  - advance: 30s\n  \
                - c1: reg\n  - c2: reg\n  - advance: 2m\n  - c1: send c2 farewell\n  \
                - expect: { c2: \"/^c1: .*farewell$/\" }\n";
    let expected = "chatsim: 1\nclients: [c1, c2]\nsteps:\n  - start: [server, c1, c2]\n  \
                    - c2: mute c1\n  - c1: send c2 farewell\n  \
                    - expect: { c2: \"/^c1: .*farewell$/\" }\n";
    assert_eq!(shrunk(text), expected);
    let script = script(&expected.replace("  - c2: mute c1\n", ""));
    assert_eq!(shrink(&script), None, "it passes without what was to blame");
}

#[test]
fn a_line_that_comes_too_often_is_not_exchanged_for_none() {
    let text = "chatsim: 1\nclients: [c1, c2]\nsteps:\n  - start: [server, c1, c2]\n  \
                - repeat: { times: 50, steps: [{ c1: send c2 hi }] }\n  \
                - expect: { c1: { line: \"/received by c2/\", count: 2 } }\n  \
                - expect: { c2: \"nothing like this\" }\n";
    let expected = "chatsim: 1\nclients: [c1, c2]\nsteps:\n  - start: [server, c1, c2]\n  \
                    - repeat: { times: 3, steps: [{ c1: send c2 hi }] }\n  \
                    - expect: { c1: { line: /received by c2/, count: 2 } }\n";
    assert_eq!(shrunk(text), expected);
}

#[test]
fn a_line_that_is_missing_for_no_known_cause_is_missing_where_everybody_runs() {
    let text = "chatsim: 1\nclients: [c1, c2, c3]\nsteps:\n  - start: [server, c1, c2, c3]\n  \
                - c1: list_groups\n  - c1: send c2 a long word to be said\n  - c3: list_groups\n  \
                - expect: { c2: \"c1: another word to be said\" }\n";
    let expected = "chatsim: 1\nclients: [c1, c2]\nsteps:\n  - start: [server, c1, c2]\n  \
                    - c1: send c2 a long word to be said\n  \
                    - expect: { c2: \"c1: another word to be said\" }\n";
    assert_eq!(shrunk(text), expected);
}

#[test]
fn texts_become_short_words() {
    let long = "~".repeat(8_000);
    let text = format!(
        "chatsim: 1\nclients: [c1, c2]\nsteps:\n  - start: [server, c1, c2]\n  \
         - c1: send c2 {long}\n  - never: {{ c1: /received by/ }}\n"
    );
    let expected = "chatsim: 1\nclients: [c1, c2]\nsteps:\n  - start: [server, c1, c2]\n  \
                    - c1: send c2 hi\n  - never: { c1: /received by/ }\n";
    assert_eq!(shrunk(&text), expected);
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
