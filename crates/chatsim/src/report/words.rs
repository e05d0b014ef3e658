//! Styles, and text that is safe to show.

use std::borrow::Cow;
use std::path::Path;
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use machine::is_control;

/// Success, and lines that were shown.
pub(super) const GREEN: Style = AnsiColor::Green.on_default();
/// Failure, and lines that were expected.
pub(super) const RED: Style = AnsiColor::Red.on_default();
/// Neither success nor failure.
pub(super) const YELLOW: Style = AnsiColor::Yellow.on_default();
/// Details.
pub(super) const DIM: Style = Style::new().dimmed();
/// The most important parts.
pub(super) const BOLD: Style = Style::new().bold();

/// The maximum length of a line, in characters.
const LINE_LEN_MAX: usize = 400;

/// Escapes the control characters of a text, line breaks included: it takes one line, and a terminal
/// only shows it.
pub(crate) fn escaped(text: &str) -> Cow<'_, str> {
    escape(text, is_control)
}

/// Escapes the characters of a text that XML 1.0 forbids, and all other control characters except
/// for line breaks.
pub(super) fn xml(text: &str) -> Cow<'_, str> {
    escape(text, |c| c != '\n' && (is_control(c) || matches!(c, '\u{fffe}' | '\u{ffff}')))
}

/// Escapes the control characters of a text except for line breaks and those that begin the escape
/// sequences of styles.
pub(super) fn styled(text: &str) -> Cow<'_, str> {
    escape(text, |c| !matches!(c, '\n' | '\u{1b}') && is_control(c))
}

/// Escapes the control characters that JSON allows in its strings.
pub(crate) fn json(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_control) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if is_control(c) {
            escaped.extend(c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")));
        } else {
            escaped.push(c);
        }
    }
    Cow::Owned(escaped)
}

fn escape(text: &str, is_escaped: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.chars().any(&is_escaped) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if is_escaped(c) {
            escaped.extend(c.escape_default());
        } else {
            escaped.push(c);
        }
    }
    Cow::Owned(escaped)
}

/// Escapes a line for a terminal, and cuts it if it is too long.
pub(crate) fn printable(line: &str) -> Cow<'_, str> {
    let Some((end, _)) = line.char_indices().nth(LINE_LEN_MAX) else {
        return escaped(line);
    };
    let (shown, rest) = line.split_at(end);
    let rest = rest.chars().count();
    Cow::Owned(format!("{}… ({rest} more characters)", escaped(shown)))
}

/// Cuts a text to `len_max` characters on one line, and escapes it.
pub(super) fn cut(text: &str, len_max: usize) -> String {
    let mut chars = text.chars().flat_map(|c| {
        let (escaped, plain) =
            if is_control(c) { (Some(c.escape_default()), None) } else { (None, Some(c)) };
        escaped.into_iter().flatten().chain(plain)
    });
    let mut cut: String = chars.by_ref().take(len_max).collect();
    if chars.next().is_some() {
        cut.push('…');
    }
    cut
}

/// Quotes a path for a shell, control characters as bash, zsh and ksh write them.
pub(super) fn quoted(path: &Path) -> String {
    let path = path.display().to_string();
    if path.chars().any(is_control) {
        return format!("$'{}'", path.chars().map(in_dollar_quotes).collect::<String>());
    }
    let is_plain = |c: char| c.is_alphanumeric() || "/._-+:=@%,".contains(c);
    if !path.is_empty() && path.chars().all(is_plain) {
        return path;
    }
    format!("'{}'", path.replace('\'', r"'\''"))
}

/// Returns a character as it is written between `$'` and `'`.
fn in_dollar_quotes(c: char) -> String {
    match c {
        '\'' | '\\' => format!("\\{c}"),
        c if is_control(c) => {
            let bytes = c.to_string().into_bytes().into_iter();
            bytes.map(|byte| format!("\\x{byte:02x}")).collect::<Vec<_>>().concat()
        }
        c => c.to_string(),
    }
}

/// Formats how long something took.
pub(super) fn duration(duration: Duration) -> String {
    if duration < Duration::from_secs(1) {
        format!("{:.1} ms", duration.as_secs_f64() * 1000.0)
    } else {
        format!("{:.2} s", duration.as_secs_f64())
    }
}

/// Formats a time since the beginning, in seconds, with microseconds only if there are any.
pub(super) fn clock(after: Duration) -> String {
    let micros = after.subsec_micros();
    if micros.is_multiple_of(1000) {
        format!("{}.{:03} s", after.as_secs(), micros / 1000)
    } else {
        format!("{}.{micros:06} s", after.as_secs())
    }
}

