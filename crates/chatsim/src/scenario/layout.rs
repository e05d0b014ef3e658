//! Writes a script as the text of a file, and keeps the place of each of its parts.

use super::script::{Item, Script};
use super::write::{escaped, written};
use placed_yaml::{Node, Place, Value};

/// A text that grows, and the position of its end.
pub(super) struct Layout {
    text: String,
    /// The line of the end, from 1.
    line: usize,
    /// The column of the end in characters, from 1.
    column: usize,
}

impl Layout {
    /// Writes a script. The nodes are those that [`placed_yaml::read`] makes of the text.
    pub(super) fn of(script: &Script) -> (String, Node) {
        let capacity = 64 * (script.around.len() + script.steps.len());
        let mut layout = Self { text: String::with_capacity(capacity), line: 1, column: 1 };
        let root = layout.script(script);
        (layout.text, root)
    }

    fn script(&mut self, Script { around, steps }: &Script) -> Node {
        let start = self.here();
        let mut pairs = Vec::with_capacity(around.len() + 1);
        for (key, value) in around {
            pairs.push(self.pair(key, value));
            self.end_line();
        }
        let key = self.key("steps");
        let steps = self.steps(steps);
        let place = self.block(start, steps.place.end);
        pairs.push((key, steps));
        self.end_line();
        Node { place, value: Value::Mapping(pairs) }
    }

    fn steps(&mut self, steps: &[Item]) -> Node {
        // Where nothing follows, YAML sees a value of no length before the colon.
        let mut start = self.here();
        self.push(":");
        let mut nodes = Vec::with_capacity(steps.len());
        for step in steps {
            self.end_line();
            self.push("  ");
            if nodes.is_empty() {
                start = self.here();
            }
            self.push("- ");
            nodes.push(self.step(step));
        }
        match nodes.last() {
            None => Node { place: start, value: Value::Null },
            Some(last) => {
                Node { place: self.block(start, last.place.end), value: Value::Sequence(nodes) }
            }
        }
    }

    /// Writes a step, with a line for each key.
    fn step(&mut self, step: &Item) -> Node {
        let pairs = match step {
            Item::Map(pairs) if !pairs.is_empty() => pairs,
            Item::Nothing | Item::Text(_) | Item::List(_) | Item::Map(_) => return self.flow(step),
        };
        let start = self.here();
        let mut nodes = Vec::with_capacity(pairs.len());
        for (key, value) in pairs {
            if !nodes.is_empty() {
                self.end_line();
                self.push("    ");
            }
            nodes.push(self.pair(key, value));
        }
        Node { place: self.block(start, self.text.len()), value: Value::Mapping(nodes) }
    }

    /// Writes an item on one line.
    fn flow(&mut self, item: &Item) -> Node {
        let start = self.here();
        let value = match item {
            Item::Nothing => {
                self.push("null");
                Value::Null
            }
            Item::Text(text) => return self.key(text),
            Item::List(items) => {
                self.push("[");
                let mut nodes = Vec::with_capacity(items.len());
                for item in items {
                    self.push(if nodes.is_empty() { "" } else { ", " });
                    nodes.push(self.flow(item));
                }
                self.push("]");
                Value::Sequence(nodes)
            }
            Item::Map(pairs) if pairs.is_empty() => {
                self.push("{}");
                Value::Mapping(Vec::new())
            }
            Item::Map(pairs) => {
                let mut nodes = Vec::with_capacity(pairs.len());
                for (key, value) in pairs {
                    self.push(if nodes.is_empty() { "{ " } else { ", " });
                    nodes.push(self.pair(key, value));
                }
                self.push(" }");
                Value::Mapping(nodes)
            }
        };
        Node { place: self.since(start), value }
    }

    fn pair(&mut self, key: &str, value: &Item) -> (Node, Node) {
        let key = self.key(key);
        self.push(": ");
        (key, self.flow(value))
    }

    /// Writes a key or another text.
    fn key(&mut self, text: &str) -> Node {
        let start = self.here();
        self.push(&written(text));
        Node { place: self.since(start), value: Value::Scalar(escaped(text)) }
    }

    /// Writes a part of a line.
    fn push(&mut self, part: &str) {
        debug_assert!(!part.contains('\n'), "{part:?} is on one line");
        self.text.push_str(part);
        self.column += part.chars().count();
    }

    fn end_line(&mut self) {
        self.text.push('\n');
        self.line += 1;
        self.column = 1;
    }

    /// Returns the place of nothing at the end.
    const fn here(&self) -> Place {
        let at = self.text.len();
        Place { file: 0, start: at, end: at, line: self.line, column: self.column }
    }

    const fn since(&self, start: Place) -> Place {
        Place { end: self.text.len(), ..start }
    }

    /// Returns the place of a list or mapping that is written without brackets, up to the end of
    /// its last part: if that is on another line, the place of its first word.
    fn block(&self, start: Place, end: usize) -> Place {
        let written = self.text.get(start.start..end).unwrap_or_default();
        if !written.contains('\n') {
            return Place { end, ..start };
        }
        let first_word = written.find(char::is_whitespace).unwrap_or(written.len());
        Place { end: start.start + first_word, ..start }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn assert_nodes_are_those_of_the_text(script: &Script) {
        let (text, root) = Layout::of(script);
        assert_eq!(placed_yaml::read(&text, 0).unwrap(), root, "{text}");
    }

    fn items() -> impl Strategy<Value = Item> {
        let texts = prop_oneof![
            "[a-z ${}:#,'\"-]{0,8}",
            any::<String>(),
            "[0-9]{1,3}",
            Just("true".to_owned())
        ];
        let leaf = prop_oneof![Just(Item::Nothing), texts.prop_map(Item::Text)];
        leaf.prop_recursive(3, 12, 3, |item| {
            prop_oneof![
                prop::collection::vec(item.clone(), 0..3).prop_map(Item::List),
                prop::collection::vec((".{0,6}", item), 0..3).prop_map(Item::Map),
            ]
        })
    }

    proptest! {
        #[test]
        fn nodes_are_those_of_the_written_text(
            around in prop::collection::vec(("[a-z ]{1,6}|\\PC{0,3}", items()), 0..3),
            steps in prop::collection::vec(items(), 0..4),
        ) {
            assert_nodes_are_those_of_the_text(&Script { around, steps });
        }
    }
}
