//! The reports of one run: one that is shown, and any number of files.

use std::cell::RefCell;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::str::FromStr;

use anstream::{AutoStream, ColorChoice, StripStream};
use clap::ValueEnum;

use crate::report::{Json, Junit, Pretty, Reporter, Setting, Tap};
use crate::runner::{Event, replace_file};

/// How a report looks.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum)]
pub(super) enum Format {
    #[default]
    /// For people.
    Pretty,
    /// A line of JSON for each event.
    Json,
    /// XML for CI systems.
    Junit,
    /// The Test Anything Protocol, version 14.
    Tap,
}

impl Format {
    fn reporter(self, out: impl Write + 'static, setting: Setting) -> Box<dyn Reporter> {
        match self {
            Self::Pretty => Box::new(Pretty::new(out, setting)),
            Self::Json => Box::new(Json::new(out, setting)),
            Self::Junit => Box::new(Junit::new(out, setting)),
            Self::Tap => Box::new(Tap::new(out, setting)),
        }
    }
}

/// A report that is written to a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct ReportFile {
    format: Format,
    /// The file.
    pub(super) path: PathBuf,
}

impl FromStr for ReportFile {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (format, path) = text.split_once('=').unwrap_or_default();
        match Format::from_str(format, false) {
            Ok(format) if !path.is_empty() => Ok(Self { format, path: path.into() }),
            Ok(_) | Err(_) => {
                let formats = Format::value_variants().iter().filter_map(Format::to_possible_value);
                let names: Vec<_> =
                    formats.map(|format| format!("`{}=FILE`", format.get_name())).collect();
                Err(format!("say {}", names.join(", ")))
            }
        }
    }
}

/// All reports of a run.
pub(super) struct Reports {
    shown: Box<dyn Reporter>,
    not_shown: Option<io::Error>,
    files: Vec<FileReporter>,
    errors: Vec<String>,
}

struct FileReporter {
    path: PathBuf,
    contents: Contents,
    reporter: Box<dyn Reporter>,
}

impl Reports {
    /// Makes a report that is shown in this format, and the files.
    pub(super) fn new(
        format: Format,
        files: &[ReportFile],
        setting: &Setting,
        color: ColorChoice,
    ) -> Self {
        let stdout = io::stdout().lock();
        let shown = match format {
            Format::Pretty => format.reporter(AutoStream::new(stdout, color), setting.clone()),
            Format::Json | Format::Junit | Format::Tap => format.reporter(stdout, setting.clone()),
        };
        let file = |file: &ReportFile| {
            let contents = Contents::default();
            let out: Box<dyn Write> = Box::new(contents.clone());
            let reporter = match file.format {
                Format::Pretty => file.format.reporter(StripStream::new(out), setting.clone()),
                Format::Json | Format::Junit | Format::Tap => {
                    file.format.reporter(out, setting.clone())
                }
            };
            FileReporter { path: file.path.clone(), contents, reporter }
        };
        let files = files.iter().map(file).collect();
        Self { shown, not_shown: None, files, errors: Vec::new() }
    }

    /// Tells all reports of an event; the last one writes the files.
    pub(super) fn handle(&mut self, event: Event<'_>) {
        if self.not_shown.is_none() {
            self.not_shown = self.shown.handle(event).err();
        }
        for FileReporter { path, contents, reporter } in &mut self.files {
            let mut written = reporter.handle(event);
            if let Event::RunFinished { .. } = event {
                written = written.and_then(|()| replace_file(path, &contents.0.borrow()));
            }
            if let Err(error) = written {
                self.errors.push(refusal(path, &error));
            }
        }
    }

    /// Says which reports could not be written. Whoever closed the pipe did not want to read on.
    pub(super) fn into_errors(self) -> Vec<String> {
        let mut errors = self.errors;
        match self.not_shown {
            Some(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                errors.push(format!("error: the report cannot be written: {error}\n"));
            }
            Some(_) | None => {}
        }
        errors
    }
}

fn refusal(path: &Path, error: &io::Error) -> String {
    format!("error: the report `{}` cannot be written: {error}\n", path.display())
}

/// What a report has written so far.
#[derive(Clone, Default)]
struct Contents(Rc<RefCell<Vec<u8>>>);

impl Write for Contents {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
