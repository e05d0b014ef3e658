//! Walks through the steps of one scenario.

use std::time::Duration;

use super::expect::{Cursors, position};
use super::faults::ArmedFaults;
use super::{Event, Failure, Trouble, Verdict, What};
use crate::protocol::Timestamp;
use crate::scenario::{Action, ActorName, Expectation, LinePattern, Place, Scenario, Step};
use crate::stage::{Stage, StageError};

/// How long a run waits for the lines that it expects.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Patience {
    /// The wait for a line without `within`, in the stage's time.
    pub usual: Duration,
    /// Stretches every wait: more than 1 on a slow machine. Not negative.
    pub factor: f64,
}

impl Patience {
    /// The patience of virtual time: a line that is missing after settling never comes.
    pub const SIMULATED: Self = Self { usual: Duration::ZERO, factor: 1.0 };

    /// Makes the patience of real time: 5 s for each line, stretched by `factor`.
    pub const fn real(factor: f64) -> Self {
        Self { usual: Duration::from_secs(5), factor }
    }

    fn wait(&self, within: Option<Duration>) -> Duration {
        let seconds = within.unwrap_or(self.usual).as_secs_f64() * self.factor;
        Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
    }
}

/// Plays a scenario to its end, or to the first step that fails. The stage is left as it is then.
pub fn play(
    scenario: &Scenario,
    stage: &mut dyn Stage,
    patience: Patience,
    events: &mut dyn FnMut(Event<'_>),
) -> Verdict {
    let mut player =
        Player { stage, patience, cursors: Cursors::default(), faults: ArmedFaults::default() };
    for step in &scenario.steps {
        if let Action::Note(text) = &step.action {
            events(Event::Noted { text });
        }
        if let Err(ending) = player.play_step(step) {
            return ending.verdict(step.place);
        }
    }
    match player.faults.heal(player.stage, &[]) {
        Ok(()) => Verdict::Passed,
        Err(place) => Ending::unmet(place, What::FaultNeverFired).verdict(place),
    }
}

/// Why a step was the last one.
enum Ending {
    Unmet(Box<Failure>),
    Refused(StageError),
}

impl Ending {
    fn verdict(self, place: Place) -> Verdict {
        let place = Some(place);
        match self {
            Self::Unmet(failure) => Verdict::Failed(failure),
            Self::Refused(StageError::Environment(reason)) => {
                Verdict::Environment(Trouble { place, reason })
            }
            Self::Refused(StageError::Unsettled(reason)) => {
                Verdict::Unknown(Trouble { place, reason })
            }
            Self::Refused(error @ (StageError::NotRunning(_) | StageError::AlreadyRunning(_))) => {
                let reason = error.to_string();
                let what = What::StepRefused { reason };
                Verdict::Failed(Box::new(Failure { place, what }))
            }
        }
    }

    fn unmet(place: Place, what: What) -> Self {
        let place = Some(place);
        Self::Unmet(Box::new(Failure { place, what }))
    }
}

impl From<StageError> for Ending {
    fn from(error: StageError) -> Self {
        Self::Refused(error)
    }
}

struct Player<'a> {
    stage: &'a mut dyn Stage,
    patience: Patience,
    cursors: Cursors,
    faults: ArmedFaults,
}

impl Player<'_> {
    fn play_step(&mut self, step: &Step) -> Result<(), Ending> {
        let mut settles = step.settles;
        match &step.action {
            Action::Start(actors) => self.start(actors, settles)?,
            Action::Stop(actors) => self.each(actors, settles, |stage, &name| stage.stop(name))?,
            Action::Kill(actors) => self.kill(actors)?,
            Action::Restart { actors, after } => {
                self.kill(actors)?;
                self.stage.advance(*after)?;
                self.start(actors, settles)?;
            }
            Action::Pause(actors) => self.each(actors, false, |stage, &name| stage.pause(name))?,
            Action::Resume(actors) => {
                self.each(actors, false, |stage, &name| stage.resume(name))?;
            }
            Action::Type { actor, lines } => {
                self.each(lines, settles, |stage, line| stage.type_line(*actor, line))?;
            }
            Action::Expect(expectations) => self.expect(expectations)?,
            Action::Never { forbidden, watch } => self.never(forbidden, *watch)?,
            Action::Fault { name, fault } => {
                let id = self.stage.arm(fault)?;
                self.faults.add(name.clone(), id, step.place);
            }
            Action::Heal(names) => {
                let healed = self.faults.heal(self.stage, names);
                healed.map_err(|place| Ending::unmet(place, What::FaultNeverFired))?;
            }
            Action::Advance(duration) => self.stage.advance(*duration)?,
            Action::Settle => settles = true,
            Action::Note(_) => settles = false,
        }
        Ok(self.settle(settles)?)
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

    /// Does something with each item, settling in between if asked to.
    fn each<T>(
        &mut self,
        items: &[T],
        settles: bool,
        act: impl Fn(&mut dyn Stage, &T) -> Result<(), StageError>,
    ) -> Result<(), StageError> {
        for (index, item) in items.iter().enumerate() {
            self.settle(settles && index > 0)?;
            act(self.stage, item)?;
        }
        Ok(())
    }

    fn expect(&mut self, expectations: &[Expectation]) -> Result<(), Ending> {
        let started_at = self.stage.now();
        for expectation in expectations {
            let deadline = started_at + self.patience.wait(expectation.within);
            for pattern in &expectation.lines {
                self.expect_line(expectation.actor, pattern, started_at, deadline)?;
            }
        }
        Ok(())
    }

    fn expect_line(
        &mut self,
        actor: ActorName,
        pattern: &LinePattern,
        started_at: Timestamp,
        deadline: Timestamp,
    ) -> Result<(), Ending> {
        loop {
            let screen = self.stage.screen(actor);
            if self.cursors.find(actor, screen, &pattern.matcher) {
                return Ok(());
            }
            if self.stage.now() >= deadline || !self.stage.await_output(deadline)? {
                break;
            }
        }
        let unmatched = self.cursors.unmatched(actor, self.stage.screen(actor));
        let what = What::ExpectationUnmet {
            actor,
            pattern: pattern.clone(),
            unmatched: unmatched.to_vec(),
            waited: self.stage.now().since(started_at),
        };
        Err(Ending::unmet(pattern.place, what))
    }

    fn never(&mut self, forbidden: &[Expectation], watch: Duration) -> Result<(), Ending> {
        self.refuse_forbidden(forbidden)?;
        if watch > Duration::ZERO {
            self.stage.advance(watch)?;
            self.refuse_forbidden(forbidden)?;
        }
        Ok(())
    }

    fn refuse_forbidden(&self, forbidden: &[Expectation]) -> Result<(), Ending> {
        for expectation in forbidden {
            let actor = expectation.actor;
            let screen = self.stage.screen(actor);
            for pattern in &expectation.lines {
                let Some(found) = position(screen, &pattern.matcher) else {
                    continue;
                };
                let what = What::Forbidden {
                    actor,
                    pattern: pattern.clone(),
                    shown: screen.get(..=found).unwrap_or_default().to_vec(),
                };
                return Err(Ending::unmet(pattern.place, what));
            }
        }
        Ok(())
    }
}
