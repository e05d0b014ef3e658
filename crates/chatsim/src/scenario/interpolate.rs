//! `${name}` in the scalars of steps.

use placed_yaml::{Findings, Mistake, Node, Place, Value, offer, quoted};
use std::collections::BTreeMap;

/// The values of names.
pub(super) type Values = BTreeMap<String, String>;

const HELP: &str = "`$${` writes `${`";

/// The maximum length of a name, in characters.
pub(super) const NAME_CHARS_MAX: usize = 40;

/// Replaces names in all scalars of a tree, including keys. `$${` is the text `${`.
pub(super) fn node(node: &Node, values: &Values, findings: &mut Findings) -> Node {
    let mut put = |node: &Node| self::node(node, values, findings);
    let value = match &node.value {
        Value::Null => Value::Null,
        Value::Sequence(items) => Value::Sequence(items.iter().map(put).collect()),
        Value::Mapping(pairs) => {
            Value::Mapping(pairs.iter().map(|(key, value)| (put(key), put(value))).collect())
        }
        Value::Scalar(text) => Value::Scalar(self::text(text, node.place, values, findings)),
    };
    Node { place: node.place, value }
}

fn text(text: &str, place: Place, values: &Values, findings: &mut Findings) -> String {
    let mut whole = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        if let Some(before) = before.strip_suffix('$') {
            whole.extend([before, "${"]);
            rest = after;
            continue;
        }
        whole.push_str(before);
        let Some((name, after)) = after.split_once('}') else {
            let mistake = Mistake::new(place, "`${` is not closed by `}`");
            findings.add_spoilt(mistake.with_help(HELP));
            return whole;
        };
        match values.get(name) {
            Some(value) => whole.push_str(value),
            None => findings.add_spoilt(unknown(name, place, values)),
        }
        rest = after;
    }
    whole.push_str(rest);
    whole
}

fn unknown(name: &str, place: Place, values: &Values) -> Mistake {
    let message = format!("unknown name {}", quoted(name));
    let known: Vec<&str> = values.keys().map(String::as_str).collect();
    let names = match known.as_slice() {
        [] => "parameters and `matrix` give names".to_owned(),
        known => offer("names", name, known),
    };
    Mistake::new(place, message).with_help(format!("{names}; {HELP}"))
}

/// Reads the name of a value.
pub(super) fn name(text: &str, place: Place) -> Result<String, Mistake> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if (1..=NAME_CHARS_MAX).contains(&text.len()) && text.chars().all(is_plain) {
        return Ok(text.to_owned());
    }
    let message = format!("{} is not a name for a value", quoted(text));
    let help = format!("a name has 1 to {NAME_CHARS_MAX} of `a` to `z`, digits, `-` and `_`");
    Err(Mistake::new(place, message).with_help(help))
}
