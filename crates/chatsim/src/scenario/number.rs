//! Whole numbers and truth values.

use placed_yaml::{Findings, Mistake, Node, Value, expected, quoted};
use std::ops::RangeInclusive;

/// Reads a whole number within a range; `what` describes it.
pub(super) fn read(
    node: &Node,
    what: &str,
    range: &RangeInclusive<u32>,
    findings: &mut Findings,
) -> Option<u32> {
    let text = findings.text(node, what)?;
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.parse::<u32>().ok().filter(|number| is_plain && range.contains(number));
    if number.is_none() {
        let message = format!("{} is not {what}", quoted(text));
        let help = format!("write a whole number from {} to {}", range.start(), range.end());
        findings.add(Mistake::new(node.place, message).with_help(help));
    }
    number
}

/// Reads `true` or `false`.
pub(super) fn truth(node: &Node, findings: &mut Findings) -> Option<bool> {
    match &node.value {
        Value::Scalar(text) if text == "true" => Some(true),
        Value::Scalar(text) if text == "false" => Some(false),
        Value::Scalar(text) => {
            let message = format!("{} is neither `true` nor `false`", quoted(text));
            findings.add(Mistake::new(node.place, message));
            None
        }
        Value::Null | Value::Sequence(_) | Value::Mapping(_) => {
            findings.add(expected("`true` or `false`", node));
            None
        }
    }
}
