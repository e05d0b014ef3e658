//! A scripted stage, for tests of the runner and the reports.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;

use crate::network::{Fault, FaultId};
use crate::scenario::{
    Action, ActorName, Combination, CrashPoint, Declaration, Disk, Expectation, Form, LinePattern,
    Matcher, Place, Scenario, Source, Step, Terms,
};
use crate::stage::{
    BLANK, Line, Screen, ScreenEntry, Shown, Stage, StageError, StageRecord, Trace, TraceKeeping,
};
use crate::testing::Fakes;
pub(crate) use crate::testing::{client, server};
use machine::Timestamp;

/// The effect of a typed line: after this time, this actor's screen shows that.
type Answer = (Duration, ActorName, &'static str);

/// Answers typed lines as scripted, and records its calls.
#[derive(Default)]
pub(crate) struct ScriptedStage {
    pub(crate) calls: Vec<String>,
    answers: BTreeMap<String, Vec<Answer>>,
    refusals: BTreeMap<String, StageError>,
    pending: Vec<(Timestamp, ActorName, &'static str)>,
    screens: BTreeMap<ActorName, Screen>,
    now: Timestamp,
    trace: Trace,
}

impl ScriptedStage {
    /// Answers a typed line.
    pub(crate) fn answer(mut self, typed: &str, answer: Answer) -> Self {
        let answers = self.answers.entry(typed.to_owned()).or_default();
        answers.push(answer);
        self
    }

    /// Refuses a call.
    pub(crate) fn refuse(mut self, call: &str, error: StageError) -> Self {
        self.refusals.insert(call.to_owned(), error);
        self
    }

    fn call(&mut self, call: String) -> Result<(), StageError> {
        let refusal = self.refusals.get(&call).cloned();
        self.calls.push(call);
        refusal.map_or(Ok(()), Err)
    }

    fn show(&mut self, actor: ActorName, shown: Shown) {
        let at = self.now;
        let screen = self.screens.entry(actor).or_default();
        screen.push(ScreenEntry { at, shown });
    }

    fn show_until(&mut self, at: Timestamp) {
        self.pending.sort_by_key(|(due, ..)| *due);
        while let Some(&(due, actor, text)) = self.pending.first()
            && due <= at
        {
            self.pending.remove(0);
            self.now = self.now.max(due);
            self.show(actor, Shown::Line(line(text).into()));
        }
        self.now = self.now.max(at);
    }
}

impl Stage for ScriptedStage {
    fn start(&mut self, actor: ActorName) -> Result<(), StageError> {
        self.call(format!("start {actor}"))?;
        self.show(actor, Shown::Started);
        Ok(())
    }

    fn stop(&mut self, actor: ActorName) -> Result<(), StageError> {
        self.call(format!("stop {actor}"))
    }

    fn kill(&mut self, actor: ActorName) -> Result<(), StageError> {
        self.call(format!("kill {actor}"))?;
        self.show(actor, Shown::Killed);
        Ok(())
    }

    fn pause(&mut self, actor: ActorName) -> Result<(), StageError> {
        self.call(format!("pause {actor}"))
    }

    fn resume(&mut self, actor: ActorName) -> Result<(), StageError> {
        self.call(format!("resume {actor}"))
    }

    fn move_to(&mut self, actor: ActorName, port: Option<u16>) -> Result<(), StageError> {
        self.call(format!("move {actor} to {port:?}"))
    }

    fn jump_clock(&mut self, actor: ActorName, by: SignedDuration) -> Result<(), StageError> {
        self.call(format!("clock of {actor} {by:?}"))
    }

    fn set_disk(&mut self, actor: ActorName, disk: Disk) -> Result<bool, StageError> {
        self.call(format!("disk of {actor} {disk}"))?;
        Ok(true)
    }

    fn set_crash(
        &mut self,
        actor: ActorName,
        point: Option<CrashPoint>,
    ) -> Result<bool, StageError> {
        let point = point.map(|point| point.to_string());
        self.call(format!("crash of {actor} {}", point.unwrap_or_default()))?;
        Ok(false)
    }

    fn type_line(&mut self, actor: ActorName, typed: &str) -> Result<(), StageError> {
        self.call(format!("{actor}: {typed}"))?;
        self.show(actor, Shown::Typed(line(typed).into()));
        for (delay, actor, text) in self.answers.get(typed).cloned().unwrap_or_default() {
            self.pending.push((self.now + delay, actor, text));
        }
        Ok(())
    }

    fn advance(&mut self, duration: Duration) -> Result<(), StageError> {
        self.call(format!("advance {duration:?}"))?;
        self.show_until(self.now + duration);
        Ok(())
    }

    fn settle(&mut self) -> Result<(), StageError> {
        self.call("settle".to_owned())?;
        self.show_until(self.now);
        Ok(())
    }

    fn await_output(&mut self, deadline: Timestamp) -> Result<bool, StageError> {
        self.call("await".to_owned())?;
        let due = self.pending.iter().map(|(due, ..)| *due).min();
        let next = due.filter(|due| *due <= deadline);
        self.show_until(next.unwrap_or(deadline));
        Ok(next.is_some())
    }

    fn arm(&mut self, _fault: &Fault<ActorName>) -> Result<FaultId, StageError> {
        Ok(FaultId(0))
    }

    fn heal(&mut self, _fault: FaultId) {}

    fn fired(&self, _fault: FaultId) -> u64 {
        0
    }

    fn keep_trace(&mut self, _keeping: TraceKeeping) {}

    fn trace(&self) -> &Trace {
        &self.trace
    }

    fn now(&self) -> Timestamp {
        self.now
    }

    fn is_running(&self, actor: ActorName) -> bool {
        self.screens.contains_key(&actor)
    }

    fn holdings(&self, _actor: ActorName) -> Option<Vec<u8>> {
        None
    }

    fn screen(&self, actor: ActorName) -> &Screen {
        self.screens.get(&actor).unwrap_or(&BLANK)
    }

    fn take_record(&mut self) -> StageRecord {
        StageRecord {
            screens: std::mem::take(&mut self.screens),
            trace: std::mem::take(&mut self.trace),
        }
    }
}

fn line(text: &str) -> Line {
    Line::new(">>> ".into(), text.to_owned())
}

/// Builds a scenario with the clients c1 and c2 from actions; its text has a line for each.
pub(crate) fn scenario(actions: Vec<Action>) -> Scenario {
    let actors = [server(), client("c1"), client("c2")];
    let actors = actors.map(|name| Declaration { name, port: None, options: BTreeMap::new() });
    let steps: Vec<_> = (1..)
        .zip(actions)
        .map(|(line, action)| Step { place: place(line), action, settles: true })
        .collect();
    let text: String = steps.iter().map(|_| "- a step\n").collect();
    Scenario {
        source: Source::new("scenarios/short.yaml".into(), Arc::from(text)),
        included: Vec::new(),
        combination: Combination::default(),
        title: None,
        clock: Timestamp::default(),
        guest: &Fakes,
        actors: actors.into(),
        network: Vec::new(),
        seed: None,
        terms: Terms::default(),
        steps,
    }
}

fn place(line: usize) -> Place {
    let start = (line - 1) * "- a step\n".len() + 2;
    Place { file: 0, start, end: start + "a step".len(), line, column: 3 }
}

/// Types a line.
pub(crate) fn types(actor: &str, typed: &str) -> Action {
    Action::Type { actor: client(actor), lines: vec![typed.to_owned()] }
}

/// Expects lines on a screen; they are in line `at` of the scenario.
pub(crate) fn lines(actor: &str, at: usize, texts: &[&str]) -> Expectation {
    let pattern =
        |text: &&str| LinePattern { place: place(at), matcher: Matcher::Exact((*text).to_owned()) };
    let lines = texts.iter().map(pattern).collect();
    Expectation { actor: client(actor), lines, form: Form::InOrder, within: None }
}
