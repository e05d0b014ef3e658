//! The scenario language: what each file means, and what is said about each mistake.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

use std::fs;
use std::path::{Path, PathBuf};

use chatapp::protocol::Timestamp;
use chatapp::scenario::{
    Action, ActorName, Expectation, LoadError, Matcher, SCENARIO_BYTES_MAX, Scenario, Source, Step,
    load, parse,
};
use proptest::prelude::*;
use similar::TextDiff;

fn source(path: &str, text: &str) -> Source {
    Source { path: PathBuf::from(path), text: text.into() }
}

/// Every `NAME.yaml` of the folder has mistakes, and `NAME.err` is what is said about them.
/// `UPDATE_EXPECT=1` writes the latter anew.
#[test]
fn mistakes_are_shown_with_place_and_cure() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenario_errors");
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .collect();
    paths.sort();
    let differences: String = paths.iter().map(|path| difference(path)).collect();
    assert!(differences.is_empty(), "{differences}");
}

/// Tells what differs, or nothing.
fn difference(path: &Path) -> String {
    let name = path.file_name().unwrap().to_str().unwrap();
    let text = fs::read_to_string(path).unwrap();
    let shown = match parse(&source(name, &text)) {
        Ok(_) => "no mistakes\n".to_owned(),
        Err(mistakes) => mistakes.render(false),
    };
    let expected_path = path.with_extension("err");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(&expected_path, &shown).unwrap();
    }
    let expected = fs::read_to_string(&expected_path).unwrap_or_default();
    let diff = TextDiff::from_lines(&expected, &shown);
    let diff = diff.unified_diff().header("expected", name).to_string();
    if expected == shown { String::new() } else { diff }
}

#[test]
fn color_is_drawn_only_when_asked_for() {
    let mistakes = parse(&source("a.yaml", "chatsim: 2\n")).unwrap_err();
    let colored = mistakes.render(true);
    assert!(colored.contains("\u{1b}["), "{colored}");
    assert_eq!(anstream::adapter::strip_str(&colored).to_string(), mistakes.render(false));
    assert_eq!(format!("{mistakes}\n"), mistakes.render(false));
}

