//! Completion with the Tab key at the prompt of a session.

use super::{Action, ActorName, Session, Step, requests};
use crate::scenario::{FAULT_SETTINGS, faults, verbs};

/// A completion of the end of a line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Completion {
    /// One of these words, which replaces everything from this byte on. A word that needs more
    /// after it ends in a blank.
    Words(usize, Vec<String>),
    /// The name of a file that begins at this byte.
    File(usize),
}

/// Faults with a value of their own; their link follows `link=`.
const WITH_VALUE: [&str; 4] = ["delay", "latency", "loss", "rate"];

/// The arrows between the ends of a link.
const ARROWS: [&str; 2] = ["->", "<->"];

impl Session<'_> {
    /// Returns the completions of the end of a line.
    pub fn complete(&mut self, typed: &str) -> Completion {
        let start = typed.len() - typed.trim_start().len();
        let rest = typed.get(start..).unwrap_or_default();
        if let Some((name, line)) = rest.split_once(": ")
            && let Ok(actor) = self.actor(name)
        {
            return self.typed_line(actor, line, typed.len() - line.len());
        }
        let Some((word, _)) = rest.split_once(' ') else {
            return Completion::Words(start, fitting(rest, self.first_words()));
        };
        if let "save" | "save!" | "include" = word {
            return Completion::File(start + word.len() + 1);
        }
        let word_at = typed.rfind([' ', ',']).map_or(0, |at| at + 1);
        let last = typed.get(word_at..).unwrap_or_default();
        let earlier = typed.get(start + word.len()..word_at).unwrap_or_default();
        if let ("fault", Some((key, _))) = (word, last.split_once('=')) {
            let values = self.setting(key).into_iter().map(|value| format!("{key}={value}"));
            return Completion::Words(word_at, fitting(last, values.collect()));
        }
        if let ("expect" | "never" | "sometimes" | "clock" | "disk" | "crash", "") =
            (word, earlier.trim())
        {
            let names = self.actors().map(|actor| format!("{actor}: "));
            return Completion::Words(word_at, fitting(last, names.collect()));
        }
        Completion::Words(word_at, fitting(last, self.arguments(word, earlier)))
    }

    /// Completes a line that is typed at a program.
    fn typed_line(&mut self, actor: ActorName, line: &str, at: usize) -> Completion {
        // A program has to run to answer, which would decide a race that was left open.
        let is_settled = self.is_settled();
        let stage = self.stage.as_mut().filter(|_| is_settled);
        let completions = stage.map(|stage| stage.completions(actor, line)).unwrap_or_default();
        let words = completions.candidates.into_iter().map(|candidate| candidate.word);
        Completion::Words(at + completions.start, words.collect())
    }

    fn first_words(&self) -> Vec<String> {
        let alone = ["heal", "settle"];
        let verbs = verbs().map(|verb| ended(verb, alone.contains(&verb)));
        let names = self.names(|_| true).map(|name| name + ": ");
        let requests = requests(self.scenario.guest);
        let requests = requests.iter().map(|spec| ended(spec.word, spec.argument.is_empty()));
        names.chain(verbs).chain(requests).collect()
    }

    fn names(&self, is_wanted: impl Fn(ActorName) -> bool) -> impl Iterator<Item = String> {
        self.actors().filter(move |actor| is_wanted(*actor)).map(|actor| actor.to_string())
    }

    /// Returns what can follow a word and the words after it.
    fn arguments(&self, word: &str, earlier: &str) -> Vec<String> {
        let is_running = |actor| self.stage.as_ref().is_some_and(|stage| stage.is_running(actor));
        let is_new = |name: &String| !earlier.split([' ', ',']).any(|before| before == name);
        match word {
            "start" => self.names(|actor| !is_running(actor)).filter(is_new).collect(),
            "move" => {
                let can_move = |actor| self.scenario.role_of(actor).can_move && is_running(actor);
                self.names(can_move).filter(is_new).collect()
            }
            "stop" | "kill" | "restart" | "pause" | "resume" => {
                self.names(is_running).filter(is_new).collect()
            }
            "screen" => self.names(|_| earlier.trim().is_empty()).collect(),
            "trace" => vec!["on".to_owned(), "off".to_owned()],
            "heal" => named_faults(&self.scenario.steps).into_iter().filter(is_new).collect(),
            "fault" => self.fault(earlier),
            "check" => {
                let promises = self.scenario.guest.promises().iter().map(|promise| promise.name);
                let names = promises.chain(["all"]).map(str::to_owned);
                names.filter(is_new).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Returns what can follow `fault` and the words after it.
    fn fault(&self, earlier: &str) -> Vec<String> {
        let words: Vec<_> = earlier.split_whitespace().collect();
        let (Some(effect), Some(last)) = (words.first(), words.last()) else {
            return faults().map(|effect| format!("{effect} ")).collect();
        };
        let has_value = WITH_VALUE.contains(effect);
        if ARROWS.contains(last) || (words.len() == 1 && !has_value) {
            return self.ends();
        }
        if words.len() == 1 {
            return Vec::new();
        }
        let is_end = if has_value { last.starts_with("link=") } else { words.len() == 2 };
        let arrows = ARROWS.iter().filter(|_| is_end).map(|arrow| format!("{arrow} "));
        let settings = FAULT_SETTINGS.iter().filter(|key| **key != "link" || has_value);
        let settings = settings.map(|key| format!("{key}="));
        let is_new = |key: &String| !words.iter().any(|word| word.starts_with(key.as_str()));
        arrows.chain(settings.filter(is_new)).collect()
    }

    /// Returns the possible ends of a link.
    fn ends(&self) -> Vec<String> {
        let ends = self.names(|_| true).chain(["all".to_owned()]);
        ends.map(|end| end + " ").collect()
    }

    fn setting(&self, key: &str) -> Vec<String> {
        match key {
            "packet" => {
                let kinds = self.scenario.guest.packet_kinds().iter();
                kinds.map(|kind| format!("{kind} ")).collect()
            }
            "link" => self.ends(),
            _ => Vec::new(),
        }
    }
}

fn ended(word: &str, is_alone: bool) -> String {
    let blank = if is_alone { "" } else { " " };
    format!("{word}{blank}")
}

fn fitting(word: &str, words: Vec<String>) -> Vec<String> {
    words.into_iter().filter(|candidate| candidate.starts_with(word)).collect()
}

/// Lists the names of the faults in steps.
fn named_faults(steps: &[Step]) -> Vec<String> {
    let names = steps.iter().filter_map(|step| {
        let Action::Fault { name, .. } = &step.action else { return None };
        name.clone()
    });
    names.collect()
}
