//! A scenario that is written while it runs, line by line: a prompt without its terminal.
//!
//! A session is the list of its steps. The stage only follows: after `undo`, or after a step that
//! failed, the remaining steps are run again on a new stage.
//!
//! A typed line becomes the YAML of a step (`scenario/shorthand.rs`) and is parsed like any file:
//! errors look alike, `save` writes what was run, and a new verb needs no change here. Observed
//! output becomes an expectation after each step that has settled, except for lines that a step of
//! the user expects. A saved scenario has passed on the simulated stage.
//!
//! `complete` and `save` implement two of the tasks of a [`Session`].

mod blank;
mod complete;
mod reply;
mod request;
mod save;

use std::ops::Range;
use std::path::PathBuf;
use std::time::Duration;

use super::expect::position;
use super::steps::{Progress, run_next};
use super::transcript::{actors, transcript};
use super::{Patience, StageBuilder, Trouble, Verdict};
use crate::Guest;
use crate::scenario::{Action, ActorName, Form, Nested, Scenario, Step};
use crate::stage::{Entries, ScreenEntry, Shown, Stage, TraceKeeping};
use machine::Timestamp;

pub use complete::Completion;
pub use reply::{Proof, Refusal, Reply, Saved, Seen, Sight};
pub use request::{RequestSpec, requests};

use request::Request;

/// The stages of a session.
#[derive(Clone, Copy)]
pub struct Stages<'a> {
    /// Builds the stage on which the session runs.
    pub stage: &'a StageBuilder<'a>,
    /// How long an `expect` waits on it.
    pub patience: Patience,
    /// Builds the simulated stage, on which a saved scenario has to pass.
    pub proof: &'a StageBuilder<'a>,
}

/// A scenario in the making, and the stage on which it runs.
pub struct Session<'a> {
    stages: Stages<'a>,
    scenario: Scenario,
    /// The steps of the file that the session continues.
    steps_before: usize,
    /// The lengths of the screens after these steps.
    lens_before: Vec<usize>,
    steps: Vec<Taken>,
    undone: Vec<String>,
    /// `None` only if the environment refused to build one.
    stage: Option<Box<dyn Stage>>,
    progress: Progress,
    is_tracing: bool,
}

/// A step that was typed at the prompt.
struct Taken {
    /// The step as a file contains it, on one line.
    text: String,
    /// The number of entries of each screen after it, in the order of the actors.
    lens: Vec<usize>,
    /// The entries of each screen that it expects itself.
    expected: Vec<Range<usize>>,
    /// Whether nothing was under way afterwards.
    has_settled: bool,
}

impl<'a> Session<'a> {
    /// Begins with no program running. `names` are the actors of the first role whose actors
    /// scenarios declare.
    ///
    /// # Errors
    ///
    /// The names of the actors are invalid, or the environment refuses.
    pub fn blank(
        guest: &'static dyn Guest,
        names: &[String],
        seed: Option<u64>,
        stages: Stages<'a>,
    ) -> Result<Self, Refusal> {
        let role = guest.roles().iter().position(|role| !role.is_single).unwrap_or_default();
        let actors: Vec<_> = names.iter().map(|name| (role, name.clone())).collect();
        let scenario = blank::blank(guest, &actors, seed).map_err(Refusal::mistakes)?;
        Self::open(scenario, stages).map(|(session, _)| session)
    }

    /// Begins with the steps of a scenario, and returns what happened.
    ///
    /// # Errors
    ///
    /// A step fails, or the environment refuses.
    pub fn open(scenario: Scenario, stages: Stages<'a>) -> Result<(Self, Vec<Seen>), Refusal> {
        let mut session = Self {
            stages,
            steps_before: scenario.steps.len(),
            lens_before: Vec::new(),
            scenario,
            steps: Vec::new(),
            undone: Vec::new(),
            stage: None,
            progress: Progress::default(),
            is_tracing: false,
        };
        session.replay()?;
        let seen = session.seen_since(&Mark::default());
        Ok((session, seen))
    }

    /// Returns whether a step was typed at the prompt.
    pub fn has_steps(&self) -> bool {
        !self.steps.is_empty()
    }

    /// Returns the actors, role by role, in the order of their declaration.
    pub fn actors(&self) -> impl Iterator<Item = ActorName> {
        actors(&self.scenario)
    }