fn good(text: &str) -> Scenario {
    parse(&source("good.yaml", text)).unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

/// Draws a step as short as it can be told from all others.
fn drawn(step: &Step) -> String {
    let names = |actors: &[ActorName]| {
        let names: Vec<String> = actors.iter().map(ToString::to_string).collect();
        names.join("+")
    };
    let action = match &step.action {
        Action::Start(actors) => format!("start {}", names(actors)),
        Action::Stop(actors) => format!("stop {}", names(actors)),
        Action::Kill(actors) => format!("kill {}", names(actors)),
        Action::Restart { actors, after } => format!("restart {} {after:?}", names(actors)),
        Action::Pause(actors) => format!("pause {}", names(actors)),
        Action::Resume(actors) => format!("resume {}", names(actors)),
        Action::Type { actor, lines } => format!("{actor} types {lines:?}"),
        Action::Expect(expectations) => format!("expect {}", expected_lines(expectations)),
        Action::Never { forbidden, watch } => {
            format!("never {} for {watch:?}", expected_lines(forbidden))
        }
        Action::Advance(duration) => format!("advance {duration:?}"),
        Action::Settle => "settle".to_owned(),
        Action::Fault { name, fault } => format!("fault {name:?} {fault:?}"),
        Action::Heal(names) => format!("heal {names:?}"),
        Action::Note(text) => format!("note {text:?}"),
    };
    let race = if step.settles { "" } else { ", no settling" };
    format!("{}: {action}{race}", step.place.line)
}

fn expected_lines(expectations: &[Expectation]) -> String {
    let drawn = expectations.iter().map(|expectation| {
        let lines = expectation.lines.iter().map(|line| match &line.matcher {
            Matcher::Exact(text) => format!("{text:?}"),
            Matcher::Regex(regex) => format!("/{regex}/"),
        });
        let lines: Vec<String> = lines.collect();
        let within = match expectation.within {
            Some(within) => format!(" within {within:?}"),
            None => String::new(),
        };
        format!("{} [{}]{within}", expectation.actor, lines.join(", "))
    });
    drawn.collect::<Vec<String>>().join("; ")
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

#[test]
fn what_stands_around_the_steps_is_optional() {
    let scenario = good("chatsim: 1\nsteps: [start: server]\n");
    assert_eq!(scenario.title, None);
    assert_eq!(scenario.clock, Timestamp::from_micros(1_698_244_800_000_000));
    assert_eq!(scenario.server_port, None);
    assert!(scenario.clients.is_empty());
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
    assert_eq!(scenario.server_port, Some(1024));
    assert_eq!(scenario.seed, Some(u64::MAX));
    let clients: Vec<_> =
        scenario.clients.iter().map(|client| (client.name.as_str(), client.port)).collect();
    let expected = [("z", Some(65535)), ("a", None), ("m", None), ("k", None)];
    assert_eq!(clients, expected);
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
fn files_that_cannot_be_read_say_why() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    };
    let refused = |path: &Path| {
        let message = load(path).unwrap_err().to_string();
        message.replace(&format!("{}/", folder.path().display()), "")
    };
    let mut full = b"chatsim: 1\nsteps: [start: server]\n#".to_vec();
    full.resize(SCENARIO_BYTES_MAX, b'x');
    assert_eq!(load(&file("full", &full)).unwrap().steps.len(), 1);
    full.push(b'x');
    let too_large = "`large` is too large for a scenario: at most 4194304 bytes";
    assert_eq!(refused(&file("large", &full)), too_large);
    let not_utf8 = "`latin` is not UTF-8: line 2 has bytes that are no text";
    assert_eq!(refused(&file("latin", b"chatsim: 1\ntitle: na\xefve\n")), not_utf8);
    let missing = folder.path().join("missing");
    assert_eq!(refused(&missing), "`missing` cannot be read");
    assert!(matches!(load(folder.path()), Err(LoadError::Unreadable { .. })));
    let mistaken = refused(&file("mistaken", b"chatsim: 2\n"));
    assert!(mistaken.starts_with("error: unknown version `2`"), "{mistaken}");
}

/// A text parses or its mistakes can be drawn, and their places lie in the text.
fn check(text: &str) -> Result<(), TestCaseError> {
    let Err(mistakes) = parse(&source("any.yaml", text)) else {
        return Ok(());
    };
    prop_assert!(!mistakes.as_slice().is_empty());
    for mistake in mistakes.as_slice() {
        let place = mistake.place;
        prop_assert!(text.get(place.start..place.end).is_some(), "{mistake:?}");
        let before = text.split_at(place.start).0.trim_start_matches('\u{feff}');
        let line_start = before.rfind(['\n', '\r']).map_or(0, |at| at + 1);
        let breaks = before.replace("\r\n", "\n").matches(['\n', '\r']).count();
        prop_assert_eq!(place.line, 1 + breaks, "{:?}", mistake);
        let column = 1 + before.split_at(line_start).1.chars().count();
        prop_assert_eq!(place.column, column, "{:?}", mistake);
    }
    prop_assert!(mistakes.render(true).contains("any.yaml"));
    let drawn = mistakes.render(false);
    prop_assert!(!drawn.contains(['\u{1b}', '\u{202e}']), "{drawn}");
    Ok(())
}

/// What scenarios are made of, and what they should not be made of.
const PIECES: &str = "\
chatsim: 1\n|clients: |steps:|server: |title: |seed: |clock: |  - |\n|\r\n|\r|    | |: |, |{ | }|[|]|\"|'|\
>-\n|&a |*a|!t |<<: |? |# |---\n|\t|\\|c1|c2|server|start: |expect: |never: |restart: |advance: |\
settle: none|note: |within: |for: |5s|5|007|~|/(/|/a/|é😀|\u{1b}|\u{202e}|\u{85}|\u{2028}|日本";

/// Texts of such pieces; a third of them gets past the first lines.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(PIECES.split('|').collect::<Vec<&str>>());
    let text = prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat());
    let start =
        prop::sample::select(vec!["", "\u{feff}", "chatsim: 1\nclients: [c1, c2]\nsteps:\n  - "]);
    (start, text).prop_map(|(start, text)| format!("{start}{text}"))
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in any::<String>()) {
        check(&text)?;
    }

    #[test]
    fn no_scrambled_scenario_makes_the_parser_panic(text in pieces()) {
        check(&text)?;
    }
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
    let (c1, c2) = ("Some(Client(\"c1\"))", "Some(Client(\"c2\"))");
    let server = "Some(Server)";
    let fault = |aims: &[String], nth: &str, effect: &str| {
        format!("Fault {{ aims: [{}], nth: {nth}, effect: {effect} }}", aims.join(", "))
    };
    let expected = [
        format!(
            "4: fault Some(\"f\") {}",
            fault(&[aim(c1, server, "Some(CreateGroup)")], "Some(2)", "Drop")
        ),
        format!(
            "5: fault None {}",
            fault(&[aim(c1, c2, "None"), aim(c2, c1, "None")], "None", "Loss(Chance(25000))")
        ),
        format!(
            "6: fault None {}",
            fault(&[aim(c1, server, "None"), aim(server, c1, "None")], "None", "Drop")
        ),
        format!(
            "7: fault None {}",
            fault(
                &[aim(c1, "None", "None"), aim("None", c1, "None")],
                "None",
                "Latency { base: 5ms, spread: 1ms }"
            )
        ),
        "8: heal [\"f\"]".to_owned(),
        "9: heal []".to_owned(),
    ];
    assert_eq!(steps, expected);
}
