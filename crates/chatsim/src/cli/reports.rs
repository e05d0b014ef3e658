//! The reports of one run: one on standard output, and any number of files.

use std::cell::RefCell;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::str::FromStr;

use anstream::{AutoStream, ColorChoice, StripStream};
use clap::ValueEnum;

use super::files::shown;
use crate::report::{Html, Json, Junit, Pictures, Pretty, Reporter, Setting, Tap};
use crate::runner::{Event, replace_file};

/// The format of a report.
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

/// The contents of a report that is a folder.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum FolderFormat {
    /// Pages for a browser.
    Html,
    /// A picture of each scenario.
    Svg,
    /// A picture of each scenario, as text for Mermaid.
    Mermaid,
}

impl FolderFormat {
    fn reporter(self, folder: PathBuf, setting: Setting) -> Box<dyn Reporter> {
        match self {
            Self::Html => Box::new(Html::new(folder, setting)),
            Self::Svg => Box::new(Pictures::svg(folder)),
            Self::Mermaid => Box::new(Pictures::mermaid(folder)),
        }
    }
}

/// The format of a report that is written to a file or folder.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Form {
    File(Format),
    Folder(FolderFormat),
}

/// A report that is written to a file or to a folder.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct ReportFile {
    form: Form,
    /// The file or folder.
    pub(super) path: PathBuf,
}

impl ReportFile {
    /// Returns whether it draws datagrams and timers, so that the whole trace is needed.
    pub(super) fn draws(&self) -> bool {
        matches!(self.form, Form::Folder(_))
    }
}

impl FromStr for ReportFile {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (format, path) = text.split_once('=').unwrap_or_default();
        let form = Format::from_str(format, false).map(Form::File);
        let form = form.or_else(|_| FolderFormat::from_str(format, false).map(Form::Folder));
        match form {
            Ok(form) if !path.is_empty() => Ok(Self { form, path: path.into() }),
            Ok(_) | Err(_) => {
                let choices = [choices::<Format>("FILE"), choices::<FolderFormat>("DIR")];
                Err(format!("write {}", choices.concat().join(", ")))
            }
        }
    }
}

fn choices<T: ValueEnum>(path: &str) -> Vec<String> {
    let formats = T::value_variants().iter().filter_map(T::to_possible_value);
    formats.map(|format| format!("`{}={path}`", format.get_name())).collect()
}

/// All reports of a run.
pub(super) struct Reports {
    shown: Box<dyn Reporter>,
    not_shown: Option<io::Error>,
    files: Vec<FileReporter>,
}

struct FileReporter {
    path: PathBuf,
    /// What is written to the file at the end; `None` if the report writes to a folder by itself.
    contents: Option<Contents>,
    reporter: Box<dyn Reporter>,
    refused: Option<io::Error>,
}

impl FileReporter {
    fn new(report: &ReportFile, setting: Setting) -> Self {
        let path = report.path.clone();
        let (contents, reporter) = match report.form {
            Form::Folder(format) => (None, format.reporter(path.clone(), setting)),
            Form::File(format) => {
                let contents = Contents::default();
                let out: Box<dyn Write> = Box::new(contents.clone());
                let reporter = match format {
                    Format::Pretty => format.reporter(StripStream::new(out), setting),
                    Format::Json | Format::Junit | Format::Tap => format.reporter(out, setting),
                };
                (Some(contents), reporter)
            }
        };
        Self { path, contents, reporter, refused: None }
    }

    fn handle(&mut self, event: Event<'_>) -> io::Result<()> {
        self.reporter.handle(event)?;
        match (event, &self.contents) {
            (Event::RunFinished { .. }, Some(contents)) => {
                replace_file(&self.path, &contents.0.borrow())
            }
            _ => Ok(()),
        }
    }
}

impl Reports {
    /// Makes the report that is shown in this format, and the files.
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
        let files = files.iter().map(|file| FileReporter::new(file, setting.clone())).collect();
        Self { shown, not_shown: None, files }
    }

    /// Passes an event to all reports; the last event writes the files. A report that could not be
    /// written is not tried again.
    pub(super) fn handle(&mut self, event: Event<'_>) {
        if self.not_shown.is_none() {
            self.not_shown = self.shown.handle(event).err();
        }
        for file in self.files.iter_mut().filter(|file| file.refused.is_none()) {
            file.refused = file.handle(event).err();
        }
    }

    /// Returns which reports could not be written. A closed pipe is not an error.
    pub(super) fn into_errors(self) -> Vec<String> {
        let refused = |file: FileReporter| Some(refusal(&file.path, &file.refused?));
        let mut errors: Vec<_> = self.files.into_iter().filter_map(refused).collect();
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
    format!("error: the report `{}` cannot be written: {error}\n", shown(path))
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
