//! Expected and forbidden lines.

use std::time::Duration;

use super::What;
use super::ending::Ending;
use super::expect::{is_shown, matches, position};
use super::recording::{Sometimes, Wanted};
use super::steps::StepRunner;
use crate::network::Aim;
use crate::scenario::{ActorName, Expectation, Form, LinePattern, Occurrence, Place};
use crate::stage::{EventView, StageError};
use machine::Timestamp;

/// The time limits of an expectation.
#[derive(Clone, Copy)]
struct Wait {
    started_at: Timestamp,
    deadline: Timestamp,
}

impl StepRunner<'_> {
    pub(super) fn expect(&mut self, expectations: &[Expectation]) -> Result<(), Ending> {
        let started_at = self.stage.now();
        for expectation in expectations {
            let deadline = self.deadline(self.patience.wait(expectation.within));
            let wait = Wait { started_at, deadline };
            let Expectation { actor, lines, form, .. } = expectation;
            match form {
                Form::InOrder => {
                    for pattern in lines {
                        self.expect_all(*actor, std::slice::from_ref(pattern), wait)?;
                    }
                }
                Form::AnyOrder => self.expect_all(*actor, lines, wait)?,
                Form::Exactly(count) => {
                    for pattern in lines {
                        self.expect_exactly(*actor, pattern, *count, wait)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Waits until each pattern has a line of its own.
    fn expect_all(
        &mut self,
        actor: ActorName,
        patterns: &[LinePattern],
        wait: Wait,
    ) -> Result<(), Ending> {
        loop {
            let unmatched = self.cursors.unmatched(actor, self.stage.screen(actor));
            let missing = match matches(unmatched, patterns) {
                Ok(len) => {
                    self.cursors.advance(actor, len);
                    return Ok(());
                }
                Err(missing) => missing,
            };
            if self.goes_on(wait)? {
                continue;
            }
            let screen = self.stage.screen(actor);
            let unmatched = self.cursors.unmatched(actor, screen);
            let matched = screen.iter().take(self.cursors.matched(actor));
            let earlier = matched.filter(|entry| is_shown(entry, &missing.matcher)).last();
            let what = What::ExpectationUnmet {
                actor,
                pattern: missing.clone(),
                earlier: earlier.map(|entry| entry.at),
                unmatched: unmatched.collect(),
                waited: self.stage.now().since(wait.started_at),
            };
            return Err(Ending::unmet(missing.place, what));
        }
    }

    /// Waits until a line was shown often enough, settles, and counts.
    fn expect_exactly(
        &mut self,
        actor: ActorName,
        pattern: &LinePattern,
        count: u32,
        wait: Wait,
    ) -> Result<(), Ending> {
        let wanted = usize::try_from(count).unwrap_or(usize::MAX);
        while self.found(actor, pattern).len() < wanted {
            if !self.goes_on(wait)? {
                break;
            }
        }
        self.stage.settle()?;
        let found = self.found(actor, pattern);
        if found.len() == wanted {
            self.cursors.advance(actor, found.last().map_or(0, |last| last + 1));
            return Ok(());
        }
        let unmatched = self.cursors.unmatched(actor, self.stage.screen(actor));
        let what = What::CountDiffers {
            actor,
            pattern: pattern.clone(),
            expected: wanted,
            found: found.len(),
            unmatched: unmatched.collect(),
        };
        Err(Ending::unmet(pattern.place, what))
    }

    /// Returns the indices of the matching lines after those already matched.
    fn found(&self, actor: ActorName, pattern: &LinePattern) -> Vec<usize> {
        let unmatched = self.cursors.unmatched(actor, self.stage.screen(actor)).enumerate();
        let shown = unmatched.filter(|(_, entry)| is_shown(entry, &pattern.matcher));
        shown.map(|(index, _)| index).collect()
    }

    /// Waits for more output; returns whether there is some.
    fn goes_on(&mut self, wait: Wait) -> Result<bool, StageError> {
        Ok(self.stage.now() < wait.deadline && self.stage.await_output(wait.deadline)?)
    }

    pub(super) fn never(
        &mut self,
        forbidden: &[Expectation],
        watch: Duration,
    ) -> Result<(), Ending> {
        self.refuse_forbidden(forbidden)?;
        if watch > Duration::ZERO {
            self.advance(watch)?;
            self.refuse_forbidden(forbidden)?;
        }
        Ok(())
    }

    /// Notes what has happened so far. Nothing is noted about packets where they are not seen.
    pub(super) fn note_sometimes(&mut self, wanted: &[Occurrence], place: Place) {
        let place = (place.file, place.line);
        for occurrence in wanted {
            let (what, has_happened) = match occurrence {
                Occurrence::Shown { actor, line: LinePattern { matcher, .. } } => {
                    let screen = self.stage.screen(*actor);
                    let line = matcher.as_written().into_owned();
                    let what = Wanted::Shown { actor: *actor, line };
                    (what, position(screen.iter(), matcher).is_some())
                }
                Occurrence::Sent { .. } if !self.stage.reports_facts() => continue,
                Occurrence::Sent { link, aims } => {
                    let packet = aims.iter().find_map(|aim| aim.packet);
                    let packet = packet.map_or("", |packet| packet.name);
                    (Wanted::Sent { link: link.clone(), packet }, self.was_sent(aims))
                }
            };
            self.sometimes.push(Sometimes { place, what, has_happened });
        }
    }

    /// Returns whether a datagram was sent that matches one of these.
    fn was_sent(&self, aims: &[Aim<ActorName>]) -> bool {
        let guest = self.scenario.guest;
        let is_meant =
            |wanted: Option<ActorName>, end: Option<ActorName>| wanted.is_none() || wanted == end;
        self.stage.trace().views(0).any(|entry| {
            let EventView::Sent { from, to, bytes, .. } = entry.event else { return false };
            let mut meant = aims
                .iter()
                .filter(|aim| is_meant(aim.from, Some(from)) && is_meant(aim.to, to))
                .peekable();
            // Decoding takes most of the time.
            meant.peek().is_some() && {
                let packets = guest.packets(bytes);
                meant.any(|aim| aim.packet.is_none_or(|packet| packets.contains(&packet)))
            }
        })
    }

    fn refuse_forbidden(&self, forbidden: &[Expectation]) -> Result<(), Ending> {
        for expectation in forbidden {
            let actor = expectation.actor;
            let screen = self.stage.screen(actor);
            for pattern in &expectation.lines {
                let Some(found) = position(screen.iter(), &pattern.matcher) else {
                    continue;
                };
                let what = What::Forbidden {
                    actor,
                    pattern: pattern.clone(),
                    shown: screen.iter().take(found + 1).collect(),
                };
                return Err(Ending::unmet(pattern.place, what));
            }
        }
        Ok(())
    }
}
