//! From the tree to the scenario: the steps.
//!
//! A [`Reader`] reads them. Its methods for some verbs are in files of their own: nested steps in
//! `blocks` and `include`, ports and clocks in `shifts`, disks in `disk`. These files import this
//! one, and it calls their methods, because a step may contain any other.

use std::time::Duration;

use super::cast::Cast;
use super::faults::FaultReader;
use super::model::{Action, ActorName, Expectation, Step};
use super::occurrences;
use super::patterns::{self, Purpose};
use super::source::Includes;
use super::step_count::{STEPS_MAX, step_count, too_many};
use super::verb::{Verb, verbs};
use crate::Promise;
use placed_yaml::{Entry, Findings, Mistake, Node, Value, duration, expected, offer, quoted};

const STEP_HELP: &str =
    "a step is one key and its value, like `start: server` or `c1: list_groups`";

/// Reads the list of steps.
pub(super) fn read(
    node: &Node,
    cast: &Cast,
    includes: Includes,
    findings: &mut Findings,
) -> Vec<Step> {
    let mut reader = Reader { cast, includes, findings, faults: FaultReader::default() };
    let steps = reader.steps(node);
    if step_count(&steps) > STEPS_MAX {
        reader.findings.add(too_many(node.place));
    }
    steps
}

/// Reads steps that name the actors of a cast.
pub(super) struct Reader<'a> {
    pub(super) cast: &'a Cast,
    pub(super) includes: Includes,
    pub(super) findings: &'a mut Findings,
    /// The faults so far, of this file and the others.
    pub(super) faults: FaultReader,
}

