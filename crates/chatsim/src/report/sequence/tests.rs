//! The positions in a diagram.

use super::diagram::ARROWS_MAX;
use super::*;
use crate::network::{Effect, FaultId};
use crate::runner::scripted::{client, scenario, server, types};
use crate::runner::{Case, FaultRecord, Location, Reached, StepRecord};
use crate::scenario::{Action, ActorName};
use crate::stage::{Change, Line, ScreenEntry, Shown, TraceEntry, TraceEvent};
use machine::Timestamp;

/// A run of two steps, the second of which begins with the third entry of the trace.
fn recording(trace: Vec<TraceEntry>) -> Recording {
    let scenario = scenario(vec![types("c1", "go"), Action::Settle]);
    let before = [Reached::default(), Reached { trace: 2, screens: vec![(client("c1"), 1)] }];
    let step = |(step, before): (&crate::scenario::Step, Reached)| {
        let (began, ended) = (at(0), at(0));
        StepRecord { place: step.place, before, began, ended }
    };
    let steps = scenario.steps.iter().zip(before).map(step).collect();
    Recording { steps, trace: trace.into_iter().collect(), ended: at(0), ..Recording::default() }
}

fn sequence(recording: &Recording) -> Sequence {
    let scenario = scenario(vec![types("c1", "go"), Action::Settle]);
    let location = Location { name: "short".into(), snapshot: "/short.snap".into() };
    let case = Case { scenario, location };
    Sequence::new(ScenarioRun { case: &case, seed: 0 }, recording)
}

fn at(millis: u64) -> Timestamp {
    Timestamp::from_micros(millis * 1000)
}

fn entry(millis: u64, event: TraceEvent) -> TraceEntry {
    TraceEntry { at: at(millis), event }
}

fn sent(millis: u64, number: u64, from: ActorName, to: ActorName) -> TraceEntry {
    let event =
        TraceEvent::Sent { number, from, to: Some(to), bytes: Vec::new(), hit_by: Vec::new() };
    entry(millis, event)
}

fn arrived(millis: u64, number: u64, by: ActorName) -> TraceEntry {
    entry(millis, TraceEvent::Arrived { number, by })
}

/// Draws rows as text: `S` for a step, `~` for idle time, otherwise the milliseconds.
fn rows(sequence: &Sequence) -> String {
    let row = |row: &Row| match row.kind {
        RowKind::Step => "S".to_owned(),
        RowKind::Idle(_) => "~".to_owned(),
        RowKind::Event => row.at.as_millis().to_string(),
    };
    sequence.rows.iter().map(row).collect::<Vec<_>>().join(" ")
}

#[test]
fn what_is_sent_to_several_at_once_shares_a_row() {
    let (c1, c2) = (client("c1"), client("c2"));
    let trace = vec![
        sent(0, 1, server(), c1),
        sent(0, 2, server(), c2),
        sent(0, 3, server(), c2),
        arrived(1, 1, c1),
        sent(1, 4, c1, server()),
        arrived(1, 2, c2),
        arrived(1, 3, c2),
        arrived(2, 4, server()),
    ];
    let sequence = sequence(&recording(trace));
    // Two steps at the same time; the third datagram belongs to the second one.
    assert_eq!(rows(&sequence), "S 0 S 0 1 1 2");
    let places: Vec<_> =
        sequence.arrows.iter().map(|arrow| (arrow.row, arrow.ends.clone(), arrow.step)).collect();
    let expected = [
        (1, vec![4], Some(0)),
        (1, vec![4], Some(0)),
        (3, vec![5], Some(1)),
        (5, vec![6], Some(1)),
    ];
    assert_eq!(places, expected);
    let many: Vec<_> = sequence.arrows.iter().map(|arrow| arrow.is_one_of_many).collect();
    assert_eq!(many, [true, true, false, false]);
}

#[test]
fn what_arrives_at_once_stands_below_its_sending() {
    let (c1, c2) = (client("c1"), client("c2"));
    let trace = vec![sent(0, 1, c1, c2), arrived(0, 1, c2), sent(0, 2, c2, c1), arrived(0, 2, c1)];
    let sequence = sequence(&recording(trace));
    let places: Vec<_> =
        sequence.arrows.iter().map(|arrow| (arrow.row, arrow.ends.clone())).collect();
    assert_eq!(places, [(1, vec![2]), (4, vec![5])]);
}

#[test]
fn idle_time_is_one_row_and_programs_that_do_not_run_have_a_band() {
    let c1 = client("c1");
    let change = |millis, change| entry(millis, TraceEvent::Program(c1, change));
    let trace = vec![
        change(0, Change::Started),
        change(199, Change::Paused),
        change(399, Change::Resumed),
        change(400, Change::Killed),
    ];
    let mut recording = recording(trace);
    recording.steps.pop();
    recording.ended = at(8_000_000);
    let sequence = sequence(&recording);
    assert_eq!(rows(&sequence), "S 0 199 ~ 399 400 ~");
    let band = |lane, state, from, to| Band { lane, state, from, to };
    let expected = [
        band(1, State::NotRunning, 0, 1),
        band(1, State::Paused, 2, 4),
        band(0, State::NotRunning, 0, 7),
        band(1, State::Killed, 5, 7),
        band(2, State::NotRunning, 0, 7),
    ];
    assert_eq!(sequence.bands, expected);
}

