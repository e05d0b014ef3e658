//! The names of faults.

use crate::network::{Aim, Effect, Fault};
use crate::runner::FaultRecord;
use crate::scenario::{ActorName, Scenario};

/// Returns the name of a fault for a reader of the scenario: its own name, or its line.
pub(in crate::report) fn fault_name(record: &FaultRecord, scenario: &Scenario) -> String {
    let FaultRecord { name, place, .. } = record;
    let what = name.as_ref().map_or_else(|| "fault".to_owned(), |name| format!("fault `{name}`"));
    if place.file == 0 {
        format!("{what} at line {}", place.line)
    } else {
        format!("{what} at {}:{}", scenario.source_of(*place).path.display(), place.line)
    }
}

/// Returns a short description of a fault: `wall: drop c1 -> c2, the 2nd`.
pub(super) fn fault_label(record: &FaultRecord) -> String {
    let FaultRecord { name, fault: Fault { aims, nth, chance, effect }, .. } = record;
    let effect = match effect {
        Effect::Drop => "drop",
        Effect::Duplicate => "duplicate",
        Effect::Delay(_) => "delay",
        Effect::Reorder => "reorder",
        Effect::Corrupt => "corrupt",
        Effect::Truncate => "truncate",
        Effect::Hold => "hold",
        Effect::Latency { .. } => "latency",
        Effect::Rate(_) => "slow link",
    };
    let name = name.as_ref().map_or_else(String::new, |name| format!("{name}: "));
    let nth = nth.map_or_else(String::new, |nth| format!(", number {nth}"));
    let chance = chance.map_or("", |_| ", by chance");
    format!("{name}{effect} {}{nth}{chance}", links(aims))
}

fn links(aims: &[Aim<ActorName>]) -> String {
    let end =
        |actor: Option<ActorName>| actor.map_or_else(|| "all".to_owned(), |it| it.to_string());
    let packet = |aim: &Aim<ActorName>| aim.packet.map_or_else(String::new, |it| format!("{it} "));
    match aims {
        [Aim { from: None, to: None, packet: None }] => "all".to_owned(),
        [one, back] if (one.from, one.to, one.packet) == (back.to, back.from, back.packet) => {
            format!("{}{} <-> {}", packet(one), end(one.from), end(one.to))
        }
        [first, rest @ ..] => {
            let more = if rest.is_empty() { "" } else { ", …" };
            format!("{}{} -> {}{more}", packet(first), end(first.from), end(first.to))
        }
        [] => "nothing".to_owned(),
    }
}