    /// Handles a typed line.
    ///
    /// # Errors
    ///
    /// The line is invalid, or its step fails; nothing has changed then.
    pub fn line(&mut self, line: &str) -> Result<Reply, Refusal> {
        Ok(match Request::parse(line, self.scenario.guest)? {
            Request::Nothing => Reply::Nothing,
            Request::Step => {
                let seen = self.take(line)?;
                self.undone.clear();
                Reply::Ran(seen)
            }
            Request::Undo => self.undo()?,
            Request::Redo => self.redo()?,
            Request::Steps => Reply::Steps(self.step_texts()),
            Request::Screen(name) => {
                let actor = self.actor(name)?;
                let screen = self.stage.as_ref().map(|stage| transcript(stage.screen(actor)));
                Reply::Screen(screen.unwrap_or_default())
            }
            Request::Time => Reply::Time { now: self.now(), after: self.elapsed() },
            Request::Declare(role, name) => self.declare(role, name)?,
            Request::Trace(is_wanted) => {
                self.is_tracing = is_wanted;
                Reply::Tracing(is_wanted)
            }
            Request::Save { file, is_forced } => {
                let mut path = PathBuf::from(file);
                if path.extension().is_none() {
                    path.set_extension("yaml");
                }
                Reply::Saved(self.save(&path, is_forced)?)
            }
            Request::Help => Reply::Help,
            Request::Quit => Reply::Quit,
        })
    }

    /// Returns the steps as files contain them; for those of the file that the session continues,
    /// the first line.
    fn step_texts(&self) -> Vec<String> {
        let before = self.scenario.steps.iter().take(self.steps_before).map(|step| {
            let text = self.scenario.source_of(step.place).text.get(step.place.start..);
            text.and_then(|text| text.lines().next()).unwrap_or_default().to_owned()
        });
        before.chain(self.steps.iter().map(|taken| taken.text.clone())).collect()
    }

    /// Returns whether nothing is under way.
    fn is_settled(&self) -> bool {
        self.steps.last().is_none_or(|taken| taken.has_settled)
    }

    /// Adds a step and runs it; a step that fails is removed again.
    fn take(&mut self, line: &str) -> Result<Vec<Seen>, Refusal> {
        let mark = self.mark();
        let text = self.scenario.add_step(line).map_err(|mistakes| {
            let is_unknown = request::is_unknown(line, &self.scenario);
            Refusal::Mistakes { mistakes, is_unknown }
        })?;
        let (lens, expected) = (Vec::new(), Vec::new());
        self.steps.push(Taken { text, lens, expected, has_settled: true });
        if let Err(verdict) = self.run_step(self.scenario.steps.len() - 1) {
            let scenario = Box::new(self.scenario.clone());
            self.steps.pop();
            self.scenario.remove_last_step();
            self.replay()?;
            return Err(Refusal::Step { scenario, verdict });
        }
        let mut seen = self.seen_since(&mark);
        if let Some(Step { action: Action::Type { .. }, .. }) = self.scenario.steps.last() {
            // The user typed it and knows.
            seen.retain(|seen| !matches!(seen.what, Sight::Shown(_, Shown::Typed(_))));
        }
        Ok(seen)
    }

    fn undo(&mut self) -> Result<Reply, Refusal> {
        let Some(Taken { text: step, .. }) = self.steps.pop() else {
            let kept = if self.steps_before > 0 { ": those of the file stay" } else { "" };
            return Err(Refusal::Request(format!("there is no step to undo{kept}")));
        };
        self.scenario.remove_last_step();
        self.undone.push(step.clone());
        self.replay()?;
        Ok(Reply::Undone { step, after: self.elapsed() })
    }

    fn redo(&mut self) -> Result<Reply, Refusal> {
        let Some(step) = self.undone.pop() else {
            return Err(Refusal::Request("there is no step to redo".to_owned()));
        };
        let seen = self.take(&format!("- {step}"))?;
        Ok(Reply::Redone { step, seen })
    }

    /// Declares one more actor, and runs everything again with it.
    fn declare(&mut self, role: usize, name: &str) -> Result<Reply, Refusal> {
        let guest = self.scenario.guest;
        if self.steps_before > 0 {
            let key = guest.roles().get(role).map_or("actors", |role| role.key);
            let text = format!("the {key} are declared in the scenario file: add it there");
            return Err(Refusal::Request(text));
        }
        let mut actors = blank::declared(&self.scenario);
        actors.push((role, name.to_owned()));
        let blank = blank::blank(guest, &actors, self.scenario.seed).map_err(Refusal::mistakes)?;
        self.scenario.actors = blank.actors;
        self.replay()?;
        self.actor(name).map(Reply::Declared)
    }

    fn actor(&self, name: &str) -> Result<ActorName, Refusal> {
        let found = self.actors().find(|actor| actor.to_string() == name);
        found.ok_or_else(|| {
            let known: Vec<_> = self.actors().map(|actor| format!("`{actor}`")).collect();
            Refusal::Request(format!("there is no actor `{name}`: write {}", known.join(", ")))
        })
    }

