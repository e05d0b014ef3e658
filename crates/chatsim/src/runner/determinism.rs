//! Compares two runs of one scenario.

use super::What;
use crate::scenario::Scenario;
use crate::stage::{ScreenEntry, Shown, StageRecord, TraceEntry, TraceEvent, fingerprint};
use machine::Timestamp;

/// Compares the records of two runs with one seed; `None` if they are the same.
pub(super) fn difference(
    first: &StageRecord,
    second: &StageRecord,
    scenario: &Scenario,
) -> Option<What> {
    let hashes = [first, second].map(fingerprint);
    let [a, b] = hashes;
    (a != b).then(|| What::NotDeterministic {
        hashes,
        differences: first_difference(first, second, scenario),
    })
}

/// Returns the first difference, once for each run: in the trace, or else on a screen.
fn first_difference(
    first: &StageRecord,
    second: &StageRecord,
    scenario: &Scenario,
) -> [Option<String>; 2] {
    let at = |at: Timestamp| format!("{:>12.6} s", at.since(scenario.clock).as_secs_f64());
    if let Some((one, other)) = parting(&first.trace, &second.trace) {
        let described = |entry: Option<&TraceEntry>, beside: Option<&TraceEntry>| {
            entry.map(|entry| {
                let byte = beside.and_then(|beside| differing_byte(&entry.event, &beside.event));
                let byte = byte.map(|byte| format!(", {byte}")).unwrap_or_default();
                format!("{}  {}{byte}", at(entry.at), entry.event.describe(scenario.guest))
            })
        };
        let (one, other) = (one.as_ref(), other.as_ref());
        return [described(one, other), described(other, one)];
    }
    for (actor, screen) in &first.screens {
        let other = second.screens.get(actor).into_iter().flatten();
        if let Some((one, other)) = parting(screen, other) {
            let described =
                |entry: &ScreenEntry| format!("{}  {actor}: {}", at(entry.at), shown(entry));
            return [one.as_ref().map(described), other.as_ref().map(described)];
        }
    }
    [None, None]
}

/// Finds the first place where two lists differ.
fn parting<T: PartialEq>(
    one: impl IntoIterator<Item = T>,
    other: impl IntoIterator<Item = T>,
) -> Option<(Option<T>, Option<T>)> {
    let (mut one, mut other) = (one.into_iter(), other.into_iter());
    loop {
        match (one.next(), other.next()) {
            (None, None) => return None,
            (a, b) if a != b => return Some((a, b)),
            _ => {}
        }
    }
}

/// Returns the first differing byte of a datagram, for datagrams that are described alike.
fn differing_byte(event: &TraceEvent, beside: &TraceEvent) -> Option<String> {
    let (TraceEvent::Sent { bytes, .. }, TraceEvent::Sent { bytes: others, .. }) = (event, beside)
    else {
        return None;
    };
    let (at, (byte, _)) = bytes.iter().zip(others).enumerate().find(|(_, (a, b))| a != b)?;
    Some(format!("byte {at} is {byte:#04x}"))
}

fn shown(entry: &ScreenEntry) -> String {
    match &entry.shown {
        Shown::Typed(line) | Shown::Line(line) => line.to_string(),
        Shown::Started => "started".to_owned(),
        Shown::Interrupted => "interrupted".to_owned(),
        Shown::Exited(_) => "ended".to_owned(),
        Shown::Killed => "killed".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runner::scripted::{scenario, server};
    use crate::stage::Line;

    fn sent(millis: u64, bytes: &[u8]) -> TraceEntry {
        let event = TraceEvent::Sent {
            number: 1,
            from: server(),
            to: None,
            bytes: bytes.to_vec(),
            hit_by: Vec::new(),
        };
        TraceEntry { at: Timestamp::from_micros(millis * 1000), event }
    }

    fn timer(millis: u64) -> TraceEntry {
        TraceEntry { at: Timestamp::from_micros(millis * 1000), event: TraceEvent::Timer(server()) }
    }

    fn record(trace: Vec<TraceEntry>, line: &str) -> StageRecord {
        let line = Line::new("> ".into(), line.to_owned());
        let entry = ScreenEntry { at: Timestamp::default(), shown: Shown::Line(line.into()) };
        StageRecord {
            screens: [(server(), [entry].into_iter().collect())].into(),
            trace: trace.into_iter().collect(),
        }
    }

    fn parted(first: &StageRecord, second: &StageRecord) -> [String; 2] {
        let what = difference(first, second, &scenario(Vec::new()));
        let Some(What::NotDeterministic { hashes, differences }) = what else {
            panic!("{what:?}");
        };
        assert_ne!(hashes[0], hashes[1]);
        differences.map(|difference| difference.unwrap_or_default().trim_start().to_owned())
    }

    #[test]
    fn the_same_differs_in_nothing() {
        let record = record(vec![timer(1)], "a");
        assert!(difference(&record, &record.clone(), &scenario(Vec::new())).is_none());
    }

    #[test]
    fn the_first_difference_is_told_from_both_sides() {
        let first = record(vec![timer(1), timer(2), timer(4)], "a");
        let second = record(vec![timer(1), timer(3), timer(5)], "b");
        let timers = ["0.002000 s  server: a timer fires", "0.003000 s  server: a timer fires"];
        assert_eq!(parted(&first, &second), timers);
        let shorter = record(vec![timer(1)], "a");
        assert_eq!(parted(&first, &shorter), ["0.002000 s  server: a timer fires", ""]);
        let shown = ["0.000000 s  server: > a", "0.000000 s  server: > b"];
        assert_eq!(parted(&record(vec![], "a"), &record(vec![], "b")), shown);
    }

    #[test]
    fn datagrams_of_one_look_differ_in_a_byte() {
        let differences =
            parted(&record(vec![sent(1, &[9, 7])], "a"), &record(vec![sent(1, &[9, 8])], "a"));
        assert!(differences[0].ends_with("(2 bytes), byte 1 is 0x07"), "{}", differences[0]);
        assert!(differences[1].ends_with("(2 bytes), byte 1 is 0x08"), "{}", differences[1]);
    }
}
