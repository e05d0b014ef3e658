//! The operations of a scenario on the simulated stage.

use std::collections::BTreeSet;
use std::mem::take;
use std::time::Duration;

use jiff::SignedDuration;

use super::{BACKGROUND_MAX, Program, SETTLING_MAX, Simulated, Waiting, address};
use crate::network::{Fault, FaultId};
use crate::scenario::{ActorName, CrashPoint, Disk};
use crate::stage::actors;
use crate::stage::{
    BLANK, Change, Screen, Shown, Stage, StageError, StageRecord, Trace, TraceKeeping,
};
use machine::{Address, Completions, Records, Timestamp};

impl Stage for Simulated {
    fn start(&mut self, actor: ActorName) -> Result<(), StageError> {
        let index = self.index(actor)?;
        if self.is_running(actor) {
            return Err(StageError::AlreadyRunning(actor));
        }
        let Some(place) = self.places.get_mut(index) else {
            return Err(StageError::NotRunning(actor));
        };
        let now = place.clock.shown(self.now);
        let mut made = actors::build(&self.scenario, actor, &self.addresses, self.seed, now);
        self.seed = self.seed.wrapping_add(1);
        if let Some(mark) = place.disk.mark() {
            made.restore_mark(mark);
        }
        for (key, value) in place.disk.records().iter() {
            made.restore(key, value)
                .map_err(|error| StageError::Environment(format!("`{actor}`: {error}")))?;
        }
        place.program = Some(Program { actor: made, paused: None, timer: None, is_busy: false });
        self.change(index, Change::Started);
        self.show(index, Shown::Started);
        self.handle(index, |actor, now| actor.start(now));
        Ok(())
    }

    fn stop(&mut self, actor: ActorName) -> Result<(), StageError> {
        let (index, _) = self.running(actor)?;
        self.show(index, Shown::Interrupted);
        self.hand_in(index, Waiting::Interrupt);
        Ok(())
    }

    fn kill(&mut self, actor: ActorName) -> Result<(), StageError> {
        let (index, _) = self.running(actor)?;
        self.end(index, Shown::Killed);
        Ok(())
    }

    fn pause(&mut self, actor: ActorName) -> Result<(), StageError> {
        let (index, program) = self.running(actor)?;
        if program.paused.is_some() {
            return Err(StageError::AlreadyPaused(actor));
        }
        program.paused = Some(Vec::new());
        if let Some(timer) = program.timer.take() {
            self.timers.remove(&(timer, index));
        }
        self.change(index, Change::Paused);
        self.note_state(index);
        Ok(())
    }

    fn resume(&mut self, actor: ActorName) -> Result<(), StageError> {
        let (index, program) = self.running(actor)?;
        let waiting = program.paused.take().ok_or(StageError::NotPaused(actor))?;
        self.change(index, Change::Resumed);
        for input in waiting {
            self.hand_in(index, input);
        }
        self.note_state(index);
        Ok(())
    }

    fn move_to(&mut self, actor: ActorName, port: Option<u16>) -> Result<(), StageError> {
        let (index, program) = self.running(actor)?;
        if let Some(waiting) = &mut program.paused {
            waiting.retain(|input| !matches!(input, Waiting::Datagram(_)));
        }
        let fixed = port.map(|port| address(0, port));
        let new = fixed.unwrap_or_else(|| self.free_address(actor));
        if self.by_address.contains_key(&new) {
            return Err(StageError::PortTaken(new.port()));
        }
        let Some(place) = self.places.get_mut(index) else { return Ok(()) };
        let old = std::mem::replace(&mut place.address, new);
        self.taken.insert(new);
        self.addresses.insert(actor, new);
        let id = place.id;
        self.by_address.remove(&old);
        self.by_address.insert(new, (index, id));
        self.wire.move_actor(old, new);
        self.change(index, Change::Moved(new.port()));
        Ok(())
    }

    fn jump_clock(&mut self, actor: ActorName, by: SignedDuration) -> Result<(), StageError> {
        let index = self.index(actor)?;
        if let Some(place) = self.places.get_mut(index) {
            place.clock.jump(by, self.now);
        }
        self.change(index, Change::ClockJumped(by));
        self.hand_in(index, Waiting::Tick);
        Ok(())
    }

    fn set_disk(&mut self, actor: ActorName, disk: Disk) -> Result<bool, StageError> {
        let index = self.index(actor)?;
        let place = self.places.get_mut(index);
        let was_met = place.is_none_or(|place| place.disk.set(disk));
        self.change(index, Change::Disk(disk));
        Ok(was_met)
    }

