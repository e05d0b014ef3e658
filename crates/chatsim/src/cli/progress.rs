//! The progress line of a long run.

use std::io::Write;
use std::time::Duration;

use crate::runner::Event;

/// How long a run takes before the line is shown.
const PATIENCE: Duration = Duration::from_secs(1);

/// Returns to the beginning of the line and clears it.
const EMPTY_LINE: &str = "\r\u{1b}[2K";

/// Shows the progress of a run on a terminal, below all other output.
pub(super) struct Progress<W, C> {
    out: Option<W>,
    clock: C,
    runs: usize,
    finished: usize,
    not_passed: usize,
    is_shown: bool,
}

impl<W: Write, C: Fn() -> Duration> Progress<W, C> {
    /// Makes the line for a run that starts when the clock does; without a terminal nothing is
    /// shown.
    pub(super) const fn new(out: Option<W>, clock: C) -> Self {
        Self { out, clock, runs: 0, finished: 0, not_passed: 0, is_shown: false }
    }

    /// Removes the line, so that something else can be written.
    pub(super) fn hide(&mut self) {
        if self.is_shown {
            self.is_shown = false;
            self.write(EMPTY_LINE);
        }
    }

    /// Counts a scenario, and redraws the line.
    pub(super) fn handle(&mut self, event: Event<'_>) {
        match event {
            Event::RunStarted { runs } => self.runs = runs.len(),
            Event::ScenarioFinished { verdict, .. } => {
                self.finished += 1;
                self.not_passed += usize::from(!verdict.is_good());
                self.show();
            }
            Event::ScenarioStarted { .. }
            | Event::Noted { .. }
            | Event::Traced { .. }
            | Event::SnapshotAccepted { .. }
            | Event::RunFinished { .. } => {}
        }
    }

    fn show(&mut self) {
        let now = (self.clock)();
        if now < PATIENCE || self.finished == self.runs {
            return;
        }
        let Self { runs, finished, not_passed, .. } = self;
        let seconds = now.as_secs();
        let line = format!("{finished} of {runs} run, {not_passed} did not pass ({seconds} s)");
        self.is_shown = true;
        self.write(&line);
    }

    fn write(&mut self, text: &str) {
        if let Some(out) = &mut self.out {
            let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
            if written.is_err() {
                // If the terminal is gone, the line is not needed.
                self.out = None;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::runner::{Case, Location, Recording, ScenarioRun, Trouble, Verdict};
    use crate::scenario::Source;
    use crate::testing::parse;

    fn case() -> Case {
        let text = "chatsim: 1\nsteps:\n  - settle:\n";
        let source = Source::new("a.yaml".into(), text.into());
        let scenario = parse(&source).unwrap().remove(0);
        Case { scenario, location: Location { name: "a".into(), snapshot: "a.snap".into() } }
    }

    #[test]
    fn long_run_has_a_line_that_gives_way_to_others() {
        let now = Cell::new(Duration::from_millis(999));
        let case = case();
        let run = ScenarioRun { case: &case, seed: 0 };
        let mut out = Vec::new();
        let mut progress = Progress::new(Some(&mut out), || now.get());
        progress.handle(Event::RunStarted { runs: &[run; 4] });
        let trouble = Trouble { place: None, reason: String::new() };
        let mut finish = |verdict: &Verdict| {
            progress.hide();
            let (recording, took) = (Recording::default(), Duration::ZERO);
            progress.handle(Event::ScenarioFinished { run, verdict, recording: &recording, took });
        };
        finish(&Verdict::Passed);
        now.set(Duration::from_secs(1));
        finish(&Verdict::Unknown(trouble));
        finish(&Verdict::Passed);
        finish(&Verdict::Passed);
        let expected = "2 of 4 run, 1 did not pass (1 s)\r\u{1b}[2K\
                        3 of 4 run, 1 did not pass (1 s)\r\u{1b}[2K";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}
