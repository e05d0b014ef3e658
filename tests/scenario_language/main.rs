//! The scenario language: what each file means.

mod drawn;

use std::fs;
use std::path::{Path, PathBuf};

use chatapp::protocol::Timestamp;
use chatapp::sim::{Chat, parse};
use chatsim::Guest as _;
use chatsim::scenario::{Action, Scenario, Source};

use crate::drawn::drawn;

fn source(path: &str, text: &str) -> Source {
    Source::new(PathBuf::from(path), text.into())
}

fn good(text: &str) -> Scenario {
    let scenarios = parse(&source("good.yaml", text));
    scenarios.unwrap_or_else(|mistakes| panic!("{mistakes}")).remove(0)
}

fn steps(text: &str) -> Vec<String> {
    good(text).steps.iter().map(drawn).collect()
}

#[test]
fn every_verb_has_its_meaning() {
    let text = r#"chatsim: 1
clients: [c1, c2]
steps:
  - start: [server, c1]
  - start: c2
  - pause: c1
  - resume: [c1]
  - c1: send c2  two blanks
    settle: none
  - settle:
  - settle: now
  - expect: { c2: "c1:  two blanks", c1: [one, '/^\[Offline .*/', ""], within: 3s }
  - never: { c2: /x/, for: 5s }
  - never: { server: none }
  - advance: 1.5h
  - kill: server
  - restart: server
  - restart: [server, c1]
  - restart: { after: 250ms, actor: [server, c2] }
  - settle: none
    stop: [c1, c2, server]
  - note: The end, at last.
"#;
    let expected = [
        "4: start server+c1",
        "5: start c2",
        "6: pause c1",
        "7: resume c1",
        r#"8: c1 types ["send c2  two blanks"], no settling"#,
        "10: settle",
        "11: settle",
        r#"12: expect c2 ["c1:  two blanks"] within 3s; c1 ["one", /^\[Offline .*/, ""] within 3s"#,
        "13: never c2 [/x/] for 5s",
        r#"14: never server ["none"] for 0ns"#,
        "15: advance 5400s",
        "16: kill server",
        "17: restart server 0ns",
        "18: restart server+c1 0ns",
        "19: restart server+c2 250ms",
        "21: stop c1+c2+server, no settling",
        r#"22: note "The end, at last.""#,
    ];
    assert_eq!(steps(text), expected);
}

#[test]
fn expected_lines_have_several_forms() {
    let text = "\
chatsim: 1
clients: [c1]
steps:
  - expect: { c1: { line: a } }
  - expect: { c1: { lines: [a, /b/], any_order: true }, server: { lines: c }, within: 3s }
  - expect: { c1: { lines: [a, b], any_order: false } }
  - expect: { c1: { line: /a/, count: 0 } }
";
    let expected = [
        r#"4: expect c1 ["a"]"#,
        r#"5: expect c1 ["a", /b/] in any order within 3s; server ["c"] within 3s"#,
        r#"6: expect c1 ["a", "b"]"#,
        "7: expect c1 [/a/] exactly 0 times",
    ];
    assert_eq!(steps(text), expected);
}

#[test]
fn steps_may_hold_steps() {
    let text = "\
chatsim: 1
clients: [c1]
steps:
  - repeat: { times: 2, steps: [start: c1, { kill: c1, settle: none }] }
  - parallel:
      - - c1: a
        - repeat: { times: 3, steps: [c1: b] }
      - [advance: 1s]
    settle: none
  - snapshot: so far
";
    let expected = [
        "4: repeat 2 times (4: start c1, 4: kill c1, no settling)",
        r#"5: parallel (6: c1 types ["a"], 7: repeat 3 times (7: c1 types ["b"])) (8: advance 1s), no settling"#,
        r#"10: snapshot "so far""#,
    ];
    assert_eq!(steps(text), expected);
}

#[test]
fn included_steps_have_values_and_players() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let part = "\
chatsim: 1
parameters: { text: , wait: 2s }
clients: [a, c2]
steps:
  - a: send c2 ${text} $${text} $1 $
  - expect: { c2: \"/${text}$/\", within: \"${wait}\" }
";
    fs::write(path("_part.yaml"), part).unwrap();
    fs::write(path("_way.yaml"), "chatsim: 1\nsteps: [advance: 1s]\n").unwrap();
    let text = "\
chatsim: 1
clients: [c1, c2]
steps:
  - include: _way.yaml
  - include: { file: _part.yaml, with: { text: a b }, clients: { a: c1 } }
    settle: none
";
    let main = Source::new(path("main.yaml"), text.into());
    let scenario = parse(&main).unwrap_or_else(|mistakes| panic!("{mistakes}")).remove(0);
    let drawn: Vec<String> = scenario.steps.iter().map(drawn).collect();
    let expected = [
        "4: include (2: advance 1s)".to_owned(),
        r#"5: include (5: c1 types ["send c2 a b ${text} $1 $"], 6: expect c2 [/a b$/] within 2s), no settling"#.to_owned(),
    ];
    assert_eq!(drawn, expected);
    let Action::Include(steps) = &scenario.steps[1].action else {
        panic!("{:?}", scenario.steps);
    };
    assert_eq!(scenario.source_of(steps[0].place).path, path("_part.yaml"));
    let from = format!("included from {}:5:22", path("main.yaml").display());
    assert_eq!(scenario.way_to(steps[0].place), [from]);
    assert!(scenario.way_to(scenario.steps[0].place).is_empty());
}

