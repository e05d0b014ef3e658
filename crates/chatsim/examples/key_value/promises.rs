//! The promises of the store, and their checker.

use std::collections::BTreeMap;

use chatsim::machine::Name;
use chatsim::scenario::{ActorName, Scenario};
use chatsim::stage::{EventView, Stage, TraceEntry, TraceEvent};
use chatsim::{Broken, Checker, Promise};

use crate::fact::Fact;
use crate::packet::{Packet, RequestId, Versioned};
use crate::{guest, server};

/// The server has every value that was reported to a client, or a later one of the same key.
const NOTHING_LOST: Promise =
    Promise::always("nothing_lost", "what was acknowledged is never lost");

/// A client that asks for a value learns the newest one that any client knew of when it asked, or a
/// later one.
const NO_STALE_READS: Promise =
    Promise::always("no_stale_reads", "a read never returns less than was known before it");

/// Every request is answered.
const ALL_ANSWERED: Promise = Promise::when_quiet("all_answered", "every request is answered");

pub(crate) const ALL: [Promise; 3] = [NOTHING_LOST, NO_STALE_READS, ALL_ANSWERED];

/// The maximum number of lines that explain a breach: the latest.
const WAY_LINES_MAX: usize = 24;

/// Checks the promises by the facts of one run.
#[derive(Debug, Default)]
pub(crate) struct KeyValueChecker {
    /// The number of entries of the trace that were read.
    seen: usize,
    /// The newest value of each key that was reported to a client, and that client.
    newest: BTreeMap<Name, (Versioned, ActorName)>,
    /// The newest version of its key that was reported to any client when each request was typed.
    known: BTreeMap<RequestId, u64>,
    /// The breaches found in the history.
    findings: Vec<Finding>,
}

#[derive(Clone, Debug)]
struct Finding {
    promise: Promise,
    key: Name,
    reason: String,
}

impl KeyValueChecker {
    fn learn(&mut self, actor: ActorName, fact: Fact) {
        match fact {
            Fact::Stores { .. } => {}
            Fact::Asks { id, key } => {
                let known = self.newest.get(&key).map_or(0, |(value, _)| value.version);
                self.known.insert(id, known);
            }
            Fact::Acknowledged { key, value } => self.learn_value(actor, key, value),
            Fact::Reads { id, key, value } => {
                let known = self.known.get(&id).copied().unwrap_or_default();
                let version = value.map_or(0, |value| value.version);
                if version < known {
                    let reason = format!(
                        "`{actor}` has read version {version} of `{key}`, and version {known} \
                         was known before it asked"
                    );
                    self.findings.push(Finding { promise: NO_STALE_READS, key, reason });
                }
                if let Some(value) = value {
                    self.learn_value(actor, key, value);
                }
            }
        }
    }

    fn learn_value(&mut self, actor: ActorName, key: Name, value: Versioned) {
        match self.newest.get(&key) {
            Some((newest, _)) if newest.version > value.version => {}
            Some((newest, other)) if newest.version == value.version => {
                if newest.value != value.value {
                    let reason = format!(
                        "version {} of `{key}` is `{}` for `{other}`, and `{}` for `{actor}`",
                        value.version, newest.value, value.value
                    );
                    self.findings.push(Finding { promise: NOTHING_LOST, key, reason });
                }
            }
            Some(_) | None => drop(self.newest.insert(key, (value, actor))),
        }
    }

    fn nothing_lost(&self, scenario: &Scenario, stage: &dyn Stage) -> Result<(), Finding> {
        let server = scenario.actors.iter().find(|it| it.name.role() == guest::SERVER);
        let Some(server) = server.map(|it| it.name) else { return Ok(()) };
        // A running server answers from its memory; one that is down will start from its disk.
        let values = if stage.is_running(server) {
            stage.holdings(server).map(|holdings| server::held(&holdings))
        } else {
            stage.stored(server).map(server::stored)
        };
        // On a stage whose disks cannot be read, the server is trusted.
        let Some(values) = values else { return Ok(()) };
        for (key, (told, actor)) in &self.newest {
            let has = values.get(key);
            if has.is_none_or(|has| has.version < told.version) {
                let version = has.map_or(0, |has| has.version);
                let reason = format!(
                    "`{actor}` was told of version {} of `{key}`, and the server has version \
                     {version}",
                    told.version
                );
                return Err(Finding { promise: NOTHING_LOST, key: *key, reason });
            }
            if let Some(has) = has.filter(|has| has.version == told.version && *has != told) {
                let reason = format!(
                    "version {} of `{key}` is `{}` for `{actor}`, and `{}` for the server",
                    told.version, told.value, has.value
                );
                return Err(Finding { promise: NOTHING_LOST, key: *key, reason });
            }
        }
        Ok(())
    }
}

impl Checker for KeyValueChecker {
    fn check(
        &mut self,
        promises: &[Promise],
        scenario: &Scenario,
        stage: &dyn Stage,
    ) -> Result<(), Broken> {
        for entry in stage.trace().views(self.seen) {
            if let EventView::Fact(actor, bytes) = entry.event
                && let Some(fact) = Fact::decode(bytes)
            {
                self.learn(actor, fact);
            }
        }
        self.seen = stage.trace().len();
        for promise in promises {
            if *promise == ALL_ANSWERED {
                all_answered(scenario, stage)?;
                continue;
            }
            let mut found = self.findings.iter().find(|it| it.promise == *promise).cloned();
            if *promise == NOTHING_LOST {
                found = found.or_else(|| self.nothing_lost(scenario, stage).err());
            }
            if let Some(Finding { promise, key, reason }) = found {
                return Err(Broken { promise, reason, way: way(key, scenario, stage) });
            }
        }
        Ok(())
    }
}

fn all_answered(scenario: &Scenario, stage: &dyn Stage) -> Result<(), Broken> {
    let clients = scenario.actors.iter().filter(|it| it.name.role() == guest::CLIENT);
    for client in clients.map(|it| it.name) {
        let waits_for = stage.holdings(client).unwrap_or_default();
        if !waits_for.is_empty() {
            let id = String::from_utf8_lossy(&waits_for);
            let reason = format!("`{client}` waits for the answer to `{id}`");
            return Err(Broken { promise: ALL_ANSWERED, reason, way: Vec::new() });
        }
    }
    Ok(())
}

/// Describes the events of a key, and of the server.
fn way(key: Name, scenario: &Scenario, stage: &dyn Stage) -> Vec<String> {
    let is_part = |event: &TraceEvent| match event {
        TraceEvent::Fact(_, fact) => {
            Fact::decode(fact.bytes()).is_some_and(|fact| fact.key() == key)
        }
        TraceEvent::Sent { bytes, .. } => match Packet::decode(bytes) {
            Some(Packet::Put { key: of, .. } | Packet::Get { key: of, .. }) => of == key,
            Some(Packet::Stored { .. } | Packet::Value { .. }) | None => false,
        },
        TraceEvent::Program(actor, _) => actor.role() == guest::SERVER,
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
