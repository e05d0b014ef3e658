//! Makes screens of real stages comparable with snapshots.
//!
//! Ports and times differ from run to run on a real stage. They are recognized by where they come
//! from: a number is a port if an actor of the run had that port, and a time counts if it lies
//! within the run. What somebody typed is neither. Where a screen shows such a value, the snapshot
//! has to show a value of the same kind; everything else has to be equal.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::LazyLock;
use std::time::Duration;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use regex::Regex;

use crate::scenario::{Action, Scenario, Step};
use crate::stage::Stage;
use machine::Timestamp;

/// What may be a point in time or a port.
static CANDIDATES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?-u)\b(?:\d{4}-\d\d-\d\d \d\d:\d\d:\d\d|\d\d:\d\d:\d\d|\d{1,5})\b").ok()
});

/// The shape of a date with a time.
const DATE: &str = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d";

/// The shape of a time of day.
const TIME: &str = r"\d\d:\d\d:\d\d";

/// The shape of a port.
const PORT: &str = r"\d+";

/// Screens show whole seconds, which a message may take from the clock of its author.
const TOLERANCE: Duration = Duration::from_secs(1);

/// How many lines of a snapshot are passed over to find a line like one that was shown.
const LINES_AHEAD_MAX: usize = 200;

/// Recognizes what came from the machine in a run.
#[derive(Clone, Debug)]
pub struct Redaction {
    ports: BTreeSet<u16>,
    /// The times of the run by all of its clocks.
    times: Range<Timestamp>,
    /// What was typed.
    typed: Vec<String>,
}

impl Redaction {
    /// Makes the redaction for a run that began at this time and has reached the stage's.
    pub fn of(scenario: &Scenario, stage: &dyn Stage, began: Timestamp) -> Self {
        let mut typed = Vec::new();
        let mut jumps = TOLERANCE;
        for step in Step::all_in(&scenario.steps) {
            if let Action::Type { lines, .. } = &step.action {
                typed.extend(lines.iter().cloned());
            } else if let Action::Clock(by) = &step.action {
                let by = by.iter().map(|(_, by)| by.unsigned_abs());
                jumps = by.fold(jumps, Duration::saturating_add);
            }
        }
        let (first, last) = (stage.time_of_programs(began), stage.time_of_programs(stage.now()));
        let first = Timestamp::from_micros(first.as_micros().saturating_sub(micros(jumps)));
        Self { ports: stage.ports(), times: first..last + jumps, typed }
    }

    /// Returns a regular expression for a line with a value that comes from the machine; `None` if
    /// there is none.
    pub fn pattern(&self, line: &str) -> Option<String> {
        let values = self.values(line);
        if values.is_empty() {
            return None;
        }
        let mut pattern = String::with_capacity(line.len());
        let mut rest = 0;
        for (range, shape) in values {
            pattern.push_str(&regex::escape(line.get(rest..range.start).unwrap_or_default()));
            pattern.push_str(shape);
            rest = range.end;
        }
        pattern.push_str(&regex::escape(line.get(rest..).unwrap_or_default()));
        Some(pattern)
    }

    /// Returns the screens with each line as in the snapshot that differs from it in values from the
    /// machine only.
    pub fn as_expected(&self, expected: &str, shown: &str) -> String {
        let expected: Vec<_> = expected.lines().collect();
        let mut next = 0;
        let mut text = String::with_capacity(shown.len());
        for line in shown.lines() {
            let pattern = self.pattern(line).and_then(|it| Regex::new(&format!("^{it}$")).ok());
            let is_alike = |other: &&str| {
                *other == line || pattern.as_ref().is_some_and(|pattern| pattern.is_match(other))
            };
            let ahead = expected.iter().skip(next).take(LINES_AHEAD_MAX);
            let found = ahead.enumerate().find(|(_, other)| is_alike(other));
            text.push_str(found.map_or(line, |(_, other)| other));
            text.push('\n');
            next += found.map_or(0, |(passed, _)| passed + 1);
        }
        text
    }

    /// Finds the values in a line that come from the machine, in order, with their shapes.
    fn values(&self, line: &str) -> Vec<(Range<usize>, &'static str)> {
        let candidates = CANDIDATES.iter().flat_map(|candidates| candidates.find_iter(line));
        let values =
            candidates.filter_map(|found| Some((found.range(), self.shape(found.as_str())?)));
        values.collect()
    }

