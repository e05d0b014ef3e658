//! Expected against shown, line by line.

use std::io::{self, Write};

use similar::{ChangeTag, TextDiff};

use super::words::{BOLD, DIM, GREEN, RED, printable};
use crate::runner::{sections, transcript};
use crate::scenario::Matcher;
use crate::stage::{ScreenEntry, Shown};

/// The number of equal lines shown around a difference.
const CONTEXT: usize = 2;

/// The maximum number of lines of a screen that are shown.
const SCREEN_LINES_MAX: usize = 30;

/// The maximum number of lines of a difference from a snapshot.
const DIFFERENCE_LINES_MAX: usize = 200;

/// The similarity, from 0 to 1, from which a line counts as a slip of another one.
const ALIKE_MIN: f32 = 0.6;

/// Writes where screens differ from a snapshot, under the header of each section, up to a bound.
///
/// # Errors
///
/// The writer refuses.
pub fn write_difference(out: &mut dyn Write, expected: &str, shown: &str) -> io::Result<()> {
    let mut lines = Bounded { out, left: DIFFERENCE_LINES_MAX, hidden: 0 };
    let (old, new) = (sections(expected), sections(shown));
    if old == new {
        // They differ in the blank lines between sections.
        let old: Vec<_> = expected.lines().collect();
        let new: Vec<_> = shown.lines().collect();
        lines.write_changes(&old, &new)?;
    }
    for (header, new) in &new {
        let old = lines_below(&old, header);
        let tag = old.is_none().then_some(ChangeTag::Insert);
        lines.write_section(header, tag, &old.unwrap_or_default(), new)?;
    }
    for (header, old) in &old {
        if lines_below(&new, header).is_none() {
            lines.write_section(header, Some(ChangeTag::Delete), old, &[])?;
        }
    }
    lines.end()
}

/// Writes the first difference between two runs with the same seed.
pub(super) fn write_differences(
    out: &mut dyn Write,
    hashes: &[u64; 2],
    differences: &[Option<String>; 2],
) -> io::Result<()> {
    let names = ["first", "second"];
    for ((name, hash), difference) in names.into_iter().zip(hashes).zip(differences) {
        let text = difference.as_deref().map_or_else(|| "nothing more".into(), printable);
        writeln!(out, "    {BOLD}{name:<6}{BOLD:#} {DIM}{hash:016x}{DIM:#} {text}")?;
    }
    Ok(())
}

fn lines_below<'a>(sections: &[(&str, Vec<&'a str>)], header: &str) -> Option<Vec<&'a str>> {
    let found = sections.iter().find(|(name, _)| *name == header);
    found.map(|(_, lines)| lines.clone())
}

/// Lines of a difference, not too many of them.
struct Bounded<'a> {
    out: &'a mut dyn Write,
    left: usize,
    hidden: usize,
}

impl Bounded<'_> {
    fn write_section(
        &mut self,
        header: &str,
        whole: Option<ChangeTag>,
        old: &[&str],
        new: &[&str],
    ) -> io::Result<()> {
        if let Some(tag) = whole {
            self.write(|out| write_line(out, tag, header))?;
        } else if old != new {
            self.write(|out| writeln!(out, "    {BOLD}{}{BOLD:#}", printable(header)))?;
        }
        self.write_changes(old, new)
    }

    fn write_changes(&mut self, old: &[&str], new: &[&str]) -> io::Result<()> {
        let diff = TextDiff::from_slices(old, new);
        for (index, hunk) in diff.grouped_ops(CONTEXT).iter().enumerate() {
            if index > 0 {
                self.write(|out| writeln!(out, "    {DIM}…{DIM:#}"))?;
            }
            for change in hunk.iter().flat_map(|op| diff.iter_changes(op)) {
                self.write(|out| write_line(out, change.tag(), change.value()))?;
            }
        }
        Ok(())
    }

    /// Writes a line, if there is room for it.
    fn write(&mut self, line: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
        if self.left == 0 {
            self.hidden += 1;
            return Ok(());
        }
        self.left -= 1;
        line(self.out)
    }

    fn end(self) -> io::Result<()> {
        write_left_out(self.out, self.hidden, "more")
    }
}

fn write_line(out: &mut dyn Write, tag: ChangeTag, line: &str) -> io::Result<()> {
    let (sign, style) = match tag {
        ChangeTag::Equal => return writeln!(out, "  {DIM}  {}{DIM:#}", printable(line)),
        ChangeTag::Delete => ('-', RED),
        ChangeTag::Insert => ('+', GREEN),
    };
    if line.is_empty() {
        return writeln!(out, "  {style}{sign}{style:#} {DIM}(blank line){DIM:#}");
    }
    let text = line.trim_end_matches(' ');
    // Blanks at the end of a line may be all that differs.
    let blanks = "·".repeat(line.len() - text.len());
    writeln!(out, "  {style}{sign} {}{blanks}{style:#}", printable(text))
}