#[test]
fn same_lines_of_several_screens_are_one_and_belong_to_their_step() {
    let line = |text: &str| Shown::Line(Line::new(">>> ".into(), text.into()).into());
    let entry = |shown| ScreenEntry { at: at(0), shown };
    let typed = Shown::Typed(Line::new(">>> ".into(), "go".into()).into());
    let mut recording = recording(Vec::new());
    let c1 = [entry(typed), entry(line("a")), entry(line("a"))].into_iter().collect();
    let c2 = [entry(line("b")), entry(line("a"))].into_iter().collect();
    recording.screens = [(client("c1"), c1), (client("c2"), c2)].into();
    let sequence = sequence(&recording);
    let shown: Vec<_> = sequence
        .lines
        .iter()
        .map(|line| (line.text.as_str(), line.actors.len(), line.times, line.step))
        .collect();
    let expected =
        [("go", 1, 1, Some(0)), ("a", 1, 2, Some(1)), ("b", 1, 1, Some(1)), ("a", 1, 1, Some(1))];
    assert_eq!(shown, expected);
    assert!(sequence.lines[0].is_typed);
}

#[test]
fn fault_lies_over_its_lanes_while_it_is_at_work() {
    let mut recording = recording(vec![sent(5, 1, server(), client("c1"))]);
    let aim = crate::network::Aim { from: Some(client("c1")), to: Some(server()), packet: None };
    let fault =
        crate::network::Fault { aims: vec![aim], nth: Some(2), chance: None, effect: Effect::Drop };
    let (place, name) = (recording.steps[0].place, Some("wall".to_owned()));
    let began = at(0);
    recording.faults = vec![FaultRecord { id: FaultId(0), name, place, fault, began, ended: None }];
    let sequence = sequence(&recording);
    let [fault] = sequence.faults.as_slice() else { panic!("{:?}", sequence.faults) };
    assert_eq!(fault.name, "wall: drop c1 -> server, number 2");
    assert_eq!((fault.lanes, fault.from, fault.to), ((0, 1), 1, sequence.rows.len()));
}

#[test]
fn only_the_latest_is_drawn_and_the_rest_is_told() {
    let (c1, c2) = (client("c1"), client("c2"));
    let total = ARROWS_MAX as u64 + 1234;
    let mut trace = vec![entry(0, TraceEvent::Program(c1, Change::Started))];
    for number in 1..=total {
        trace.push(sent(number, number, c1, c2));
        trace.push(arrived(number + 1, number, c2));
    }
    trace.sort_by_key(|entry| entry.at);
    let mut recording = recording(trace);
    recording.steps.pop();
    let sequence = sequence(&recording);
    assert_eq!(sequence.arrows.len(), ARROWS_MAX);
    assert_eq!(sequence.arrows[0].number, 1235);
    assert_eq!(sequence.omission().unwrap(), "before this, not drawn: 1,234 datagrams");
    // The step in which the drawing begins has its heading; the program is running already.
    assert_eq!(sequence.steps.len(), 1);
    assert!(sequence.bands.iter().all(|band| band.lane != 1));
}

#[test]
fn undisturbed_probes_and_timers_without_effect_are_not_drawn() {
    let (c1, c2) = (client("c1"), client("c2"));
    let (probe, ack) = (b"probe".to_vec(), b"ack".to_vec());
    let sent = |millis, number, from, to, bytes: &Vec<u8>, hit_by| {
        let (to, bytes) = (Some(to), bytes.clone());
        entry(millis, TraceEvent::Sent { number, from, to, bytes, hit_by })
    };
    let recording = recording(vec![
        entry(10, TraceEvent::Timer(c1)),
        sent(10, 1, c1, server(), &probe, Vec::new()),
        arrived(11, 1, server()),
        sent(11, 2, server(), c1, &ack, Vec::new()),
        arrived(12, 2, c1),
        entry(15, TraceEvent::Timer(c2)),
        entry(20, TraceEvent::Timer(c1)),
        sent(20, 3, c1, server(), &probe, vec![FaultId(0)]),
        sent(30, 4, c1, server(), &probe, Vec::new()),
        arrived(31, 4, server()),
        sent(32, 5, server(), c1, &ack, Vec::new()),
        arrived(33, 5, c1),
    ]);
    let sequence = sequence(&recording);
    let drawn: Vec<_> = sequence.arrows.iter().map(|arrow| arrow.number).collect();
    assert_eq!(drawn, [3, 4, 5], "lost, and answered late");
    assert_eq!(sequence.marks.len(), 1, "the timer that sent what was lost");
}
