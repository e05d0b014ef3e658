//! The promises of the nodes, and their checker.

use std::collections::BTreeMap;

use chatsim::scenario::{ActorName, Scenario};
use chatsim::stage::{EventView, Stage, TraceEntry, TraceEvent};
use chatsim::{Broken, Checker, Promise};

use crate::fact::{Fact, What};
use crate::packet::{Kind, Packet};

/// At most one node is elected in each term ("election safety" in the paper).
const ONE_LEADER: Promise =
    Promise::always("one_leader", "never do two nodes lead in the same term");

/// A node votes for at most one candidate in a term, even if it is restarted in between.
const ONE_VOTE: Promise =
    Promise::always("one_vote", "no node votes for two candidates in one term");

/// All running nodes are in the same term, and know the same leader.
const LEADER_KNOWN: Promise =
    Promise::when_quiet("leader_known", "one node leads, and all others know it");

pub(crate) const ALL: [Promise; 3] = [ONE_LEADER, ONE_VOTE, LEADER_KNOWN];

/// The maximum number of lines that explain a breach: the latest.
const WAY_LINES_MAX: usize = 40;

/// Checks the promises by what nodes state and send in one run.
#[derive(Debug, Default)]
pub(crate) struct ElectionChecker {
    /// The number of entries of the trace that were read.
    seen: usize,
    /// The node that was elected in each term, the first one.
    leaders: BTreeMap<u64, ActorName>,
    /// The node that each one has voted for in each term, the first one.
    votes: BTreeMap<(u64, ActorName), ActorName>,
    /// The breach that was found, with its term.
    findings: Vec<(Promise, u64, String)>,
}

impl ElectionChecker {
    fn learn(&mut self, event: EventView<'_, ActorName>) {
        match event {
            EventView::Fact(actor, bytes) => {
                if let Some(Fact { what: What::Leads, term }) = Fact::decode(bytes) {
                    self.learn_leader(actor, term);
                }
            }
            EventView::Sent { from, to: Some(to), bytes, .. } => match Packet::decode(bytes) {
                Some(Packet { kind: Kind::Vote, term }) => self.learn_vote(from, to, term),
                // A candidate has voted for itself.
                Some(Packet { kind: Kind::RequestVote, term }) => self.learn_vote(from, from, term),
                Some(_) | None => {}
            },
            EventView::Sent { to: None, .. }
            | EventView::Arrived { .. }
            | EventView::Missed { .. }
            | EventView::Timer(_)
            | EventView::Program(..) => {}
        }
    }

    fn learn_leader(&mut self, leader: ActorName, term: u64) {
        let first = *self.leaders.entry(term).or_insert(leader);
        if first != leader {
            let reason = format!("`{first}` and `{leader}` both lead in term {term}");
            self.findings.push((ONE_LEADER, term, reason));
        }
    }

    fn learn_vote(&mut self, voter: ActorName, candidate: ActorName, term: u64) {
        let first = *self.votes.entry((term, voter)).or_insert(candidate);
        if first != candidate {
            let reason = format!("`{voter}` votes for `{first}` and `{candidate}` in term {term}");
            self.findings.push((ONE_VOTE, term, reason));
        }
    }
}

impl Checker for ElectionChecker {
    fn check(
        &mut self,
        promises: &[Promise],
        scenario: &Scenario,
        stage: &dyn Stage,
    ) -> Result<(), Broken> {
        stage.trace().views(self.seen).for_each(|entry| self.learn(entry.event));
        self.seen = stage.trace().len();
        for promise in promises {
            if *promise == LEADER_KNOWN {
                leader_known(scenario, stage)?;
            } else if let Some((promise, term, reason)) =
                self.findings.iter().find(|(broken, ..)| broken == promise)
            {
                let way = way(*term, scenario, stage);
                return Err(Broken { promise: *promise, reason: reason.clone(), way });
            }
        }
        Ok(())
    }
}

/// Compares the state of the running nodes: a term, and the name of its leader.
fn leader_known(scenario: &Scenario, stage: &dyn Stage) -> Result<(), Broken> {
    let broken = |reason| Err(Broken { promise: LEADER_KNOWN, reason, way: Vec::new() });
    let mut first: Option<(ActorName, String)> = None;
    for actor in scenario.actors.iter().map(|declared| declared.name) {
        let Some(holdings) = stage.holdings(actor) else { continue };
        let known = String::from_utf8_lossy(&holdings).into_owned();
        if !known.contains(' ') {
            return broken(format!("`{actor}` knows no leader in term {known}"));
        }
        match &first {
            Some((other, others)) if *others != known => {
                return broken(format!("`{actor}` is in term `{known}`, `{other}` in `{others}`"));
            }
            Some(_) => {}
            None => first = Some((actor, known)),
        }
    }
    Ok(())
}

/// Describes what nodes did in a term, and the events of their programs.
fn way(term: u64, scenario: &Scenario, stage: &dyn Stage) -> Vec<String> {
    let is_part = |event: &TraceEvent| match event {
        TraceEvent::Fact(_, fact) => {
            Fact::decode(fact.bytes()).is_some_and(|fact| fact.term == term)
        }
        TraceEvent::Sent { bytes, .. } => match Packet::decode(bytes) {
            Some(Packet { kind: Kind::RequestVote | Kind::Vote, term: of }) => of == term,
            Some(_) | None => false,
        },
        TraceEvent::Program(..) => true,
        TraceEvent::Arrived { .. } | TraceEvent::Missed { .. } | TraceEvent::Timer(_) => false,
    };
    let line = |TraceEntry { at, event }: TraceEntry| {
        let after = at.since(scenario.clock).as_secs_f64();
        format!("{after:>12.6} s  {}", event.describe(scenario.guest))
    };
    let mut lines: Vec<_> =
        stage.trace().iter().filter(|entry| is_part(&entry.event)).map(line).collect();
    lines.drain(..lines.len().saturating_sub(WAY_LINES_MAX));
    lines
}
