//! The prompt of `play` and `record`.

use std::io::{self, BufRead, IsTerminal as _, Read as _, Write as _};
use std::path::PathBuf;

use crate::runner::Completion;

/// Bytes of a line of piped input, at most.
const LINE_BYTES_MAX: u64 = 64 * 1024;

/// The result of asking for a line.
#[derive(PartialEq, Eq, Debug)]
pub enum Typed {
    /// A line, without its line break.
    Line(String),
    /// A line that was refused, and why.
    Refused(&'static str),
    /// Ctrl-C: discard the line that was being typed.
    Interrupted,
    /// Ctrl-D, or the end of piped input.
    End,
}

/// Asks for lines.
pub trait Prompt {
    /// Returns whether standard input is a terminal.
    fn is_terminal(&self) -> bool;

    /// Asks for the next line. Shows `question` at a terminal.
    ///
    /// # Errors
    ///
    /// The input cannot be read.
    fn ask(&mut self, question: &str) -> io::Result<Typed>;
}

/// Opens a prompt that completes the typed line with the given function, which gets the line up to
/// the cursor. The path is a file that keeps the typed lines, if the command line names one.
pub type OpenPrompt =
    for<'a> fn(&'a dyn Fn(&str) -> Completion, Option<PathBuf>) -> io::Result<Box<dyn Prompt + 'a>>;

/// Opens a prompt that reads standard input without editing.
#[expect(clippy::unnecessary_wraps, reason = "the signature of others, which can fail")]
pub(super) fn open_plain<'a>(
    _complete: &'a dyn Fn(&str) -> Completion,
    _history: Option<PathBuf>,
) -> io::Result<Box<dyn Prompt + 'a>> {
    Ok(Box::new(Plain))
}

/// Standard input without editing.
struct Plain;

impl Prompt for Plain {
    fn is_terminal(&self) -> bool {
        io::stdin().is_terminal()
    }

    fn ask(&mut self, question: &str) -> io::Result<Typed> {
        if self.is_terminal() {
            let mut stdout = io::stdout();
            stdout.write_all(question.as_bytes())?;
            stdout.flush()?;
        }
        next_line(&mut io::stdin().lock())
    }
}

fn next_line(input: &mut impl BufRead) -> io::Result<Typed> {
    let mut line = Vec::new();
    input.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut line)?;
    if line.is_empty() {
        return Ok(Typed::End);
    }
    if line.pop_if(|last| *last == b'\n').is_none() && line.len() as u64 == LINE_BYTES_MAX {
        input.skip_until(b'\n')?;
        return Ok(Typed::Refused("it is longer than 64 KiB"));
    }
    line.pop_if(|last| *last == b'\r');
    Ok(String::from_utf8(line).map_or(Typed::Refused("it is not UTF-8"), Typed::Line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn piped_lines_are_read_one_by_one() {
        let long = "x".repeat(usize::try_from(LINE_BYTES_MAX).unwrap());
        let text = format!("one\r\n\n{long}y\nlast");
        let mut input = [text.as_bytes(), b"\n\xff\n"].concat();
        input.extend(b"end");
        let mut input = input.as_slice();
        let mut typed = || next_line(&mut input).unwrap();
        assert_eq!(typed(), Typed::Line("one".into()));
        assert_eq!(typed(), Typed::Line(String::new()));
        assert_eq!(typed(), Typed::Refused("it is longer than 64 KiB"));
        assert_eq!(typed(), Typed::Line("last".into()));
        assert_eq!(typed(), Typed::Refused("it is not UTF-8"));
        assert_eq!(typed(), Typed::Line("end".into()));
        assert_eq!(typed(), Typed::End);
    }
}
