//! Scenarios as trees that can be built, changed and written.

use std::fmt::Write as _;

use super::interpolate::{self, Values};
use super::layout::Layout;
use super::load::parse_nodes;
use super::model::Scenario;
use crate::Guest;
use placed_yaml::{self as yaml, Findings, Mistakes, Node, Source, Value};

/// A piece of a scenario's text.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Item {
    /// No value.
    Nothing,
    /// A word, a number or a text.
    Text(String),
    /// A list.
    List(Vec<Self>),
    /// Keys and their values, in this order.
    Map(Vec<(String, Self)>),
}

/// The text of a scenario file as a tree, without comments and places. Its written form is parsed
/// like any file.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Script {
    /// The keys around the steps, in their order.
    pub around: Vec<(String, Item)>,
    /// The steps.
    pub steps: Vec<Item>,
}

impl Item {
    /// Makes a text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// Makes a list of texts.
    pub fn texts<T: ToString>(texts: impl IntoIterator<Item = T>) -> Self {
        Self::List(texts.into_iter().map(|text| Self::Text(text.to_string())).collect())
    }

    /// Makes a mapping.
    pub fn map<K: Into<String>>(pairs: impl IntoIterator<Item = (K, Self)>) -> Self {
        Self::Map(pairs.into_iter().map(|(key, value)| (key.into(), value)).collect())
    }

    /// Makes a step of one key.
    pub fn step(key: impl Into<String>, value: Self) -> Self {
        Self::Map(vec![(key.into(), value)])
    }

    fn of(node: &Node) -> Self {
        match &node.value {
            Value::Null => Self::Nothing,
            Value::Scalar(text) => Self::Text(text.clone()),
            Value::Sequence(items) => Self::List(items.iter().map(Self::of).collect()),
            Value::Mapping(pairs) => {
                let pair = |(key, value): &(Node, Node)| (key_text(key), Self::of(value));
                Self::Map(pairs.iter().map(pair).collect())
            }
        }
    }
}

/// A key that is not a text is refused by the parser.
fn key_text(key: &Node) -> String {
    match &key.value {
        Value::Scalar(text) => text.clone(),
        Value::Null | Value::Sequence(_) | Value::Mapping(_) => String::new(),
    }
}

impl Script {
    /// Parses the text of a scenario again: with the values of its combination, and without a
    /// matrix. Included files are not resolved.
    ///
    /// # Errors
    ///
    /// The text is not YAML; the text of a parsed scenario always is.
    pub fn of(scenario: &Scenario) -> Result<Self, Mistakes> {
        let mut findings = Findings::new(scenario.source.clone());
        let root = yaml::read(&scenario.source.text, 0);
        let root = findings.check(root);
        let mut script = Self::default();
        if let Some(Value::Mapping(pairs)) = root.map(|root| root.value) {
            for (key, value) in &pairs {
                match key_text(key).as_str() {
                    "matrix" => {}
                    "steps" => {
                        let values: Values = scenario.combination.pairs().iter().cloned().collect();
                        let steps = interpolate::node(value, &values, &mut findings);
                        script.steps = steps.items().iter().map(Item::of).collect();
                    }
                    key => script.around.push((key.to_owned(), Item::of(value))),
                }
            }
        }
        let Findings { sources, mistakes, .. } = findings;
        if mistakes.is_empty() { Ok(script) } else { Err(Mistakes::new(sources, mistakes)) }
    }

    /// Returns the value of a key beside the steps.
    pub fn get(&self, key: &str) -> Option<&Item> {
        self.around.iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// Sets the value of a key beside the steps.
    pub fn set(&mut self, key: &str, value: Item) {
        match self.around.iter_mut().find(|(name, _)| name == key) {
            Some((_, there)) => *there = value,
            None => self.around.push((key.to_owned(), value)),
        }
    }

    /// Removes a key beside the steps.
    pub fn remove(&mut self, key: &str) {
        self.around.retain(|(name, _)| name != key);
    }

    /// Formats it as the text of a file.
    pub fn write(&self) -> String {
        Layout::of(self).0
    }

    /// Formats it as the text of a file, and parses that text. Its nodes are known, so that the
    /// text is not read as YAML again.
    ///
    /// # Errors
    ///
    /// All errors of the text.
    pub fn scenario(&self, path: &str, guest: &'static dyn Guest) -> Result<Scenario, Mistakes> {
        let (text, root) = Layout::of(self);
        let source = Source::new(path.into(), text.into());
        let mut scenarios = parse_nodes(&source, root, guest)?.into_iter();
        // A valid text holds at least one scenario.
        Ok(scenarios.next().unwrap_or_else(|| unreachable!("a file holds a scenario")))
    }
}

/// Formats a duration for scenarios, in the largest unit that gives a whole number.
pub fn written_duration(micros: u64) -> String {
    let units = [("h", 3_600_000_000), ("m", 60_000_000), ("s", 1_000_000), ("ms", 1_000)];
    let fitting = units.into_iter().find(|(_, unit)| micros > 0 && micros.is_multiple_of(*unit));
    let (unit, len) = fitting.unwrap_or(("us", 1));
    let mut text = String::new();
    write!(text, "{}{unit}", micros / len).unwrap_or_default();
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Source;
    use crate::testing::parse;

    fn scenarios(text: &str) -> Vec<Scenario> {
        parse(&Source::new("a.yaml".into(), text.into())).unwrap()
    }

    #[test]
    fn a_file_is_written_as_it_says() {
        let text = "chatsim: 1\ntitle: \"a: b\"\nclients: { c1: { port: 3000 }, c2: null }\n\
                    lenient: true\nsteps:\n  - start: [server, c1]\n  - c1: \"send c2 a: $${b}\"\n    \
                    settle: none\n  - heal\n  - heal: null\n  \
                    - fault: { drop: c1 -> c2, nth: 2 }\n";
        let script = Script::of(&scenarios(text)[0]).unwrap();
        assert_eq!(script.write(), text);
    }

    #[test]
    fn a_combination_is_written_without_its_matrix() {
        let text = "chatsim: 1\nclients: [c1]\nmatrix: { way: [kill, stop] }\nsteps:\n  \
                    - start: c1\n  - ${way}: c1\n";
        let script = Script::of(&scenarios(text)[1]).unwrap();
        let expected = "chatsim: 1\nclients: [c1]\nsteps:\n  - start: c1\n  - stop: c1\n";
        assert_eq!(script.write(), expected);
    }

    #[test]
    fn durations_are_short() {
        let written = [0, 7, 1_500, 20_000, 3_000_000, 120_000_000, 7_200_000_000];
        let expected = ["0us", "7us", "1500us", "20ms", "3s", "2m", "2h"];
        assert_eq!(written.map(written_duration), expected);
    }
}
