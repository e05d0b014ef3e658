//! Runs the steps of one scenario.

use std::time::Duration;

use super::ending::Ending;
use super::expect::Cursors;
use super::faults::ArmedFaults;
use super::recording::{Milestones, Sometimes};
use super::transcript::Screens;
use super::{Event, Failure, Recording, StepRecord, Trouble, Verdict, What};
use crate::Checker;
use crate::scenario::{
    Action, ActorName, CrashPoint, Disk, ExpectedFailure, Nested, Place, Scenario, Step,
};
use crate::stage::{Stage, StageError, TraceKeeping};
use machine::Timestamp;

/// How long a run waits for expected lines.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Patience {
    /// The wait for a line without `within`, in the stage's time.
    pub usual: Duration,
    /// Multiplies every wait: more than 1 on a slow machine. Not negative.
    pub factor: f64,
}

impl Patience {
    /// The patience in virtual time: a line that is missing after settling will never come.
    pub const SIMULATED: Self = Self { usual: Duration::ZERO, factor: 1.0 };

    /// Returns the patience in real time: 5 s for each line, multiplied by `factor`.
    pub const fn real(factor: f64) -> Self {
        Self { usual: Duration::from_secs(5), factor }
    }

    pub(super) fn wait(&self, within: Option<Duration>) -> Duration {
        let seconds = within.unwrap_or(self.usual).as_secs_f64() * self.factor;
        Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
    }
}

/// The result of running a scenario's steps.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// How it ended.
    pub verdict: Verdict,
    /// The text of the snapshot: the screens at the end, and those that `snapshot` steps kept.
    pub screens: String,
    /// The record of the run, without the trace and the screens, which the stage has.
    pub recording: Recording,
}

/// Runs a scenario to its end, or to the first step that fails. The stage is left in that state.
pub fn run_scenario(
    scenario: &Scenario,
    stage: &mut dyn Stage,
    patience: Patience,
    events: &mut dyn FnMut(Event<'_>),
) -> Outcome {
    if Step::all_in(&scenario.steps).any(|step| step.action.needs_trace()) {
        stage.keep_trace(TraceKeeping::Everything);
    }
    let began = stage.now();
    let mut runner = StepRunner::new(scenario, stage, patience, events);
    let ended = runner.run_scenario(scenario);
    let StepRunner { stage, faults, steps, screens, unchecked, sometimes, .. } = runner;
    let verdict = as_expected(scenario, ended.err().unwrap_or(Verdict::Passed));
    let (ended, faults) = (stage.now(), faults.into_records());
    let recording =
        Recording { began, ended, steps, unchecked, sometimes, faults, ..Recording::default() };
    Outcome { verdict, screens: screens.text(stage), recording }
}

/// The progress of a scenario that is run step by step.
#[derive(Default)]
pub(super) struct Progress {
    /// How far each screen has been matched.
    pub(super) cursors: Cursors,
    faults: ArmedFaults,
}

impl Progress {
    /// Begins a scenario on a stage where nothing was run.
    ///
    /// # Errors
    ///
    /// The scenario cannot begin; the verdict says why.
    pub(super) fn begin(scenario: &Scenario, stage: &mut dyn Stage) -> Result<Self, Verdict> {
        let mut progress = Self::default();
        let armed = progress.faults.arm_network(stage, &scenario.network);
        armed.map_err(|(error, place)| Ending::from(error).verdict(place))?;
        Ok(progress)
    }
}

/// Runs one more step. `check` steps need a stage that keeps its whole trace.
///
/// # Errors
///
/// The scenario ends with this step; the verdict says how.
pub(super) fn run_next(
    scenario: &Scenario,
    step: &Step,
    stage: &mut dyn Stage,
    patience: Patience,
    progress: &mut Progress,
) -> Result<(), Verdict> {
    let mut no_events = |_: Event<'_>| ();
    let mut runner = StepRunner::new(scenario, stage, patience, &mut no_events);
    let Progress { cursors, faults } = std::mem::take(progress);
    (runner.cursors, runner.faults) = (cursors, faults);
    let result = runner.run_step(step, true);
    let StepRunner { cursors, faults, .. } = runner;
    *progress = Progress { cursors, faults };
    result
}

/// Inverts failure and success if the scenario is declared as a known failure.
fn as_expected(scenario: &Scenario, verdict: Verdict) -> Verdict {
    let Some(ExpectedFailure { place, reason, line }) = scenario.terms.xfail.clone() else {
        return verdict;
    };
    match verdict {
        Verdict::Passed => {
            let what = What::PassedUnexpectedly { reason };
            Verdict::Failed(Box::new(Failure { place: Some(place), what }))
        }
        Verdict::Failed(failure) if failure.what.is_expected(line.as_ref()) => {
            Verdict::FailedAsExpected { reason, failure }
        }
        Verdict::Failed(_)
        | Verdict::FailedAsExpected { .. }
        | Verdict::Skipped { .. }
        | Verdict::Environment(_)
        | Verdict::Unknown(_) => verdict,
    }
}

/// Runs steps one after the other.
pub(super) struct StepRunner<'a> {
    pub(super) scenario: &'a Scenario,
    pub(super) stage: &'a mut dyn Stage,
    pub(super) patience: Patience,
    pub(super) cursors: Cursors,
    faults: ArmedFaults,
    /// The deadline of the whole scenario, and the timeout.
    timeout: Option<(Timestamp, Duration)>,
    steps: Vec<StepRecord>,
    milestones: Milestones,
    /// The number of `check` steps that were passed over.
    unchecked: usize,
    pub(super) sometimes: Vec<Sometimes>,
    /// Created by the first check.
    checker: Option<Box<dyn Checker>>,
    screens: Screens<'a>,
    events: &'a mut dyn FnMut(Event<'_>),
}

