//! From the tree to the scenario: expected lines.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::time::Duration;

use regex::{Regex, RegexBuilder};

use super::cast::Cast;
use super::model::{ActorName, Expectation, Form, LinePattern, Matcher};
use super::number;
use crate::stage::Line;
use placed_yaml::{Entry, Findings, Mistake, Node, Value, duration, nearest, quoted};

/// The maximum size of a compiled regular expression, in bytes.
const REGEX_BYTES_MAX: usize = 1024 * 1024;

/// The maximum number of compiled regular expressions that a thread keeps.
const COMPILED_MAX: usize = 64;

/// The range of `count`.
pub(super) const COUNTS: RangeInclusive<u32> = 0..=1_000_000;

pub(super) const DEMAND_KEYS: [&str; 4] = ["line", "lines", "any_order", "count"];

/// The flags after a regular expression.
const FLAGS: [char; 2] = ['i', 's'];

const FLAGS_HELP: &str = "`i` (case does not matter) and `s` (`.` matches line breaks too)";

const DEMAND_HELP: &str =
    "write `{ lines: [first, second], any_order: true }` or `{ line: text, count: 3 }`";

/// The verbs about screens.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Expect,
    Never,
    Sometimes,
}

impl Purpose {
    /// The key of the duration beside the actors.
    const fn duration_key(self) -> Option<&'static str> {
        match self {
            Self::Expect => Some("within"),
            Self::Never => Some("for"),
            Self::Sometimes => None,
        }
    }
}

/// Reads `{ c1: line, c2: [line, /regex/] }` and the duration beside the actors.
pub(super) fn expectations(
    node: &Node,
    purpose: Purpose,
    cast: &Cast,
    findings: &mut Findings,
) -> (Vec<Expectation>, Option<Duration>) {
    let what = "a mapping like `{ c1: \"c2: hello\" }`";
    let duration_key = purpose.duration_key();
    let mut expectations = Vec::new();
    let mut duration = None;
    let entries = findings.entries(node, what);
    for &entry in entries.iter().flatten() {
        match entry.name {
            name if Some(name) == duration_key => duration = duration::read(entry.value, findings),
            "within" | "for" => findings.add(other_duration(entry, duration_key)),
            _ => expectations.extend(expectation(entry, purpose, cast, findings)),
        }
    }
    let names_nobody =
        |entries: &Vec<Entry<'_>>| entries.iter().all(|e| Some(e.name) == duration_key);
    if entries.as_ref().is_some_and(names_nobody) {
        findings.add(
            Mistake::new(node.place, "no actor is named here")
                .with_help(format!("name the actor and the line on its screen, as in {what}")),
        );
    }
    (expectations, duration)
}

/// Reads an actor and the lines on its screen.
pub(super) fn expectation(
    entry: Entry<'_>,
    purpose: Purpose,
    cast: &Cast,
    findings: &mut Findings,
) -> Option<Expectation> {
    let actor = actor_or_key(entry, purpose.duration_key(), cast, findings);
    let (lines, form) = match (purpose, &entry.value.value) {
        (Purpose::Expect, Value::Mapping(_)) => demand(entry.value, findings),
        _ => (patterns(entry.value, findings), Form::InOrder),
    };
    for line in &lines {
        refuse_prompt(line, cast, findings);
    }
    actor.map(|actor| Expectation { actor, lines, form, within: None })
}

/// Returns the actor that an entry is about. A name that is most like the key is a slip of it.
fn actor_or_key(
    entry: Entry<'_>,
    key: Option<&'static str>,
    cast: &Cast,
    findings: &mut Findings,
) -> Option<ActorName> {
    let known: Vec<&str> = cast.names().chain(key).collect();
    if let Some(key) = key
        && !cast.knows(entry.name)
        && nearest(entry.name, &known) == Some(key)
    {
        findings.unknown_key(entry, &[key]);
        return None;
    }
    cast.actor(entry.name, entry.key, findings)
}

