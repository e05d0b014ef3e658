//! Reads nodes as what they should be, and gathers whatever is wrong with them.

use std::collections::BTreeMap;

use crate::{Mistake, offer, quoted};
use crate::{Node, Value};
use crate::{Place, Source};

/// The mistakes found so far. A file with any of them is rejected as a whole, so a reader that
/// finds one adds it and continues.
#[derive(Debug)]
pub struct Findings {
    /// The mistakes, in the order in which they were found.
    pub mistakes: Vec<Mistake>,
    /// All files that were read so far, in that order.
    pub sources: Vec<Source>,
    /// Places about which no further mistake is reported.
    spoilt: Vec<Place>,
}

/// A key, its text, and its value.
#[derive(Clone, Copy)]
pub struct Entry<'n> {
    /// The text of the key.
    pub name: &'n str,
    /// The key.
    pub key: &'n Node,
    /// The value.
    pub value: &'n Node,
}

impl Findings {
    /// Starts with a file, and no mistakes.
    pub fn new(source: Source) -> Self {
        Self { mistakes: Vec::new(), sources: vec![source], spoilt: Vec::new() }
    }

    /// Adds a mistake.
    pub fn add(&mut self, mistake: Mistake) {
        if !self.spoilt.contains(&mistake.place) {
            self.mistakes.push(mistake);
        }
    }

    /// Adds a mistake, and ignores all others at its place from now on.
    pub fn add_spoilt(&mut self, mistake: Mistake) {
        let place = mistake.place;
        self.add(mistake);
        self.spoilt.push(place);
    }

    /// Returns the value of a result, or adds its mistake.
    pub fn check<T>(&mut self, result: Result<T, Mistake>) -> Option<T> {
        result.map_err(|mistake| self.add(mistake)).ok()
    }

    /// Returns the entries of a mapping. Anything else is a mistake, which says that `what` was
    /// expected; so are keys that are not scalars, and repeated keys.
    pub fn entries<'n>(&mut self, node: &'n Node, what: &str) -> Option<Vec<Entry<'n>>> {
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
                let repeated = format!("duplicate key {}", quoted(name));
                let label = if line == key.place.line {
                    "first used in this line".to_owned()
                } else {
                    format!("first used in line {line}")
                };
                self.add(Mistake::new(key.place, repeated).with_label(label));
                continue;
            }
            lines.insert(name, key.place.line);
            entries.push(Entry { name, key, value });
        }
        Some(entries)
    }

    /// Returns the text of a scalar. Anything else is a mistake, which says that `what` was
    /// expected.
    pub fn text<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n str> {
        if let Value::Scalar(text) = &node.value {
            Some(text)
        } else {
            self.add(expected(what, node));
            None
        }
    }

    /// Adds the mistake of a key that is not among `known`.
    pub fn unknown_key(&mut self, entry: Entry<'_>, known: &[&str]) {
        let message = format!("unknown key {}", quoted(entry.name));
        let help = offer("known keys", entry.name, known);
        self.add(Mistake::new(entry.key.place, message).with_help(help));
    }
}

/// Makes the mistake of a node where something else was expected.
pub fn expected(what: &str, node: &Node) -> Mistake {
    Mistake::new(node.place, format!("expected {what}, found {}", node.kind()))
}
