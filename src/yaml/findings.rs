//! Reads nodes as what they should be, and gathers whatever is wrong with them.

use std::collections::BTreeMap;

use super::mistakes::{Mistake, offer, quoted};
use super::node::{Node, Value};
use super::place::{Place, Source};

/// The mistakes found so far. A file with any of them is thrown away, so whoever finds one
/// adds it and goes on with whatever is at hand.
#[derive(Debug)]
pub(crate) struct Findings {
    pub(crate) mistakes: Vec<Mistake>,
    /// All files that were read so far, the one that was begun with first.
    pub(crate) sources: Vec<Source>,
    /// Where a text could not be made out, so that nothing else is known about it.
    spoilt: Vec<Place>,
}

/// A key, its text, and its value.
#[derive(Clone, Copy)]
pub(crate) struct Entry<'n> {
    pub(crate) name: &'n str,
    pub(crate) key: &'n Node,
    pub(crate) value: &'n Node,
}

impl Findings {
    /// Begins with a file.
    pub(crate) fn new(source: Source) -> Self {
        Self { mistakes: Vec::new(), sources: vec![source], spoilt: Vec::new() }
    }

    pub(crate) fn add(&mut self, mistake: Mistake) {
        if !self.spoilt.contains(&mistake.place) {
            self.mistakes.push(mistake);
        }
    }

    /// Adds a mistake after which all others at its place mean nothing.
    pub(crate) fn add_spoilt(&mut self, mistake: Mistake) {
        let place = mistake.place;
        self.add(mistake);
        self.spoilt.push(place);
    }

    /// Keeps the good, gathers the bad.
    pub(crate) fn check<T>(&mut self, result: Result<T, Mistake>) -> Option<T> {
        result.map_err(|mistake| self.add(mistake)).ok()
    }

    /// Reads a mapping. Refuses everything else, keys that are no texts, and repeated keys.
    pub(crate) fn entries<'n>(&mut self, node: &'n Node, what: &str) -> Option<Vec<Entry<'n>>> {
        let Value::Mapping(pairs) = &node.value else {
            self.add(expected(what, node));
            return None;
        };
        let mut lines = BTreeMap::new();
        let mut entries = Vec::with_capacity(pairs.len());
        for (key, value) in pairs {
            let Some(name) = self.text(key, "a key") else {
                continue;
            };
            if let Some(&line) = lines.get(name) {
                let repeated = format!("the key {} stands here twice", quoted(name));
                let label = if line == key.place.line {
                    "it stands in this line already".to_owned()
                } else {
                    format!("it stands in line {line} already")
                };
                self.add(Mistake::new(key.place, repeated).with_label(label));
                continue;
            }
            lines.insert(name, key.place.line);
            entries.push(Entry { name, key, value });
        }
        Some(entries)
    }

    /// Reads a scalar.
    pub(crate) fn text<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n str> {
        if let Value::Scalar(text) = &node.value {
            Some(text)
        } else {
            self.add(expected(what, node));
            None
        }
    }

    /// Refuses a key that means nothing here.
    pub(crate) fn unknown_key(&mut self, entry: Entry<'_>, known: &[&str]) {
        let message = format!("unknown key {}", quoted(entry.name));
        let help = offer("known keys", entry.name, known);
        self.add(Mistake::new(entry.key.place, message).with_help(help));
    }
}

/// Says that something else should stand here.
pub(crate) fn expected(what: &str, node: &Node) -> Mistake {
    Mistake::new(node.place, format!("expected {what}, found {}", node.kind()))
}