/// Refuses a line that begins with a prompt: what a program shows is compared without it.
fn refuse_prompt(line: &LinePattern, cast: &Cast, findings: &mut Findings) {
    let Matcher::Exact(text) = &line.matcher else {
        return;
    };
    let Line { prompt, text: shown } = cast.guest().line_of_row(text);
    if !prompt.is_empty() {
        let message = format!("lines are compared without the prompt {}", quoted(&prompt));
        let help = format!("write {}, or {}", quoted(&shown), verbatim(text));
        findings.add(Mistake::new(line.place, message).with_help(help));
    }
}

pub(super) fn other_duration(entry: Entry<'_>, duration_key: Option<&str>) -> Mistake {
    let message = format!("the key {} does not belong here", quoted(entry.name));
    let meant = duration_key.map(|key| format!("did you mean `{key}`? ")).unwrap_or_default();
    let help = format!("{meant}`expect` has `within`, `never` has `for`");
    Mistake::new(entry.key.place, message).with_help(help)
}

/// Reads `{ lines: [..], any_order: true }` or `{ line: .., count: 3 }`.
fn demand(node: &Node, findings: &mut Findings) -> (Vec<LinePattern>, Form) {
    let entries = findings.entries(node, "").unwrap_or_default();
    let find = |name: &str| entries.iter().find(|entry| entry.name == name).copied();
    for &entry in entries.iter().filter(|entry| !DEMAND_KEYS.contains(&entry.name)) {
        findings.unknown_key(entry, &DEMAND_KEYS);
    }
    let lines = match (find("line"), find("lines")) {
        (Some(line), None) => pattern(line.value, findings).into_iter().collect(),
        (None, Some(lines)) => patterns(lines.value, findings),
        (Some(_), Some(lines)) => {
            let message = "`line` and `lines` exclude each other";
            findings.add(Mistake::new(lines.key.place, message).with_help(DEMAND_HELP));
            Vec::new()
        }
        (None, None) => {
            let mistake = Mistake::new(node.place, "no line is named here");
            findings.add(mistake.with_help(DEMAND_HELP));
            return (Vec::new(), Form::InOrder);
        }
    };
    let form = match (find("any_order"), find("count")) {
        (any_order, Some(count)) => {
            let wrong = any_order.into_iter().chain(find("lines"));
            for entry in wrong {
                let message = format!("`count` and {} do not go together", quoted(entry.name));
                findings.add(Mistake::new(entry.key.place, message).with_help(DEMAND_HELP));
            }
            number::read(count.value, "a count", &COUNTS, findings).map(Form::Exactly)
        }
        (Some(any_order), None) => {
            if let Some(line) = find("line") {
                let message = "`any_order` needs `lines`, a list";
                findings.add(Mistake::new(line.key.place, message).with_help(DEMAND_HELP));
            }
            let holds = number::truth(any_order.value, findings);
            holds.map(|holds| if holds { Form::AnyOrder } else { Form::InOrder })
        }
        (None, None) => None,
    };
    (lines, form.unwrap_or(Form::InOrder))
}

fn patterns(node: &Node, findings: &mut Findings) -> Vec<LinePattern> {
    if node.items().is_empty() {
        findings.add(Mistake::new(node.place, "the list holds no line"));
    }
    node.items().iter().filter_map(|node| pattern(node, findings)).collect()
}