impl Reader<'_> {
    /// Reads a list of steps, at least one.
    pub(super) fn steps(&mut self, node: &Node) -> Vec<Step> {
        let Value::Sequence(nodes) = &node.value else {
            let mistake = expected("a list of steps", node);
            self.findings.add(mistake.with_help("begin each step with `- `"));
            return Vec::new();
        };
        if nodes.is_empty() {
            self.findings.add(Mistake::new(node.place, "at least one step is needed here"));
        }
        nodes.iter().filter_map(|node| self.step(node)).collect()
    }

    /// Reads a step.
    pub(super) fn step(&mut self, node: &Node) -> Option<Step> {
        if let Value::Scalar(name) = &node.value
            && Verb::named(name).is_some_and(Verb::needs_no_value)
        {
            // `- heal` needs no value.
            let nothing = Node { place: node.place, value: Value::Null };
            let action = self.action(Entry { name, key: node, value: &nothing })?;
            return Some(Step { place: node.place, action, settles: true });
        }
        if !matches!(node.value, Value::Mapping(_)) {
            self.findings.add(expected("a step", node).with_help(STEP_HELP));
            return None;
        }
        let mut entries = self.findings.entries(node, "a step")?;
        let settles = match entries.iter().position(|entry| entry.name == "settle") {
            Some(at) if entries.len() > 1 => self.settles(entries.remove(at)),
            Some(_) | None => true,
        };
        let mut entries = entries.into_iter();
        let Some(entry) = entries.next() else {
            self.findings.add(Mistake::new(node.place, "the step is empty").with_help(STEP_HELP));
            return None;
        };
        for second in entries {
            self.second_key(entry, second);
        }
        Some(Step { place: entry.key.place, action: self.action(entry)?, settles })
    }

    /// Reads the `settle: none` beside a step.
    fn settles(&mut self, entry: Entry<'_>) -> bool {
        if entry.value.value != Value::Scalar("none".to_owned()) {
            let message = "only `settle: none` can stand next to a step";
            let help = "every step settles by itself, unless it says `settle: none`";
            self.findings.add(Mistake::new(entry.value.place, message).with_help(help));
        }
        false
    }

    fn second_key(&mut self, first: Entry<'_>, second: Entry<'_>) {
        let name = quoted(second.name);
        let message = format!("a step does one thing: {name} is a second one");
        let help = match second.name {
            "within" | "for" | "after" => {
                format!("{name} is inside the value of {}", quoted(first.name))
            }
            _ => format!("begin a step of its own with `- `: `- {}: ...`", second.name),
        };
        self.findings.add(Mistake::new(second.key.place, message).with_help(help));
    }

    fn action(&mut self, entry: Entry<'_>) -> Option<Action> {
        let Entry { name, value, .. } = entry;
        let Some(verb) = Verb::named(name) else {
            return self.typing(entry);
        };
        let action = match verb {
            Verb::Start => Action::Start(self.actors(value)),
            Verb::Stop => Action::Stop(self.actors(value)),
            Verb::Kill => Action::Kill(self.actors(value)),
            Verb::Pause => Action::Pause(self.actors(value)),
            Verb::Resume => Action::Resume(self.actors(value)),
            Verb::Restart => self.restart(value),
            Verb::Move => self.moves(value),
            Verb::Clock => self.clocks(value)?,
            Verb::Disk => self.disks(value)?,
            Verb::Crash => self.crashes(value)?,
            Verb::Expect => {
                let (mut expectations, within) = self.expectations(value, Purpose::Expect);
                for expectation in &mut expectations {
                    expectation.within = within;
                }
                Action::Expect(expectations)
            }
            Verb::Never => {
                let (forbidden, watch) = self.expectations(value, Purpose::Never);
                Action::Never { forbidden, watch: watch.unwrap_or_default() }
            }
            Verb::Sometimes => {
                Action::Sometimes(occurrences::occurrences(value, self.cast, self.findings))
            }
            Verb::Advance => Action::Advance(self.duration(value)?),
            Verb::Settle => self.settle(value),
            Verb::Check => Action::Check(self.promises(value)),
            Verb::Fault => self.faults.fault(value, self.cast, self.findings)?,
            Verb::Heal => self.faults.heal(value, self.findings)?,
            Verb::Note => Action::Note(self.findings.text(value, "a sentence")?.to_owned()),
            Verb::Snapshot => self.snapshot(value)?,
            Verb::Repeat => self.repeat(value)?,
            Verb::Parallel => self.parallel(value)?,
            Verb::Include => self.include(value)?,
        };
        Some(action)
    }

    fn typing(&mut self, entry: Entry<'_>) -> Option<Action> {
        let Entry { name, key, value } = entry;
        if !self.cast.knows(name) {
            let title = self.cast.title();
            let message = format!("unknown verb or {title} {}", quoted(name));
            let verbs = verbs().map(|verb| -> &str { verb });
            let known: Vec<&str> = verbs.chain(self.cast.names_of_many()).collect();
            let help = offer(&format!("verbs and {title}s"), name, &known);
            self.findings.add(Mistake::new(key.place, message).with_help(help));
            return None;
        }
        let actor = self.cast.actor(name, key, self.findings)?;
        if value.items().is_empty() {
            self.findings.add(Mistake::new(value.place, "the list holds no line to type"));
        }
        let lines = value.items().iter();
        let lines = lines.filter_map(|node| Some(patterns::line(node, self.findings)?.to_owned()));
        Some(Action::Type { actor, lines: lines.collect() })
    }

    fn actors(&mut self, node: &Node) -> Vec<ActorName> {
        self.cast.actors(node, self.findings)
    }

    fn expectations(
        &mut self,
        node: &Node,
        purpose: Purpose,
    ) -> (Vec<Expectation>, Option<Duration>) {
        patterns::expectations(node, purpose, self.cast, self.findings)
    }

    fn duration(&mut self, node: &Node) -> Option<Duration> {
        duration::read(node, self.findings)
    }

    /// Reads `server`, `[c1, c2]` or `{ actor: server, after: 2s }`.
    fn restart(&mut self, node: &Node) -> Action {
        let mut after = Duration::ZERO;
        let actors = if matches!(node.value, Value::Mapping(_)) {
            let mut actors = None;
            for entry in self.findings.entries(node, "").unwrap_or_default() {
                match entry.name {
                    "actor" => actors = Some(self.actors(entry.value)),
                    "after" => after = self.duration(entry.value).unwrap_or_default(),
                    _ => self.findings.unknown_key(entry, &["actor", "after"]),
                }
            }
            if actors.is_none() {
                let help = "write it like `{ actor: server, after: 2s }`";
                let mistake = Mistake::new(node.place, "the key `actor` is missing");
                self.findings.add(mistake.with_help(help));
            }
            actors.unwrap_or_default()
        } else {
            self.actors(node)
        };
        Action::Restart { actors, after }
    }

    /// Reads `all`, the name of a promise, or a list of names.
    fn promises(&mut self, node: &Node) -> Vec<Promise> {
        let known = self.cast.guest().promises();
        let names: Vec<_> = known.iter().map(|promise| promise.name).collect();
        if known.is_empty() {
            let mistake = Mistake::new(node.place, "these programs make no promises to check");
            self.findings.add(mistake.with_help("expect lines on their screens instead"));
            return Vec::new();
        }
        if node.items().is_empty() {
            let mistake = Mistake::new(node.place, "the list names no promise");
            self.findings.add(mistake.with_help("`check: all` checks all of them"));
        }
        let mut promises = Vec::new();
        for node in node.items() {
            let Some(text) = self.findings.text(node, "the name of a promise") else {
                continue;
            };
            if text == "all" {
                promises.extend(known.iter().filter(|promise| promise.is_always));
                continue;
            }
            let promise = known.iter().find(|promise| promise.name == text);
            if promise.is_none() {
                let mistake = Mistake::new(node.place, format!("unknown promise {}", quoted(text)));
                self.findings.add(mistake.with_help(offer("promises", text, &names)));
            }
            promises.extend(promise);
        }
        promises
    }

    /// Reads the value of `settle` where it is the step itself.
    fn settle(&mut self, node: &Node) -> Action {
        let mistake = match &node.value {
            Value::Null => None,
            Value::Scalar(text) if text == "now" => None,
            Value::Scalar(text) if text == "none" => {
                let mistake = Mistake::new(node.place, "`settle: none` has no step next to it");
                Some(mistake.with_help("write it under the key of the step that it belongs to"))
            }
            Value::Scalar(_) | Value::Sequence(_) | Value::Mapping(_) => {
                Some(expected("`now` or nothing", node))
            }
        };
        self.findings.mistakes.extend(mistake);
        Action::Settle
    }
}
