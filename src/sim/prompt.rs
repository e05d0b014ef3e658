//! The prompt of `chatsim play`: a line editor at a terminal.

use std::io;
use std::path::PathBuf;

use rustyline::completion::FilenameCompleter;
use rustyline::error::ReadlineError;
use rustyline::history::MemHistory;
use rustyline::{CompletionType, Config, Context, Helper, Highlighter, Hinter, Validator};

use chatsim::cli::{self, Typed};
use chatsim::runner::Completion;

use crate::repl::{Editor, HISTORY_LINES_MAX, History, Piped, next_line};

/// Opens the prompt. Typed lines are kept in a file: the given one, or the user's own.
///
/// # Errors
///
/// The terminal cannot be used.
pub fn open<'a>(
    complete: &'a dyn Fn(&str) -> Completion,
    history: Option<PathBuf>,
) -> io::Result<Box<dyn cli::Prompt + 'a>> {
    if !Editor::is_possible() {
        return Ok(Box::new(Prompt(None)));
    }
    let history = History::new("chatsim", "history", history);
    let mut lines = Lines { editor: editor(complete).map_err(io::Error::other)?, history };
    lines.history.load(lines.editor.history_mut());
    lines.history.warn();
    Ok(Box::new(Prompt(Some(lines))))
}

/// Lines from a terminal, where they can be edited, or from a pipe.
struct Prompt<'a>(Option<Lines<'a>>);

/// The line editor and its settings.
struct Lines<'a> {
    editor: rustyline::Editor<Assistant<'a>, MemHistory>,
    history: History,
}

impl cli::Prompt for Prompt<'_> {
    fn is_terminal(&self) -> bool {
        self.0.is_some()
    }

    fn ask(&mut self, question: &str) -> io::Result<Typed> {
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
    offer: &dyn Fn(&str) -> Completion,
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

/// The callbacks of rustyline while a line is edited.
#[derive(Helper, Highlighter, Hinter, Validator)]
struct Assistant<'a> {
    offer: &'a dyn Fn(&str) -> Completion,
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
            Completion::Words(start, words) => Ok((start, words)),
            Completion::File(start) => {
                let file = typed.get(start..).unwrap_or_default();
                let (at, files) = self.files.complete_path(file, file.len())?;
                Ok((start + at, files.into_iter().map(|file| file.replacement).collect()))
            }
        }
    }
}
