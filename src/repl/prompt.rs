//! A prompt for a program that speaks only when it is spoken to.

use std::io;

use rustyline::completion::FilenameCompleter;
use rustyline::error::ReadlineError;
use rustyline::history::MemHistory;
use rustyline::{CompletionType, Config, Context, Helper, Highlighter, Hinter, Validator};

use super::History;
use super::editor::Editor;
use super::history::HISTORY_LINES_MAX;
use super::input::{Piped, next_line};

/// What the end of a line can become.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Offer {
    /// One of these words, which takes the place of all from this byte on.
    Words(usize, Vec<String>),
    /// The name of a file that begins at this byte.
    File(usize),
}

/// What came of a question.
#[derive(PartialEq, Eq, Debug)]
pub enum Typed {
    /// A line.
    Line(String),
    /// A line that cannot be taken, and why.
    Refused(&'static str),
    /// Ctrl-C: forget what was begun.
    Interrupted,
    /// Ctrl-D, or the end of piped input.
    End,
}

/// Lines from a terminal, where they can be edited, or from a pipe.
pub struct Prompt<'a>(Option<Lines<'a>>);

/// The line editor with all that it needs.
struct Lines<'a> {
    editor: rustyline::Editor<Assistant<'a>, MemHistory>,
    history: History,
}

impl<'a> Prompt<'a> {
    /// Makes a prompt that completes what is typed by `offer`, which is told the line up to the
    /// cursor.
    ///
    /// # Errors
    ///
    /// The terminal cannot be used.
    pub fn new(offer: &'a dyn Fn(&str) -> Offer, history: History) -> io::Result<Self> {
        if !Editor::is_possible() {
            return Ok(Self(None));
        }
        let mut lines = Lines { editor: editor(offer).map_err(io::Error::other)?, history };
        lines.history.load(lines.editor.history_mut());
        lines.history.warn();
        Ok(Self(Some(lines)))
    }

    /// Tells whether somebody sits at a terminal.
    pub const fn is_terminal(&self) -> bool {
        self.0.is_some()
    }

    /// Asks for the next line. Shows `question` to somebody who can see it.
    ///
    /// # Errors
    ///
    /// The input cannot be read.
    pub fn ask(&mut self, question: &str) -> io::Result<Typed> {
        match &mut self.0 {
            Some(lines) => lines.ask(question),
            None => Ok(match next_line(&mut io::stdin().lock())? {
                Some(Piped::Line(line)) => Typed::Line(line),
                Some(Piped::Refused(why)) => Typed::Refused(why),
                None => Typed::End,
            }),
        }
    }
}

impl Lines<'_> {
    fn ask(&mut self, question: &str) -> io::Result<Typed> {
        match self.editor.readline(question) {
            Ok(line) => {
                if !line.trim().is_empty() {
                    self.history.add(self.editor.history_mut(), &line);
                    self.history.warn();
                }
                Ok(Typed::Line(line))
            }
            Err(ReadlineError::Interrupted) => Ok(Typed::Interrupted),
            Err(ReadlineError::Eof) => Ok(Typed::End),
            Err(ReadlineError::Io(error)) if error.kind() == io::ErrorKind::InvalidData => {
                Ok(Typed::Refused("it is not UTF-8"))
            }
            Err(error) => Err(io::Error::other(error)),
        }
    }
}

fn editor(
    offer: &dyn Fn(&str) -> Offer,
) -> rustyline::Result<rustyline::Editor<Assistant<'_>, MemHistory>> {
    let config = Config::builder()
        .max_history_size(HISTORY_LINES_MAX)?
        .completion_type(CompletionType::List)
        .completion_show_all_if_ambiguous(true)
        .build();
    let history = MemHistory::with_config(&config);
    let mut editor = rustyline::Editor::with_history(config, history)?;
    editor.set_helper(Some(Assistant { offer, files: FilenameCompleter::new() }));
    Ok(editor)
}

/// What rustyline asks while a line is edited.
#[derive(Helper, Highlighter, Hinter, Validator)]
struct Assistant<'a> {
    offer: &'a dyn Fn(&str) -> Offer,
    files: FilenameCompleter,
}

impl rustyline::completion::Completer for Assistant<'_> {
    type Candidate = String;

    fn complete(
        &self,
        line: &str,
        place: usize,
        _: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<String>)> {
        let typed = line.get(..place).unwrap_or_default();
        match (self.offer)(typed) {
            Offer::Words(start, words) => Ok((start, words)),
            Offer::File(start) => {
                let file = typed.get(start..).unwrap_or_default();
                let (at, files) = self.files.complete_path(file, file.len())?;
                Ok((start + at, files.into_iter().map(|file| file.replacement).collect()))
            }
        }
    }
}