#[test]
fn scenario_is_read_once_for_each_combination() {
    let text = "\
chatsim: 1
clients: [c1]
matrix: { text: [a/b, é], name: [x, 007] }
steps: [c1: \"${name} ${text}\"]
";
    let scenarios = parse(&source("a.yaml", text)).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    let drawn: Vec<[String; 3]> = scenarios
        .iter()
        .map(|scenario| {
            let combination = &scenario.combination;
            let step = drawn(&scenario.steps[0]);
            [combination.name_suffix(), combination.file_suffix(), step]
        })
        .collect();
    let expected = [
        ["[text=a%2fb,name=x]", "@a%2fb,x", r#"4: c1 types ["x a/b"]"#],
        ["[text=a%2fb,name=007]", "@a%2fb,007", r#"4: c1 types ["007 a/b"]"#],
        ["[text=%c3%a9,name=x]", "@%c3%a9,x", r#"4: c1 types ["x é"]"#],
        ["[text=%c3%a9,name=007]", "@%c3%a9,007", r#"4: c1 types ["007 é"]"#],
    ];
    assert_eq!(drawn, expected);
    assert_eq!(good("chatsim: 1\nsteps: [settle: now]\n").combination.name_suffix(), "");
}

#[test]
fn typed_lines_stay_as_written() {
    let text = r#"chatsim: 1
clients: [no, on, y]
steps:
  - no: [no, on, 007, 1.50, 12:30, 0x1F, true, 1e999, .nan, 1_000, ""]
  - on: "  blanks  kept  "
  - y: >-
      send no folded
      into one line
  - y: 'it''s "quoted" \n'
  - no: &line send on 日本語 😀 – é
  - on: *line
"#;
    let expected = [
        r#"4: no types ["no", "on", "007", "1.50", "12:30", "0x1F", "true", "1e999", ".nan", "1_000", ""]"#,
        r#"5: on types ["  blanks  kept  "]"#,
        r#"6: y types ["send no folded into one line"]"#,
        r#"9: y types ["it's \"quoted\" \\n"]"#,
        r#"10: no types ["send on 日本語 😀 – é"]"#,
        r#"11: on types ["send on 日本語 😀 – é"]"#,
    ];
    assert_eq!(steps(text), expected);
}

#[test]
fn one_anchor_may_serve_many_steps() {
    let start = "chatsim: 1\nclients: [c1]\nsteps:\n  - c1: &line exit\n";
    let text = format!("{start}{}", "  - c1: *line\n".repeat(1_000));
    assert_eq!(good(&text).steps.len(), 1_001);
}

/// The names of all actors, and the ports that are declared for them.
fn actors(scenario: &Scenario) -> Vec<(&str, Option<u16>)> {
    scenario.actors.iter().map(|actor| (actor.name.as_str(), actor.port)).collect()
}

#[test]
fn what_stands_around_the_steps_is_optional() {
    let scenario = good("chatsim: 1\nsteps: [start: server]\n");
    assert_eq!(scenario.title, None);
    assert_eq!(scenario.clock, Timestamp::from_micros(1_698_244_800_000_000));
    assert_eq!(actors(&scenario), [("server", None)]);
    assert_eq!(scenario.seed, None);
    assert_eq!(scenario.source.path, Path::new("good.yaml"));
}

#[test]
fn what_stands_around_the_steps_is_kept() {
    let text = "\
steps: [start: [z, server]]
seed: 18446744073709551615
clients: { z: { port: 65535 }, a: {}, m: , k: ~ }
server: { port: 1024 }
clock: 1970-01-01T00:00:01
title: 2023
chatsim: 1
";
    let scenario = good(text);
    assert_eq!(scenario.title.as_deref(), Some("2023"));
    assert_eq!(scenario.clock, Timestamp::from_micros(1_000_000));
    assert_eq!(scenario.seed, Some(u64::MAX));
    let declared =
        [("server", Some(1024)), ("z", Some(65535)), ("a", None), ("m", None), ("k", None)];
    assert_eq!(actors(&scenario), declared);
}

#[test]
fn line_breaks_of_other_systems_and_byte_order_marks_are_no_part_of_lines() {
    let text = "\u{feff}chatsim: 1\r\nclients: [c1]\r\nsteps:\r\n  - c1: 007\r\n  - c1: exit\r\n";
    let expected = [r#"4: c1 types ["007"]"#, r#"5: c1 types ["exit"]"#];
    assert_eq!(steps(text), expected);
}

#[test]
fn places_are_bytes_lines_and_characters() {
    let text = "chatsim: 1\nclients: [c1]\nsteps:\n  - { expect: { c1: [é😀, \"日本\"] } }\n";
    let scenario = good(text);
    let step = &scenario.steps[0];
    let Action::Expect(expectations) = &step.action else {
        panic!("{step:?}");
    };
    let places = expectations[0].lines.iter().map(|line| line.place);
    let places: Vec<(&str, usize, usize)> = std::iter::once(step.place)
        .chain(places)
        .map(|place| (text.get(place.start..place.end).unwrap(), place.line, place.column))
        .collect();
    let expected = [("expect", 4, 7), ("é😀", 4, 22), ("\"日本\"", 4, 26)];
    assert_eq!(places, expected);
}

#[test]
fn faults_are_aimed_as_they_are_written() {
    let steps = steps(
        "\
chatsim: 1
clients: [c1, c2]
steps:
  - fault: { drop: c1 -> server, packet: create_group, nth: 2, as: f }
  - fault: { loss: 2.5%, link: c1 <-> c2 }
  - fault: { partition: [[c1], [server]] }
  - fault: { latency: { base: 5ms, spread: 1ms }, link: c1 }
  - heal: f
  - heal:
",
    );
    let aim = |from: &str, to: &str, packet: &str| {
        format!("Aim {{ from: {from}, to: {to}, packet: {packet} }}")
    };
    let (c1, c2) = ("Some(\"c1\")", "Some(\"c2\")");
    let server = "Some(\"server\")";
    let create = "Some(PacketKind { name: \"create_group\", class: Content })";
    let fault = |aims: &[String], nth: &str, effect: &str| {
        format!("Fault {{ aims: [{}], nth: {nth}, {effect} }}", aims.join(", "))
    };
    let expected = [
        format!(
            "4: fault Some(\"f\") {}",
            fault(&[aim(c1, server, create)], "Some(2)", "chance: None, effect: Drop")
        ),
        format!(
            "5: fault None {}",
            fault(
                &[aim(c1, c2, "None"), aim(c2, c1, "None")],
                "None",
                "chance: Some(Chance(25000)), effect: Drop"
            )
        ),
        format!(
            "6: fault None {}",
            fault(
                &[aim(c1, server, "None"), aim(server, c1, "None")],
                "None",
                "chance: None, effect: Drop"
            )
        ),
        format!(
            "7: fault None {}",
            fault(
                &[aim(c1, "None", "None"), aim("None", c1, "None")],
                "None",
                "chance: None, effect: Latency { base: 5ms, spread: 1ms }"
            )
        ),
        "8: heal [\"f\"]".to_owned(),
        "9: heal []".to_owned(),
    ];
    assert_eq!(steps, expected);
}

#[test]
fn promises_are_checked_by_name_or_all_at_once() {
    let steps = steps(
        "\
chatsim: 1
steps:
  - check: shown_once
  - check: [nothing_lost, same_order]
  - check: all
  - settle
  - heal
",
    );
    assert_eq!(steps[..2], ["3: check shown_once", "4: check nothing_lost+same_order"]);
    let all = Chat.promises().iter().filter(|promise| promise.is_always);
    let all: Vec<_> = all.map(|promise| promise.name).collect();
    assert_eq!(steps[2], format!("5: check {}", all.join("+")));
    assert_eq!(steps[3..], ["6: settle", "7: heal []"]);
}

#[test]
fn clients_move_and_clocks_are_set() {
    let steps = steps(
        "\
chatsim: 1
clients: [c1, c2]
steps:
  - move: c1
  - move: { c1: 3000, c2: }
  - clock: { server: +1.5s, c2: -10m }
",
    );
    let c2 = "(\"c2\"";
    let expected = [
        "4: move [(\"c1\", None)]".to_owned(),
        format!("5: move [(\"c1\", Some(3000)), {c2}, None)]"),
        format!("6: clock [(\"server\", 1s 500ms), {c2}, 10m ago)]"),
    ];
    assert_eq!(steps, expected);
}

#[test]
fn a_network_is_a_list_of_faults_that_last() {
    let scenario = good(
        "\
chatsim: 1
clients: [c1]
network: { loss: 1%, latency: 20ms, spread: 5ms, c1: { rate: 9000 } }
steps:
  - start: server
",
    );
    let network: Vec<_> = scenario.network.iter().map(|it| &it.fault).collect();
    let drawn: Vec<_> = network
        .iter()
        .map(|fault| format!("{} {:?} {:?}", fault.aims.len(), fault.chance, fault.effect))
        .collect();
    let expected = [
        "1 Some(Chance(10000)) Drop",
        "1 None Latency { base: 20ms, spread: 5ms }",
        "2 None Rate(9000)",
    ];
    assert_eq!(drawn, expected);
}
