//! The diagram as text for Mermaid.

use std::collections::BTreeMap;

use super::diagram::{Arrow, RowKind, Sequence, grouped};
use crate::report::journey::Oddity;
use crate::report::words::{cut, span};

/// Mermaid refuses texts of 50,000 characters.
const TEXT_LEN_MAX: usize = 45_000;

/// The maximum length of a note, in characters.
const NOTE_LEN_MAX: usize = 80;

/// Writes a diagram in the language of Mermaid.
pub(in crate::report) fn mermaid(sequence: &Sequence, title: &str) -> String {
    let mut text = format!("---\ntitle: {}\n---\nsequenceDiagram\n", quoted(title));
    for (lane, actor) in sequence.lanes.iter().enumerate() {
        text.extend([format!("    participant p{lane} as {}\n", escaped(&actor.to_string()))]);
    }
    let last = sequence.lanes.len().saturating_sub(1);
    if let Some(omission) = sequence.omission() {
        text.extend([format!("    Note over p0,p{last}: {}\n", escaped(&omission))]);
    }
    let lines = lines(sequence, last);
    let mut is_open = false;
    for (index, line) in lines.iter().enumerate() {
        if text.len() > TEXT_LEN_MAX {
            let more = format!("and {} more events", grouped(lines.len() - index));
            text.extend([format!("    Note over p0,p{last}: {more}\n")]);
            break;
        }
        match line {
            Line::Step(heading) => {
                text.push_str(if is_open { "    end\n" } else { "" });
                text.extend(["    rect rgba(128, 128, 128, 0.1)\n    ", heading, "\n"]);
                is_open = true;
            }
            Line::Event(line) => text.extend(["    ", line, "\n"]),
        }
    }
    text.push_str(if is_open { "    end\n" } else { "" });
    text
}

enum Line {
    Step(String),
    Event(String),
}

/// Writes a line for each item, in the order of the rows.
fn lines(sequence: &Sequence, last: usize) -> Vec<Line> {
    let mut rows: BTreeMap<(usize, u8), Vec<Line>> = BTreeMap::new();
    let mut add = |row, order, line| rows.entry((row, order)).or_default().push(line);
    let over_all = |text: &str| format!("Note over p0,p{last}: {}", note(text));
    for step in &sequence.steps {
        let first = step.source.lines().next().unwrap_or_default();
        add(step.row, 0, Line::Step(over_all(&format!("line {}: {first}", step.line))));
    }
    for (index, row) in sequence.rows.iter().enumerate() {
        if let RowKind::Idle(idle) = row.kind {
            add(index, 0, Line::Event(over_all(&format!("… {} …", span(idle)))));
        }
    }
    for fault in &sequence.faults {
        let (first, last) = fault.lanes;
        let over = |word| format!("Note over p{first},p{last}: {} {word}", note(&fault.name));
        add(fault.from, 1, Line::Event(over("begins")));
        add(fault.to.saturating_sub(1), 9, Line::Event(over("ends")));
    }
    for mark in &sequence.marks {
        if let Some(change) = mark.change {
            add(
                mark.row,
                2,
                Line::Event(format!("Note over p{}: {}", mark.lane, note(&change.to_string()))),
            );
        }
    }
    for line in &sequence.lines {
        let mut lanes = sequence.lanes.iter().enumerate();
        let first = lanes.find(|(_, actor)| line.actors.first() == Some(*actor));
        let lane = first.map_or(0, |(lane, _)| lane);
        let others = match (line.actors.len(), line.times) {
            (0 | 1, 0 | 1) => String::new(),
            (0 | 1, times) => format!(" ({times} times)"),
            (more, _) => format!(" (and {} more)", more - 1),
        };
        let (sign, order) = if line.is_typed { ("› ", 3) } else { ("", 5) };
        let text = note(&format!("{sign}{}{others}", line.text));
        add(line.row, order, Line::Event(format!("Note over p{lane}: {text}")));
    }
    for arrow in &sequence.arrows {
        for line in arrow_lines(arrow) {
            add(arrow.row, 4, Line::Event(line));
        }
    }
    rows.into_values().flatten().collect()
}

/// Writes an arrow for each arrival; a datagram without one ends in a cross.
fn arrow_lines(arrow: &Arrow) -> Vec<String> {
    let words: Vec<_> = arrow.oddities.iter().map(|oddity| oddity.word()).collect();
    let words = if words.is_empty() { String::new() } else { format!(" ({})", words.join(", ")) };
    let Some(to) = arrow.to else {
        return vec![format!("Note over p{}: {}{words}", arrow.from, note(&arrow.kinds))];
    };
    let gone = [Oddity::Lost, Oddity::Missed, Oddity::NotArrived];
    let is_gone = gone.iter().any(|oddity| arrow.oddities.contains(oddity));
    let head = match (arrow.is_ack, is_gone) {
        (false, false) => "->>",
        (true, false) => "-->>",
        (false, true) => "-x",
        (true, true) => "--x",
    };
    let line = format!("p{}{head}p{to}: {}{words}", arrow.from, note(&arrow.kinds));
    vec![line; arrow.ends.len().max(1)]
}

fn note(text: &str) -> String {
    escaped(&cut(text, NOTE_LEN_MAX))
}

/// Escapes characters with a meaning in Mermaid.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '#' | ';' | '<' | '>' | '&' | '"' | '%' | '`' | '\\' | '{' | '}' => {
                escaped.extend(["#", &u32::from(c).to_string(), ";"]);
            }
            c if c.is_control() => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}

/// Writes a text as a string of JSON, which is one of YAML.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_means_something_to_mermaid_is_escaped() {
        assert_eq!(note("a;b #1\nend"), "a#59;b #35;1#92;nend");
        assert_eq!(note("<script>"), "#60;script#62;");
        assert_eq!(quoted("it: \"x\""), r#""it: \"x\"""#);
    }
}
