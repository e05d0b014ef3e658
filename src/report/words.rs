//! Styles, and texts that are safe to show.

use std::borrow::Cow;
use std::path::Path;
use std::time::Duration;

use anstyle::{AnsiColor, Style};

/// Good news, and what was shown.
pub(super) const GREEN: Style = AnsiColor::Green.on_default();
/// Bad news, and what was expected.
pub(super) const RED: Style = AnsiColor::Red.on_default();
/// News that are neither.
pub(super) const YELLOW: Style = AnsiColor::Yellow.on_default();
/// What one reads last.
pub(super) const DIM: Style = Style::new().dimmed();
/// What one reads first.
pub(super) const BOLD: Style = Style::new().bold();

/// The longest line that is shown whole, in characters.
const LINE_LEN_MAX: usize = 400;

/// Makes a line safe for a terminal and cuts it where it is too long to be read.
pub(super) fn printable(line: &str) -> Cow<'_, str> {
    let len = line.chars().count();
    let is_plain = !line.chars().any(char::is_control);
    if is_plain && len <= LINE_LEN_MAX {
        return Cow::Borrowed(line);
    }
    let mut text = String::new();
    for c in line.chars().take(LINE_LEN_MAX) {
        if c.is_control() {
            text.extend(c.escape_default());
        } else {
            text.push(c);
        }
    }
    if len > LINE_LEN_MAX {
        let rest = len - LINE_LEN_MAX;
        text.extend(["… (", &rest.to_string(), " more characters)"]);
    }
    Cow::Owned(text)
}

/// Writes a path so that a shell takes it as one word.
pub(super) fn quoted(path: &Path) -> String {
    let path = path.display().to_string();
    let is_plain = |c: char| c.is_alphanumeric() || "/._-+:=@%,".contains(c);
    if !path.is_empty() && path.chars().all(is_plain) {
        return path;
    }
    format!("'{}'", path.replace('\'', r"'\''"))
}

/// Writes how long something took.
pub(super) fn duration(duration: Duration) -> String {
    if duration < Duration::from_secs(1) {
        format!("{:.1} ms", duration.as_secs_f64() * 1000.0)
    } else {
        format!("{:.2} s", duration.as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_made_safe_and_cut() {
        assert_eq!(printable(">>> c1: plain ä"), ">>> c1: plain ä");
        assert_eq!(printable("a\u{1b}[2Jb\t"), "a\\u{1b}[2Jb\\t");
        let long = "ä".repeat(LINE_LEN_MAX + 3);
        let cut = "ä".repeat(LINE_LEN_MAX);
        assert_eq!(printable(&long), format!("{cut}… (3 more characters)"));
    }

    #[test]
    fn paths_survive_a_shell() {
        assert_eq!(quoted(Path::new("a/b-1.yaml")), "a/b-1.yaml");
        assert_eq!(quoted(Path::new("my file")), "'my file'");
        assert_eq!(quoted(Path::new("it's")), r"'it'\''s'");
    }

    #[test]
    fn durations_have_a_unit() {
        assert_eq!(duration(Duration::from_micros(840)), "0.8 ms");
        assert_eq!(duration(Duration::from_millis(1250)), "1.25 s");
    }
}