/// Reads one line, or one regular expression.
pub(super) fn pattern(node: &Node, findings: &mut Findings) -> Option<LinePattern> {
    let text = line(node, findings)?;
    let matcher = findings.check(matcher(text, node))?;
    let place = node.place;
    Some(LinePattern { place, matcher })
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
    let Some(rest) = text.strip_prefix('/') else {
        return Ok(Matcher::Exact(text.to_owned()));
    };
    let mistake = |message: String| Mistake::new(node.place, message);
    let Some((inner, flags)) = rest.rsplit_once('/') else {
        let message = format!("{} begins a regular expression that has no end", quoted(text));
        let closed = if rest.is_empty() { "/./".to_owned() } else { format!("{text}/") };
        let help = format!("write {}, or {}", quoted(&closed), verbatim(text));
        return Err(mistake(message).with_help(help));
    };
    if inner.is_empty() {
        let help = "`/./` matches every line that is not empty";
        return Err(mistake("the regular expression is empty".to_owned()).with_help(help));
    }
    if let Some(flag) = flags.chars().find(|flag| !FLAGS.contains(flag)) {
        let message =
            format!("{} is not a flag of a regular expression", quoted(&flag.to_string()));
        let help = format!("the flags after the last `/` are {FLAGS_HELP}; or {}", verbatim(text));
        return Err(mistake(message).with_help(help));
    }
    let expression = if flags.is_empty() { inner.to_owned() } else { format!("(?{flags}){inner}") };
    regex(&expression).map(Matcher::Regex).map_err(|error| {
        let message = format!("{} is not a regular expression", quoted(text));
        mistake(message).with_label(reason(&error))
    })
}

/// Returns the remedy for somebody who means the line itself.
fn verbatim(line: &str) -> String {
    format!("{} for the line itself", quoted(&format!("/^{}$/", regex::escape(line))))
}

thread_local! {
    /// The regular expressions that this thread has compiled: scenarios expect the same lines again
    /// and again, and compiling one takes as long as reading a good part of a file.
    static COMPILED: RefCell<BTreeMap<String, Regex>> = const { RefCell::new(BTreeMap::new()) };
}

/// Compiles a regular expression of bounded size.
pub(super) fn regex(text: &str) -> Result<Regex, regex::Error> {
    if let Some(known) = COMPILED.with_borrow(|compiled| compiled.get(text).cloned()) {
        return Ok(known);
    }
    let regex = RegexBuilder::new(text).size_limit(REGEX_BYTES_MAX).build()?;
    COMPILED.with_borrow_mut(|compiled| {
        if compiled.len() >= COMPILED_MAX {
            compiled.clear();
        }
        compiled.insert(text.to_owned(), regex.clone());
    });
    Ok(regex)
}

/// The last line of the message contains the reason; the lines above repeat the expression.
fn reason(error: &regex::Error) -> String {
    let text = error.to_string();
    let last = text.lines().last().unwrap_or_default();
    last.trim_start_matches("error: ").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use placed_yaml::Place;

    fn read(text: &str) -> Result<Matcher, Mistake> {
        let node = Node {
            place: Place { file: 0, line: 1, column: 1, start: 0, end: 0 },
            value: Value::Null,
        };
        matcher(text, &node)
    }

    #[test]
    fn flags_of_regular_expressions_count() {
        let matches = |text, line| read(text).unwrap().matches(line);
        assert!(matches("/hello/i", "a: Hello"));
        assert!(!matches("/hello/", "a: Hello"));
        assert!(matches("/a.b/s", "a\nb"));
        assert!(!matches("/a.b/", "a\nb"));
        assert!(matches("/A.B/is", "a\nb"));
        assert!(matches("/usr/", "the /usr/bin"));
        assert!(matches("/usr/bin/", "the usr/bin"));
    }

    #[test]
    fn remedy_for_a_line_that_begins_with_a_slash_matches_it() {
        for line in ["/Hello", "/", "/usr/bin", "/a/b.c"] {
            let help = read(line).unwrap_err().help.unwrap();
            let quoted = help.rsplit_once("` for the line itself").unwrap().0;
            let (_, pattern) = quoted.rsplit_once('`').unwrap();
            let matcher = read(pattern).unwrap();
            assert!(matcher.matches(line), "{help}");
            assert!(!matcher.matches(&format!("{line}x")), "{help}");
        }
    }
}