    /// Returns the shape of a value, if it comes from the machine.
    fn shape(&self, text: &str) -> Option<&'static str> {
        let shape = if text.contains('-') {
            self.is_date(text).then_some(DATE)
        } else if text.contains(':') {
            self.is_time_of_day(text).then_some(TIME)
        } else {
            text.parse().is_ok_and(|port| self.ports.contains(&port)).then_some(PORT)
        };
        shape.filter(|_| !self.typed.iter().any(|line| line.contains(text)))
    }

    fn is_date(&self, text: &str) -> bool {
        let date = DateTime::strptime("%Y-%m-%d %H:%M:%S", text).ok();
        let at = date.and_then(|date| date.to_zoned(TimeZone::UTC).ok());
        let micros = at.and_then(|at| u64::try_from(at.timestamp().as_microsecond()).ok());
        micros.is_some_and(|micros| self.times.contains(&Timestamp::from_micros(micros)))
    }

    fn is_time_of_day(&self, text: &str) -> bool {
        let day = Duration::from_hours(24);
        let midnight = "2000-01-01 00:00:00";
        let seconds = DateTime::strptime("%Y-%m-%d %H:%M:%S", format!("2000-01-01 {text}"))
            .ok()
            .zip(DateTime::strptime("%Y-%m-%d %H:%M:%S", midnight).ok())
            .map(|(time, midnight)| time.duration_since(midnight).unsigned_abs());
        let Some(of_day) = seconds else { return false };
        let Range { start, end } = &self.times;
        let first = start.as_micros() % micros(day);
        // The next time that a clock shows it.
        let ahead = (micros(day) + micros(of_day) - first) % micros(day);
        ahead < micros(end.since(*start))
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A run at 2023-10-25 14:40:00 of ten minutes, with ports 40123 and 2475.
    fn redaction() -> Redaction {
        let start = Timestamp::from_micros(1_698_244_800_000_000);
        Redaction {
            ports: [40123, 2475].into(),
            times: start..start + Duration::from_mins(10),
            typed: vec!["send c2 see 2475 at 14:41:00".to_owned()],
        }
    }

    #[test]
    fn values_are_recognized_by_where_they_come_from() {
        let pattern = |line: &str| redaction().pattern(line);
        let port = "[Server started at 127.0.0.1 on port 40123]";
        let expected = r"\[Server started at 127\.0\.0\.1 on port \d+\]";
        assert_eq!(pattern(port).as_deref(), Some(expected));
        assert_eq!(pattern(&port.replace("40123", "40124")), None, "nobody has this port");
        let saved = "sent at 2023-10-25 14:40:03 saved";
        let expected = r"sent at \d{4}\-\d\d\-\d\d \d\d:\d\d:\d\d saved".replace(r"\-", "-");
        assert_eq!(pattern(saved).as_deref(), Some(expected.as_str()));
        assert_eq!(pattern("sent at 2023-10-25 14:50:03 saved"), None, "it is after the run");
        assert_eq!(pattern("sent at 2023-10-24 14:40:03 saved"), None, "it is before the run");
        assert_eq!(pattern("14:49:59 c1: hi").as_deref(), Some(r"\d\d:\d\d:\d\d c1: hi"));
        assert_eq!(pattern("14:39:59 c1: hi"), None);
        assert_eq!(pattern("c1: see 2475 at 14:41:00"), None, "it was typed");
        assert_eq!(pattern("a40123b 140123 4012"), None);
    }

    #[test]
    fn times_of_day_go_on_after_midnight() {
        let start = Timestamp::from_micros(1_698_278_340_000_000); // 23:59:00
        let times = start..start + Duration::from_mins(2);
        let redaction = Redaction { ports: BTreeSet::new(), times, typed: Vec::new() };
        for (text, is_within) in
            [("23:59:30", true), ("00:00:30", true), ("00:01:30", false), ("23:58:30", false)]
        {
            assert_eq!(redaction.pattern(text).is_some(), is_within, "{text}");
        }
    }

    #[test]
    fn screens_that_differ_in_such_values_are_as_expected() {
        let expected = "== server ==\n>>> at 127.0.0.1:2475\nold\n>>> c1 at 3000 since 14:40:00";
        let shown = "== server ==\n>>> at 127.0.0.1:40123\n>>> c1 at 2475 since 14:44:00\nc1 at 9";
        assert_eq!(
            redaction().as_expected(expected, shown),
            "== server ==\n>>> at 127.0.0.1:2475\n>>> c1 at 2475 since 14:44:00\nc1 at 9\n"
        );
        let shown = shown.replace("at 2475", "at 40123");
        assert_eq!(
            redaction().as_expected(expected, &shown),
            "== server ==\n>>> at 127.0.0.1:2475\n>>> c1 at 3000 since 14:40:00\nc1 at 9\n"
        );
    }
}
