//! Steps as people type them at a prompt: `kill server`, `c1: send c2 hi`.

use super::verb::Verb;
use super::write::written;

/// The syntax of the value of a verb at a prompt.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Typed {
    /// The rest of the line is one text.
    Text,
    /// An effect, its value and `key=value` words.
    Effect,
    /// Names and `key=value` words, or a name and its value: `c1: +1h`.
    Names,
}

/// Returns the syntax of the value of a verb; anything else than a verb takes names as well.
const fn typed(verb: Option<Verb>) -> Typed {
    match verb {
        Some(Verb::Advance | Verb::Note | Verb::Snapshot) => Typed::Text,
        Some(Verb::Fault) => Typed::Effect,
        Some(
            Verb::Start
            | Verb::Stop
            | Verb::Kill
            | Verb::Restart
            | Verb::Pause
            | Verb::Resume
            | Verb::Move
            | Verb::Clock
            | Verb::Disk
            | Verb::Crash
            | Verb::Expect
            | Verb::Never
            | Verb::Sometimes
            | Verb::Settle
            | Verb::Check
            | Verb::Heal
            | Verb::Repeat
            | Verb::Parallel
            | Verb::Include,
        )
        | None => Typed::Names,
    }
}

/// Converts a line typed at a prompt to a step of a scenario, on one line and without the `- `
/// before it. Errors are left for the parser of steps to report.
///
/// A line is the name of a client and the text typed there, or a verb and its value: names, a text,
/// a fault with its `key=value` words. Values between braces or brackets are YAML, and so is a
/// whole line that begins with `- ` or a brace.
pub(super) fn step(line: &str) -> String {
    let line = line.trim_start();
    if line.starts_with('{') {
        return line.to_owned();
    }
    if let Some(step) = line.strip_prefix("- ") {
        return step.to_owned();
    }
    match named_text(line) {
        Some((verb, _)) if Verb::named(verb).is_some() => line.to_owned(),
        Some((name, text)) => format!("{name}: {}", written(text)),
        None => {
            let (verb, rest) = split_word(line.trim_end());
            let known = Verb::named(verb);
            if rest.is_empty() && known.is_some_and(Verb::needs_no_value) {
                return verb.to_owned();
            }
            format!("{verb}: {}", value(typed(known), rest)).trim_end().to_owned()
        }
    }
}

/// Splits `name: text`. One blank after the colon belongs to neither.
fn named_text(line: &str) -> Option<(&str, &str)> {
    let (name, text) = line.split_once(':')?;
    let is_name = !name.is_empty() && !name.contains(char::is_whitespace);
    match text.strip_prefix(' ') {
        Some(text) if is_name => Some((name, text)),
        None if is_name && text.is_empty() => Some((name, text)),
        _ => None,
    }
}

fn value(typed: Typed, rest: &str) -> String {
    if rest.is_empty() || rest.starts_with(['{', '[']) {
        return rest.to_owned();
    }
    if typed == Typed::Text {
        return written(rest);
    }
    if let Some((name, text)) = named_text(rest) {
        return format!("{{ {name}: {} }}", written(text));
    }
    let (main, settings) = split_settings(rest);
    if typed == Typed::Effect {
        let (effect, value) = split_word(&main);
        return mapping(effect, value, &settings);
    }
    let words: Vec<_> = main.split([' ', ',', '\t']).filter(|word| !word.is_empty()).collect();
    let words = match words.as_slice() {
        [word] => (*word).to_owned(),
        words => format!("[{}]", words.join(", ")),
    };
    if settings.is_empty() { words } else { mapping("actor", &words, &settings) }
}

/// Splits off the `key=value` words; a value ends before the next key.
fn split_settings(text: &str) -> (String, Vec<(&str, String)>) {
    let (mut main, mut settings) = (Vec::new(), Vec::<(&str, Vec<&str>)>::new());
    for word in text.split_whitespace() {
        let setting = word.split_once('=').filter(|(key, _)| {
            !key.is_empty() && key.chars().all(|c| c.is_ascii_alphabetic() || c == '_')
        });
        match (setting, settings.last_mut()) {
            (Some((key, value)), _) => settings.push((key, vec![value])),
            (None, Some((_, values))) => values.push(word),
            (None, None) => main.push(word),
        }
    }
    let settings = settings.into_iter().map(|(key, values)| (key, values.join(" "))).collect();
    (main.join(" "), settings)
}

fn mapping(key: &str, value: &str, settings: &[(&str, String)]) -> String {
    let first = format!("{key}: {value}").trim_end().to_owned();
    let settings = settings.iter().map(|(key, value)| format!("{key}: {value}"));
    let all: Vec<_> = std::iter::once(first).chain(settings).collect();
    format!("{{ {} }}", all.join(", "))
}

fn split_word(text: &str) -> (&str, &str) {
    let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    (word, rest.trim_start())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_at_a_client_is_a_text() {
        assert_eq!(step("c1: send c2 hi"), "c1: send c2 hi");
        assert_eq!(step("  c1:  send c2 a: [b]  "), "c1: \" send c2 a: [b]  \"");
        assert_eq!(step("c1: [one, two]"), "c1: \"[one, two]\"");
        assert_eq!(step("c1:"), "c1: \"\"");
    }

    #[test]
    fn names_stand_behind_a_verb() {
        assert_eq!(step("kill server"), "kill: server");
        assert_eq!(step("start server c1, c2 "), "start: [server, c1, c2]");
        assert_eq!(step("restart server after=2s"), "restart: { actor: server, after: 2s }");
        assert_eq!(step("check nothing_lost in_order"), "check: [nothing_lost, in_order]");
        assert_eq!(step("heal"), "heal");
        assert_eq!(step("settle"), "settle");
        assert_eq!(step("kill"), "kill:");
        assert_eq!(step("kil server"), "kil: server");
    }

    #[test]
    fn texts_stand_behind_a_verb() {
        assert_eq!(step("advance 1.5s"), "advance: 1.5s");
        assert_eq!(step("note it begins: now"), "note: \"it begins: now\"");
        assert_eq!(step("expect c2: c1: hi"), "expect: { c2: \"c1: hi\" }");
        assert_eq!(step("never c1: /[a-z]/"), "never: { c1: \"/[a-z]/\" }");
    }

    #[test]
    fn a_fault_has_its_settings_behind_it() {
        assert_eq!(step("fault drop c1 -> c2"), "fault: { drop: c1 -> c2 }");
        assert_eq!(
            step("fault drop c1->c2 packet=send nth=2 as=gap"),
            "fault: { drop: c1->c2, packet: send, nth: 2, as: gap }"
        );
        assert_eq!(step("fault loss 20% link=c1 <-> c2"), "fault: { loss: 20%, link: c1 <-> c2 }");
        assert_eq!(
            step("fault partition [[c1, c2], [server]] as=p"),
            "fault: { partition: [[c1, c2], [server]], as: p }"
        );
        assert_eq!(step("fault hold"), "fault: { hold: }");
    }

    #[test]
    fn yaml_stays_as_it_is() {
        for yaml in [
            "kill: server",
            "expect: { c2: hi, within: 3s }",
            "fault: { drop: all }",
            "repeat: { times: 2, steps: [c1: reg] }",
            "{ c1: reg, settle: none }",
        ] {
            assert_eq!(step(yaml), yaml);
        }
        assert_eq!(step("- c1: [send c2 a, send c2 b]"), "c1: [send c2 a, send c2 b]");
        assert_eq!(step("fault { drop: all, nth: 1 }"), "fault: { drop: all, nth: 1 }");
    }
}