impl<'a> StepRunner<'a> {
    fn new(
        scenario: &'a Scenario,
        stage: &'a mut dyn Stage,
        patience: Patience,
        events: &'a mut dyn FnMut(Event<'_>),
    ) -> Self {
        let timeout = scenario.terms.timeout.map(|timeout| (stage.now() + timeout, timeout));
        let screens = Screens::new(scenario);
        let (cursors, faults) = (Cursors::default(), ArmedFaults::default());
        let (steps, milestones) = (Vec::new(), Milestones::default());
        Self {
            scenario,
            stage,
            patience,
            cursors,
            faults,
            timeout,
            steps,
            milestones,
            unchecked: 0,
            sometimes: Vec::new(),
            checker: None,
            screens,
            events,
        }
    }

    fn run_scenario(&mut self, scenario: &Scenario) -> Result<(), Verdict> {
        let armed = self.faults.arm_network(self.stage, &scenario.network);
        armed.map_err(|(error, place)| Ending::from(error).verdict(place))?;
        self.run_all(&scenario.steps, true)?;
        self.end()
    }

    /// Runs steps in order; `settles == false` disables settling for all of them.
    fn run_all(&mut self, steps: &[Step], settles: bool) -> Result<(), Verdict> {
        steps.iter().try_for_each(|step| self.run_step(step, settles))
    }

    fn run_step(&mut self, step: &Step, settles: bool) -> Result<(), Verdict> {
        let settles = settles && step.settles;
        match step.action.nested() {
            Some(Nested::Sequence { times, steps }) => {
                (0..times).try_for_each(|_| self.run_all(steps, settles))
            }
            Some(Nested::Parallel(branches)) => {
                for step in interleaved(branches) {
                    self.run_step(step, false)?;
                }
                self.settle(settles).map_err(|error| Ending::from(error).verdict(step.place))
            }
            None => {
                let before = self.milestones.reached(self.screens.actors(), self.stage);
                let began = self.stage.now();
                let acted = self.act(&step.action, step.place, settles);
                let ended = self.stage.now();
                self.steps.push(StepRecord { place: step.place, before, began, ended });
                self.refuse_overtime(step.place)?;
                acted.map_err(|ending| ending.verdict(step.place))
            }
        }
    }

    /// Ends a scenario that exceeds its timeout.
    fn refuse_overtime(&self, place: Place) -> Result<(), Verdict> {
        match self.timeout {
            Some((deadline, timeout)) if self.stage.now() > deadline => {
                let reason = format!("the scenario exceeded its `timeout` of {timeout:?}");
                Err(Verdict::Unknown(Trouble { place: Some(place), reason }))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Returns the last moment up to which a step may wait: just after the timeout.
    fn end_of_waiting(&self) -> Option<Timestamp> {
        self.timeout.map(|(deadline, _)| deadline + Duration::from_micros(1))
    }

    /// Lets time pass, but not after the timeout.
    pub(super) fn advance(&mut self, duration: Duration) -> Result<(), StageError> {
        let now = self.stage.now();
        let left = self.end_of_waiting().map_or(Duration::MAX, |end| end.since(now));
        self.stage.advance(duration.min(left))
    }

    /// Returns when a wait that begins now ends.
    pub(super) fn deadline(&self, wait: Duration) -> Timestamp {
        let deadline = self.stage.now() + wait;
        self.end_of_waiting().map_or(deadline, |end| deadline.min(end))
    }

    /// Performs a step without nested steps, and settles.
    fn act(&mut self, action: &Action, place: Place, mut settles: bool) -> Result<(), Ending> {
        match action {
            Action::Start(actors) => self.start(actors, settles)?,
            Action::Stop(actors) => self.each(actors, settles, |stage, &name| stage.stop(name))?,
            Action::Kill(actors) => self.kill(actors)?,
            Action::Restart { actors, after } => {
                self.kill(actors)?;
                self.advance(*after)?;
                self.start(actors, settles)?;
            }
            Action::Pause(actors) => self.each(actors, false, |stage, &name| stage.pause(name))?,
            Action::Resume(actors) => {
                self.each(actors, false, |stage, &name| stage.resume(name))?;
            }
            Action::Move(moves) => {
                self.each(moves, false, |stage, (actor, port)| stage.move_to(*actor, *port))?;
            }
            Action::Clock(jumps) => {
                self.each(jumps, false, |stage, (actor, by)| stage.jump_clock(*actor, *by))?;
            }
            Action::Disk(disks) => self.set_disks(disks, place)?,
            Action::Crash(points) => self.set_crashes(points, place)?,
            Action::Type { actor, lines } => {
                self.each(lines, settles, |stage, line| stage.type_line(*actor, line))?;
            }
            Action::Expect(expectations) => self.expect(expectations)?,
            Action::Never { forbidden, watch } => self.never(forbidden, *watch)?,
            Action::Sometimes(wanted) => {
                self.note_sometimes(wanted, place);
                settles = false;
            }
            Action::Fault { name, fault } => {
                self.faults.arm(self.stage, name.as_ref(), fault, place)?;
            }
            Action::Heal(names) => {
                let healed = self.faults.heal(self.stage, names);
                self.refuse_idle(healed.err())?;
            }
            Action::Advance(duration) => self.advance(*duration)?,
            Action::Settle => settles = true,
            Action::Check(_) if !self.stage.reports_facts() => self.unchecked += 1,
            Action::Check(promises) => {
                self.settle(settles)?;
                let checker = self.checker.get_or_insert_with(|| self.scenario.guest.checker());
                let kept = checker.check(promises, self.scenario, self.stage);
                kept.map_err(|broken| Ending::unmet(place, What::PromiseBroken(Box::new(broken))))?;
                settles = false;
            }
            Action::Note(text) => {
                (self.events)(Event::Noted { text });
                settles = false;
            }
            Action::Snapshot(name) => {
                self.screens.keep(name, self.stage);
                settles = false;
            }
            // Their nested steps act.
            Action::Repeat { .. } | Action::Parallel(_) | Action::Include(_) => settles = false,
        }
        Ok(self.settle(settles)?)
    }

    fn set_disks(&mut self, disks: &[(ActorName, Disk)], place: Place) -> Result<(), Ending> {
        disks.iter().try_for_each(|disk| {
            let idle = self.faults.set_disk(self.stage, *disk, place)?;
            self.refuse_idle(idle)
        })
    }

    fn set_crashes(
        &mut self,
        points: &[(ActorName, CrashPoint)],
        place: Place,
    ) -> Result<(), Ending> {
        points.iter().try_for_each(|point| {
            let idle = self.faults.set_crash(self.stage, *point, place)?;
            self.refuse_idle(idle)
        })
    }

    /// Ends the remaining faults after all steps.
    fn end(&mut self) -> Result<(), Verdict> {
        let healed = self.faults.heal(self.stage, &[]);
        let refused = |place| self.refuse_idle(Some(place)).map_err(|ending| ending.verdict(place));
        healed.or_else(refused)
    }

    /// Fails a scenario with a fault that hit nothing, unless it is lenient.
    fn refuse_idle(&self, idle: Option<Place>) -> Result<(), Ending> {
        match idle {
            Some(place) if !self.scenario.terms.is_lenient => {
                Err(Ending::unmet(place, What::FaultNeverFired))
            }
            Some(_) | None => Ok(()),
        }
    }

    fn settle(&mut self, settles: bool) -> Result<(), StageError> {
        if settles { self.stage.settle() } else { Ok(()) }
    }

    fn start(&mut self, actors: &[ActorName], settles: bool) -> Result<(), StageError> {
        self.each(actors, settles, |stage, &name| stage.start(name))
    }

    fn kill(&mut self, actors: &[ActorName]) -> Result<(), StageError> {
        self.each(actors, false, |stage, &name| stage.kill(name))
    }

    /// Applies `act` to each item, settling in between if asked to. In a lenient scenario, refused
    /// items are skipped.
    fn each<T>(
        &mut self,
        items: &[T],
        settles: bool,
        act: impl Fn(&mut dyn Stage, &T) -> Result<(), StageError>,
    ) -> Result<(), StageError> {
        for (index, item) in items.iter().enumerate() {
            self.settle(settles && index > 0)?;
            match act(self.stage, item) {
                Err(error) if self.scenario.terms.is_lenient && error.is_refusal() => {}
                done => done?,
            }
        }
        Ok(())
    }
}

/// Interleaves branches: the first step of each, the second of each, and so on. Nested steps count
/// as steps of their own.
fn interleaved(branches: &[Vec<Step>]) -> Vec<&Step> {
    let mut branches: Vec<_> = branches.iter().map(|steps| flat(steps).into_iter()).collect();
    let mut steps = Vec::new();
    loop {
        let before = steps.len();
        steps.extend(branches.iter_mut().filter_map(Iterator::next));
        if steps.len() == before {
            return steps;
        }
    }
}

fn flat(steps: &[Step]) -> Vec<&Step> {
    let mut all = Vec::with_capacity(steps.len());
    for step in steps {
        match step.action.nested() {
            Some(Nested::Sequence { times, steps }) => {
                let steps = flat(steps);
                all.extend((0..times).flat_map(|_| steps.iter().copied()));
            }
            Some(Nested::Parallel(branches)) => all.extend(interleaved(branches)),
            None => all.push(step),
        }
    }
    all
}
