//! Splits a stream of bytes into lines.

use std::io::{self, BufRead};

/// The maximum size of a piped line; longer ones are refused.
const PIPED_LINE_LEN_MAX: usize = 1024 * 1024;

/// One line of piped input.
#[derive(PartialEq, Eq, Debug)]
pub(crate) enum Piped {
    /// A line without its line break.
    Line(String),
    /// A line that was refused, and why.
    Refused(&'static str),
}

/// Reads the next line; `None` at the end. A last line needs no line break.
pub(crate) fn next_line(input: &mut impl BufRead) -> io::Result<Option<Piped>> {
    let mut line = Vec::new();
    let mut is_too_long = false;
    let mut is_anything = false;
    loop {
        let available = match input.fill_buf() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            filled => filled?,
        };
        let end = available.iter().position(|&byte| byte == b'\n');
        let part = available.get(..end.unwrap_or(available.len()));
        let part = part.unwrap_or_default();
        is_anything |= !available.is_empty();
        is_too_long |= line.len() + part.len() > PIPED_LINE_LEN_MAX;
        if is_too_long {
            line.clear();
        } else {
            line.extend_from_slice(part);
        }
        let is_at_end = available.is_empty();
        let taken = part.len() + usize::from(end.is_some());
        input.consume(taken);
        if end.is_some() || is_at_end {
            return Ok(is_anything.then(|| finish(line, is_too_long)));
        }
    }
}

fn finish(mut line: Vec<u8>, is_too_long: bool) -> Piped {
    if is_too_long {
        return Piped::Refused("it is longer than 1 MiB");
    }
    if line.last() == Some(&b'\r') {
        line.pop();
    }
    match String::from_utf8(line) {
        Ok(line) => Piped::Line(line),
        Err(_) => Piped::Refused("it is not UTF-8"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(bytes: &[u8]) -> Vec<Piped> {
        // A small buffer, so that lines cross its edges.
        let mut input = io::BufReader::with_capacity(3, bytes);
        std::iter::from_fn(|| next_line(&mut input).unwrap()).collect()
    }

    fn line(text: &str) -> Piped {
        Piped::Line(text.to_owned())
    }

    #[test]
    fn lines_end_with_any_line_break_or_with_the_input() {
        assert_eq!(lines(b""), []);
        assert_eq!(
            lines(b"reg\n\nsend c2 hi  \r\nlast"),
            [line("reg"), line(""), line("send c2 hi  "), line("last")]
        );
    }

    #[test]
    fn a_line_that_is_not_utf8_is_refused_and_the_next_is_read() {
        assert_eq!(lines(b"a\xff\nb\n"), [Piped::Refused("it is not UTF-8"), line("b")]);
    }

    #[test]
    fn a_line_beyond_the_limit_is_refused_and_the_next_is_read() {
        let mut bytes = vec![b'x'; PIPED_LINE_LEN_MAX];
        bytes.extend_from_slice(b"\n");
        bytes.extend(vec![b'x'; PIPED_LINE_LEN_MAX + 1]);
        bytes.extend_from_slice(b"\nnext");
        assert_eq!(
            lines(&bytes),
            [
                line(&"x".repeat(PIPED_LINE_LEN_MAX)),
                Piped::Refused("it is longer than 1 MiB"),
                line("next")
            ]
        );
    }
}