/// Returns how many `check` steps a run passed over, if any.
pub(super) fn passed_over(unchecked: usize) -> Option<String> {
    match unchecked {
        0 => None,
        1 => Some("1 `check` passed over".to_owned()),
        count => Some(format!("{count} `check` steps passed over")),
    }
}

/// Formats a time span in its largest unit.
pub(super) fn span(span: Duration) -> String {
    match span.as_secs() {
        0 => format!("{} ms", span.as_millis()),
        1..120 => format!("{} s", trimmed(span.as_secs_f64())),
        120..3600 => format!("{} min", trimmed(span.as_secs_f64() / 60.0)),
        3600..172_800 => format!("{} h", trimmed(span.as_secs_f64() / 3600.0)),
        _ => format!("{} d", trimmed(span.as_secs_f64() / 86400.0)),
    }
}

/// Formats a number with one decimal place, or none if that is a zero.
fn trimmed(number: f64) -> String {
    let text = format!("{number:.1}");
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_made_safe_and_cut() {
        assert_eq!(printable(">>> c1: plain ä"), ">>> c1: plain ä");
        assert_eq!(printable("a\u{1b}[2Jb\t"), "a\\u{1b}[2Jb\\t");
        assert_eq!(printable("a\u{202e}b"), "a\\u{202e}b");
        let long = "ä".repeat(LINE_LEN_MAX + 3);
        let cut = "ä".repeat(LINE_LEN_MAX);
        assert_eq!(printable(&long), format!("{cut}… (3 more characters)"));
    }

    #[test]
    fn styles_are_kept_and_nothing_else() {
        assert_eq!(styled("\u{1b}[1ma\n\u{1b}[0m\r\u{9b}2J"), "\u{1b}[1ma\n\u{1b}[0m\\r\\u{9b}2J");
    }

    #[test]
    fn json_stays_the_same() {
        let text = "a\u{1b}\n\u{7f}\u{9b}\u{202e}ä";
        let written = serde_json::to_string(text).unwrap();
        assert_eq!(json(&written), r#""a\u001b\n\u007f\u009b\u202eä""#);
        assert_eq!(serde_json::from_str::<String>(&json(&written)).unwrap(), text);
    }

    #[test]
    fn only_xml_keeps_line_breaks_and_only_it_escapes_noncharacters() {
        assert_eq!(escaped("a\u{1b}\n\t\u{9b}"), r"a\u{1b}\n\t\u{9b}");
        assert_eq!(escaped("ä\u{ffff}"), "ä\u{ffff}");
        assert_eq!(
            xml("a\u{1b}\n\t\r\u{fffe}\u{ffff}\u{1ffff}"),
            "a\\u{1b}\n\\t\\r\\u{fffe}\\u{ffff}\u{1ffff}"
        );
    }

    #[test]
    fn texts_are_cut_to_one_line() {
        assert_eq!(cut("häuser", 6), "häuser");
        assert_eq!(cut("häuser", 3), "häu…");
        assert_eq!(cut("a\nb", 9), "a\\nb");
    }

    #[test]
    fn paths_survive_a_shell() {
        assert_eq!(quoted(Path::new("a/b-1.yaml")), "a/b-1.yaml");
        assert_eq!(quoted(Path::new("my file")), "'my file'");
        assert_eq!(quoted(Path::new("it's")), r"'it'\''s'");
        assert_eq!(quoted(Path::new("it's\u{1b}[2J\\\u{9b}")), r"$'it\'s\x1b[2J\\\xc2\x9b'");
    }

    #[test]
    fn points_in_time_and_time_spans_are_short() {
        let clock = |micros| clock(Duration::from_micros(micros));
        assert_eq!((clock(12_003_000), clock(7)), ("12.003 s".into(), "0.000007 s".into()));
        let spans =
            [(0.25, "250 ms"), (1.0, "1 s"), (2.54, "2.5 s"), (28_800.0, "8 h"), (7199.9, "2 h")];
        for (seconds, text) in spans {
            assert_eq!(span(Duration::from_secs_f64(seconds)), text);
        }
        assert_eq!(span(Duration::from_mins(5)), "5 min");
        assert_eq!(span(Duration::from_hours(55)), "2.3 d");
    }

    #[test]
    fn durations_have_a_unit() {
        assert_eq!(duration(Duration::from_micros(840)), "0.8 ms");
        assert_eq!(duration(Duration::from_millis(1250)), "1.25 s");
    }
}
