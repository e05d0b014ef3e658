//! From the tree to the scenario: its terms.

use std::collections::BTreeSet;

use super::model::{ExpectedFailure, Matcher, Redact, StageName, Terms};
use super::number;
use super::patterns;
use placed_yaml::{Entry, Findings, Mistake, Node, Value, duration, expected, offer, quoted};

/// The keys that are read here.
pub(super) const KEYS: [&str; 6] = ["tags", "only", "xfail", "redact", "timeout", "lenient"];

/// The maximum length of a tag, in characters.
pub(super) const TAG_CHARS_MAX: usize = 40;

/// The default replacement of redacted text.
const REDACTED: &str = "<redacted>";

const REDACT_HELP: &str = "write `/regex/`, or `{ pattern: /regex/, with: \"<x>\" }`";

const XFAIL_KEYS: [&str; 2] = ["reason", "line"];

const XFAIL_HELP: &str = "write why the scenario fails, and what would fix it; \
                          `{ reason: ..., line: /text/ }` also says which line is missing or \
                          forbidden";

/// Reads the terms of a scenario.
pub(super) fn read(entries: &[Entry<'_>], findings: &mut Findings) -> Terms {
    let mut terms = Terms::default();
    for &Entry { name, value, .. } in entries {
        match name {
            "tags" => terms.tags = tags(value, findings),
            "only" => terms.only = only(value, findings),
            "xfail" => terms.xfail = xfail(value, findings),
            "redact" => {
                let rules = value.items().iter();
                terms.redact = rules.filter_map(|node| redact(node, findings)).collect();
            }
            "timeout" => terms.timeout = duration::read(value, findings),
            "lenient" => terms.is_lenient = number::truth(value, findings).unwrap_or_default(),
            _ => {}
        }
    }
    terms
}

fn tags(node: &Node, findings: &mut Findings) -> Vec<String> {
    let mut tags = BTreeSet::new();
    for node in node.items() {
        let Some(tag) = findings.text(node, "a tag") else {
            continue;
        };
        let is_plain = |c: char| c.is_alphanumeric() || "-_.".contains(c);
        if !(1..=TAG_CHARS_MAX).contains(&tag.chars().count()) || !tag.chars().all(is_plain) {
            let message = format!("{} is not a tag", quoted(tag));
            let help = format!("a tag has 1 to {TAG_CHARS_MAX} letters, digits, `-`, `_` and `.`");
            findings.add(Mistake::new(node.place, message).with_help(help));
        } else if !tags.insert(tag.to_owned()) {
            let message = format!("duplicate tag {}", quoted(tag));
            findings.add(Mistake::new(node.place, message));
        }
    }
    tags.into_iter().collect()
}

fn only(node: &Node, findings: &mut Findings) -> Vec<StageName> {
    let names = StageName::ALL.map(StageName::name);
    if node.items().is_empty() {
        let mistake = Mistake::new(node.place, "the list names no stage");
        findings.add(mistake.with_help("without `only` a scenario runs on every stage"));
    }
    let mut stages = Vec::new();
    for node in node.items() {
        let Some(text) = findings.text(node, "the name of a stage") else {
            continue;
        };
        let stage = StageName::ALL.into_iter().find(|stage| stage.name() == text);
        if stage.is_none() {
            let mistake = Mistake::new(node.place, format!("unknown stage {}", quoted(text)));
            findings.add(mistake.with_help(offer("stages", text, &names)));
        }
        stages.extend(stage);
    }
    stages
}

/// Reads `a reason` or `{ reason: a reason, line: /text/ }`.
fn xfail(node: &Node, findings: &mut Findings) -> Option<ExpectedFailure> {
    let (mut reason, mut line) = (Some(node), None);
    if matches!(node.value, Value::Mapping(_)) {
        reason = None;
        for entry in findings.entries(node, "")? {
            match entry.name {
                "reason" => reason = Some(entry.value),
                "line" => line = patterns::pattern(entry.value, findings),
                _ => findings.unknown_key(entry, &XFAIL_KEYS),
            }
        }
    }
    let Some(reason) = reason else {
        let mistake = Mistake::new(node.place, "the key `reason` is missing");
        findings.add(mistake.with_help(XFAIL_HELP));
        return None;
    };
    let text = findings.text(reason, "the reason why the scenario fails")?;
    if text.trim().is_empty() {
        let mistake = Mistake::new(reason.place, "the reason is empty");
        findings.add(mistake.with_help(XFAIL_HELP));
        return None;
    }
    Some(ExpectedFailure { place: node.place, reason: text.to_owned(), line })
}

fn redact(node: &Node, findings: &mut Findings) -> Option<Redact> {
    let (pattern, with) = match &node.value {
        Value::Scalar(_) => (node, None),
        Value::Mapping(_) => {
            let mut pattern = None;
            let mut with = None;
            for entry in findings.entries(node, "")? {
                match entry.name {
                    "pattern" => pattern = Some(entry.value),
                    "with" => with = patterns::line(entry.value, findings),
                    _ => findings.unknown_key(entry, &["pattern", "with"]),
                }
            }
            let Some(pattern) = pattern else {
                let mistake = Mistake::new(node.place, "the key `pattern` is missing");
                findings.add(mistake.with_help(REDACT_HELP));
                return None;
            };
            (pattern, with)
        }
        Value::Null | Value::Sequence(_) => {
            findings.add(expected("what is to be redacted", node).with_help(REDACT_HELP));
            return None;
        }
    };
    let with = with.unwrap_or(REDACTED);
    Some(match patterns::pattern(pattern, findings)?.matcher {
        Matcher::Regex(pattern) => Redact { pattern, with: with.to_owned() },
        Matcher::Exact(text) if text.is_empty() => {
            let mistake = Mistake::new(pattern.place, "an empty text cannot be redacted");
            findings.add(mistake.with_help(REDACT_HELP));
            return None;
        }
        // Plain text is literal, in the pattern and in the replacement.
        Matcher::Exact(text) => {
            let text = patterns::regex(&regex::escape(&text)).ok()?;
            Redact { pattern: text, with: with.replace('$', "$$") }
        }
    })
}