    fn set_crash(
        &mut self,
        actor: ActorName,
        point: Option<CrashPoint>,
    ) -> Result<bool, StageError> {
        let index = self.index(actor)?;
        let place = self.places.get_mut(index);
        Ok(place.is_none_or(|place| place.disk.set_crash(point)))
    }

    fn type_line(&mut self, actor: ActorName, line: &str) -> Result<(), StageError> {
        let (index, program) = self.running(actor)?;
        let prompt = program.actor.prompt();
        let typed = self.lines.share_text(prompt, line);
        self.show(index, Shown::Typed(typed.clone()));
        self.hand_in(index, Waiting::Line(typed));
        Ok(())
    }

    fn advance(&mut self, duration: Duration) -> Result<(), StageError> {
        let until = self.now + duration;
        self.run_until(until, |_| false)?;
        self.now = self.now.max(until);
        Ok(())
    }

    fn settle(&mut self) -> Result<(), StageError> {
        let until = self.now + SETTLING_MAX;
        let mut idle_since = None;
        let is_settled = |stage: &Self| {
            if stage.busy > 0 {
                idle_since = None;
                return false;
            }
            let is_quiet = stage.wire.in_flight() == 0 && stage.commits.is_empty();
            let since = *idle_since.get_or_insert(stage.now);
            is_quiet || stage.now.since(since) >= BACKGROUND_MAX
        };
        if self.run_until(until, is_settled)? { Ok(()) } else { Err(self.unsettled()) }
    }

    fn await_output(&mut self, deadline: Timestamp) -> Result<bool, StageError> {
        let before = self.shown;
        let is_shown = self.run_until(deadline, |stage| stage.shown > before)?;
        if !is_shown {
            self.now = self.now.max(deadline);
        }
        Ok(is_shown)
    }

    fn arm(&mut self, fault: &Fault<ActorName>) -> Result<FaultId, StageError> {
        let fault = fault.try_map(|end| {
            let place = self.places.get(self.index(*end)?);
            place.map(|place| place.address).ok_or(StageError::NotRunning(*end))
        })?;
        Ok(self.wire.arm(fault))
    }

    fn heal(&mut self, fault: FaultId) {
        self.wire.heal(fault, self.now);
    }

    fn fired(&self, fault: FaultId) -> u64 {
        self.wire.fired(fault)
    }

    fn keep_trace(&mut self, keeping: TraceKeeping) {
        self.wire.trace().keep(keeping);
    }

    fn trace(&self) -> &Trace {
        self.wire.traced()
    }

    fn now(&self) -> Timestamp {
        self.now
    }

    fn ports(&self) -> BTreeSet<u16> {
        self.taken.iter().map(|address| address.port()).collect()
    }

    fn is_running(&self, actor: ActorName) -> bool {
        let place = self.by_name.get(&actor).and_then(|index| self.places.get(*index));
        place.is_some_and(|place| place.program.is_some())
    }

    fn holdings(&self, actor: ActorName) -> Option<Vec<u8>> {
        let place = self.places.get(*self.by_name.get(&actor)?)?;
        place.program.as_ref().map(|program| program.actor.holdings())
    }

    fn address(&self, actor: ActorName) -> Option<Address> {
        self.addresses.get(&actor).copied()
    }

    fn stored(&self, actor: ActorName) -> Option<&Records> {
        let place = self.places.get(*self.by_name.get(&actor)?)?;
        Some(place.disk.records())
    }

    fn screen(&self, actor: ActorName) -> &Screen {
        let place = self.by_name.get(&actor).and_then(|index| self.places.get(*index));
        place.map_or(&BLANK, |place| &place.screen)
    }

    fn completions(&mut self, actor: ActorName, line: &str) -> Completions {
        let program = self.running(actor).map(|(_, program)| program.actor.completions(line));
        program.unwrap_or_default()
    }

    fn take_record(&mut self) -> StageRecord {
        let screens = self.places.iter_mut().map(|place| (place.name, take(&mut place.screen)));
        StageRecord { screens: screens.collect(), trace: self.wire.trace().take() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{parse, server};
    use placed_yaml::Source;

    #[test]
    fn only_who_runs_is_paused_and_only_who_is_paused_resumes() {
        let source = Source::new("a.yaml".into(), "chatsim: 1\nsteps: [settle]\n".into());
        let mut stage = Simulated::new(&parse(&source).unwrap()[0], 0);
        assert_eq!(stage.pause(server()), Err(StageError::NotRunning(server())));
        stage.start(server()).unwrap();
        assert_eq!(stage.resume(server()), Err(StageError::NotPaused(server())));
        stage.pause(server()).unwrap();
        assert_eq!(stage.pause(server()), Err(StageError::AlreadyPaused(server())));
        stage.resume(server()).unwrap();
        assert_eq!(stage.resume(server()), Err(StageError::NotPaused(server())));
    }
}