    /// Runs all steps on a new stage.
    fn replay(&mut self) -> Result<(), Refusal> {
        // The new stage may need its ports.
        self.stage = None;
        self.progress = Progress::default();
        let seed = self.scenario.seed.unwrap_or_default();
        let mut stage = (self.stages.stage)(&self.scenario, seed)?;
        // Any step may check promises.
        stage.keep_trace(TraceKeeping::Everything);
        let begun = Progress::begin(&self.scenario, stage.as_mut());
        self.stage = Some(stage);
        let ran = begun.and_then(|begun| {
            self.progress = begun;
            (0..self.scenario.steps.len()).try_for_each(|at| self.run_step(at))
        });
        ran.map_err(|verdict| {
            let scenario = Box::new(self.scenario.clone());
            Refusal::Step { scenario, verdict }
        })
    }

    /// Runs a step of the scenario, and records the lengths of the screens after it.
    fn run_step(&mut self, at: usize) -> Result<(), Verdict> {
        let Some((stage, step)) = self.stage.as_deref_mut().zip(self.scenario.steps.get(at)) else {
            let reason = "there is no stage: `undo` tries again".to_owned();
            return Err(Verdict::Environment(Trouble { place: None, reason }));
        };
        let matched = |progress: &Progress| -> Vec<usize> {
            actors(&self.scenario).map(|actor| progress.cursors.matched(actor)).collect()
        };
        let before = matched(&self.progress);
        run_next(&self.scenario, step, stage, self.stages.patience, &mut self.progress)?;
        let firsts = actors(&self.scenario).zip(before).map(|(actor, matched)| {
            matched + first_match(step, actor, stage.screen(actor).iter_from(matched))
        });
        let expected = firsts.zip(matched(&self.progress)).map(|(first, end)| first..end).collect();
        let lens = self.mark().lens;
        let at_prompt = at.checked_sub(self.steps_before);
        let before = at_prompt.and_then(|at| self.steps.get(at.checked_sub(1)?));
        let has_settled = has_settled(step, before.is_none_or(|taken| taken.has_settled));
        match at_prompt.and_then(|at| self.steps.get_mut(at)) {
            Some(taken) => {
                (taken.lens, taken.expected, taken.has_settled) = (lens, expected, has_settled);
            }
            None => self.lens_before = lens,
        }
        Ok(())
    }

    fn now(&self) -> Timestamp {
        self.stage.as_ref().map_or(self.scenario.clock, |stage| stage.now())
    }

    fn elapsed(&self) -> Duration {
        self.now().since(self.scenario.clock)
    }

    fn mark(&self) -> Mark {
        let Some(stage) = &self.stage else {
            return Mark::default();
        };
        let lens = self.actors().map(|actor| stage.screen(actor).len()).collect();
        Mark { lens, traced: stage.trace().len() }
    }

    /// Returns what happened since a mark, in the order of time.
    fn seen_since(&self, mark: &Mark) -> Vec<Seen> {
        let Some(stage) = &self.stage else {
            return Vec::new();
        };
        let after = |at: Timestamp| at.since(self.scenario.clock);
        let guest = self.scenario.guest;
        let traced = stage.trace().iter().skip(mark.traced).map(|entry| Seen {
            after: after(entry.at),
            what: Sight::Traced(entry.event.describe(guest)),
        });
        let mut seen: Vec<Seen> = if self.is_tracing { traced.collect() } else { Vec::new() };
        for (index, actor) in self.actors().enumerate() {
            let before = mark.lens.get(index).copied().unwrap_or_default();
            let entries = stage.screen(actor).iter_from(before);
            seen.extend(entries.map(|ScreenEntry { at, shown }| {
                let what = Sight::Shown(actor, shown);
                Seen { after: after(at), what }
            }));
        }
        seen.sort_by_key(|seen| seen.after);
        seen
    }
}

/// The lengths of screens and trace.
#[derive(Default)]
struct Mark {
    /// In the order of the actors.
    lens: Vec<usize>,
    traced: usize,
}

/// Returns the number of entries before the first one that a step expects, if that is known.
fn first_match(step: &Step, actor: ActorName, screen: Entries<'_>) -> usize {
    let Action::Expect(expectations) = &step.action else {
        return 0;
    };
    let own = expectations.iter().find(|expectation| expectation.actor == actor);
    let in_order = own.filter(|own| own.form == Form::InOrder);
    let first = in_order.and_then(|own| own.lines.first());
    first.and_then(|line| position(screen, &line.matcher)).unwrap_or_default()
}

/// Returns whether nothing is under way after a step, provided that nothing was before it.
fn has_settled(step: &Step, before: bool) -> bool {
    if matches!(step.action, Action::Note(_) | Action::Snapshot(_)) {
        return before;
    }
    match step.action.nested() {
        Some(Nested::Sequence { steps, .. }) => {
            step.settles && steps.iter().fold(before, |before, step| has_settled(step, before))
        }
        Some(Nested::Parallel(_)) | None => step.settles,
    }
}