/// Writes a screen and the expected line that is missing: above the line that is most like it, or
/// at the end.
pub(super) fn write_unmet(
    out: &mut dyn Write,
    matcher: &Matcher,
    unmatched: &[ScreenEntry],
) -> io::Result<()> {
    let slip = closest(matcher, unmatched);
    let hidden = unmatched.len().saturating_sub(SCREEN_LINES_MAX).min(slip.unwrap_or(usize::MAX));
    write_left_out(out, hidden, "before")?;
    for (index, entry) in unmatched.iter().enumerate().skip(hidden).take(SCREEN_LINES_MAX) {
        let is_slip = slip == Some(index);
        if is_slip && let Shown::Line(line) = &entry.shown {
            let expected = format!("{}{}", line.prompt, matcher.as_written());
            write_line(out, ChangeTag::Delete, &expected)?;
        }
        let tag = if is_slip { ChangeTag::Insert } else { ChangeTag::Equal };
        // The first start is not shown on a screen; here each entry is shown alone.
        for line in transcript(std::slice::from_ref(entry)).lines() {
            write_line(out, tag, line)?;
        }
    }
    write_left_out(out, unmatched.len().saturating_sub(hidden + SCREEN_LINES_MAX), "after")?;
    if slip.is_none() {
        write_line(out, ChangeTag::Delete, &matcher.as_written())?;
    }
    Ok(())
}

/// Writes a screen and marks the lines that were counted.
pub(super) fn write_counted(
    out: &mut dyn Write,
    matcher: &Matcher,
    unmatched: &[ScreenEntry],
) -> io::Result<()> {
    let hidden = unmatched.len().saturating_sub(SCREEN_LINES_MAX);
    write_left_out(out, hidden, "before")?;
    for entry in unmatched.iter().skip(hidden) {
        let counts = matches!(&entry.shown, Shown::Line(line) if matcher.matches(&line.text));
        let tag = if counts { ChangeTag::Insert } else { ChangeTag::Equal };
        for line in transcript(std::slice::from_ref(entry)).lines() {
            write_line(out, tag, line)?;
        }
    }
    Ok(())
}

/// Writes the end of a screen, whose last line is forbidden.
pub(super) fn write_forbidden(out: &mut dyn Write, shown: &[ScreenEntry]) -> io::Result<()> {
    let screen = transcript(shown);
    let lines: Vec<_> = screen.lines().collect();
    let hidden = lines.len().saturating_sub(CONTEXT * 2 + 1);
    write_left_out(out, hidden, "before")?;
    for (index, line) in lines.iter().enumerate().skip(hidden) {
        let is_last = index + 1 == lines.len();
        let tag = if is_last { ChangeTag::Insert } else { ChangeTag::Equal };
        write_line(out, tag, line)?;
    }
    Ok(())
}

/// Writes how many lines are left out, if any are.
fn write_left_out(out: &mut dyn Write, lines: usize, place: &str) -> io::Result<()> {
    match lines {
        0 => Ok(()),
        lines => writeln!(out, "    {DIM}… ({lines} {place}){DIM:#}"),
    }
}

