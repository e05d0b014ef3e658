//! From the tree to the scenario: lines, and what screens have to show.

use std::time::Duration;

use regex::{Regex, RegexBuilder};

use super::cast::Cast;
use super::duration;
use super::findings::{Entry, Findings};
use super::mistakes::{Mistake, quoted};
use super::model::{Expectation, LinePattern, Matcher};
use super::yaml::{Node, Value};

/// Bytes of a compiled regular expression.
const REGEX_BYTES_MAX: usize = 1024 * 1024;

/// Reads `{ c1: line, c2: [line, /regex/] }` and the one duration that may stand in it.
pub(super) fn expectations(
    node: &Node,
    duration_key: &str,
    cast: &Cast,
    findings: &mut Findings,
) -> (Vec<Expectation>, Option<Duration>) {
    let what = "a mapping like `{ c1: \"c2: hello\" }`";
    let mut expectations = Vec::new();
    let mut duration = None;
    let entries = findings.entries(node, what);
    for &entry in entries.iter().flatten() {
        match entry.name {
            name if name == duration_key => duration = duration::read(entry.value, findings),
            "within" | "for" => findings.add(other_duration(entry, duration_key)),
            name => {
                let actor = cast.actor(name, entry.key, findings);
                let lines = patterns(entry.value, findings);
                expectations.extend(actor.map(|actor| Expectation { actor, lines, within: None }));
            }
        }
    }
    let names_nobody = |entries: &Vec<Entry<'_>>| entries.iter().all(|e| e.name == duration_key);
    if entries.as_ref().is_some_and(names_nobody) {
        findings.add(
            Mistake::new(node.place, "no actor is named here")
                .with_help(format!("say whose screen shows which line, as in {what}")),
        );
    }
    (expectations, duration)
}

fn other_duration(entry: Entry<'_>, duration_key: &str) -> Mistake {
    let message = format!("the key {} does not belong here", quoted(entry.name));
    let help = format!("did you mean `{duration_key}`? `expect` has `within`, `never` has `for`");
    Mistake::new(entry.key.place, message).with_help(help)
}

fn patterns(node: &Node, findings: &mut Findings) -> Vec<LinePattern> {
    if node.items().is_empty() {
        findings.add(Mistake::new(node.place, "the list holds no line"));
    }
    let pattern = |node: &Node| {
        let text = line(node, findings)?;
        let matcher = findings.check(matcher(text, node))?;
        let place = node.place;
        Some(LinePattern { place, matcher })
    };
    node.items().iter().filter_map(pattern).collect()
}

/// Reads a text that is one line.
pub(super) fn line<'n>(node: &'n Node, findings: &mut Findings) -> Option<&'n str> {
    if node.value == Value::Null {
        let mistake = Mistake::new(node.place, "expected a line, found nothing");
        findings.add(mistake.with_help("write `\"\"` for an empty line"));
        return None;
    }
    let text = findings.text(node, "a line")?;
    if text.contains(['\n', '\r']) {
        let mistake = Mistake::new(node.place, "a line cannot hold a line break");
        findings.add(mistake.with_help("write several lines as a list: `[first, second]`"));
        return None;
    }
    Some(text)
}

fn matcher(text: &str, node: &Node) -> Result<Matcher, Mistake> {
    let inner = text.strip_prefix('/').and_then(|rest| rest.strip_suffix('/'));
    match inner {
        None => Ok(Matcher::Exact(text.to_owned())),
        Some("") => Err(Mistake::new(node.place, "the regular expression is empty")
            .with_help("`/./` matches every line that is not empty")),
        Some(inner) => regex(inner).map(Matcher::Regex).map_err(|error| {
            let message = format!("{} is no regular expression", quoted(text));
            Mistake::new(node.place, message).with_label(reason(&error))
        }),
    }
}

fn regex(text: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(text).size_limit(REGEX_BYTES_MAX).build()
}

/// The last line of the message says why; the lines above draw the expression once more.
fn reason(error: &regex::Error) -> String {
    let text = error.to_string();
    let last = text.lines().last().unwrap_or_default();
    last.trim_start_matches("error: ").to_owned()
}