/// Returns which shown line is most like the expected one, if any is.
fn closest(matcher: &Matcher, screen: &[ScreenEntry]) -> Option<usize> {
    let Matcher::Exact(expected) = matcher else {
        return None;
    };
    let expected = printable(expected);
    let alike = |(index, entry): (usize, &ScreenEntry)| {
        let Shown::Line(line) = &entry.shown else {
            return None;
        };
        let shown = printable(&line.text);
        let ratio = TextDiff::from_chars(expected.as_ref(), shown.as_ref()).ratio();
        (ratio >= ALIKE_MIN).then_some((index, ratio))
    };
    let best = screen.iter().enumerate().filter_map(alike);
    best.max_by(|a, b| a.1.total_cmp(&b.1)).map(|(index, _)| index)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::stage::Line;
    use machine::Timestamp;

    fn entry(shown: Shown) -> ScreenEntry {
        let at = Timestamp::default();
        ScreenEntry { at, shown }
    }

    fn line(text: &str) -> Arc<Line> {
        Line::new(">>> ".into(), text.into()).into()
    }

    fn plain(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> String {
        let mut out = anstream::StripStream::new(Vec::new());
        write(&mut out).unwrap();
        String::from_utf8(out.into_inner()).unwrap()
    }

    #[test]
    fn expected_line_stands_above_the_one_most_like_it() {
        let screen = [
            entry(Shown::Typed(line("send c3 hello"))),
            entry(Shown::Line(line("c1: hallo"))),
            entry(Shown::Line(line("[Client table updated.]"))),
        ];
        let matcher = Matcher::Exact("c1: hello".into());
        assert_eq!(
            plain(|out| write_unmet(out, &matcher, &screen)),
            "    >>> send c3 hello\n  - >>> c1: hello\n  + >>> c1: hallo\n    >>> [Client table \
             updated.]\n"
        );
    }

    #[test]
    fn expected_line_stands_at_the_end_when_nothing_is_like_it() {
        let screen = [entry(Shown::Line(line("something else")))];
        let matcher = Matcher::Regex(regex::Regex::new("^c1: .*").unwrap());
        assert_eq!(
            plain(|out| write_unmet(out, &matcher, &screen)),
            "    >>> something else\n  - /^c1: .*/\n"
        );
    }

    #[test]
    fn long_screen_is_cut_but_never_the_line_that_counts() {
        let mut screen: Vec<_> =
            (0..40).map(|n| entry(Shown::Line(line(&n.to_string())))).collect();
        screen[4] = entry(Shown::Line(line("c1: hallo")));
        let matcher = Matcher::Exact("c1: hello".into());
        let text = plain(|out| write_unmet(out, &matcher, &screen));
        assert!(
            text.starts_with("    … (4 before)\n  - >>> c1: hello\n  + >>> c1: hallo\n    >>> 5\n"),
            "{text}"
        );
        let text = plain(|out| write_unmet(out, &Matcher::Exact("x".into()), &screen));
        assert!(text.starts_with("    … (10 before)\n    >>> 10\n"), "{text}");
    }

    #[test]
    fn snapshot_differences_stand_under_their_actor() {
        let expected = "== server ==\na\n\n== c1 ==\n1\n2\n3\nold\n4\n5\n6\n\n== c9 ==\ngone";
        let shown = "== server ==\na\n\n== c1 ==\n1\n2\n3\nnew\n4\n5\n6\n\n== c2 ==\ncame";
        assert_eq!(
            plain(|out| write_difference(out, expected, shown)),
            "    == c1 ==\n    2\n    3\n  - old\n  + new\n    4\n    5\n\
             \x20 + == c2 ==\n  + came\n  - == c9 ==\n  - gone\n"
        );
    }

    #[test]
    fn difference_in_blanks_is_visible() {
        let difference = |old: &str, new: &str| plain(|out| write_difference(out, old, new));
        let between = difference("== a ==\nx\n\n== b ==\ny", "== a ==\nx\n== b ==\ny");
        assert_eq!(between, "    == a ==\n    x\n  - (blank line)\n    == b ==\n    y\n");
        let within = difference("== a ==\nx\ny", "== a ==\nx\n\ny");
        assert_eq!(within, "    == a ==\n    x\n  + (blank line)\n    y\n");
        let at_the_end = difference("== a ==\nx  \ny", "== a ==\nx\ny");
        assert_eq!(at_the_end, "    == a ==\n  - x··\n  + x\n    y\n");
    }

    #[test]
    fn long_difference_is_cut() {
        let lines: Vec<_> = (0..100_000).map(|n| n.to_string()).collect();
        let lines = lines.join("\n");
        let text = plain(|out| write_difference(out, "", &format!("== a ==\n{lines}")));
        assert_eq!(text.lines().count(), DIFFERENCE_LINES_MAX + 1);
        assert!(text.starts_with("  + == a ==\n  + 0\n"), "{text}");
        assert!(text.ends_with("  + 198\n    … (99801 more)\n"), "{text}");
    }

    #[test]
    fn long_screen_after_the_line_that_counts_is_cut() {
        let shown = |n: usize| if n == 2 { "c1: hallo".to_owned() } else { n.to_string() };
        let screen: Vec<_> = (0..40).map(|n| entry(Shown::Line(line(&shown(n))))).collect();
        let matcher = Matcher::Exact("c1: hello".into());
        let text = plain(|out| write_unmet(out, &matcher, &screen));
        assert!(text.starts_with("    … (2 before)\n  - >>> c1: hello\n"), "{text}");
        assert!(text.ends_with("    >>> 31\n    … (8 after)\n"), "{text}");
    }

    #[test]
    fn forbidden_line_stands_at_the_end() {
        let screen = [entry(Shown::Line(line("a"))), entry(Shown::Line(line("bad")))];
        assert_eq!(plain(|out| write_forbidden(out, &screen)), "    >>> a\n  + >>> bad\n");
    }
}
